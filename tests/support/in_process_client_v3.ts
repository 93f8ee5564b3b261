/**
 * A raw client of revision 3 of an in-process server: what `RawClient` is for revision 4.
 *
 * Invariants
 * - It polls again after each answer; it sends no ping, and never reconnects.
 * - Payloads are written and read by the published parser.
 * - Messages are kept in the order of their arrival until a test takes them.
 *
 * Source: Engine.IO protocol, revision 3; Socket.IO protocol, revision 4.
 */
import type { TransportName } from "../../src/session/ports.ts";
import type { Socket } from "../../src/socket/api.ts";
import type { EnginePacket, Frame } from "../../src/wire/engine_packet.ts";
import {
  frameV3Published,
  frameV3Read,
  payloadV3Read,
  payloadV3Written,
} from "../wire/published_v3.ts";
import { socketOf } from "./in_process_client.ts";
import { type FakeWebSocket, TestServer } from "./in_process_server.ts";
import type { ServerOptions } from "../../src/server/server_options.ts";

/** How a client starts. */
export interface ClientV3Options {
  /** @default {"websocket"} */
  readonly transport?: TransportName;
  /** Whether it asks for base64. @default {false} */
  readonly base64?: boolean;
  /** More of the query of its requests. */
  readonly query?: Readonly<Record<string, string>>;
}

/** A client with a session; what the server has sent of its own accord is in the inbox. */
export class RawClientV3 {
  readonly server: TestServer;
  /** Messages that nobody has taken yet. */
  readonly inbox: Frame[] = [];
  /** Engine packets other than messages, after the open packet. */
  readonly control: EnginePacket[] = [];
  /** Whether the server has ended the session, as far as the client can see. */
  isClosed = false;
  /** The id of the session. */
  sid = "";
  webSocket: FakeWebSocket | undefined;
  readonly #options: ClientV3Options;
  #isUpgraded = false;

  private constructor(server: TestServer, options: ClientV3Options) {
    this.server = server;
    this.#options = options;
  }

  /** Opens a session. */
  static async open(server: TestServer, options: ClientV3Options = {}): Promise<RawClientV3> {
    const client = new RawClientV3(server, options);
    if (options.transport === "polling") void client.#keepPolling();
    else await client.#openWebSocket();
    await server.world.settle();
    if (client.sid === "") throw new Error("Cannot open session: there was no open packet");
    return client;
  }

  /** Sends messages, in one POST where the transport is polling. */
  async send(...messages: readonly Frame[]): Promise<void> {
    await this.sendPackets(...messages.map((data): EnginePacket => ({ type: "message", data })));
  }

  /** Sends engine packets. */
  async sendPackets(...packets: readonly EnginePacket[]): Promise<void> {
    const { base64 = false } = this.#options;
    const carrier = this.#isUpgraded ? this.webSocket : undefined;
    if (carrier === undefined) await this.#post(payloadV3Written(packets, base64));
    else for (const packet of packets) carrier.receive(frameV3Published(packet, base64));
    await this.server.world.settle();
  }

  /** All messages that have come and were not taken yet. */
  async take(): Promise<readonly Frame[]> {
    await this.server.world.settle();
    return this.inbox.splice(0);
  }

  /** Lets a WebSocket take over. */
  async upgrade(): Promise<void> {
    await this.#openWebSocket();
    this.webSocket?.receive("2probe");
    await this.server.world.settle();
    this.#isUpgraded = true;
    this.webSocket?.receive("5");
    await this.server.world.settle();
  }

  #url(transport: TransportName): string {
    const { base64, query } = this.#options;
    const b64 = base64 === true ? { b64: "1" } : undefined;
    const sid = this.sid === "" ? undefined : { sid: this.sid };
    const all = { EIO: "3", transport, ...sid, ...b64, ...query };
    return `http://localhost/socket.io/?${new URLSearchParams(all)}`;
  }

  async #openWebSocket(): Promise<void> {
    const { webSockets } = this.server.world;
    const before = webSockets.length;
    const headers = { upgrade: "websocket", connection: "Upgrade" };
    const response = await this.server.fetch(new Request(this.#url("websocket"), { headers }));
    const socket = webSockets[before];
    if (socket === undefined) throw new Error(`Cannot open WebSocket: ${response.status}`);
    this.webSocket = socket;
    if (this.sid === "") this.#isUpgraded = true;
    socket.onframe = (frame) => this.#takeAll(frameV3Read(frame).packets as EnginePacket[]);
    socket.onclose = () => this.isClosed ||= this.#isUpgraded;
    socket.open();
  }

  async #keepPolling(): Promise<void> {
    while (!this.#isUpgraded && !this.isClosed) {
      const response = await this.server.fetch(new Request(this.#url("polling")));
      if (response.status !== 200) {
        this.isClosed = true;
        return;
      }
      const isBinary = response.headers.get("content-type") === "application/octet-stream";
      const body = isBinary ? new Uint8Array(await response.arrayBuffer()) : await response.text();
      const { packets, refused } = payloadV3Read(body);
      if (refused) throw new Error("Cannot read payload");
      // What the parser has read has one of the types.
      this.#takeAll(packets as EnginePacket[]);
    }
  }

  async #post(body: Frame): Promise<void> {
    const type = typeof body === "string" ? "text/plain;charset=UTF-8" : "application/octet-stream";
    const headers = { "content-type": type };
    const url = this.#url("polling");
    const response = await this.server.fetch(new Request(url, { method: "POST", body, headers }));
    await response.body?.cancel();
  }

  #takeAll(packets: readonly EnginePacket[]): void {
    for (const packet of packets) {
      if (packet.type === "message") this.inbox.push(packet.data ?? "");
      else if (packet.type === "open") this.sid = JSON.parse(packet.data ?? "").sid;
      else {
        this.control.push(packet);
        this.isClosed ||= packet.type === "close";
      }
    }
  }
}

/** A server that lets clients of revision 3 in. */
export function serverV3(options: ServerOptions = {}): TestServer {
  return new TestServer({ allowEIO3: true, ...options });
}

/** Opens a session of revision 3, which is in the main namespace, and takes what told so. */
export async function joinedV3(
  io: TestServer,
  options: ClientV3Options = {},
): Promise<{ client: RawClientV3; socket: Socket }> {
  const client = await RawClientV3.open(io, options);
  const [told, ...rest] = await client.take();
  if (told !== "0" || rest.length > 0) throw new Error(`Cannot join: ${told} ${rest}`);
  return { client, socket: socketOf(io.of("/"), client.sid) };
}

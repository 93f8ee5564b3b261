/**
 * A raw Socket.IO client of an in-process server: packets as text, nothing done behind the test's back.
 *
 * Invariants
 * - It polls again after each answer unless it was told not to; it answers no ping and never
 *   reconnects.
 * - Messages are kept in the order of their arrival until a test takes them.
 *
 * Source: Engine.IO protocol, revision 4; Socket.IO protocol, revision 5.
 */
import { base64Decode } from "../../src/base/bytes.ts";
import type { Platform } from "../../src/server/platform.ts";
import type { ServerOptions } from "../../src/server/server_options.ts";
import type { Namespace, Socket } from "../../src/socket/api.ts";
import type { TransportName } from "../../src/session/ports.ts";
import type { Frame } from "../../src/wire/engine_packet.ts";
import { type FakeWebSocket, TestServer } from "./in_process_server.ts";

const ORIGIN = "http://localhost";
const SEPARATOR = "\x1e";

/** Both transports, for cases that must not depend on one. */
export const TRANSPORTS: readonly TransportName[] = ["polling", "websocket"];

/** How a client starts. */
export interface ClientOptions {
  /** @default {"websocket"} */
  readonly transport?: TransportName;
  /** Whether a GET always waits. @default {true} */
  readonly polls?: boolean;
  /** Headers of the first request. */
  readonly headers?: Readonly<Record<string, string>>;
  /** More of the query of the first request. */
  readonly query?: Readonly<Record<string, string>>;
}

/** A client with a session; no namespace is joined yet. */
export class RawClient {
  readonly server: TestServer;
  /** Messages that nobody has taken yet. */
  readonly inbox: Frame[] = [];
  /** Engine packets other than messages, after the open packet: `"2"`, `"6"`, `"1"`, `"3probe"`. */
  readonly control: string[] = [];
  /** Answers to GETs so far. */
  answers = 0;
  /** Whether the server has ended the session, as far as the client can see. */
  isClosed = false;
  /** The id of the session. */
  sid = "";
  /** The WebSocket, also while it is only probing. */
  webSocket: FakeWebSocket | undefined;
  #polls: boolean;
  #isPolling = false;
  #isUpgraded = false;

  private constructor(server: TestServer, polls: boolean) {
    this.server = server;
    this.#polls = polls;
  }

  /** Opens a session. */
  static async open(server: TestServer, options: ClientOptions = {}): Promise<RawClient> {
    const { transport = "websocket", polls = true, headers = {}, query = {} } = options;
    const client = new RawClient(server, polls);
    const url = client.#url(transport, query);
    if (transport === "websocket") await client.#openWebSocket(url, headers);
    else void client.#answer(server.fetch(new Request(url, { headers }))).then(client.#takeAll);
    await server.world.settle();
    if (client.sid === "") throw new Error("Cannot open session: there was no open packet");
    if (transport === "polling" && polls) void client.#keepPolling();
    await server.world.settle();
    return client;
  }

  /** Sends messages, in one POST where the transport is polling. */
  async send(...messages: readonly Frame[]): Promise<void> {
    const packets = messages.map((item) => typeof item === "string" ? `4${item}` : item);
    await this.sendPackets(...packets);
  }

  /** Sends engine packets as they are; binary ones are messages. */
  async sendPackets(...packets: readonly Frame[]): Promise<void> {
    if (this.#carrier === undefined) await this.post(packets.map(toPayloadPart).join(SEPARATOR));
    else for (const packet of packets) this.#carrier.receive(packet);
    await this.server.world.settle();
  }

  /** Sends a body by POST; gives the status of the answer. */
  async post(body: string): Promise<number> {
    const request = new Request(this.#url("polling"), { method: "POST", body });
    const response = await this.server.fetch(request);
    return response.status;
  }

  /** Polls once, for a client that does not do so by itself; gives the packets of the answer. */
  async poll(): Promise<readonly string[]> {
    const answer = this.#answer(this.server.fetch(new Request(this.#url("polling"))));
    let packets: readonly string[] | undefined;
    void answer.then((text) => packets = text.split(SEPARATOR));
    await this.server.world.settle();
    if (packets === undefined) throw new Error("Cannot poll: there was no answer");
    return packets;
  }

  /** Asks for a namespace, and gives the id of its socket. */
  async join(nsp = "/", auth: Readonly<Record<string, unknown>> | null = null): Promise<string> {
    const prefix = nsp === "/" ? "0" : `0${nsp},`;
    await this.send(auth === null ? prefix : prefix + JSON.stringify(auth));
    const last = this.inbox.findIndex((item) =>
      typeof item === "string" && item.startsWith(prefix)
    );
    const [packet] = last < 0 ? [] : this.inbox.splice(last, 1);
    if (typeof packet !== "string") throw new Error(`Cannot join ${nsp}: ${this.inbox.join(" ")}`);
    return (JSON.parse(packet.slice(prefix.length)) as { readonly sid: string }).sid;
  }

  /** All messages that have come and were not taken yet. */
  async take(): Promise<readonly Frame[]> {
    await this.server.world.settle();
    return this.inbox.splice(0);
  }

  /** Stops polling after the GET that waits. */
  pause(): void {
    this.#polls = false;
  }

  /** Polls again after each answer. */
  resume(): void {
    this.#polls = true;
    void this.#keepPolling();
  }

  /** Opens a WebSocket beside the polling and probes it. */
  async probe(): Promise<void> {
    this.pause();
    await this.#openWebSocket(this.#url("websocket"), {});
    this.webSocket?.receive("2probe");
    await this.server.world.settle();
    const answer = this.control.indexOf("3probe");
    if (answer < 0) throw new Error("Cannot probe: there was no answer");
    this.control.splice(answer, 1);
  }

  /** Says that the WebSocket takes over. */
  async upgrade(): Promise<void> {
    this.webSocket?.receive("5");
    this.#isUpgraded = true;
    await this.server.world.settle();
  }

  /** Goes away: with a close packet over polling, by closing the WebSocket otherwise. */
  async leave(): Promise<void> {
    if (this.#carrier === undefined) await this.post("1");
    else this.#carrier.drop();
    await this.server.world.settle();
  }

  /** The WebSocket that carries messages. */
  get #carrier(): FakeWebSocket | undefined {
    return this.#isUpgraded ? this.webSocket : undefined;
  }

  #url(transport: TransportName, query: Readonly<Record<string, string>> = {}): string {
    const sid = this.sid === "" ? undefined : { sid: this.sid };
    return `${ORIGIN}/socket.io/?${new URLSearchParams({ EIO: "4", transport, ...sid, ...query })}`;
  }

  async #openWebSocket(url: string, headers: Readonly<Record<string, string>>): Promise<void> {
    const { webSockets } = this.server.world;
    const before = webSockets.length;
    const response = await this.server.fetch(
      new Request(url, { headers: { ...headers, upgrade: "websocket", connection: "Upgrade" } }),
    );
    const socket = webSockets[before];
    if (socket === undefined) throw new Error(`Cannot open WebSocket: ${response.status}`);
    this.webSocket = socket;
    if (this.sid === "") this.#isUpgraded = true;
    socket.onframe = (frame) => this.#take(frame);
    socket.onclose = () => this.isClosed ||= this.#carrier === socket;
    socket.open();
  }

  /** One loop at a time, until the session ends or the client pauses. */
  async #keepPolling(): Promise<void> {
    if (this.#isPolling) return;
    this.#isPolling = true;
    while (this.#polls && !this.isClosed) {
      this.#takeAll(await this.#answer(this.server.fetch(new Request(this.#url("polling")))));
    }
    this.#isPolling = false;
  }

  async #answer(pending: Promise<Response>): Promise<string> {
    const response = await pending;
    this.answers++;
    if (response.status === 200) return await response.text();
    this.isClosed = true;
    return "";
  }

  readonly #takeAll = (payload: string): void => {
    if (payload !== "") { for (const packet of payload.split(SEPARATOR)) this.#take(packet); }
  };

  #take(frame: Frame): void {
    if (typeof frame !== "string") this.inbox.push(frame);
    else if (frame.startsWith("4")) this.inbox.push(frame.slice(1));
    else if (frame.startsWith("b")) this.inbox.push(base64Decode(frame.slice(1)) ?? "malformed");
    else if (frame.startsWith("0")) this.sid = (JSON.parse(frame.slice(1)) as { sid: string }).sid;
    else {
      this.control.push(frame);
      this.isClosed ||= frame === "1";
    }
  }
}

/** A server, a client that has joined, and the socket between them. */
export interface Connected {
  readonly io: TestServer;
  readonly client: RawClient;
  readonly socket: Socket;
}

/** Starts a server, on a platform that may have more, and joins the main namespace. */
export async function connected(
  client: ClientOptions = {},
  options: ServerOptions = {},
  platform: Partial<Platform> = {},
): Promise<Connected> {
  const io = new TestServer(options, "", platform);
  return { io, ...await joined(io, client) };
}

/** Opens a session on a server and joins a namespace. */
export async function joined(
  io: TestServer,
  options: ClientOptions = {},
  nsp = "/",
): Promise<Omit<Connected, "io">> {
  const client = await RawClient.open(io, options);
  return { client, socket: socketOf(io.of(nsp), await client.join(nsp)) };
}

/** Has a client that polls read nothing any more: an event has taken the GET that waited. */
export async function stall(client: RawClient): Promise<void> {
  const { server } = client;
  client.pause();
  server.emit("taken");
  await server.world.settle();
}

/** The socket of this id, which must be there. */
export function socketOf(nsp: Namespace, id: string): Socket {
  const socket = nsp.sockets.get(id);
  if (socket === undefined) throw new Error(`There is no socket ${id} in ${nsp.name}`);
  return socket;
}

function toPayloadPart(packet: Frame): string {
  return typeof packet === "string" ? packet : `b${packet.toBase64()}`;
}

/**
 * Engine.IO clients without a client: what the protocol documents show, byte for byte.
 *
 * Owns two small hands for tests: `RawPolling` (fetch) and `RawWebSocket` (the platform's WebSocket).
 * - they answer nothing by themselves: no pong, no upgrade, no retry;
 * - every frame is kept in order until a test takes it;
 * - whatever a test opened, it can close, and `await using` does so.
 *
 * Source: Engine.IO protocol, revision 4.
 */
import { notePeer } from "./peers_left.ts";
import { Mailbox, within } from "./waiting.ts";

/** Separator of packets in a polling payload. */
export const SEPARATOR = "\x1e";

/** The JSON of an open packet. */
export interface OpenPacket {
  readonly sid: string;
  readonly upgrades: readonly string[];
  readonly pingInterval: number;
  readonly pingTimeout: number;
  readonly maxPayload: number;
}

/** A response read to its end. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/** The longest wait for an answer, in milliseconds: a poll waits for a ping, and the machine may be busy. */
const ANSWER_MS = 60_000;

/** Sends one request and reads the whole response. */
export async function ask(url: string, init?: RequestInit): Promise<Answer> {
  const response = await within(`an answer of ${url}`, fetch(url, init), ANSWER_MS);
  const text = await within(`the body of ${url}`, response.text(), ANSWER_MS);
  return { status: response.status, headers: response.headers, text };
}

/** `base` with the engine's path and these query parameters. */
export function engineUrl(
  base: string,
  query: Readonly<Record<string, string>>,
  path = "/socket.io/",
): string {
  return `${base}${path}?${new URLSearchParams(query)}`;
}

/** One long-polling session. */
export class RawPolling {
  readonly open: OpenPacket;
  /** The answer to the handshake. */
  readonly handshake: Answer;
  readonly #base: string;
  readonly #path: string;

  private constructor(base: string, path: string, handshake: Answer) {
    this.#base = base;
    this.#path = path;
    this.handshake = handshake;
    this.open = JSON.parse(handshake.text.slice(1)) as OpenPacket;
    notePeer(this);
  }

  static async start(
    base: string,
    query: Readonly<Record<string, string>> = {},
    path = "/socket.io/",
  ): Promise<RawPolling> {
    const url = engineUrl(base, { EIO: "4", transport: "polling", ...query }, path);
    const handshake = await ask(url);
    if (handshake.status !== 200 || !handshake.text.startsWith("0{")) {
      throw new Error(`Cannot open session: ${handshake.status} ${handshake.text}`);
    }
    return new RawPolling(base, path, handshake);
  }

  get sid(): string {
    return this.open.sid;
  }

  /** URL of this session for `transport`. */
  url(transport: "polling" | "websocket" = "polling"): string {
    const base = transport === "polling" ? this.#base : this.#base.replace("http", "ws");
    return engineUrl(base, { EIO: "4", transport, sid: this.sid }, this.#path);
  }

  poll(init?: RequestInit): Promise<Answer> {
    return ask(this.url(), init);
  }

  /** Packets of one poll that answers 200. */
  async packets(): Promise<readonly string[]> {
    const { status, text } = await this.poll();
    if (status !== 200) throw new Error(`Expected 200 for a poll, found ${status} ${text}`);
    return text.split(SEPARATOR);
  }

  /** Sends packets joined into one payload. */
  post(...packets: readonly string[]): Promise<Answer> {
    return this.postBody(packets.join(SEPARATOR));
  }

  postBody(body: BodyInit, headers: HeadersInit = {}): Promise<Answer> {
    return ask(this.url(), { method: "POST", body, headers });
  }

  /** Polls until `count` packets other than pings have come; pings are answered. */
  async collect(count: number): Promise<readonly string[]> {
    const packets: string[] = [];
    while (packets.length < count) {
      for (const packet of await this.packets()) {
        if (packet === "2") await this.post("3");
        else packets.push(packet);
      }
    }
    return packets;
  }

  /** Joins a namespace of Socket.IO and gives the answer's packet. */
  async join(packet = "40"): Promise<string> {
    await this.post(packet);
    const [answer = ""] = await this.collect(1);
    return answer;
  }

  /** Says that it leaves, whether the server knows it or not. */
  async leave(): Promise<void> {
    await this.post("1");
  }

  /** Opens the WebSocket of an upgrade; the probe is the test's to send. */
  openUpgrade(): Promise<RawWebSocket> {
    return RawWebSocket.open(this.url("websocket"));
  }
}

/** Why and how a WebSocket ended. */
export interface RawClose {
  readonly code: number;
  readonly reason: string;
  /** True if the connection was open before. */
  readonly opened: boolean;
}

/** One WebSocket; text frames are strings, binary frames are bytes. */
export class RawWebSocket {
  readonly closed: Promise<RawClose>;
  readonly #socket: WebSocket;
  readonly #frames: Mailbox<string | Uint8Array> = new Mailbox();
  readonly #opened: Promise<boolean>;
  #isOpen = false;
  #handshake: OpenPacket | undefined;

  constructor(url: string) {
    this.#socket = new WebSocket(url);
    notePeer(this);
    this.#socket.binaryType = "arraybuffer";
    const opened = Promise.withResolvers<boolean>();
    const closed = Promise.withResolvers<RawClose>();
    this.#opened = opened.promise;
    this.closed = closed.promise;
    this.#socket.onopen = () => opened.resolve(this.#isOpen = true);
    this.#socket.onerror = (event) => event.preventDefault();
    this.#socket.onmessage = (event: MessageEvent<string | ArrayBuffer>) => {
      const { data } = event;
      this.#frames.put(typeof data === "string" ? data : new Uint8Array(data));
    };
    this.#socket.onclose = ({ code, reason }) => {
      opened.resolve(false);
      closed.resolve({ code, reason, opened: this.#isOpen });
      this.#frames.end(new Error(`WebSocket closed with ${code} "${reason}"`));
    };
  }

  /** Opens a WebSocket that must open. */
  static async open(url: string): Promise<RawWebSocket> {
    const socket = new RawWebSocket(url);
    if (!await within(`a WebSocket to ${url}`, socket.#opened)) {
      throw new Error(`Cannot open WebSocket to ${url}`);
    }
    return socket;
  }

  /** Opens a session that is WebSocket from the start, and takes its open packet. */
  static async start(
    base: string,
    query: Readonly<Record<string, string>> = {},
    path = "/socket.io/",
  ): Promise<RawWebSocket> {
    const url = engineUrl(
      base.replace("http", "ws"),
      { EIO: "4", transport: "websocket", ...query },
      path,
    );
    const socket = await RawWebSocket.open(url);
    const first = await socket.text();
    if (!first.startsWith("0{")) throw new Error(`Expected an open packet, found ${first}`);
    socket.#handshake = JSON.parse(first.slice(1)) as OpenPacket;
    return socket;
  }

  /** The open packet that `start` took. */
  get handshake(): OpenPacket {
    if (!this.#handshake) throw new Error("Cannot read handshake: this WebSocket began no session");
    return this.#handshake;
  }

  /** True if it opened, false if it was refused. */
  get opened(): Promise<boolean> {
    return within("a WebSocket to open or fail", this.#opened);
  }

  get bufferedAmount(): number {
    return this.#socket.bufferedAmount;
  }

  send(frame: string | Uint8Array<ArrayBuffer>): void {
    this.#socket.send(frame);
  }

  /** The next frame, whatever it is. */
  frame(ms?: number): Promise<string | Uint8Array> {
    return within("a frame of a WebSocket", this.#frames.take(), ms);
  }

  /** The next text frame; a binary one in its place is a failure. */
  async text(ms?: number): Promise<string> {
    const frame = await this.frame(ms);
    if (typeof frame !== "string") throw new Error(`Expected text, found ${frame.length} bytes`);
    return frame;
  }

  /** The next frame that is no ping; pings are answered on the way. */
  async next(ms?: number): Promise<string | Uint8Array> {
    while (true) {
      const frame = await this.frame(ms);
      if (frame !== "2") return frame;
      this.send("3");
    }
  }

  /** Joins a namespace of Socket.IO and gives the answer's packet. */
  async join(packet = "40"): Promise<string> {
    this.send(packet);
    return String(await this.next());
  }

  /** Resolves once the peer has closed. */
  ended(ms?: number): Promise<RawClose> {
    return within("the close of a WebSocket", this.closed, ms);
  }

  close(): void {
    if (this.#socket.readyState <= WebSocket.OPEN) this.#socket.close();
  }

  leave(): void {
    this.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
    await within("the end of a WebSocket at disposal", this.closed);
  }
}

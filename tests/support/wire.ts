/**
 * One TCP connection of a client that speaks HTTP and WebSocket by itself, for loads of thousands.
 *
 * Owns the socket, and the bytes that have come and are not read yet.
 * - Nothing is sent that is not asked for: no pong, no closing frame, no retry.
 * - One answer is awaited at a time; after an upgrade every message goes to `onMessage`.
 * - A connection that ends, however it does, ends every wait: an answer is then undefined.
 * - `reset` ends it by RST, as a peer that is killed does; `pause` stops reading, as one that is stuck.
 *
 * Source: RFC 9112 (HTTP/1.1), RFC 6455 section 5 (frames).
 */
import { Buffer } from "node:buffer";
import { connect, type Socket } from "node:net";
import { clientFrame } from "./client_frame.ts";

/** An answer read to its end. */
export interface WireAnswer {
  readonly status: number;
  readonly body: string;
  /** Whether the connection can be asked again. */
  readonly isLasting: boolean;
}

/** What a request has beside its target. */
export interface WireRequest {
  readonly method?: "GET" | "POST";
  readonly headers?: readonly string[];
  readonly body?: string;
}

const EMPTY = Buffer.alloc(0);
const HEAD_END = "\r\n\r\n";
const TEXT = 0x81;
const CLOSE = 0x88;
const PING = 0x89;

/** The fields that ask for a WebSocket. */
const UPGRADE: readonly string[] = [
  "Connection: Upgrade",
  "Upgrade: websocket",
  "Sec-WebSocket-Version: 13",
  "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
];

export class Wire {
  static #made = 0;
  /** Resolves once the connection has ended, on whichever side. */
  readonly ended: Promise<void>;
  /** Given each message of a WebSocket: text, or the count of its bytes. */
  onMessage: (message: string | number) => void = () => {};
  readonly #socket: Socket;
  #received: Buffer = EMPTY;
  #waiting: ((answer: WireAnswer | undefined) => void) | undefined;
  #isWebSocket = false;
  #isEnded = false;
  readonly #closing = Promise.withResolvers<void>();

  private constructor(socket: Socket) {
    this.#socket = socket;
    this.ended = new Promise((resolve) => {
      socket.on("close", () => {
        this.#finish();
        resolve();
      });
    });
    // What ends a connection is no fault here; reading tells.
    socket.on("error", () => {});
    socket.on("data", (chunk: Buffer) => {
      this.#received = this.#received.length === 0 ? chunk : Buffer.concat([this.#received, chunk]);
      this.#read();
    });
    socket.on("end", () => this.#finish());
  }

  /** Opens a connection; rejects where nobody listens. */
  static open(port: number): Promise<Wire> {
    return new Promise((resolve, reject) => {
      const socket = connect({ port, host: "127.0.0.1", noDelay: true });
      socket.once("error", reject);
      socket.once("connect", () => {
        socket.off("error", reject);
        Wire.#made++;
        resolve(new Wire(socket));
      });
    });
  }

  /** Resolves once the server has sent a closing frame. */
  get closing(): Promise<void> {
    return this.#closing.promise;
  }

  /** Connections that were opened since the program began. */
  static get made(): number {
    return Wire.#made;
  }

  get isEnded(): boolean {
    return this.#isEnded;
  }

  /** Bytes that were written and that the peer has not taken. */
  get unsentBytes(): number {
    return this.#socket.writableLength;
  }

  write(data: string | Uint8Array): void {
    if (!this.#isEnded) this.#socket.write(data);
  }

  /** Asks, and gives the answer; undefined if the connection ends before. */
  ask(target: string, request: WireRequest = {}): Promise<WireAnswer | undefined> {
    const { method = "GET", headers = [], body = "" } = request;
    const length = method === "POST" ? [`Content-Length: ${Buffer.byteLength(body)}`] : [];
    const head = [`${method} ${target} HTTP/1.1`, "Host: 127.0.0.1", ...headers, ...length];
    this.write(`${head.join("\r\n")}${HEAD_END}${body}`);
    return this.answer();
  }

  /** Asks for a WebSocket; false if there is none, whatever was answered. */
  async upgrade(target: string): Promise<boolean> {
    const answer = await this.ask(target, { headers: UPGRADE });
    return answer?.status === 101;
  }

  /** Gives the next answer; undefined if the connection ends before. */
  answer(): Promise<WireAnswer | undefined> {
    if (this.#isEnded) return Promise.resolve(undefined);
    return new Promise((resolve) => {
      this.#waiting = resolve;
      this.#read();
    });
  }

  /** Sends text as a message of a WebSocket. */
  send(text: string): void {
    this.write(clientFrame(TEXT, text));
  }

  /** Sends a closing frame without a code. */
  sendClose(): void {
    this.write(clientFrame(CLOSE, ""));
  }

  /** Sends a ping of the WebSocket protocol. */
  sendPing(): void {
    this.write(clientFrame(PING, ""));
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  /** Ends the connection by FIN. */
  cut(): void {
    this.#socket.destroy();
    this.#finish();
  }

  /** Ends the connection by RST. */
  reset(): void {
    this.#socket.resetAndDestroy();
    this.#finish();
  }

  #finish(): void {
    this.#isEnded = true;
    this.#waiting?.(undefined);
    this.#waiting = undefined;
  }

  #read(): void {
    if (!this.#isWebSocket) this.#readAnswer();
    if (this.#isWebSocket) { while (this.#readFrame()); }
  }

  #readAnswer(): void {
    const end = this.#waiting === undefined ? -1 : this.#received.indexOf(HEAD_END);
    if (end < 0) return;
    const head = this.#received.toString("latin1", 0, end);
    const status = Number(head.split(" ", 2)[1]);
    const start = end + HEAD_END.length;
    const body = status === 101 || status === 204
      ? none(start)
      : bodyAt(this.#received, start, head);
    if (body === undefined) return;
    this.#received = this.#received.subarray(body.end);
    this.#isWebSocket = status === 101;
    const answer = this.#waiting;
    this.#waiting = undefined;
    const isLasting = !/^connection: *close/im.test(head);
    answer?.({ status, body: body.text, isLasting });
  }

  /** Takes one frame of the server, which has no mask; false while it is not complete. */
  #readFrame(): boolean {
    const bytes = this.#received;
    if (bytes.length < 2) return false;
    const short = bytes.readUInt8(1) & 0x7f;
    const start = short === 126 ? 4 : short === 127 ? 10 : 2;
    if (bytes.length < start) return false;
    const length = short === 126
      ? bytes.readUInt16BE(2)
      : short === 127
      ? Number(bytes.readBigUInt64BE(2))
      : short;
    if (bytes.length < start + length) return false;
    this.#received = bytes.subarray(start + length);
    const opcode = bytes.readUInt8(0) & 0x0f;
    if (opcode === 1) this.onMessage(bytes.toString("utf8", start, start + length));
    else if (opcode === 2) this.onMessage(length);
    else if (opcode === 8) this.#closing.resolve();
    return true;
  }
}

/** Where a body ends, and what it is. */
interface Body {
  readonly text: string;
  readonly end: number;
}

function none(start: number): Body {
  return { text: "", end: start };
}

/** The body of an answer; undefined while it is not complete. One without a length is taken as empty. */
function bodyAt(bytes: Buffer, start: number, head: string): Body | undefined {
  if (/^transfer-encoding: *chunked/im.test(head)) return chunksAt(bytes, start);
  const end = start + Number(/^content-length: *(\d+)/im.exec(head)?.[1] ?? 0);
  return bytes.length < end ? undefined : { text: bytes.toString("utf8", start, end), end };
}

function chunksAt(bytes: Buffer, start: number): Body | undefined {
  const parts: Buffer[] = [];
  for (let at = start;;) {
    const line = bytes.indexOf("\r\n", at);
    if (line < 0) return undefined;
    const size = parseInt(bytes.toString("latin1", at, line), 16);
    const next = line + 2 + size + 2;
    if (bytes.length < next) return undefined;
    if (!(size > 0)) return { text: Buffer.concat(parts).toString(), end: next };
    parts.push(bytes.subarray(line + 2, line + 2 + size));
    at = next;
  }
}

/**
 * HTTP and WebSocket bytes over a bare TCP connection, for inputs that fetch and WebSocket refuse
 * to make: refused upgrades with their status, broken frames, connections cut in the middle.
 *
 * - what is written is written as is;
 * - reading stops at the end of a response (Content-Length or chunks) or of the connection.
 *
 * Source: RFC 9112 (HTTP/1.1), RFC 6455 section 5 (frames).
 */
import { notePeer } from "./peers_left.ts";
import { within } from "./waiting.ts";

export { clientFrame } from "./client_frame.ts";

/** A response as it stood on the wire. */
export interface TcpAnswer {
  readonly status: number;
  /** Names in lower case; repeated fields joined by a newline. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
}

/** A WebSocket frame of a server as it stood on the wire. */
export interface TcpFrame {
  /** FIN, RSV and opcode. */
  readonly first: number;
  readonly payload: Uint8Array;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

export class RawTcp {
  readonly #connection: Deno.TcpConn;
  #received = new Uint8Array(0);
  #ended = false;

  private constructor(connection: Deno.TcpConn) {
    this.#connection = connection;
    notePeer(this);
  }

  static async open(port: number): Promise<RawTcp> {
    const connecting = Deno.connect({ hostname: "127.0.0.1", port });
    return new RawTcp(await within("a TCP connection", connecting));
  }

  /** Its own port. */
  get port(): number {
    return this.#connection.localAddr.port;
  }

  /** Writes all of `data`; a peer that has closed is no error here, reading tells. */
  async write(data: string | Uint8Array): Promise<void> {
    let rest = typeof data === "string" ? encoder.encode(data) : data;
    try {
      while (rest.length > 0) rest = rest.subarray(await this.#connection.write(rest));
    } catch (error) {
      if (!isConnectionEnd(error)) throw error;
    }
  }

  /** Writes a request line, `Host`, these headers, and the body as it is. */
  async request(
    method: string,
    target: string,
    options: { headers?: readonly string[]; body?: string } = {},
  ): Promise<void> {
    const head = [`${method} ${target} HTTP/1.1`, "Host: 127.0.0.1", ...options.headers ?? []];
    await this.write(`${head.join("\r\n")}\r\n\r\n${options.body ?? ""}`);
  }

  /** Asks for an upgrade to WebSocket. */
  async upgrade(target: string, headers: readonly string[] = []): Promise<TcpAnswer> {
    await this.request("GET", target, {
      headers: [
        "Connection: Upgrade",
        "Upgrade: websocket",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        ...headers,
      ],
    });
    return await this.response();
  }

  /** Reads one response. */
  async response(ms?: number): Promise<TcpAnswer> {
    const head = await within("the head of a response", this.#until("\r\n\r\n"), ms);
    const [line = "", ...fields] = head.split("\r\n");
    const headers = new Map<string, string>();
    for (const field of fields) {
      const colon = field.indexOf(":");
      const name = field.slice(0, colon).toLowerCase();
      const value = field.slice(colon + 1).trim();
      headers.set(name, headers.has(name) ? `${headers.get(name)}\n${value}` : value);
    }
    const status = Number(line.split(" ")[1]);
    const body = await within("the body of a response", this.#body(status, headers), ms);
    return { status, headers, body };
  }

  /** Reads up to `mark`, which is taken too: enough to follow a server's unmasked text frames. */
  async readUntil(mark: string, ms?: number): Promise<string> {
    return await within(`${JSON.stringify(mark)} on a TCP connection`, this.#until(mark), ms);
  }

  /** Resolves once the peer has ended the connection. */
  async ended(ms?: number): Promise<void> {
    await within("the end of a TCP connection", this.#drain(), ms);
  }

  /**
   * Resolves once the peer has sent a close frame, with its code, or ended the connection: then, and
   * after a frame without a code, with undefined.
   */
  async webSocketEnded(ms?: number): Promise<number | undefined> {
    return await within("the end of a WebSocket on a TCP connection", this.#untilCloseFrame(), ms);
  }

  /** Reads one WebSocket frame of a server; undefined if the connection has ended. */
  async readFrame(ms?: number): Promise<TcpFrame | undefined> {
    return await within("a frame on a TCP connection", this.#frame(), ms);
  }

  /** Says that nothing more will be written; what comes can still be read. */
  async closeWrite(): Promise<void> {
    await this.#connection.closeWrite();
  }

  close(): void {
    try {
      this.#connection.close();
    } catch (error) {
      if (!(error instanceof Deno.errors.BadResource)) throw error; // closed before
    }
  }

  leave(): void {
    this.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  async #drain(): Promise<void> {
    while (await this.#more());
  }

  /** Skips frames that are no close. */
  async #untilCloseFrame(): Promise<number | undefined> {
    while (true) {
      const frame = await this.#frame();
      if (!frame) return undefined;
      const [high, low] = frame.payload;
      if ((frame.first & 0x0f) !== 0x8) continue;
      return high === undefined || low === undefined ? undefined : high * 256 + low;
    }
  }

  /** One frame of a server, which has no mask. */
  async #frame(): Promise<TcpFrame | undefined> {
    const [first, size = 0] = await this.#take(2);
    if (first === undefined) return undefined;
    const extended = await this.#take(size === 126 ? 2 : size === 127 ? 8 : 0);
    const length = size < 126 ? size : extended.reduce((sum, byte) => sum * 256 + byte, 0);
    return { first, payload: await this.#take(length) };
  }

  async #body(status: number, headers: ReadonlyMap<string, string>): Promise<string> {
    if (status === 101 || status === 204 || status === 304) return "";
    if (headers.get("transfer-encoding") === "chunked") return await this.#chunks();
    const length = headers.get("content-length");
    if (length !== undefined) return decoder.decode(await this.#take(Number(length)));
    await this.#drain();
    return decoder.decode(await this.#take(this.#received.length));
  }

  async #chunks(): Promise<string> {
    let body = "";
    while (true) {
      const size = parseInt(await this.#until("\r\n"), 16);
      body += decoder.decode(await this.#take(size));
      await this.#take(2);
      if (!(size > 0)) return body;
    }
  }

  /** Text up to `mark`, which is taken too. */
  async #until(mark: string): Promise<string> {
    while (true) {
      // Latin-1 keeps one character a byte, so that the index found is an offset.
      const text = Array.from(this.#received, (byte) => String.fromCharCode(byte)).join("");
      const at = text.indexOf(mark);
      if (at >= 0) {
        await this.#take(at + mark.length);
        return text.slice(0, at);
      }
      if (!await this.#more()) throw new Error(`Connection ended before ${JSON.stringify(mark)}`);
    }
  }

  async #take(count: number): Promise<Uint8Array> {
    while (this.#received.length < count && await this.#more());
    const taken = this.#received.slice(0, count);
    this.#received = this.#received.slice(count);
    return taken;
  }

  /** Reads what has come; false at the end of the connection. */
  async #more(): Promise<boolean> {
    if (this.#ended) return false;
    const chunk = new Uint8Array(65_536);
    let count: number | null = null;
    try {
      count = await this.#connection.read(chunk);
    } catch (error) {
      if (!isConnectionEnd(error)) throw error;
    }
    if (count === null) {
      this.#ended = true;
      return false;
    }
    const joined = new Uint8Array(this.#received.length + count);
    joined.set(this.#received);
    joined.set(chunk.subarray(0, count), this.#received.length);
    this.#received = joined;
    return true;
  }
}

function isConnectionEnd(error: unknown): boolean {
  return error instanceof Deno.errors.ConnectionReset ||
    error instanceof Deno.errors.BrokenPipe ||
    error instanceof Deno.errors.ConnectionAborted ||
    error instanceof Deno.errors.BadResource ||
    error instanceof Deno.errors.Interrupted;
}

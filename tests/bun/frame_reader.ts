/**
 * A WebSocket peer that reads large messages piece by piece, as fast as the connection gives them and
 * no faster, and keeps of each only what tests look at.
 *
 * Source: RFC 6455, section 5.2; frames of servers have no masks.
 */
import { within } from "../support/waiting.ts";
import { clientFrame } from "../support/raw_tcp.ts";

/** One frame of a server. */
export interface ReadFrame {
  readonly opcode: number;
  readonly length: number;
  /** The first bytes, 200 at most. */
  readonly start: Uint8Array;
  /** The sum of all bytes. */
  readonly sum: number;
}

const START_BYTES = 200;

/** A connection to a WebSocket server. */
export class FrameReader {
  readonly #connection: Deno.TcpConn;
  readonly #chunk = new Uint8Array(65_536);
  #unread: Uint8Array = new Uint8Array(0);

  private constructor(connection: Deno.TcpConn) {
    this.#connection = connection;
  }

  /** Opens a WebSocket and reads the answer to the handshake. */
  static async open(port: number, target: string): Promise<FrameReader> {
    const reader = new FrameReader(await Deno.connect({ hostname: "127.0.0.1", port }));
    const head = [
      `GET ${target} HTTP/1.1`,
      "Host: 127.0.0.1",
      "Connection: Upgrade",
      "Upgrade: websocket",
      "Sec-WebSocket-Version: 13",
      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    ];
    await reader.#write(new TextEncoder().encode(`${head.join("\r\n")}\r\n\r\n`));
    let last = "";
    while (!last.endsWith("\r\n\r\n")) {
      const byte = await within("the answer to a handshake", reader.#take(1));
      last = (last + String.fromCharCode(byte[0] ?? 0)).slice(-4);
    }
    return reader;
  }

  /** Sends a text message. */
  async send(text: string): Promise<void> {
    await this.#write(clientFrame(0x81, text));
  }

  /** Sends frames as they are. */
  async write(...frames: readonly Uint8Array[]): Promise<void> {
    for (const frame of frames) await this.#write(frame);
  }

  /** The next frame, or nothing when the connection ends before. */
  frame(ms?: number): Promise<ReadFrame | undefined> {
    return within("a frame", this.#frame(), ms);
  }

  /** Reads until the connection ends, or a Close frame has come; gives all frames. */
  async rest(ms?: number): Promise<readonly ReadFrame[]> {
    const frames: ReadFrame[] = [];
    const read = async (): Promise<void> => {
      for (let frame = await this.#frame(); frame !== undefined; frame = await this.#frame()) {
        frames.push(frame);
        if (frame.opcode === 8) return;
      }
    };
    await within("the end of a connection", read(), ms);
    return frames;
  }

  [Symbol.dispose](): void {
    this.#connection.close();
  }

  async #frame(): Promise<ReadFrame | undefined> {
    const head = await this.#take(2);
    const [first, size] = head;
    if (first === undefined || size === undefined) return undefined;
    const extended = await this.#take(size === 126 ? 2 : size === 127 ? 8 : 0);
    const length = size < 126 ? size : extended.reduce((sum, byte) => sum * 256 + byte, 0);
    const start = await this.#take(Math.min(length, START_BYTES));
    let sum = start.reduce((all, byte) => all + byte, 0);
    for (let left = length - start.length; left > 0;) {
      if (this.#unread.length === 0 && !await this.#more()) return undefined;
      const piece = this.#unread.subarray(0, left);
      for (const byte of piece) sum += byte;
      this.#unread = this.#unread.subarray(piece.length);
      left -= piece.length;
    }
    return { opcode: first & 0x0f, length, start, sum };
  }

  /** So many bytes, or fewer when the connection ends. */
  async #take(count: number): Promise<Uint8Array> {
    const taken = new Uint8Array(count);
    let filled = 0;
    while (filled < count) {
      if (this.#unread.length === 0 && !await this.#more()) return taken.subarray(0, filled);
      const piece = this.#unread.subarray(0, count - filled);
      taken.set(piece, filled);
      filled += piece.length;
      this.#unread = this.#unread.subarray(piece.length);
    }
    return taken;
  }

  async #more(): Promise<boolean> {
    let count: number | null = null;
    try {
      count = await this.#connection.read(this.#chunk);
    } catch (error) {
      if (!(error instanceof Deno.errors.ConnectionReset)) throw error;
    }
    this.#unread = this.#chunk.subarray(0, count ?? 0);
    return count !== null;
  }

  async #write(data: Uint8Array): Promise<void> {
    let rest = data;
    while (rest.length > 0) rest = rest.subarray(await this.#connection.write(rest));
  }
}

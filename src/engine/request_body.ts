/**
 * Reads the body of a request as text, within bounds of size and of time.
 *
 * Owns: the reading of one body from first to last byte, and every way in which it ends early.
 *
 * Invariants:
 * - Never more than `limitBytes` and one chunk are held, however the sender cuts the body: small
 *   chunks are copied together, so that their number costs no memory.
 * - Whatever ends the reading early also cancels the body: on some runtimes the connection stalls
 *   otherwise. Nothing waits for that, as the sender may be gone.
 * - When the result is known the timer is cancelled and the listener of the signal removed.
 * - The promise never rejects.
 * - The text depends on the bytes only, not on where chunks end; a byte order mark stays, as it
 *   belongs to the first message.
 *
 * Source: Encoding standard, "UTF-8 decode without BOM"; RFC 9110, sections 8.6 and 15.5.14 (413).
 */

import type { Cancel, Clock } from "../base/clock.ts";

/** Bounds of one body. */
export interface BodyOptions {
  /** The most bytes to accept. */
  readonly limitBytes: number;
  /** Milliseconds for the whole body, counted from the call. */
  readonly timeoutMs: number;
  /** Where the time comes from. */
  readonly clock: Clock;
  /** Ends the reading from outside, for example when the session closes. */
  readonly signal?: AbortSignal;
}

/**
 * How the reading ended:
 * - `ok`: with all of the text; malformed UTF-8 was replaced by U+FFFD. `""` when there is no body, or
 *   when somebody else reads or has read it.
 * - `tooLarge`: more bytes than the limit were announced or came.
 * - `timedOut`: the body did not end in time.
 * - `aborted`: it broke off, as the peer went away or `signal` fired; `cause` tells more.
 */
export type BodyResult =
  | { readonly outcome: "ok"; readonly text: string }
  | { readonly outcome: "tooLarge" }
  | { readonly outcome: "timedOut" }
  | { readonly outcome: "aborted"; readonly cause: unknown };

type BodyReader = ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>>;

/** Chunks smaller than this are copied together before they are decoded. */
const STAGE_BYTES = 16_384;

const EMPTY: BodyResult = { outcome: "ok", text: "" };
const TOO_LARGE: BodyResult = { outcome: "tooLarge" };
const TIMED_OUT: BodyResult = { outcome: "timedOut" };

/**
 * Reads the body of `request`, which nobody else may read.
 *
 * @example
 * ```ts
 * import { createSystemClock } from "../base/clock.ts";
 *
 * const request = new Request("http://localhost/", { method: "POST", body: "4hello" });
 * const clock = createSystemClock();
 * const result = await readTextBody(request, { limitBytes: 1e6, timeoutMs: 20_000, clock });
 * result.outcome === "ok" && result.text; // "4hello"
 * ```
 */
export async function readTextBody(request: Request, options: BodyOptions): Promise<BodyResult> {
  try {
    const { body } = request;
    if (body === null || body.locked || request.bodyUsed) return EMPTY;
    if (options.signal?.aborted) {
      discard(body);
      return { outcome: "aborted", cause: options.signal.reason };
    }
    if (announcedBytes(request) > options.limitBytes) {
      discard(body);
      return TOO_LARGE;
    }
    return await new BodyReading(body.getReader(), options).run();
  } catch (cause) {
    // A runtime may refuse to give the body of a request whose connection is closed.
    return { outcome: "aborted", cause };
  }
}

/** 0 when not announced; what is announced wrongly is found out by counting. */
function announcedBytes(request: Request): number {
  const value = request.headers.get("content-length");
  return value !== null && /^\d+$/.test(value) ? Number(value) : 0;
}

/** One body being read; the first way to end wins. */
class BodyReading {
  readonly #reader: BodyReader;
  readonly #options: BodyOptions;
  readonly #text = new IncrementalText();
  readonly #abort = (): void => {
    this.#breakOff({ outcome: "aborted", cause: this.#options.signal?.reason });
  };
  #received = 0;
  #cancelTimer: Cancel | undefined;
  /** Undefined once the result is known. */
  #resolve: ((result: BodyResult) => void) | undefined;

  constructor(reader: BodyReader, options: BodyOptions) {
    this.#reader = reader;
    this.#options = options;
  }

  run(): Promise<BodyResult> {
    const { clock, timeoutMs, signal } = this.#options;
    return new Promise((resolve) => {
      this.#resolve = resolve;
      this.#cancelTimer = clock.after(timeoutMs, () => this.#breakOff(TIMED_OUT));
      signal?.addEventListener("abort", this.#abort);
      this.#pump();
    });
  }

  async #pump(): Promise<void> {
    try {
      while (true) {
        const { done, value } = await this.#reader.read();
        if (this.#resolve === undefined) return;
        if (done) return this.#end({ outcome: "ok", text: this.#text.end() });
        if (!this.#take(value)) return;
      }
    } catch (cause) {
      // Also what is no body: a stream made in the process may hold anything.
      this.#breakOff({ outcome: "aborted", cause });
    }
  }

  /** Whether there is room for more. */
  #take(chunk: unknown): boolean {
    if (!(chunk instanceof Uint8Array)) {
      throw new TypeError(`Cannot read body: a chunk must be a Uint8Array, found ${typeof chunk}`);
    }
    this.#received += chunk.byteLength;
    if (this.#received > this.#options.limitBytes) {
      this.#breakOff(TOO_LARGE);
      return false;
    }
    this.#text.push(chunk);
    return true;
  }

  #breakOff(result: BodyResult): void {
    if (this.#resolve === undefined) return;
    this.#end(result);
    discard(this.#reader);
  }

  #end(result: BodyResult): void {
    const resolve = this.#resolve;
    this.#resolve = undefined;
    this.#cancelTimer?.();
    this.#options.signal?.removeEventListener("abort", this.#abort);
    resolve?.(result);
  }
}

/** UTF-8 to text, chunk by chunk. */
class IncrementalText {
  readonly #decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  /** A chunk that is not decoded yet: most bodies have no other. */
  #first: Uint8Array | undefined;
  /** Small chunks that are not decoded yet, and how many bytes of it they fill. */
  #stage: Uint8Array | undefined;
  #staged = 0;
  #text = "";

  push(chunk: Uint8Array): void {
    if (this.#stage === undefined && this.#first === undefined) {
      this.#first = chunk;
      return;
    }
    this.#stage ??= new Uint8Array(STAGE_BYTES);
    const first = this.#first;
    this.#first = undefined;
    if (first !== undefined) this.#add(first, this.#stage);
    this.#add(chunk, this.#stage);
  }

  end(): string {
    if (this.#first !== undefined) return this.#decoder.decode(this.#first);
    if (this.#stage !== undefined) this.#decodeStage(this.#stage);
    return this.#text + this.#decoder.decode();
  }

  #add(chunk: Uint8Array, stage: Uint8Array): void {
    if (this.#staged + chunk.byteLength > STAGE_BYTES) this.#decodeStage(stage);
    if (chunk.byteLength >= STAGE_BYTES) {
      this.#text += this.#decoder.decode(chunk, { stream: true });
      return;
    }
    stage.set(chunk, this.#staged);
    this.#staged += chunk.byteLength;
  }

  #decodeStage(stage: Uint8Array): void {
    this.#text += this.#decoder.decode(stage.subarray(0, this.#staged), { stream: true });
    this.#staged = 0;
  }
}

/** Tells the runtime that nobody will read the body of a request, so that it can let it go. */
export function discardBody(request: Request): void {
  const { body } = request;
  if (body !== null && !body.locked) discard(body);
}

/** Tells the sender that nobody reads on. It may be gone, which is no news. */
function discard(body: { cancel(): Promise<void> }): void {
  body.cancel().catch(() => {});
}

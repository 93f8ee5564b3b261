/**
 * Reads the body of a request, as text or as bytes, within bounds of size and of time.
 *
 * Owns: the reading of one body from first to last byte, and every way in which it ends early.
 *
 * Invariants:
 * - Never more than `limitBytes` and one chunk are held as text, twice that as bytes, however the
 *   sender cuts the body: small chunks are copied together, so that their number costs no memory.
 * - Whatever ends the reading early also cancels the body: on some runtimes the connection stalls
 *   otherwise.
 * - When the result is known the timer is cancelled and the listener of the signal removed.
 * - The promise never rejects.
 * - The text depends on the bytes only, not on where chunks end; a byte order mark stays, as it
 *   belongs to the first message.
 *
 * Source: Encoding standard, "UTF-8 decode without BOM"; RFC 9110, sections 8.6 and 15.5.14 (413).
 */

import type { Cancel, Clock } from "../base/clock.ts";
import type { Frame } from "../wire/engine_packet.ts";
import type { BodySink, RequestBody } from "./call.ts";

/** What ends a reading from outside: an `AbortSignal`, or less. */
export interface StopSignal {
  readonly aborted: boolean;
  readonly reason?: unknown;
  addEventListener(type: "abort", listener: () => void): void;
  removeEventListener(type: "abort", listener: () => void): void;
}

/** Bounds of one body. */
export interface BodyOptions {
  /** Bytes that the sender has announced, 0 when it has not. */
  readonly announcedBytes: number;
  /** The most bytes to accept. */
  readonly limitBytes: number;
  /** Milliseconds for the whole body, counted from the call. */
  readonly timeoutMs: number;
  /** Where the time comes from. */
  readonly clock: Clock;
  /** Whether the body is bytes, and not text. @default false */
  readonly isBinary?: boolean;
  /** Ends the reading from outside, for example when the session closes. */
  readonly signal?: StopSignal;
  /** Takes memory for what comes, and says whether there was any; who reads gives it back. */
  readonly hold?: (bytes: number) => boolean;
}

/**
 * How the reading ended:
 * - `ok`: with all of it; in text, malformed UTF-8 was replaced by U+FFFD.
 * - `tooLarge`: more bytes than the limit were announced or came.
 * - `noMemory`: there was no memory left for it.
 * - `timedOut`: the body did not end in time.
 * - `aborted`: it broke off, as the peer went away or `signal` fired; `cause` tells more.
 */
export type BodyResult =
  | { readonly outcome: "ok"; readonly data: Frame }
  | { readonly outcome: "tooLarge" }
  | { readonly outcome: "noMemory"; readonly bytes: number }
  | { readonly outcome: "timedOut" }
  | { readonly outcome: "aborted"; readonly cause: unknown };

/** Chunks smaller than this are copied together before they are decoded. */
const STAGE_BYTES = 16_384;

const TOO_LARGE: BodyResult = { outcome: "tooLarge" };
const TIMED_OUT: BodyResult = { outcome: "timedOut" };

/** Reads a body, which nobody else may read. */
export function readBody(body: RequestBody, options: BodyOptions): Promise<BodyResult> {
  const { announcedBytes, limitBytes, signal } = options;
  if (!signal?.aborted && announcedBytes <= limitBytes) {
    return new Promise((resolve) => new BodyReading(body, options, resolve).start());
  }
  body.cancel();
  const isAborted = signal?.aborted === true;
  return Promise.resolve(isAborted ? { outcome: "aborted", cause: signal.reason } : TOO_LARGE);
}

/** One body being read; the first way to end wins. */
class BodyReading implements BodySink {
  readonly #body: RequestBody;
  readonly #options: BodyOptions;
  readonly #data: Collector;
  readonly #abort = (): void => {
    this.#breakOff({ outcome: "aborted", cause: this.#options.signal?.reason });
  };
  #received = 0;
  #cancelTimer: Cancel | undefined;
  /** Undefined once the result is known. */
  #resolve: ((result: BodyResult) => void) | undefined;

  constructor(body: RequestBody, options: BodyOptions, resolve: (result: BodyResult) => void) {
    this.#body = body;
    this.#options = options;
    this.#data = options.isBinary
      ? new IncrementalBytes(options.limitBytes)
      : new IncrementalText();
    this.#resolve = resolve;
  }

  start(): void {
    const { clock, timeoutMs, signal } = this.#options;
    this.#cancelTimer = clock.after(timeoutMs, () => this.#breakOff(TIMED_OUT));
    signal?.addEventListener("abort", this.#abort);
    this.#body.read(this);
  }

  chunk(bytes: Uint8Array): void {
    if (this.#resolve === undefined) return;
    this.#received += bytes.byteLength;
    const { limitBytes, hold } = this.#options;
    if (this.#received > limitBytes) return this.#breakOff(TOO_LARGE);
    if (hold?.(bytes.byteLength) === false) {
      return this.#breakOff({ outcome: "noMemory", bytes: bytes.byteLength });
    }
    this.#data.push(bytes);
  }

  end(): void {
    if (this.#resolve !== undefined) this.#settle({ outcome: "ok", data: this.#data.end() });
  }

  failed(cause: unknown): void {
    this.#breakOff({ outcome: "aborted", cause });
  }

  #breakOff(result: BodyResult): void {
    if (this.#resolve === undefined) return;
    this.#settle(result);
    this.#body.cancel();
  }

  #settle(result: BodyResult): void {
    const resolve = this.#resolve;
    this.#resolve = undefined;
    this.#cancelTimer?.();
    this.#options.signal?.removeEventListener("abort", this.#abort);
    resolve?.(result);
  }
}

/** Puts a body together, chunk by chunk. */
interface Collector {
  push(chunk: Uint8Array): void;
  /** All of it; called once. */
  end(): Frame;
}

/** Bytes, in memory that doubles as it fills up. */
class IncrementalBytes implements Collector {
  readonly #limitBytes: number;
  #bytes = new Uint8Array(STAGE_BYTES);
  #length = 0;

  /** @param limitBytes the most that it is given: memory beyond is not asked for */
  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes;
  }

  push(chunk: Uint8Array): void {
    const length = this.#length + chunk.byteLength;
    if (length > this.#bytes.byteLength) {
      const doubled = Math.min(2 * this.#bytes.byteLength, this.#limitBytes);
      const larger = new Uint8Array(Math.max(length, doubled));
      larger.set(this.#bytes.subarray(0, this.#length));
      this.#bytes = larger;
    }
    this.#bytes.set(chunk, this.#length);
    this.#length = length;
  }

  end(): Uint8Array<ArrayBuffer> {
    return this.#bytes.subarray(0, this.#length);
  }
}

/** UTF-8 to text, chunk by chunk. */
class IncrementalText implements Collector {
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

/**
 * WebSocket frames of a server, and the way to write many of them at once.
 *
 * Invariants
 * - What is written is a run of whole frames in the order given: final, unmasked, without extensions,
 *   text as UTF-8.
 * - A write costs one system call where the socket takes it: small frames are joined by copying, bytes
 *   from `SHARED_BYTES` on are handed over as they are, so that all receivers of a broadcast share them.
 * - Recipients that get the same frames one after the other get the same bytes.
 *
 * Source: RFC 6455, section 5.2.
 */
import { Buffer } from "node:buffer";
import type { Frame } from "../../wire/engine_packet.ts";

/** What frames are written to: a TCP or TLS socket. */
export interface ByteStream {
  /** Sends bytes; they may not change afterwards. */
  write(bytes: Uint8Array): unknown;
  /** Holds what is written back. */
  cork(): void;
  /** Lets it go. */
  uncork(): void;
}

/** Copying and gathering cost the same from here on; gathering holds less memory. */
const SHARED_BYTES = 16_384;

/** The largest write that is kept for the next recipient. */
const KEPT_BYTES = 1_048_576;

const TEXT = 0x81;
const BINARY = 0x82;

/** Writes frames to the sockets of one server. */
export class FrameWriter {
  #frames: readonly Frame[] = [];
  #chunks: readonly Uint8Array[] = [];

  /** Writes frames, which may not change afterwards, to a socket that is open. */
  write(stream: ByteStream, frames: readonly Frame[]): void {
    const chunks = this.#encode(frames);
    const [first] = chunks;
    if (first === undefined) return;
    if (chunks.length === 1) return void stream.write(first);
    stream.cork();
    for (const chunk of chunks) stream.write(chunk);
    stream.uncork();
  }

  #encode(frames: readonly Frame[]): readonly Uint8Array[] {
    if (isSame(frames, this.#frames)) return this.#chunks;
    const chunks = encodeFrames(frames);
    const isKept = chunks.reduce((sum, chunk) => sum + chunk.byteLength, 0) <= KEPT_BYTES;
    this.#frames = isKept ? frames : [];
    this.#chunks = isKept ? chunks : [];
    return chunks;
  }
}

/** The bytes of these frames, in as few pieces as their sizes allow. */
export function encodeFrames(frames: readonly Frame[]): readonly Uint8Array[] {
  const joined = Buffer.allocUnsafe(joinedBytes(frames));
  const chunks: Uint8Array[] = [];
  let start = 0;
  let end = 0;
  for (const frame of frames) {
    const length = byteLength(frame);
    end = writeHead(joined, end, typeof frame === "string" ? TEXT : BINARY, length);
    if (typeof frame === "string") end += joined.write(frame, end);
    else if (length < SHARED_BYTES) {
      joined.set(frame, end);
      end += length;
    } else {
      chunks.push(joined.subarray(start, end), frame);
      start = end;
    }
  }
  if (end > start) chunks.push(start === 0 ? joined : joined.subarray(start, end));
  return chunks;
}

/** What the heads of the frames take, and the frames that are copied. */
function joinedBytes(frames: readonly Frame[]): number {
  let sum = 0;
  for (const frame of frames) {
    const length = byteLength(frame);
    const isShared = typeof frame !== "string" && length >= SHARED_BYTES;
    sum += headBytes(length) + (isShared ? 0 : length);
  }
  return sum;
}

function byteLength(frame: Frame): number {
  return typeof frame === "string" ? Buffer.byteLength(frame) : frame.byteLength;
}

function headBytes(length: number): number {
  return length < 126 ? 2 : length < 65_536 ? 4 : 10;
}

/** Writes the head of a frame; gives the place behind it. */
function writeHead(target: Buffer, at: number, first: number, length: number): number {
  target[at] = first;
  if (length < 126) {
    target[at + 1] = length;
    return at + 2;
  }
  if (length < 65_536) {
    target[at + 1] = 126;
    return target.writeUInt16BE(length, at + 2);
  }
  target[at + 1] = 127;
  target.writeUInt16BE(0, at + 2);
  return target.writeUIntBE(length, at + 4, 6);
}

function isSame(frames: readonly Frame[], others: readonly Frame[]): boolean {
  return frames.length === others.length &&
    frames.every((frame, index) => frame === others[index]);
}

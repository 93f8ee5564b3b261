/**
 * Packets to frames of msgpack, byte by byte as the published parser writes them on Node, but for
 * binary data that is no `Buffer`: the option `binary` tells how that is written.
 *
 * Invariants
 * - The library sees a copy without anything that runs code of a user: no getter, no `toJSON`, no
 *   proxy. What the user gave is not changed, and the frame shares no memory with it.
 * - Recursion is bounded by `MAX_ENCODE_DEPTH`, which also ends a cycle.
 * - No memory grows from packet to packet: what a large one needed is dropped after it.
 *
 * Source: notepack.io 2.2, its encoder for Node; tests/extra/known_differences.ts lists the differences.
 */
// deno-lint-ignore no-import-prefix -- only this parser imports it, so its version is said here
import { Encoder, ExtData, type ExtensionCodecType } from "npm:@msgpack/msgpack@3.1.3";
import { asBytes } from "../../base/bytes.ts";
import { createObjectFor } from "../../base/objects.ts";
import { depthError, refuseBlob, setOwn } from "../../wire/attachments.ts";
import { MAX_ENCODE_DEPTH } from "../../wire/limits.ts";

/** How binary data that is no `Buffer` is written: see the option `binary`. */
export type BinaryFormat = "bin" | "ext";

/** The content of an extension: where in the frame it begins, and its length. */
interface Extension {
  readonly start: number;
  readonly length: number;
}

/** One packet on its way. */
interface Task {
  readonly binary: BinaryFormat;
  /** The extensions with binary data, in their order. */
  readonly extensions: Extension[];
}

/** Bytes of the library's buffer that are kept for the next packet. */
const KEPT_BYTES = 64 * 1024;

/** The type of all extensions: undefined, dates, buffers. */
const EXTENSION_TYPE = 0;
const UNDEFINED_BYTES = new Uint8Array(1);

const MAX_UINT_32 = 2 ** 32 - 1;
const MIN_INT_32 = -(2 ** 31);
const TWO_POW_32 = 2 ** 32;
const TWO_POW_63 = 2 ** 63;
const TWO_POW_64 = 2 ** 64;

const extensionWriter: ExtensionCodecType<undefined> = {
  tryToEncode: (value) => value instanceof ExtData ? value : null,
  decode: () => undefined,
};

let idle: Encoder | undefined;

/**
 * Encodes a packet, or any other value.
 *
 * @throws {TypeError} when something has no form in msgpack: a BigInt, a symbol, a Blob, a function
 * that is not the value of a key
 * @throws {RangeError} when it is nested too deeply, or in a circle
 */
export function encodeFrame(value: unknown, binary: BinaryFormat): Uint8Array<ArrayBuffer> {
  const task: Task = { binary, extensions: [] };
  const copy = plain(value, 0, task);
  const encoder = idle ?? createEncoder();
  // Comes back unless it has grown, or something is thrown.
  idle = undefined;
  const shared = encoder.encodeSharedRef(copy);
  const frame = task.extensions.length === 0
    ? shared.slice()
    : withShortHeads(shared, task.extensions);
  if (shared.byteLength <= KEPT_BYTES) idle = encoder;
  return frame;
}

function createEncoder(): Encoder {
  return new Encoder({
    extensionCodec: extensionWriter,
    // Integers of more than 32 bits come as BigInts, see `wideInteger`.
    useBigInt64: true,
    // Bounded before it gets there.
    maxDepth: Infinity,
  });
}

/** A copy of a value that the library writes as the published encoder writes the value. */
function plain(value: unknown, depth: number, task: Task): unknown {
  switch (typeof value) {
    case "string":
      return wellFormed(value);
    case "number":
      return value > MAX_UINT_32 || value < MIN_INT_32 ? wideInteger(value) : value;
    case "boolean":
      return value;
    case "undefined":
      return new ExtData(EXTENSION_TYPE, UNDEFINED_BYTES);
    case "object":
      return value === null ? null : plainObject(value, depth, task);
    default:
      throw new TypeError(`Cannot encode socket packet: msgpack has no form for a ${typeof value}`);
  }
}

function wellFormed(text: string): string {
  return text.isWellFormed() ? text : text.toWellFormed();
}

/** The library writes whole numbers beyond 53 bits as floats; the published encoder goes to 64 bits. */
function wideInteger(value: number): number | bigint {
  const fits = Number.isInteger(value) && value >= -TWO_POW_63 && value < TWO_POW_64;
  return fits ? BigInt(value) : value;
}

function plainObject(value: object, depth: number, task: Task): unknown {
  if (depth > MAX_ENCODE_DEPTH) throw depthError();
  if (Array.isArray(value)) {
    const items = new Array<unknown>(value.length);
    for (let index = 0; index < value.length; index++) {
      items[index] = plain(value[index], depth + 1, task);
    }
    return items;
  }
  if (value instanceof Date) return dateExtension(value);
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return binaryData(value, task);
  refuseBlob(value);
  const source = value as Readonly<Record<string, unknown>>;
  const { toJSON } = source;
  if (typeof toJSON === "function") return plain(toJSON.call(value), depth + 1, task);
  const keys = Object.keys(value);
  const copy = createObjectFor(keys);
  for (const key of keys) {
    const item = source[key];
    if (typeof item !== "function") setOwn(copy, wellFormed(key), plain(item, depth + 1, task));
  }
  return copy;
}

/** Milliseconds as a whole number of 64 bits; a date that is none is 1970, as it is there. */
function dateExtension(date: Date): ExtData {
  const bytes = new Uint8Array(8);
  const view = new DataView(bytes.buffer);
  const time = date.getTime();
  view.setInt32(0, Math.floor(time / TWO_POW_32));
  view.setUint32(4, time);
  return new ExtData(EXTENSION_TYPE, bytes);
}

function binaryData(value: ArrayBuffer | ArrayBufferView, task: Task): Uint8Array | ExtData {
  const bytes = asBytes(value);
  if (task.binary === "bin" || isNodeBuffer(value)) return bytes;
  return new ExtData(EXTENSION_TYPE, (start) => {
    task.extensions.push({ start, length: bytes.length });
    return bytes;
  });
}

/** By what its class offers: the core names no runtime, and a bundle may have a `Buffer` of its own. */
function isNodeBuffer(value: object): boolean {
  const { constructor: kind } = value as { readonly constructor?: { readonly isBuffer?: unknown } };
  return typeof kind?.isBuffer === "function" && kind.isBuffer(value) === true;
}

/** Bytes before the content of an extension as the library writes it: format, length, type. */
const LONG_HEAD = 6;

/**
 * The frame with the heads of its extensions as the published encoder has them: format `ext` of the
 * least size. The library has that format for some lengths only.
 */
function withShortHeads(
  bytes: Uint8Array,
  extensions: readonly Extension[],
): Uint8Array<ArrayBuffer> {
  const heads = extensions.map(({ length }) => extensionHead(length));
  const saved = heads.reduce((sum, head) => sum + LONG_HEAD - head.length, 0);
  const result = new Uint8Array(bytes.length - saved);
  let from = 0;
  let at = 0;
  extensions.forEach(({ start }, index) => {
    const before = bytes.subarray(from, start - LONG_HEAD);
    const head = heads[index] ?? [];
    result.set(before, at);
    result.set(head, at + before.length);
    at += before.length + head.length;
    from = start;
  });
  result.set(bytes.subarray(from), at);
  return result;
}

function extensionHead(length: number): readonly number[] {
  if (length < 0x100) return [0xc7, length, EXTENSION_TYPE];
  if (length < 0x10000) return [0xc8, length >> 8, length & 0xff, EXTENSION_TYPE];
  const size = [length >>> 24, length >>> 16, length >>> 8, length].map((part) => part & 0xff);
  return [0xc9, ...size, EXTENSION_TYPE];
}

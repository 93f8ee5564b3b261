/**
 * Frames of msgpack to values, as the published parser reads them on Node.
 *
 * Invariants
 * - The library sees only frames that passed `scanFrame`.
 * - Binary data is a copy in memory of its own, of the class that the frame has: `Buffer` where the
 *   runtime gave a `Buffer`. What is in extension 0 is an `ArrayBuffer`.
 * - No key sets a prototype: the library refuses `__proto__`.
 * - Nothing recurses.
 *
 * Source: notepack.io 2.2, its decoder for Node; tests/extra/known_differences.ts lists the differences.
 */
// deno-lint-ignore no-import-prefix -- only this parser imports it, so its version is said here
import { decode, type ExtensionCodecType } from "npm:@msgpack/msgpack@3.1.3";
import { asBytes, copyBytes } from "../../base/bytes.ts";
import { PacketError } from "../../base/errors.ts";
import { type FrameLimits, scanFrame } from "./scan.ts";

/** The one type of extension that the published parser has; its format and size tell what it holds. */
const OWN_EXTENSION = 0;
/** First byte of an extension of 1 byte: `undefined`. */
const FIXED_1 = 0xd4;
/** First byte of an extension of 8 bytes: a date. */
const FIXED_8 = 0xd7;

const TWO_POW_32 = 2 ** 32;

/**
 * Decodes one frame.
 *
 * @throws {PacketError} when it is not exactly one value, complete and well formed
 * @throws {LimitError} when it is over a limit
 */
export function decodeFrame(frame: Uint8Array, limits: FrameLimits): unknown {
  const bytes = asBytes(frame);
  const { hasBinary, extensions, markedTexts } = scanFrame(bytes, limits);
  const readable = markedTexts.length === 0 ? bytes : withMarksTwice(bytes, markedTexts);
  let value: unknown;
  try {
    value = decode(readable, { extensionCodec: extensionReader(extensions) });
  } catch (error) {
    throw new PacketError(
      "Cannot decode socket packet: keys must be text or numbers, and not __proto__",
      { cause: error },
    );
  }
  return hasBinary ? ownBinary(value, frame) : value;
}

function extensionReader(heads: readonly number[]): ExtensionCodecType<undefined> {
  let index = 0;
  return {
    tryToEncode: () => null,
    decode: (data, type) => readExtension(heads[index++], type, data),
  };
}

function readExtension(head: number | undefined, type: number, data: Uint8Array): unknown {
  if (type !== OWN_EXTENSION || head === undefined) return [type, data];
  if (head < FIXED_1) return copyBytes(data).buffer;
  if (head === FIXED_1) return undefined;
  return head === FIXED_8 ? readDate(data) : [type, data];
}

function readDate(data: Uint8Array): Date {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  return new Date(view.getInt32(0) * TWO_POW_32 + view.getUint32(4));
}

/** Replaces every view of the frame by a copy, in place. */
function ownBinary(value: unknown, frame: Uint8Array): unknown {
  const root = [value];
  const open: object[] = [root];
  for (let holder = open.pop(); holder !== undefined; holder = open.pop()) {
    // What the library makes has no keys but for plain objects and arrays.
    const container = holder as Record<string | number, unknown>;
    const keys = Array.isArray(holder) ? holder.keys() : Object.keys(holder);
    for (const key of keys) {
      const item = container[key];
      if (typeof item !== "object" || item === null) continue;
      if (item instanceof Uint8Array) container[key] = copyAs(frame, item);
      else open.push(item);
    }
  }
  return root[0];
}

/** A copy of `bytes`, which are not longer than `frame`, of the class that `frame` has. */
function copyAs(frame: Uint8Array, bytes: Uint8Array): Uint8Array {
  // Of the language's own `slice`: that of a Buffer would share its memory.
  const copy: Uint8Array = Uint8Array.prototype.slice.call(frame, 0, bytes.length);
  copy.set(bytes);
  return copy;
}

const TEXT_32 = 0xdb;
const MARK = [0xef, 0xbb, 0xbf];

/**
 * The frame with the first character of long texts that begin with U+FEFF written twice, because the
 * library drops one. A table saved for Excel is such a text.
 *
 * @param starts where the texts begin, with their heads
 */
function withMarksTwice(bytes: Uint8Array, starts: readonly number[]): Uint8Array {
  const result = new Uint8Array(bytes.length + starts.length * (4 + MARK.length));
  const view = new DataView(result.buffer);
  const source = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let from = 0;
  let at = 0;
  for (const start of starts) {
    const sizeBytes = 1 << ((bytes[start] ?? 0) - 0xd9);
    const length = sizeBytes === 1
      ? source.getUint8(start + 1)
      : sizeBytes === 2
      ? source.getUint16(start + 1)
      : source.getUint32(start + 1);
    result.set(bytes.subarray(from, start), at);
    at += start - from;
    view.setUint8(at, TEXT_32);
    view.setUint32(at + 1, length + MARK.length);
    result.set(MARK, at + 5);
    at += 5 + MARK.length;
    from = start + 1 + sizeBytes;
  }
  result.set(bytes.subarray(from), at);
  return result.subarray(0, at + bytes.length - from);
}

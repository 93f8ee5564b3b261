/**
 * Frames of msgpack to values, as the published parser reads them on Node.
 *
 * Invariants
 * - The library sees only frames that passed `scanFrame`.
 * - Binary data is a copy in memory of its own, of the class that the frame has: `Buffer` where the
 *   runtime gave a `Buffer`. What is in extension 0 is an `ArrayBuffer`.
 * - No key sets a prototype: the library refuses `__proto__`.
 * - The library sets no key that is an array index, see `base/objects.ts`: such keys are marked until
 *   the map can be made of all its keys.
 * - Nothing recurses.
 *
 * Source: notepack.io 2.2, its decoder for Node; tests/extra/known_differences.ts lists the differences.
 */
// deno-lint-ignore no-import-prefix -- only this parser imports it, so its version is said here
import { decode, type ExtensionCodecType } from "npm:@msgpack/msgpack@3.1.3";
import { asBytes, copyBytes } from "../../base/bytes.ts";
import { PacketError } from "../../base/errors.ts";
import { createObjectFor, startsWithDigit } from "../../base/objects.ts";
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
  const keys = new KeyReader();
  let value: unknown;
  try {
    value = decode(readable, {
      extensionCodec: extensionReader(extensions),
      mapKeyConverter: (key) => keys.read(key),
    });
  } catch (error) {
    throw new PacketError(
      "Cannot decode socket packet: keys must be text or numbers, and not __proto__",
      { cause: error },
    );
  }
  return hasBinary || keys.hasMarked ? finished(value, frame, keys.hasMarked) : value;
}

/** In front of keys that may be array indexes, and of those that have it themselves. */
const KEY_MARK = "\0";

/** Makes text of keys, none of which is an array index. */
class KeyReader {
  /** Whether there was a key that is marked. */
  hasMarked = false;

  read(key: unknown): string {
    if (typeof key !== "string" && typeof key !== "number") {
      throw new TypeError("Expected text or a number");
    }
    const text = String(key);
    if (!startsWithDigit(text) && !isMarked(text)) return text;
    this.hasMarked = true;
    return KEY_MARK + text;
  }
}

function isMarked(key: string): boolean {
  return key.startsWith(KEY_MARK);
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

/** Replaces every view of the frame by a copy, and every map with marked keys by one without, in place. */
function finished(value: unknown, frame: Uint8Array, hasMarkedKeys: boolean): unknown {
  const root = [value];
  const open: object[] = [root];
  for (let holder = open.pop(); holder !== undefined; holder = open.pop()) {
    // What the library makes has no keys but for plain objects and arrays.
    const container = holder as Record<string | number, unknown>;
    const keys = Array.isArray(holder) ? holder.keys() : Object.keys(holder);
    for (const key of keys) {
      const item = container[key];
      if (typeof item !== "object" || item === null) continue;
      if (item instanceof Uint8Array) {
        container[key] = copyAs(frame, item);
        continue;
      }
      const own = hasMarkedKeys ? withoutMarks(item) : item;
      if (own !== item) container[key] = own;
      open.push(own);
    }
  }
  return root[0];
}

/** The object with its keys as they were in the frame; itself when none is marked. */
function withoutMarks(object: object): object {
  if (Array.isArray(object)) return object;
  const marked = Object.keys(object);
  if (!marked.some(isMarked)) return object;
  const keys = marked.map((key) => isMarked(key) ? key.slice(KEY_MARK.length) : key);
  const result = createObjectFor(keys);
  // Of an object that the library made.
  const source = object as Readonly<Record<string, unknown>>;
  for (const [at, key] of keys.entries()) result[key] = source[marked[at] ?? ""];
  return result;
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

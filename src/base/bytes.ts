/**
 * Bytes and text: lengths, views, copies, base64.
 *
 * Invariants:
 * - No function changes what it is given.
 * - Everything is linear in the length of its input, and none puts an input on the stack.
 * - `utf8Length(text)` is the length of what a UTF-8 encoder of the Encoding Standard makes of the
 *   text: a surrogate without its other half counts 3 bytes, as U+FFFD does.
 *
 * Source: WHATWG Encoding Standard; RFC 4648 section 4 for base64.
 *
 * @module
 */

/**
 * From this length on `encodeInto` is used: its price is that of some 60 characters in the loop.
 * Deno 2.9 (V8 15.0), loop against `encodeInto`: ASCII, 128 characters 150 against 60 ns, 1,000
 * characters 800 against 80 ns, 100,000 characters 77 against 2.3 µs; text of which a third is not
 * ASCII, 1,000 characters 1.1 against 1.5 µs.
 */
const ENCODE_FROM_LENGTH = 128;

/** Bytes that are encoded, and thrown away, at once. */
const SCRATCH_BYTES = 16 * 1024;

let scratch: Uint8Array<ArrayBuffer> | undefined;
const encoder: TextEncoder = new TextEncoder();

/** The number of bytes of the text in UTF-8. */
export function utf8Length(text: string): number {
  if (text.length < ENCODE_FROM_LENGTH) return countUtf8Bytes(text);
  scratch ??= new Uint8Array(SCRATCH_BYTES);
  let bytes = 0;
  let from = 0;
  while (from < text.length) {
    // Never reads half of a pair, and always something, as the scratch holds any character.
    const { read, written } = encoder.encodeInto(from === 0 ? text : text.slice(from), scratch);
    from += read;
    bytes += written;
  }
  return bytes;
}

/** `utf8Length` one character after the other: for short texts, and the oracle in tests. */
export function countUtf8Bytes(text: string): number {
  const { length } = text;
  let bytes = length;
  for (let index = 0; index < length; index++) {
    const unit = text.charCodeAt(index);
    if (unit < 0x80) continue;
    if (unit < 0x800) {
      bytes += 1;
      continue;
    }
    bytes += 2;
    if (unit < 0xd800 || unit > 0xdbff || index + 1 === length) continue;
    const next = text.charCodeAt(index + 1);
    // A pair: 4 bytes for 2 units.
    if (next >= 0xdc00 && next <= 0xdfff) index++;
  }
  return bytes;
}

/** The text in UTF-8; a surrogate without its other half becomes U+FFFD. */
export function utf8Encode(text: string): Uint8Array<ArrayBuffer> {
  return encoder.encode(text);
}

const decoder: TextDecoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** The text that the bytes are in UTF-8; `undefined` when they are not UTF-8. */
export function utf8Decode(bytes: Uint8Array): string | undefined {
  try {
    return decoder.decode(bytes);
  } catch {
    return undefined;
  }
}

/**
 * As `utf8Decode`, but takes a surrogate that was encoded by itself as well, as in WTF-8: it becomes
 * U+FFFD.
 */
export function wtf8Decode(bytes: Uint8Array): string | undefined {
  // Before decoding and not after it has failed: a peer may send many such texts, and catching is dear.
  return utf8Decode(withoutSurrogates(bytes));
}

/** The bytes with U+FFFD in the place of surrogates, which take as many: ED A0–BF 80–BF. */
function withoutSurrogates(bytes: Uint8Array): Uint8Array {
  let copy: Uint8Array | undefined;
  for (let index = bytes.indexOf(0xed); index !== -1; index = bytes.indexOf(0xed, index + 1)) {
    const { [index + 1]: second = 0, [index + 2]: third = 0 } = bytes;
    if (second < 0xa0 || second > 0xbf || third < 0x80 || third > 0xbf) continue;
    copy ??= new Uint8Array(bytes);
    copy.set(REPLACEMENT, index);
  }
  return copy ?? bytes;
}

/** U+FFFD in UTF-8. */
const REPLACEMENT = Uint8Array.of(0xef, 0xbf, 0xbd);

/** The bytes of a buffer or of any view of one: the same memory, exactly the part that was given. */
export function asBytes(data: ArrayBuffer): Uint8Array<ArrayBuffer>;
/** The bytes of a buffer or of any view of one: the same memory, exactly the part that was given. */
export function asBytes<B extends ArrayBufferLike>(data: ArrayBufferView<B>): Uint8Array<B>;
/** The bytes of a buffer or of any view of one: the same memory, exactly the part that was given. */
export function asBytes(data: ArrayBuffer | ArrayBufferView): Uint8Array;
export function asBytes(data: ArrayBuffer | ArrayBufferView): Uint8Array {
  if (!ArrayBuffer.isView(data)) return new Uint8Array(data);
  // A subclass (Buffer) differs in slice() and others: the core sees the plain class only.
  if (data.constructor === Uint8Array) return data;
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

/** A copy of the bytes in memory of its own. */
export function copyBytes(data: ArrayBuffer | ArrayBufferView): Uint8Array<ArrayBuffer> {
  return new Uint8Array(asBytes(data));
}

interface NativeBase64 {
  readonly encode: (bytes: Uint8Array) => string;
  readonly decode: (text: string) => Uint8Array<ArrayBuffer>;
}

/** The host's own conversion where it has one, else one over `btoa` and `atob`. */
const base64: NativeBase64 = findNative() ?? { encode: encodeWithBtoa, decode: decodeWithAtob };

/** The bytes in base64, standard alphabet, padded. */
export function base64Encode(bytes: Uint8Array): string {
  return base64.encode(bytes);
}

/**
 * The bytes of a base64 text in the standard alphabet, padded or not, with or without line breaks;
 * `undefined` when it is not that: a character from outside the alphabet (other white space too),
 * padding of the wrong length, a number of characters that no bytes give. Unused bits at the end may be
 * anything. The published client for Java breaks lines, and ends with a break: RFC 2045, section 6.8.
 */
export function base64Decode(given: string): Uint8Array<ArrayBuffer> | undefined {
  const text = given.includes("\n") ? given.replace(/[\r\n]+/g, "") : given;
  const characters = text.length - (text.endsWith("==") ? 2 : text.endsWith("=") ? 1 : 0);
  if (characters % 4 === 1) return undefined;
  try {
    const bytes = base64.decode(text);
    // Decoders skip white space. The text had none exactly if no character of it was skipped.
    return bytes.length === Math.floor(characters * 3 / 4) ? bytes : undefined;
  } catch {
    return undefined;
  }
}

function findNative(): NativeBase64 | undefined {
  // The casts are true once both were seen to be functions: ECMAScript 2026 defines them.
  const { toBase64 } = Uint8Array.prototype as { toBase64?: (this: Uint8Array) => string };
  const { fromBase64 } = Uint8Array as {
    fromBase64?: (text: string) => Uint8Array<ArrayBuffer>;
  };
  if (typeof toBase64 !== "function" || typeof fromBase64 !== "function") return undefined;
  return {
    encode: (bytes) => toBase64.call(bytes),
    decode: (text) => fromBase64.call(Uint8Array, text),
  };
}

/** Bytes per call of `String.fromCharCode`: a multiple of 3, and far below any stack. */
const CHUNK_BYTES = 6 * 1024;

/** What `base64Encode` is on a host without `toBase64`. */
export function encodeWithBtoa(bytes: Uint8Array): string {
  let text = "";
  for (let start = 0; start < bytes.length; start += CHUNK_BYTES) {
    text += btoa(String.fromCharCode(...bytes.subarray(start, start + CHUNK_BYTES)));
  }
  return text;
}

/** What `base64Decode` builds on where there is no `fromBase64`. */
export function decodeWithAtob(text: string): Uint8Array<ArrayBuffer> {
  const binary = atob(text);
  const bytes = new Uint8Array(binary.length);
  for (let index = 0; index < binary.length; index++) bytes[index] = binary.charCodeAt(index);
  return bytes;
}

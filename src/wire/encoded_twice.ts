/**
 * Text that was encoded as UTF-8 twice: clients of Socket.IO 1 do so in payloads of text.
 *
 * Invariants
 * - What a client of Socket.IO 1 has sent is always told: each of its characters stands for one byte,
 *   and the bytes are UTF-8.
 * - What a client of Socket.IO 2 has sent is taken for it only if all characters of the payload are
 *   below U+0100, some are not ASCII, and together they happen to be the bytes of UTF-8, as in "Ã©".
 *   The two cannot be told apart then.
 * - Half a surrogate pair, which such clients encode by itself, becomes U+FFFD and spoils nothing else.
 *
 * Source: engine.io-parser 1.3, which encodes the text of each packet before its length is counted, in
 * WTF-8.
 */
import { wtf8Decode } from "../base/bytes.ts";

/**
 * Tells how to undo the second encoding of a payload; undefined when there is none.
 *
 * @param payload the payload, decoded once
 * @returns what undoes it for one packet, which the payload holds whole
 */
export function encodedTwice(payload: string): ((text: string) => string) | undefined {
  for (let index = 0; index < payload.length; index++) {
    if (payload.charCodeAt(index) > 0xff) return undefined;
  }
  if (isAscii(payload) || wtf8Decode(toBytes(payload)) === undefined) return undefined;
  // Lengths and colons between packets are ASCII, so what is UTF-8 as a whole is so in its packets; a
  // wrong length may still cut a character in two, and the packet stays as it is.
  return (text) => isAscii(text) ? text : wtf8Decode(toBytes(text)) ?? text;
}

function isAscii(text: string): boolean {
  for (let index = 0; index < text.length; index++) {
    if (text.charCodeAt(index) > 0x7f) return false;
  }
  return true;
}

function toBytes(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length);
  for (let index = 0; index < text.length; index++) bytes[index] = text.charCodeAt(index);
  return bytes;
}

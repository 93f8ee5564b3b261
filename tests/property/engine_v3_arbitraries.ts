/**
 * Texts and bytes for the properties of Engine.IO revision 3, and what to expect of text encoded twice.
 */
import fc from "fast-check";
import type { EngineCodec } from "../../src/wire/engine_codec.ts";
import { engineV3, engineV3Base64 } from "../../src/wire/engine_v3.ts";

/** Both codecs: they read the same, but for text encoded twice. */
export const CODECS: readonly EngineCodec[] = [engineV3, engineV3Base64];

/** A few bytes in memory of their own. */
export const bytes: fc.Arbitrary<Uint8Array<ArrayBuffer>> = fc.uint8Array({ maxLength: 12 }).map((
  array,
) => new Uint8Array(array));
/** Text of any kind, half surrogate pairs included. */
export const text: fc.Arbitrary<string> = fc.oneof(
  fc.string(),
  fc.string({ unit: "binary" }),
  fc.constantFrom(
    "",
    "\ud800",
    "\udc00x",
    "\0",
    "é€😀",
    "Ã©",
    "Ã",
    "😀".repeat(40),
    "x".repeat(120),
  ),
);
/** Text that UTF-8 has a place for. */
export const wellFormed: fc.Arbitrary<string> = text.map((value) => value.toWellFormed());
/** Characters below U+0100, of which some are UTF-8 byte by byte. */
export const latin: fc.Arbitrary<string> = fc.oneof(
  fc.array(fc.constantFrom("a", "Ã", "©", "\u00c3\u00a9", "\u00e2\u0082\u00ac", "\u0080", "ÿ"), {
    maxLength: 6,
  }).map((parts) => parts.join("")),
  wellFormed.map(encodedOnce),
);

/** UTF-8 with a character for each byte. */
function encodedOnce(value: string): string {
  return Array.from(new TextEncoder().encode(value), (byte) => String.fromCharCode(byte)).join("");
}

/** Whether characters below U+0100, of which some are not ASCII, are UTF-8 byte by byte. */
export function isUtf8(value: string): boolean {
  if (/[^\0-\xff]/.test(value) || /^[\0-\x7f]*$/.test(value)) return false;
  // Half a surrogate pair takes three bytes in WTF-8, which some clients of 1.x speak.
  const sound = value.replace(/\u00ed[\u00a0-\u00bf][\u0080-\u00bf]/g, "\u00ef\u00bf\u00bd");
  const escaped = Array.from(
    sound,
    (unit) => `%${unit.charCodeAt(0).toString(16).padStart(2, "0")}`,
  );
  try {
    decodeURIComponent(escaped.join(""));
    return true;
  } catch {
    return false;
  }
}

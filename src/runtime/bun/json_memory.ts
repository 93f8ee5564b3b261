/**
 * What JSON costs in JavaScriptCore beside what it costs elsewhere: objects with keys such as "999".
 *
 * Keys up to 999 make the engine lay out an array up to the largest of them, 8 bytes a place, for each
 * object by itself: 100,000 times `{"999":0}`, a message of 1 MB, took 840 MB and 1.9 s. Up to twice
 * that was seen where an array grew. Larger keys go into a table, some 300 bytes an object.
 *
 * Invariants
 * - The estimate is no less than what arrays take, and of the order of it: an object with all keys from
 *   0 to 999 counts 16,000 bytes, not the sum of its keys.
 * - Text that cannot come to `enough` is not looked at; other text is read once, or twice when many
 *   such keys are in it. No text, however made, is read more often.
 *
 * Source: Bun 1.4.5, observed.
 */

/** Bytes for each place of an array, growth included. */
const PLACE_BYTES = 16;

/** The largest key for which an array is laid out. */
const MAX_KEY = 999;

/** Characters of the shortest object that costs a whole array: `{"999":0},`. */
const MIN_CHARACTERS = 10;

/** A key of two or three digits; shorter ones cost as much as any other. */
const KEY = /"((?:\d|\\u003\d){2,3})"\s*:/g;

/**
 * Bytes that arrays for the keys of a text may take, estimated.
 *
 * @param enough counting stops above this; less is not told exactly
 */
export function jsonMemory(text: string, enough: number): number {
  const most = (text.length / MIN_CHARACTERS) * PLACE_BYTES * (MAX_KEY + 1);
  if (most <= enough) return 0;
  return keysAlone(text, enough) <= enough ? 0 : arrays(text, enough);
}

/** As if each key had an object of its own. */
function keysAlone(text: string, enough: number): number {
  let bytes = 0;
  KEY.lastIndex = 0;
  for (let match = KEY.exec(text); match !== null; match = KEY.exec(text)) {
    bytes += PLACE_BYTES * (keyOf(match[1] ?? "") + 1);
    if (bytes > enough) break;
  }
  return bytes;
}

/** By the largest key of each object. */
function arrays(text: string, enough: number): number {
  /** The largest key of each object that is open. */
  const largest: number[] = [];
  let bytes = 0;
  for (let at = 0; at < text.length && bytes <= enough; at++) {
    const character = text.charAt(at);
    if (character === "{") largest.push(-1);
    else if (character === "}") largest.pop();
    else if (character === '"') {
      const end = stringEnd(text, at);
      const key = isKey(text, end) ? keyOf(text.slice(at + 1, end)) : -1;
      const last = largest.length - 1;
      const known = largest[last];
      if (known !== undefined && key > known) {
        largest[last] = key;
        bytes += PLACE_BYTES * (key - known);
      }
      at = end;
    }
  }
  return bytes;
}

/** Where the quote is that ends the text that begins at `start`; the end when there is none. */
function stringEnd(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    const character = text.charAt(at);
    if (character === '"') return at;
    if (character === "\\") at++;
  }
  return text.length;
}

function isKey(text: string, end: number): boolean {
  let at = end + 1;
  while (" \t\n\r".includes(text.charAt(at)) && at < text.length) at++;
  return text.charAt(at) === ":";
}

/** The number that a key is, -1 when no array is laid out for it. */
function keyOf(written: string): number {
  if (written.length > 18) return -1;
  const key = written.replaceAll(/\\u003(\d)/g, "$1");
  return /^(?:0|[1-9]\d{0,2})$/.test(key) ? Number(key) : -1;
}

/**
 * Objects whose keys a peer chose.
 *
 * Invariants
 * - What an object holds in memory is bounded by how many keys it has, whatever the keys are.
 *
 * Engines keep values of keys that are array indexes in a list from 0 on, as long as that is short:
 * `{}` with the one key "1023" takes 12,000 bytes in V8, with "998" 8,000 in JavaScriptCore. With the
 * largest of all indexes in it an object gets a table of what is there instead, and keeps it when that
 * key is gone.
 */

const LARGEST_INDEX = 2 ** 32 - 2;

/** Up to here a list from 0 on holds no more than some places for each key. */
const LIST_PLACES_PER_KEY = 2;

const DIGIT_0 = 0x30;
const DIGIT_9 = 0x39;

/** An object without keys that `keys` may be set on, in any order. */
export function createObjectFor(keys: readonly string[]): Record<string, unknown> {
  let indexes = 0;
  let largest = -1;
  for (let at = 0; at < keys.length; at++) {
    const key = keys[at] ?? "";
    if (!startsWithDigit(key)) continue;
    const index = Number(key) >>> 0;
    if (String(index) !== key) continue;
    indexes++;
    if (index > largest) largest = index;
  }
  const object: Record<string | number, unknown> = {};
  if (largest >= LIST_PLACES_PER_KEY * indexes) {
    object[LARGEST_INDEX] = undefined;
    delete object[LARGEST_INDEX];
  }
  return object;
}

/** Whether a text begins with 0–9, as all array indexes do. */
export function startsWithDigit(text: string): boolean {
  const code = text.charCodeAt(0);
  return code >= DIGIT_0 && code <= DIGIT_9;
}

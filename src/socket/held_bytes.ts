/**
 * What a value holds that a peer has sent: an estimate, for its budget.
 *
 * Invariants
 * - It never recurses: the peer chooses the depth, and the stack is ours.
 * - It is no less than what V8 takes for values that came from JSON, up to a factor of two.
 */

/** What each value costs beside its text: its place, its header, its share of a table of keys. */
const VALUE_BYTES = 32;

/** Bytes that a decoded value holds, estimated. */
export function heldBytesOf(value: unknown): number {
  let bytes = 0;
  const open: unknown[] = [value];
  while (open.length > 0) {
    const item = open.pop();
    bytes += VALUE_BYTES;
    if (typeof item === "string") bytes += item.length;
    else if (ArrayBuffer.isView(item) || item instanceof ArrayBuffer) bytes += item.byteLength;
    else if (Array.isArray(item)) {
      for (const each of item) open.push(each);
    } else if (typeof item === "object" && item !== null) {
      for (const [key, each] of Object.entries(item)) {
        bytes += key.length;
        open.push(each);
      }
    }
  }
  return bytes;
}

/**
 * Values of msgpack as JSON, for the vectors.
 *
 * Invariants
 * - What JSON has not is an object with one key: `$undefined`, `$number` (NaN, -0, infinities), `$date`
 *   in milliseconds (null for one that is none), and in base64 `$bytes` for format `bin` and `$buffer`
 *   for an `ArrayBuffer`.
 */
import { Buffer } from "node:buffer";

/** A value as JSON can carry it. */
export function toTagged(value: unknown): unknown {
  if (value === undefined) return { $undefined: true };
  if (typeof value === "number" && (!Number.isFinite(value) || Object.is(value, -0))) {
    return { $number: Object.is(value, -0) ? "-0" : String(value) };
  }
  if (value instanceof Date) return { $date: value.getTime() };
  if (value instanceof ArrayBuffer) return { $buffer: Buffer.from(value).toString("base64") };
  if (value instanceof Uint8Array) return { $bytes: Buffer.from(value).toString("base64") };
  if (Array.isArray(value)) return value.map(toTagged);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, toTagged(item)]));
}

/** The value again; binary data of format `bin` as `Buffer`. */
export function fromTagged(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(fromTagged);
  if (typeof value !== "object" || value === null) return value;
  const [[tag, content] = [""], ...rest] = Object.entries(value);
  if (rest.length === 0 && tag.startsWith("$")) return fromTag(tag, content);
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, fromTagged(item)]));
}

function fromTag(tag: string, content: unknown): unknown {
  switch (tag) {
    case "$undefined":
      return undefined;
    case "$number":
      return Number(content);
    case "$date":
      return new Date(content === null ? NaN : Number(content));
    case "$bytes":
      return Buffer.from(String(content), "base64");
    case "$buffer":
      return new Uint8Array(Buffer.from(String(content), "base64")).buffer;
    default:
      throw new TypeError(`Cannot read vector: ${tag} is unknown`);
  }
}

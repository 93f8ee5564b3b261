/**
 * Binary data in JSON, as clients/README.md has it: `{ "$bytes": "0a0b" }`, at any depth.
 *
 * - Knows nothing of runtimes: the servers under test use it too.
 * - What is given is never changed.
 */

/** Two digits for each byte. */
const PAIRS: readonly string[] = Array.from({ length: 256 }, (_, byte) => {
  return byte.toString(16).padStart(2, "0");
});

/** A value with its binary data written down. */
export function writeBytes(value: unknown): unknown {
  const bytes = bytesOf(value);
  if (bytes === undefined) return mapParts(value, writeBytes);
  let hex = "";
  for (const byte of bytes) hex += PAIRS[byte];
  return { $bytes: hex };
}

/** A value with its binary data as `Uint8Array`. */
export function readBytes(value: unknown): unknown {
  const hex = isRecord(value) ? value["$bytes"] : undefined;
  if (typeof hex !== "string") return mapParts(value, readBytes);
  const bytes = new Uint8Array(hex.length / 2);
  for (let index = 0; index < bytes.length; index++) {
    bytes[index] = Number.parseInt(hex.slice(2 * index, 2 * index + 2), 16);
  }
  return bytes;
}

function bytesOf(value: unknown): Uint8Array | undefined {
  if (value instanceof ArrayBuffer) return new Uint8Array(value);
  if (!ArrayBuffer.isView(value)) return undefined;
  return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
}

function mapParts(value: unknown, map: (part: unknown) => unknown): unknown {
  if (Array.isArray(value)) return value.map(map);
  if (!isRecord(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, map(part)]));
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}

/**
 * Reads tests/vectors/*.json: golden data that other languages and runtimes may read as well.
 *
 * Invariants
 * - Binary data comes back as `Uint8Array`, and a key such as `__proto__` stays data.
 */

/** One entry: `output` or `error`, or, for a payload, what came before the error and the error. */
export interface Vector {
  readonly name: string;
  readonly source: string;
  readonly direction: "encode" | "decode";
  readonly input: unknown;
  readonly output?: unknown;
  readonly error?: string;
  readonly published?: { readonly output?: unknown; readonly error?: string };
}

/** The entries of one file, for example `engine_packet`. */
export function readVectors(name: string): readonly Vector[] {
  const url = new URL(`../vectors/${name}.json`, import.meta.url);
  return revive(JSON.parse(Deno.readTextFileSync(url))) as Vector[];
}

function revive(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(revive);
  if (typeof value !== "object" || value === null) return value;
  const bytes = (value as { readonly $bytes?: unknown }).$bytes;
  if (typeof bytes === "string") return Uint8Array.from(atob(bytes), (char) => char.charCodeAt(0));
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, revive(member)]));
}

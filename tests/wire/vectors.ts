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
  /** Whether it is about a client of revision 3 that asked for base64. */
  readonly base64?: boolean;
  readonly output?: unknown;
  readonly error?: string;
  /** Set where Godwit differs. */
  readonly published?: { readonly output?: unknown; readonly error?: string };
}

/** The entries of one file, for example `engine_packet`. */
export function readVectors(name: string): readonly Vector[] {
  const url = new URL(`../vectors/${name}.json`, import.meta.url);
  return revive(JSON.parse(Deno.readTextFileSync(url))) as Vector[];
}

/** Checks all entries of one direction; there must be some. */
export function eachVector(
  file: string,
  direction: Vector["direction"],
  check: (vector: Vector) => void,
): void {
  const vectors = readVectors(file).filter((vector) => vector.direction === direction);
  if (vectors.length === 0) throw new Error(`There is no vector to ${direction} in ${file}`);
  for (const vector of vectors) {
    try {
      check(vector);
    } catch (error) {
      throw new Error(`vector "${vector.name}" of ${file}`, { cause: error });
    }
  }
}

function revive(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(revive);
  if (typeof value !== "object" || value === null) return value;
  const bytes = (value as { readonly $bytes?: unknown }).$bytes;
  if (typeof bytes === "string") return Uint8Array.from(atob(bytes), (char) => char.charCodeAt(0));
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, revive(member)]));
}

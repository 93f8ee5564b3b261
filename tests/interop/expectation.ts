/**
 * What scenarios expect, and of what kind a failure is.
 *
 * - A failure says in its first line what was looked at, what was found and what was wanted: two
 *   failures are of one kind if these lines are the same but for numbers, which differ by run.
 */
import { writeBytes } from "./bytes.ts";

/** Characters of a value that a failure shows. */
const SHOWN_CHARACTERS = 300;

/** Throws unless both values are the same, deeply; binary data counts by its bytes. */
export function expectEqual(what: string, found: unknown, wanted: unknown): void {
  if (equal(found, wanted)) return;
  throw new Error(`${what}: found ${show(found)}, wanted ${show(wanted)}`);
}

/** Throws unless the value is one of `wanted`. */
export function expectOneOf(what: string, found: unknown, wanted: readonly unknown[]): void {
  if (wanted.some((it) => equal(found, it))) return;
  throw new Error(`${what}: found ${show(found)}, wanted one of ${wanted.map(show).join(", ")}`);
}

/** The kind of a failure. */
export function kindOf(error: unknown): string {
  return firstLine(error).replaceAll(/\d+/g, "#");
}

/** What a failure says in one line. */
export function firstLine(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.split("\n", 1)[0] ?? "";
}

/** Values as JSON with sorted keys: what a client library may reorder is no difference. */
function canonical(value: unknown): string {
  return JSON.stringify(sorted(writeBytes(value))) ?? "undefined";
}

function equal(one: unknown, other: unknown): boolean {
  return canonical(one) === canonical(other);
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => a < b ? -1 : 1);
  return Object.fromEntries(entries.map(([key, part]) => [key, sorted(part)]));
}

function show(value: unknown): string {
  const text = canonical(value);
  return text.length <= SHOWN_CHARACTERS ? text : `${text.slice(0, SHOWN_CHARACTERS)}…`;
}

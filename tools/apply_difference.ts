/** Puts Godwit's own answer into a golden vector where a known difference is named. */
import type { DecodeDifference } from "../tests/wire/known_differences.ts";
import type { Vector } from "../tests/wire/vectors.ts";

/** The vector with Godwit's answer where a known difference is named. */
export function applied(
  head: Pick<Vector, "name" | "source" | "direction" | "input">,
  published: { readonly output?: unknown; readonly error?: string },
  name: string | undefined,
  differences: readonly DecodeDifference[],
): Vector {
  if (name === undefined) return { ...head, ...published };
  const difference = differences.find((candidate) => candidate.name === name);
  if (difference === undefined) throw new RangeError(`Cannot find difference: ${name}`);
  const { godwit, reason } = difference;
  if (godwit === "refused") return { ...head, error: reason, published };
  const output = { ...published.output as Record<string, unknown> };
  if (godwit === "without id") delete output.id;
  if (godwit === "empty data") output.data = "";
  return { ...head, output, published };
}

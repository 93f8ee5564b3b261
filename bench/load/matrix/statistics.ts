/** Medians and spreads of a few figures. */

/** What repetitions of one measure came to. */
export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/** The middle one, or the mean of the two in the middle; NaN of none. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  const upper = sorted[Math.floor(middle)] ?? NaN;
  if (sorted.length % 2 === 1) return upper;
  return (upper + (sorted[middle - 1] ?? NaN)) / 2;
}

/** Median, least and most. */
export function spreadOf(values: readonly number[]): Spread {
  return { median: median(values), min: Math.min(...values), max: Math.max(...values) };
}

/** The median of the ratios of figures that were measured one beside the other. */
export function medianRatio(
  ours: ReadonlyMap<number, number>,
  theirs: ReadonlyMap<number, number>,
): number {
  const ratios: number[] = [];
  for (const [repetition, value] of ours) {
    const other = theirs.get(repetition);
    if (other !== undefined) ratios.push(value / other);
  }
  return median(ratios);
}

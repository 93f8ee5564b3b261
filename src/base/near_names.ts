/**
 * Which known name somebody probably meant.
 *
 * Invariants:
 * - Two names are near when they differ in letter case only, or by one edit, or by two edits when
 *   the known name has six letters or more. An edit inserts, deletes or replaces a character or
 *   swaps two neighbours; letter case does not count.
 * - A name that is far longer than all known ones costs nothing: lengths are compared first.
 *
 * Source: the restricted Damerau–Levenshtein distance (optimal string alignment).
 *
 * @module
 */

/** The known name that is nearest to the name, if one is near; the first of several. */
export function nearestName(name: string, known: readonly string[]): string | undefined {
  let best: string | undefined;
  let bestDistance = Infinity;
  for (const candidate of known) {
    const most = candidate.length >= 6 ? 2 : 1;
    if (Math.abs(candidate.length - name.length) > most) continue;
    const distance = editDistance(name.toLowerCase(), candidate.toLowerCase());
    if (distance > most || distance >= bestDistance) continue;
    best = candidate;
    bestDistance = distance;
  }
  return best;
}

/** How many edits make one text of the other; neighbours that were swapped are not edited again. */
export function editDistance(a: string, b: string): number {
  let beforeLast: readonly number[] = [];
  let last: readonly number[] = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const isSame = a[row - 1] === b[column - 1];
      let cost = Math.min(
        at(last, column) + 1,
        at(current, column - 1) + 1,
        at(last, column - 1) + (isSame ? 0 : 1),
      );
      if (row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]) {
        cost = Math.min(cost, at(beforeLast, column - 2) + 1);
      }
      current.push(cost);
    }
    beforeLast = last;
    last = current;
  }
  return at(last, b.length);
}

function at(row: readonly number[], index: number): number {
  return row[index] ?? Infinity;
}

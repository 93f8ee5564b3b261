/**
 * Chance that can be repeated: all of it follows from seeds.
 *
 * Source: the xorshift generator of 32 bits; George Marsaglia, "Xorshift RNGs", 2003.
 */

/** What can be drawn, with how often it is, relative to the others. */
export type Weights<Name extends string> = Readonly<Record<Name, number>>;

export class Random {
  #state: number;

  /** @param seeds integers; each list of them gives a row of its own */
  constructor(...seeds: readonly number[]) {
    let state = 1;
    // Neighbours among the seeds must not give rows that begin alike.
    for (const seed of seeds) state = shift(Math.imul(shift(state ^ seed) | 1, 0x9e3779b1));
    this.#state = state | 1;
    for (let round = 0; round < 4; round++) this.next();
  }

  /** From 0 to below 1. */
  next(): number {
    this.#state = shift(this.#state);
    return (this.#state >>> 0) / 4_294_967_296;
  }

  /** A whole number from 0 to below `end`. */
  below(end: number): number {
    return Math.floor(this.next() * end);
  }

  /** Whether something happens that does so in this share of all cases. */
  chance(share: number): boolean {
    return this.next() < share;
  }

  /** @throws RangeError when there is nothing to pick */
  pick<T>(list: readonly T[]): T {
    const picked = list[this.below(list.length)];
    if (picked === undefined) throw new RangeError("Cannot pick from an empty list");
    return picked;
  }

  /** One of the names, each as often as its weight says. */
  weighted<Name extends string>(weights: Weights<Name>): Name {
    const entries = Object.entries(weights) as [Name, number][];
    let rest = this.next() * entries.reduce((sum, [, weight]) => sum + weight, 0);
    for (const [name, weight] of entries) {
      rest -= weight;
      if (rest < 0) return name;
    }
    return this.pick(entries)[0];
  }
}

function shift(state: number): number {
  let bits = state;
  bits ^= bits << 13;
  bits ^= bits >>> 17;
  return bits ^ (bits << 5);
}

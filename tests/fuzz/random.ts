/**
 * Numbers by chance that can be had again: the same seed gives the same row on every machine.
 *
 * Source: sfc32 of PractRand, by Chris Doty-Humphrey, in the public domain.
 */

/** A row of numbers that a seed decides. */
export class SeededRandom {
  #a: number;
  #b = 0x9e3779b9;
  #c = 0x243f6a88;
  #counter = 1;

  /** @param seed any whole number; its lowest 32 bits count */
  constructor(seed: number) {
    this.#a = seed | 0;
    for (let round = 0; round < 12; round++) this.#next();
  }

  /** A whole number from 0 up to, not including, `end`. */
  below(end: number): number {
    return Math.floor(this.#next() / 2 ** 32 * end);
  }

  /** Whether something happens that happens once in `times`. */
  oneIn(times: number): boolean {
    return this.below(times) === 0;
  }

  /** One of the items, of which there must be some. */
  pick<T>(items: readonly T[]): T {
    // The index is in range, as there are items.
    return items[this.below(items.length)] as T;
  }

  #next(): number {
    const sum = (this.#a + this.#b + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = ((this.#c << 21) | (this.#c >>> 11)) + sum | 0;
    return sum >>> 0;
  }
}

/** Runs work, no more than a number of pieces at a time, in the order in which they come. */
export class Pool {
  readonly #waiting: (() => void)[] = [];
  #free: number;

  /** @param size pieces of work at a time */
  constructor(size: number) {
    this.#free = size;
  }

  /** Runs `work` when there is a place, and settles as it does. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free--;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      return await work();
    } finally {
      // The place goes to the next that waits, or becomes free.
      const next = this.#waiting.shift();
      if (next) next();
      else this.#free++;
    }
  }
}

/**
 * Those who wait until little enough is left to be sent on one connection.
 *
 * Invariants
 * - Each is told at most once, and forgotten before it is told.
 * - There is no timer here: who flushes asks.
 */

/** One who waits. */
interface Waiter {
  /** The most bytes that may be left. */
  readonly below: number;
  readonly settle: () => void;
}

/** The waiters of one session. */
export class DrainWaiters {
  readonly #waiters = new Set<Waiter>();

  /** How many wait. */
  get size(): number {
    return this.#waiters.size;
  }

  /**
   * Adds one.
   *
   * @returns forgets it
   */
  add(below: number, settle: () => void): () => void {
    const waiter: Waiter = { below, settle };
    this.#waiters.add(waiter);
    return () => void this.#waiters.delete(waiter);
  }

  /** Tells those for whom what is left is little enough. */
  tell(leftBytes: number): void {
    for (const waiter of [...this.#waiters]) {
      if (leftBytes > waiter.below || !this.#waiters.delete(waiter)) continue;
      waiter.settle();
    }
  }

  /** Forgets all of them. */
  clear(): void {
    this.#waiters.clear();
  }
}

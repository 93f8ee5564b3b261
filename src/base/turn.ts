/**
 * Who has to be flushed before this turn of the event loop ends.
 *
 * Invariants:
 * - One deferral is under way exactly while somebody waits in the list.
 * - Targets are flushed in the order in which they were added.
 * - What is added while the list is flushed waits for a deferral of its own.
 * - A target that throws is reported and does not stop the others; nor does a reporter that throws.
 * - A target is held from `add` to its flush, and no longer.
 *
 * @module
 */

/** Something that gathers work and does it at once when it is told to. */
export interface Flushable {
  /** Does what has gathered. Called once for each `add`. */
  flush(): void;
}

/** The list of those to be flushed, and the deferral that will do it. */
export class Turn {
  readonly #defer: (callback: () => void) => void;
  readonly #onError: (error: unknown) => void;
  readonly #run = (): void => this.#flushAll();
  #waiting: Flushable[] = [];
  /** The array of the flush before, empty: two arrays take turns, so that none is made. */
  #spare: Flushable[] = [];

  /**
   * Makes an empty list.
   *
   * @param defer calls back later in the same turn of the event loop, or right after it
   * (`queueMicrotask`, `setImmediate`); never from inside the call
   * @param onError is given what a target's `flush` throws
   */
  constructor(defer: (callback: () => void) => void, onError: (error: unknown) => void) {
    this.#defer = defer;
    this.#onError = onError;
  }

  /**
   * Has the target flushed in the deferral that is under way, or in a new one. The caller sees to
   * it that a target is not added again before it was flushed: a flag of its own costs less than a
   * set here.
   */
  add(target: Flushable): void {
    if (this.#waiting.push(target) === 1) this.#defer(this.#run);
  }

  #flushAll(): void {
    const targets = this.#waiting;
    this.#waiting = this.#spare;
    for (const target of targets) {
      try {
        target.flush();
      } catch (error) {
        this.#report(error);
      }
    }
    targets.length = 0;
    this.#spare = targets;
  }

  #report(error: unknown): void {
    try {
      this.#onError(error);
    } catch (second) {
      this.#defer(() => {
        throw second;
      });
    }
  }
}

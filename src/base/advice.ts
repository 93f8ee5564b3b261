/**
 * What an operator is told once, however often it happens: causes that any peer can bring about.
 *
 * Invariants
 * - A cause is told of once; the set of causes is fixed in the code, never made of what peers send.
 */

/** Tells an operator what to do about refused peers. */
export class Advice {
  readonly #warn: (message: string) => void;
  readonly #told = new Set<string>();

  /** @param warn tells the operator */
  constructor(warn: (message: string) => void) {
    this.#warn = warn;
  }

  /**
   * Tells of a cause, unless it was told of before.
   *
   * @param cause a name for it, a constant
   * @param message what has happened, and what to do
   */
  once(cause: string, message: () => string): void {
    if (this.#told.has(cause)) return;
    this.#told.add(cause);
    this.#warn(`${message()} Said once.`);
  }
}

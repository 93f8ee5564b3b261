/**
 * The answers that a socket owes its client: who drains a server waits for them, for a while.
 *
 * Invariants
 * - An event is answered once; an answer that cannot be encoded counts as none, and may be given anew.
 */
import { ANSWER_PATIENCE_MS } from "./acks.ts";

/** Counts the events that want an answer and have none. */
export class OwedAnswers {
  readonly #now: () => number;
  #count = 0;
  /** When the last of them came, or one that waits for its turn. */
  #lastAt = 0;

  /** @param now the time on the wheel's clock, in milliseconds */
  constructor(now: () => number) {
    this.#now = now;
  }

  /**
   * An event wants an answer.
   *
   * @param send sends it; throws what cannot be encoded
   * @returns what the user calls to answer
   */
  once(send: (args: readonly unknown[]) => void): (...args: unknown[]) => void {
    let isSent = false;
    this.#count++;
    this.touch();
    return (...args) => {
      if (isSent) return;
      send(args);
      isSent = true;
      this.#count--;
    };
  }

  /** An event came that waits for its turn. */
  touch(): void {
    this.#lastAt = this.#now();
  }

  /** Whether one is worth waiting for; `hasWaiting` tells of events that have not been handled. */
  isAwaited(hasWaiting: boolean): boolean {
    return (this.#count > 0 || hasWaiting) && this.#now() < this.#lastAt + ANSWER_PATIENCE_MS;
  }
}

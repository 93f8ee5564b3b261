/**
 * The wait for functions of the user that decide on a request: bounded in time, and ended with the
 * server.
 *
 * Invariants
 * - Every wait ends: with what was waited for, when its time is over, or by `end`.
 * - What comes after the end of a wait is dropped.
 */
import type { Clock } from "../base/clock.ts";
import { HANDSHAKE_TIMEOUT, refusal } from "./handshake.ts";

/** Bounds what is waited for. */
export class Patience {
  readonly #clock: Clock;
  readonly #waits = new Set<() => void>();

  /** @param clock measures the waits */
  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * Waits for an answer.
   *
   * @param answer what is waited for
   * @param what the function that was asked, for people
   * @param timeoutMs how long, in milliseconds
   * @throws HandshakeError when it did not come in time; what `answer` rejects with
   */
  wait<T>(answer: Promise<T>, what: string, timeoutMs: number): Promise<T> {
    return new Promise((resolve, reject) => {
      const giveUp = (): void => {
        done();
        reject(refusal("BAD_REQUEST", { name: HANDSHAKE_TIMEOUT, waitedFor: what }));
      };
      const cancel = this.#clock.after(timeoutMs, giveUp);
      const done = (): void => {
        cancel();
        this.#waits.delete(giveUp);
      };
      this.#waits.add(giveUp);
      answer.finally(done).then(resolve, reject);
    });
  }

  /** Ends all waits. */
  end(): void {
    for (const giveUp of [...this.#waits]) giveUp();
  }
}

/**
 * Looks after sinks that are full, for runtimes that do not tell when they have drained.
 *
 * Invariants
 * - One timer serves all waiting sessions of a server, and runs only while one waits.
 * - The wait starts at `FIRST_MS` and doubles to `LAST_MS` while no session makes progress; a session
 *   asks again by itself while its sink stays full.
 */
import type { Cancel, Clock } from "../base/clock.ts";
import type { Flushable } from "../base/turn.ts";

const FIRST_MS = 1;
const LAST_MS = 32;

/** Calls `flush` of waiting sessions until they stop asking. */
export class DrainWatch {
  readonly #clock: Clock;
  readonly #onError: (error: unknown) => void;
  #waiting = new Set<Flushable>();
  #cancel: Cancel | undefined;
  #delayMs = FIRST_MS;
  #checking = false;
  #progressed = false;

  /**
   * Watches nobody yet.
   *
   * @param onError is given what a session's `flush` throws
   */
  constructor(clock: Clock, onError: (error: unknown) => void) {
    this.#clock = clock;
    this.#onError = onError;
  }

  /**
   * Has `flush` of this session called soon.
   *
   * @param progressed whether its sink took something since it was asked last
   */
  add(session: Flushable, progressed: boolean): void {
    this.#waiting.add(session);
    if (this.#checking) this.#progressed ||= progressed;
    else if (progressed || this.#cancel === undefined) this.#schedule(FIRST_MS);
  }

  /** Forgets a session; without any no timer is left. */
  remove(session: Flushable): void {
    this.#waiting.delete(session);
    if (this.#waiting.size > 0) return;
    this.#cancel?.();
    this.#cancel = undefined;
  }

  #schedule(delayMs: number): void {
    if (this.#cancel !== undefined && this.#delayMs <= delayMs) return;
    this.#cancel?.();
    this.#delayMs = delayMs;
    this.#cancel = this.#clock.after(delayMs, () => this.#check());
  }

  #check(): void {
    const due = this.#waiting;
    const nextMs = Math.min(this.#delayMs * 2, LAST_MS);
    this.#waiting = new Set();
    this.#cancel = undefined;
    this.#checking = true;
    this.#progressed = false;
    for (const session of due) {
      try {
        session.flush();
      } catch (error) {
        this.#onError(error);
      }
    }
    this.#checking = false;
    if (this.#waiting.size > 0) this.#schedule(this.#progressed ? FIRST_MS : nextMs);
  }
}

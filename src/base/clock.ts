/**
 * The clock port: the only way in which the code above this floor learns the time or waits.
 *
 * Invariants:
 * - `now()` never goes back; its origin means nothing, only differences do.
 * - `wallTime()` may jump; it is for what people and other machines read, never for a wait.
 * - A callback given to `after()` is called once, never from inside `after()`, and never after its
 *   cancel function was called.
 * - A waiting callback does not keep the process alive.
 *
 * @module
 */

/** Cancels what it was given for; calling it again, or too late, does nothing. */
export type Cancel = () => void;

/** What the code may know of time. Tests put a fake in its place. */
export interface Clock {
  /** Time in milliseconds since an arbitrary origin; monotonic, with fractions. */
  now(): number;
  /** Time in milliseconds since the Unix epoch. */
  wallTime(): number;
  /**
   * Calls back once.
   *
   * @param ms wait in milliseconds, from 0; more than the host's timers can hold (about 24.8 days)
   * is cut to what they can, so the caller must look at the time again when it is called
   */
  after(ms: number, callback: () => void): Cancel;
}

/** The longest wait of the hosts' timers in milliseconds: a signed 32-bit number in all of them. */
const MAX_TIMER_MS = 2 ** 31 - 1;

class SystemClock implements Clock {
  now(): number {
    return performance.now();
  }

  wallTime(): number {
    return Date.now();
  }

  after(ms: number, callback: () => void): Cancel {
    // Rounded up: hosts cut the fraction off, and a timer that is early has to be armed twice.
    const timer: unknown = setTimeout(callback, Math.min(Math.ceil(ms), MAX_TIMER_MS));
    unref(timer);
    // The cast is true: it is what this host's setTimeout returned just above.
    return () => clearTimeout(timer as number);
  }
}

/**
 * Makes the clock of the running program, over `performance`, `Date` and the host's timers.
 *
 * @example
 * ```ts
 * const clock = createSystemClock();
 * const cancel = clock.after(1_000, () => {});
 * cancel();
 * ```
 */
export function createSystemClock(): Clock {
  return new SystemClock();
}

/** Hosts whose timers are objects keep running for them unless told otherwise. */
function unref(timer: unknown): void {
  if (typeof timer !== "object" || timer === null || !("unref" in timer)) return;
  if (typeof timer.unref === "function") timer.unref();
}

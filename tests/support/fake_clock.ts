/**
 * A clock that stands still until the test moves it.
 *
 * Invariants:
 * - Callbacks run only inside `advance`, in the order of their times (equal times: in the order in
 *   which they were asked for), each at its own time.
 * - A callback set by a callback runs in the same `advance` if its time falls within it, and never
 *   from inside `after`.
 * - What a callback throws goes to the test, out of `advance`; the other callbacks are not lost.
 */

import type { Cancel, Clock } from "../../src/base/clock.ts";

interface Timer {
  readonly at: number;
  readonly callback: () => void;
}

/** Where a fake clock starts. */
export interface FakeClockOptions {
  /** What `now()` says at first, in milliseconds. @default {1000} */
  readonly now?: number;
  /** What `wallTime()` says at first, in milliseconds since the epoch. @default {1700000000000} */
  readonly wallTime?: number;
}

/** A clock that stands still until the test moves it. */
export class FakeClock implements Clock {
  #now: number;
  /** The wall's time at `now() === 0`. */
  readonly #wallOrigin: number;
  readonly #timers = new Set<Timer>();

  constructor(options: FakeClockOptions = {}) {
    this.#now = options.now ?? 1000;
    this.#wallOrigin = (options.wallTime ?? 1_700_000_000_000) - this.#now;
  }

  now(): number {
    return this.#now;
  }

  wallTime(): number {
    return this.#wallOrigin + this.#now;
  }

  after(ms: number, callback: () => void): Cancel {
    const timer: Timer = { at: this.#now + Math.max(0, ms), callback };
    this.#timers.add(timer);
    return () => void this.#timers.delete(timer);
  }

  /** How many callbacks wait. */
  get waiting(): number {
    return this.#timers.size;
  }

  /** When the next callback is due; `Infinity` when none waits. */
  get nextAt(): number {
    return this.#next()?.at ?? Infinity;
  }

  /** Moves the time on by `ms` milliseconds and runs what falls due on the way. */
  advance(ms: number): void {
    const end = this.#now + ms;
    for (let timer = this.#next(); timer !== undefined && timer.at <= end; timer = this.#next()) {
      this.#now = Math.max(this.#now, timer.at);
      this.#timers.delete(timer);
      timer.callback();
    }
    this.#now = end;
  }

  /**
   * As `advance`, but lets promises settle before each callback and after the last one: for code
   * that awaits between its timers.
   */
  async advanceAsync(ms: number): Promise<void> {
    const end = this.#now + ms;
    await settle();
    for (let at = this.nextAt; at <= end; at = this.nextAt) {
      this.advance(Math.max(0, at - this.#now));
      await settle();
    }
    this.#now = end;
  }

  /** Moves the time on without running anything, as when the process was suspended. */
  jump(ms: number): void {
    this.#now += ms;
  }

  #next(): Timer | undefined {
    let first: Timer | undefined;
    for (const timer of this.#timers) {
      if (first === undefined || timer.at < first.at) first = timer;
    }
    return first;
  }
}

/** Enough turns of the microtask queue for the chains of promises of a test. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 50; turn++) await Promise.resolve();
}

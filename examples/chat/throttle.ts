/**
 * A token bucket: some at once, then so many a second. Pure: the time is an argument.
 *
 * - holds between 0 and `burst` tokens;
 * - a refusal takes nothing, so waiting as told always helps.
 */
export class Throttle {
  readonly #burst: number;
  readonly #everyMs: number;
  #tokens: number;
  #at = 0;

  /** @param burst Tokens at the start, and at most. @param everyMs One more after so long. */
  constructor(burst: number, everyMs: number) {
    this.#burst = burst;
    this.#everyMs = everyMs;
    this.#tokens = burst;
  }

  /** Takes a token and gives 0, or gives the milliseconds until there is one. */
  take(now: number): number {
    const gained = Math.max(0, now - this.#at) / this.#everyMs;
    this.#tokens = Math.min(this.#burst, this.#tokens + gained);
    this.#at = now;
    if (this.#tokens < 1) return Math.ceil((1 - this.#tokens) * this.#everyMs);
    this.#tokens -= 1;
    return 0;
  }
}

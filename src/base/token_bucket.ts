/**
 * A token bucket: so much a second, so much at once.
 *
 * Invariants
 * - It holds `burst` tokens at most, fills at `rate` tokens a second, and begins full. It is two numbers;
 *   nothing runs while it is not asked.
 * - Asking changes nothing: who is refused pays nothing.
 * - What costs more than `burst` is taken by a full bucket, which owes the rest: it would never be taken
 *   otherwise. Nothing else makes the tokens fewer than none.
 * - So what is taken in a time costs `burst + rate * time` at most, and the excess of one cost over the
 *   burst.
 *
 * @module
 */

/** How much may pass. */
export interface BucketRate {
  /** Tokens that come back each second, above 0. */
  readonly rate: number;
  /** Tokens that may be taken at once, from 1. */
  readonly burst: number;
}

/** Tokens that count as none: sums of fractions are not exact. */
const EPSILON = 1e-6;

/**
 * One bucket.
 *
 * @example
 * ```ts
 * const bucket = new TokenBucket({ rate: 1, burst: 2 }, 0);
 * bucket.take(2, 0);
 * bucket.wait(1, 0); // 1000, in milliseconds
 * bucket.wait(1, 1000); // 0
 * ```
 */
export class TokenBucket {
  readonly #rate: BucketRate;
  #tokens: number;
  /** When there were so many. */
  #at: number;

  /** @param now a monotonic time in milliseconds, as everywhere here */
  constructor(rate: BucketRate, now: number) {
    this.#rate = rate;
    this.#tokens = rate.burst;
    this.#at = now;
  }

  /** Milliseconds until `cost` tokens may be taken; 0 when they may be now. */
  wait(cost: number, now: number): number {
    const missing = Math.min(cost, this.#rate.burst) - this.#level(now);
    return missing <= EPSILON ? 0 : missing / this.#rate.rate * 1000;
  }

  /** Takes `cost` tokens, which the caller has seen to be there. */
  take(cost: number, now: number): void {
    this.#tokens = this.#level(now) - cost;
    this.#at = now;
  }

  /** Whether the bucket is as good as a new one. */
  isFull(now: number): boolean {
    return this.wait(this.#rate.burst, now) === 0;
  }

  #level(now: number): number {
    const { rate, burst } = this.#rate;
    return Math.min(burst, this.#tokens + Math.max(0, now - this.#at) / 1000 * rate);
  }
}

/**
 * What addresses, or users, have left of their limits.
 *
 * Owns: the allowances by key (`of` adds; `#sweep` takes away those that are as good as new).
 *
 * Invariants
 * - There are `maxEntries` at most, whatever keys come.
 * - An allowance is forgotten only when nobody holds it and its buckets are full: forgetting it changes
 *   nothing for its owner. So nobody can get rid of a state, their own or another's, by making others.
 * - While all places are taken, keys that are new share one allowance. Whoever has taken the places with
 *   many keys thus gets one allowance for all further ones.
 * - Each new key looks at `SWEPT` others: there is no timer, and no long walk.
 */
import { type BucketRate, TokenBucket } from "../base/token_bucket.ts";
import type { LimitName } from "./limit_rules.ts";

/** Keys that are remembered at once. */
export const MAX_ALLOWANCES = 100_000;

/** Allowances that are looked at for each new key. */
const SWEPT = 8;

/** What one client, address or user has left. */
export class Allowance {
  /** Connections that hold it. */
  holders = 0;
  readonly #buckets: Partial<Record<LimitName, TokenBucket>> = {};

  /** The bucket of a limit, full when it is asked for first. */
  bucket(limit: LimitName, rate: BucketRate, now: number): TokenBucket {
    return this.#buckets[limit] ??= new TokenBucket(rate, now);
  }

  /** Whether nobody would notice if it were replaced by a new one. */
  isIdle(now: number): boolean {
    return this.holders === 0 &&
      Object.values(this.#buckets).every((bucket) => bucket.isFull(now));
  }
}

/** The allowances of everybody, by key. */
export class Allowances {
  readonly #maxEntries: number;
  readonly #entries = new Map<string, Allowance>();
  readonly #shared = new Allowance();

  /** @param maxEntries keys that are remembered at once */
  constructor(maxEntries: number = MAX_ALLOWANCES) {
    this.#maxEntries = maxEntries;
  }

  /** How many are remembered. */
  get size(): number {
    return this.#entries.size;
  }

  /** The allowance of a key; that of all new keys when there is no place for it. */
  of(key: string, now: number): Allowance {
    const known = this.#entries.get(key);
    if (known !== undefined) return known;
    this.#sweep(now);
    if (this.#entries.size >= this.#maxEntries) return this.#shared;
    const allowance = new Allowance();
    this.#entries.set(key, allowance);
    return allowance;
  }

  /** Looks at those that were looked at longest ago. */
  #sweep(now: number): void {
    let left = Math.min(SWEPT, this.#entries.size);
    for (const [key, allowance] of this.#entries) {
      if (left-- === 0) return;
      this.#entries.delete(key);
      // To the end, where its turn comes last.
      if (!allowance.isIdle(now)) this.#entries.set(key, allowance);
    }
  }
}

/** Milliseconds until this can be taken from all of these buckets; 0 when it can be now. */
export function longestWait(buckets: readonly TokenBucket[], cost: number, now: number): number {
  let waitMs = 0;
  for (const bucket of buckets) waitMs = Math.max(waitMs, bucket.wait(cost, now));
  return waitMs;
}

/** Takes this from each of these buckets, which the caller has seen to have it. */
export function takeFrom(buckets: readonly TokenBucket[], cost: number, now: number): void {
  for (const bucket of buckets) bucket.take(cost, now);
}

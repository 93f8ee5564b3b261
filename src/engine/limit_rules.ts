/**
 * The `limits` option, resolved: how much a client may do, by what, and what happens above it.
 *
 * Invariants
 * - Everything is readonly, and shared by all sessions.
 * - A limit without a rate has no bucket and costs nothing.
 */
import type { BucketRate } from "../base/token_bucket.ts";

/** What is limited. */
export type LimitName = "handshakes" | "packets" | "bytes" | "events" | "joins";

/** By what a limit counts. */
export type LimitScope = "perSocket" | "perAddress" | "perUser";

/** All of these. */
export const LIMIT_SCOPES: readonly LimitScope[] = Object.freeze([
  "perSocket",
  "perAddress",
  "perUser",
]);

/** The rates of one limit. */
export type LimitRates = Readonly<Partial<Record<LimitScope, BucketRate>>>;

/** Who a client is, for limits by user; what it gives is checked. */
export type UserKeyFunction = (request: unknown, socket?: unknown) => unknown;

/** All limits. */
export interface LimitRules {
  readonly rates: Readonly<Record<LimitName, LimitRates>>;
  /** Connections that one address may have. */
  readonly connectionsPerAddress: number;
  /** Who a client is; nobody without it. */
  readonly userKey: UserKeyFunction | undefined;
  /** Whether a client above a limit is disconnected; what it sends is dropped otherwise. */
  readonly disconnects: boolean;
}

/** Whether any limit counts by this. */
export function countsBy({ rates }: LimitRules, scope: LimitScope): boolean {
  return Object.values(rates).some((rate) => rate[scope] !== undefined);
}

/** Whether what a session sends has to be looked at. */
export function countsPackets({ rates: { packets, bytes } }: LimitRules): boolean {
  return [packets, bytes].some((rate) => Object.keys(rate).length > 0);
}

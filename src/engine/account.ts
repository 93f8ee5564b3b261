/**
 * What one connection is charged for, against its own limits, those of its address and of its user.
 *
 * Invariants
 * - What is above a limit is charged to nobody.
 * - A connection has one user: the first that `userKey` gives, at the handshake or for a socket.
 * - The client is told once in `TOLD_EVERY_MS`, however much it sends; every excess is counted.
 */
import type { Clock } from "../base/clock.ts";
import type { Incidents } from "../base/incidents.ts";
import type { TokenBucket } from "../base/token_bucket.ts";
import { Allowance, takeFromAll } from "./allowances.ts";
import type { LimitName, LimitRules, LimitScope } from "./limit_rules.ts";
import type { Excess, LinkAccount } from "./ports.ts";

/** Milliseconds between two notices to one client. */
const TOLD_EVERY_MS = 1_000;

/** What an account is made of. */
export interface AccountParts {
  readonly rules: LimitRules;
  readonly clock: Clock;
  readonly incidents: Incidents;
  /** Who it is, for people. */
  readonly who: () => string;
  /** The allowance of its address, if something counts by that. */
  readonly address: Allowance | undefined;
  /** The allowance of its user, if it is known. */
  readonly user: Allowance | undefined;
  /** Asks who the user of a socket is, and takes a hold of the allowance. */
  readonly findUser: (socket: unknown) => Allowance | undefined;
}

/** The account of one connection. */
export class Account implements LinkAccount {
  readonly #parts: AccountParts;
  readonly #own = new Allowance();
  #user: Allowance | undefined;
  #isClosed = false;
  #toldAt = -Infinity;

  constructor(parts: AccountParts) {
    this.#parts = parts;
    this.#user = parts.user;
    if (this.#user !== undefined) this.#user.holders++;
  }

  charge(limit: LimitName, amount: number): Excess | undefined {
    const now = this.#parts.clock.now();
    const buckets = [
      this.#bucket(limit, "perSocket", this.#own, now),
      this.#bucket(limit, "perAddress", this.#parts.address, now),
      this.#bucket(limit, "perUser", this.#user, now),
    ];
    const waitMs = takeFromAll(buckets, amount, now);
    return waitMs === 0 ? undefined : this.#exceeded(limit, waitMs, now);
  }

  identify(socket: unknown): void {
    if (this.#isDecided) return;
    const user = this.#parts.findUser(socket);
    // Users' code was asked, which may have ended the connection, or let another socket in.
    if (user === undefined || this.#isDecided) return;
    this.#user = user;
    user.holders++;
  }

  /** The connection is over. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    if (this.#user !== undefined) this.#user.holders--;
  }

  /** Whether its user is known, or does not matter any more. */
  get #isDecided(): boolean {
    return this.#user !== undefined || this.#isClosed;
  }

  #bucket(
    limit: LimitName,
    scope: LimitScope,
    allowance: Allowance | undefined,
    now: number,
  ): TokenBucket | undefined {
    const rate = this.#parts.rules.rates[limit][scope];
    return rate && allowance?.bucket(limit, rate, now);
  }

  #exceeded(limit: LimitName, waitMs: number, now: number): Excess {
    const { incidents, rules: { disconnects }, who } = this.#parts;
    incidents.report("limits_exceeded", `limits.${limit}`, () => {
      return `${who()} is ${disconnects ? "disconnected" : "not listened to"}`;
    });
    const isTold = now - this.#toldAt >= TOLD_EVERY_MS;
    if (isTold) this.#toldAt = now;
    return { limit, retryAfterMs: Math.ceil(waitMs), disconnects, isTold };
  }
}

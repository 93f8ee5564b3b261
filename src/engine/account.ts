/**
 * What one connection is charged for, against its own limits, those of its address and of its user.
 *
 * Invariants
 * - What is above a limit is charged to nobody. A packet is above both of its limits, that of packets and
 *   that of bytes, or is charged for both.
 * - What has no limit costs a look into a table: nothing is made for it, and no clock is read.
 * - A connection has one user: the first that `userKey` gives, at the handshake or for a socket.
 * - The client is told once in `TOLD_EVERY_MS`, however much it sends; every excess is counted.
 */
import type { Clock } from "../base/clock.ts";
import { utf8Length } from "../base/bytes.ts";
import type { Incidents } from "../base/incidents.ts";
import type { TokenBucket } from "../base/token_bucket.ts";
import type { EnginePacket } from "../wire/engine_packet.ts";
import { Allowance, longestWait, takeFrom } from "./allowances.ts";
import { LIMIT_SCOPES, type LimitName, type LimitRules } from "./limit_rules.ts";
import type { Excess, LinkAccount } from "./ports.ts";

/** Milliseconds between two notices to one client. */
const TOLD_EVERY_MS = 1_000;

/** The buckets of what has no limit. */
const NONE: readonly TokenBucket[] = Object.freeze([]);

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
  /** The buckets that count a limit, once it was charged for; until the user is known, without theirs. */
  #buckets: Partial<Record<LimitName, readonly TokenBucket[]>> = {};
  #isClosed = false;
  #toldAt = -Infinity;

  constructor(parts: AccountParts) {
    this.#parts = parts;
    this.#user = parts.user;
    if (this.#user !== undefined) this.#user.holders++;
  }

  charge(limit: LimitName, amount: number): Excess | undefined {
    const buckets = this.#bucketsOf(limit);
    if (buckets === NONE) return undefined;
    const now = this.#parts.clock.now();
    const waitMs = longestWait(buckets, amount, now);
    if (waitMs > 0) return this.#exceeded(limit, waitMs, now);
    takeFrom(buckets, amount, now);
    return undefined;
  }

  /** Charges for a packet and for its bytes, or for none of them. */
  chargePacket(packet: EnginePacket): Excess | undefined {
    const packets = this.#bucketsOf("packets");
    const bytes = this.#bucketsOf("bytes");
    if (packets === NONE && bytes === NONE) return undefined;
    const now = this.#parts.clock.now();
    const size = bytes === NONE ? 0 : bytesOf(packet);
    let waitMs = longestWait(packets, 1, now);
    if (waitMs > 0) return this.#exceeded("packets", waitMs, now);
    waitMs = longestWait(bytes, size, now);
    if (waitMs > 0) return this.#exceeded("bytes", waitMs, now);
    takeFrom(packets, 1, now);
    takeFrom(bytes, size, now);
    return undefined;
  }

  identify(socket: unknown): void {
    if (this.#isDecided) return;
    const user = this.#parts.findUser(socket);
    // Users' code was asked, which may have ended the connection, or let another socket in.
    if (user === undefined || this.#isDecided) return;
    this.#user = user;
    this.#buckets = {};
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

  #bucketsOf(limit: LimitName): readonly TokenBucket[] {
    return this.#buckets[limit] ??= this.#findBuckets(limit);
  }

  #findBuckets(limit: LimitName): readonly TokenBucket[] {
    const { rules: { rates: { [limit]: rates } }, clock, address } = this.#parts;
    const holders = { perSocket: this.#own, perAddress: address, perUser: this.#user };
    const found = LIMIT_SCOPES.flatMap((scope) => {
      const { [scope]: rate } = rates;
      const { [scope]: allowance } = holders;
      return rate === undefined || allowance === undefined
        ? []
        : [allowance.bucket(limit, rate, clock.now())];
    });
    return found.length === 0 ? NONE : found;
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

/** What a packet has of bytes, without what frames it. */
function bytesOf({ data = "" }: EnginePacket): number {
  return typeof data === "string" ? utf8Length(data) : data.byteLength;
}

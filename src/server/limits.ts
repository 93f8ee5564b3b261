/**
 * The option `limits`: its form, and its rules.
 *
 * Invariants
 * - All faults are told, each with the path to it: `limits.events.perSocket.rate`. An unknown name is a
 *   fault, since a limit that is misspelt would limit nobody.
 * - What is given is copied; later changes of it have no effect.
 */
import { describeValue, quote } from "../base/errors.ts";
import { nearestName } from "../base/near_names.ts";
import type { Reading } from "../base/option_rules.ts";
import type { BucketRate } from "../base/token_bucket.ts";
import type { RequestHead } from "../engine/handshake_info.ts";
import {
  countsBy,
  LIMIT_SCOPES,
  type LimitName,
  type LimitRates,
  type LimitRules,
  type LimitScope,
  type UserKeyFunction,
} from "../engine/limit_rules.ts";
import type { Socket } from "../socket/api.ts";
import type { DefaultEventsMap, Untyped } from "../socket/events.ts";

/** So much a second, and so much at once. */
export interface RateLimit {
  /** How much comes back each second, from 0.001; 0.1 is one in ten seconds. */
  readonly rate: number;
  /** How much may come at once, from 1. Default: `rate`, and 1 at least. */
  readonly burst?: number;
}

/** How much may come before there is a session. */
export interface HandshakeLimits {
  /** From one address. */
  readonly perAddress?: RateLimit;
  /** From one user. */
  readonly perUser?: RateLimit;
}

/** How much may come from clients, by what it is counted. */
export interface ClientLimits extends HandshakeLimits {
  /** Over one connection, whatever namespaces it is in. */
  readonly perSocket?: RateLimit;
}

/**
 * How much clients may do. What is left out is not limited.
 *
 * An address of IPv6 stands for its /64. With `disconnect` a client that is above a limit is told by the
 * event `limit_exceeded`, with `{ limit, retryAfter }` in milliseconds, and disconnected: its session is
 * over within a second, and nothing that it still sends is read; with `drop` it
 * is told once a second, and what is above the limit is dropped.
 *
 * @typeParam Req the kind of request that `userKey` is given
 * @typeParam AnySocket the type of the socket that it is given
 * @example
 * ```ts
 * import { type Limits, Server } from "@godwit/io";
 *
 * const limits: Limits = {
 *   handshakes: { perAddress: { rate: 1, burst: 20 } },
 *   events: { perSocket: { rate: 20, burst: 100 }, perUser: { rate: 50, burst: 200 } },
 *   bytes: { perSocket: { rate: 100_000, burst: 1_000_000 } },
 *   connectionsPerAddress: 50,
 *   userKey: (_request, socket) => socket?.data.userId,
 *   onExceeded: "drop",
 * };
 * const io = new Server({ limits });
 * await io.close();
 * ```
 */
export interface Limits<
  Req extends RequestHead = RequestHead,
  AnySocket = Socket<DefaultEventsMap, DefaultEventsMap, DefaultEventsMap, Untyped, Req>,
> {
  /** Handshakes: each session, a second one of the same client too. Above it: 429. */
  readonly handshakes?: HandshakeLimits;
  /** Packets of Engine.IO: messages, attachments, pings and pongs. */
  readonly packets?: ClientLimits;
  /**
   * Bytes of these packets. A message of more than `burst` is taken only from a client that has sent
   * nothing else for as long as the burst takes to come back, and attachments of more than `burst` never
   * are: let it be the most that a client sends at once, which `maxHttpBufferSize` and
   * `maxAttachmentsBytes` bound.
   */
  readonly bytes?: ClientLimits;
  /** Events. */
  readonly events?: ClientLimits;
  /**
   * Namespaces that a client asks for, and rooms that `socket.join()` adds to one of its sockets; the
   * socket's own room is free. With `drop`, `join()` throws a {@link StateError}.
   */
  readonly joins?: ClientLimits;
  /** Connections that one address may have, from 1. Above it: 429. */
  readonly connectionsPerAddress?: number;
  /**
   * Who a client is. It is asked at the handshake, with the request; while it gives nothing, once more
   * for each socket that gets into a namespace, with the socket too. The first key counts for the
   * connection: 256 characters at most, nothing when it is `undefined`, `null` or empty. It must come
   * from what was verified: clients can make up the rest.
   */
  readonly userKey?: (request: Req, socket?: AnySocket) => string | null | undefined;
  /** What becomes of clients that are above a limit. Default: `"disconnect"`. */
  readonly onExceeded?: "disconnect" | "drop";
}

const SCOPES_OF: Readonly<Record<LimitName, readonly LimitScope[]>> = {
  handshakes: ["perAddress", "perUser"],
  packets: LIMIT_SCOPES,
  bytes: LIMIT_SCOPES,
  events: LIMIT_SCOPES,
  joins: LIMIT_SCOPES,
};
/** Once in a quarter of an hour: what is rarer would be forgotten with the process. */
const MIN_RATE = 0.001;

const NAMES = Object.keys(SCOPES_OF) as readonly LimitName[];
const MEMBERS: readonly string[] = [...NAMES, "connectionsPerAddress", "userKey", "onExceeded"];

/** Checks the option; what is right comes back written out, as a copy. */
export function readLimits(value: unknown): Reading<Limits> | undefined {
  if (!isRecord(value)) return undefined;
  const reading = readRules(value);
  if ("faults" in reading) return reading;
  const { rates, connectionsPerAddress, userKey, disconnects } = reading.value;
  const limits: Limits = {
    ...rates,
    connectionsPerAddress,
    // A function of the user, as it was given.
    ...(userKey === undefined ? {} : { userKey: userKey as NonNullable<Limits["userKey"]> }),
    onExceeded: disconnects ? "disconnect" : "drop",
  };
  return { value: Object.freeze(limits) };
}

/**
 * What the engine is given of the option.
 *
 * @param limits what {@link readLimits} gave
 */
export function limitRules(limits: Limits | undefined): LimitRules | undefined {
  if (limits === undefined) return undefined;
  const reading = readRules({ ...limits });
  return "value" in reading ? reading.value : undefined;
}

function readRules(value: Readonly<Record<string, unknown>>): Reading<LimitRules> {
  const faults = unknownFaults(value, "limits", MEMBERS);
  const rates = Object.fromEntries(NAMES.map((name) => [name, readRates(value, name, faults)]));
  const { connectionsPerAddress = Infinity, userKey, onExceeded = "disconnect" } = value;
  if (!isCount(connectionsPerAddress)) {
    faults.push(
      wrong("limits.connectionsPerAddress", "an integer of 1 or more, or Infinity", value),
    );
  }
  if (userKey !== undefined && typeof userKey !== "function") {
    faults.push(wrong("limits.userKey", "a function", value));
  }
  if (onExceeded !== "disconnect" && onExceeded !== "drop") {
    faults.push(wrong("limits.onExceeded", 'one of "disconnect", "drop"', value));
  }
  const rules: LimitRules = Object.freeze({
    // The casts are true when there are no faults; nobody sees the rules when there are.
    rates: rates as Record<LimitName, LimitRates>,
    connectionsPerAddress: connectionsPerAddress as number,
    userKey: userKey as UserKeyFunction | undefined,
    disconnects: onExceeded === "disconnect",
  });
  if (countsBy(rules, "perUser") && userKey === undefined) {
    faults.push("limits.userKey must be given with limits by user, found undefined");
  }
  return faults.length > 0 ? { faults } : { value: rules };
}

function readRates(
  limits: Readonly<Record<string, unknown>>,
  name: LimitName,
  faults: string[],
): LimitRates {
  const { [name]: given = {} } = limits;
  const path = `limits.${name}`;
  if (!isRecord(given)) {
    faults.push(wrong(path, "an object", limits));
    return {};
  }
  faults.push(...unknownFaults(given, path, SCOPES_OF[name]));
  const rates = SCOPES_OF[name].flatMap((scope) => {
    const rate = readRate(given, `${path}.${scope}`, faults);
    return rate === undefined ? [] : [[scope, rate]];
  });
  return Object.freeze(Object.fromEntries(rates));
}

function readRate(
  scopes: Readonly<Record<string, unknown>>,
  path: string,
  faults: string[],
): BucketRate | undefined {
  const given = scopes[lastOf(path)];
  if (given === undefined) return undefined;
  if (!isRecord(given)) {
    faults.push(wrong(path, "an object with a rate", scopes));
    return undefined;
  }
  faults.push(...unknownFaults(given, path, ["rate", "burst"]));
  const { rate } = given;
  if (!isNumber(rate) || rate < MIN_RATE) {
    faults.push(wrong(`${path}.rate`, `a number from ${MIN_RATE}`, given));
    return undefined;
  }
  const { burst = Math.max(1, rate) } = given;
  if (!isNumber(burst) || burst < 1) faults.push(wrong(`${path}.burst`, "a number from 1", given));
  return Object.freeze({ rate, burst: burst as number });
}

/** A fault of the member of an object that a path ends in. */
function wrong(path: string, wanted: string, found: Readonly<Record<string, unknown>>): string {
  return `${path} must be ${wanted}, found ${describeValue(found[lastOf(path)])}`;
}

function unknownFaults(
  given: Readonly<Record<string, unknown>>,
  path: string,
  names: readonly string[],
): string[] {
  return Object.keys(given).filter((name) => !names.includes(name)).map((name) => {
    const meant = nearestName(name, names);
    const question = meant === undefined ? "" : `, did you mean ${quote(meant)}`;
    return `${path} must have no members but ${names.join(", ")}, found ${quote(name)}${question}`;
  });
}

function lastOf(path: string): string {
  return path.slice(path.lastIndexOf(".") + 1);
}

function isCount(value: unknown): boolean {
  return value === Infinity || (Number.isSafeInteger(value) && Number(value) >= 1);
}

function isNumber(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

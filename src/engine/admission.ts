/**
 * Who may open a connection: `maxConnections`, and the limits that count before a handshake.
 *
 * Owns: how many connections there are, and what addresses and users have left of their limits.
 *
 * Invariants
 * - A connection is an open session, a handshake that is not decided, or a WebSocket that this side has
 *   closed and its runtime has not. Each has one ticket, and gives it back once.
 * - A refusal changes nothing: it comes before anything is counted or taken.
 * - A WebSocket that takes over a session is no connection of its own but while its handshake lasts, so
 *   that a server, or an address, that is full still upgrades: one above the limit at a time.
 * - One client has `MAX_TICKETS` at most, whatever it asks for.
 */
import type { Clock } from "../base/clock.ts";
import { describeValue, type HandshakeError, quote } from "../base/errors.ts";
import type { Incidents } from "../base/incidents.ts";
import { type HandlerErrorSink, report } from "../base/invoke.ts";
import { addressGroup, parseAddress } from "../base/ip_address.ts";
import { Account } from "./account.ts";
import { type Allowance, Allowances, longestWait, takeFrom } from "./allowances.ts";
import type { EngineSettings } from "./engine_parts.ts";
import { limited } from "./handshake.ts";
import type { EngineRequest, RequestHead } from "./handshake_info.ts";
import { countsBy, countsPackets, type LimitRules } from "./limit_rules.ts";

/** What admission works with. */
export interface AdmissionParts {
  /** The limits, if there are any. */
  readonly limits: LimitRules | undefined;
  readonly clock: Clock;
  readonly incidents: Incidents;
  /** Who is told when `userKey` fails. */
  readonly errors: HandlerErrorSink;
}

/** A request that asks for a session. */
export interface Applicant {
  readonly request: EngineRequest;
  /** What users are given of it. */
  readonly userRequest: RequestHead;
}

/** The longest key of a user, in UTF-16 units: so much is remembered of each. */
const MAX_USER_KEY_LENGTH = 256;

/**
 * Connections that one session counts as at most: itself, a WebSocket in its handshake, and some that were
 * closed and linger. Without it one client could take all places, one upgrade after the other.
 */
const MAX_TICKETS = 4;

/** Seconds after which to ask again where nobody knows when there will be room. */
export const RETRY_SECONDS = 5;

/** Who may open a connection. */
export class Admission {
  readonly #parts: AdmissionParts;
  readonly #addresses: Allowances | undefined;
  readonly #users: Allowances | undefined;
  /** Whether what sessions send has to be counted. */
  readonly countsPackets: boolean;
  #connections = 0;
  #lingering = 0;

  constructor(parts: AdmissionParts) {
    const { limits } = parts;
    this.#parts = parts;
    this.countsPackets = limits !== undefined && countsPackets(limits);
    if (limits === undefined) return;
    const countsAddresses = limits.connectionsPerAddress < Infinity;
    if (countsAddresses || countsBy(limits, "perAddress")) this.#addresses = new Allowances();
    if (countsBy(limits, "perUser")) this.#users = new Allowances();
  }

  /** Connections that there are. */
  get connections(): number {
    return this.#connections;
  }

  /** WebSockets among them that this side has closed and the runtime has not. */
  get lingering(): number {
    return this.#lingering;
  }

  /**
   * Lets a client in, who then counts until its ticket is given back.
   *
   * @throws HandshakeError when it may not come in now
   */
  admit(applicant: Applicant, settings: EngineSettings): Ticket {
    const { request, userRequest } = applicant;
    const { maxConnections, trustProxy } = settings;
    if (this.#connections >= maxConnections) throw full();
    const { remoteAddress, headers } = request;
    const address = trustProxy.clientAddress(remoteAddress, headers["x-forwarded-for"]);
    const { limits } = this.#parts;
    if (limits === undefined) return this.#issue(address, undefined, undefined);
    const allowance = this.#addresses?.of(groupOf(address), this.#parts.clock.now());
    this.#checkCount(allowance, limits, address);
    const user = this.#findUser(userRequest);
    this.#takeHandshake(limits, { allowance, user, address });
    const account = new Account({
      rules: limits,
      clock: this.#parts.clock,
      incidents: this.#parts.incidents,
      who: () => `a client from ${quote(address)}`,
      address: allowance,
      user,
      findUser: (socket) => this.#findUser(userRequest, socket),
    });
    return this.#issue(address, allowance, account);
  }

  /**
   * Lets the WebSocket of an open session begin its handshake.
   *
   * @throws HandshakeError when it may not now
   */
  admitUpgrade(session: Ticket, { maxConnections }: EngineSettings): Ticket {
    const { address } = session;
    if (this.#connections > maxConnections) throw full();
    if (session.count >= MAX_TICKETS) throw tooMany("upgrades", RETRY_SECONDS, address);
    const { connectionsPerAddress = Infinity } = this.#parts.limits ?? {};
    if (session.holders > connectionsPerAddress) {
      throw tooMany("limits.connectionsPerAddress", RETRY_SECONDS, address);
    }
    return session.another();
  }

  #issue(
    address: string,
    allowance: Allowance | undefined,
    account: Account | undefined,
  ): Ticket {
    const book: TicketBook = {
      count: 0,
      get holders(): number {
        return allowance?.holders ?? 0;
      },
      opened: (lingers) => {
        book.count++;
        this.#connections++;
        if (lingers) this.#lingering++;
        if (allowance !== undefined) allowance.holders++;
      },
      closed: (lingers) => {
        book.count--;
        this.#connections--;
        if (lingers) this.#lingering--;
        if (allowance !== undefined) allowance.holders--;
      },
    };
    return new Ticket({ book, address, account });
  }

  #checkCount(
    allowance: Allowance | undefined,
    { connectionsPerAddress }: LimitRules,
    address: string,
  ): void {
    if (allowance === undefined || allowance.holders < connectionsPerAddress) return;
    throw tooMany("limits.connectionsPerAddress", RETRY_SECONDS, address);
  }

  #takeHandshake(
    { rates: { handshakes } }: LimitRules,
    { allowance, user, address }: {
      readonly allowance: Allowance | undefined;
      readonly user: Allowance | undefined;
      readonly address: string;
    },
  ): void {
    const { perAddress, perUser } = handshakes;
    const now = this.#parts.clock.now();
    const buckets = [
      perAddress && allowance?.bucket("handshakes", perAddress, now),
      perUser && user?.bucket("handshakes", perUser, now),
    ].filter((bucket) => bucket !== undefined);
    const waitMs = longestWait(buckets, 1, now);
    if (waitMs > 0) throw tooMany("limits.handshakes", Math.ceil(waitMs / 1000), address);
    takeFrom(buckets, 1, now);
  }

  /** Asks who a client is; a key that cannot be used is reported, and none. */
  #findUser(request: unknown, socket?: unknown): Allowance | undefined {
    const userKey = this.#parts.limits?.userKey;
    if (this.#users === undefined || userKey === undefined) return undefined;
    try {
      const key = socket === undefined ? userKey(request) : userKey(request, socket);
      if (key === undefined || key === null || key === "") return undefined;
      if (typeof key === "string" && key.length <= MAX_USER_KEY_LENGTH) {
        return this.#users.of(key, this.#parts.clock.now());
      }
      // One that gives a promise is reported for that, and not for what the promise rejects with.
      report(key, "userKey", { handlerFailed: () => {} }, "userKey");
      throw new TypeError(
        `Cannot count by user: userKey must give a text of at most ${MAX_USER_KEY_LENGTH} ` +
          `characters or undefined, found ${describeValue(key)}`,
      );
    } catch (error) {
      this.#parts.errors.handlerFailed(error, "userKey", "userKey");
      return undefined;
    }
  }
}

/** Who is told when connections of one client begin and end. */
interface TicketBook {
  /** Tickets that the client has. */
  count: number;
  /** Connections of its address, where they are counted. */
  readonly holders: number;
  opened(lingers: boolean): void;
  closed(lingers: boolean): void;
}

/** What a ticket is made of. */
interface TicketParts {
  readonly book: TicketBook;
  readonly address: string;
  readonly account: Account | undefined;
}

/** The right to be a connection. */
export class Ticket {
  /** The address of the client. */
  readonly address: string;
  /** What the connection is charged for, if there are limits. */
  readonly account: Account | undefined;
  readonly #book: TicketBook;
  readonly #lingers: boolean;
  #isReleased = false;

  constructor({ book, address, account }: TicketParts, lingers = false) {
    this.#book = book;
    this.address = address;
    this.account = account;
    this.#lingers = lingers;
    book.opened(lingers);
  }

  /** Tickets that its client has, of sessions and of WebSockets. */
  get count(): number {
    return this.#book.count;
  }

  /** Connections of its address, where they are counted. */
  get holders(): number {
    return this.#book.holders;
  }

  /** A ticket for a further WebSocket of the same client, which nobody is asked for. */
  another(lingers = false): Ticket {
    const { address } = this;
    return new Ticket({ book: this.#book, address, account: undefined }, lingers);
  }

  /** The connection is over; a second time nothing happens. */
  release(): void {
    if (this.#isReleased) return;
    this.#isReleased = true;
    this.account?.close();
    this.#book.closed(this.#lingers);
  }
}

/** What stands for an address in tables; a runtime may tell none, or one that is no IP address. */
function groupOf(address: string): string {
  const parsed = parseAddress(address);
  return parsed === undefined ? address : addressGroup(parsed);
}

function full(): HandshakeError {
  return limited("FULL", { limit: "maxConnections", retryAfter: RETRY_SECONDS });
}

function tooMany(limit: string, retryAfter: number, address: string): HandshakeError {
  return limited("TOO_MANY", { limit, retryAfter, address });
}

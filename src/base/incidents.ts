/**
 * What a server has refused, dropped, limited and ended: counted, and told to the operator in few lines.
 *
 * Invariants
 * - Names and causes are constants of the code, never what peers send: the table does not grow.
 * - A count only goes up, and nothing is counted twice under one name.
 * - What somebody should look at is a warning; what everyday operation brings is for who looks for a fault.
 * - For each name and cause there is one line a minute at most; the next one tells how many had none. No
 *   timer runs for it.
 * - Lines hold text of peers only quoted and cut, which is up to who describes an incident.
 */
import type { Clock } from "./clock.ts";
import { limitOf, ProtocolError } from "./errors.ts";
import { describeUntold, LineQuota } from "./line_quota.ts";
import { shownAs } from "./shown.ts";

/**
 * A subject of counts. In their causes, limits have the name of their option.
 *
 * All causes are listed in docs/security.md.
 *
 * - `requests_refused`: requests that came to nothing before they reached a session
 * - `bodies_refused`: bodies of polling requests that were not taken
 * - `sessions_closed`: engine sessions, by the reason of their end
 * - `sockets_disconnected`: sockets, by the reason of their end
 * - `namespaces_refused`: requests for a namespace that were not granted
 * - `packets_dropped`: packets that were not sent, or passed over
 * - `packets_refused`: packets that made no sense, and have ended their session
 * - `limits_exceeded`: limits that a peer went beyond, or users' code on its behalf
 * - `handler_errors`: failures of users' code
 */
export type IncidentName =
  | "bodies_refused"
  | "handler_errors"
  | "limits_exceeded"
  | "namespaces_refused"
  | "packets_dropped"
  | "packets_refused"
  | "requests_refused"
  | "sessions_closed"
  | "sockets_disconnected";

/** One count. */
export interface IncidentCount {
  /** What is counted. */
  readonly name: IncidentName;
  /** Which kind of it: one of a fixed set. */
  readonly cause: string;
  /** How many there were since the server was made. */
  readonly value: number;
}

/** All counts, by name and cause. */
export type CountsByName = Readonly<
  Partial<Record<IncidentName, Readonly<Record<string, number>>>>
>;

/**
 * What a server has refused, dropped, limited and ended since it was made: `io.counters`.
 *
 * It is for exporters of metrics. Counts only go up; those that are still 0 are left out. In a log it
 * looks like what `toJSON()` gives.
 *
 * @example
 * ```ts
 * import { Server } from "@godwit/io";
 * import { assertEquals } from "@std/assert";
 *
 * const io = new Server({ logger: { ...console, warn: () => {} } });
 * await io.fetch(new Request("http://localhost/socket.io/?EIO=4&transport=pigeon"));
 *
 * assertEquals(io.counters.get("requests_refused", "unknown-transport"), 1);
 * assertEquals([...io.counters], [
 *   { name: "requests_refused", cause: "unknown-transport", value: 1 },
 * ]);
 * assertEquals(JSON.stringify(io.counters), '{"requests_refused":{"unknown-transport":1}}');
 * await io.close();
 * ```
 */
export interface ServerCounters extends Iterable<IncidentCount> {
  /** How many there were; 0 for a name or a cause that is not known. */
  get(name: IncidentName, cause: string): number;
  /** All counts as they are now, for `JSON.stringify()`. */
  toJSON(): CountsByName;
}

/** What begins a line, by what is counted. */
const TITLES: Readonly<Record<IncidentName, string>> = Object.freeze({
  bodies_refused: "Refused the body of a request",
  handler_errors: "A handler failed",
  limits_exceeded: "A limit was exceeded",
  namespaces_refused: "Refused a namespace",
  packets_dropped: "Dropped a packet",
  packets_refused: "Refused a packet",
  requests_refused: "Refused a request",
  sessions_closed: "Ended a session",
  sockets_disconnected: "Disconnected a socket",
});

/** Writes a line. */
type Tell = (message: string) => void;

/** The counts of one server. */
export class Incidents {
  readonly #clock: Clock;
  readonly #warn: Tell;
  readonly #debug: Tell;
  /** What users read. */
  readonly counters: ServerCounters = Object.freeze(shownAs({
    get: (name: IncidentName, cause: string): number => this.get(name, cause),
    toJSON: (): CountsByName => this.#byName(),
    [Symbol.iterator]: (): Iterator<IncidentCount> => this.#counts(),
  }, () => this.#byName()));
  readonly #records = new Map<IncidentName, Map<string, Tally>>();

  /**
   * @param warn tells the operator
   * @param debug tells who looks for a fault
   */
  constructor(clock: Clock, warn: Tell, debug: Tell = () => {}) {
    this.#clock = clock;
    this.#warn = warn;
    this.#debug = debug;
  }

  /** Counts what has a line elsewhere. */
  count(name: IncidentName, cause: string): void {
    const record = this.#record(name, cause);
    record.value++;
    record.lines.pass();
  }

  /**
   * Counts, and tells the operator unless that was done lately.
   *
   * @param describe what has happened; what peers sent stands in it quoted
   */
  report(name: IncidentName, cause: string, describe: () => string): void {
    this.#tell(this.#warn, name, cause, describe);
  }

  /**
   * Counts what everyday operation brings, and tells who looks for a fault unless that was done lately.
   *
   * @param describe what has happened; what peers sent stands in it quoted
   */
  note(name: IncidentName, cause: string, describe: () => string): void {
    this.#tell(this.#debug, name, cause, describe);
  }

  /**
   * Counts what a peer has done wrong, if this is an error that says so: it went beyond a limit, or sent
   * a packet that is none. What networks do is everyday.
   */
  blame(error: unknown): void {
    const limit = limitOf(error);
    // Where there was no room for what came, nothing is wrong with it.
    const isPacket = error instanceof ProtocolError && error.closeReason === "parse error";
    const describe = (): string => error instanceof Error ? error.message : "";
    if (limit !== undefined) {
      if (isPacket) this.count("packets_refused", "limit");
      this.report("limits_exceeded", limit, describe);
    } else if (isPacket) this.report("packets_refused", "malformed", describe);
  }

  /** How many there were; 0 for a name or a cause that is not known. */
  get(name: IncidentName, cause: string): number {
    return this.#records.get(name)?.get(cause)?.value ?? 0;
  }

  #tell(tell: Tell, name: IncidentName, cause: string, describe: () => string): void {
    const record = this.#record(name, cause);
    record.value++;
    const line = record.lines.take(this.#clock.now());
    if (line === undefined) return;
    tell(`${TITLES[name]}: ${cause}: ${describe()}${describeUntold(line.untold)}`);
  }

  #byName(): CountsByName {
    const names = [...this.#records].map(([name, causes]) => {
      const counts = [...causes].map(([cause, { value }]) => [cause, value]);
      return [name, Object.fromEntries(counts)];
    });
    return Object.fromEntries(names);
  }

  *#counts(): Generator<IncidentCount> {
    for (const [name, causes] of this.#records) {
      for (const [cause, { value }] of causes) yield { name, cause, value };
    }
  }

  #record(name: IncidentName, cause: string): Tally {
    let causes = this.#records.get(name);
    if (causes === undefined) this.#records.set(name, causes = new Map());
    let record = causes.get(cause);
    if (record === undefined) {
      record = { value: 0, lines: new LineQuota(1) };
      causes.set(cause, record);
    }
    return record;
  }
}

/** One count, and what was said of it. */
interface Tally {
  value: number;
  readonly lines: LineQuota;
}

/**
 * The heartbeat of a session as one deadline.
 *
 * Owns: when the next ping is due, and until when its pong must come; or until when the client must be
 * heard, where it is the one that pings.
 *
 * Invariants
 * - Where this side pings, either a ping is due or a pong is awaited, never both. While a pong is
 *   awaited, the first packet of another type extends the wait by one full pingTimeout, once per ping.
 *   The first ping may be early by up to a tenth of the interval, never late, so that sessions opened
 *   together do not ping together.
 * - Where the client pings, each packet of it is a sign of life, on whatever transport it comes.
 *
 * Source: Engine.IO protocol, revision 4, section "Heartbeat"; revision 3, section "Timeouts".
 */
import type { EnginePacketType } from "../wire/engine_packet.ts";

/** What the heartbeat wants done when its deadline has come. */
export type HeartbeatAction = "ping" | "timeout" | "none";

/** What a heartbeat needs: its intervals, a clock, and how far to spread the first ping. */
export interface HeartbeatSettings {
  /** Time from a pong to the next ping, in milliseconds. */
  readonly pingIntervalMs: number;
  /** Time in which a pong must come, in milliseconds. */
  readonly pingTimeoutMs: number;
}

/** A clock's reading, in milliseconds. */
export interface TimeSource {
  /** The current time, monotonic. */
  now(): number;
}

/**
 * What a packet means to a heartbeat.
 *
 * - `"ping"`: it is to be answered with a pong
 * - `"beat"`: it is the answer to a ping
 * - `"refused"`: a client of this revision must not send its type
 * - `"none"`: nothing more than that the client is there
 */
export type HeartbeatSign = "ping" | "beat" | "refused" | "none";

/** One direction of heartbeat. */
export interface Heartbeat {
  /** When `due` wants to be asked, on the session's clock. */
  readonly deadline: number;
  /** The deadline has come: says what to do, and moves on. */
  due(now: number): HeartbeatAction;
  /** A packet came. */
  received(type: EnginePacketType): HeartbeatSign;
}

/** The heartbeat of revision 4: the server sends pings, the client answers with pongs. */
export class ServerHeartbeat implements Heartbeat {
  readonly #settings: HeartbeatSettings;
  readonly #time: TimeSource;
  #deadline: number;
  #awaitingPong = false;
  #extended = false;

  /**
   * @param settings the server's intervals
   * @param time the session's clock
   * @param spread a number from 0 to 1: how much of a tenth of the first interval is taken off
   */
  constructor(settings: HeartbeatSettings, time: TimeSource, spread: number) {
    this.#settings = settings;
    this.#time = time;
    this.#deadline = time.now() + settings.pingIntervalMs * (1 - 0.1 * spread);
  }

  get deadline(): number {
    return this.#deadline;
  }

  due(now: number): HeartbeatAction {
    if (now < this.#deadline) return "none";
    if (this.#awaitingPong) return "timeout";
    this.#awaitingPong = true;
    this.#extended = false;
    this.#deadline = now + this.#settings.pingTimeoutMs;
    return "ping";
  }

  received(type: EnginePacketType): HeartbeatSign {
    if (type === "ping") return "refused";
    if (type === "pong") {
      this.#awaitingPong = false;
      this.#deadline = this.#time.now() + this.#settings.pingIntervalMs;
      return "beat";
    }
    if (this.#awaitingPong && !this.#extended) {
      this.#extended = true;
      this.#deadline = this.#time.now() + this.#settings.pingTimeoutMs;
    }
    return "none";
  }
}

/** The heartbeat of revision 3: the client sends pings, the server answers and waits for the next. */
export class ClientHeartbeat implements Heartbeat {
  readonly #patienceMs: number;
  readonly #time: TimeSource;
  #deadline: number;

  /**
   * @param settings the server's intervals: a client pings after the one, and may be late by the other
   * @param time the session's clock
   */
  constructor({ pingIntervalMs, pingTimeoutMs }: HeartbeatSettings, time: TimeSource) {
    this.#patienceMs = pingIntervalMs + pingTimeoutMs;
    this.#time = time;
    this.#deadline = time.now() + this.#patienceMs;
  }

  get deadline(): number {
    return this.#deadline;
  }

  due(now: number): HeartbeatAction {
    return now < this.#deadline ? "none" : "timeout";
  }

  received(type: EnginePacketType): HeartbeatSign {
    if (type === "pong") return "refused";
    this.#deadline = this.#time.now() + this.#patienceMs;
    return type === "ping" ? "ping" : "none";
  }
}

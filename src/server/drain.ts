/**
 * How clients are let go, one after the other, before a server closes.
 *
 * Owns: those who are still to go (`#refill` adds, `#releaseDue` takes away), those who have been let go
 * and are still there (`#release` adds, `#countGone` takes away), and the one timer of the wait.
 *
 * Invariants
 * - A client goes when it has settled: nothing waits for it, and no acknowledgement is owed on either
 *   side. From half of the timeout on nobody waits for that any more.
 * - One goes in each slot of `jitter / batch` ms, at a random moment of it, so that the clients, which
 *   reconnect at once, do not come as a wave. Slots shrink rather than leave anybody over after three
 *   quarters of the timeout; the last quarter is for what is still in queues.
 * - One has gone when its session has ended and its WebSocket is closed by both sides. One that has
 *   nothing to take but its end, and does not, is cut off after `LINGER_MS`.
 * - It ends once: when nobody is left, at the timeout, when the signal aborts, or by `end`.
 * - Users' code runs while a client is let go, and may end the drain.
 */
import type { Cancel, Clock } from "../base/clock.ts";
import { Deque } from "../base/deque.ts";
import type { SessionState } from "../session/ports.ts";
import type { ResolvedDrainOptions } from "./drain_options.ts";

/** What became of the clients of a server that was drained; who left by themselves are not counted. */
export interface DrainReport {
  /** Those that went, after what was queued for them had been sent. */
  readonly closed: number;
  /** Those that were cut off: the time was over, or they did not answer their end, or polled no more. */
  readonly forced: number;
}

/** A client, as far as it is to be let go. */
export interface DrainClient {
  readonly state: SessionState;
  /** Whether it can go without a loss. */
  readonly isSettled: boolean;
  /** Whether nothing of it is left. */
  readonly isGone: boolean;
  /** Lets it go, once what is queued was sent. */
  release(reason: string | undefined): void;
  /** Ends it at once, with its connection. */
  cut(): void;
}

/** What a drain works with. */
export interface DrainParts {
  readonly clock: Clock;
  /** Numbers from 0 to 1. */
  readonly random: () => number;
  /** Everybody who is here, as it changes. */
  readonly clients: ReadonlyMap<string, DrainClient>;
  /** Called when nobody is left or the time is over: closes who is left, after a call of `end`. */
  readonly over: () => void;
}

/** Time between two looks at who has settled, in milliseconds. */
const LOOK_MS = 50;

/** Clients that are looked at in vain in one go. */
const MAX_LOOKS = 1_000;

/**
 * Time in which one that has been let go must have taken its end, once nothing else waits for it, in
 * milliseconds. A client polls, or answers a Close frame, within a round trip, unless it has gone.
 */
const LINGER_MS = 2_000;

/** How far slots may be behind, as timers are late, before they are given up, in milliseconds. */
const MAX_LAG_MS = 10;

/** Lets the clients of one server go. */
export class Drain {
  /** Fulfilled when it is over. */
  readonly report: Promise<DrainReport>;
  readonly #parts: DrainParts;
  readonly #options: ResolvedDrainOptions;
  readonly #waiting = new Deque<DrainClient>();
  /** Those who have been let go and are still there, and when something waited for them last. */
  readonly #leaving = new Map<DrainClient, number>();
  #closed = 0;
  #cutOff = 0;
  readonly #settleBy: number;
  readonly #releaseBy: number;
  readonly #endAt: number;
  #resolve: (report: DrainReport) => void = () => {};
  #slotBegin: number;
  /** When the next client may go. */
  #nextAt: number;
  #cancelTimer: Cancel = () => {};
  #isOver = false;

  /** Nothing happens before `start`. */
  constructor(parts: DrainParts, options: ResolvedDrainOptions) {
    const now = parts.clock.now();
    const { timeout } = options;
    this.#parts = parts;
    this.#options = options;
    this.report = new Promise((resolve) => this.#resolve = resolve);
    this.#settleBy = now + timeout / 2;
    this.#releaseBy = now + timeout * 3 / 4;
    this.#endAt = now + timeout;
    this.#slotBegin = now;
    this.#nextAt = now;
  }

  /** Begins to let clients go. */
  start(): void {
    const { signal } = this.#options;
    if (signal?.aborted) return this.#parts.over();
    signal?.addEventListener("abort", this.#parts.over);
    this.#refill();
    this.#nextAt += this.#parts.random() * this.#slotMs(this.#slotBegin);
    this.#step();
  }

  /** Whole seconds until it is over at the latest, 1 at least. */
  get secondsLeft(): number {
    return Math.max(1, Math.ceil((this.#endAt - this.#parts.clock.now()) / 1000));
  }

  /** Lets nobody go any more, and tells how it went; whoever is still there is about to be closed. */
  end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#cancelTimer();
    this.#options.signal?.removeEventListener("abort", this.#parts.over);
    this.#countGone(this.#parts.clock.now());
    const { clients } = this.#parts;
    let closing = 0;
    for (const { state } of this.#leaving.keys()) if (state === "closed") closing++;
    this.#waiting.clear();
    this.#leaving.clear();
    this.#resolve({ closed: this.#closed, forced: this.#cutOff + clients.size + closing });
  }

  readonly #step = (): void => {
    const { clock, clients, over } = this.#parts;
    const now = clock.now();
    if (now >= this.#endAt) return over();
    if (this.#waiting.length === 0) this.#refill();
    this.#releaseDue(now);
    this.#cutOffLingering(now);
    if (this.#isOver) return;
    if (clients.size === 0 && this.#leaving.size === 0) return over();
    const untilNext = this.#nextAt > now ? this.#nextAt - now : LOOK_MS;
    this.#cancelTimer = clock.after(Math.min(untilNext, LOOK_MS, this.#endAt - now), this.#step);
  };

  /** Lets those go whose time has come; those that have not settled come again later. */
  #releaseDue(now: number): void {
    let looks = Math.min(this.#waiting.length, MAX_LOOKS);
    while (this.#nextAt <= now && !this.#isOver) {
      const client = this.#waiting.shift();
      if (client === undefined) return;
      if (client.state !== "open") continue;
      if (now >= this.#settleBy || client.isSettled) this.#release(client, now);
      else {
        this.#waiting.push(client);
        if (--looks <= 0) return;
      }
    }
  }

  #release(client: DrainClient, now: number): void {
    const slotMs = this.#slotMs(now);
    this.#slotBegin += slotMs + Math.max(0, now - this.#nextAt - MAX_LAG_MS);
    this.#nextAt = this.#slotBegin + this.#parts.random() * slotMs;
    this.#leaving.set(client, now);
    client.release(this.#options.reason);
  }

  /** Counts those who have gone; of the others, notes for whom something waits. */
  #countGone(now: number): void {
    for (const client of this.#leaving.keys()) {
      if (!client.isGone) {
        if (!client.isSettled) this.#leaving.set(client, now);
      } else if (this.#leaving.delete(client)) this.#closed++;
    }
  }

  #cutOffLingering(now: number): void {
    this.#countGone(now);
    for (const [client, since] of this.#leaving) {
      if (now - since < LINGER_MS) continue;
      this.#leaving.delete(client);
      this.#cutOff++;
      client.cut();
    }
  }

  /** Everybody who may be let go: a WebSocket that was accepted before may have opened since. */
  #refill(): void {
    for (const client of this.#parts.clients.values()) {
      if (client.state === "open") this.#waiting.push(client);
    }
  }

  /** The time in which one client goes, in milliseconds. */
  #slotMs(now: number): number {
    const { batch, jitter } = this.#options;
    const left = Math.max(0, this.#releaseBy - now);
    return Math.min(jitter / batch, left / (this.#waiting.length + 1));
  }
}

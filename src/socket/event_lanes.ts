/**
 * The events of one socket that wait for others of their key: a lane for each key.
 *
 * Owns: the lanes by key (`add` adds, the end of the last event of a lane takes away).
 *
 * Invariants
 * - Of the events of one key one runs at a time, in the order in which they came; keys do not wait for
 *   one another.
 * - What waits is at most `maxPendingEvents` events, and its bytes are held in the budget of the
 *   connection; what runs does not wait, and does not count. A refused event changes nothing.
 * - After `clear` nothing starts any more.
 * - Events that are over when they return run in a loop: many of them need no deeper stack.
 */
import { Deque } from "../base/deque.ts";
import { LimitError } from "../base/errors.ts";
import type { MemoryBudget } from "../session/ports.ts";

/** What may wait. */
export interface LaneLimits {
  /** Events that wait. */
  readonly maxPendingEvents: number;
}

/** What lanes are made of. */
export interface EventLanesParts<Event> {
  /** Runs an event, and calls `done` once, at once or later. */
  readonly run: (event: Event, done: () => void) => void;
  /** What an event holds while it waits. */
  readonly bytesOf: (event: Event) => number;
  readonly limits: LaneLimits;
  /** What the connection may hold, events that wait included. */
  readonly memory: MemoryBudget;
}

interface Waiting<Event> {
  readonly event: Event;
  readonly bytes: number;
}

/** Events that run one after the other, by their key. */
export class EventLanes<Event> {
  readonly #parts: EventLanesParts<Event>;
  readonly #lanes = new Map<unknown, Deque<Waiting<Event>>>();
  #length = 0;
  #bytes = 0;

  constructor(parts: EventLanesParts<Event>) {
    this.#parts = parts;
  }

  /** Events that wait. */
  get length(): number {
    return this.#length;
  }

  /** Keys of which an event runs. */
  get running(): number {
    return this.#lanes.size;
  }

  /**
   * Runs an event, or has it wait for those of its key that came before.
   *
   * @returns why it may not wait, if so: it is dropped
   */
  add(key: unknown, event: Event): LimitError | undefined {
    const lane = this.#lanes.get(key);
    if (lane === undefined) {
      const opened = new Deque<Waiting<Event>>();
      this.#lanes.set(key, opened);
      this.#drain(key, opened, event);
      return undefined;
    }
    const { bytesOf, limits: { maxPendingEvents }, memory } = this.#parts;
    const length = this.#length + 1;
    if (length > maxPendingEvents) {
      const closeReason = "transport error";
      return new LimitError("maxPendingEvents", maxPendingEvents, length, { closeReason });
    }
    const bytes = bytesOf(event);
    if (!memory.hold(bytes)) return memory.excess(bytes);
    lane.push({ event, bytes });
    this.#length = length;
    this.#bytes += bytes;
    return undefined;
  }

  /** Drops what waits; what runs goes on, and is followed by nothing. */
  clear(): void {
    this.#lanes.clear();
    this.#length = 0;
    this.#parts.memory.release(this.#bytes);
    this.#bytes = 0;
  }

  /** Runs an event, and those that wait behind it, up to one that takes its time. */
  #drain(key: unknown, lane: Deque<Waiting<Event>>, first: Event): void {
    let next: { readonly event: Event } | undefined = { event: first };
    while (next !== undefined) {
      let state: "running" | "left" | "done" = "running";
      this.#parts.run(next.event, () => {
        if (state === "left") this.#advance(key, lane);
        state = "done";
      });
      // The cast is true: the callback may have been called.
      if ((state as string) !== "done") {
        state = "left";
        return;
      }
      next = this.#take(key, lane);
    }
  }

  #advance(key: unknown, lane: Deque<Waiting<Event>>): void {
    const next = this.#take(key, lane);
    if (next !== undefined) this.#drain(key, lane, next.event);
  }

  /** The next one of a lane; without one, or after `clear`, the lane is gone. */
  #take(key: unknown, lane: Deque<Waiting<Event>>): Waiting<Event> | undefined {
    if (this.#lanes.get(key) !== lane) return undefined;
    const next = lane.shift();
    if (next === undefined) {
      this.#lanes.delete(key);
      return undefined;
    }
    this.#length--;
    this.#bytes -= next.bytes;
    this.#parts.memory.release(next.bytes);
    return next;
  }
}

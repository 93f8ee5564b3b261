/**
 * Many deadlines on one timer: a hashed wheel of slots, one for each tick, that is lazy about
 * deadlines that only move into the future (Varghese and Lauck, 1987, scheme 6).
 *
 * Invariants:
 * - A deadline is never early: its owner is called only at a time `now >= at`. It is at most one tick
 *   late, beyond what the clock's own timer is late.
 * - A deadline that is set is filed in one slot, at its own tick or an earlier one. When the slot
 *   comes up and the deadline is not due, it is filed again. So setting a later time than the one it
 *   is filed for only writes a number: the traffic of a session never touches the wheel.
 * - Filed ticks are in `(#tick, #tick + SLOTS)`: a slot holds one tick only. What is further away is
 *   filed in the furthest slot.
 * - A deadline that is not set is not filed, and the wheel has no reference to it.
 * - The clock's timer is armed for the earliest occupied slot, or for an earlier one whose last
 *   deadline was cleared since; with nothing filed it is not armed.
 * - Owners are called after the wheel has finished its own changes, in the order of their times
 *   (equal times: in the order of filing). They may set, clear and create deadlines, and stop the
 *   wheel. What they set is called in a later tick, never in the same one.
 *
 * @module
 */

import type { Cancel, Clock } from "./clock.ts";

/** Who is told that its deadline has come. */
export interface DeadlineOwner {
  /**
   * The deadline has come; it is unset by now and may be set again.
   *
   * @param now the clock's time in milliseconds, at or after the deadline
   */
  onDeadline(now: number): void;
}

/** One point in time that its owner waits for, moved as often as the owner likes. */
export interface Deadline {
  /** The clock's time in milliseconds; `Infinity` when not set. */
  readonly at: number;
  /**
   * Sets or moves the deadline. A time that is past comes with the next tick; `Infinity` is the same
   * as `clear()`. On a wheel that was stopped it does nothing.
   *
   * @param at the clock's time in milliseconds
   * @throws {RangeError} If the time is NaN
   */
  set(at: number): void;
  /** Unsets the deadline; the wheel forgets it at once. */
  clear(): void;
}

/** How a wheel works. */
export interface DeadlinesOptions {
  /** The length of a tick in milliseconds, more than 0. @default {50} */
  readonly tickMs?: number;
  /** Gets what an owner throws. By default it becomes an uncaught error. */
  readonly onError?: (error: unknown) => void;
}

const SLOTS = 1024;
const SLOT_MASK = SLOTS - 1;
const DEFAULT_TICK_MS = 50;

/** What an entry is filed under while it is not filed. */
const NOWHERE = -Infinity;

/** Many deadlines on one timer of a clock. */
export class Deadlines {
  readonly #clock: Clock;
  readonly #tickMs: number;
  readonly #onError: (error: unknown) => void;
  readonly #wheel: Wheel = new Wheel();
  readonly #filing: Filing = {
    update: (entry, at) => this.#update(entry, at),
    forget: (entry) => this.#forget(entry),
  };
  readonly #wake = (): void => this.#onTimer();
  #cancelTimer: Cancel | undefined;
  /** The tick that the timer is armed for; `Infinity` when it is not. */
  #armedTick = Infinity;
  #firing = false;
  #stopped = false;

  /**
   * Makes an empty wheel; its timer is not armed.
   *
   * @throws {RangeError} If `tickMs` is not a number above 0
   */
  constructor(clock: Clock, options: DeadlinesOptions = {}) {
    const tickMs = options.tickMs ?? DEFAULT_TICK_MS;
    if (!(tickMs > 0 && tickMs < Infinity)) {
      throw new RangeError(`Cannot create Deadlines: tickMs must be above 0, found ${tickMs}`);
    }
    this.#clock = clock;
    this.#tickMs = tickMs;
    this.#onError = options.onError ?? rethrow;
  }

  /** Makes a deadline, not set yet, of which the owner is told. */
  create(owner: DeadlineOwner): Deadline {
    return new Entry(owner, this.#filing);
  }

  /**
   * Calls back in the next tick: for bad news to those who may try again at once. Told in a microtask, a
   * loop that tries again would keep the event loop from everything else.
   */
  soon(callback: () => void): void {
    this.create({ onDeadline: callback }).set(this.now());
  }

  /** The clock's time in milliseconds. */
  now(): number {
    return this.#clock.now();
  }

  /** How many deadlines are filed. */
  get pending(): number {
    return this.#wheel.size;
  }

  /** Unsets all deadlines for good: no owner is called any more, and `set` does nothing. */
  stop(): void {
    this.#stopped = true;
    this.#disarm();
    for (const entry of this.#wheel.takeAll()) entry.at = Infinity;
  }

  /** Brings the wheel up to date with a new time of the entry. */
  #update(entry: Entry, at: number): void {
    if (this.#stopped) return;
    entry.at = at;
    const tick = this.#tickOf(at);
    if (entry.tick !== NOWHERE) {
      if (tick >= entry.tick) return;
      this.#wheel.unfile(entry);
    }
    // While nothing was filed nobody moved the wheel.
    if (this.#wheel.size === 0 && !this.#firing) this.#wheel.tick = this.#currentTick();
    this.#arm(this.#wheel.file(entry, tick));
  }

  #forget(entry: Entry): void {
    entry.at = Infinity;
    if (entry.tick === NOWHERE) return;
    this.#wheel.unfile(entry);
    if (this.#wheel.size === 0) this.#disarm();
  }

  /** The first tick that is not before the time. */
  #tickOf(at: number): number {
    return Math.ceil(at / this.#tickMs);
  }

  #currentTick(): number {
    return Math.floor(this.#clock.now() / this.#tickMs);
  }

  #arm(tick: number): void {
    if (this.#firing || tick >= this.#armedTick) return;
    this.#cancelTimer?.();
    this.#armedTick = tick;
    const waitMs = Math.max(0, tick * this.#tickMs - this.#clock.now());
    this.#cancelTimer = this.#clock.after(waitMs, this.#wake);
  }

  #disarm(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    this.#armedTick = Infinity;
  }

  #onTimer(): void {
    this.#cancelTimer = undefined;
    this.#armedTick = Infinity;
    const now = this.#clock.now();
    const due = this.#takeDue(now);
    this.#firing = true;
    this.#fire(due, now);
    this.#firing = false;
    if (this.#wheel.size > 0) this.#arm(this.#wheel.firstTick());
  }

  /** Moves the wheel to the current tick; files again what came up too early. */
  #takeDue(now: number): Entry[] {
    const due: Entry[] = [];
    for (const entry of this.#wheel.advance(Math.floor(now / this.#tickMs))) {
      if (entry.at <= now) due.push(entry);
      else this.#wheel.file(entry, this.#tickOf(entry.at));
    }
    if (!isSorted(due)) due.sort((a, b) => a.at - b.at);
    return due;
  }

  #fire(due: readonly Entry[], now: number): void {
    for (const entry of due) {
      // An owner before may have cleared it, set it anew (it is filed then) or stopped the wheel.
      if (this.#stopped || entry.tick !== NOWHERE || entry.at > now) continue;
      entry.at = Infinity;
      try {
        entry.owner.onDeadline(now);
      } catch (error) {
        this.#report(error);
      }
    }
  }

  #report(error: unknown): void {
    try {
      this.#onError(error);
    } catch (second) {
      // Uncaught, but where it does not keep others from their deadlines.
      this.#clock.after(0, () => {
        throw second;
      });
    }
  }
}

/** What an entry asks of its `Deadlines`, and nobody else can. */
interface Filing {
  readonly update: (entry: Entry, at: number) => void;
  readonly forget: (entry: Entry) => void;
}

/** A deadline and its place in the wheel, one object for both: there are as many as sessions. */
class Entry implements Deadline {
  at: number = Infinity;
  /** The tick it is filed under; `NOWHERE` when it is not filed. */
  tick: number = NOWHERE;
  /** Neighbours in the ring of its slot; itself when it is alone or not filed. */
  previous: Entry = this;
  next: Entry = this;
  readonly owner: DeadlineOwner;
  readonly #filing: Filing;

  constructor(owner: DeadlineOwner, filing: Filing) {
    this.owner = owner;
    this.#filing = filing;
  }

  set(at: number): void {
    if (at === Infinity) return this.clear();
    if (Number.isNaN(at)) throw new RangeError("Cannot set deadline: must be a number, found NaN");
    this.#filing.update(this, at);
  }

  clear(): void {
    this.#filing.forget(this);
  }
}

/** The slots: a ring of entries for each, in the order of filing. */
class Wheel {
  /** The last tick that came up. */
  tick: number = 0;
  size: number = 0;
  readonly #heads: (Entry | undefined)[] = new Array<Entry | undefined>(SLOTS).fill(undefined);

  /** @returns the tick it was filed under */
  file(entry: Entry, wanted: number): number {
    const tick = Math.min(Math.max(wanted, this.tick + 1), this.tick + SLOT_MASK);
    const slot = tick & SLOT_MASK;
    const head = this.#heads[slot];
    if (head === undefined) this.#heads[slot] = entry;
    else insertBefore(head, entry);
    entry.tick = tick;
    this.size++;
    return tick;
  }

  unfile(entry: Entry): void {
    const slot = entry.tick & SLOT_MASK;
    const { previous, next } = entry;
    if (this.#heads[slot] === entry) this.#heads[slot] = next === entry ? undefined : next;
    previous.next = next;
    next.previous = previous;
    entry.previous = entry;
    entry.next = entry;
    entry.tick = NOWHERE;
    this.size--;
  }

  /** Takes out all that is filed up to the tick, in the order of ticks. */
  advance(tick: number): Entry[] {
    const taken: Entry[] = [];
    // After one round of the slots, at the latest, nothing is left.
    for (let each = this.tick + 1; each <= tick && this.size > 0; each++) {
      this.#takeSlot(each & SLOT_MASK, taken);
    }
    this.tick = tick;
    return taken;
  }

  takeAll(): Entry[] {
    const taken: Entry[] = [];
    for (let slot = 0; slot < SLOTS; slot++) this.#takeSlot(slot, taken);
    return taken;
  }

  /** The earliest tick that has an entry. There must be one. */
  firstTick(): number {
    let tick = this.tick + 1;
    while (this.#heads[tick & SLOT_MASK] === undefined) tick++;
    return tick;
  }

  #takeSlot(slot: number, taken: Entry[]): void {
    for (let head = this.#heads[slot]; head !== undefined; head = this.#heads[slot]) {
      this.unfile(head);
      taken.push(head);
    }
  }
}

function insertBefore(head: Entry, entry: Entry): void {
  entry.previous = head.previous;
  entry.next = head;
  head.previous.next = entry;
  head.previous = entry;
}

function isSorted(entries: readonly Entry[]): boolean {
  let before = -Infinity;
  for (const { at } of entries) {
    if (at < before) return false;
    before = at;
  }
  return true;
}

function rethrow(error: unknown): never {
  throw error;
}

/**
 * The lists behind the events that users listen to.
 *
 * Invariants:
 * - Listeners of an event are kept, and called, in their order; one may be there several times.
 * - An array that was handed out never changes: adding and removing make a new one. So an emit walks
 *   the list as it was when it began, as Node's EventEmitter does, and copies nothing.
 * - An event without listeners has no entry. A number names the same event as its text.
 * - A once listener is removed before it is called, and is called once even if its event is emitted
 *   again from inside the same emit.
 *
 * Nothing here calls a listener: what becomes of an error or a promise is the emitter's matter.
 *
 * @module
 */

import { describeValue } from "./errors.ts";

/** Anything that can listen. Whoever calls it knows the arguments of the event. */
export type Listener = (...args: never[]) => unknown;

/** The name of an event. */
export type EventName = string | symbol;

/** Marks the wrapper of a once listener; a user's own `listener` property would not be proof. */
const original: unique symbol = Symbol("original");

interface OnceListener {
  (this: unknown, ...args: never[]): unknown;
  /** The wrapped listener, under the name that Node gives it. */
  listener: Listener;
  [original]: Listener;
}

/** Ordered lists of listeners by the name of their event. */
export class Listeners {
  readonly #lists = new Map<EventName, readonly Listener[]>();

  /**
   * Adds at the end.
   *
   * @throws {TypeError} If the listener is not a function
   */
  add(name: EventName, listener: Listener): void {
    checkListener(listener);
    const list = this.#lists.get(keyOf(name));
    this.#lists.set(keyOf(name), list === undefined ? [listener] : [...list, listener]);
  }

  /**
   * Adds at the beginning.
   *
   * @throws {TypeError} If the listener is not a function
   */
  prepend(name: EventName, listener: Listener): void {
    checkListener(listener);
    const list = this.#lists.get(keyOf(name));
    this.#lists.set(keyOf(name), list === undefined ? [listener] : [listener, ...list]);
  }

  /**
   * Adds at the end, for one call.
   *
   * @throws {TypeError} If the listener is not a function
   */
  addOnce(name: EventName, listener: Listener): void {
    checkListener(listener);
    this.add(name, this.#wrap(name, listener));
  }

  /**
   * Adds at the beginning, for one call.
   *
   * @throws {TypeError} If the listener is not a function
   */
  prependOnce(name: EventName, listener: Listener): void {
    checkListener(listener);
    this.prepend(name, this.#wrap(name, listener));
  }

  /**
   * Removes the listener, or the once listener that wraps it, that was added last of those that
   * match.
   *
   * @returns whether there was one
   */
  remove(name: EventName, listener: Listener): boolean {
    const list = this.#lists.get(keyOf(name));
    if (list === undefined) return false;
    const index = list.findLastIndex((each) => each === listener || unwrap(each) === listener);
    if (index === -1) return false;
    if (list.length === 1) this.#lists.delete(keyOf(name));
    else this.#lists.set(keyOf(name), list.toSpliced(index, 1));
    return true;
  }

  /** Removes all listeners of the event, or of all events. */
  removeAll(name?: EventName): void {
    if (name === undefined) this.#lists.clear();
    else this.#lists.delete(keyOf(name));
  }

  /** The listeners as they were given, in a new array. */
  list(name: EventName): Listener[] {
    return (this.#lists.get(keyOf(name)) ?? []).map(unwrap);
  }

  /** The listeners as they are called, once listeners in their wrappers, in a new array. */
  rawList(name: EventName): Listener[] {
    return [...this.#lists.get(keyOf(name)) ?? []];
  }

  /** How many listeners the event has; only those that are `listener` if it is given. */
  count(name: EventName, listener?: Listener): number {
    const list = this.#lists.get(keyOf(name));
    if (list === undefined) return 0;
    if (listener === undefined) return list.length;
    return list.filter((each) => each === listener || unwrap(each) === listener).length;
  }

  /** The names of the events that have listeners, in the order in which they got their first. */
  names(): EventName[] {
    return [...this.#lists.keys()];
  }

  /** Whether the event has a listener. */
  has(name: EventName): boolean {
    return this.#lists.has(keyOf(name));
  }

  /** What an emit has to call, in order; never changes; `undefined` when there is no listener. */
  snapshot(name: EventName): readonly Listener[] | undefined {
    return this.#lists.get(keyOf(name));
  }

  #wrap(name: EventName, listener: Listener): OnceListener {
    const remove = (): boolean => this.remove(name, wrapper);
    let called = false;
    function wrapper(this: unknown, ...args: never[]): unknown {
      if (called) return undefined;
      called = true;
      remove();
      return Reflect.apply(listener, this, args);
    }
    wrapper.listener = listener;
    wrapper[original] = listener;
    return wrapper;
  }
}

function unwrap(listener: Listener): Listener {
  return original in listener ? (listener as OnceListener)[original] : listener;
}

function checkListener(listener: unknown): void {
  if (typeof listener === "function") return;
  throw new TypeError(
    `Cannot add listener: must be a function, found ${describeValue(listener)}`,
  );
}

/** Callers without types may name an event by a number, which is the same as its text. */
function keyOf(name: EventName): EventName {
  return typeof name === "string" || typeof name === "symbol" ? name : String(name);
}

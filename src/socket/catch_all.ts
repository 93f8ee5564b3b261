/**
 * Listeners of every event: `onAny` and `onAnyOutgoing`.
 *
 * Invariants
 * - Users get the list itself, and may change it in place.
 * - A call goes to those who are there when it begins.
 */
import { type HandlerErrorSink, invoke } from "../base/invoke.ts";
import type { UntypedListener } from "./events.ts";

/** An ordered list of listeners that are called for every event. */
export class CatchAll {
  #listeners: UntypedListener[] = [];

  /** The listeners, in the order in which they are called; what is done to it counts. */
  get list(): UntypedListener[] {
    return this.#listeners;
  }

  /** Adds a listener at the end. */
  add(listener: UntypedListener): void {
    this.#listeners.push(listener);
  }

  /** Adds a listener at the front. */
  prepend(listener: UntypedListener): void {
    this.#listeners.unshift(listener);
  }

  /** Takes a listener away, the first one if it is there twice; all of them when none is given. */
  remove(listener: UntypedListener | undefined): void {
    if (listener === undefined) {
      this.#listeners = [];
      return;
    }
    const index = this.#listeners.indexOf(listener);
    if (index >= 0) this.#listeners.splice(index, 1);
  }

  /** Calls the listeners with an event's name and arguments. */
  call(self: unknown, args: readonly unknown[], sink: HandlerErrorSink): void {
    if (this.#listeners.length === 0) return;
    for (const listener of this.#listeners.slice()) {
      invoke(listener, self, args, String(args[0]), sink);
    }
  }
}

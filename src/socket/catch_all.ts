/**
 * Listeners of every event: `onAny` and `onAnyOutgoing`.
 *
 * Invariants
 * - The list is replaced when it changes, so one that is being called is not disturbed.
 */
import { type HandlerErrorSink, invoke } from "../base/invoke.ts";
import type { UntypedListener } from "./events.ts";

/** An ordered list of listeners that are called for every event. */
export class CatchAll {
  #listeners: readonly UntypedListener[] = [];

  /** The listeners, in the order in which they are called. */
  get list(): UntypedListener[] {
    return [...this.#listeners];
  }

  /** Adds a listener at the end. */
  add(listener: UntypedListener): void {
    this.#listeners = [...this.#listeners, listener];
  }

  /** Adds a listener at the front. */
  prepend(listener: UntypedListener): void {
    this.#listeners = [listener, ...this.#listeners];
  }

  /** Takes a listener away, the first one if it is there twice; all of them when none is given. */
  remove(listener: UntypedListener | undefined): void {
    if (listener === undefined) {
      this.#listeners = [];
      return;
    }
    const index = this.#listeners.indexOf(listener);
    if (index >= 0) this.#listeners = this.#listeners.toSpliced(index, 1);
  }

  /** Calls the listeners with an event's name and arguments. */
  call(self: unknown, args: readonly unknown[], sink: HandlerErrorSink): void {
    for (const listener of this.#listeners) invoke(listener, self, args, String(args[0]), sink);
  }
}

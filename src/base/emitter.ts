/**
 * The listener methods of what fires a few events of its own: `io.engine`, `socket.conn`, an adapter.
 *
 * Invariants
 * - Listeners are users' code only; nothing inside the library listens here.
 * - A listener that throws is reported, and the next one is called.
 */
import { type HandlerErrorSink, invoke } from "./invoke.ts";
import { type Listener, Listeners } from "./listeners.ts";

/** Event names, with the type of their listeners. */
export type ListenerMap<Events> = { readonly [Name in keyof Events]: Listener };

/** An emitter for users' listeners, typed by an interface of event names and listener types. */
export abstract class Emitter<Events extends ListenerMap<Events>> {
  readonly #listeners = new Listeners();

  /** Adds a listener. */
  on<Name extends keyof Events & string>(event: Name, listener: Events[Name]): this {
    this.#listeners.add(event, listener);
    return this;
  }

  /** Adds a listener that is called once. */
  once<Name extends keyof Events & string>(event: Name, listener: Events[Name]): this {
    this.#listeners.addOnce(event, listener);
    return this;
  }

  /** Takes a listener away. */
  off<Name extends keyof Events & string>(event: Name, listener: Events[Name]): this {
    this.#listeners.remove(event, listener);
    return this;
  }

  /** The listeners of an event. */
  listeners<Name extends keyof Events & string>(event: Name): Events[Name][] {
    // Only `on` and `once` add, and they take listeners of this type.
    return this.#listeners.list(event) as Events[Name][];
  }

  /** Takes all listeners away. */
  protected forgetListeners(): void {
    this.#listeners.removeAll();
  }

  /** Whether an event has listeners. */
  protected hears(event: keyof Events & string): boolean {
    return this.#listeners.has(event);
  }

  /** Calls the listeners of an event. */
  protected announceTo<Name extends keyof Events & string>(
    sink: HandlerErrorSink,
    event: Name,
    ...args: Parameters<Events[Name]>
  ): void {
    const listeners = this.#listeners.snapshot(event);
    if (listeners === undefined) return;
    for (const listener of listeners) invoke(listener, this, args, event, sink);
  }
}

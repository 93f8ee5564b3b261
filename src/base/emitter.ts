/**
 * An emitter for users' listeners, with the methods of `listener_methods.ts`.
 *
 * Invariants
 * - Listeners are users' code only; nothing inside the library listens here.
 * - A listener that throws is reported, and the next one is called.
 */
import { type HandlerErrorSink, invoke } from "./invoke.ts";
import type { ListenerMap, ListenerMethods } from "./listener_methods.ts";
import { type Listener, Listeners } from "./listeners.ts";

/** What `getMaxListeners()` tells before anybody sets it: the number that Node has. */
const DEFAULT_MAX_LISTENERS = 10;

/** An emitter for users' listeners, typed by an interface of event names and listener types. */
export abstract class Emitter<Events extends ListenerMap<Events>>
  implements ListenerMethods<Events> {
  readonly #listeners = new Listeners();
  #maxListeners = DEFAULT_MAX_LISTENERS;

  on<Name extends keyof Events & string>(event: Name, listener: Events[Name]): this;
  on<Name extends string | symbol>(
    event: Name extends keyof Events ? never : Name,
    listener: Listener,
  ): this;
  on(event: string | symbol, listener: Listener): this {
    this.#listeners.add(event, listener);
    return this.#changed(event);
  }

  addListener<Name extends keyof Events & string>(event: Name, listener: Events[Name]): this;
  addListener<Name extends string | symbol>(
    event: Name extends keyof Events ? never : Name,
    listener: Listener,
  ): this;
  addListener(event: string | symbol, listener: Listener): this {
    this.#listeners.add(event, listener);
    return this.#changed(event);
  }

  once<Name extends keyof Events & string>(event: Name, listener: Events[Name]): this;
  once<Name extends string | symbol>(
    event: Name extends keyof Events ? never : Name,
    listener: Listener,
  ): this;
  once(event: string | symbol, listener: Listener): this {
    this.#listeners.addOnce(event, listener);
    return this.#changed(event);
  }

  prependListener<Name extends keyof Events & string>(event: Name, listener: Events[Name]): this;
  prependListener<Name extends string | symbol>(
    event: Name extends keyof Events ? never : Name,
    listener: Listener,
  ): this;
  prependListener(event: string | symbol, listener: Listener): this {
    this.#listeners.prepend(event, listener);
    return this.#changed(event);
  }

  prependOnceListener<Name extends keyof Events & string>(
    event: Name,
    listener: Events[Name],
  ): this;
  prependOnceListener<Name extends string | symbol>(
    event: Name extends keyof Events ? never : Name,
    listener: Listener,
  ): this;
  prependOnceListener(event: string | symbol, listener: Listener): this {
    this.#listeners.prependOnce(event, listener);
    return this.#changed(event);
  }

  off(event: string | symbol, listener: Listener): this {
    if (this.#listeners.remove(event, listener)) this.listenersChanged(event);
    return this;
  }

  removeListener(event: string | symbol, listener: Listener): this {
    return this.off(event, listener);
  }

  removeAllListeners(event?: string | symbol): this {
    const names = event === undefined ? this.#listeners.names() : [event];
    this.#listeners.removeAll(event);
    for (const name of names) this.listenersChanged(name);
    return this;
  }

  listeners<Name extends keyof Events & string>(event: Name): Events[Name][];
  listeners(event: string | symbol): Listener[];
  listeners(event: string | symbol): Listener[] {
    return this.#listeners.list(event);
  }

  rawListeners(event: string | symbol): Listener[] {
    return this.#listeners.rawList(event);
  }

  listenerCount(event: string | symbol, listener?: Listener): number {
    return this.#listeners.count(event, listener);
  }

  eventNames(): (string | symbol)[] {
    return this.#listeners.names();
  }

  setMaxListeners(count: number): this {
    this.#maxListeners = count;
    return this;
  }

  getMaxListeners(): number {
    return this.#maxListeners;
  }

  /** Listeners of an event were added or removed, or were there once and have been called. */
  protected listenersChanged(_event: string | symbol): void {}

  /** Takes all listeners away, without telling. */
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
    // A list is replaced when it changes: by listeners of `once`, which nobody else tells of.
    if (this.#listeners.snapshot(event) !== listeners) this.listenersChanged(event);
  }

  #changed(event: string | symbol): this {
    this.listenersChanged(event);
    return this;
  }
}

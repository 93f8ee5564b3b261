/**
 * The listener methods that Socket, Namespace and Server share: those of Node's `EventEmitter`,
 * with types.
 *
 * Owns the casts between typed listeners and the untyped list that keeps them.
 *
 * Invariants:
 * - Listeners are users' code only; nothing inside the library listens here.
 * - `on()`, `once()` and `listeners()` take the names of the event maps only. The other methods take
 *   any name, as they do in the reference: a name that is known types its listener nevertheless.
 * - There is no limit of listeners: nothing is printed when there are many.
 *
 * Source: the documented API of socket.io 4.8, and Node's documents of `EventEmitter`.
 *
 * @module
 */
import { type HandlerErrorSink, invoke } from "../base/invoke.ts";
import { Listeners } from "../base/listeners.ts";
import type {
  EventNames,
  EventParams,
  EventsMap,
  ReservedOrUserEventNames,
  ReservedOrUserListener,
  UntypedListener,
} from "./events.ts";

/** What `getMaxListeners()` tells before anybody sets it: the number that Node has. */
const DEFAULT_MAX_LISTENERS = 10;

/**
 * Keeps the listeners of a user, typed by event maps.
 *
 * @typeParam ListenEvents The events that the other side sends
 * @typeParam ReservedEvents The events that the library fires
 * @example
 * ```ts
 * import { Server } from "@godwit/io";
 *
 * const io = new Server();
 *
 * io.on("connection", (socket) => {
 *   socket.on("hello", (name) => console.log(name));
 *   socket.once("ready", async () => await socket.join("players"));
 * });
 * ```
 */
export abstract class TypedEmitter<
  ListenEvents extends EventsMap,
  ReservedEvents extends EventsMap,
> {
  readonly #listeners: Listeners;
  #maxListeners = DEFAULT_MAX_LISTENERS;

  /**
   * Starts without listeners, or with those of another emitter.
   *
   * @internal
   * @param listeners The list to keep listeners in. Default: a new one. Emitters that are given the
   * same list have the same listeners, as a server and its main namespace do
   */
  constructor(listeners: Listeners = new Listeners()) {
    this.#listeners = listeners;
  }

  /**
   * The list of listeners, for the classes that call them.
   *
   * @internal
   */
  protected get listenerList(): Listeners {
    return this.#listeners;
  }

  /**
   * Adds a listener. It is called after those that are there; adding it twice has it called twice.
   *
   * @param ev Name of the event
   * @param listener Called with the arguments of the event; it may be async
   * @returns This emitter, for chaining
   * @throws {TypeError} If the listener is not a function
   * @example
   * ```ts
   * import { Server } from "@godwit/io";
   *
   * const io = new Server();
   * io.on("connection", (socket) => {
   *   socket
   *     .on("hello", (name) => console.log(name))
   *     .on("disconnect", (reason) => console.log(reason));
   * });
   * ```
   */
  on<Ev extends ReservedOrUserEventNames<ReservedEvents, ListenEvents>>(
    ev: Ev,
    listener: ReservedOrUserListener<ReservedEvents, ListenEvents, Ev>,
  ): this {
    this.#listeners.add(ev, listener);
    return this;
  }

  /**
   * Adds a listener that is removed when it is called, so that it is called once at most.
   *
   * @param ev Name of the event
   * @param listener Called with the arguments of the event; it may be async
   * @returns This emitter, for chaining
   * @throws {TypeError} If the listener is not a function
   */
  once<Ev extends ReservedOrUserEventNames<ReservedEvents, ListenEvents>>(
    ev: Ev,
    listener: ReservedOrUserListener<ReservedEvents, ListenEvents, Ev>,
  ): this {
    this.#listeners.addOnce(ev, listener);
    return this;
  }

  /**
   * Adds a listener: the same as {@link on}.
   *
   * @param ev Name of the event
   * @param listener Called with the arguments of the event; it may be async
   * @returns This emitter, for chaining
   * @throws {TypeError} If the listener is not a function
   */
  addListener<Ev extends ReservedOrUserEventNames<ReservedEvents, ListenEvents>>(
    ev: Ev,
    listener: ReservedOrUserListener<ReservedEvents, ListenEvents, Ev>,
  ): this;
  /** Adds a listener for an event that the maps do not have. */
  addListener(ev: string | symbol, listener: UntypedListener): this;
  addListener(ev: string | symbol, listener: UntypedListener): this {
    this.#listeners.add(ev, listener);
    return this;
  }

  /**
   * Adds a listener that is called before those that are there.
   *
   * @param ev Name of the event
   * @param listener Called with the arguments of the event; it may be async
   * @returns This emitter, for chaining
   * @throws {TypeError} If the listener is not a function
   */
  prependListener<Ev extends ReservedOrUserEventNames<ReservedEvents, ListenEvents>>(
    ev: Ev,
    listener: ReservedOrUserListener<ReservedEvents, ListenEvents, Ev>,
  ): this;
  /** Adds a listener for an event that the maps do not have, before those that are there. */
  prependListener(ev: string | symbol, listener: UntypedListener): this;
  prependListener(ev: string | symbol, listener: UntypedListener): this {
    this.#listeners.prepend(ev, listener);
    return this;
  }

  /**
   * Adds a listener that is called before those that are there, and once at most.
   *
   * @param ev Name of the event
   * @param listener Called with the arguments of the event; it may be async
   * @returns This emitter, for chaining
   * @throws {TypeError} If the listener is not a function
   */
  prependOnceListener<Ev extends ReservedOrUserEventNames<ReservedEvents, ListenEvents>>(
    ev: Ev,
    listener: ReservedOrUserListener<ReservedEvents, ListenEvents, Ev>,
  ): this;
  /** Adds a listener for an event that the maps do not have, first and once. */
  prependOnceListener(ev: string | symbol, listener: UntypedListener): this;
  prependOnceListener(ev: string | symbol, listener: UntypedListener): this {
    this.#listeners.prependOnce(ev, listener);
    return this;
  }

  /**
   * Removes a listener. One that was added several times is removed once, the latest first; one
   * that is not there is ignored.
   *
   * @param ev Name of the event
   * @param listener The function that was added
   * @returns This emitter, for chaining
   * @example
   * ```ts
   * import { Server, type Socket } from "@godwit/io";
   * import { assertEquals } from "@std/assert";
   *
   * const io = new Server();
   * const greet = (socket: Socket) => socket.emit("hello");
   *
   * io.on("connection", greet);
   * assertEquals(io.listenerCount("connection"), 1);
   *
   * io.off("connection", greet);
   * assertEquals(io.listenerCount("connection"), 0);
   * ```
   */
  off(ev: string | symbol, listener: UntypedListener): this {
    this.#listeners.remove(ev, listener);
    return this;
  }

  /**
   * Removes a listener: the same as {@link off}.
   *
   * @param ev Name of the event
   * @param listener The function that was added
   * @returns This emitter, for chaining
   */
  removeListener(ev: string | symbol, listener: UntypedListener): this {
    return this.off(ev, listener);
  }

  /**
   * Removes all listeners.
   *
   * @param ev Name of the event. Without it, those of all events are removed
   * @returns This emitter, for chaining
   */
  removeAllListeners(ev?: string | symbol): this {
    this.#listeners.removeAll(ev);
    return this;
  }

  /**
   * The listeners of an event, in the order in which they are called; a copy.
   *
   * @param ev Name of the event
   */
  listeners<Ev extends ReservedOrUserEventNames<ReservedEvents, ListenEvents>>(
    ev: Ev,
  ): ReservedOrUserListener<ReservedEvents, ListenEvents, Ev>[] {
    // What was added under this name had this type, or was added by a method that does not check.
    return this.#listeners.list(ev) as ReservedOrUserListener<ReservedEvents, ListenEvents, Ev>[];
  }

  /**
   * The listeners of an event as they are kept; a copy. One added with {@link once} is a function
   * with the listener as its property `listener`.
   *
   * @param ev Name of the event
   */
  rawListeners(ev: string | symbol): UntypedListener[] {
    // The caller is not told the arguments: any function can be called without a check.
    return this.#listeners.rawList(ev) as UntypedListener[];
  }

  /**
   * How many listeners an event has.
   *
   * @param ev Name of the event
   * @param listener Count how often this function is there. Default: count all
   * @returns The number, from 0
   */
  listenerCount(ev: string | symbol, listener?: UntypedListener): number {
    return this.#listeners.count(ev, listener);
  }

  /** The names of the events that have listeners. */
  eventNames(): (string | symbol)[] {
    return this.#listeners.names();
  }

  /**
   * Keeps a number for {@link getMaxListeners}, and has no other effect: it is here for programs
   * that call it to silence a warning, and there is no such warning.
   *
   * @param count How many listeners an event is expected to have. Default without a call: 10
   * @returns This emitter, for chaining
   */
  setMaxListeners(count: number): this {
    this.#maxListeners = count;
    return this;
  }

  /** The number given to {@link setMaxListeners}. Default: 10. */
  getMaxListeners(): number {
    return this.#maxListeners;
  }

  /**
   * Calls the listeners of an event of the library, in order.
   *
   * @internal
   * @param sink Who is told of a listener that throws or rejects; the others are called all the same
   * @param ev Name of the event
   * @param args Arguments of the event
   * @returns Whether there was a listener
   */
  protected emitReserved<Ev extends EventNames<ReservedEvents>>(
    sink: HandlerErrorSink,
    ev: Ev,
    ...args: EventParams<ReservedEvents, Ev>
  ): boolean {
    return this.emitUntyped(sink, ev, args);
  }

  /**
   * Calls the listeners of any event, in order.
   *
   * @internal
   * @param sink Who is told of a listener that throws or rejects; the others are called all the same
   * @param ev Name of the event
   * @param args Arguments of the event
   * @returns Whether there was a listener
   */
  protected emitUntyped(
    sink: HandlerErrorSink,
    ev: string | symbol,
    args: readonly unknown[],
  ): boolean {
    const listeners = this.#listeners.snapshot(ev);
    if (listeners === undefined) return false;
    for (const listener of listeners) invoke(listener, this, args, String(ev), sink);
    return true;
  }
}

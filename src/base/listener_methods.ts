/**
 * The listener methods of what fires a few events of its own: `io.engine`, `socket.conn`, an adapter.
 *
 * Invariants
 * - The names and the order of calls are those of Node's `EventEmitter`.
 * - A known name types its listener; other names are taken too, as programs written for an
 *   `EventEmitter` may use them, and never fire.
 * - There is no `emit`: these events are the library's to fire.
 *
 * Source: Node's documents of `EventEmitter`.
 */
import type { Listener } from "./listeners.ts";

/** What every map of events must look like: each name with the type of its listeners. */
export type ListenerMap<Events> = { readonly [Name in keyof Events]: Listener };

/**
 * The listener methods of `io.engine`, `socket.conn` and an adapter: those of Node's `EventEmitter`.
 *
 * @typeParam Events The events, each with the type of its listeners
 * @example
 * ```ts
 * import { Server } from "@godwit/io";
 * import { assertEquals } from "@std/assert";
 *
 * const io = new Server();
 * io.engine.once("connection", (conn) => console.log(conn.remoteAddress));
 * io.engine.prependListener("connection_error", ({ code, context }) => console.log(code, context));
 *
 * assertEquals(io.engine.eventNames(), ["connection", "connection_error"]);
 * io.engine.removeAllListeners("connection");
 * assertEquals(io.engine.listenerCount("connection"), 0);
 * ```
 */
export interface ListenerMethods<Events extends ListenerMap<Events>> {
  /**
   * Adds a listener. It is called after those that are there; adding it twice has it called twice.
   *
   * @param event Name of the event
   * @param listener Called with the arguments of the event; it may be async
   * @returns This object, for chaining
   * @throws {TypeError} If the listener is not a function
   */
  on<Name extends keyof Events & string>(event: Name, listener: Events[Name]): this;
  /** Adds a listener for a name that is not in the map. */
  on<Name extends string | symbol>(
    event: Name extends keyof Events ? never : Name,
    listener: Listener,
  ): this;
  /**
   * Adds a listener: the same as {@link on}.
   *
   * @param event Name of the event
   * @param listener Called with the arguments of the event; it may be async
   * @returns This object, for chaining
   * @throws {TypeError} If the listener is not a function
   */
  addListener<Name extends keyof Events & string>(event: Name, listener: Events[Name]): this;
  /** Adds a listener for a name that is not in the map. */
  addListener<Name extends string | symbol>(
    event: Name extends keyof Events ? never : Name,
    listener: Listener,
  ): this;
  /**
   * Adds a listener that is removed when it is called, so that it is called once at most.
   *
   * @param event Name of the event
   * @param listener Called with the arguments of the event; it may be async
   * @returns This object, for chaining
   * @throws {TypeError} If the listener is not a function
   */
  once<Name extends keyof Events & string>(event: Name, listener: Events[Name]): this;
  /** Adds a listener for a name that is not in the map, to be called once at most. */
  once<Name extends string | symbol>(
    event: Name extends keyof Events ? never : Name,
    listener: Listener,
  ): this;
  /**
   * Adds a listener that is called before those that are there.
   *
   * @param event Name of the event
   * @param listener Called with the arguments of the event; it may be async
   * @returns This object, for chaining
   * @throws {TypeError} If the listener is not a function
   */
  prependListener<Name extends keyof Events & string>(event: Name, listener: Events[Name]): this;
  /** Adds a listener for a name that is not in the map, before those that are there. */
  prependListener<Name extends string | symbol>(
    event: Name extends keyof Events ? never : Name,
    listener: Listener,
  ): this;
  /**
   * Adds a listener that is called before those that are there, and once at most.
   *
   * @param event Name of the event
   * @param listener Called with the arguments of the event; it may be async
   * @returns This object, for chaining
   * @throws {TypeError} If the listener is not a function
   */
  prependOnceListener<Name extends keyof Events & string>(
    event: Name,
    listener: Events[Name],
  ): this;
  /** Adds a listener for a name that is not in the map, first and once. */
  prependOnceListener<Name extends string | symbol>(
    event: Name extends keyof Events ? never : Name,
    listener: Listener,
  ): this;
  /**
   * Removes a listener. One that was added several times is removed once, the latest first; one
   * that is not there is ignored.
   *
   * @param event Name of the event
   * @param listener The function that was added
   * @returns This object, for chaining
   */
  off(event: string | symbol, listener: Listener): this;
  /**
   * Removes a listener: the same as {@link off}.
   *
   * @param event Name of the event
   * @param listener The function that was added
   * @returns This object, for chaining
   */
  removeListener(event: string | symbol, listener: Listener): this;
  /**
   * Removes all listeners; what the library itself does goes on.
   *
   * @param event Name of the event. Without it, those of all events are removed
   * @returns This object, for chaining
   */
  removeAllListeners(event?: string | symbol): this;
  /**
   * The listeners of an event, in the order in which they are called; a copy.
   *
   * @param event Name of the event
   */
  listeners<Name extends keyof Events & string>(event: Name): Events[Name][];
  /** The listeners under a name that is not in the map; a copy. */
  listeners(event: string | symbol): Listener[];
  /**
   * The listeners of an event as they are kept; a copy. One added with {@link once} is a function
   * with the listener as its property `listener`.
   *
   * @param event Name of the event
   */
  rawListeners(event: string | symbol): Listener[];
  /**
   * How many listeners an event has.
   *
   * @param event Name of the event
   * @param listener Count how often this function is there. Default: count all
   * @returns The number, from 0
   */
  listenerCount(event: string | symbol, listener?: Listener): number;
  /** The names of the events that have listeners, in the order in which they got their first. */
  eventNames(): (string | symbol)[];
  /**
   * Keeps a number for {@link getMaxListeners}, and has no other effect: it is here for programs
   * that call it to silence a warning, and there is no such warning.
   *
   * @param count How many listeners an event is expected to have. Default without a call: 10
   * @returns This object, for chaining
   */
  setMaxListeners(count: number): this;
  /** The number given to {@link setMaxListeners}. Default: 10. */
  getMaxListeners(): number;
}

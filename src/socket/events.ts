/**
 * The types behind typed events: event maps, what may be listened to, what may be emitted, and how
 * a modifier such as `timeout()` changes the acknowledgement a caller sees.
 *
 * Owns the helper types that users import by name, and nothing that exists at run time.
 *
 * Invariants:
 * - An untyped server (`DefaultEventsMap`) accepts every event name and every argument.
 * - {@link Untyped} is the only unchecked type of the package; whatever is unchecked refers to it.
 * - A mapped type here keeps the names of tuple members, so that editors show them.
 *
 * Source: the published declarations of socket.io 4.8.4, of which this keeps the names and meaning.
 *
 * @module
 */
import type { Untyped } from "../base/untyped.ts";

export type { Untyped };

/**
 * The map of a server whose events are not typed: any event name, any arguments.
 *
 * @example
 * ```ts
 * import { type DefaultEventsMap, Server } from "@godwit/io";
 *
 * // the same types as those of `new Server()`
 * const io = new Server<DefaultEventsMap, DefaultEventsMap>();
 * io.emit("any name", 1, { and: ["any", "arguments"] });
 * ```
 */
export interface DefaultEventsMap {
  /** The listener of any event. */
  // deno-lint-ignore no-explicit-any -- callers who do not type their events are not checked
  [event: string]: (...args: any[]) => void;
}

/** A listener whose arguments are not checked, as for `onAny()`. */
export type UntypedListener = DefaultEventsMap[string];

/**
 * What every event map must look like: an interface (or a type) that maps the name of an event to
 * the type of its listener.
 *
 * @example
 * ```ts
 * import { Server } from "@godwit/io";
 *
 * interface ClientToServerEvents {
 *   join: (room: string) => void;
 * }
 *
 * interface ServerToClientEvents {
 *   hello: (name: string) => void;
 *   question: (text: string, answer: (value: number) => void) => void;
 * }
 *
 * const io = new Server<ClientToServerEvents, ServerToClientEvents>();
 *
 * io.on("connection", (socket) => {
 *   socket.on("join", (room) => socket.join(room)); // room is a string
 *   socket.emit("hello", "world");
 *   socket.emit("question", "6 x 7?", (value) => value.toFixed()); // value is a number
 * });
 * ```
 */
export interface EventsMap {
  /** The listener of an event; unchecked here because an `interface` must fit, index or no index. */
  [event: string]: Untyped;
}

/**
 * The names of the events in a map.
 *
 * @typeParam Map The event map
 * @example
 * ```ts
 * import type { EventNames, EventParams } from "@godwit/io";
 *
 * interface Events {
 *   hello: (name: string, age: number) => void;
 * }
 *
 * const name: EventNames<Events> = "hello";
 * const params: EventParams<Events, "hello"> = ["Ada", 36];
 * ```
 */
export type EventNames<Map extends EventsMap> = keyof Map & (string | symbol);

/**
 * The arguments of an event, as a tuple.
 *
 * @typeParam Map The event map
 * @typeParam Ev The name of the event
 */
export type EventParams<Map extends EventsMap, Ev extends EventNames<Map>> = Parameters<Map[Ev]>;

/**
 * The names that can be listened to: those of the library and those of the user.
 *
 * @typeParam ReservedEventsMap The events that the library fires
 * @typeParam UserEvents The events that the other side sends
 */
export type ReservedOrUserEventNames<
  ReservedEventsMap extends EventsMap,
  UserEvents extends EventsMap,
> = EventNames<ReservedEventsMap> | EventNames<UserEvents>;

/**
 * The listener of an event; a reserved event wins over a user's event of the same name.
 *
 * @typeParam ReservedEvents The events that the library fires
 * @typeParam UserEvents The events that the other side sends
 * @typeParam Ev The name of the event
 */
export type ReservedOrUserListener<
  ReservedEvents extends EventsMap,
  UserEvents extends EventsMap,
  Ev extends ReservedOrUserEventNames<ReservedEvents, UserEvents>,
> = FallbackToUntypedListener<
  Ev extends EventNames<ReservedEvents> ? ReservedEvents[Ev]
    : Ev extends EventNames<UserEvents> ? UserEvents[Ev]
    : never
>;

/**
 * `T`, or a listener without checks (which may be async) where `T` is `never`.
 *
 * The compiler comes to `never` for an event name that is not one literal, for example inside a
 * function that is itself generic over the event map.
 *
 * @typeParam T The type of a listener
 */
export type FallbackToUntypedListener<T> = [T] extends [never]
  ? (...args: Parameters<UntypedListener>) => void | Promise<void>
  : T;

/**
 * Whatever has a typed `emit()`.
 *
 * @typeParam EmitEvents The events that can be emitted
 */
export interface TypedEventBroadcaster<EmitEvents extends EventsMap> {
  /**
   * Emits an event.
   *
   * @param ev Name of the event
   * @param args Arguments of the event
   * @returns Always `true`
   */
  emit<Ev extends EventNames<EmitEvents>>(ev: Ev, ...args: EventParams<EmitEvents, Ev>): boolean;
}

// --- acknowledgements: which events have one ---

/** Any function at all: every function may be called with arguments that cannot exist. */
export type AnyFunction = (...args: never[]) => unknown;

/**
 * `Then` if `T` is unchecked, else `Else`.
 *
 * @typeParam T The type to look at
 * @typeParam Then The result for a type that is not checked
 * @typeParam Else The result for any other type
 */
export type IfAny<T, Then, Else> = 0 extends (1 & T) ? Then : Else;

/**
 * `Parameters<T>` for a `T` that need not be a function.
 *
 * @typeParam T The type of a function; for any other type there are no parameters
 */
export type LooseParameters<T> = T extends (...args: infer Args) => unknown ? Args : never;

/**
 * `true` for an event whose last argument is a function.
 *
 * @typeParam Args The arguments of the event
 */
export type HasAck<Args extends readonly unknown[]> = Args extends never[] ? false
  : Last<Args> extends AnyFunction ? true
  : false;

/**
 * The type of the last element of a tuple, or of the elements of an array.
 *
 * @typeParam ValueType The tuple or array
 */
export type Last<ValueType extends readonly unknown[]> = ValueType extends readonly [infer Only]
  ? Only
  : ValueType extends readonly [infer _First, ...infer Rest] ? Last<Rest>
  : ValueType extends readonly (infer Element)[] ? Element
  : never;

/**
 * A tuple without its last element; unchecked for what has no certain last element (an array).
 *
 * @typeParam T The tuple
 */
export type AllButLast<T extends unknown[]> = T extends [...infer Init, infer _Last] ? Init
  : Untyped[];

/**
 * The names of the events that end with an acknowledgement callback: those that `emitWithAck()`
 * accepts. With an event whose arguments are unchecked in the map, every name is accepted.
 *
 * @typeParam Map The event map
 * @typeParam K The names to choose from
 * @example
 * ```ts
 * import type { EventNamesWithAck, EventNamesWithoutAck } from "@godwit/io";
 *
 * interface Events {
 *   hello: (name: string) => void;
 *   question: (text: string, answer: (value: number) => void) => void;
 * }
 *
 * const asked: EventNamesWithAck<Events> = "question";
 * const told: EventNamesWithoutAck<Events> = "hello";
 * ```
 */
export type EventNamesWithAck<Map extends EventsMap, K extends EventNames<Map> = EventNames<Map>> =
  IfAny<
    Last<EventParams<Map, K>> | Map[K],
    K,
    K extends unknown ? HasAck<EventParams<Map, K>> extends true ? K : never : never
  >;

/**
 * The names of the events without an acknowledgement callback: those that can be sent to many
 * clients without a `timeout()`. With an event whose arguments are unchecked in the map, every name
 * is accepted.
 *
 * @typeParam Map The event map
 * @typeParam K The names to choose from
 */
export type EventNamesWithoutAck<
  Map extends EventsMap,
  K extends EventNames<Map> = EventNames<Map>,
> = IfAny<
  Last<EventParams<Map, K>> | Map[K],
  K,
  K extends unknown ? HasAck<EventParams<Map, K>> extends true ? never : K : never
>;

/**
 * An event map without the events that end with an acknowledgement callback.
 *
 * @typeParam E The event map
 */
export type RemoveAcknowledgements<E extends EventsMap> = {
  [K in EventNamesWithoutAck<E>]: E[K];
};

/**
 * The names of the events whose acknowledgement callback takes an error first, as it does after
 * {@link DecorateAcknowledgements}: those that can be awaited from many clients.
 *
 * @typeParam Map The event map
 * @typeParam K The names to choose from
 */
export type EventNamesWithError<
  Map extends EventsMap,
  K extends EventNamesWithAck<Map> = EventNamesWithAck<Map>,
> = IfAny<
  Last<EventParams<Map, K>> | Map[K],
  K,
  K extends unknown ? LooseParameters<Last<EventParams<Map, K>>>[0] extends Error ? K : never
    : never
>;

// --- acknowledgements: what they carry ---

/**
 * The first element of a tuple that is not an error.
 *
 * @typeParam T The tuple
 */
export type FirstNonErrorTuple<T extends unknown[]> = T[0] extends Error ? T[1] : T[0];

/**
 * The value of an acknowledgement: the first argument of a callback, or the second where the first
 * is an error; unchecked for what is no function. It is what `emitWithAck()` resolves with.
 *
 * @typeParam T The type of the acknowledgement callback
 */
export type FirstNonErrorArg<T> = T extends (...args: infer Args) => unknown
  ? FirstNonErrorTuple<Args>
  : Untyped;

/**
 * A tuple cut to its first element, whose name is kept.
 *
 * @typeParam T The tuple
 */
export type FirstArg<T extends unknown[]> = T extends [unknown, ...infer Rest]
  ? T extends [...infer First, ...Rest] ? First : never
  : T extends [] ? never
  : [NonNullable<T[0]>];

/**
 * A tuple with each element replaced by an array of it: one entry for each client that answered.
 *
 * @typeParam T The tuple
 */
export type MultiplyArray<T extends unknown[]> = { [K in keyof T]: T[K][] };

/**
 * Puts an error before the arguments of each function in a tuple, unless it is there already.
 *
 * @typeParam T The arguments of an event
 */
export type PrependTimeoutError<T extends unknown[]> = {
  [K in keyof T]: T[K] extends (...args: infer Args) => infer Result
    ? Args[0] extends Error ? T[K] : (err: Error, ...args: Args) => Result
    : T[K];
};

/**
 * Makes the first value of each function in a tuple an array, and drops the values after it.
 *
 * @typeParam T The arguments of an event
 */
export type ExpectMultipleResponses<T extends unknown[]> = {
  [K in keyof T]: T[K] extends (...args: infer Args) => infer Result
    ? (...args: MultipleResponses<Args>) => Result
    : T[K];
};

/**
 * The arguments of an acknowledgement callback that takes the answers of several clients.
 *
 * For the callback of an unchecked answer the compiler comes to two functions, since the answer might
 * be the error, and to `never` for their common arguments.
 *
 * @typeParam Args The arguments of the callback for the answer of one
 */
export type MultipleResponses<Args extends unknown[]> = [Args] extends [never]
  ? [err: Error, answers: Untyped[]]
  : Args extends [] ? []
  : Args extends [Error] ? [err: Error]
  : Args extends [Error, ...infer Values] ? [err: Error, ...args: FirstArg<MultiplyArray<Values>>]
  : FirstArg<MultiplyArray<Args>>;

/**
 * An event map as seen after `timeout()` on one socket: each acknowledgement callback takes an
 * error first.
 *
 * @typeParam E The event map
 * @example
 * ```ts
 * import { type DefaultEventsMap, Server } from "@godwit/io";
 *
 * interface ServerToClientEvents {
 *   question: (text: string, answer: (value: number) => void) => void;
 * }
 *
 * const io = new Server<DefaultEventsMap, ServerToClientEvents>();
 *
 * io.on("connection", (socket) => {
 *   socket.timeout(1000).emit("question", "6 x 7?", (err, value) => {
 *     if (err) console.log("no answer within 1000 ms");
 *     else console.log(value.toFixed()); // value is a number
 *   });
 * });
 * ```
 */
export type DecorateAcknowledgements<E> = {
  [K in keyof E]: E[K] extends (...args: infer Args) => infer Result
    ? (...args: PrependTimeoutError<Args>) => Result
    : E[K];
};

/**
 * An event map as seen by a broadcast: each acknowledgement callback takes an array, one entry for
 * each client that answered.
 *
 * @typeParam E The event map
 * @example
 * ```ts
 * import { type DefaultEventsMap, Server } from "@godwit/io";
 *
 * interface ServerToClientEvents {
 *   vote: (question: string, answer: (isYes: boolean) => void) => void;
 * }
 *
 * const io = new Server<DefaultEventsMap, ServerToClientEvents>();
 * io.timeout(1000).emit("vote", "Lunch?", (_err, answers) => {
 *   answers.filter((isYes) => isYes).length; // answers is a boolean[]
 * });
 * await io.close();
 * ```
 */
export type DecorateAcknowledgementsWithMultipleResponses<E> = {
  [K in keyof E]: E[K] extends (...args: infer Args) => infer Result
    ? (...args: ExpectMultipleResponses<Args>) => Result
    : E[K];
};

/**
 * An event map as seen by `serverSideEmit()`: each acknowledgement callback takes an error, then an
 * array with one entry for each other server that answered.
 *
 * @typeParam E The event map
 */
export type DecorateAcknowledgementsWithTimeoutAndMultipleResponses<E> = {
  [K in keyof E]: E[K] extends (...args: infer Args) => infer Result
    ? (...args: ExpectMultipleResponses<PrependTimeoutError<Args>>) => Result
    : E[K];
};

/**
 * What ends the wait for an acknowledgement beside its time. New.
 *
 * @example
 * ```ts
 * import { Server, type TimeoutOptions } from "@godwit/io";
 *
 * const io = new Server();
 * const shutdown = new AbortController();
 * const options: TimeoutOptions = { signal: shutdown.signal };
 *
 * io.on("connection", async (socket) => {
 *   console.log(await socket.timeout(5000, options).emitWithAck("question", "6 x 7?"));
 * });
 * ```
 */
export interface TimeoutOptions {
  /** Ends the wait when it aborts: the callback gets its reason as the error. */
  readonly signal?: AbortSignal;
}

// --- the events of a socket ---

/**
 * Why a socket was disconnected.
 *
 * - `"transport error"`: the connection failed, or the server gave up on it
 * - `"transport close"`: the connection was closed (the user closed the tab, or lost the network)
 * - `"forced close"`: the server closed the connection, with `socket.conn.close()` or because the client
 *   sent a packet that is malformed or makes no sense
 * - `"ping timeout"`: the client did not answer a ping within `pingTimeout`
 * - `"parse error"`: the client sent what is not an Engine.IO packet
 * - `"server shutting down"`: the server was closed with `io.close()`
 * - `"forced server close"`: the same as `"forced close"` for a packet that makes no sense, when the
 *   client polls and no poll waits
 * - `"client namespace disconnect"`: the client called `socket.disconnect()`
 * - `"server namespace disconnect"`: the server called `socket.disconnect()`
 */
export type DisconnectReason =
  | "transport error"
  | "transport close"
  | "forced close"
  | "ping timeout"
  | "parse error"
  | "server shutting down"
  | "forced server close"
  | "client namespace disconnect"
  | "server namespace disconnect";

/** The events that the library fires on a socket; a client cannot send them. */
export interface SocketReservedEventsMap {
  /** The socket is disconnected and has left its rooms. `description` is an error, where known. */
  disconnect: (reason: DisconnectReason, description?: Untyped) => void;
  /** The socket is about to be disconnected: it is still in its rooms. */
  disconnecting: (reason: DisconnectReason, description?: Untyped) => void;
  /** A middleware of the socket refused an event: the error that it gave to `next()`. */
  error: (err: Error) => void;
}

/** An incoming event: its name, then its arguments. */
export type Event = [eventName: string, ...args: Untyped[]];

/**
 * The public classes of the server, as types: what a user may call on a Socket, a Namespace, a
 * Server and a BroadcastOperator, with generics for typed events.
 *
 * Owns the names, signatures and documents of these classes; no behaviour. They live in one file
 * because their types refer to one another (`socket.nsp`, `nsp.sockets`, `nsp.server`).
 *
 * Invariants:
 * - Everything is abstract: the classes that extend these hold all state, are not generic, and see
 *   `unknown[]` where these have tuples. `socket instanceof Socket` holds for them.
 * - No private member: a `Socket<A, B>` and a `Socket<C, D>` are compared by what they can do.
 * - The generics have the order and the defaults of the reference; `Req`, the kind of request that the
 *   runtime has, comes after them. It is read only, so a `Socket` of one runtime is also a `Socket`
 *   whose request is a mere `RequestHead`.
 *
 * Source: the documented server API of socket.io 4.8.
 *
 * @module
 */
import type { ServerCounters } from "../base/incidents.ts";
import type { RequestHead } from "../engine/handshake_info.ts";
import type { Engine, EngineSocket } from "../engine/api.ts";
import type { Adapter, AdapterFactory } from "./adapter.ts";
import type { BufferingOptions, DrainedOptions } from "./buffering.ts";
import { Broadcaster, type BroadcastOperator } from "./broadcaster.ts";
import type { Handshake } from "./handshake.ts";
import type {
  AllButLast,
  DecorateAcknowledgements,
  DecorateAcknowledgementsWithMultipleResponses,
  DefaultEventsMap,
  Event,
  EventNames,
  EventNamesWithAck,
  EventParams,
  EventsMap,
  FirstNonErrorArg,
  Last,
  SocketReservedEventsMap,
  TimeoutOptions,
  TypedEventBroadcaster,
  Untyped,
  UntypedListener,
} from "./events.ts";
import { TypedEmitter } from "./typed_emitter.ts";

// --- values that users meet ---

/**
 * An error that a middleware of a namespace gives to `next()`.
 *
 * @example
 * ```ts
 * import { type ExtendedError, Server } from "@godwit/io";
 *
 * const io = new Server();
 *
 * io.use((_socket, next) => {
 *   const refusal: ExtendedError = new Error("not authorized");
 *   refusal.data = { retryAfterSeconds: 60 };
 *   next(refusal);
 * });
 * ```
 */
export interface ExtendedError extends Error {
  /** Sent to the client with the message: `err.data` in its `connect_error` listener. */
  data?: Untyped;
}

/**
 * Where a handler of the user was when it threw.
 *
 * @example
 * ```ts
 * import { Server } from "@godwit/io";
 *
 * const io = new Server();
 *
 * io.on("handler_error", (error, { event, namespace, socketId }) => {
 *   console.error(`${event} of ${socketId} in ${namespace} failed`, error);
 * });
 * ```
 */
export interface HandlerErrorContext {
  /**
   * The event whose listener threw, or whose acknowledgement callback did; `"middleware"`,
   * `"allowRequest"` and the like for functions that belong to no event.
   */
  readonly event?: string;
  /** The name of the namespace; absent for code that runs below namespaces, such as allowRequest. */
  readonly namespace?: string;
  /** The id of the socket, where there is one. */
  readonly socketId?: string;
}

/** What events of one socket have in common that run one after the other. New. */
export type HandlerKey = string | number | symbol;

/**
 * How the events of one socket run beside one another. New.
 *
 * - `"concurrent"`: each one when it comes, also while handlers of those before wait
 * - `"serial"`: each one when the promises of all handlers of the one before have settled
 * - a function of the event's name, the socket and the event's arguments: events for which it gives the
 *   same key run one after the other, and those for which it gives `undefined` at once
 *
 * @typeParam AnySocket The type of the socket that the function is given; a server, a namespace and a
 * socket give it their own
 * @example
 * ```ts
 * import { type HandlerMode, Server } from "@godwit/io";
 *
 * // changes of one document in their order, whatever is done to others meanwhile
 * const byDocument: HandlerMode = (event, _socket, [id]) =>
 *   event === "edit" ? String(id) : undefined;
 *
 * const io = new Server({ handlerMode: byDocument });
 * ```
 */
export type HandlerMode<AnySocket = Socket> =
  | "concurrent"
  | "serial"
  | ((event: string, socket: AnySocket, args: readonly Untyped[]) => HandlerKey | undefined);

/** The connection that carries the sockets of one client, at most one in each namespace. */
export interface Client<Req extends RequestHead = RequestHead> {
  /** The id of the Engine.IO session. It is a secret of this client: never send it to others. */
  readonly id: string;
  /** The Engine.IO session. */
  readonly conn: EngineSocket<Req>;
  /** The first request of the session. */
  readonly request: Req;
}

/**
 * Decides whether a client may have a namespace that does not exist yet.
 *
 * @param name The name that the client asked for
 * @param auth What the client gave as `auth`
 * @param fn To be called once with `(null, true)` to create the namespace, or with an error or
 * `false` to refuse
 * @example
 * ```ts
 * import { type ParentNspNameMatchFn, Server } from "@godwit/io";
 *
 * const io = new Server();
 *
 * const ofTenants: ParentNspNameMatchFn = (name, auth, fn) => {
 *   fn(null, name.startsWith("/tenant-") && auth["token"] === "letmein");
 * };
 * io.of(ofTenants).on("connection", (socket) => console.log(socket.nsp.name));
 * ```
 */
export type ParentNspNameMatchFn = (
  name: string,
  auth: Record<string, Untyped>,
  fn: (err: Error | null, success: boolean) => void,
) => void;

/**
 * A middleware of a namespace: runs for each socket that wants to join, before it is connected.
 *
 * @param socket The socket, not connected yet
 * @param next To be called once: with nothing to go on, with an error to refuse the client
 * @example
 * ```ts
 * import { type NamespaceMiddleware, Server } from "@godwit/io";
 *
 * const onlyKnown: NamespaceMiddleware = (socket, next) => {
 *   next(socket.handshake.auth["token"] === "letmein" ? undefined : new Error("who are you?"));
 * };
 *
 * const io = new Server();
 * io.use(onlyKnown);
 * io.of("/chat").use(onlyKnown);
 * ```
 */
export type NamespaceMiddleware<
  ListenEvents extends EventsMap = DefaultEventsMap,
  EmitEvents extends EventsMap = ListenEvents,
  ServerSideEvents extends EventsMap = DefaultEventsMap,
  SocketData = Untyped,
  Req extends RequestHead = RequestHead,
> = (
  socket: Socket<ListenEvents, EmitEvents, ServerSideEvents, SocketData, Req>,
  next: (err?: ExtendedError) => void,
) => void;

/** The events that the library fires on a namespace. */
export interface NamespaceReservedEventsMap<
  ListenEvents extends EventsMap,
  EmitEvents extends EventsMap,
  ServerSideEvents extends EventsMap,
  SocketData,
  Req extends RequestHead = RequestHead,
> {
  /** The same as `connection`. */
  connect: (socket: Socket<ListenEvents, EmitEvents, ServerSideEvents, SocketData, Req>) => void;
  /** A client has joined the namespace. */
  connection: (socket: Socket<ListenEvents, EmitEvents, ServerSideEvents, SocketData, Req>) => void;
  /**
   * A handler of the user threw, or its promise was rejected. Without a listener it is printed: ten times
   * a minute for each event, and how many had no line is told with the next one.
   */
  // deno-lint-ignore camelcase -- the public name of the event
  handler_error: (error: Error, context: HandlerErrorContext) => void;
}

/** The events that the library fires on a server: those of its main namespace, and its own. */
export interface ServerReservedEventsMap<
  ListenEvents extends EventsMap,
  EmitEvents extends EventsMap,
  ServerSideEvents extends EventsMap,
  SocketData,
  Req extends RequestHead = RequestHead,
> extends NamespaceReservedEventsMap<ListenEvents, EmitEvents, ServerSideEvents, SocketData, Req> {
  /** A namespace was created. */
  // deno-lint-ignore camelcase -- the public name of the event
  new_namespace: (
    namespace: Namespace<ListenEvents, EmitEvents, ServerSideEvents, SocketData, Req>,
  ) => void;
}

// --- Socket ---

/**
 * One client in one namespace: what `connection` listeners get.
 *
 * @typeParam ListenEvents The events that the client sends
 * @typeParam EmitEvents The events that are sent to the client
 * @typeParam ServerSideEvents The events sent between servers
 * @typeParam SocketData The type of {@link data}
 * @typeParam Req The type of {@link request}
 * @example
 * ```ts
 * import { Server } from "@godwit/io";
 *
 * const io = new Server();
 *
 * io.on("connection", (socket) => {
 *   socket.emit("hello", "world");
 *
 *   socket.on("join", async (room) => {
 *     await socket.join(room);
 *     socket.to(room).emit("joined", socket.id);
 *   });
 *
 *   socket.on("disconnect", (reason) => {
 *     console.log(`${socket.id} left: ${reason}`);
 *   });
 * });
 * ```
 */
export abstract class Socket<
  ListenEvents extends EventsMap = DefaultEventsMap,
  EmitEvents extends EventsMap = ListenEvents,
  ServerSideEvents extends EventsMap = DefaultEventsMap,
  SocketData = Untyped,
  Req extends RequestHead = RequestHead,
> extends TypedEmitter<ListenEvents, SocketReservedEventsMap>
  implements TypedEventBroadcaster<EmitEvents> {
  /**
   * Identifies this socket; other than the id of the connection, it may be told to others. It is
   * also the name of a room that this socket alone is in.
   */
  abstract readonly id: string;

  /** The namespace that this socket belongs to. */
  abstract readonly nsp: Namespace<ListenEvents, EmitEvents, ServerSideEvents, SocketData, Req>;

  /** The server that this socket belongs to. */
  abstract readonly server: BaseServer<ListenEvents, EmitEvents, ServerSideEvents, SocketData, Req>;

  /** What keeps the rooms of the namespace: the same as `nsp.adapter`. */
  abstract readonly adapter: Adapter;

  /** The connection, shared with the sockets that this client has in other namespaces. */
  abstract readonly client: Client<Req>;

  /**
   * The Engine.IO session below.
   *
   * @example
   * ```ts
   * import { Server } from "@godwit/io";
   *
   * const io = new Server();
   *
   * io.on("connection", (socket) => {
   *   console.log(socket.conn.transport.name); // "polling" or "websocket"
   *
   *   socket.conn.once("upgrade", (transport) => {
   *     console.log(transport.name); // "websocket"
   *   });
   * });
   * ```
   */
  abstract readonly conn: EngineSocket<Req>;

  /**
   * The first request of the session: an `EngineRequest` on Deno and Bun, the `IncomingMessage` on
   * the Node entry.
   */
  abstract readonly request: Req;

  /** What the client and its first request told. */
  abstract readonly handshake: Handshake;

  /**
   * Whether the state of an earlier connection was recovered: the client then keeps its id, rooms
   * and `data`, and gets what it has missed. Default: `false`.
   */
  abstract readonly recovered: boolean;

  /**
   * Whatever is to be kept with this socket. It starts as an empty object.
   *
   * @example
   * ```ts
   * import { type DefaultEventsMap, Server } from "@godwit/io";
   *
   * interface SocketData {
   *   user: string;
   * }
   *
   * const io = new Server<DefaultEventsMap, DefaultEventsMap, DefaultEventsMap, SocketData>();
   *
   * io.use((socket, next) => {
   *   socket.data.user = String(socket.handshake.auth["name"]);
   *   next();
   * });
   * ```
   */
  abstract data: SocketData;

  /**
   * Whether the socket is in its namespace: `false` in a middleware of the namespace, `true` from
   * the `connection` event on until before `disconnect`.
   */
  abstract readonly connected: boolean;

  /** The opposite of {@link connected}. */
  abstract readonly disconnected: boolean;

  /**
   * The rooms that this socket is in, among them the one named by its id. Change them with
   * {@link join} and {@link leave}.
   */
  abstract readonly rooms: Set<string>;

  /**
   * New. Aborts when this socket ends, with a `DisconnectedError` that names the reason: for what a
   * handler has begun and nobody will ask for. It aborts as soon as {@link connected} is `false`, before
   * the `disconnect` listeners; asked for later, it has aborted. It is made when it is first read.
   *
   * A listener of it that throws or rejects is reported as any handler. One of another signal that is made
   * of it, by `AbortSignal.any()` or by a controller of yours, is the runtime's: what it throws is an
   * uncaught exception, which ends the process unless the program catches those. Catch it there.
   *
   * @example
   * ```ts
   * import { Server } from "@godwit/io";
   *
   * const io = new Server();
   *
   * io.on("connection", (socket) => {
   *   socket.on("search", async (text: string, answer: (found: string) => void) => {
   *     const url = `https://search.example/?q=${encodeURIComponent(text)}`;
   *     const response = await fetch(url, { signal: socket.signal }); // ends when the client leaves
   *     answer(await response.text());
   *   });
   * });
   * ```
   */
  abstract readonly signal: AbortSignal;

  /**
   * Emits an event to this client. Arguments are encoded before it returns: what is changed in them
   * later is not sent.
   *
   * @param ev Name of the event
   * @param args Arguments: what JSON can hold, and `ArrayBuffer`s and their views at any depth; a
   * function as the last one is called with what the client answers. When the client goes away before,
   * it is not called; one that takes an error first, after {@link timeout} or {@link withSignal}, gets a
   * `DisconnectedError`
   * @returns Always `true`, also when the socket is disconnected and nothing is sent
   * @throws {StateError} If `ev` is a reserved name, such as `"connect"` or `"disconnect"`, or if the
   * client owes `maxPendingAcks` answers already
   * @throws {TypeError} If an argument cannot be encoded (a cycle, a BigInt, a Blob)
   * @throws {RangeError} If an argument is nested too deeply
   * @example
   * ```ts
   * import { Server } from "@godwit/io";
   *
   * const io = new Server();
   *
   * io.on("connection", (socket) => {
   *   socket.emit("hello", "world", { raw: new Uint8Array([1, 2]) });
   *   socket.emit("question", "6 x 7?", (answer: number) => console.log(answer));
   * });
   * ```
   */
  abstract emit<Ev extends EventNames<EmitEvents>>(
    ev: Ev,
    ...args: EventParams<EmitEvents, Ev>
  ): boolean;

  /**
   * Emits an event and waits for the answer. Without a {@link timeout} it waits as long as the
   * client takes, or until it goes away.
   *
   * @param ev Name of the event
   * @param args Arguments, without a callback
   * @returns The first value that the client answered with
   * @throws {AckTimeoutError} (as rejection) If the client did not answer within the timeout
   * @throws {DisconnectedError} (as rejection) If the client has gone
   * @throws The reason of the signal of {@link withSignal} (as rejection), if it aborts before
   * @throws {StateError} (as rejection) If `ev` is a reserved name, or if the client owes
   * `maxPendingAcks` answers already
   * @throws {TypeError} (as rejection) If an argument cannot be encoded
   * @example
   * ```ts
   * import { Server } from "@godwit/io";
   *
   * const io = new Server();
   *
   * io.on("connection", async (socket) => {
   *   try {
   *     const answer = await socket.timeout(1000).emitWithAck("question", "6 x 7?");
   *     console.log(answer);
   *   } catch {
   *     console.log("the client did not answer within 1000 ms");
   *   }
   * });
   * ```
   */
  abstract emitWithAck<Ev extends EventNamesWithAck<EmitEvents>>(
    ev: Ev,
    ...args: AllButLast<EventParams<EmitEvents, Ev>>
  ): Promise<FirstNonErrorArg<Last<EventParams<EmitEvents, Ev>>>>;

  /**
   * Emits a `message` event, as a WebSocket has it.
   *
   * @param args Arguments of the event
   * @throws {TypeError} If an argument cannot be encoded
   * @example
   * ```ts
   * import { Server } from "@godwit/io";
   *
   * const io = new Server();
   *
   * io.on("connection", (socket) => {
   *   socket.send("hello"); // the same as socket.emit("message", "hello")
   * });
   * ```
   */
  abstract send(...args: EventParams<EmitEvents, "message">): this;

  /**
   * The same as {@link send}.
   *
   * @param args Arguments of the event
   * @throws {TypeError} If an argument cannot be encoded
   */
  abstract write(...args: EventParams<EmitEvents, "message">): this;

  /**
   * Joins rooms. A socket that is not connected any more joins nothing.
   *
   * @param rooms A room, or an array of rooms
   * @returns A promise where the adapter needs time; with the memory adapter, nothing: the socket is
   * in the rooms when the call returns
   * @throws {StateError} If the socket would be in more rooms than `maxRoomsPerSocket`
   * @example
   * ```ts
   * import { Server } from "@godwit/io";
   *
   * const io = new Server();
   *
   * io.on("connection", async (socket) => {
   *   await socket.join(["room1", "room2"]);
   *   console.log(socket.rooms); // Set { <the id of the socket>, "room1", "room2" }
   * });
   * ```
   */
  abstract join(rooms: string | string[]): Promise<void> | void;

  /**
   * Leaves a room. One that the socket is not in is ignored. A socket that disconnects leaves its rooms
   * by itself.
   *
   * @param room The room
   * @returns A promise where the adapter needs time; with the memory adapter, nothing
   * @example
   * ```ts
   * import { Server } from "@godwit/io";
   *
   * const io = new Server();
   *
   * io.on("connection", (socket) => {
   *   socket.on("unsubscribe", async (topic) => {
   *     await socket.leave(`topic:${topic}`);
   *   });
   * });
   * ```
   */
  abstract leave(room: string): Promise<void> | void;

  /**
   * Leaves all rooms, also the one named by the id: only what is emitted to this socket, or to all
   * sockets of the namespace, reaches it then.
   *
   * @returns A promise where the adapter needs time; with the memory adapter, nothing
   */
  abstract leaveAll(): Promise<void> | void;

  /**
   * Targets the sockets in a room, except this one. Several rooms, in one call or in several, are a
   * union: a client that is in many of them gets the event once.
   *
   * @param room A room, or an array of rooms; the id of a socket is the name of a room of its own
   * @returns A new operator, for chaining
   * @example
   * ```ts
   * import { Server } from "@godwit/io";
   *
   * const io = new Server();
   *
   * io.on("connection", (socket) => {
   *   socket.to(["room1", "room2"]).to("room3").emit("hello");
   *
   *   socket.on("private message", (to, text) => {
   *     socket.to(to).emit("private message", socket.id, text); // `to` is the id of a socket
   *   });
   * });
   * ```
   */
  abstract to(
    room: string | string[],
  ): BroadcastOperator<DecorateAcknowledgementsWithMultipleResponses<EmitEvents>, SocketData>;

  /**
   * The same as {@link to}; reads better where nothing is sent.
   *
   * @param room A room, or an array of rooms
   * @returns A new operator, for chaining
   * @example
   * ```ts
   * import { Server } from "@godwit/io";
   *
   * const io = new Server();
   *
   * io.on("connection", (socket) => {
   *   // everybody else in the room has to go
   *   socket.in("room1").disconnectSockets();
   * });
   * ```
   */
  abstract in(
    room: string | string[],
  ): BroadcastOperator<DecorateAcknowledgementsWithMultipleResponses<EmitEvents>, SocketData>;

  /**
   * Targets all sockets of the namespace but this one and those in these rooms.
   *
   * @param room A room, or an array of rooms
   * @returns A new operator, for chaining
   * @example
   * ```ts
   * import { Server } from "@godwit/io";
   *
   * const io = new Server();
   *
   * io.on("connection", (socket) => {
   *   socket.except("room-101").emit("hello");
   * });
   * ```
   */
  abstract except(
    room: string | string[],
  ): BroadcastOperator<DecorateAcknowledgementsWithMultipleResponses<EmitEvents>, SocketData>;

  /**
   * All sockets of the namespace but this one.
   *
   * @example
   * ```ts
   * import { Server } from "@godwit/io";
   *
   * const io = new Server();
   *
   * io.on("connection", (socket) => {
   *   socket.broadcast.emit("hello", "everybody else");
   * });
   * ```
   */
  abstract get broadcast(): BroadcastOperator<
    DecorateAcknowledgementsWithMultipleResponses<EmitEvents>,
    SocketData
  >;

  /**
   * All sockets of the namespace that are on this server, but this one.
   *
   * @example
   * ```ts
   * import { Server } from "@godwit/io";
   *
   * const io = new Server();
   *
   * io.on("connection", (socket) => {
   *   socket.local.emit("hello", "neighbours");
   * });
   * ```
   */
  abstract get local(): BroadcastOperator<
    DecorateAcknowledgementsWithMultipleResponses<EmitEvents>,
    SocketData
  >;

  /**
   * Lets the next event be lost: it is dropped if the client cannot be written to at once, because
   * something waits to be sent, or because it polls and no poll is there.
   *
   * @returns This socket, for the emit that follows
   * @example
   * ```ts
   * import { Server } from "@godwit/io";
   *
   * const io = new Server();
   *
   * io.on("connection", (socket) => {
   *   socket.volatile.emit("position", 12, 5); // the next one comes soon
   * });
   * ```
   */
  abstract get volatile(): this;

  /**
   * Says whether the next event may be compressed.
   *
   * @param compress `false` to send it as it is. Default without a call: `true`. It has an effect
   * only where the runtime and the options compress at all
   * @returns This socket, for the emit that follows
   * @example
   * ```ts
   * import { Server } from "@godwit/io";
   *
   * const io = new Server();
   *
   * io.on("connection", (socket) => {
   *   const jpeg = new Uint8Array(1000); // compressed already
   *   socket.compress(false).emit("picture", jpeg);
   * });
   * ```
   */
  abstract compress(compress: boolean): this;

  /**
   * Bytes that wait to be sent on the connection, here and in the runtime. All sockets of the client
   * share it.
   */
  abstract readonly bufferedAmount: number;

  /**
   * Whether an event emitted now would leave at once: what {@link volatile} goes by. `false` as soon
   * as something waits, during an upgrade, when the client polls and no poll is there, and when the
   * socket is disconnected.
   */
  abstract readonly writable: boolean;

  /**
   * Waits until little enough is left to be sent to this client, for those who would rather wait than
   * have {@link bufferedAmount} grow.
   *
   * @param options `below`, the most bytes that may be left, from 0 (default: 1,048,576, or half of
   * `maxBufferedBytes` where that is less), and `signal`, which ends the wait
   * @returns Fulfilled at once if no more is left now
   * @throws {DisconnectedError} (as rejection) If the socket is disconnected, or is while it waits
   * @throws {TypeError} (as rejection) If `below` is not a number from 0, or an option is unknown
   * @throws (as rejection) The reason of the signal, once it fires
   * @example
   * ```ts
   * import { Server } from "@godwit/io";
   *
   * const io = new Server();
   *
   * io.on("connection", (socket) => {
   *   socket.on("rows", async (count: number) => {
   *     for (let row = 0; row < count && socket.connected; row++) {
   *       socket.emit("row", row, "x".repeat(1000));
   *       await socket.drained();
   *     }
   *   });
   * });
   * ```
   */
  abstract drained(options?: DrainedOptions): Promise<void>;

  /**
   * Sets what may wait to be sent to this client, and what happens above that. What is left out stays
   * as it is: as of the namespace, or of the server. Events that are dropped are not told of, but
   * for those whose acknowledgement is awaited: an error comes in its place, within 50 ms, an {@link EventDroppedError}.
   *
   * What a socket with limits of its own emits counts by itself; what other sockets of the client
   * emit does not count for it. A small `maxBufferedBytes` also bounds how much is handed to the
   * runtime at once, for all sockets of the client.
   *
   * @param options The limits, and the policy
   * @returns This socket, for chaining
   * @throws {TypeError} If anything is wrong with them; the message lists all of it
   * @example
   * ```ts
   * import { Server } from "@godwit/io";
   *
   * const io = new Server();
   *
   * io.on("connection", (socket) => {
   *   if (socket.handshake.auth["slow"]) {
   *     socket.buffering({ maxBufferedBytes: 65_536, bufferPolicy: "dropOldest" });
   *   }
   * });
   * ```
   */
  abstract buffering(options: BufferingOptions): this;

  /**
   * Limits the wait for the acknowledgement of the next event. The callback then takes an error
   * first, which is set when the client did not answer in time.
   *
   * @param timeout Milliseconds, from 0, counted from the call of {@link emit} on. Default without a
   * call: no limit
   * @returns This socket, for the emit that follows
   * @throws {TypeError} If it is not a number of milliseconds from 0
   * @example
   * ```ts
   * import { Server } from "@godwit/io";
   *
   * const io = new Server();
   *
   * io.on("connection", (socket) => {
   *   socket.timeout(5000).emit("question", "6 x 7?", (err: Error | null, answer?: number) => {
   *     if (err) console.log("the client did not answer within 5 seconds");
   *     else console.log(answer);
   *   });
   * });
   * ```
   */
  abstract timeout(
    timeout: number,
    options: TimeoutOptions,
  ): Socket<ListenEvents, DecorateAcknowledgements<EmitEvents>, ServerSideEvents, SocketData, Req>;
  /** Limits the wait for the acknowledgement of the next event by time alone. */
  abstract timeout(
    timeout: number,
  ): Socket<ListenEvents, DecorateAcknowledgements<EmitEvents>, ServerSideEvents, SocketData, Req>;

  /**
   * New. Has a signal end the wait for the acknowledgement of the next event: the callback, which takes
   * an error first then, gets the signal's reason. If it has aborted already, the event is not sent.
   *
   * @param signal Any signal; one that lives long gathers nothing
   * @returns This socket, for the emit that follows
   * @throws {TypeError} If it is not an AbortSignal
   * @example
   * ```ts
   * import { Server } from "@godwit/io";
   *
   * const io = new Server();
   *
   * io.on("connection", async (socket) => {
   *   const patience = AbortSignal.timeout(60_000);
   *   for (const question of ["6 x 7?", "7 x 8?"]) {
   *     console.log(await socket.withSignal(patience).emitWithAck("question", question));
   *   }
   * });
   * ```
   */
  abstract withSignal(
    signal: AbortSignal,
  ): Socket<ListenEvents, DecorateAcknowledgements<EmitEvents>, ServerSideEvents, SocketData, Req>;

  /**
   * New. Says how the events of this client run beside one another, from the next one on. Those that wait
   * keep their turn. More than `maxPendingEvents` that wait end the session; those that wait when it ends
   * are dropped.
   *
   * @param mode See {@link HandlerMode}. Default without a call: that of the namespace
   * @returns This socket, for chaining
   * @throws {TypeError} If it is not a mode
   * @example
   * ```ts
   * import { Server } from "@godwit/io";
   *
   * const io = new Server();
   * const kept: string[] = [];
   *
   * io.on("connection", (socket) => {
   *   socket.handlerMode("serial");
   *   socket.on("keep", async (line: string) => {
   *     await Promise.resolve(); // the next "keep" waits for it
   *     kept.push(line);
   *   });
   * });
   * ```
   */
  abstract handlerMode(
    mode: HandlerMode<Socket<ListenEvents, EmitEvents, ServerSideEvents, SocketData, Req>>,
  ): this;

  /**
   * Disconnects this client from the namespace. What was emitted before is sent first.
   *
   * @param close `true` to close the connection too, and with it the sockets of this client in other
   * namespaces. Default: `false`
   * @returns This socket. Its `disconnect` listeners have been called, with the reason
   * `"server namespace disconnect"`; a client does not reconnect by itself after that
   * @example
   * ```ts
   * import { Server } from "@godwit/io";
   *
   * const io = new Server();
   *
   * io.on("connection", (socket) => {
   *   socket.disconnect(true);
   * });
   * ```
   */
  abstract disconnect(close?: boolean): this;

  /**
   * Adds a middleware that runs for each incoming event, before its listeners, in the order of
   * adding. Acknowledgements do not pass it, nor does what the library fires.
   *
   * @param fn Gets the event, and `next`, to be called once: with nothing to go on, with an error to
   * drop the event, which fires the `error` event here
   * @returns This socket, for chaining
   * @example
   * ```ts
   * import { Server } from "@godwit/io";
   *
   * const io = new Server();
   *
   * io.on("connection", (socket) => {
   *   socket.use(([event], next) => {
   *     if (event !== "shut down" || socket.data.isAdmin) next();
   *     else next(new Error("not allowed"));
   *   });
   *
   *   socket.on("error", (err) => console.log(err.message)); // "not allowed"
   * });
   * ```
   */
  abstract use(fn: (event: Event, next: (err?: Error) => void) => void): this;

  /**
   * Adds a listener that is called for every incoming event, before the middlewares of {@link use} and
   * the listeners of the event. Acknowledgements are not among them.
   *
   * @param listener Gets the name of the event, then its arguments; the last one is a function if the
   * client wants an answer
   * @returns This socket, for chaining
   * @example
   * ```ts
   * import { Server } from "@godwit/io";
   *
   * const io = new Server();
   *
   * io.on("connection", (socket) => {
   *   socket.onAny((event, ...args) => console.log(event, args));
   * });
   * ```
   */
  abstract onAny(listener: UntypedListener): this;

  /**
   * Adds a listener as {@link onAny} does, before those that are there.
   *
   * @param listener Gets the name of the event, then its arguments
   * @returns This socket, for chaining
   */
  abstract prependAny(listener: UntypedListener): this;

  /**
   * Removes a listener that was added with {@link onAny} or {@link prependAny}; one that was added
   * twice is removed once, the first one in the order of calling.
   *
   * @param listener The listener; without it, all of them are removed
   * @returns This socket, for chaining
   * @example
   * ```ts
   * import { Server } from "@godwit/io";
   *
   * const io = new Server();
   *
   * io.on("connection", (socket) => {
   *   const log = (event: string) => console.log(event);
   *   socket.onAny(log).prependAny(() => {});
   *
   *   socket.on("quiet", () => {
   *     socket.offAny(log);
   *     console.log(socket.listenersAny().length); // 1
   *   });
   * });
   * ```
   */
  abstract offAny(listener?: UntypedListener): this;

  /**
   * The listeners that were added with {@link onAny} and {@link prependAny}, in the order in which
   * they are called.
   */
  abstract listenersAny(): UntypedListener[];

  /**
   * Adds a listener that is called for every event that is sent to this client, by itself or by a
   * broadcast. Acknowledgements are not among them.
   *
   * @param listener Gets the name of the event, then its arguments, without the function that takes the
   * answer
   * @returns This socket, for chaining
   * @example
   * ```ts
   * import { Server } from "@godwit/io";
   *
   * const io = new Server();
   *
   * io.on("connection", (socket) => {
   *   socket.onAnyOutgoing((event, ...args) => console.log(event, args));
   * });
   * ```
   */
  abstract onAnyOutgoing(listener: UntypedListener): this;

  /**
   * Adds a listener as {@link onAnyOutgoing} does, before those that are there.
   *
   * @param listener Gets the name of the event, then its arguments
   * @returns This socket, for chaining
   */
  abstract prependAnyOutgoing(listener: UntypedListener): this;

  /**
   * Removes a listener that was added with {@link onAnyOutgoing} or {@link prependAnyOutgoing}; one
   * that was added twice is removed once, the first one in the order of calling.
   *
   * @param listener The listener; without it, all of them are removed
   * @returns This socket, for chaining
   */
  abstract offAnyOutgoing(listener?: UntypedListener): this;

  /**
   * The listeners that were added with {@link onAnyOutgoing} and {@link prependAnyOutgoing}, in the
   * order in which they are called.
   */
  abstract listenersAnyOutgoing(): UntypedListener[];
}

// --- Namespace ---

/**
 * A part of a server with sockets, rooms, middlewares and listeners of its own. All namespaces of a
 * client share one connection.
 *
 * @typeParam ListenEvents The events that clients send
 * @typeParam EmitEvents The events that are sent to clients
 * @typeParam ServerSideEvents The events sent between servers
 * @typeParam SocketData The type of `socket.data`
 * @typeParam Req The type of `socket.request`
 * @example
 * ```ts
 * import { Server } from "@godwit/io";
 *
 * const io = new Server();
 * const admin = io.of("/admin");
 *
 * admin.use((socket, next) => {
 *   const { token } = socket.handshake.auth;
 *   next(token === "letmein" ? undefined : new Error("not authorized"));
 * });
 *
 * admin.on("connection", (socket) => {
 *   socket.on("delete user", (id) => console.log(`${id} is to go`));
 * });
 * ```
 */
export abstract class Namespace<
  ListenEvents extends EventsMap = DefaultEventsMap,
  EmitEvents extends EventsMap = ListenEvents,
  ServerSideEvents extends EventsMap = DefaultEventsMap,
  SocketData = Untyped,
  Req extends RequestHead = RequestHead,
> extends Broadcaster<
  EmitEvents,
  ServerSideEvents,
  SocketData,
  NamespaceReservedEventsMap<ListenEvents, EmitEvents, ServerSideEvents, SocketData, Req>
> {
  /** The name, with a leading slash: `"/"` is the main namespace. */
  abstract readonly name: string;

  /**
   * Sets what may wait to be sent to each client of this namespace, and what happens above that, for
   * sockets that are connected and those that come. What is left out stays as it is. Where a socket
   * has limits of its own, those count.
   *
   * @param options The limits, and the policy
   * @returns This namespace, for chaining
   * @throws {TypeError} If anything is wrong with them; the message lists all of it
   * @example
   * ```ts
   * import { Server } from "@godwit/io";
   * import { assertThrows } from "@std/assert";
   *
   * const io = new Server();
   *
   * // a client that cannot keep up gets the newest prices
   * io.of("/prices").buffering({ maxBufferedPackets: 100, bufferPolicy: "dropOldest" });
   *
   * assertThrows(() => io.of("/").buffering({ maxBufferedPackets: 0 }), TypeError);
   * ```
   */
  abstract buffering(options: BufferingOptions): this;

  /**
   * The sockets of this namespace that are connected to this server, by id. A live view: do not change
   * it.
   */
  abstract readonly sockets: Map<
    string,
    Socket<ListenEvents, EmitEvents, ServerSideEvents, SocketData, Req>
  >;

  /** What keeps the rooms of this namespace and carries its broadcasts. */
  abstract readonly adapter: Adapter;

  /** The server that this namespace belongs to. */
  abstract readonly server: BaseServer<ListenEvents, EmitEvents, ServerSideEvents, SocketData, Req>;

  /**
   * Adds a middleware that runs for each client that wants to join, in the order of adding, before
   * the `connection` event.
   *
   * @param fn Gets the socket, not connected yet, and `next`, to be called once: with nothing to go
   * on, with an error to refuse the client, which gets a `connect_error` with its message and `data`
   * @example
   * ```ts
   * import { Server } from "@godwit/io";
   *
   * const io = new Server();
   *
   * io.of("/chat").use((socket, next) => {
   *   const { name } = socket.handshake.auth;
   *   if (typeof name !== "string") return next(new Error("who are you?"));
   *   socket.data.name = name;
   *   next();
   * });
   * ```
   */
  abstract use(
    fn: NamespaceMiddleware<ListenEvents, EmitEvents, ServerSideEvents, SocketData, Req>,
  ): this;

  /**
   * New. Says how the events of each client run beside one another, for the sockets that come in from
   * now on; of a parent namespace, for those of the namespaces that come into being.
   *
   * @param mode See {@link HandlerMode}. Default without a call: the option `handlerMode`
   * @returns This namespace, for chaining
   * @throws {TypeError} If it is not a mode
   * @example
   * ```ts
   * import { Server } from "@godwit/io";
   *
   * const io = new Server();
   * io.of("/bank").handlerMode("serial");
   * ```
   */
  abstract handlerMode(
    mode: HandlerMode<Socket<ListenEvents, EmitEvents, ServerSideEvents, SocketData, Req>>,
  ): this;
}

// --- Server ---

/**
 * A Socket.IO server. What it emits and listens to is that of its main namespace, `"/"`.
 *
 * @typeParam ListenEvents The events that clients send
 * @typeParam EmitEvents The events that are sent to clients
 * @typeParam ServerSideEvents The events sent between servers
 * @typeParam SocketData The type of `socket.data`
 * @typeParam Req The type of `socket.request`
 * @example
 * ```ts
 * import { type BaseServer, Server } from "@godwit/io";
 *
 * // works with the server of any entry
 * function greet(io: BaseServer): void {
 *   io.on("connection", (socket) => {
 *     socket.emit("hello", socket.id);
 *   });
 * }
 *
 * greet(new Server());
 * ```
 */
export abstract class BaseServer<
  ListenEvents extends EventsMap = DefaultEventsMap,
  EmitEvents extends EventsMap = ListenEvents,
  ServerSideEvents extends EventsMap = DefaultEventsMap,
  SocketData = Untyped,
  Req extends RequestHead = RequestHead,
> extends Broadcaster<
  EmitEvents,
  ServerSideEvents,
  SocketData,
  ServerReservedEventsMap<ListenEvents, EmitEvents, ServerSideEvents, SocketData, Req>
> {
  /** The main namespace, `"/"`. */
  abstract readonly sockets: Namespace<ListenEvents, EmitEvents, ServerSideEvents, SocketData, Req>;

  /**
   * The Engine.IO server below.
   *
   * @example
   * ```ts
   * import { Server } from "@godwit/io";
   * import { assertEquals } from "@std/assert";
   *
   * const io = new Server();
   * assertEquals(io.engine.clientsCount, 0);
   * ```
   */
  abstract readonly engine: Engine<Req>;

  /** What was refused, dropped, limited and ended so far, for exporters of metrics. */
  abstract readonly counters: ServerCounters;

  /**
   * Finds a namespace, or creates it.
   *
   * @param name A name (a missing leading slash is added), or which names clients may ask for: a
   * regular expression, or a function that decides. The namespaces that come into being that way
   * have the middlewares and listeners of the one returned here, and what is emitted here is sent
   * to the clients of all of them
   * @param listener A listener for `connection`, to save a line
   * @example
   * ```ts
   * import { Server } from "@godwit/io";
   * import { assertEquals } from "@std/assert";
   *
   * const io = new Server();
   *
   * const chat = io.of("/chat");
   * assertEquals(chat.name, "/chat");
   * assertEquals(io.of("/chat"), chat);
   *
   * io.of(/^\/room-\d+$/).on("connection", (socket) => {
   *   console.log(socket.nsp.name); // for example "/room-101"
   * });
   * ```
   */
  abstract of(
    name: string | RegExp | ParentNspNameMatchFn,
    listener?: (
      socket: Socket<ListenEvents, EmitEvents, ServerSideEvents, SocketData, Req>,
    ) => void,
  ): Namespace<ListenEvents, EmitEvents, ServerSideEvents, SocketData, Req>;

  /**
   * Adds a middleware to the main namespace.
   *
   * @param fn Gets the socket, not connected yet, and `next`, to be called once: with nothing to go
   * on, with an error to refuse the client, which gets a `connect_error` with its message and `data`
   * @example
   * ```ts
   * import { Server } from "@godwit/io";
   *
   * const io = new Server();
   *
   * io.use((socket, next) => {
   *   if (socket.handshake.auth["token"] === "letmein") return next();
   *   next(Object.assign(new Error("not authorized"), { data: { retry: false } }));
   * });
   * ```
   */
  abstract use(
    fn: NamespaceMiddleware<ListenEvents, EmitEvents, ServerSideEvents, SocketData, Req>,
  ): this;

  /**
   * New. Sets what may wait to be sent to each client of the main namespace, see
   * {@link Namespace.buffering}.
   *
   * @param options The limits, and the policy; what is left out stays as it is
   * @returns This server, for chaining
   * @throws {TypeError} If an option is wrong or unknown
   */
  abstract buffering(options: BufferingOptions): this;

  /**
   * New. Says how the events of each client of the main namespace run beside one another, see
   * {@link Namespace.handlerMode}.
   *
   * @param mode See {@link HandlerMode}. Default without a call: the option `handlerMode`
   * @returns This server, for chaining
   * @throws {TypeError} If it is not a mode
   */
  abstract handlerMode(
    mode: HandlerMode<Socket<ListenEvents, EmitEvents, ServerSideEvents, SocketData, Req>>,
  ): this;

  /** The path that is served, without a slash at the end. Default: `"/socket.io"`. */
  abstract path(): string;
  /**
   * Sets the path that is served.
   *
   * @param value The path, with a leading slash; a trailing slash is dropped
   * @returns This server, for chaining
   * @throws {TypeError} If it is not a path
   * @example
   * ```ts
   * import { Server } from "@godwit/io";
   * import { assertEquals } from "@std/assert";
   *
   * const io = new Server();
   * assertEquals(io.path(), "/socket.io");
   *
   * io.path("/my-path/");
   * assertEquals(io.path(), "/my-path");
   * ```
   */
  abstract path(value: string): this;

  /** How long a connection may be without a namespace, in milliseconds. Default: 45,000. */
  abstract connectTimeout(): number;
  /**
   * Sets how long a connection may be without a namespace before it is closed.
   *
   * @param value Milliseconds, from 0; connections that are open already keep what they have
   * @returns This server, for chaining
   * @throws {TypeError} If it is not a number of milliseconds from 0
   */
  abstract connectTimeout(value: number): this;

  /** What makes the adapter of each namespace. */
  abstract adapter(): AdapterFactory;
  /**
   * Changes what makes the adapters. Namespaces that are there get a new one, with the sockets in the
   * rooms that they are in; listeners of room events stay behind with the old one, which is closed.
   *
   * @param factory Makes the adapter of a namespace
   * @returns This server, for chaining
   * @throws {TypeError} If it is not a function that makes adapters of this package
   * @throws {StateError} After `close()`
   * @example
   * ```ts
   * import { type AdapterFactory, Server } from "@godwit/io";
   * import { assertEquals } from "@std/assert";
   *
   * const io = new Server();
   * const inMemory: AdapterFactory = io.adapter();
   * const namespaces: string[] = [];
   *
   * io.adapter((context) => {
   *   namespaces.push(context.namespace);
   *   return inMemory(context);
   * });
   * io.of("/chat");
   * assertEquals(namespaces, ["/", "/chat"]);
   * ```
   */
  abstract adapter(factory: AdapterFactory): this;

  /** Whether the files of the client are served: `false`, there are none here. */
  abstract serveClient(): boolean;
  /**
   * Says whether the files of the client are served.
   *
   * @param value `false`; they cannot be served yet
   * @returns This server, for chaining
   * @throws {StateError} If it is `true`
   */
  abstract serveClient(value: boolean): this;

  /**
   * Answers a request of a Socket.IO client, whatever the runtime.
   *
   * @param request The request
   * @param info What the runtime tells beside the request, such as the address of the client
   * @returns The response; that of a polling request may take until there is something to send
   */
  abstract fetch(request: Request, info?: unknown): Promise<Response> | Response;

  /**
   * Closes the server: disconnects all clients at once, with the reason `"server shutting down"`,
   * closes the adapters, and refuses what comes later. Calling it again does no more.
   *
   * @param fn Called at the end, with an error if closing failed
   * @returns Fulfilled at the end
   * @example
   * ```ts
   * import { Server } from "@godwit/io";
   * import { assertEquals } from "@std/assert";
   *
   * const io = new Server();
   * await io.close();
   *
   * const late = await io.fetch(new Request("http://localhost/socket.io/?EIO=4&transport=polling"));
   * assertEquals(late.status, 503);
   * ```
   */
  abstract close(fn?: (err?: Error) => void): Promise<void>;
}

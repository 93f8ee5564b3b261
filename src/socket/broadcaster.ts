/**
 * What can be done to many sockets at once: the operator that selects them, the methods that
 * namespaces and servers share, and the sockets that are found wherever they are.
 *
 * Owns the names, signatures and documents of these classes; no behaviour. They live in one file
 * because their types refer to one another.
 *
 * Invariants:
 * - An operator is immutable: a modifier returns a new one.
 * - Everything is abstract, and typed by the event map that clients hear.
 *
 * Source: the documented server API of socket.io 4.8.
 *
 * @module
 */
import type {
  AllButLast,
  DecorateAcknowledgements,
  DecorateAcknowledgementsWithMultipleResponses,
  DecorateAcknowledgementsWithTimeoutAndMultipleResponses,
  EventNames,
  EventNamesWithAck,
  EventNamesWithError,
  EventNamesWithoutAck,
  EventParams,
  EventsMap,
  FirstNonErrorArg,
  Last,
  TimeoutOptions,
  TypedEventBroadcaster,
} from "./events.ts";
import type { Handshake } from "./handshake.ts";
import { TypedEmitter } from "./typed_emitter.ts";

/**
 * A choice of sockets and modifiers, to which events are emitted. It never changes: each modifier
 * returns a new operator, so one can be kept and used again.
 *
 * @typeParam EmitEvents The events that can be emitted, with acknowledgements as a broadcast has them
 * @typeParam SocketData The type of `socket.data`
 * @example
 * ```ts
 * import { Server } from "@godwit/io";
 *
 * const io = new Server();
 *
 * const staff = io.to("admins").to("moderators").except("on-leave");
 * staff.emit("notice", "the build is green");
 * staff.emit("notice", "time for lunch");
 * ```
 */
export abstract class BroadcastOperator<EmitEvents extends EventsMap, SocketData>
  implements TypedEventBroadcaster<EmitEvents> {
  /**
   * Targets rooms. Several rooms, in one call or in several, are a union: a client that is in many
   * of them gets the event once. Without any room, all sockets of the namespace are targeted.
   *
   * @param room A room, or an array of rooms; the id of a socket is the name of a room of its own
   * @returns A new operator; this one stays as it is
   * @example
   * ```ts
   * import { Server } from "@godwit/io";
   *
   * const io = new Server();
   *
   * io.to("room-101").emit("foo", "bar");
   * io.to(["room-101", "room-102"]).to("room-103").emit("foo", "bar");
   * ```
   */
  abstract to(room: string | string[]): BroadcastOperator<EmitEvents, SocketData>;

  /**
   * The same as {@link to}; reads better where nothing is sent.
   *
   * @param room A room, or an array of rooms
   * @returns A new operator
   */
  abstract in(room: string | string[]): BroadcastOperator<EmitEvents, SocketData>;

  /**
   * Leaves out the sockets that are in these rooms, even if they are in a targeted one too.
   *
   * @param room A room, or an array of rooms
   * @returns A new operator
   * @example
   * ```ts
   * import { Server } from "@godwit/io";
   *
   * const io = new Server();
   *
   * io.to("room-101").except("room-102").emit("foo", "bar");
   * ```
   */
  abstract except(room: string | string[]): BroadcastOperator<EmitEvents, SocketData>;

  /**
   * Says whether the event may be compressed.
   *
   * @param compress `false` to send it as it is. Default without a call: `true`. It has an effect
   * only where the runtime and the options compress at all
   * @returns A new operator
   */
  abstract compress(compress: boolean): BroadcastOperator<EmitEvents, SocketData>;

  /**
   * Lets the event be lost: a client that cannot be written to at once does not get it later.
   *
   * @example
   * ```ts
   * import { Server } from "@godwit/io";
   *
   * const io = new Server();
   *
   * io.volatile.emit("position", 12, 5); // the next one comes soon
   * ```
   */
  abstract get volatile(): BroadcastOperator<EmitEvents, SocketData>;

  /**
   * Sends to the clients of this server only, not to those of other servers of a cluster.
   *
   * @example
   * ```ts
   * import { Server } from "@godwit/io";
   *
   * const io = new Server();
   *
   * io.local.emit("foo", "bar");
   * ```
   */
  abstract get local(): BroadcastOperator<EmitEvents, SocketData>;

  /**
   * Limits the wait for acknowledgements. The callback then takes an error first, which is set when
   * some client did not answer in time.
   *
   * @param timeout Milliseconds, from 0, counted from the call of {@link emit} on
   * @returns A new operator
   * @throws {TypeError} If it is not a number of milliseconds from 0
   * @example
   * ```ts
   * import { Server } from "@godwit/io";
   * import { assertEquals } from "@std/assert";
   *
   * const io = new Server();
   *
   * io.timeout(1000).emit("some-event", (err: Error | null, responses: unknown[]) => {
   *   if (err) console.log("some clients did not answer within 1000 ms");
   *   assertEquals(responses, []); // one for each client that did, and here is none
   * });
   * ```
   */
  abstract timeout(
    timeout: number,
    options: TimeoutOptions,
  ): BroadcastOperator<DecorateAcknowledgements<EmitEvents>, SocketData>;
  /** Limits the wait by time alone. */
  abstract timeout(
    timeout: number,
  ): BroadcastOperator<DecorateAcknowledgements<EmitEvents>, SocketData>;

  /**
   * New. Has a signal end the wait for acknowledgements: the callback, which takes an error first then,
   * gets the signal's reason, and the answers so far. If it has aborted already, nothing is sent. A
   * {@link timeout} is needed all the same, for other servers cannot see the signal.
   *
   * @param signal Any signal; one that lives long gathers nothing
   * @returns A new operator
   * @throws {TypeError} If it is not an AbortSignal
   * @example
   * ```ts
   * import { Server } from "@godwit/io";
   * import { assertEquals } from "@std/assert";
   *
   * const io = new Server();
   * const { signal } = new AbortController();
   *
   * const responses = await io.withSignal(signal).timeout(1000).emitWithAck("some-event");
   * assertEquals(responses, []); // one for each client, and there is none
   * ```
   */
  abstract withSignal(
    signal: AbortSignal,
  ): BroadcastOperator<DecorateAcknowledgements<EmitEvents>, SocketData>;

  /**
   * Emits an event to the chosen sockets. Arguments are encoded before it returns: what is changed
   * in them later is not sent.
   *
   * @param ev Name of the event
   * @param args Arguments: what JSON can hold, and `ArrayBuffer`s and their views at any depth; after a
   * {@link timeout}, a function as the last one is called with the acknowledgements
   * @returns Always `true`
   * @throws {StateError} If `ev` is a reserved name, such as `"connect"` or `"disconnect"`, or if
   * acknowledgements are asked for without a {@link timeout}
   * @throws {TypeError} If an argument cannot be encoded (a cycle, a BigInt, a Blob)
   * @throws {RangeError} If an argument is nested too deeply
   * @example
   * ```ts
   * import { Server } from "@godwit/io";
   *
   * const io = new Server();
   *
   * io.to("room-101").emit("foo", "bar");
   * ```
   */
  abstract emit<Ev extends EventNames<EmitEvents>>(
    ev: Ev,
    ...args: EventParams<EmitEvents, Ev>
  ): boolean;

  /**
   * Emits an event and waits for the acknowledgements of all chosen clients. Needs a
   * {@link timeout} before it.
   *
   * @param ev Name of the event
   * @param args Arguments, without a callback
   * @returns The answers, one per client
   * @throws {AckTimeoutError} (as rejection) If some client did not answer in time; its `responses`
   * has the answers of the others
   * @throws {StateError} (as rejection) If `ev` is a reserved name, or without a {@link timeout}
   * @throws {TypeError} (as rejection) If an argument cannot be encoded
   * @example
   * ```ts
   * import { Server } from "@godwit/io";
   * import { assertEquals } from "@std/assert";
   *
   * const io = new Server();
   *
   * const responses = await io.timeout(1000).emitWithAck("some-event");
   * assertEquals(responses, []); // one for each client, and there is none
   * ```
   */
  abstract emitWithAck<Ev extends EventNamesWithError<EmitEvents>>(
    ev: Ev,
    ...args: AllButLast<EventParams<EmitEvents, Ev>>
  ): Promise<FirstNonErrorArg<Last<EventParams<EmitEvents, Ev>>>>;

  /**
   * Finds the chosen sockets, on all servers of the cluster.
   *
   * @returns Those of this server are the `Socket` instances themselves
   * @throws {Error} (as rejection) If some server did not answer in time
   * @example
   * ```ts
   * import { Server } from "@godwit/io";
   *
   * const io = new Server();
   *
   * for (const socket of await io.in("room-101").fetchSockets()) {
   *   console.log(socket.id, socket.rooms, socket.data);
   * }
   * ```
   */
  abstract fetchSockets(): Promise<RemoteSocket<EmitEvents, SocketData>[]>;

  /**
   * Makes the chosen sockets join rooms. With the memory adapter they are in them when the call
   * returns.
   *
   * @param room A room, or an array of rooms
   * @example
   * ```ts
   * import { Server } from "@godwit/io";
   *
   * const io = new Server();
   *
   * io.in("room-101").socketsJoin(["room-102", "room-103"]);
   * ```
   */
  abstract socketsJoin(room: string | string[]): void;

  /**
   * Makes the chosen sockets leave rooms.
   *
   * @param room A room, or an array of rooms
   * @example
   * ```ts
   * import { Server } from "@godwit/io";
   *
   * const io = new Server();
   *
   * io.in("room-101").socketsLeave("room-102");
   * ```
   */
  abstract socketsLeave(room: string | string[]): void;

  /**
   * Disconnects the chosen sockets. What was emitted to them before is sent first.
   *
   * @param close `true` to close their connections too, and with them their sockets in other
   * namespaces. Default: `false`
   * @example
   * ```ts
   * import { Server } from "@godwit/io";
   *
   * const io = new Server();
   *
   * io.in("room-101").disconnectSockets(true);
   * ```
   */
  abstract disconnectSockets(close?: boolean): void;

  /**
   * The ids of the chosen sockets, on all servers of the cluster.
   *
   * @deprecated Use {@link fetchSockets}
   */
  abstract allSockets(): Promise<Set<string>>;
}

/**
 * A socket that {@link BroadcastOperator.fetchSockets} has found, on whatever server it is.
 *
 * @typeParam EmitEvents The events that can be emitted to it
 * @typeParam SocketData The type of {@link data}
 * @example
 * ```ts
 * import { Server } from "@godwit/io";
 *
 * const io = new Server();
 *
 * for (const socket of await io.fetchSockets()) {
 *   console.log(socket.id, socket.rooms, socket.handshake.address);
 *   if (socket.data.isIdle) socket.disconnect(true);
 * }
 * ```
 */
export abstract class RemoteSocket<EmitEvents extends EventsMap, SocketData>
  implements TypedEventBroadcaster<EmitEvents> {
  /** Identifies the socket; it is also the name of a room of its own. */
  abstract readonly id: string;

  /** What the client and its first request told. */
  abstract readonly handshake: Handshake;

  /** The rooms that the socket is in; of one on another server, those it was in when it was found. */
  abstract readonly rooms: Set<string>;

  /** What is kept with the socket; of one on another server, a copy. */
  abstract readonly data: SocketData;

  /**
   * Limits the wait for the acknowledgement of the client, which a socket on another server needs.
   *
   * @param timeout Milliseconds, from 0, counted from the call of {@link emit} on
   * @returns An operator for this socket; its acknowledgement has one value, not one for each client
   * @throws {TypeError} If it is not a number of milliseconds from 0
   * @example
   * ```ts
   * import { Server } from "@godwit/io";
   *
   * const io = new Server();
   *
   * // asks one client, on whatever server it is; undefined when it is gone
   * async function ask(id: string): Promise<unknown> {
   *   const [socket] = await io.in(id).fetchSockets();
   *   return await socket?.timeout(1000).emitWithAck("question", "6 x 7?");
   * }
   *
   * await ask("the id of a socket");
   * ```
   */
  abstract timeout(
    timeout: number,
    options: TimeoutOptions,
  ): BroadcastOperator<DecorateAcknowledgements<EmitEvents>, SocketData>;
  /** Limits the wait by time alone. */
  abstract timeout(
    timeout: number,
  ): BroadcastOperator<DecorateAcknowledgements<EmitEvents>, SocketData>;

  /**
   * Emits an event to the socket.
   *
   * @param ev Name of the event
   * @param args Arguments; a function as the last one is called with the acknowledgement, see
   * {@link timeout}
   * @returns Always `true`
   * @throws {StateError} If `ev` is a reserved name, such as `"connect"` or `"disconnect"`
   * @throws {TypeError} If an argument cannot be encoded (a cycle, a BigInt, a Blob)
   */
  abstract emit<Ev extends EventNames<EmitEvents>>(
    ev: Ev,
    ...args: EventParams<EmitEvents, Ev>
  ): boolean;

  /**
   * Makes the socket join rooms.
   *
   * @param room A room, or an array of rooms
   */
  abstract join(room: string | string[]): void;

  /**
   * Makes the socket leave a room.
   *
   * @param room The room
   */
  abstract leave(room: string): void;

  /**
   * Disconnects the socket.
   *
   * @param close `true` to close its connection too. Default: `false`
   */
  abstract disconnect(close?: boolean): this;
}

/**
 * What a `Namespace` and a `Server` have in common: they listen to the events of other servers, and
 * send to many sockets.
 *
 * @typeParam EmitEvents The events sent to clients
 * @typeParam ServerSideEvents The events sent between servers
 * @typeParam SocketData The type of `socket.data`
 * @typeParam ReservedEvents The events that the library fires
 * @example
 * ```ts
 * import { Server } from "@godwit/io";
 *
 * const io = new Server();
 *
 * // what is said to the server is said to its main namespace
 * for (const sender of [io, io.of("/"), io.of("/chat")]) {
 *   sender.to("news").except("quiet").emit("hello", "world");
 * }
 * ```
 */
export abstract class Broadcaster<
  EmitEvents extends EventsMap,
  ServerSideEvents extends EventsMap,
  SocketData,
  ReservedEvents extends EventsMap,
> extends TypedEmitter<ServerSideEvents, ReservedEvents> {
  /**
   * Targets rooms. Several rooms, in one call or in several, are a union: a client that is in many
   * of them gets the event once.
   *
   * @param room A room, or an array of rooms; the id of a socket is the name of a room of its own
   * @returns A new operator, for chaining
   * @example
   * ```ts
   * import { Server } from "@godwit/io";
   *
   * const io = new Server();
   *
   * io.to("room-101").emit("foo", "bar");
   * io.to(["room-101", "room-102"]).to("room-103").emit("foo", "bar");
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
   */
  abstract in(
    room: string | string[],
  ): BroadcastOperator<DecorateAcknowledgementsWithMultipleResponses<EmitEvents>, SocketData>;

  /**
   * Targets all sockets but those in these rooms.
   *
   * @param room A room, or an array of rooms
   * @returns A new operator, for chaining
   * @example
   * ```ts
   * import { Server } from "@godwit/io";
   *
   * const io = new Server();
   *
   * io.except("room-101").emit("foo", "bar");
   * ```
   */
  abstract except(
    room: string | string[],
  ): BroadcastOperator<DecorateAcknowledgementsWithMultipleResponses<EmitEvents>, SocketData>;

  /**
   * Says whether the event may be compressed.
   *
   * @param compress `false` to send it as it is. Default without a call: `true`. It has an effect
   * only where the runtime and the options compress at all
   * @returns A new operator, for chaining
   */
  abstract compress(
    compress: boolean,
  ): BroadcastOperator<DecorateAcknowledgementsWithMultipleResponses<EmitEvents>, SocketData>;

  /**
   * Lets the event be lost: a client that cannot be written to at once does not get it later.
   *
   * @example
   * ```ts
   * import { Server } from "@godwit/io";
   *
   * const io = new Server();
   *
   * io.volatile.emit("position", 12, 5); // the next one comes soon
   * ```
   */
  abstract get volatile(): BroadcastOperator<
    DecorateAcknowledgementsWithMultipleResponses<EmitEvents>,
    SocketData
  >;

  /**
   * Sends to the clients of this server only, not to those of other servers of a cluster.
   *
   * @example
   * ```ts
   * import { Server } from "@godwit/io";
   *
   * const io = new Server();
   *
   * io.local.emit("foo", "bar");
   * ```
   */
  abstract get local(): BroadcastOperator<
    DecorateAcknowledgementsWithMultipleResponses<EmitEvents>,
    SocketData
  >;

  /**
   * Limits the wait for acknowledgements, and allows to ask for them: the callback takes an error,
   * set when some client did not answer in time, then the answers, one per client.
   *
   * @param timeout Milliseconds, from 0, counted from the call of `emit()` on
   * @returns A new operator, for chaining
   * @throws {TypeError} If it is not a number of milliseconds from 0
   * @example
   * ```ts
   * import { Server } from "@godwit/io";
   * import { assertEquals } from "@std/assert";
   *
   * const io = new Server();
   *
   * io.timeout(1000).emit("some-event", (err: Error | null, responses: unknown[]) => {
   *   if (err) console.log("some clients did not answer within 1000 ms");
   *   assertEquals(responses, []); // one for each client that did, and here is none
   * });
   * ```
   */
  abstract timeout(
    timeout: number,
    options: TimeoutOptions,
  ): BroadcastOperator<
    DecorateAcknowledgements<DecorateAcknowledgementsWithMultipleResponses<EmitEvents>>,
    SocketData
  >;
  /** Limits the wait by time alone. */
  abstract timeout(
    timeout: number,
  ): BroadcastOperator<
    DecorateAcknowledgements<DecorateAcknowledgementsWithMultipleResponses<EmitEvents>>,
    SocketData
  >;

  /**
   * New. Has a signal end the wait for acknowledgements: the callback, which takes an error first then,
   * gets the signal's reason, and the answers so far. If it has aborted already, nothing is sent. A
   * {@link timeout} is needed all the same, for other servers cannot see the signal.
   *
   * @param signal Any signal; one that lives long gathers nothing
   * @returns A new operator, for chaining
   * @throws {TypeError} If it is not an AbortSignal
   * @example
   * ```ts
   * import { Server } from "@godwit/io";
   * import { assertEquals } from "@std/assert";
   *
   * const io = new Server();
   * const { signal } = new AbortController();
   *
   * const responses = await io.withSignal(signal).timeout(1000).emitWithAck("some-event");
   * assertEquals(responses, []); // one for each client, and there is none
   * ```
   */
  abstract withSignal(
    signal: AbortSignal,
  ): BroadcastOperator<
    DecorateAcknowledgements<DecorateAcknowledgementsWithMultipleResponses<EmitEvents>>,
    SocketData
  >;

  /**
   * Emits an event to all sockets of the namespace (of a server: of its main namespace). Arguments
   * are encoded before it returns: what is changed in them later is not sent.
   *
   * @param ev Name of the event; one without an acknowledgement, else see {@link timeout}
   * @param args Arguments: what JSON can hold, and `ArrayBuffer`s and their views at any depth
   * @returns Always `true`
   * @throws {StateError} If `ev` is a reserved name, such as `"connect"` or `"disconnect"`, or if
   * acknowledgements are asked for
   * @throws {TypeError} If an argument cannot be encoded (a cycle, a BigInt, a Blob)
   * @throws {RangeError} If an argument is nested too deeply
   * @example
   * ```ts
   * import { Server } from "@godwit/io";
   *
   * const io = new Server();
   *
   * io.emit("hello", "world");
   * io.of("/chat").emit("hello", new Uint8Array([1, 2, 3]));
   * ```
   */
  abstract emit<Ev extends EventNamesWithoutAck<EmitEvents>>(
    ev: Ev,
    ...args: EventParams<EmitEvents, Ev>
  ): boolean;

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
   * io.send("hello"); // the same as io.emit("message", "hello")
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
   * Sends an event to the other servers of the cluster, where it is heard with `on()`.
   *
   * @param ev Name of the event
   * @param args Arguments; a function as the last one is called with an error, set when some server
   * did not answer in time, and with the answers, one per server but this one
   * @returns Always `true`
   * @throws {StateError} If `ev` is a reserved name, such as `"connection"`
   * @example
   * ```ts
   * import { Server } from "@godwit/io";
   *
   * const io = new Server();
   *
   * io.serverSideEmit("hello", "world");
   *
   * io.on("hello", (arg) => {
   *   console.log(arg); // "world", on the other servers
   * });
   * ```
   */
  abstract serverSideEmit<Ev extends EventNames<ServerSideEvents>>(
    ev: Ev,
    ...args: EventParams<
      DecorateAcknowledgementsWithTimeoutAndMultipleResponses<ServerSideEvents>,
      Ev
    >
  ): boolean;

  /**
   * Sends an event to the other servers of the cluster and waits for their answers.
   *
   * @param ev Name of the event
   * @param args Arguments, without a callback
   * @returns The answers, one per server but this one: `[]` where this is the only one
   * @throws {Error} (as rejection) If some server did not answer in time
   * @example
   * ```ts
   * import { Server } from "@godwit/io";
   * import { assertEquals } from "@std/assert";
   *
   * const io = new Server();
   *
   * const responses = await io.serverSideEmitWithAck("ping");
   * assertEquals(responses, []); // one for each other server, and there is none
   * ```
   */
  abstract serverSideEmitWithAck<Ev extends EventNamesWithAck<ServerSideEvents>>(
    ev: Ev,
    ...args: AllButLast<EventParams<ServerSideEvents, Ev>>
  ): Promise<FirstNonErrorArg<Last<EventParams<ServerSideEvents, Ev>>>[]>;

  /**
   * Finds the sockets of the namespace, on all servers of the cluster.
   *
   * @returns Those of this server are the `Socket` instances themselves
   * @throws {Error} (as rejection) If some server did not answer in time
   * @throws {StateError} If this is a parent namespace, made by `io.of(RegExp | function)`
   * @example
   * ```ts
   * import { Server } from "@godwit/io";
   *
   * const io = new Server();
   *
   * for (const socket of await io.fetchSockets()) {
   *   console.log(socket.id, socket.rooms, socket.handshake.address);
   *   if (socket.data.isIdle) socket.disconnect(true);
   * }
   * ```
   */
  abstract fetchSockets(): Promise<RemoteSocket<EmitEvents, SocketData>[]>;

  /**
   * Makes all sockets of the namespace join rooms. With the memory adapter they are in them when the
   * call returns.
   *
   * @param room A room, or an array of rooms
   * @example
   * ```ts
   * import { Server } from "@godwit/io";
   *
   * const io = new Server();
   *
   * io.socketsJoin("news");
   * ```
   */
  abstract socketsJoin(room: string | string[]): void;

  /**
   * Makes all sockets of the namespace leave rooms.
   *
   * @param room A room, or an array of rooms
   * @example
   * ```ts
   * import { Server } from "@godwit/io";
   *
   * const io = new Server();
   *
   * io.socketsLeave(["news", "weather"]);
   * ```
   */
  abstract socketsLeave(room: string | string[]): void;

  /**
   * Disconnects all sockets of the namespace. What was emitted to them before is sent first.
   *
   * @param close `true` to close their connections too, and with them their sockets in other
   * namespaces. Default: `false`
   * @example
   * ```ts
   * import { Server } from "@godwit/io";
   *
   * const io = new Server();
   *
   * io.of("/chat").disconnectSockets();
   * ```
   */
  abstract disconnectSockets(close?: boolean): void;

  /**
   * The ids of the sockets of the namespace, on all servers of the cluster.
   *
   * @deprecated Use {@link fetchSockets}
   */
  abstract allSockets(): Promise<Set<string>>;
}

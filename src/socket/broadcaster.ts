/**
 * What can be told to many sockets at once: the operator that selects them, and the methods that
 * namespaces and servers share.
 *
 * Owns the names, signatures and documents of these classes; no behaviour.
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
  TypedEventBroadcaster,
} from "./events.ts";
import { TypedEmitter } from "./typed_emitter.ts";

/**
 * A choice of sockets and modifiers, to which events are emitted. It never changes: each modifier
 * returns a new operator, so one can be kept and used again.
 *
 * @typeParam EmitEvents The events that can be emitted, with acknowledgements as a broadcast has them
 * @typeParam SocketData The type of `socket.data`
 * @example
 * ```ts ignore
 * const staff = io.to("admins").to("moderators").except("on-leave");
 * staff.emit("notice", "the build is green");
 * ```
 */
export abstract class BroadcastOperator<EmitEvents extends EventsMap, SocketData>
  implements TypedEventBroadcaster<EmitEvents> {
  /**
   * Targets rooms. Several rooms, in one call or in several, are a union: a client that is in many
   * of them gets the event once. Without any room, all sockets of the namespace are targeted.
   *
   * @param room A room, or an array of rooms; the id of a socket is the name of a room of its own
   * @returns A new operator
   * @example
   * ```ts ignore
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
   * ```ts ignore
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
   * ```ts ignore
   * io.volatile.emit("position", 12, 5); // the next one comes soon
   * ```
   */
  abstract get volatile(): BroadcastOperator<EmitEvents, SocketData>;

  /**
   * Sends to the clients of this server only, not to those of other servers of a cluster.
   *
   * @example
   * ```ts ignore
   * io.local.emit("foo", "bar");
   * ```
   */
  abstract get local(): BroadcastOperator<EmitEvents, SocketData>;

  /**
   * Limits the wait for acknowledgements. The callback then takes an error first, which is set when
   * some client did not answer in time.
   *
   * @param timeout Milliseconds, from the call of {@link emit} on
   * @returns A new operator
   * @example
   * ```ts ignore
   * io.timeout(1000).emit("some-event", (err, responses) => {
   *   if (err) {
   *     // some clients did not answer in time; responses has the answers of the others
   *   } else {
   *     console.log(responses); // one response per client
   *   }
   * });
   * ```
   */
  abstract timeout(
    timeout: number,
  ): BroadcastOperator<DecorateAcknowledgements<EmitEvents>, SocketData>;

  /**
   * Emits an event to the chosen sockets. Arguments are encoded before it returns: what is changed
   * in them later is not sent.
   *
   * @param ev Name of the event
   * @param args Arguments; a function as the last one is called with the acknowledgements
   * @returns Always `true`
   * @throws {StateError} If `ev` is a reserved name, such as `"connect"` or `"disconnect"`
   * @throws {TypeError} If an argument cannot be encoded (a cycle, a BigInt, a Blob)
   * @example
   * ```ts ignore
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
   * @throws {StateError} If `ev` is a reserved name
   * @throws {TypeError} If an argument cannot be encoded
   * @example
   * ```ts ignore
   * const responses = await io.timeout(1000).emitWithAck("some-event");
   * ```
   */
  abstract emitWithAck<Ev extends EventNamesWithError<EmitEvents>>(
    ev: Ev,
    ...args: AllButLast<EventParams<EmitEvents, Ev>>
  ): Promise<FirstNonErrorArg<Last<EventParams<EmitEvents, Ev>>>>;
}

/**
 * What a {@link Namespace} and a {@link Server} have in common: they listen to the events of other
 * servers, and send to many sockets.
 *
 * @typeParam EmitEvents The events sent to clients
 * @typeParam ServerSideEvents The events sent between servers
 * @typeParam SocketData The type of `socket.data`
 * @typeParam ReservedEvents The events that the library fires
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
   * ```ts ignore
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
   * ```ts ignore
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
   * ```ts ignore
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
   * ```ts ignore
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
   * @param timeout Milliseconds, from the call of `emit()` on
   * @returns A new operator, for chaining
   * @example
   * ```ts ignore
   * io.timeout(1000).emit("some-event", (err, responses) => {
   *   if (err) {
   *     // some clients did not answer in time; responses has the answers of the others
   *   }
   * });
   * ```
   */
  abstract timeout(
    timeout: number,
  ): BroadcastOperator<
    DecorateAcknowledgements<DecorateAcknowledgementsWithMultipleResponses<EmitEvents>>,
    SocketData
  >;

  /**
   * Emits an event to all sockets of the namespace (of a server: of its main namespace). Arguments
   * are encoded before it returns: what is changed in them later is not sent.
   *
   * @param ev Name of the event; one without an acknowledgement, else see {@link timeout}
   * @param args Arguments of the event
   * @returns Always `true`
   * @throws {StateError} If `ev` is a reserved name, such as `"connect"` or `"disconnect"`
   * @throws {TypeError} If an argument cannot be encoded (a cycle, a BigInt, a Blob)
   * @example
   * ```ts ignore
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
   * ```ts ignore
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
   * ```ts ignore
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
   * ```ts ignore
   * const responses = await io.serverSideEmitWithAck("ping");
   * ```
   */
  abstract serverSideEmitWithAck<Ev extends EventNamesWithAck<ServerSideEvents>>(
    ev: Ev,
    ...args: AllButLast<EventParams<ServerSideEvents, Ev>>
  ): Promise<FirstNonErrorArg<Last<EventParams<ServerSideEvents, Ev>>>[]>;
}

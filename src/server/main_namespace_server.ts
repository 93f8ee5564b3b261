/**
 * A server as its main namespace: what is said to the server is said to the namespace `/`.
 *
 * Invariants
 * - Nothing is kept here: every call goes to `sockets`.
 */
import {
  BaseServer,
  type HandlerMode,
  type NamespaceMiddleware,
  type Socket,
} from "../socket/api.ts";
import type { BroadcastOperator, RemoteSocket } from "../socket/broadcaster.ts";
import type {
  AllButLast,
  DecorateAcknowledgements,
  DecorateAcknowledgementsWithMultipleResponses,
  DecorateAcknowledgementsWithTimeoutAndMultipleResponses,
  DefaultEventsMap,
  EventNames,
  EventNamesWithAck,
  EventNamesWithoutAck,
  EventParams,
  EventsMap,
  FirstNonErrorArg,
  Last,
  TimeoutOptions,
  Untyped,
} from "../socket/events.ts";
import type { BufferingOptions } from "../socket/buffering.ts";
import type { RequestHead } from "../engine/handshake_info.ts";

/**
 * The part of a server that speaks for its main namespace.
 *
 * @typeParam ListenEvents The events that clients send
 * @typeParam EmitEvents The events that are sent to clients
 * @typeParam ServerSideEvents The events sent between servers
 * @typeParam SocketData The type of `socket.data`
 * @typeParam Req The type of `socket.request`
 * @example
 * ```ts
 * import { Server } from "@godwit/io";
 * import { assertEquals } from "@std/assert";
 *
 * const io = new Server();
 * io.emit("hello"); // the same as io.sockets.emit("hello") and io.of("/").emit("hello")
 * assertEquals(io.of("/"), io.sockets);
 * ```
 */
export abstract class MainNamespaceServer<
  ListenEvents extends EventsMap = DefaultEventsMap,
  EmitEvents extends EventsMap = ListenEvents,
  ServerSideEvents extends EventsMap = DefaultEventsMap,
  SocketData = Untyped,
  Req extends RequestHead = RequestHead,
> extends BaseServer<ListenEvents, EmitEvents, ServerSideEvents, SocketData, Req> {
  /**
   * Adds a middleware of the main namespace, which runs for each client that wants to join, in the order
   * of adding, before the `connection` event.
   *
   * @param fn Gets the socket, not connected yet, and `next`, to be called once: with nothing to go
   * on, with an error to refuse the client, which gets a `connect_error` with its message and `data`
   * @returns This server, for chaining
   * @example
   * ```ts
   * import { Server } from "@godwit/io";
   *
   * const io = new Server();
   *
   * io.use((socket, next) => {
   *   if (socket.handshake.auth["token"] === "letmein") next();
   *   else next(new Error("not authorized"));
   * });
   * ```
   */
  override use(
    fn: NamespaceMiddleware<ListenEvents, EmitEvents, ServerSideEvents, SocketData, Req>,
  ): this {
    this.sockets.use(fn);
    return this;
  }

  /**
   * New. Sets what may wait to be sent to each client of the main namespace, and what happens above
   * that: the same as `io.sockets.buffering()`. The options of the server count for all namespaces.
   *
   * @param options The limits, and the policy; what is left out stays as it is
   * @returns This server, for chaining
   * @throws {TypeError} If an option is wrong or unknown
   * @example
   * ```ts
   * import { Server } from "@godwit/io";
   *
   * const io = new Server();
   * io.buffering({ maxBufferedPackets: 100, bufferPolicy: "dropOldest" });
   * ```
   */
  override buffering(options: BufferingOptions): this {
    this.sockets.buffering(options);
    return this;
  }

  /**
   * New. Says how the events of each client of the main namespace run beside one another, for the
   * sockets that come in from now on: the same as `io.sockets.handlerMode()`. The option counts for all
   * namespaces.
   *
   * @param mode See {@link HandlerMode}. Default without a call: the option `handlerMode`
   * @returns This server, for chaining
   * @throws {TypeError} If it is not a mode
   * @example
   * ```ts
   * import { Server } from "@godwit/io";
   *
   * const io = new Server();
   * io.handlerMode((event, _socket, [id]) => event === "edit" ? String(id) : undefined);
   * ```
   */
  override handlerMode(
    mode: HandlerMode<Socket<ListenEvents, EmitEvents, ServerSideEvents, SocketData, Req>>,
  ): this {
    this.sockets.handlerMode(mode);
    return this;
  }

  /**
   * Targets the sockets of the main namespace in these rooms. Several rooms, in one call or in several,
   * are a union: a client that is in many of them gets the event once.
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
  override to(room: string | string[]): BroadcastOperator<
    DecorateAcknowledgementsWithMultipleResponses<EmitEvents>,
    SocketData
  > {
    return this.sockets.to(room);
  }

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
   * io.in("room-101").disconnectSockets();
   * ```
   */
  override in(room: string | string[]): BroadcastOperator<
    DecorateAcknowledgementsWithMultipleResponses<EmitEvents>,
    SocketData
  > {
    return this.sockets.in(room);
  }

  /**
   * Targets all sockets of the main namespace but those in these rooms.
   *
   * @param room A room, or an array of rooms
   * @returns A new operator, for chaining
   * @example
   * ```ts
   * import { Server } from "@godwit/io";
   *
   * const io = new Server();
   * io.except("room-101").emit("foo", "bar");
   * ```
   */
  override except(room: string | string[]): BroadcastOperator<
    DecorateAcknowledgementsWithMultipleResponses<EmitEvents>,
    SocketData
  > {
    return this.sockets.except(room);
  }

  /**
   * Says whether the event may be compressed.
   *
   * @param compress `false` to send it as it is. Default without a call: `true`. It has an effect
   * only where the runtime and the options compress at all
   * @returns A new operator, for chaining
   */
  override compress(compress: boolean): BroadcastOperator<
    DecorateAcknowledgementsWithMultipleResponses<EmitEvents>,
    SocketData
  > {
    return this.sockets.compress(compress);
  }

  /**
   * Lets the event be lost: a client that cannot be written to at once does not get it later.
   *
   * @example
   * ```ts
   * import { Server } from "@godwit/io";
   *
   * const io = new Server();
   * io.volatile.emit("position", 12, 5); // the next one comes soon
   * ```
   */
  override get volatile(): BroadcastOperator<
    DecorateAcknowledgementsWithMultipleResponses<EmitEvents>,
    SocketData
  > {
    return this.sockets.volatile;
  }

  /**
   * Sends to the clients of this server only, not to those of other servers of a cluster.
   *
   * @example
   * ```ts
   * import { Server } from "@godwit/io";
   *
   * const io = new Server();
   * io.local.emit("foo", "bar");
   * ```
   */
  override get local(): BroadcastOperator<
    DecorateAcknowledgementsWithMultipleResponses<EmitEvents>,
    SocketData
  > {
    return this.sockets.local;
  }

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
   * const responses = await io.timeout(1000).emitWithAck("some-event");
   * assertEquals(responses, []); // one for each client, and there is none
   * ```
   */
  override timeout(timeout: number, options: TimeoutOptions): BroadcastOperator<
    DecorateAcknowledgements<DecorateAcknowledgementsWithMultipleResponses<EmitEvents>>,
    SocketData
  >;
  /** Limits the wait by time alone. */
  override timeout(timeout: number): BroadcastOperator<
    DecorateAcknowledgements<DecorateAcknowledgementsWithMultipleResponses<EmitEvents>>,
    SocketData
  >;
  override timeout(timeout: number, options?: TimeoutOptions): BroadcastOperator<
    DecorateAcknowledgements<DecorateAcknowledgementsWithMultipleResponses<EmitEvents>>,
    SocketData
  > {
    const { sockets } = this;
    return options === undefined ? sockets.timeout(timeout) : sockets.timeout(timeout, options);
  }

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
  override withSignal(signal: AbortSignal): BroadcastOperator<
    DecorateAcknowledgements<DecorateAcknowledgementsWithMultipleResponses<EmitEvents>>,
    SocketData
  > {
    return this.sockets.withSignal(signal);
  }

  /**
   * Emits an event to all sockets of the main namespace. Arguments are encoded before it returns: what
   * is changed in them later is not sent.
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
   * io.emit("hello", "world", { raw: new Uint8Array([1, 2, 3]) });
   * ```
   */
  override emit<Ev extends EventNamesWithoutAck<EmitEvents>>(
    ev: Ev,
    ...args: EventParams<EmitEvents, Ev>
  ): boolean {
    return this.sockets.emit(ev, ...args);
  }

  /**
   * Emits a `message` event to all sockets of the main namespace.
   *
   * @param args Arguments of the event
   * @returns This server, for chaining
   * @throws {TypeError} If an argument cannot be encoded
   */
  override send(...args: EventParams<EmitEvents, "message">): this {
    this.sockets.send(...args);
    return this;
  }

  /**
   * The same as {@link send}.
   *
   * @param args Arguments of the event
   * @returns This server, for chaining
   * @throws {TypeError} If an argument cannot be encoded
   */
  override write(...args: EventParams<EmitEvents, "message">): this {
    return this.send(...args);
  }

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
  override serverSideEmit<Ev extends EventNames<ServerSideEvents>>(
    ev: Ev,
    ...args: EventParams<
      DecorateAcknowledgementsWithTimeoutAndMultipleResponses<ServerSideEvents>,
      Ev
    >
  ): boolean {
    return this.sockets.serverSideEmit(ev, ...args);
  }

  /**
   * Sends an event to the other servers of the cluster and waits for their answers.
   *
   * @param ev Name of the event
   * @param args Arguments, without a callback
   * @returns The answers, one per server but this one: `[]` where this is the only one
   * @throws {Error} (as rejection) If some server did not answer in time
   */
  override serverSideEmitWithAck<Ev extends EventNamesWithAck<ServerSideEvents>>(
    ev: Ev,
    ...args: AllButLast<EventParams<ServerSideEvents, Ev>>
  ): Promise<FirstNonErrorArg<Last<EventParams<ServerSideEvents, Ev>>>[]> {
    return this.sockets.serverSideEmitWithAck(ev, ...args);
  }

  /**
   * Finds the sockets of the main namespace, on all servers of the cluster.
   *
   * @returns Those of this server are the `Socket` instances themselves
   * @throws {Error} (as rejection) If some server did not answer in time
   * @example
   * ```ts
   * import { Server } from "@godwit/io";
   *
   * const io = new Server();
   *
   * for (const socket of await io.fetchSockets()) {
   *   console.log(socket.id, socket.rooms, socket.data);
   * }
   * ```
   */
  override fetchSockets(): Promise<RemoteSocket<EmitEvents, SocketData>[]> {
    return this.sockets.fetchSockets();
  }

  /**
   * Makes the sockets of the main namespace join rooms. With the memory adapter they are in them when
   * the call returns.
   *
   * @param room A room, or an array of rooms
   */
  override socketsJoin(room: string | string[]): void {
    this.sockets.socketsJoin(room);
  }

  /**
   * Makes the sockets of the main namespace leave rooms.
   *
   * @param room A room, or an array of rooms
   */
  override socketsLeave(room: string | string[]): void {
    this.sockets.socketsLeave(room);
  }

  /**
   * Disconnects the sockets of the main namespace. What was emitted to them before is sent first.
   *
   * @param close `true` to close their connections too, and with them their sockets in other
   * namespaces. Default: `false`
   */
  override disconnectSockets(close = false): void {
    this.sockets.disconnectSockets(close);
  }

  /**
   * The ids of the sockets of the main namespace.
   *
   * @deprecated Use {@link fetchSockets}
   */
  override allSockets(): Promise<Set<string>> {
    return this.sockets.allSockets();
  }
}

/**
 * A server as its main namespace: what is said to the server is said to the namespace `/`.
 *
 * Invariants
 * - Nothing is kept here: every call goes to `sockets`.
 */
import { BaseServer, type NamespaceMiddleware } from "../socket/api.ts";
import type { BroadcastOperator } from "../socket/broadcaster.ts";
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
  Untyped,
} from "../socket/events.ts";
import type { RequestHead } from "../engine/handshake_info.ts";

/** The part of a server that speaks for its main namespace. */
export abstract class MainNamespaceServer<
  ListenEvents extends EventsMap = DefaultEventsMap,
  EmitEvents extends EventsMap = ListenEvents,
  ServerSideEvents extends EventsMap = DefaultEventsMap,
  SocketData = Untyped,
  Req extends RequestHead = RequestHead,
> extends BaseServer<ListenEvents, EmitEvents, ServerSideEvents, SocketData, Req> {
  /** Adds a middleware of the main namespace. */
  override use(
    fn: NamespaceMiddleware<ListenEvents, EmitEvents, ServerSideEvents, SocketData, Req>,
  ): this {
    this.sockets.use(fn);
    return this;
  }

  /** Targets the sockets of the main namespace in these rooms. */
  override to(room: string | string[]): BroadcastOperator<
    DecorateAcknowledgementsWithMultipleResponses<EmitEvents>,
    SocketData
  > {
    return this.sockets.to(room);
  }

  /** The same as {@link to}. */
  override in(room: string | string[]): BroadcastOperator<
    DecorateAcknowledgementsWithMultipleResponses<EmitEvents>,
    SocketData
  > {
    return this.sockets.in(room);
  }

  /** Targets all sockets of the main namespace but those in these rooms. */
  override except(room: string | string[]): BroadcastOperator<
    DecorateAcknowledgementsWithMultipleResponses<EmitEvents>,
    SocketData
  > {
    return this.sockets.except(room);
  }

  /** Says whether the next event may be compressed. */
  override compress(compress: boolean): BroadcastOperator<
    DecorateAcknowledgementsWithMultipleResponses<EmitEvents>,
    SocketData
  > {
    return this.sockets.compress(compress);
  }

  /** Lets the next event be lost where it would have to wait. */
  override get volatile(): BroadcastOperator<
    DecorateAcknowledgementsWithMultipleResponses<EmitEvents>,
    SocketData
  > {
    return this.sockets.volatile;
  }

  /** Keeps the next event on this server. */
  override get local(): BroadcastOperator<
    DecorateAcknowledgementsWithMultipleResponses<EmitEvents>,
    SocketData
  > {
    return this.sockets.local;
  }

  /** Limits the wait for the acknowledgements of the next event, in milliseconds. */
  override timeout(timeout: number): BroadcastOperator<
    DecorateAcknowledgements<DecorateAcknowledgementsWithMultipleResponses<EmitEvents>>,
    SocketData
  > {
    return this.sockets.timeout(timeout);
  }

  /** Emits an event to all sockets of the main namespace. */
  override emit<Ev extends EventNamesWithoutAck<EmitEvents>>(
    ev: Ev,
    ...args: EventParams<EmitEvents, Ev>
  ): boolean {
    return this.sockets.emit(ev, ...args);
  }

  /** Emits a `message` event to all sockets of the main namespace. */
  override send(...args: EventParams<EmitEvents, "message">): this {
    this.sockets.send(...args);
    return this;
  }

  /** The same as {@link send}. */
  override write(...args: EventParams<EmitEvents, "message">): this {
    return this.send(...args);
  }

  /** Sends an event to the other servers of the cluster. */
  override serverSideEmit<Ev extends EventNames<ServerSideEvents>>(
    ev: Ev,
    ...args: EventParams<
      DecorateAcknowledgementsWithTimeoutAndMultipleResponses<ServerSideEvents>,
      Ev
    >
  ): boolean {
    return this.sockets.serverSideEmit(ev, ...args);
  }

  /** Sends an event to the other servers of the cluster and waits for their answers. */
  override serverSideEmitWithAck<Ev extends EventNamesWithAck<ServerSideEvents>>(
    ev: Ev,
    ...args: AllButLast<EventParams<ServerSideEvents, Ev>>
  ): Promise<FirstNonErrorArg<Last<EventParams<ServerSideEvents, Ev>>>[]> {
    return this.sockets.serverSideEmitWithAck(ev, ...args);
  }
}

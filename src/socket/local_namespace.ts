/**
 * A namespace of this process: its sockets, its middlewares, its broadcasts.
 *
 * Owns: the sockets by id (`#connect` adds, `remove` takes away), the answers owed to broadcasts.
 *
 * Invariants
 * - A socket is in `sockets` exactly while it is connected.
 * - A broadcast is encoded once, before `emit` returns, and shared by all recipients.
 * - A client that has gone while a middleware decided leaves nothing behind.
 */
import { StateError } from "../base/errors.ts";
import { type HandlerErrorSink, invoke } from "../base/invoke.ts";
import type { Listener, Listeners } from "../base/listeners.ts";
import { INTERNAL_ERROR } from "../base/wire_texts.ts";
import { type AckCallback, AckCollectors, BroadcastAck } from "./acks.ts";
import type { EncodedPacket } from "../wire/encoded_packet.ts";
import type {
  AckReceiver,
  Adapter,
  AdapterContext,
  AdapterFactory,
  LocalDelivery,
  OutgoingEvent,
} from "./adapter.ts";
import type { BaseServer, HandlerErrorContext } from "./api.ts";
import { BaseNamespace } from "./base_namespace.ts";
import { type Broadcast, type EventArgs, splitAck } from "./broadcast_operator.ts";
import type { Untyped } from "./events.ts";
import { LocalSocket } from "./local_socket.ts";
import { type MiddlewareOutcome, runMiddlewares } from "./middleware.ts";
import type { SocketContext, SocketHome, SocketLink } from "./ports.ts";

/** Names that a server-side event must not have. */
const RESERVED_SERVER_EVENTS: ReadonlySet<string> = new Set([
  "connect",
  "connection",
  "new_namespace",
  "handler_error",
]);

/** What a namespace is made of. */
export interface NamespaceParts {
  readonly name: string;
  readonly server: BaseServer;
  readonly context: SocketContext;
  readonly adapter: AdapterFactory;
  /** The listeners to share; the main namespace has those of its server. */
  readonly listeners?: Listeners;
}

/** A namespace with sockets. */
export class LocalNamespace extends BaseNamespace
  implements SocketHome, LocalDelivery, HandlerErrorSink {
  override readonly name: string;
  override readonly server: BaseServer;
  override readonly sockets: Map<string, LocalSocket> = new Map();
  override readonly adapter: Adapter;
  readonly context: SocketContext;
  readonly #collectors = new AckCollectors();
  #lastAckId = -1;

  constructor({ name, server, context, adapter, listeners }: NamespaceParts) {
    super(listeners);
    this.name = name;
    this.server = server;
    this.context = context;
    this.adapter = createAdapter(adapter, {
      namespace: name,
      local: this,
      handlerFailed: (error, event) => this.handlerFailed(error, event),
    });
  }

  get namespace(): this {
    return this;
  }

  /**
   * Lets a client in, if the middlewares agree.
   *
   * @param settled told, once, of the socket that is in, or of none
   * @returns the socket, which is to be abandoned if its client goes away before
   */
  add(
    link: SocketLink,
    auth: Record<string, unknown>,
    settled: (socket: LocalSocket | undefined) => void,
  ): LocalSocket {
    const { debug } = this.context;
    if (debug.namespace.enabled) debug.namespace.log("adding socket to nsp %s", this.name);
    const socket = new LocalSocket({ home: this, link, auth });
    runMiddlewares(this.middlewares, socket, (outcome) => {
      if (link.link.state !== "open" || socket.isAbandoned) {
        socket.abandon();
        settled(undefined);
      } else if (outcome.type === "passed") {
        this.#connect(socket, settled);
      } else {
        socket.abandon();
        settled(undefined);
        if (outcome.type === "failed") socket.handlerFailed(outcome.error, "middleware");
        this.#refuse(link, outcome);
      }
    }, socket);
    return socket;
  }

  /** Disconnects all sockets because the server closes. */
  endSockets(): void {
    for (const socket of [...this.sockets.values()]) socket.end("server shutting down");
  }

  /** Frees the adapter; no socket is in the namespace any more. */
  async closeAdapter(): Promise<void> {
    await this.adapter.close();
  }

  override broadcast(args: EventArgs, broadcast: Broadcast): void {
    const packet = this.context.encode({ type: "event", nsp: this.name, data: args });
    const { volatile } = broadcast;
    this.adapter.broadcast({ packet, args, volatile, ackId: undefined }, broadcast);
  }

  override broadcastWithAck(args: EventArgs, broadcast: Broadcast, callback: AckCallback): void {
    const { volatile, timeoutMs } = broadcast;
    if (timeoutMs === undefined) {
      throw new StateError(
        "Cannot await the answers to a broadcast: a limit of time must be set with timeout(ms)",
      );
    }
    const ackId = this.nextAckId();
    const packet = this.context.encode({ type: "event", nsp: this.name, data: args, id: ackId });
    const ack = new BroadcastAck({
      deadlines: this.context.deadlines,
      timeoutMs,
      done: (error, responses) => {
        this.#collectors.forget(ackId);
        invoke(callback, undefined, [error, responses], args[0], this);
      },
    });
    this.adapter.broadcastWithAck({ packet, args, volatile, ackId }, broadcast, ack);
    this.#countServers(ack);
  }

  override serverSideEmit(ev: string | symbol, ...given: unknown[]): boolean {
    if (typeof ev === "symbol" || RESERVED_SERVER_EVENTS.has(ev)) {
      throw new StateError(`"${String(ev)}" is a reserved event name`);
    }
    const { args, ack } = splitAck(given);
    this.adapter.serverSideEmit([ev, ...args], ack !== undefined).then(
      (responses) => ack && invoke(ack, this, [null, responses], ev, this),
      (error) => ack ? invoke(ack, this, [error, []], ev, this) : this.handlerFailed(error, ev),
    );
    return true;
  }

  override serverSideEmitWithAck(ev: string | symbol, ...args: unknown[]): Promise<Untyped[]> {
    return new Promise((resolve, reject) => {
      this.serverSideEmit(ev, ...args, (error: unknown, responses: unknown[]) => {
        if (error) reject(error);
        else resolve(responses);
      });
    });
  }

  deliver(id: string, event: OutgoingEvent): void {
    this.sockets.get(id)?.deliver(event);
  }

  deliverWithAck(id: string, event: OutgoingEvent, receiver: AckReceiver): boolean {
    const socket = this.sockets.get(id);
    if (socket === undefined || event.ackId === undefined) return false;
    this.#collectors.asked(event.ackId, id, receiver);
    socket.deliver(event);
    return true;
  }

  nextAckId(): number {
    return ++this.#lastAckId;
  }

  answered(ackId: number, socketId: string, args: readonly unknown[]): boolean {
    return this.#collectors.answered(ackId, socketId, args);
  }

  remove(socketId: string): void {
    this.sockets.delete(socketId);
  }

  /** Tells the listeners that a namespace was made. */
  announceNamespace(namespace: LocalNamespace): void {
    this.emitUntyped(this, "new_namespace", [namespace]);
  }

  /** Tells the listeners of `handler_error`; false when there are none. */
  announceHandlerError(
    error: Error,
    context: HandlerErrorContext,
    sink: HandlerErrorSink,
  ): boolean {
    return this.emitUntyped(sink, "handler_error", [error, context]);
  }

  /** Adds a listener that a parent namespace has. */
  adoptListener(event: string, listener: Listener): void {
    this.listenerList.add(event, listener);
  }

  handlerFailed(error: unknown, event: string): void {
    this.context.handlerFailed(error, { event, namespace: this.name });
  }

  #connect(socket: LocalSocket, settled: (socket: LocalSocket) => void): void {
    this.sockets.set(socket.id, socket);
    settled(socket);
    socket.connect();
    if (socket.disconnected) return;
    this.emitUntyped(socket, "connect", [socket]);
    this.emitUntyped(socket, "connection", [socket]);
  }

  #refuse(link: SocketLink, outcome: MiddlewareOutcome): void {
    const { namespace } = this.context.debug;
    if (namespace.enabled) namespace.log("middleware error, sending CONNECT_ERROR packet");
    const data = outcome.type === "refused" ? describeRefusal(outcome.error) : FAILURE;
    link.send(this.#encodeRefusal(data), false);
  }

  /** The data is a user's, and may be of a kind that cannot be sent. */
  #encodeRefusal(data: Record<string, unknown>): EncodedPacket {
    try {
      return this.context.encode({ type: "connect_error", nsp: this.name, data });
    } catch (error) {
      this.handlerFailed(error, "middleware");
      return this.context.encode({ type: "connect_error", nsp: this.name, data: FAILURE });
    }
  }

  async #serverCount(): Promise<number> {
    return await this.adapter.serverCount();
  }

  #countServers(ack: BroadcastAck): void {
    this.#serverCount().then(
      (count) => ack.expectServers(count),
      (error) => this.handlerFailed(error, "serverCount"),
    );
  }
}

/** What a client is told when its refusal cannot be told. */
const FAILURE: Record<string, unknown> = Object.freeze({ message: INTERNAL_ERROR });

const ADAPTER_METHODS: readonly string[] = [
  "addAll",
  "broadcast",
  "broadcastWithAck",
  "close",
  "del",
  "delAll",
  "off",
  "on",
  "once",
  "serverCount",
  "serverSideEmit",
  "socketRooms",
];

/** Makes an adapter; one that is made for the reference fails here, and is told what is wanted. */
function createAdapter(factory: AdapterFactory, context: AdapterContext): Adapter {
  const wanted = "the option must be a function that makes an Adapter of @godwit/io";
  let adapter: Adapter;
  try {
    adapter = factory(context);
  } catch (cause) {
    throw new TypeError(`Cannot create adapter: ${wanted}, and it has thrown`, { cause });
  }
  const methods = adapter as unknown as Readonly<Record<string, unknown>> | undefined;
  const missing = ADAPTER_METHODS.filter((name) => typeof methods?.[name] !== "function");
  const isReference = typeof methods?.["persistSession"] === "function";
  if (missing.length === 0 && !isReference) return adapter;
  const found = isReference ? "one of the reference" : `one without ${missing.join(", ")}`;
  throw new TypeError(`Cannot create adapter: ${wanted}, found ${found}`);
}

/** What a client is told of the error that a middleware gave to `next`. */
function describeRefusal(error: unknown): Record<string, unknown> {
  if (typeof error !== "object" || error === null) return { message: String(error) };
  const { message, data } = error as { readonly message?: unknown; readonly data?: unknown };
  return { message, data };
}

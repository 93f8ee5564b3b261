/**
 * A namespace of this process: its sockets, its middlewares, its broadcasts.
 *
 * Owns: the sockets by id (`#connect` adds, `remove` takes away), the answers owed to broadcasts.
 *
 * Invariants
 * - A socket is in `sockets` exactly while it is connected.
 * - An adapter that is replaced hands the sockets on, in the rooms that they are in.
 * - A broadcast is encoded once, before `emit` returns, and shared by all recipients.
 * - A client that has gone while a middleware decided leaves nothing behind.
 */
import { quote, toError } from "../base/errors.ts";
import { type HandlerErrorSink, type HandlerKind, invoke, report } from "../base/invoke.ts";
import type { Listener, Listeners } from "../base/listeners.ts";
import type { AckCallback } from "./acks.ts";
import type { EncodedPacket } from "../wire/encoded_packet.ts";
import type { Frame } from "../wire/engine_packet.ts";
import type {
  AckReceiver,
  Adapter,
  AdapterFactory,
  LocalDelivery,
  LocalSockets,
  OutgoingEvent,
  Question,
  Selection,
  SocketDetails,
} from "./adapter.ts";
import type { BaseServer, HandlerErrorContext, HandlerMode } from "./api.ts";
import {
  BaseNamespace,
  checkLimited,
  checkServerEventName,
  isServerEventName,
} from "./base_namespace.ts";
import {
  AckCollectors,
  BroadcastAck,
  type BroadcastAckParts,
  tellAnswers,
} from "./broadcast_acks.ts";
import {
  type Broadcast,
  type EventArgs,
  type FoundSocket,
  splitAck,
} from "./broadcast_operator.ts";
import { answerOnce } from "./answer_once.ts";
import { createAdapter } from "./create_adapter.ts";
import { describeRefusal, encodeRefusal, FAILURE, type Refusal, refusalData } from "./dialect.ts";
import { DistantSocket } from "./distant_socket.ts";
import { LocalSocket } from "./local_socket.ts";
import { type MiddlewareOutcome, runMiddlewares } from "./middleware.ts";
import type { SocketContext, SocketHome, SocketLink } from "./ports.ts";

/** What a namespace is made of. */
export interface NamespaceParts {
  readonly name: string;
  readonly server: BaseServer;
  readonly context: SocketContext;
  readonly adapter: AdapterFactory;
  /** The listeners to share; the main namespace has those of its server. */
  readonly listeners?: Listeners;
  /** Told whenever no client is in the namespace, or about to be, any more. */
  readonly emptied?: (namespace: LocalNamespace) => void;
}

/** A namespace with sockets. */
export class LocalNamespace extends BaseNamespace
  implements SocketHome, LocalDelivery, LocalSockets, HandlerErrorSink {
  static {
    // What users see in logs and in the inspector is the class that they import.
    Object.defineProperty(this, "name", { value: "Namespace" });
  }

  override readonly name: string;
  override readonly server: BaseServer;
  override readonly sockets: Map<string, LocalSocket> = new Map();
  readonly context: SocketContext;
  readonly broadcastAcks: AckCollectors = new AckCollectors(this);
  readonly #emptied: (namespace: LocalNamespace) => void;
  #adapter: Adapter;
  #closing: Promise<Error | undefined> | undefined;
  #lastAckId = -1;
  /** The ids of sockets whose middlewares have not decided. */
  readonly #undecided = new Set<string>();

  constructor({ name, server, context, adapter, listeners, emptied }: NamespaceParts) {
    super(listeners);
    this.name = name;
    this.server = server;
    this.context = context;
    this.#emptied = emptied ?? (() => {});
    this.#adapter = this.createAdapter(adapter);
  }

  override get adapter(): Adapter {
    return this.#adapter;
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
    this.#undecided.add(socket.id);
    const isWanted = (): boolean => link.link.state === "open" && !socket.isAbandoned;
    runMiddlewares(this.middlewares, socket, (outcome) => {
      // Users' code as well, which may end the session like a middleware.
      if (outcome.type === "passed" && isWanted()) link.link.account?.identify(socket);
      if (!isWanted()) {
        socket.abandon();
        settled(undefined);
      } else if (outcome.type === "passed") {
        this.#connect(socket, settled);
      } else {
        socket.abandon();
        settled(undefined);
        if (outcome.type === "failed") {
          socket.handlerFailed(outcome.error, "middleware", "middleware");
        }
        this.#refuse(link, outcome);
      }
    }, socket);
    return socket;
  }

  /** Disconnects all sockets because the server closes. */
  endSockets(description?: string): void {
    for (const each of [...this.sockets.values()]) each.end("server shutting down", description);
  }

  /** Frees the adapter, once; no socket is in the namespace any more. Gives what went wrong, if anything. */
  closeAdapter(): Promise<Error | undefined> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  /**
   * Makes an adapter for this namespace, which is not used before `replaceAdapter`.
   *
   * @throws TypeError when the function makes no adapter of ours
   */
  createAdapter(factory: AdapterFactory): Adapter {
    return createAdapter(factory, {
      namespace: this.name,
      local: this,
      sockets: this,
      handlerFailed: (error, event) => this.handlerFailed(error, event),
    });
  }

  /** Hands the sockets over to another adapter, in the rooms that they are in, and frees the last. */
  replaceAdapter(next: Adapter): void {
    const last = this.#adapter;
    if (next === last) return;
    // Who is told of rooms, of this namespace or another one, may end sockets, and this namespace.
    if (this.#closing !== undefined) return void this.discardAdapter(next);
    this.#adapter = next;
    for (const [id, rooms] of [...last.sids]) {
      if (!this.sockets.has(id) && !this.#undecided.has(id)) continue;
      const sink = this.sockets.get(id) ?? this;
      invoke(() => next.addAll(id, new Set(rooms)), next, [], "join", sink, "adapter");
    }
    void this.discardAdapter(last);
  }

  /**
   * Frees an adapter that is not used, or not any more.
   *
   * @returns what went wrong, if anything, which has been reported
   */
  async discardAdapter(adapter: Adapter): Promise<Error | undefined> {
    try {
      await adapter.close();
      return undefined;
    } catch (error) {
      this.handlerFailed(error, "adapter", "adapter");
      return toError(error);
    }
  }

  override broadcast(args: EventArgs, broadcast: Broadcast): void {
    const { volatile, signal } = broadcast;
    if (signal?.aborted) return;
    const packet = this.context.encode({ type: "event", nsp: this.name, data: args });
    const event = { packet, args, volatile, ackId: undefined, timeoutMs: undefined };
    this.#guard(this.adapter.broadcast(event, broadcast));
  }

  override broadcastWithAck(args: EventArgs, broadcast: Broadcast, callback: AckCallback): void {
    const { volatile, single, signal } = broadcast;
    const timeoutMs = checkLimited(broadcast);
    const tell = tellAnswers(callback, single, { event: args[0], sink: this });
    const { deadlines } = this.context;
    if (signal?.aborted) return deadlines.soon(() => tell({ error: signal.reason }, []));
    const event = this.#encodeQuestion({ args, volatile, timeoutMs });
    const done: BroadcastAckParts["done"] = (failure, responses) => {
      this.broadcastAcks.forget(event.ackId);
      tell(failure, responses);
    };
    const ack = new BroadcastAck({ deadlines, timeoutMs, signal, done });
    this.broadcastAcks.begin(event.ackId, ack);
    try {
      this.#guard(this.adapter.broadcastWithAck(event, broadcast, ack));
    } catch (error) {
      this.broadcastAcks.forget(event.ackId);
      ack.cancel();
      throw error;
    }
    void ack.countServers(this.adapter, this);
  }

  override serverSideEmit(ev: string | symbol, ...given: unknown[]): boolean {
    checkServerEventName(ev);
    const { args, ack } = splitAck(given);
    const answers = this.adapter.serverSideEmit([ev, ...args], ack !== undefined);
    Promise.resolve(answers).then(
      (responses) => ack && invoke(ack, this, [null, responses], ev, this, "ack"),
      (error) =>
        ack
          ? invoke(ack, this, [toError(error), []], ev, this, "ack")
          : this.handlerFailed(error, ev, "adapter"),
    );
    return true;
  }

  override async findSelected(selection: Selection): Promise<FoundSocket[]> {
    const found = await this.adapter.fetchSockets(selection);
    // What a socket of ours does to rooms and events takes and gives the same as one found elsewhere.
    return found.map((details) =>
      details instanceof LocalSocket
        ? details as unknown as FoundSocket
        : new DistantSocket(this, details)
    );
  }

  override joinSelected(selection: Selection, rooms: readonly string[]): void {
    this.#guard(this.adapter.addSockets(selection, rooms));
  }

  override leaveSelected(selection: Selection, rooms: readonly string[]): void {
    this.#guard(this.adapter.delSockets(selection, rooms));
  }

  override disconnectSelected(selection: Selection, close: boolean): void {
    this.#guard(this.adapter.disconnectSockets(selection, close));
  }

  packet(parts: readonly Frame[]): EncodedPacket {
    return this.context.packet(parts);
  }

  deliver(id: string, event: OutgoingEvent): void {
    this.sockets.get(id)?.deliver(event);
  }

  deliverWithAck(id: string, event: OutgoingEvent, receiver: AckReceiver): boolean {
    const socket = this.sockets.get(id);
    if (socket === undefined || event.ackId === undefined) return false;
    const isAwaited = this.broadcastAcks.asked(event.ackId, id, receiver);
    socket.deliver(event);
    return isAwaited;
  }

  question(question: Question): OutgoingEvent {
    const event = this.#encodeQuestion(question);
    this.broadcastAcks.beginFor(event.ackId, this.context.deadlines, question.timeoutMs);
    return event;
  }

  details(id: string): SocketDetails | undefined {
    return this.sockets.get(id);
  }

  join(id: string, rooms: readonly string[]): void {
    const socket = this.sockets.get(id);
    if (socket === undefined) return;
    invoke(() => socket.join([...rooms]), socket, [], "join", socket, "adapter");
  }

  leave(id: string, rooms: readonly string[]): void {
    const socket = this.sockets.get(id);
    if (socket === undefined) return;
    for (const room of rooms) {
      invoke(() => socket.leave(room), socket, [], "leave", socket, "adapter");
    }
  }

  disconnect(id: string, close: boolean): void {
    this.sockets.get(id)?.disconnect(close);
  }

  serverSideEvent(args: readonly unknown[], answer?: (response: unknown) => void): void {
    const [name, ...values] = args;
    // Another node may be of another make.
    if (!isServerEventName(name)) return;
    if (answer !== undefined) values.push(answerOnce(answer));
    this.emitUntyped(this, name, values);
  }

  nextAckId(): number {
    return ++this.#lastAckId;
  }

  remove(socketId: string): void {
    this.sockets.delete(socketId);
    this.#undecided.delete(socketId);
    this.broadcastAcks.left(socketId);
  }

  tellIfEmpty(): void {
    if (this.sockets.size === 0 && this.#undecided.size === 0) this.#emptied(this);
  }

  /** Tells the listeners that a namespace was made. */
  announceNamespace(namespace: LocalNamespace): void {
    this.emitUntyped(this, "new_namespace", [namespace]);
  }

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

  get handlerModeOfSockets(): HandlerMode {
    return this.ownHandlerMode ?? this.context.handlerMode;
  }

  handlerFailed(error: unknown, event: string, kind?: HandlerKind): void {
    this.reportFailure(error, { event, namespace: this.name }, kind);
  }

  reportFailure(error: unknown, context: HandlerErrorContext, kind?: HandlerKind): void {
    this.context.handlerFailed(error, { ...context, kind }, this);
  }

  async #close(): Promise<Error | undefined> {
    const failure = await this.discardAdapter(this.#adapter);
    // After the adapter has told, of what was begun while sockets ended, that nobody was asked.
    this.broadcastAcks.end();
    return failure;
  }

  /** An adapter may be a user's, whose methods are async where ours are not. */
  #guard(result: unknown): void {
    report(result, "adapter", this, "adapter");
  }

  protected override bufferingChanged(): void {
    for (const socket of this.sockets.values()) socket.bufferingChanged();
  }

  #encodeQuestion(question: Question): OutgoingEvent & { readonly ackId: number } {
    const ackId = this.nextAckId();
    const { args: data } = question;
    const packet = this.context.encode({ type: "event", nsp: this.name, data, id: ackId });
    return { ...question, packet, ackId };
  }

  #connect(socket: LocalSocket, settled: (socket: LocalSocket) => void): void {
    this.sockets.set(socket.id, socket);
    this.#undecided.delete(socket.id);
    // The limits may have changed since the middlewares were asked.
    socket.bufferingChanged();
    settled(socket);
    socket.connect();
    if (socket.disconnected) return;
    this.emitUntyped(socket, "connect", [socket]);
    this.emitUntyped(socket, "connection", [socket]);
  }

  #refuse(link: SocketLink, outcome: MiddlewareOutcome): void {
    const { namespace } = this.context.debug;
    if (namespace.enabled) namespace.log("middleware error, sending CONNECT_ERROR packet");
    this.context.incidents.note("namespaces_refused", "middleware", () => quote(this.name));
    const told = (): Refusal =>
      outcome.type === "refused" ? describeRefusal(outcome.error) : FAILURE;
    const failed = (error: unknown): void => this.handlerFailed(error, "middleware", "middleware");
    const packet = encodeRefusal(told, (refusal) => {
      const data = refusalData(refusal, link.link.revision);
      return this.context.encode({ type: "connect_error", nsp: this.name, data });
    }, failed);
    if (packet !== undefined) link.send(packet, false);
    else link.link.close(true);
  }
}

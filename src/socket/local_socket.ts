/**
 * A socket of this process: events in and out, rooms, middlewares, its end.
 *
 * Owns: the listeners of its user, the answers it is owed, the flags of its next emit.
 *
 * Invariants
 * - `end` is the only way in which a connected socket ends, in one order, without a pause:
 *   `disconnecting` (connected, rooms still there), out of rooms and tables, `connected = false`,
 *   `disconnect`. A handler that closes again while it runs changes nothing.
 * - What is emitted is encoded before `emit` returns; the user may change the arguments after.
 * - Users' code is called through `invoke` alone.
 *
 * Source: Socket.IO protocol, revision 5; socket.io 4.8 for the order of events.
 */
import { DisconnectedError, quote } from "../base/errors.ts";
import { type HandlerKind, invoke, isThenable } from "../base/invoke.ts";
import { watchedPromise, watchedResult } from "../base/watched_promise.ts";
import type { RequestHead } from "../engine/handshake_info.ts";
import type { EngineSocket } from "../engine/api.ts";
import type { Excess } from "../engine/ports.ts";
import type { DropCause } from "../session/ports.ts";
import type { EncodedPacket } from "../wire/encoded_packet.ts";
import type { SocketPacket } from "../wire/socket_packet.ts";
import { type AckCallback, type AckOutcome, AckTable, promisedAck, settleBy } from "./acks.ts";
import type { Adapter, OutgoingEvent } from "./adapter.ts";
import type { BaseServer, Client, Namespace } from "./api.ts";
import {
  checkEventName,
  type EventArgs,
  LocalBroadcastOperator,
  type OperatorHome,
  splitAck,
  TO_ALL,
} from "./broadcast_operator.ts";
import type { DisconnectReason, Untyped } from "./events.ts";
import { buildHandshake, type Handshake } from "./handshake.ts";
import { HearingSocket, type IncomingEvent } from "./hearing_socket.ts";
import { LIMIT_EXCEEDED, type LimitNotice } from "./limit_notice.ts";
import type { EmitFlags } from "./flagged_socket.ts";
import { OwedAnswers } from "./owed_answers.ts";
import type { SocketHome, SocketLink } from "./ports.ts";
import { chargeRooms, checkPendingAcks, checkRooms, joinsExceeded } from "./socket_limits.ts";
import { SocketSignal } from "./socket_signal.ts";

/** An event or an acknowledgement from the client. */
export type IncomingPacket = IncomingEvent | Extract<SocketPacket, { type: "ack" }>;

/** What a socket is made of. */
export interface SocketParts {
  readonly home: SocketHome & OperatorHome;
  readonly link: SocketLink;
  /** What the client gave as `auth`. */
  readonly auth: Record<string, unknown>;
}

/** A socket whose client is connected to this process. */
export class LocalSocket extends HearingSocket {
  static {
    // What users see in logs and in the inspector is the class that they import.
    Object.defineProperty(this, "name", { value: "Socket" });
  }

  override readonly id: string;
  override data: Untyped = {};
  override readonly recovered = false;
  readonly #home: SocketHome & OperatorHome;
  readonly #link: SocketLink;
  readonly #auth: Record<string, unknown>;
  readonly #issued: number;
  readonly #acks: AckTable;
  readonly #owed: OwedAnswers;
  #handshake: Handshake | undefined;
  #state: "new" | "connected" | "disconnecting" | "leaving" | "closed" = "new";
  #endReason: DisconnectReason | undefined;
  #signal: SocketSignal | undefined;

  constructor({ home, link, auth }: SocketParts) {
    super(home, link);
    this.#home = home;
    this.#link = link;
    this.#auth = auth;
    const { deadlines } = home.context;
    this.#acks = new AckTable(deadlines);
    this.#owed = new OwedAnswers(() => deadlines.now());
    this.id = link.socketId(home.namespace.name);
    this.#issued = home.context.wallTime();
  }

  override get nsp(): Namespace {
    return this.#home.namespace;
  }

  override get server(): BaseServer {
    return this.#home.namespace.server;
  }

  override get adapter(): Adapter {
    return this.#home.adapter;
  }

  override get client(): Client {
    return this.#link;
  }

  override get conn(): EngineSocket {
    return this.#link.conn;
  }

  override get request(): RequestHead {
    return this.#link.request;
  }

  override get handshake(): Handshake {
    this.#handshake ??= buildHandshake(this.#link.link, this.#auth, this.#issued);
    return this.#handshake;
  }

  override get connected(): boolean {
    return this.#state !== "new" && this.#state !== "closed";
  }

  override get disconnected(): boolean {
    return !this.connected;
  }

  override get rooms(): Set<string> {
    if (this.#state === "closed") return new Set();
    return this.#home.adapter.socketRooms(this.id) ?? new Set();
  }

  override get signal(): AbortSignal {
    if (this.#signal === undefined) {
      this.#signal = new SocketSignal(this);
      if (this.#state === "closed") this.#signal.abort(new DisconnectedError(this.#endReason));
    }
    return this.#signal.signal;
  }

  override emit(ev: string | symbol, ...given: unknown[]): boolean {
    const flags = this.takeFlags();
    checkEventName(ev);
    const { args, ack } = splitAck(given);
    const event: EventArgs = [ev, ...args];
    this.say("emitting event %s", ev);
    const settled = ack && this.#settledBy(ack, ev, flags);
    if (flags.signal?.aborted) {
      this.#acks.failSoon(settled, flags.signal.reason);
      return true;
    }
    if (ack !== undefined) checkPendingAcks(this.#acks.size, this.#home.context);
    const id = ack === undefined ? undefined : this.#home.nextAckId();
    const packet = this.#encodeEvent(event, id);
    const isOpen = this.#state !== "closed";
    if (!isOpen) this.#acks.failSoon(settled, new DisconnectedError(this.#endReason));
    else if (settled !== undefined && id !== undefined) {
      this.#acks.add(id, settled, flags);
    }
    this.tellOutgoing(event);
    this.sendInLane(packet, flags.volatile);
    return true;
  }

  override emitWithAck(ev: string | symbol, ...args: unknown[]): Promise<Untyped> {
    const { isErrorFirst } = this;
    return watchedPromise((resolve, reject) => {
      this.emit(ev, ...args, promisedAck(resolve, reject, isErrorFirst));
    }, (error) => this.handlerFailed(error, String(ev), "ack"));
  }

  override send(...args: unknown[]): this {
    this.emit("message", ...args);
    return this;
  }

  override write(...args: unknown[]): this {
    return this.send(...args);
  }

  override join(rooms: string | string[]): Promise<void> | void {
    if (this.#state === "leaving" || this.#state === "closed") return;
    this.say("join room %s", rooms);
    const wanted = new Set(Array.isArray(rooms) ? rooms : [rooms]);
    checkRooms(this.rooms, wanted, this.#home.context);
    const { account } = this.#link.link;
    const excess = account && chargeRooms(account, wanted, this.rooms);
    if (excess !== undefined) return this.#refuseRooms(excess);
    return this.#watched(this.#home.adapter.addAll(this.id, wanted), "join");
  }

  override leave(room: string): Promise<void> | void {
    if (this.#state === "closed") return;
    this.say("leave room %s", room);
    return this.#watched(this.#home.adapter.del(this.id, room), "leave");
  }

  override leaveAll(): Promise<void> | void {
    const leaving = [...this.rooms].map((room) => this.leave(room)).filter(isThenable);
    if (leaving.length > 0) return this.#watched(Promise.all(leaving), "leave");
  }

  override to(room: string | string[]): LocalBroadcastOperator {
    return this.broadcast.to(room);
  }

  override in(room: string | string[]): LocalBroadcastOperator {
    return this.broadcast.in(room);
  }

  override except(room: string | string[]): LocalBroadcastOperator {
    return this.broadcast.except(room);
  }

  override get broadcast(): LocalBroadcastOperator {
    return new LocalBroadcastOperator(this.#home, {
      ...TO_ALL,
      ...this.takeFlags(),
      except: new Set([this.id]),
    });
  }

  override get local(): LocalBroadcastOperator {
    return this.broadcast.local;
  }

  override disconnect(close = false): this {
    if (close && this.connected) {
      this.#link.disconnectAll();
    } else if (this.#state === "connected") {
      this.sendOfProtocol({ type: "disconnect", nsp: this.nsp.name });
      this.end("server namespace disconnect");
    }
    return this;
  }

  /** The namespace has let the socket in: tells the client, unless a room listener has ended it. */
  connect(): void {
    this.#state = "connected";
    if (!this.#joinOwnRoom() || !this.connected) return;
    const packet = { type: "connect", nsp: this.nsp.name } as const;
    const tellsId = this.#link.link.revision.socketIds === "own";
    this.sendOfProtocol(tellsId ? { ...packet, data: { sid: this.id } } : packet);
  }

  /** Whether the socket was given up before it was connected. */
  get isAbandoned(): boolean {
    return this.#state === "closed";
  }

  /** The namespace has refused the socket, its client has gone, or has asked anew. */
  abandon(): void {
    this.giveUp();
    this.#home.tellIfEmpty();
  }

  /** The first half of `abandon`: its namespace is not told yet that it may be empty. */
  giveUp(): void {
    // A second time its id may be that of another socket.
    if (this.#state === "closed") return;
    this.#state = "closed";
    this.endSending();
    this.#leaveRooms();
    this.#home.remove(this.id);
    this.#signal?.abort(new DisconnectedError());
    this.#failWaiting();
  }

  /** Sends a broadcast to this socket. */
  deliver(event: OutgoingEvent): void {
    this.tellOutgoing(event.args);
    this.sendInLane(event.packet, event.volatile);
  }

  /** Tells the client what it is above, which is nobody else's business. */
  tell(notice: LimitNotice): void {
    this.sendOfProtocol({ type: "event", nsp: this.nsp.name, data: [LIMIT_EXCEEDED, notice] });
  }

  /** An event or an acknowledgement came from the client. */
  receive(packet: IncomingPacket): void {
    if (packet.type === "event") {
      this.hear(packet);
      if (this.hasWaiting) this.#owed.touch();
      return;
    }
    if (packet.id === undefined) return;
    if (this.#acks.answered(packet.id, packet.data)) return;
    this.#home.broadcastAcks.answered(packet.id, this.id, packet.data);
  }

  /** The event that asks for this acknowledgement was dropped. */
  unsent(ackId: number, cause: DropCause): void {
    if (this.#acks.unsent(ackId, cause) || cause === "volatile") return;
    const { broadcastAcks, context } = this.#home;
    context.deadlines.soon(() => broadcastAcks.lost(ackId, this.id));
  }

  /** Whether neither side owes the other an acknowledgement that is worth waiting for. */
  get isSettled(): boolean {
    const { deadlines } = this.#home.context;
    return !this.#owed.isAwaited(this.hasWaiting) && !this.#acks.isAwaited(deadlines.now()) &&
      !this.#home.broadcastAcks.awaits(this.id);
  }

  /** The client sent something that is not a packet, and the connection is about to end. */
  fault(error: Error): void {
    this.emitUntyped(this, "error", [error]);
  }

  /** The one end of a connected socket. */
  end(reason: DisconnectReason, description?: unknown): void {
    if (this.#state !== "connected") return;
    this.say("closing socket - reason %s", reason);
    this.#state = "disconnecting";
    const { incidents } = this.#home.context;
    incidents.note("sockets_disconnected", reason, () => `of ${quote(this.nsp.name)}`);
    this.emitUntyped(this, "disconnecting", [reason, description]);
    this.#state = "leaving";
    this.#leaveRooms();
    this.#home.remove(this.id);
    this.#link.detach(this.nsp.name, reason);
    this.#state = "closed";
    this.#endReason = reason;
    this.endSending(reason);
    this.stopHearing();
    this.#signal?.abort(new DisconnectedError(reason));
    this.emitUntyped(this, "disconnect", [reason, description]);
    this.#failWaiting();
    this.#home.tellIfEmpty();
  }

  handlerFailed(error: unknown, event: string, kind?: HandlerKind): void {
    const { id: socketId, nsp } = this;
    this.#home.reportFailure(error, { event, namespace: nsp.name, socketId }, kind);
  }

  protected override answerOnce(id: number): (...args: unknown[]) => void {
    return this.#owed.once((data) => {
      const packet = this.#home.context.encode({ type: "ack", nsp: this.nsp.name, data, id });
      this.sendInLane(packet, false);
    });
  }

  protected override say(message: string, detail?: unknown): void {
    const { socket } = this.#home.context.debug;
    if (socket.enabled) socket.log(message, detail);
  }

  /** Whoever asked for the rooms must not believe that the socket is in them. */
  #refuseRooms(excess: Excess): void {
    this.#link.exceeded(excess, this.nsp.name);
    if (!excess.disconnects) throw joinsExceeded(excess.retryAfterMs);
  }

  /** An adapter may be a user's: where it throws, the socket cannot be, and its session ends. */
  #joinOwnRoom(): boolean {
    try {
      this.say("join room %s", this.id);
      // A failure that comes later is reported, since nobody waits for it.
      void this.#watched(this.#home.adapter.addAll(this.id, new Set([this.id])), "join");
      return true;
    } catch (error) {
      this.handlerFailed(error, "join", "adapter");
      this.#link.link.close(true);
      return false;
    }
  }

  /** An adapter that fails must not keep the socket from its end. */
  #leaveRooms(): void {
    const { adapter } = this.#home;
    invoke(() => adapter.delAll(this.id), adapter, [], "leave", this, "adapter");
  }

  /** Nobody waits for an adapter unless the user does; then the failure is the user's alone. */
  #watched(result: unknown, event: string): Promise<void> | undefined {
    return watchedResult(result, (error) => this.handlerFailed(error, event, "adapter"));
  }

  /** No answer comes any more. An error is made only if somebody gets it. */
  #failWaiting(): void {
    if (this.#acks.size > 0) this.#acks.fail(new DisconnectedError(this.#endReason));
  }

  #settledBy(
    ack: AckCallback,
    event: string,
    { timeoutMs, signal }: EmitFlags,
  ): (outcome: AckOutcome) => void {
    const isErrorFirst = timeoutMs !== undefined || signal !== undefined;
    return settleBy(ack, isErrorFirst, (args) => invoke(ack, this, args, event, this, "ack"));
  }

  #encodeEvent(data: EventArgs, id: number | undefined): EncodedPacket {
    const event = { type: "event", nsp: this.nsp.name, data } as const;
    return this.#home.context.encode(id === undefined ? event : { ...event, id });
  }
}

/**
 * What the engine keeps of one session: the session, who takes its messages, and its façade.
 *
 * Invariants
 * - It is the session's host and the upper floor's link; neither sees the other.
 * - The façade is made when a user first asks for it; without one nothing is told to anybody else.
 * - A message is told to the listeners of the façade, then to the floor above, as in the reference.
 * - A close goes up in one order: out of the engine's table, the floor above, the users' listeners.
 */
import { type ProtocolError, quote } from "../base/errors.ts";
import type { SessionId } from "../base/ids.ts";
import type { Incidents } from "../base/incidents.ts";
import type { HandlerKind } from "../base/invoke.ts";
import type { EncodedPacket } from "../wire/encoded_packet.ts";
import type { EnginePacket, Frame } from "../wire/engine_packet.ts";
import type { RevisionTraits } from "../wire/revision_traits.ts";
import { Session } from "../session/session.ts";
import type { SessionParts } from "../session/session_parts.ts";
import type {
  BufferLimits,
  CloseReason,
  DropCause,
  Lane,
  MemoryBudget,
  PacketMeter,
  SendOutcome,
  SessionEvent,
  SessionHost,
  SessionState,
} from "../session/ports.ts";
import type { Ticket } from "./admission.ts";
import { ConnFacade } from "./conn_facade.ts";
import type { EngineFacade } from "./engine_facade.ts";
import type { EngineRequest, RequestHead } from "./handshake_info.ts";
import type { EngineSocket } from "./api.ts";
import type { EngineLink, Excess, LinkAccount, LinkHandler } from "./ports.ts";

/** RFC 6455, section 7.4.1: an endpoint goes away, such as a server that goes down. */
const GOING_AWAY = 1001;

/** What a session asks of the engine server; all of them share one. */
export interface EngineSessionOwner {
  /** What users see of the engine. */
  readonly engine: EngineFacade;
  /** Whether what sessions send has to be counted. */
  readonly countsPackets: boolean;
  /** Calls `flush` of this session before the turn ends. */
  requestFlush(session: Session): void;
  /** Calls `flush` of this session when its sink has drained; it may have taken something now. */
  awaitDrain(session: Session, progressed: boolean): void;
  /** Takes the session out of the table. */
  remove(id: SessionId): void;
  /** Binary data as the runtime's users expect it. */
  toBinary(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer>;
  /** A listener of a user threw, or its promise was rejected. */
  handlerFailed(error: unknown, event: string, kind?: HandlerKind): void;
  /** Where ends are counted. */
  readonly incidents: Incidents;
}

/** The request that has opened a session. */
export interface OpeningRequest {
  /** The right to be a connection, which the session gives back. */
  readonly ticket: Ticket;
  /** What is known of it. */
  readonly request: EngineRequest;
  /** What users are given of it. */
  readonly userRequest: RequestHead;
}

/** One open session of the engine. */
export class EngineSession implements SessionHost, EngineLink, PacketMeter {
  /** The session itself. */
  readonly session: Session;
  readonly request: EngineRequest;
  userRequest: RequestHead;
  readonly ticket: Ticket;
  readonly #owner: EngineSessionOwner;
  #handler: LinkHandler | undefined;
  #conn: ConnFacade | undefined;
  /** The limit that the peer is above with the message that comes next. */
  #excess: Excess | undefined;
  #end: { readonly reason: CloseReason; readonly description: unknown } | undefined;

  constructor(
    parts: Omit<SessionParts, "host">,
    { request, userRequest, ticket }: OpeningRequest,
    owner: EngineSessionOwner,
  ) {
    this.request = request;
    this.userRequest = userRequest;
    this.ticket = ticket;
    this.#owner = owner;
    const meter = owner.countsPackets ? this : undefined;
    this.session = new Session({ ...parts, host: this, meter });
    if (owner.engine.hearsFlushes) this.watch();
  }

  get id(): SessionId {
    return this.session.id;
  }

  get revision(): RevisionTraits {
    return this.session.revision.traits;
  }

  get address(): string {
    return this.ticket.address;
  }

  get account(): LinkAccount | undefined {
    return this.ticket.account;
  }

  get state(): SessionState {
    return this.session.state;
  }

  get isGone(): boolean {
    return this.session.isGone;
  }

  get bufferedAmount(): number {
    return this.session.bufferedAmount;
  }

  get memory(): MemoryBudget {
    return this.session.memory;
  }

  get writable(): boolean {
    return this.session.writable;
  }

  get engine(): EngineFacade {
    return this.#owner.engine;
  }

  get conn(): EngineSocket {
    return this.#conn ??= new ConnFacade(this);
  }

  /** Tells users that the session has opened, then, unless one has ended it, who takes its messages. */
  begin(): void {
    const { engine } = this.#owner;
    if (engine.hearsConnections) engine.announce("connection", this.conn);
    if (this.state === "open") this.#handler?.begin();
  }

  /** Observes the session if somebody wants to know what it does. */
  watch(): void {
    (this.#conn ??= new ConnFacade(this)).watch();
  }

  /** Says who takes the messages; called once, before the first one. */
  handle(handler: LinkHandler): void {
    this.#handler = handler;
    // The floor above may have closed the session while it was told of it.
    if (this.#end !== undefined) handler.closed(this.#end.reason, this.#end.description);
  }

  send(packet: EncodedPacket, volatile: boolean, lane?: Lane): SendOutcome {
    const conn = this.#conn;
    return conn === undefined || !this.session.observed
      ? this.session.send(packet, volatile, lane)
      : conn.sendPacket(packet, volatile, { lane });
  }

  openLane(limits: BufferLimits): Lane {
    return this.session.openLane(limits);
  }

  awaitBelow(below: number, settle: () => void): () => void {
    return this.session.awaitBelow(below, settle);
  }

  close(discard: boolean): void {
    this.session.close(discard);
  }

  cut(): void {
    this.session.cut();
  }

  expel(): void {
    this.session.expel();
  }

  fail(error: ProtocolError): void {
    this.session.fail(error);
  }

  /** Whether nothing waits for the peer, and no answer is owed on either side. */
  get isSettled(): boolean {
    return this.bufferedAmount === 0 && (this.#handler?.isSettled ?? true);
  }

  /**
   * The server goes: the floor above ends, then the session, once what is queued was sent.
   *
   * @param reason what listeners and the WebSocket are told, if anything
   */
  release(reason: string | undefined): void {
    this.#handler?.released(reason);
    this.session.close(false, { code: GOING_AWAY, reason });
  }

  /** Charges for a packet. Those that keep the session alive are never dropped. */
  count(packet: EnginePacket): boolean {
    const { account } = this.ticket;
    const excess = account?.chargePacket(packet);
    if (excess === undefined) return true;
    if (excess.disconnects) {
      this.#handler?.exceeded(excess);
      return false;
    }
    if (packet.type === "message") this.#excess = excess;
    else this.#handler?.exceeded(excess);
    return true;
  }

  message(frame: Frame): void {
    const data = typeof frame === "string" ? frame : this.toBinary(frame);
    const excess = this.#excess;
    this.#excess = undefined;
    if (excess === undefined) this.#conn?.announceMessage(data);
    if (this.#end === undefined) this.#handler?.message(data, excess);
  }

  toBinary(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
    return this.#owner.toBinary(bytes);
  }

  requestFlush(): void {
    this.#owner.requestFlush(this.session);
  }

  awaitDrain(progressed: boolean): void {
    this.#owner.awaitDrain(this.session, progressed);
  }

  closed(reason: CloseReason, description?: unknown): void {
    this.#end = { reason, description };
    const { incidents } = this.#owner;
    const who = (): string => describeClient(this.address);
    incidents.note("sessions_closed", reason, who);
    if (reason === "ping timeout") incidents.report("limits_exceeded", "pingTimeout", who);
    incidents.blame(description);
    this.#owner.remove(this.id);
    this.#handler?.closed(reason, description);
    this.#conn?.announceClose(reason, description);
  }

  dropped(packet: EncodedPacket, cause: DropCause): void {
    const { incidents } = this.#owner;
    const who = (): string => describeClient(this.address);
    if (cause === "volatile") incidents.note("packets_dropped", cause, who);
    else incidents.report("packets_dropped", cause, who);
    if (packet.asks !== undefined) this.#handler?.unsent(packet.asks, cause);
  }

  observe(event: SessionEvent): void {
    this.#conn?.announce(event);
  }

  /** A listener of a user on the façade threw, or its promise was rejected. */
  handlerFailed(error: unknown, event: string, kind?: HandlerKind): void {
    this.#owner.handlerFailed(error, event, kind);
  }
}

function describeClient(address: string): string {
  return `a client from ${quote(address)}`;
}

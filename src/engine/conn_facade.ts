/**
 * `socket.conn`: what users see of an engine session.
 *
 * Owns: users' listeners, and the list of what was queued while somebody watched.
 *
 * Invariants
 * - Every getter asks the session.
 * - The session is observed only while a listener or a callback needs what it tells, so that others
 *   pay nothing for these events.
 * - While it is observed, the newest of what waits in it are the entries of the list, in order.
 *
 * Source: engine.io 6.6.11 for the order of events.
 */
import { copyBytes } from "../base/bytes.ts";
import { Emitter } from "../base/emitter.ts";
import { describeValue } from "../base/errors.ts";
import { type HandlerErrorSink, invoke } from "../base/invoke.ts";
import { EncodedPacket } from "../wire/encoded_packet.ts";
import type { EnginePacket, Frame } from "../wire/engine_packet.ts";
import type {
  CloseReason,
  DropPolicy,
  Lane,
  SendOutcome,
  SessionEvent,
  SessionState,
  TransportName,
} from "../session/ports.ts";
import type { Session } from "../session/session.ts";
import type { EngineFacade } from "./engine_facade.ts";
import type { RequestHead } from "./handshake_info.ts";
import type {
  EngineSendCallback,
  EngineSendOptions,
  EngineSocket,
  EngineSocketEvents,
  EngineTransport,
} from "./api.ts";

/** What the façade shows. */
export interface FacadeSource extends HandlerErrorSink {
  /** The session below. */
  readonly session: Session;
  /** The façade of the engine. */
  readonly engine: EngineFacade;
  /** The address of the client. */
  readonly address: string;
  /** What users are given of it. */
  userRequest: RequestHead;
  /** Ends the session. */
  close(discard: boolean): void;
  /** Binary data as the runtime's users expect it. */
  toBinary(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer>;
}

/** The events that a session tells its observer of; the others come anyway. */
const OBSERVED = [
  "packet",
  "packetCreate",
  "heartbeat",
  "flush",
  "drain",
  "upgrading",
  "upgrade",
] as const satisfies readonly (keyof EngineSocketEvents)[];

/** Something that was queued. */
interface Departure {
  /** What it was: a packet of the session's own, or one that may have several parts. */
  readonly packet: EnginePacket | EncodedPacket;
  /** Whom to tell that it has left. */
  readonly callback: EngineSendCallback | undefined;
}

/** How a packet is sent. */
interface Way {
  /** The part of the queue that it counts for. */
  readonly lane?: Lane | undefined;
  /** Whom to tell that it has left. */
  readonly callback?: EngineSendCallback | undefined;
}

/** The façade of one session. */
export class ConnFacade extends Emitter<EngineSocketEvents> implements EngineSocket {
  readonly #source: FacadeSource;
  readonly #polling: EngineTransport;
  readonly #webSocket: EngineTransport;
  #departures: Departure[] = [];
  /** How many packets wait that have a callback, and the callbacks of those that leave right now. */
  #awaited = 0;
  #due: EngineSendCallback[] = [];
  #isMuted = false;

  constructor(source: FacadeSource) {
    super();
    this.#source = source;
    this.#polling = new TransportFacade("polling", source.session);
    this.#webSocket = new TransportFacade("websocket", source.session);
  }

  get id(): string {
    return this.#source.session.id;
  }

  get server(): EngineFacade {
    return this.#source.engine;
  }

  get protocol(): number {
    return this.#source.session.revision.traits.protocol;
  }

  get readyState(): SessionState {
    return this.#source.session.state;
  }

  get remoteAddress(): string {
    return this.#source.address;
  }

  get request(): RequestHead {
    return this.#source.userRequest;
  }

  set request(request: RequestHead) {
    this.#source.userRequest = request;
  }

  get transport(): EngineTransport {
    return this.#source.session.transport === "polling" ? this.#polling : this.#webSocket;
  }

  get upgraded(): boolean {
    return this.#source.session.upgraded;
  }

  get upgrading(): boolean {
    return this.#source.session.upgrading;
  }

  send(
    data: string | ArrayBuffer | ArrayBufferView,
    options?: EngineSendOptions | EngineSendCallback,
    callback?: EngineSendCallback,
  ): this {
    const asked: unknown = typeof options === "function" ? options : callback;
    // What is no function is passed over, as in the reference.
    const wanted = typeof asked === "function" ? asked as EngineSendCallback : undefined;
    const packet = EncodedPacket.message([toFrame(data)]);
    if (wanted !== undefined) this.#source.session.observed = true;
    this.sendPacket(packet, false, { callback: wanted });
    return this;
  }

  write(
    data: string | ArrayBuffer | ArrayBufferView,
    options?: EngineSendOptions | EngineSendCallback,
    callback?: EngineSendCallback,
  ): this {
    return typeof options === "function"
      ? this.send(data, options)
      : this.send(data, options, callback);
  }

  close(discard = false): this {
    this.#source.close(discard);
    return this;
  }

  /** Sends a packet, and remembers it until it leaves if somebody watches. */
  sendPacket(
    packet: EncodedPacket,
    volatile: boolean,
    { lane, callback }: Way,
  ): SendOutcome {
    const { session } = this.#source;
    if (!session.observed) return session.send(packet, volatile, lane);
    this.#departures.push({ packet, callback });
    if (callback !== undefined) this.#awaited++;
    const outcome = session.send(packet, volatile, lane);
    if (outcome !== "queued") {
      // Nobody was called meanwhile: it is still the last one.
      this.#departures.pop();
      if (callback !== undefined) this.#awaited--;
      this.watch();
    }
    return outcome;
  }

  /** Observes the session exactly if somebody wants to know. */
  watch(): void {
    const { session, engine } = this.#source;
    session.observed = this.#awaited > 0 || engine.hearsFlushes ||
      OBSERVED.some((event) => this.hears(event));
    if (!session.observed) this.#departures = [];
  }

  /** Tells the users' listeners what the session tells. */
  announce(event: SessionEvent): void {
    switch (event.type) {
      case "packet":
        return this.announceTo(this.#source, "packet", this.#shown(event.packet));
      case "packetCreate":
        return this.#created(event.packet);
      case "flush":
        return this.#flushed();
      case "drain":
        return this.#drained();
      case "dropped":
        return this.#dropped(event.packet, event.cause);
      case "heartbeat":
        return this.announceTo(this.#source, "heartbeat");
      case "upgrading":
      case "upgrade":
        return this.announceTo(this.#source, event.type, this.#webSocket);
    }
  }

  /** Tells the users' listeners of a message. */
  announceMessage(data: Frame): void {
    // For each message: what nobody hears is not even put into a list of arguments.
    if (this.hears("data")) this.announceTo(this.#source, "data", data);
    if (this.hears("message")) this.announceTo(this.#source, "message", data);
  }

  /** Tells the users' listeners of the end. */
  announceClose(reason: CloseReason, description?: unknown): void {
    this.#departures = [];
    this.#due = [];
    this.announceTo(this.#source, "close", reason, description);
  }

  protected override listenersChanged(): void {
    this.watch();
  }

  #created(packet: EnginePacket): void {
    // Messages come by `sendPacket`, which remembers them in one piece.
    if (packet.type !== "message") this.#departures.push({ packet, callback: undefined });
    if (this.hears("packetCreate")) {
      this.announceTo(this.#source, "packetCreate", this.#shown(packet));
    }
  }

  #flushed(): void {
    const { session, engine } = this.#source;
    const left = this.#departures.splice(0, Math.max(0, this.#departures.length - session.waiting));
    for (const { callback } of left) {
      if (callback !== undefined) this.#due.push(callback);
    }
    // Nobody could listen when the handshake was queued: nobody is told that it leaves.
    this.#isMuted = left.length === 0 && !session.hasGreeted;
    if (this.#isMuted || (!this.hears("flush") && !engine.hearsFlushes)) return;
    const packets = left.flatMap(({ packet }) => this.#partsOf(packet));
    this.announceTo(this.#source, "flush", packets);
    engine.announce("flush", this, packets);
  }

  /** What was queued will not leave. What has a callback is no event, and is never dropped. */
  #dropped(packet: EncodedPacket, cause: DropPolicy): void {
    const isThis = (departure: Departure): boolean => departure.packet === packet;
    const at = cause === "dropOldest"
      ? this.#departures.findIndex(isThis)
      : this.#departures.findLastIndex(isThis);
    if (at >= 0) this.#departures.splice(at, 1);
  }

  #drained(): void {
    if (this.#isMuted) return;
    const callbacks = this.#due;
    this.#due = [];
    this.#awaited -= callbacks.length;
    // The order is that of the reference, which differs by transport.
    const isPolling = this.transport.name === "polling";
    if (!isPolling) this.#announceDrain();
    for (const callback of callbacks) {
      invoke(callback, undefined, [this.transport], "drain", this.#source);
    }
    if (isPolling) this.#announceDrain();
    if (callbacks.length > 0) this.watch();
  }

  #announceDrain(): void {
    // A callback may have closed the session: of transports nothing is told after its end.
    if (this.readyState === "closed") return;
    this.announceTo(this.#source, "drain");
    this.#source.engine.announce("drain", this);
  }

  /** What a queued packet is on the wire: a message with attachments is several packets. */
  #partsOf(packet: EnginePacket | EncodedPacket): EnginePacket[] {
    if (!(packet instanceof EncodedPacket)) return [packet];
    return packet.parts.map((data) => this.#shown({ type: "message", data }));
  }

  /** A packet with its binary data as the runtime's users expect it. */
  #shown(packet: EnginePacket): EnginePacket {
    if (packet.type !== "message" || typeof packet.data === "string") return packet;
    return { type: "message", data: this.#source.toBinary(packet.data) };
  }
}

/** One of the transports that a session may have. */
class TransportFacade implements EngineTransport {
  readonly name: TransportName;
  readonly #session: Session;

  constructor(name: TransportName, session: Session) {
    this.name = name;
    this.#session = session;
  }

  get sid(): string {
    return this.#session.id;
  }

  get protocol(): number {
    return this.#session.revision.traits.protocol;
  }

  get readyState(): SessionState {
    if (this.#isInUse) return this.#session.state;
    return this.#isCandidate ? "open" : "closed";
  }

  get writable(): boolean {
    return this.#isInUse ? this.#session.writable : this.#isCandidate;
  }

  get #isInUse(): boolean {
    return this.#session.transport === this.name;
  }

  get #isCandidate(): boolean {
    return this.name === "websocket" && this.#session.upgrading;
  }
}

/**
 * Text, or a copy of binary data.
 *
 * @throws {TypeError} if it is neither
 */
function toFrame(data: unknown): Frame {
  if (typeof data === "string") return data;
  if (data instanceof ArrayBuffer || ArrayBuffer.isView(data)) return copyBytes(data);
  throw new TypeError(
    `Cannot send message: must be text or binary data, found ${describeValue(data)}`,
  );
}

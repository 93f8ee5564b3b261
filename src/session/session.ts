/**
 * One Engine.IO session, without I/O: packets in, packets out, heartbeat, upgrade, end.
 *
 * Owns: the budget of the connection, the queue of what is still to be sent, the transport that carries it, the WebSocket that may
 * take over, and the one deadline of all that waits.
 *
 * Invariants
 * - `open -> closing -> closed`, or `open -> closed`; `#finish` is the only way in which a session
 *   ends, and it tells the host once, after the last change of state.
 * - Packets leave in the order of `send`, over one transport at a time; what was not handed over
 *   before an upgrade leaves after it.
 * - What one turn of the event loop sends leaves in one `flush`.
 * - A volatile packet is never queued behind another one.
 * - A peer that does not read is let go, or loses events: see `SendQueue`.
 * - A session that closes hears its peer's close, and nothing else; of one that is expelled no request
 *   brings anything any more but the rest of what it is sent.
 *
 * Source: Engine.IO protocol, revisions 3 and 4.
 */
import type { Deadline, DeadlineOwner, Deadlines } from "../base/deadlines.ts";
import { ProtocolError, TransportError } from "../base/errors.ts";
import type { SessionId } from "../base/ids.ts";
import type { Flushable } from "../base/turn.ts";
import { EncodedPacket } from "../wire/encoded_packet.ts";
import type { EngineCodec } from "../wire/engine_codec.ts";
import { type EnginePacket, exceeds, type Frame, isClose } from "../wire/engine_packet.ts";
import { ConnectionMemory, MAX_CONNECTION_MEMORY } from "./connection_memory.ts";
import { DrainWaiters } from "./drain_waiters.ts";
import type { Heartbeat } from "./heartbeat.ts";
import { PollingLink } from "./polling_link.ts";
import type {
  BufferLimits,
  CloseNote,
  CloseReason,
  Farewell,
  FrameSink,
  Lane,
  PacketMeter,
  PollResponder,
  SendOutcome,
  SessionEvent,
  SessionHost,
  SessionSettings,
  SessionState,
  TransportName,
  UpgradeOffer,
} from "./ports.ts";
import type { Revision } from "./revision.ts";
import { MESSAGE_TOO_BIG, observeCreated, openPacket, type SessionParts } from "./session_parts.ts";
import { SendQueue } from "./send_queue.ts";
import { UpgradePlace } from "./upgrade_place.ts";
import { WebSocketLink } from "./websocket_link.ts";

const PING = EncodedPacket.control("ping");
const PONG = EncodedPacket.control("pong");

/** Time in which a peer that is expelled must have taken what it is told, in milliseconds. */
export const EXPULSION_MS = 1_000;

/** An Engine.IO session. */
export class Session implements DeadlineOwner, Flushable {
  /** The id the peer names it by. */
  readonly id: SessionId;
  /** The protocol revision it was opened with. */
  readonly revision: Revision;
  /** What the connection makes this process hold. */
  readonly memory: ConnectionMemory;
  /** Whether the host wants to be told of packets, heartbeats and flushes. */
  observed = false;
  readonly #settings: SessionSettings;
  readonly #host: SessionHost;
  readonly #meter: PacketMeter | undefined;
  readonly #deadlines: Deadlines;
  readonly #deadline: Deadline;
  readonly #heartbeat: Heartbeat;
  readonly #queue: SendQueue;
  #drains: DrainWaiters | undefined;
  #state: SessionState = "open";
  #link: PollingLink | WebSocketLink;
  readonly #place: UpgradePlace;
  #upgraded = false;
  #sinkIsGone = false;
  #flushRequested = false;
  #hasGreeted = false;
  #abortPost: (() => void) | undefined;
  #closeBy = Infinity;
  #isExpelled = false;
  #closeNote: CloseNote | undefined;

  constructor(parts: SessionParts) {
    const { id, revision, codec, settings, host, deadlines, sink } = parts;
    this.id = id;
    this.revision = revision;
    this.#settings = settings;
    this.#host = host;
    this.#meter = parts.meter;
    this.#deadlines = deadlines;
    this.memory = new ConnectionMemory(settings.maxConnectionMemory);
    this.#place = new UpgradePlace(settings, this.memory);
    this.#queue = new SendQueue(settings.buffering, (packet, cause) => {
      host.dropped(packet, cause);
      if (this.observed) host.observe({ type: "dropped", packet, cause });
    });
    this.#link = sink === undefined
      ? new PollingLink(codec, settings.maxPayloadBytes)
      : this.#websocketLink(sink, codec);
    this.#heartbeat = revision.createHeartbeat(settings, deadlines, parts.spread);
    this.#deadline = deadlines.create(this);
    this.#arm();
  }

  /** Where the session stands. */
  get state(): SessionState {
    return this.#state;
  }

  /** Whether it has ended, and its WebSocket, if it has one, is closed. */
  get isGone(): boolean {
    return this.#state === "closed" && (this.#sinkIsGone || this.#link.name === "polling");
  }

  /** The transport that carries messages now. */
  get transport(): TransportName {
    return this.#link.name;
  }

  /** Whether an upgrade is under way. */
  get upgrading(): boolean {
    return this.#place.isTaken;
  }

  /** Whether the session was upgraded. */
  get upgraded(): boolean {
    return this.#upgraded;
  }

  /** Whether a packet sent now would leave with this turn. */
  get writable(): boolean {
    return this.#state === "open" && this.#queue.length === 0 && this.#link.writable &&
      !this.upgrading;
  }

  /** Packets that wait here, not handed to a transport yet. */
  get waiting(): number {
    return this.#queue.length;
  }

  /** Whether the handshake has been handed to a transport. */
  get hasGreeted(): boolean {
    return this.#hasGreeted;
  }

  /** Bytes that wait, here or in the runtime. */
  get bufferedAmount(): number {
    return this.#queue.bytes + this.#link.bufferedAmount;
  }

  /** Sends the handshake: the first packet of every session. */
  greet(): void {
    this.send(openPacket(this.id, this.#link.name, this.#settings));
  }

  /**
   * Queues a packet; it leaves with this turn's flush if the peer can take it.
   *
   * @param volatile whether to drop it rather than let it wait
   * @param lane the part of the queue that it counts for, by default that of all others
   */
  send(packet: EncodedPacket, volatile?: boolean, lane?: Lane): SendOutcome {
    if (this.#state !== "open") return "closed";
    if (volatile === true && !this.writable) {
      this.#host.dropped(packet, "volatile");
      return "dropped";
    }
    this.#queue.push(packet, lane);
    if (this.observed) observeCreated(packet, this.#host);
    this.#requestFlush();
    return "queued";
  }

  /** Opens a part of the queue with limits of its own. */
  openLane(limits: BufferLimits): Lane {
    return this.#queue.open(limits);
  }

  /**
   * Has `settle` called once no more than so many bytes wait, unless the session ends before.
   *
   * @returns forgets it
   */
  awaitBelow(below: number, settle: () => void): () => void {
    this.#drains ??= new DrainWaiters();
    const forget = this.#drains.add(below, settle);
    this.#requestFlush();
    return forget;
  }

  /**
   * Ends the session from this side, with reason "forced close".
   *
   * What is queued is sent first, within `closeTimeoutMs`; with `discard`, what the peer cannot take
   * at once is dropped. What a WebSocket is told at its end is in the `note`.
   */
  close(discard = false, note: CloseNote | undefined = this.#closeNote): void {
    this.#closeNote = note;
    if (discard) {
      this.#link.drain(this.#queue, false);
      this.#finish("forced close");
    } else if (this.#state === "open") {
      this.#closeWithin(this.#settings.closeTimeoutMs);
    }
  }

  /** Ends the session at once, if it has not ended, and its connection without a handshake. */
  cut(): void {
    if (this.#state === "closed") this.#link.close("cut");
    else this.#finish("forced close", undefined, "cut");
  }

  /**
   * Ends the session of a peer that went beyond a limit, with reason "forced close".
   *
   * What is queued is sent first, within `EXPULSION_MS`, and nothing that the peer still sends is taken.
   */
  expel(): void {
    if (this.#state === "closed") return;
    this.#isExpelled = true;
    this.#closeWithin(Math.min(EXPULSION_MS, this.#settings.closeTimeoutMs));
  }

  #closeWithin(ms: number): void {
    this.#state = "closing";
    this.#closeBy = Math.min(this.#closeBy, this.#deadlines.now() + ms);
    this.#arm();
    this.#handOver();
  }

  /**
   * A GET came: it waits for the next flush, or has the last packets of a session that closes.
   *
   * @returns false when it is refused: polling or the session is over, or another one waits, which has
   * ended the session
   */
  poll(responder: PollResponder): boolean {
    if (this.#link.name !== "polling" || this.#state === "closed") return false;
    if (!this.#link.accept(responder)) {
      this.#failTransport("overlap from client");
      return false;
    }
    // At once: a close packet of the peer itself may come in the same turn, and would win.
    if (this.#state === "closing") this.#handOver();
    else if (this.#queue.length > 0) this.#requestFlush();
    else if (this.upgrading) this.#releasePoll();
    return true;
  }

  /** The waiting GET was aborted by the peer. */
  pollAborted(): void {
    if (this.#link.name !== "polling") return;
    this.#link.abandon();
    this.#failTransport("poll connection closed prematurely");
  }

  /**
   * A POST came and its body is about to be read.
   *
   * @param abort called when the session ends before `postEnded`
   * @returns false when it is refused: polling or the session is over, the peer was expelled, or another
   * POST is being read, which has ended the session
   */
  postBegun(abort: () => void): boolean {
    if (this.#link.name !== "polling" || !this.#listens) return false;
    if (this.#abortPost === undefined) {
      this.#abortPost = abort;
      return true;
    }
    this.#failTransport("data request overlap from client");
    return false;
  }

  /** The body of the POST was read whole, or was refused. */
  postEnded(): void {
    this.#abortPost = undefined;
  }

  /** The POST broke a rule, or its peer went away. */
  postFailed(what: string): void {
    this.#abortPost = undefined;
    if (this.#link.name === "polling") this.#failTransport(what);
  }

  /**
   * Takes the packets of a payload, up to the one that ends the session.
   *
   * @returns false when the payload was malformed: the session has ended
   */
  receivePayload(body: Frame): boolean {
    const packets = this.#link.codec.decodePayload(body)[Symbol.iterator]();
    while (this.#listens) {
      let next: IteratorResult<EnginePacket>;
      try {
        next = packets.next();
      } catch (error) {
        this.#malformed(error);
        return false;
      }
      if (next.done) break;
      this.#receive(next.value);
    }
    return true;
  }

  /** Takes a frame of one of the session's WebSockets. */
  receiveFrame(sink: FrameSink, frame: Frame): void {
    if (this.#place.owns(sink)) return this.#receiveCandidate(frame);
    if (!this.#carriedBy(sink) || this.#state === "closed") return;
    if (exceeds(frame, this.#settings.maxPayloadBytes)) {
      const options = { limit: "maxHttpBufferSize" };
      const what = "message is larger than maxHttpBufferSize";
      const error = new TransportError(what, "websocket", options);
      return this.#finish("transport error", error, MESSAGE_TOO_BIG);
    }
    if (this.#state === "closing") {
      if (isClose(frame)) this.#finish("transport close");
      return;
    }
    let packet: EnginePacket;
    try {
      packet = this.#link.codec.decodeFrame(frame);
    } catch (error) {
      return this.#malformed(error);
    }
    this.#receive(packet);
  }

  /** The peer broke a rule of a floor above, or a limit: the session ends at once. */
  fail(error: ProtocolError): void {
    this.#finish(error.closeReason, error);
  }

  /** One of the session's WebSockets is closed, or failed when there is an error. */
  sinkClosed(sink: FrameSink, error?: TransportError): void {
    if (this.#place.owns(sink)) {
      this.#place.drop();
      this.#arm();
    } else if (this.#carriedBy(sink)) {
      this.#sinkIsGone = true;
      this.#finish(error === undefined ? "transport close" : "transport error", error);
    }
  }

  /**
   * A WebSocket wants to take over.
   *
   * @returns false when it may not, of which the offer was told: it is the caller's to close
   */
  offerUpgrade(offer: UpgradeOffer): boolean {
    if (this.#state !== "open" || this.upgrading || this.#link.name !== "polling") {
      offer.failed("refused");
      return false;
    }
    const isTaken = this.#place.take(offer, this.#deadlines.now());
    this.#arm();
    return isTaken;
  }

  /** Hands over what is queued; called at the end of a turn, or when the sink has drained. */
  flush(): void {
    this.#flushRequested = false;
    this.#handOver();
  }

  #handOver(): void {
    if (this.#state === "closed") return;
    const waiting = this.#queue.length;
    const isLast = this.#link.drain(this.#queue, this.#state === "closing");
    if (this.#queue.length < waiting) {
      if (this.observed) {
        if (!this.#observe({ type: "flush" }) || !this.#observe({ type: "drain" })) return;
      }
      this.#hasGreeted = true;
    }
    if (isLast) return this.#finish("forced close");
    this.#judge(this.#queue.length < waiting);
  }

  /** The deadline has come: ping, or give up on what did not come in time. */
  onDeadline(now: number): void {
    if (this.#state === "closing" && now >= this.#closeBy) return this.cut();
    this.#place.due(now);
    if (this.upgrading) this.#releasePoll();
    if (this.#state === "open") {
      const action = this.#heartbeat.due(now);
      if (action === "timeout") return this.#finish("ping timeout", undefined, this.#farewell);
      if (action === "ping") this.send(PING);
    }
    this.#arm();
  }

  /** Sets the deadline to the earliest of all that is waited for. */
  #arm(): void {
    if (this.#state === "closed") return;
    const at = this.#state === "open" ? this.#heartbeat.deadline : this.#closeBy;
    this.#deadline.set(Math.min(at, this.#place.nextAt(this.#link.writable)));
  }

  #requestFlush(): void {
    if (this.#flushRequested || this.#state === "closed") return;
    this.#flushRequested = true;
    this.#host.requestFlush();
  }

  /** Lets go of a peer that does not read; asks for another flush when the sink is full. */
  #judge(progressed: boolean): void {
    const handedOver = this.#queue.length === 0 ? 0 : this.#link.handedOver;
    let limit: string | undefined = this.#queue.judge(handedOver);
    if (!this.memory.keepsUp(this.#queue.countedBytes + handedOver)) {
      limit ??= MAX_CONNECTION_MEMORY;
    }
    if (limit !== undefined) {
      const what = `slow consumer: ${this.bufferedAmount} bytes wait for the peer to read`;
      return this.#failTransport(what, limit, "cut");
    }
    this.#drains?.tell(this.bufferedAmount);
    const waits = this.#queue.length > 0 || (this.#drains?.size ?? 0) > 0;
    if (waits && this.#link.name === "websocket") this.#host.awaitDrain(progressed);
  }

  #malformed(error: unknown): void {
    if (!(error instanceof ProtocolError)) throw error;
    this.fail(error);
  }

  #receive(packet: EnginePacket): void {
    if (packet.type === "close") {
      if (this.#link.name === "polling") this.#link.release();
      return this.#finish("transport close");
    }
    if (this.#state !== "open") return;
    if (this.#meter !== undefined && !this.#meter.count(packet)) return;
    if (this.observed && !this.#observe({ type: "packet", packet })) return;
    const sign = this.#heartbeat.received(packet.type);
    if (sign === "refused") return this.#failTransport("invalid heartbeat direction");
    if (this.#queue.length > 0) this.#requestFlush();
    if (packet.type === "message") return this.#host.message(packet.data);
    if (sign === "none") return;
    if (sign === "ping") this.send(PONG);
    this.#arm();
    if (this.observed && this.#state === "open") this.#observe({ type: "heartbeat" });
  }

  #receiveCandidate(frame: Frame): void {
    // A POST that is being read came first: it must not end up behind what follows the upgrade.
    const mayTakeOver = this.#abortPost === undefined;
    const step = this.#place.receive(frame, this.#deadlines.now(), mayTakeOver);
    if (step === "upgrade") return this.#upgrade();
    if (step === "dropped") return this.#arm();
    if (this.observed && !this.#observe({ type: "upgrading" })) return;
    this.#releasePoll();
  }

  #upgrade(): void {
    const polling = this.#link;
    const candidate = this.#place.leave();
    if (candidate === undefined) return;
    this.#upgraded = true;
    this.#link = this.#websocketLink(candidate.sink, candidate.codec);
    this.#arm();
    if (polling.name === "polling") polling.release();
    if (this.observed && !this.#observe({ type: "upgrade" })) return;
    this.#requestFlush();
  }

  /** Lets the peer pause its polling during an upgrade. */
  #releasePoll(): void {
    if (this.#link.name !== "polling" || !this.#link.writable) return;
    if (this.#queue.length === 0 && this.#place.releases(this.#deadlines.now())) {
      this.#link.release();
    }
    this.#arm();
  }

  #websocketLink(sink: FrameSink, codec: EngineCodec): WebSocketLink {
    return new WebSocketLink(sink, codec, this.#settings.highWaterBytes);
  }

  /** Whether what the peer posts may still end the session in its own way. */
  get #listens(): boolean {
    return this.#state === "open" || (this.#state === "closing" && !this.#isExpelled);
  }

  #carriedBy(sink: FrameSink): boolean {
    return this.#link.name === "websocket" && this.#link.owns(sink);
  }

  /** Tells the observer; false when it has closed the session. */
  #observe(event: SessionEvent): boolean {
    this.#host.observe(event);
    return this.#state !== "closed";
  }

  /** What a peer is told that may have gone: nothing where it would have to read much before. */
  get #farewell(): Farewell {
    return this.#link.bufferedAmount > 0 ? "cut" : this.#closeNote;
  }

  #failTransport(what: string, limit?: string, farewell?: Farewell): void {
    const options = limit === undefined ? {} : { limit };
    const error = new TransportError(what, this.#link.name, options);
    this.#finish("transport error", error, farewell);
  }

  /** The one end of a session. */
  #finish(reason: CloseReason, description?: unknown, farewell: Farewell = this.#closeNote): void {
    if (this.#state === "closed") return;
    const abortPost = this.#abortPost;
    this.#state = "closed";
    this.#deadline.clear();
    this.#queue.clear();
    this.#drains?.clear();
    const candidate = this.#place.leave();
    this.memory.end();
    this.#abortPost = undefined;
    this.#link.close(farewell);
    candidate?.close();
    abortPost?.();
    this.#host.closed(reason, description);
  }
}

/**
 * The words a session shares with its neighbours: why it ends, what a send comes to, and the ports
 * through which it reaches the floor above and the runtime below.
 *
 * Invariants
 * - A port has at most six methods and is implemented by somebody else; nothing here has behaviour.
 * - A sink or a responder is used by the one link that holds it, and never after `close` or
 *   `respond`.
 * - A host belongs to one session, so its methods do not name the session.
 */
import type { LimitError } from "../base/errors.ts";
import type { EnginePacket, Frame } from "../wire/engine_packet.ts";
import type { EncodedPacket } from "../wire/encoded_packet.ts";
import type { EngineCodec } from "../wire/engine_codec.ts";
import type { HeartbeatSettings } from "./heartbeat.ts";

/**
 * Why an Engine.IO session ended, in the words that users of the reference know.
 *
 * - `"transport error"`: the network failed, or the peer broke the transport's rules
 * - `"transport close"`: the peer closed the connection or sent a close packet
 * - `"forced close"`: this side asked for it
 * - `"ping timeout"`: no pong came in time, or, of a client of revision 3, nothing at all
 * - `"parse error"`: the peer sent something that is not an Engine.IO packet
 */
export type CloseReason =
  | "transport error"
  | "transport close"
  | "forced close"
  | "ping timeout"
  | "parse error";

/**
 * What became of a packet given to a session.
 *
 * - `"queued"`: it leaves in order, with this turn's write if the peer can take it
 * - `"dropped"`: it was volatile, and could not leave at once
 * - `"closed"`: the session takes nothing any more
 */
export type SendOutcome = "queued" | "dropped" | "closed";

/** Where a session stands: it sends in `"open"` only, and finishes its queue in `"closing"`. */
export type SessionState = "open" | "closing" | "closed";

/** The name of a transport, as in the `transport` query parameter. */
export type TransportName = "polling" | "websocket";

/** What a Close frame says beside that it is the end. */
export interface CloseNote {
  /** The code of RFC 6455, section 7.4. */
  readonly code: number;
  /** A text for people, 123 bytes of UTF-8 at most. */
  readonly reason?: string | undefined;
}

/** How a connection ends: with a note or without one, or cut, for a peer that would not read of its end. */
export type Farewell = CloseNote | "cut" | undefined;

/**
 * What happens to a client for which more waits than a limit allows.
 *
 * - `"close"`: its connection ends
 * - `"dropOldest"`: the oldest events that wait are dropped
 * - `"dropNewest"`: the newest events that wait are dropped
 *
 * Dropping bounds what is left at the end of every turn of the event loop, also for a client that reads
 * fast: of what one turn emits, the runtime takes up to half of `maxBufferedBytes`, and of the rest as much
 * is kept as the limits allow. What the runtime sends within the turn, as Node and Bun do while the network
 * takes it, makes room for more; Deno sends after the turn. One event that is larger than the limit is sent
 * when nothing else is, and what comes meanwhile is dropped. Whoever has more to say waits in between, see
 * `socket.drained()`.
 */
export type BufferPolicy = "close" | "dropOldest" | "dropNewest";

/** A policy that drops. */
export type DropPolicy = Exclude<BufferPolicy, "close">;

/** Why a packet was dropped. */
export type DropCause = DropPolicy | "volatile";

/** What may wait to be sent, and what happens above that. */
export interface BufferLimits {
  /** Bytes, from 1 or `Infinity`. */
  readonly maxBytes: number;
  /** Packets, from 1 or `Infinity`; an event with its attachments is one. */
  readonly maxPackets: number;
  readonly policy: BufferPolicy;
}

/** A limit of what waits, as its option is named. */
export type BufferLimitName = "maxBufferedBytes" | "maxBufferedPackets";

/** A part of what waits on one connection, with limits of its own. */
export interface Lane {
  /** Changes the limits; what waits is judged by them at the next flush. */
  limit(limits: BufferLimits): void;
  /** Nothing more comes; what waits in it is sent like all that has no lane. */
  close(): void;
}

/** What one connection may make this process hold. */
export interface MemoryBudget {
  /** Takes memory for something that has come. False, and nothing is taken, when there is none left. */
  hold(bytes: number): boolean;
  /** Gives back what was held. */
  release(bytes: number): void;
  /** What is wrong when so many bytes cannot be held. */
  excess(bytes: number): LimitError;
}

/** What a runtime gives for one WebSocket: the way out. */
export interface FrameSink {
  /** Sends the frames of one turn, in order. Never throws; frames to a dead peer vanish. */
  write(frames: readonly Frame[]): void;
  /**
   * Starts the closing handshake. No write follows.
   *
   * @param code a code of RFC 6455; none by default
   * @param reason a text of 123 bytes of UTF-8 at most, which comes with a code only
   */
  close(code?: number, reason?: string): void;
  /**
   * Ends the connection without a handshake, and drops what the runtime still holds; also after `close`.
   * A runtime that cannot do that closes.
   */
  cut(): void;
  /** Bytes written and not yet taken by the operating system; a live value. */
  readonly bufferedAmount: number;
}

/**
 * What was wrong with a WebSocket that was to take over a session: the limit that it went beyond, or that
 * it came when there was no place for it, or said what is no upgrade.
 */
export type UpgradeFailure =
  | "maxConnectionMemory"
  | "maxHttpBufferSize"
  | "upgradeTimeout"
  | "refused";

/** A WebSocket that wants to take over a session. */
export interface UpgradeOffer {
  readonly sink: FrameSink;
  /** How it is framed. */
  readonly codec: EngineCodec;
  /** It does not take over, by a fault of the peer: it counts. Must not come back to the session. */
  failed(failure: UpgradeFailure): void;
}

/** One long-polling GET that waits for its answer. */
export interface PollResponder {
  /** Answers the GET with this payload: text, or bytes. Called at most once. */
  respond(payload: Frame): void;
  /** Whether the peer has gone, so that an answer would be lost. */
  readonly gone: boolean;
}

/** Counts what a peer sends. */
export interface PacketMeter {
  /**
   * A packet came, other than one that closes the session.
   *
   * @returns whether the session is to take it
   */
  count(packet: EnginePacket): boolean;
}

/** What a session asks of the engine that owns it. */
export interface SessionHost {
  /** A message from the peer, in the order in which the peer sent it. */
  message(data: Frame): void;
  /** Asks for one call of `flush` before this turn of the event loop ends. */
  requestFlush(): void;
  /** Asks for a call of `flush` when the sink, full now, has drained; it may have taken something. */
  awaitDrain(progressed: boolean): void;
  /** The session is over: called once, after its last state change. */
  closed(reason: CloseReason, description?: unknown): void;
  /** Tells an observer; called only while `session.observed` is true. */
  observe(event: SessionEvent): void;
  /** A packet was dropped: it counts. Must not come back to the session. */
  dropped(packet: EncodedPacket, cause: DropCause): void;
}

/** What an observer of a session can see. */
export type SessionEvent =
  | { readonly type: "packet" | "packetCreate"; readonly packet: EnginePacket }
  | { readonly type: "dropped"; readonly packet: EncodedPacket; readonly cause: DropPolicy }
  | { readonly type: "heartbeat" | "flush" | "drain" | "upgrading" | "upgrade" };

/** The numbers a session works with; one frozen object is shared by all sessions of a server. */
export interface SessionSettings extends HeartbeatSettings {
  /** Time in which an upgrade must be finished, in milliseconds. */
  readonly upgradeTimeoutMs: number;
  /** Time in which a close asked from above must have sent its queue, in milliseconds. */
  readonly closeTimeoutMs: number;
  /** The largest message taken from a peer, and the size at which a poll's answer is cut, in bytes. */
  readonly maxPayloadBytes: number;
  /** What may wait for a peer that had the chance to read it. */
  readonly buffering: BufferLimits;
  /** Bytes that one connection may make this process hold, from 1 or `Infinity`. */
  readonly maxConnectionMemory: number;
  /** Bytes handed to a runtime that has not sent them, over which nothing more is handed over. */
  readonly highWaterBytes: number;
  /** The transports a polling session may upgrade to, as announced in the handshake. */
  readonly upgrades: readonly TransportName[];
}

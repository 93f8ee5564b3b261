/**
 * The ports of the engine: what it gives the floor above, and what it asks of a runtime.
 *
 * Invariants
 * - Above the engine nobody holds a `Session`: an `EngineLink` is what they get of it.
 * - For each link `opened` is called once and first, `closed` once and last.
 * - A runtime that upgrades a request never reads it afterwards: all it may need is in the snapshot.
 */
import type { SessionId } from "../base/ids.ts";
import type { ProtocolError, TransportError } from "../base/errors.ts";
import type {
  BufferLimits,
  CloseReason,
  DropCause,
  FrameSink,
  Lane,
  MemoryBudget,
  SendOutcome,
  SessionState,
} from "../session/ports.ts";
import type { AskedAck, EncodedPacket } from "../wire/encoded_packet.ts";
import type { Frame } from "../wire/engine_packet.ts";
import type { RevisionTraits } from "../wire/revision_traits.ts";
import type { EngineSocket } from "./api.ts";
import type { EngineRequest, RequestHead } from "./handshake_info.ts";
import type { LimitName } from "./limit_rules.ts";

export type { LimitName } from "./limit_rules.ts";

/** One header, as a `Response` takes it. */
export type Header = readonly [name: string, value: string];

/** A client is above one of the limits. */
export interface Excess {
  /** Which one. */
  readonly limit: LimitName;
  /** Milliseconds until what was refused would be taken. */
  readonly retryAfterMs: number;
  /** Whether the client is to be disconnected; otherwise what it has sent is to be dropped. */
  readonly disconnects: boolean;
  /** Whether the client is to be told: it is from time to time only. */
  readonly isTold: boolean;
}

/** What a connection is charged for, where there are limits. */
export interface LinkAccount {
  /** Charges for something. Gives what it is above, if it is: then nothing was charged. */
  charge(limit: LimitName, amount: number): Excess | undefined;
  /** A socket has been let in, and is about to connect: the user may be known from now on. */
  identify(socket: unknown): void;
}

/** One session, as the floor above sees it. */
export interface EngineLink {
  /** The session's id, known to the peer only. */
  readonly id: SessionId;
  /** What clients of its revision can do. */
  readonly revision: RevisionTraits;
  /** The request of the handshake. */
  readonly request: EngineRequest;
  /** What users are given of it. */
  readonly userRequest: RequestHead;
  /** The address of the client, `""` when nobody tells. */
  readonly address: string;
  /** What the connection is charged for, if there are limits. */
  readonly account: LinkAccount | undefined;
  /** Where the session stands. */
  readonly state: SessionState;
  /** Bytes that wait to be sent, here or in the runtime. */
  readonly bufferedAmount: number;
  /** Whether something sent now would leave with this turn. */
  readonly writable: boolean;
  /** What the connection may make this process hold. */
  readonly memory: MemoryBudget;
  /** The façade for users, made when first asked for. */
  readonly conn: EngineSocket;
  /** Queues a message, in a lane or in that of all others; volatile ones are dropped rather than left waiting. */
  send(packet: EncodedPacket, volatile: boolean, lane?: Lane): SendOutcome;
  /** Opens a part of the queue with limits of its own. */
  openLane(limits: BufferLimits): Lane;
  /** Has `settle` called once no more than `below` bytes wait; gives what forgets that. */
  awaitBelow(below: number, settle: () => void): () => void;
  /** Ends the session at once: the peer broke a rule, or a limit. */
  fail(error: ProtocolError): void;
  /** Ends the session: after its queue was sent, or at once with `discard`. */
  close(discard: boolean): void;
  /** Ends the session of a peer that is above a limit: its queue has a second, and it is heard no more. */
  expel(): void;
}

/** Who takes what comes over one link. */
export interface LinkHandler {
  /** Users have been told that the session has opened. Called at most once, before any message. */
  begin(): void;
  /**
   * A message, in the order in which the peer sent it.
   *
   * @param excess the limit that the peer is above, where the packet of the message is to be dropped
   */
  message(data: Frame, excess?: Excess): void;
  /** The peer is above a limit for what is below messages, or is to be disconnected. */
  exceeded(excess: Excess): void;
  /** The event that asks for this was dropped. Must not come back to the session. */
  unsent(asked: AskedAck, cause: DropCause): void;
  /** The session is over; nothing follows. */
  closed(reason: CloseReason, description?: unknown): void;
  /** Whether no answer is owed, on either side, that an end of the session would cut off. */
  readonly isSettled: boolean;
  /** The server goes, and the session is about to close: ends what the client has here. */
  released(description?: string): void;
}

/** Why no session may open for now. */
export interface Unavailable {
  /** The server is about to go, or there are as many as this option allows. */
  readonly cause: "draining" | "maxPendingSessions";
  /** In how many seconds it may be worth while to ask again. */
  readonly retryAfterSeconds: number;
}

/** The floor above the engine. */
export interface EngineHandler {
  /** Why no other session may open now, if so. */
  unavailable(): Unavailable | undefined;
  /** A session has opened: says who takes its messages. */
  opened(link: EngineLink): LinkHandler;
}

/** What a runtime tells of one WebSocket. */
export interface SinkEvents {
  /** The handshake is done; frames may be written to the sink. */
  opened(sink: FrameSink): void;
  /** A frame came, as text or as bytes that nobody else keeps. */
  frame(frame: Frame): void;
  /** It is over: called once, with the error if it failed. */
  closed(error?: TransportError): void;
}

/** The way to turn a `Request` into a WebSocket, of a runtime where both are those of the Web. */
export interface WebSocketUpgrader {
  /**
   * Answers the request with 101 and these headers.
   *
   * @param request the request, valid until this call only
   * @param headers what to add to the answer
   * @param events whom to tell of the WebSocket
   * @throws TypeError when the request is not a valid WebSocket handshake
   */
  upgrade(
    request: Request,
    headers: readonly Header[],
    events: SinkEvents,
  ): Response;
  /** Whether a read of a body that waits must end before that is cancelled. Default: `false`. */
  readonly keepsCancelledReads?: boolean;
}

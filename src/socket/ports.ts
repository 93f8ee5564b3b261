/**
 * What the parts of the socket floor ask of one another, so that none holds its owner.
 *
 * Invariants
 * - A socket knows its namespace as a `SocketHome` and its connection as a `SocketLink`.
 */
import type { Advice } from "../base/advice.ts";
import type { Deadlines } from "../base/deadlines.ts";
import type { Incidents } from "../base/incidents.ts";
import type { HandlerErrorSink, HandlerKind } from "../base/invoke.ts";
import type { DebugScope } from "../base/log.ts";
import type { EngineLink, Excess } from "../engine/ports.ts";
import type { Lane, SendOutcome } from "../session/ports.ts";
import type { SocketPacket } from "../wire/socket_packet.ts";
import type { EncodedPacket } from "../wire/encoded_packet.ts";
import type { Frame } from "../wire/engine_packet.ts";
import type { Adapter } from "./adapter.ts";
import type { AckCollectors } from "./broadcast_acks.ts";
import type { BufferingOptions } from "./buffering.ts";
import type { Client, HandlerErrorContext, HandlerMode, Namespace } from "./api.ts";
import type { DisconnectReason } from "./events.ts";
import type { SocketLimits } from "./socket_limits.ts";

/** Tells the users of one namespace that code of theirs has failed. */
export interface HandlerErrorAnnouncer {
  /** Calls the listeners of `handler_error`; false when there are none. */
  announceHandlerError(error: Error, context: HandlerErrorContext, sink: HandlerErrorSink): boolean;
}

/** Where users' code has failed, and what kind of code it was; a listener if it is not said. */
export interface Failure extends HandlerErrorContext {
  readonly kind?: HandlerKind | undefined;
}

/** What everything of a server shares. */
export interface SocketContext {
  /** The wheel that wakes what waits. */
  readonly deadlines: Deadlines;
  /** The current time, in milliseconds since the Unix epoch. */
  readonly wallTime: () => number;
  /** A new id for a socket. */
  readonly nextSocketId: () => string;
  /** Where the operator is told of something to change. */
  readonly advice: Advice;
  /** Where refusals, limits and ends are counted. */
  readonly incidents: Incidents;
  /** A packet of messages that were encoded before, here or on another node. */
  readonly packet: (parts: readonly Frame[]) => EncodedPacket;
  /** Encodes a packet; throws what the caller's data throws. */
  readonly encode: (packet: SocketPacket) => EncodedPacket;
  /** Tells that users' code has failed; without a namespace it is one of the main one, or of none. */
  readonly handlerFailed: (
    error: unknown,
    context: Failure,
    namespace?: HandlerErrorAnnouncer,
  ) => void;
  /** How the sockets of a namespace run their events if it says nothing else. */
  readonly handlerMode: HandlerMode;
  /** What one socket may hold. */
  readonly limits: SocketLimits;
  /** Where the floor says what it does, by its subjects. */
  readonly debug: Readonly<Record<SocketSubject, DebugScope>>;
}

/** A subject of debug lines: the scope is `socket.io:` and its name, as users of the reference know it. */
export type SocketSubject = "server" | "client" | "namespace" | "parent-namespace" | "socket";

/** What a socket asks of its namespace. */
export interface SocketHome {
  /** The namespace, as users see it. */
  readonly namespace: Namespace;
  /** Who is in which room. */
  readonly adapter: Adapter;
  /** What everything of a server shares. */
  readonly context: SocketContext;
  /** What may wait for each of its sockets, where it is not as of the server. */
  readonly ownBuffering: BufferingOptions;
  /** An id for an event that wants an acknowledgement; all sockets of a namespace share them. */
  nextAckId(): number;
  /** The answers that broadcasts await of its sockets. */
  readonly broadcastAcks: AckCollectors;
  /** How a socket that comes in runs its events. */
  readonly handlerModeOfSockets: HandlerMode;
  /** Tells that users' code has failed. */
  reportFailure(error: unknown, context: HandlerErrorContext, kind?: HandlerKind): void;
  /** The socket has left, or was not let in: it is to be forgotten. */
  remove(socketId: string): void;
  /** Everybody was told of a socket's end: it may have been the last one. */
  tellIfEmpty(): void;
}

/** What a socket asks of its connection. */
export interface SocketLink extends Client {
  /** The session below. */
  readonly link: EngineLink;
  /** The id of this client's socket in a namespace. */
  socketId(namespace: string): string;
  /** Queues a packet, in a lane of its link or in that of all others. */
  send(packet: EncodedPacket, volatile: boolean, lane?: Lane): SendOutcome;
  /** The socket of this namespace has left: it is to be forgotten. */
  detach(namespace: string, reason: DisconnectReason): void;
  /** Disconnects the sockets of all namespaces, and ends the session. */
  disconnectAll(): void;
  /** The client is above a limit: it is told, in this namespace if it is there, or disconnected. */
  exceeded(excess: Excess, namespace: string): void;
}

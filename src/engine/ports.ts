/**
 * The ports of the engine: what it gives the floor above, and what it asks of a runtime.
 *
 * Invariants
 * - Above the engine nobody holds a `Session`: an `EngineLink` is what they get of it.
 * - For each link `opened` is called once and first, `closed` once and last.
 * - A runtime that upgrades a request never reads it afterwards: all it may need is in the snapshot.
 */
import type { SessionId } from "../base/ids.ts";
import type { TransportError } from "../base/errors.ts";
import type {
  CloseReason,
  FrameSink,
  SendOutcome,
  SessionState,
  TransportName,
} from "../session/ports.ts";
import type { EncodedPacket } from "../wire/encoded_packet.ts";
import type { EnginePacket, Frame } from "../wire/engine_packet.ts";
import type { EngineRequest, RequestHead } from "./handshake_info.ts";

/** One header, as a `Response` takes it. */
export type Header = readonly [name: string, value: string];

/** One session, as the floor above sees it. */
export interface EngineLink {
  /** The session's id, known to the peer only. */
  readonly id: SessionId;
  /** The request of the handshake. */
  readonly request: EngineRequest;
  /** What users are given of it. */
  readonly userRequest: RequestHead;
  /** Where the session stands. */
  readonly state: SessionState;
  /** Bytes that wait to be sent, here or in the runtime. */
  readonly bufferedAmount: number;
  /** The façade for users, made when first asked for. */
  readonly conn: EngineSocket;
  /** Queues a message; volatile ones are dropped rather than left waiting. */
  send(packet: EncodedPacket, volatile: boolean): SendOutcome;
  /** Ends the session: after its queue was sent, or at once with `discard`. */
  close(discard: boolean): void;
}

/** Who takes what comes over one link. */
export interface LinkHandler {
  /** A message, in the order in which the peer sent it. */
  message(data: Frame): void;
  /** The session is over; nothing follows. */
  closed(reason: CloseReason, description?: unknown): void;
}

/** The floor above the engine. */
export interface EngineHandler {
  /** Whether another session may open now. */
  admits(): boolean;
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
}

/** The transport of an engine session, as users see it. */
export interface EngineTransport {
  /** `"polling"` or `"websocket"`. */
  readonly name: TransportName;
  /** Whether a packet sent now would leave at once. */
  readonly writable: boolean;
}

/** The events of an engine session, with the arguments of their listeners. */
export interface EngineSocketEvents {
  /** A packet came from the peer. */
  packet: (packet: EnginePacket) => void;
  /** A packet was queued for the peer. */
  packetCreate: (packet: EnginePacket) => void;
  /** A message came from the peer. */
  data: (data: Frame) => void;
  /** A message came from the peer. */
  message: (data: Frame) => void;
  /** A pong came from the peer. */
  heartbeat: () => void;
  /** The queue is being handed to the transport. */
  flush: () => void;
  /** The queue was handed to the transport. */
  drain: () => void;
  /** A WebSocket was probed and is about to take over. */
  upgrading: (transport: EngineTransport) => void;
  /** A WebSocket has taken over. */
  upgrade: (transport: EngineTransport) => void;
  /** The session has ended. */
  close: (reason: CloseReason, description?: unknown) => void;
}

/** The engine session under a socket: `socket.conn`. */
export interface EngineSocket<Req extends RequestHead = RequestHead> {
  /** The session's id. It is a secret between the server and this client: do not show it. */
  readonly id: string;
  /** The Engine.IO revision, 4. */
  readonly protocol: number;
  /** `"open"`, `"closing"` or `"closed"`. */
  readonly readyState: SessionState;
  /** The address of the peer, `""` when the runtime does not tell. */
  readonly remoteAddress: string;
  /** The request of the handshake. */
  readonly request: Req;
  /** The transport in use now. */
  readonly transport: EngineTransport;
  /** Whether the session has moved from polling to another transport. */
  readonly upgraded: boolean;
  /** Whether it is about to. */
  readonly upgrading: boolean;
  /** Adds a listener. */
  on<Name extends keyof EngineSocketEvents>(event: Name, listener: EngineSocketEvents[Name]): this;
  /** Adds a listener that is called once. */
  once<Name extends keyof EngineSocketEvents>(
    event: Name,
    listener: EngineSocketEvents[Name],
  ): this;
  /** Takes a listener away. */
  off<Name extends keyof EngineSocketEvents>(event: Name, listener: EngineSocketEvents[Name]): this;
  /** Sends a raw Engine.IO message, under the Socket.IO protocol. */
  send(data: Frame): this;
  /** The same as `send`. */
  write(data: Frame): this;
  /** Closes the session: after its queue was sent, or at once with `discard`. */
  close(discard?: boolean): this;
}

/** What a middleware is told beside the request. */
export interface EngineMiddlewareInfo {
  /** The request as a frozen snapshot, which stays readable after an upgrade. */
  readonly request: EngineRequest;
  /** Headers to add to the answer, also to the 101 of a WebSocket. */
  readonly responseHeaders: Headers;
}

/**
 * A middleware of the engine: looks at a request before anything else does.
 *
 * It calls `next()` to let the request go on, `next(error)` to refuse it, or gives a Response to
 * answer it itself.
 */
export type EngineMiddleware = (
  request: Request,
  info: EngineMiddlewareInfo,
  next: (error?: unknown) => void,
) => void | Response | Promise<void | Response>;

/** A request that was refused, or a handshake that failed. */
export interface ConnectionError<Req extends RequestHead = RequestHead> {
  /** The request. */
  readonly req: Req;
  /** The code that the client got, 0 to 5. */
  readonly code: number;
  /** The text that belongs to the code. */
  readonly message: string;
  /** What was wrong with this request. */
  readonly context: Readonly<Record<string, unknown>>;
}

/** Headers of an answer, by name, as listeners may change them. */
export type HeaderRecord = Record<string, string | string[]>;

/** The events of the engine, with the arguments of their listeners. */
export interface EngineEvents<Req extends RequestHead = RequestHead> {
  /** A session has opened. */
  connection: (socket: EngineSocket<Req>) => void;
  /** A request was refused. */
  "connection_error": (error: ConnectionError<Req>) => void;
  /** The first answer of a session is about to be sent: headers can be added. */
  "initial_headers": (headers: HeaderRecord, request: Req) => void;
  /** An answer is about to be sent: headers can be added. */
  headers: (headers: HeaderRecord, request: Req) => void;
}

/**
 * The engine of a server, as users see it: `io.engine`.
 *
 * @example
 * ```ts ignore
 * io.engine.on("connection_error", (error) => console.log(error.code, error.context));
 * io.engine.generateId = () => crypto.randomUUID();
 * ```
 */
export interface Engine<Req extends RequestHead = RequestHead> {
  /** How many sessions are open, in whatever namespaces. */
  readonly clientsCount: number;
  /**
   * Makes the id of a session; replace it to make your own, also asynchronously.
   *
   * Ids must be unique and hard to guess: who knows one can take over the session.
   *
   * @default 128 random bits in base64url
   */
  generateId(request: Req): string | Promise<string>;
  /** Ends all sessions at once. */
  close(): this;
  /** Adds a listener. */
  on<Name extends keyof EngineEvents>(event: Name, listener: EngineEvents<Req>[Name]): this;
  /** Adds a listener that is called once. */
  once<Name extends keyof EngineEvents>(event: Name, listener: EngineEvents<Req>[Name]): this;
  /** Takes a listener away. */
  off<Name extends keyof EngineEvents>(event: Name, listener: EngineEvents<Req>[Name]): this;
}

/** The engine where requests are those of the Web. */
export interface WebEngine extends Engine<EngineRequest> {
  /** Adds a middleware that sees every request of the engine first. */
  use(middleware: EngineMiddleware): this;
}

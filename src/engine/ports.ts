/**
 * The ports of the engine: what it gives the floor above, and what it asks of a runtime.
 *
 * Invariants
 * - Above the engine nobody holds a `Session`: an `EngineLink` is what they get of it.
 * - For each link `opened` is called once and first, `closed` once and last.
 * - A runtime that upgrades a request never reads it afterwards: all it may need is in the snapshot.
 */
import type { SessionId } from "../base/ids.ts";
import type { ListenerMethods } from "../base/listener_methods.ts";
import type { ProtocolError, TransportError } from "../base/errors.ts";
import type { Untyped } from "../base/untyped.ts";
import type {
  BufferLimits,
  CloseReason,
  FrameSink,
  Lane,
  MemoryBudget,
  SendOutcome,
  SessionState,
  TransportName,
} from "../session/ports.ts";
import type { EncodedPacket } from "../wire/encoded_packet.ts";
import type { EnginePacket, Frame } from "../wire/engine_packet.ts";
import type { RevisionTraits } from "../wire/revision_traits.ts";
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

/** A transport of an engine session, as users see it: long-polling, or a WebSocket. */
export interface EngineTransport {
  /** `"polling"` or `"websocket"`. */
  readonly name: TransportName;
  /** Whether a packet sent now would leave at once. */
  readonly writable: boolean;
  /** `"closed"` once another transport has taken over, and otherwise as the session. */
  readonly readyState: SessionState;
  /** The Engine.IO revision, 3 or 4. */
  readonly protocol: number;
  /** The id of the session. */
  readonly sid: string;
}

/** How a raw message is sent. */
export interface EngineSendOptions {
  /** Taken, and without effect as long as nothing is compressed. Default: true. */
  readonly compress?: boolean;
}

/** Told that a raw message was handed to a transport. */
export type EngineSendCallback = (transport: EngineTransport) => void;

/**
 * The events of an engine session, with the arguments of their listeners. Binary data is of the
 * class that the runtime's users expect: `Buffer` on Node and Bun, `Uint8Array` elsewhere.
 */
export interface EngineSocketEvents {
  /** A packet came from the peer. */
  packet: (packet: EnginePacket) => void;
  /** A packet was queued for the peer. */
  packetCreate: (packet: EnginePacket) => void;
  /** A message came from the peer; told before the handlers of sockets are called. */
  data: (data: Frame) => void;
  /** A message came from the peer: the same as `data`, and told right after it. */
  message: (data: Frame) => void;
  /** A pong came from the peer. */
  heartbeat: () => void;
  /**
   * Packets were handed to the transport: once for all that one turn of the event loop has sent.
   * The list is a copy. Those queued before anybody asked for these events are not in it.
   */
  flush: (writeBuffer: readonly EnginePacket[]) => void;
  /** Packets were handed to the transport; follows each `flush`. */
  drain: () => void;
  /** A WebSocket was probed and is about to take over. */
  upgrading: (transport: EngineTransport) => void;
  /** A WebSocket has taken over. */
  upgrade: (transport: EngineTransport) => void;
  /** The session has ended; told after sockets were disconnected. */
  close: (reason: CloseReason, description?: Untyped) => void;
}

/**
 * The engine session under a socket: `socket.conn`.
 *
 * @example
 * ```ts
 * import { Server } from "@godwit/io";
 *
 * const io = new Server();
 *
 * io.on("connection", ({ conn }) => {
 *   console.log(conn.transport.name, conn.remoteAddress);
 *   conn.once("upgrade", ({ name }) => console.log(name));
 *   conn.on("packet", ({ type, data }) => console.log(type, data));
 *   conn.on("close", (reason) => console.log(reason));
 * });
 * ```
 */
export interface EngineSocket<Req extends RequestHead = RequestHead>
  extends ListenerMethods<EngineSocketEvents> {
  /** The session's id. It is a secret between the server and this client: do not show it. */
  readonly id: string;
  /** The engine that it is a session of: `io.engine`. */
  readonly server: Engine<Req>;
  /** The Engine.IO revision, 4. */
  readonly protocol: number;
  /** `"open"`, `"closing"` or `"closed"`. */
  readonly readyState: SessionState;
  /**
   * The address of the client, `""` when the runtime does not tell: that of the peer, or, where a proxy is
   * trusted, the one that it tells, see the option `trustProxy`.
   */
  readonly remoteAddress: string;
  /**
   * The request of the handshake. It is kept as long as the session lives: programs that want its
   * memory back, and read it nowhere, set it to `null`; `socket.request` is `null` then too.
   */
  request: Req;
  /** The transport in use now; another object after an upgrade. */
  readonly transport: EngineTransport;
  /** Whether the session has moved from polling to another transport. */
  readonly upgraded: boolean;
  /** Whether it is about to. */
  readonly upgrading: boolean;
  /**
   * Sends a raw Engine.IO message, under the Socket.IO protocol. Once the session is closing or
   * closed nothing is sent.
   *
   * @param data Text, or binary data, which is copied
   * @param options How it is sent
   * @param callback Called once when the message was handed to the transport, with that transport;
   * never when the session ends before
   * @returns This session, for chaining
   * @throws {TypeError} If the data is neither
   */
  send(
    data: string | ArrayBuffer | ArrayBufferView,
    options?: EngineSendOptions,
    callback?: EngineSendCallback,
  ): this;
  /** Sends a raw Engine.IO message, see the other form. */
  send(data: string | ArrayBuffer | ArrayBufferView, callback: EngineSendCallback): this;
  /** The same as `send`. */
  write(
    data: string | ArrayBuffer | ArrayBufferView,
    options?: EngineSendOptions,
    callback?: EngineSendCallback,
  ): this;
  /** The same as `send`. */
  write(data: string | ArrayBuffer | ArrayBufferView, callback: EngineSendCallback): this;
  /**
   * Closes the session, for the reason "forced close".
   *
   * @param discard Whether to close at once. Default: false, which sends what is queued first,
   * within `closeTimeout`
   * @returns This session, for chaining
   */
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
 * answer it itself. `connectTimeout` bounds how long it may take.
 *
 * @param request the request, of which the body is not to be read
 * @param info a snapshot of the request, and headers to add to the answer
 * @param next goes on, or refuses with 400; it counts once
 * @returns a Response to answer with, also by a promise, or nothing
 * @example
 * ```ts
 * import { type EngineMiddleware, Server } from "@godwit/io";
 * import { assertEquals } from "@std/assert";
 *
 * const onlyMembers: EngineMiddleware = (request, { responseHeaders }, next) => {
 *   if (!request.headers.has("x-token")) return new Response("who are you?", { status: 401 });
 *   responseHeaders.set("x-served-by", "node-1");
 *   next();
 * };
 *
 * const io = new Server();
 * io.engine.use(onlyMembers);
 *
 * const url = "http://localhost/socket.io/?EIO=4&transport=polling";
 * assertEquals((await io.fetch(new Request(url))).status, 401);
 * ```
 */
export type EngineMiddleware = (
  request: Request,
  info: EngineMiddlewareInfo,
  next: (error?: unknown) => void,
) => void | Response | Promise<void | Response>;

/**
 * A request that was refused, or a handshake that failed.
 *
 * Source: the Engine.IO protocol, and the codes of the reference.
 *
 * @typeParam Req The kind of request that listeners are given
 * @example
 * ```ts
 * import { type ConnectionError, Server } from "@godwit/io";
 * import { assertEquals } from "@std/assert";
 *
 * const io = new Server();
 * const errors: ConnectionError[] = [];
 * io.engine.on("connection_error", (error) => errors.push(error));
 *
 * await io.fetch(new Request("http://localhost/socket.io/?EIO=4&transport=pigeon"));
 * assertEquals(errors.map(({ code, message }) => [code, message]), [[0, "Transport unknown"]]);
 * ```
 */
export interface ConnectionError<Req extends RequestHead = RequestHead> {
  /** The request. */
  readonly req: Req;
  /**
   * The code that the client got: 0 the transport is unknown, 1 the session is unknown, 2 a handshake by
   * another method than GET, 3 a bad request, 4 forbidden by `allowRequest`, 5 a revision of the protocol
   * that is not supported. New: 6 above one of the `limits`, 7 above `maxConnections`.
   */
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
  /** Packets of a session were handed to its transport, see the event of the session. */
  flush: (socket: EngineSocket<Req>, writeBuffer: readonly EnginePacket[]) => void;
  /** Packets of a session were handed to its transport; follows each `flush`. */
  drain: (socket: EngineSocket<Req>) => void;
}

/** The options of an engine, resolved, under the names that they have for the server. */
export interface EngineOptions {
  /** Time between two pings, in milliseconds. */
  readonly pingInterval: number;
  /** Time in which a pong must come, in milliseconds. */
  readonly pingTimeout: number;
  /** Time in which an upgrade must be finished, in milliseconds. */
  readonly upgradeTimeout: number;
  /** The largest message taken from a client, in bytes. */
  readonly maxHttpBufferSize: number;
  /** The transports that are switched on. */
  readonly transports: readonly TransportName[];
  /** Whether a session may move from polling to a WebSocket. */
  readonly allowUpgrades: boolean;
  /** Whether clients of revision 3 of Engine.IO are taken. */
  readonly allowEIO3: boolean;
  /** A message that every session starts with, if any. */
  readonly initialPacket: Frame | undefined;
  /** The cookie of the first answer, or that there is none. */
  readonly cookie: { readonly name: string } | false;
}

/**
 * The engine of a server, as users see it: `io.engine`.
 *
 * @example
 * ```ts
 * import { Server } from "@godwit/io";
 *
 * const io = new Server();
 * io.engine.on("connection_error", (error) => console.log(error.code, error.context));
 * io.engine.on("initial_headers", (headers) => headers["x-served-by"] = "node-1");
 * io.engine.generateId = () => crypto.randomUUID();
 * ```
 */
export interface Engine<Req extends RequestHead = RequestHead>
  extends ListenerMethods<EngineEvents<Req>> {
  /** How many sessions are open, in whatever namespaces. */
  readonly clientsCount: number;
  /**
   * New. How many WebSockets this side has closed and the runtime has not. On Deno a client that answers
   * no close frame stays among them until it goes away; `maxConnections` counts them.
   */
  readonly lingeringCount: number;
  /**
   * The open sessions by their ids: a live view that cannot be changed. Looking one up costs no
   * more than in a `Map`; going through them copies their ids.
   */
  readonly clients: Readonly<Record<string, EngineSocket<Req>>>;
  /** The options, frozen. */
  readonly opts: EngineOptions;
  /**
   * The transports that a session may move to.
   *
   * @param transport The name of the transport that it uses
   */
  upgrades(transport: TransportName): readonly TransportName[];
  /**
   * Makes the id of a session; replace it to make your own, also asynchronously.
   *
   * Ids must be unique and hard to guess: who knows one can take over the session.
   *
   * @default 128 random bits in base64url
   */
  generateId(request: Req): string | PromiseLike<string>;
  /** Ends all sessions at once; new ones may open. */
  close(): this;
}

/** The engine where requests are those of the Web. */
export interface WebEngine extends Engine<EngineRequest> {
  /**
   * Adds a middleware that sees every request of the engine first, upgrades too, after those that are
   * there.
   *
   * @param middleware Lets a request go on, refuses it, or answers it
   * @returns The engine, for chaining
   */
  use(middleware: EngineMiddleware): this;
}

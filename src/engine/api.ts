/**
 * What users see of the engine: `io.engine`, `socket.conn`, their events, and middlewares.
 *
 * Invariants
 * - Names, events and codes are those of the reference; what is new says so.
 * - There are types only: the façades implement them, and nothing inside listens to their events.
 *
 * Source: engine.io 6.6.11.
 */
import type { ListenerMethods } from "../base/listener_methods.ts";
import type { Untyped } from "../base/untyped.ts";
import type { CloseReason, SessionState, TransportName } from "../session/ports.ts";
import type { EnginePacket, Frame } from "../wire/engine_packet.ts";
import type { EngineRequest, RequestHead } from "./handshake_info.ts";

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
   * that is not supported. New: 6 above one of the `limits`, 7 above `maxConnections` or
   * `maxPendingSessions`.
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

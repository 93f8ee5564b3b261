/**
 * The server on Deno: `Deno.serve` and `deno serve`.
 *
 * ```ts
 * import { Server } from "@godwit/io";
 *
 * const io = new Server();
 * io.on("connection", (socket) => socket.emit("hello", socket.id));
 *
 * const server = Deno.serve({ port: 0 }, io.handler()); // 0: any port that is free
 *
 * // when it is time to stop
 * await io.close();
 * await server.shutdown();
 * ```
 *
 * Under `deno serve` the main file exports the handler:
 * `export default { fetch: io.handler() };`.
 *
 * @module
 */
import { describeValue, TransportError } from "../base/errors.ts";
import { consoleLogger } from "../base/log.ts";
import type { EngineRequest, RequestInfo } from "../engine/handshake_info.ts";
import type { WebEngine } from "../engine/api.ts";
import type { SinkEvents, WebSocketUpgrader } from "../engine/ports.ts";
import { type Fallback, notFound, type Platform } from "../server/platform.ts";
import { CoreServer } from "../server/server.ts";
import type { ServerOptions } from "../server/server_options.ts";
import type { FrameSink } from "../session/ports.ts";
import type { Socket } from "../socket/api.ts";
import type { DefaultEventsMap, EventsMap, Untyped } from "../socket/events.ts";
import type { Frame } from "../wire/engine_packet.ts";

export * from "../server/exports.ts";

/**
 * What Deno tells of a request beside the request itself: a part of `Deno.ServeHandlerInfo`. Every
 * member may be absent.
 */
export interface DenoRequestInfo {
  /** The address of the peer: `handshake.address` is its host name, `""` where it has none. */
  readonly remoteAddr?: Deno.Addr;
}

/**
 * A Socket.IO server on Deno. What it emits and listens to is that of its main namespace, `"/"`.
 *
 * @typeParam ListenEvents The events that clients send
 * @typeParam EmitEvents The events that are sent to clients
 * @typeParam ServerSideEvents The events sent between servers
 * @typeParam SocketData The type of `socket.data`
 * @example
 * ```ts
 * import { Server } from "@godwit/io";
 *
 * interface ClientToServerEvents {
 *   message: (text: string, done: (readers: number) => void) => void;
 * }
 *
 * interface ServerToClientEvents {
 *   message: (text: string) => void;
 * }
 *
 * const io = new Server<ClientToServerEvents, ServerToClientEvents>({ pingInterval: 10_000 });
 *
 * io.on("connection", (socket) => {
 *   socket.on("message", (text, done) => {
 *     socket.broadcast.emit("message", text);
 *     done(io.engine.clientsCount - 1);
 *   });
 * });
 * ```
 */
export class Server<
  ListenEvents extends EventsMap = DefaultEventsMap,
  EmitEvents extends EventsMap = ListenEvents,
  ServerSideEvents extends EventsMap = DefaultEventsMap,
  SocketData = Untyped,
> extends CoreServer<ListenEvents, EmitEvents, ServerSideEvents, SocketData, EngineRequest> {
  readonly #upgrader: WebSocketUpgrader;

  /**
   * Makes a server; it listens nowhere by itself, see {@link handler}.
   *
   * @param options what is to differ from the defaults
   * @throws {TypeError} when options are wrong; the message names all that are
   */
  constructor(
    options: ServerOptions<
      EngineRequest,
      Socket<ListenEvents, EmitEvents, ServerSideEvents, SocketData, EngineRequest>
    > = {},
  ) {
    super(options, platform());
    const { pingInterval, pingTimeout } = this.options;
    const idleSeconds = Math.ceil((pingInterval + pingTimeout) / 1000) + IDLE_MARGIN_SECONDS;
    this.#upgrader = denoUpgrader(Math.min(idleSeconds, MAX_IDLE_SECONDS));
  }

  /** The Engine.IO server below, whose middlewares take the objects of the Web. */
  override get engine(): WebEngine {
    // The engine takes any middleware, and gives the ones of this entry what they expect.
    return super.engine as WebEngine;
  }

  /**
   * The handler for `Deno.serve`, or for `export default { fetch }` under `deno serve`.
   *
   * @param fallback answers what is not for this server, for example `app.fetch` of Hono; without it
   * such requests get 404
   * @returns a function of a request, and of what Deno tells of it, that gives the response
   * @example
   * ```ts
   * import { Server } from "@godwit/io";
   * import { assertEquals } from "@std/assert";
   *
   * const io = new Server();
   * const handler = io.handler(() => new Response("hello")); // or (request) => app.fetch(request)
   *
   * const response = await handler(new Request("http://localhost/"));
   * assertEquals(await response.text(), "hello");
   * ```
   */
  handler(
    fallback: Fallback<DenoRequestInfo> = notFound,
  ): (request: Request, info?: DenoRequestInfo) => Response | Promise<Response> {
    return (request, info = {}) =>
      this.owns(request.url)
        ? this.answer(request, knownOf(info), this.#upgrader)
        : fallback(request, info);
  }

  /**
   * Answers a request for this server; others get 404. It is for programs that route by themselves;
   * {@link handler} does the same with a fallback.
   *
   * @param request the request, as `Deno.serve` has made it: only such a one can become a WebSocket
   * @param info what Deno tells of it
   * @returns the response; that of a poll may take until there is something to send
   * @example
   * ```ts
   * import { Server } from "@godwit/io";
   * import { assertEquals } from "@std/assert";
   *
   * const io = new Server();
   *
   * const url = "http://localhost/socket.io/?EIO=4&transport=polling";
   * const handshake = await io.fetch(new Request(url));
   * assertEquals(handshake.status, 200);
   *
   * const other = await io.fetch(new Request("http://localhost/"));
   * assertEquals(other.status, 404);
   *
   * await io.close();
   * ```
   */
  override fetch(request: Request, info?: DenoRequestInfo): Response | Promise<Response> {
    if (!this.owns(request.url)) return notFound();
    return this.answer(request, knownOf(info), this.#upgrader);
  }
}

declare const setImmediate: ((callback: () => void) => unknown) | undefined;

/** Older versions of Deno have no `setImmediate` here; `setTimeout` waits for 2 ms. */
function afterTurn(callback: () => void): void {
  if (typeof setImmediate === "function") setImmediate(callback);
  else setTimeout(callback, 0);
}

/** So that a silent peer ends by the heartbeat, whose reason users know, and not by Deno before it. */
const IDLE_MARGIN_SECONDS = 20;

/** Deno halves it, and its timers end at 2^31 - 1 ms. */
const MAX_IDLE_SECONDS = 4_294_967;

function platform(): Platform {
  return {
    afterTurn,
    debugPattern: readDebug(),
    writeDebug: (line) => consoleLogger().error(line),
  };
}

/** DEBUG, if the program may read it without asking. */
function readDebug(): string | undefined {
  const { state } = Deno.permissions.querySync({ name: "env", variable: "DEBUG" });
  return state === "granted" ? Deno.env.get("DEBUG") : undefined;
}

/** The address of the peer, where Deno tells it. */
function knownOf(info: DenoRequestInfo | undefined): RequestInfo {
  const address = info?.remoteAddr;
  return {
    remoteAddress: address !== undefined && "hostname" in address ? address.hostname : "",
  };
}

/**
 * Turns requests into WebSockets by `Deno.upgradeWebSocket`.
 *
 * @param idleTimeout seconds after which a peer is cut off that answers no ping of the WebSocket layer
 */
function denoUpgrader(idleTimeout: number): WebSocketUpgrader {
  return {
    // 64 KiB a read; and the connection of a peer that trickles on would never be cut off.
    keepsCancelledReads: true,
    upgrade(request, headers, events): Response {
      checkHandshake(request.headers);
      const { socket, response } = Deno.upgradeWebSocket(request, { idleTimeout });
      for (const [name, value] of headers) response.headers.append(name, value);
      listen(socket, events);
      return response;
    },
  };
}

/**
 * Deno takes any key and any version.
 *
 * @throws {TypeError} when the request is not a valid handshake: RFC 6455, section 4.2.1
 */
function checkHandshake(headers: Headers): void {
  const version = headers.get("sec-websocket-version");
  const key = headers.get("sec-websocket-key") ?? "";
  if (version !== "13") {
    throw new TypeError(
      `Cannot upgrade: Sec-WebSocket-Version must be 13, found ${describeValue(version)}`,
    );
  }
  if (!/^[A-Za-z0-9+/]{22}==$/.test(key)) {
    throw new TypeError("Cannot upgrade: Sec-WebSocket-Key must be 16 bytes as base64");
  }
}

function listen(socket: WebSocket, events: SinkEvents): void {
  let failure: TransportError | undefined;
  let isOver = false;
  socket.binaryType = "arraybuffer";
  socket.onopen = () => events.opened(new DenoSink(socket));
  socket.onmessage = ({ data }) => events.frame(toFrame(data));
  socket.onerror = (event) => {
    const message = event instanceof ErrorEvent ? event.message : "WebSocket failed";
    if (!isLoss(message)) failure = new TransportError(message, "websocket");
  };
  // After an idle timeout the event comes twice.
  socket.onclose = () => {
    if (isOver) return;
    isOver = true;
    // A timer of Deno holds the socket for as long as half the idle timeout: not what it has served too.
    socket.onopen = socket.onmessage = null;
    socket.onerror = socket.onclose = null;
    events.closed(failure);
  };
}

/** Whether that is the end of a connection without a close frame, or its reset, and not a broken rule. */
function isLoss(message: string): boolean {
  return message === "Unexpected EOF" || /\(os error \d+\)$/.test(message);
}

function toFrame(data: string | ArrayBuffer): Frame {
  return typeof data === "string" ? data : new Uint8Array(data);
}

/** A WebSocket of Deno as a sink. */
class DenoSink implements FrameSink {
  readonly #socket: WebSocket;

  constructor(socket: WebSocket) {
    this.#socket = socket;
  }

  get bufferedAmount(): number {
    return this.#socket.bufferedAmount;
  }

  write(frames: readonly Frame[]): void {
    if (this.#socket.readyState !== WebSocket.OPEN) return;
    for (const frame of frames) this.#socket.send(frame);
  }

  close(code?: number, reason?: string): void {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.close(code, reason);
  }

  /** Deno can only close, and keeps a connection whose peer does not answer. */
  cut(): void {
    this.close();
  }
}

/**
 * The server on Deno: `Deno.serve` and `deno serve`.
 *
 * ```ts ignore
 * import { Server } from "@godwit/io";
 *
 * const io = new Server();
 * io.on("connection", (socket) => socket.emit("hello", socket.id));
 * Deno.serve({ port: 3000 }, io.handler());
 * ```
 *
 * @module
 */
import { TransportError } from "../base/errors.ts";
import { consoleLogger } from "../base/log.ts";
import type { SinkEvents, WebSocketUpgrader } from "../engine/ports.ts";
import { CoreServer, type Fallback, type Platform } from "../server/server.ts";
import type { ServerOptions } from "../server/server_options.ts";
import type { FrameSink } from "../session/ports.ts";
import type { DefaultEventsMap, EventsMap, Untyped } from "../socket/events.ts";
import type { Frame } from "../wire/engine_packet.ts";

/** What Deno tells of a request beside the request itself; every member may be absent. */
export interface DenoRequestInfo {
  /** The address of the peer. */
  readonly remoteAddr?: Deno.Addr;
}

/** A Socket.IO server on Deno. */
export class Server<
  ListenEvents extends EventsMap = DefaultEventsMap,
  EmitEvents extends EventsMap = ListenEvents,
  ServerSideEvents extends EventsMap = DefaultEventsMap,
  SocketData = Untyped,
> extends CoreServer<ListenEvents, EmitEvents, ServerSideEvents, SocketData> {
  /**
   * Makes a server; it listens nowhere by itself, see {@link handler}.
   *
   * @param options what is to differ from the defaults
   * @throws {TypeError} when options are wrong; the message names all that are
   */
  constructor(options: ServerOptions = {}) {
    super(options, platform());
  }

  /**
   * The handler for `Deno.serve`, or for `export default { fetch }` under `deno serve`.
   *
   * @param fallback answers what is not for this server, for example `app.fetch` of Hono; without it
   * such requests get 404
   * @example
   * ```ts ignore
   * Deno.serve({ port: 3000 }, io.handler((request) => app.fetch(request)));
   * ```
   */
  handler(
    fallback: Fallback<DenoRequestInfo> = notFound,
  ): (request: Request, info?: DenoRequestInfo) => Response | Promise<Response> {
    return (request, info = {}) =>
      this.owns(pathOf(request)) ? this.#take(request, info) : fallback(request, info);
  }

  /**
   * Answers a request for this server; others get 404.
   *
   * @param request the request
   * @param info what Deno tells of it
   */
  override fetch(request: Request, info?: DenoRequestInfo): Response | Promise<Response> {
    return this.owns(pathOf(request)) ? this.#take(request, info) : notFound();
  }

  #take(request: Request, info: DenoRequestInfo | undefined): Promise<Response> {
    return this.answer(request, { remoteAddress: hostname(info?.remoteAddr) });
  }
}

/** Deno halves it, and its timers end at 2^31 - 1 ms. */
const MAX_IDLE_SECONDS = 4_294_967;

function platform(): Platform {
  return {
    createUpgrader: (idleTimeoutMs) =>
      denoUpgrader(Math.min(Math.ceil(idleTimeoutMs / 1000), MAX_IDLE_SECONDS)),
    afterTurn: (callback) => void setTimeout(callback, 0),
    debugPattern: readDebug(),
    writeDebug: (line) => consoleLogger().error(line),
  };
}

/** DEBUG, if the program may read it without asking. */
function readDebug(): string | undefined {
  const { state } = Deno.permissions.querySync({ name: "env", variable: "DEBUG" });
  return state === "granted" ? Deno.env.get("DEBUG") : undefined;
}

function notFound(): Response {
  return new Response("Not Found", { status: 404 });
}

function pathOf(request: Request): string {
  const { url } = request;
  const start = url.indexOf("/", url.indexOf("://") + 3);
  const end = url.slice(start).search(/[?#]/);
  return end < 0 ? url.slice(start) : url.slice(start, start + end);
}

function hostname(address: Deno.Addr | undefined): string {
  return address !== undefined && "hostname" in address ? address.hostname : "";
}

/**
 * Turns requests into WebSockets by `Deno.upgradeWebSocket`.
 *
 * @param idleTimeout seconds after which a peer is cut off that answers no ping of the WebSocket layer
 */
function denoUpgrader(idleTimeout: number): WebSocketUpgrader {
  return {
    upgrade(request, headers, events): Response {
      const { socket, response } = Deno.upgradeWebSocket(request, { idleTimeout });
      for (const [name, value] of headers) response.headers.append(name, value);
      listen(socket, events);
      return response;
    },
  };
}

function listen(socket: WebSocket, events: SinkEvents): void {
  let failure: TransportError | undefined;
  let isOver = false;
  socket.binaryType = "arraybuffer";
  socket.onopen = () => events.opened(new DenoSink(socket));
  socket.onmessage = ({ data }) => events.frame(toFrame(data));
  socket.onerror = (event) => {
    const message = event instanceof ErrorEvent ? event.message : "WebSocket failed";
    if (message !== "Unexpected EOF") failure = new TransportError(message, "websocket");
  };
  // After an idle timeout the event comes twice.
  socket.onclose = () => {
    if (isOver) return;
    isOver = true;
    events.closed(failure);
  };
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

  close(code?: number): void {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.close(code);
  }
}

export { AckTimeoutError, SocketIoError, StateError, TransportError } from "../base/errors.ts";
export type { Cancel, Clock } from "../base/clock.ts";
export type { Logger } from "../base/log.ts";
export type { AllowRequest } from "../engine/allow_request.ts";
export type { CookieOptions } from "../engine/cookie.ts";
export type {
  CorsCallback,
  CorsOptions,
  CorsOptionsDelegate,
  CorsOrigin,
  CorsOriginFunction,
} from "../engine/cors_options.ts";
export type { EngineRequest, RequestInfo } from "../engine/handshake_info.ts";
export type {
  ConnectionError,
  Engine,
  EngineEvents,
  EngineMiddleware,
  EngineMiddlewareInfo,
  EngineSocket,
  EngineSocketEvents,
  EngineTransport,
  HeaderRecord,
  SinkEvents,
  WebSocketUpgrader,
} from "../engine/ports.ts";
export { CoreServer } from "../server/server.ts";
export type { Fallback, Platform } from "../server/server.ts";
export type { ServerOptions } from "../server/server_options.ts";
export type { CloseReason, FrameSink, SessionState, TransportName } from "../session/ports.ts";
export type * from "../socket/adapter.ts";
export { BaseServer, Namespace, Socket } from "../socket/api.ts";
export type * from "../socket/api.ts";
export { Broadcaster, BroadcastOperator } from "../socket/broadcaster.ts";
export type * from "../socket/events.ts";
export { TypedEmitter } from "../socket/typed_emitter.ts";
export type { EncodedPacket, WireForms } from "../wire/encoded_packet.ts";
export type {
  EngineControlType,
  EnginePacket,
  EnginePacketType,
  Frame,
} from "../wire/engine_packet.ts";
export type { Parser, ParserDecoder, ParserEncoder, ParserPacket } from "../wire/parser_codec.ts";

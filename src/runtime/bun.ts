/**
 * The server on Bun: `Bun.serve`, or `export default` of a program's main file.
 *
 * ```ts ignore
 * import { Server } from "@godwit/io/bun";
 *
 * const io = new Server();
 * io.on("connection", (socket) => socket.emit("hello", socket.id));
 * Bun.serve({ port: 3000, ...io.handler() });
 * ```
 *
 * Binary data reaches handlers as `Buffer`.
 *
 * @module
 */
import { describeValue } from "../base/errors.ts";
import { consoleLogger } from "../base/log.ts";
import type { EngineRequest } from "../engine/handshake_info.ts";
import type { WebEngine } from "../engine/api.ts";
import type { Header, WebSocketUpgrader } from "../engine/ports.ts";
import { notFound, type Platform } from "../server/platform.ts";
import { CoreServer } from "../server/server.ts";
import type { ServerOptions } from "../server/server_options.ts";
import type { Socket } from "../socket/api.ts";
import type { DefaultEventsMap, EventsMap, Untyped } from "../socket/events.ts";
import { BunSink } from "./bun/bun_sink.ts";
import type { BunAnswer, BunHandlers, BunServeOptions, BunServer } from "./bun/bun_types.ts";
import { jsonMemory } from "./bun/json_memory.ts";
import { composeWebSocket } from "./bun/websocket_handlers.ts";

export type * from "./bun/bun_types.ts";
export * from "../server/exports.ts";

declare const Bun: { readonly env: Readonly<Record<string, string | undefined>> };
declare const Buffer: {
  isBuffer(value: unknown): boolean;
  from(memory: ArrayBuffer, offset: number, length: number): Uint8Array<ArrayBuffer>;
};
declare function setImmediate(callback: () => void): unknown;

/** The largest body that Bun takes unless it is told otherwise, in bytes. */
const MAX_REQUEST_BODY_BYTES = 134_217_728;

/**
 * Seconds without traffic after which Bun closes the connection of an answered request: long enough
 * for a slow peer to take the answer, and for the next poll to find the connection open.
 */
const ANSWERED_IDLE_SECONDS = 60;

/**
 * A Socket.IO server on Bun. What it emits and listens to is that of its main namespace, `"/"`.
 *
 * @typeParam ListenEvents The events that clients send
 * @typeParam EmitEvents The events that are sent to clients
 * @typeParam ServerSideEvents The events sent between servers
 * @typeParam SocketData The type of `socket.data`
 * @example
 * ```ts ignore
 * import { Server } from "@godwit/io/bun";
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
 *
 * export default { port: 3000, ...io.handler() };
 * ```
 */
export class Server<
  ListenEvents extends EventsMap = DefaultEventsMap,
  EmitEvents extends EventsMap = ListenEvents,
  ServerSideEvents extends EventsMap = DefaultEventsMap,
  SocketData = Untyped,
> extends CoreServer<ListenEvents, EmitEvents, ServerSideEvents, SocketData, EngineRequest> {
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
  }

  /** The Engine.IO server below, whose middlewares take the objects of the Web. */
  override get engine(): WebEngine {
    // The engine takes any middleware, and gives the ones of this entry what they expect.
    return super.engine as WebEngine;
  }

  /**
   * The options for `Bun.serve`, or for `export default`; others, such as `port` and `tls`, stand
   * beside them. Routes, `fetch` and WebSockets of your own on the same server are given here:
   *
   * - The path of this server, as it is when this is called, wins over routes of yours that are less
   *   specific, such as `"/*"`. A more specific one, such as `"/socket.io/status"`, wins over it.
   * - After `io.path()` call `server.reload({ ...io.handler(own) })`: sessions go on.
   * - Bun has one limit of a kind for all WebSockets of a server. `maxPayloadLength` is the larger of
   *   yours and `maxHttpBufferSize`, `idleTimeout` the longer of yours and 20 s more than
   *   `pingInterval` and `pingTimeout` together; both sides keep to their own limit. Other settings,
   *   `backpressureLimit` among them, are yours, and cost this server's sessions no message.
   * - Give nothing of what is returned a second time beside it: Bun would take the last one only.
   *
   * @param own what else there is on the same server
   * @returns what `Bun.serve` takes: `routes`, `fetch`, `websocket` and, where it is not Bun's default,
   * `maxRequestBodySize`
   * @throws {TypeError} when a segment of the path starts with `:` or `*`, as in patterns of routes
   * @example
   * ```ts ignore
   * import { Server } from "@godwit/io/bun";
   *
   * const io = new Server();
   *
   * Bun.serve({
   *   port: 3000,
   *   ...io.handler({
   *     routes: { "/hello/:name": (request) => new Response(`Hello, ${request.params.name}`) },
   *     fetch: () => new Response("any other path"),
   *   }),
   * });
   * ```
   */
  handler<Data = undefined, Path extends string = string>(
    own: BunHandlers<Data, Path> = {},
  ): BunServeOptions<Data> {
    const { maxHttpBufferSize, pingInterval, pingTimeout } = this.options;
    const maxBody = Math.max(own.maxRequestBodySize ?? MAX_REQUEST_BODY_BYTES, maxHttpBufferSize);
    const answer = (request: Request, server: BunServer<Data>): BunAnswer => {
      if (this.owns(request.url)) return this.#take(request, server);
      return own.fetch === undefined ? notFound() : own.fetch.call(server, request, server);
    };
    return {
      // The user's routes may be more than functions; Bun knows what to do with them.
      routes: { ...own.routes as BunServeOptions<Data>["routes"], ...this.#routes(answer) },
      fetch: answer,
      websocket: composeWebSocket(own.websocket, {
        maxPayloadBytes: maxHttpBufferSize,
        maxSilenceMs: pingInterval + pingTimeout,
      }),
      ...(maxBody === MAX_REQUEST_BODY_BYTES ? {} : { maxRequestBodySize: maxBody }),
    };
  }

  /**
   * Answers a request for this server, for frameworks that route by themselves; others get 404. The
   * WebSockets are served by `websocket` of {@link handler}, which `Bun.serve` must be given.
   *
   * @param request the request, as Bun has made it
   * @param server the server that it came to; without it WebSocket handshakes are refused
   * @returns the response; that of a poll may take until there is something to send
   * @example
   * ```ts ignore
   * import { type BunServer, Server } from "@godwit/io/bun";
   * import { Hono } from "hono";
   *
   * const io = new Server();
   * const app = new Hono<{ Bindings: BunServer<never> }>();
   * app.all("/socket.io/*", (context) => io.fetch(context.req.raw, context.env));
   *
   * Bun.serve({ port: 3000, fetch: app.fetch, websocket: io.handler().websocket });
   * ```
   */
  override fetch(
    request: Request,
    server?: BunServer<never> | null,
  ): Response | Promise<Response> {
    return this.owns(request.url) ? this.#take(request, server ?? undefined) : notFound();
  }

  /** A server's own `fetch` method gives none. */
  async #take(request: Request, server: BunServer<never> | undefined): Promise<Response> {
    if (server === undefined) return await this.answer(request, { remoteAddress: "" });
    // Polls wait longer than the idle timeout of HTTP, and the engine bounds every wait itself.
    server.timeout(request, 0);
    const info = {
      remoteAddress: server.requestIP(request)?.address ?? "",
      // The URL has no scheme when the Host header is malformed.
      secure: server.protocol === "https" || request.url.startsWith("https:"),
    };
    const response = await this.answer(request, info, upgraderOf(server));
    server.timeout(request, ANSWERED_IDLE_SECONDS);
    return response;
  }

  #routes<Answer>(answer: Answer): Record<string, Answer> {
    const path = this.path();
    if (/\/[:*]/.test(path)) {
      throw new TypeError(
        'Cannot make handler: no segment of the path may start with ":" or "*", found ' +
          describeValue(path),
      );
    }
    const routes = { [`${path}/`]: answer, [`${path}/*`]: answer };
    return this.options.addTrailingSlash || path === "" ? routes : { ...routes, [path]: answer };
  }
}

function platform(): Platform {
  return {
    afterTurn: (callback) => void setImmediate(callback),
    joinsFrames: true,
    debugPattern: Bun.env.DEBUG,
    writeDebug: (line) => consoleLogger().error(line),
    toBinary: (bytes) =>
      Buffer.isBuffer(bytes)
        ? bytes
        : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength),
    jsonMemory,
  };
}

/** Turns requests to a server into WebSockets. */
function upgraderOf(server: BunServer<never>): WebSocketUpgrader {
  return {
    upgrade(request, headers, events): Response {
      // `never` stands for whatever type the data of the user's WebSockets has.
      const data = new BunSink(events) as never;
      const options = headers.length === 0 ? { data } : { data, headers: headersOf(headers) };
      if (!server.upgrade(request, options)) {
        throw new TypeError("Cannot upgrade: the request is not a valid WebSocket handshake");
      }
      // Bun has answered already; frameworks expect a response all the same.
      return new Response(null);
    },
  };
}

function headersOf(list: readonly Header[]): Headers {
  const headers = new Headers();
  for (const [name, value] of list) headers.append(name, value);
  return headers;
}

/**
 * The server on Node, beside or without an application of your own; it also runs under Deno, on
 * `node:http`.
 *
 * ```ts
 * import { createServer } from "node:http";
 * import { Server } from "@godwit/io/node";
 *
 * const httpServer = createServer((_request, response) => response.end("hello")); // or an app
 * const io = new Server(httpServer);
 * io.on("connection", (socket) => socket.emit("hello", socket.id));
 * httpServer.listen(0); // 0: any port that is free
 *
 * // when it is time to stop
 * await io.close();
 * ```
 *
 * @module
 */
import type { Buffer } from "node:buffer";
import type { IncomingMessage, ServerResponse } from "node:http";
// @ts-types="npm:@types/ws@8.18.2"
// deno-lint-ignore no-import-prefix -- nothing else imports it, so its version is said here
import { WebSocketServer } from "npm:ws@8.23.0";
import { StateError } from "../base/errors.ts";
import type { Header, SinkEvents } from "../engine/ports.ts";
import { notFound } from "../server/platform.ts";
import { CoreServer } from "../server/server.ts";
import { Namespace as CoreNamespace, Socket as CoreSocket } from "../socket/api.ts";
import type { DefaultEventsMap, EventsMap, Untyped } from "../socket/events.ts";
import { createFastifyPlugin, type FastifyPlugin } from "./node/fastify_plugin.ts";
import { FrameWriter } from "./node/frame_writer.ts";
import { createHealthHandler, type NodeHealthHandler } from "./node/health_handler.ts";
import { type AttachmentHost, HttpAttachment } from "./node/http_attachment.ts";
import { HttpCall } from "./node/http_call.ts";
import {
  checkHttpServer,
  type HttpServerOrPort,
  type NodeHttpServer,
  openHttpServer,
} from "./node/http_server.ts";
import { hasMiddlewares, type NodeEngine, nodeEngine } from "./node/node_engine.ts";
import {
  isOptions,
  type NodeServerOptions,
  resolveAttachOptions,
  type ResolvedNodeOptions,
} from "./node/options.ts";
import { nodePlatform } from "./node/platform.ts";
import { tameErrors } from "./node/socket_end.ts";
import { openSink } from "./node/websocket_sink.ts";
import { UpgradeCall, type UpgradeOffer, type WebSocketAcceptor } from "./node/upgrade_call.ts";

export * from "../server/exports.ts";
export type {
  FastifyLike,
  FastifyPlugin,
  FastifyReplyLike,
  FastifyRequestLike,
} from "./node/fastify_plugin.ts";
export type { NodeHealthHandler } from "./node/health_handler.ts";
export type { HttpServerOrPort, NodeHttpServer } from "./node/http_server.ts";
export type { NodeEngine, NodeMiddleware } from "./node/node_engine.ts";
export type {
  HttpServerOptions,
  NodeServerOptions as ServerOptions,
  ResolvedNodeOptions,
} from "./node/options.ts";

/** One client in one namespace, whose `request` is the `IncomingMessage` of the handshake. */
export type Socket<
  ListenEvents extends EventsMap = DefaultEventsMap,
  EmitEvents extends EventsMap = ListenEvents,
  ServerSideEvents extends EventsMap = DefaultEventsMap,
  SocketData = Untyped,
> = CoreSocket<ListenEvents, EmitEvents, ServerSideEvents, SocketData, IncomingMessage>;

/** The class of all sockets under a name that can be augmented, see docs/troubleshooting.md. */
export { Socket as CoreSocket } from "../socket/api.ts";

/** The class of all sockets, for `instanceof`. */
export const Socket: typeof CoreSocket = CoreSocket;

/** A namespace, whose sockets have an `IncomingMessage`. */
export type Namespace<
  ListenEvents extends EventsMap = DefaultEventsMap,
  EmitEvents extends EventsMap = ListenEvents,
  ServerSideEvents extends EventsMap = DefaultEventsMap,
  SocketData = Untyped,
> = CoreNamespace<ListenEvents, EmitEvents, ServerSideEvents, SocketData, IncomingMessage>;

/** The class of all namespaces, for `instanceof`. */
export const Namespace: typeof CoreNamespace = CoreNamespace;

/** What is known of a `Request` that is given to `io.fetch()`. */
export interface FetchInfo {
  /** The address of the peer. Default: `""`. */
  readonly remoteAddress?: string;
}

/** Lets the plugin say who takes the requests of a server. */
let hostOf: <
  ListenEvents extends EventsMap,
  EmitEvents extends EventsMap,
  ServerSideEvents extends EventsMap,
  SocketData,
>(io: Server<ListenEvents, EmitEvents, ServerSideEvents, SocketData>) => AttachmentHost;

/**
 * A Socket.IO server on Node. What it emits and listens to is that of its main namespace, `"/"`.
 *
 * @typeParam ListenEvents The events that clients send
 * @typeParam EmitEvents The events that are sent to clients
 * @typeParam ServerSideEvents The events sent between servers
 * @typeParam SocketData The type of `socket.data`
 * @example
 * ```ts
 * import { Server } from "@godwit/io/node";
 *
 * interface ServerToClientEvents {
 *   welcome: (address: string | undefined) => void;
 * }
 *
 * const io = new Server<Record<never, never>, ServerToClientEvents>({ pingInterval: 10_000 });
 *
 * io.on("connection", (socket) => {
 *   socket.emit("welcome", socket.request.socket.remoteAddress); // an IncomingMessage
 * });
 * ```
 */
export class Server<
  ListenEvents extends EventsMap = DefaultEventsMap,
  EmitEvents extends EventsMap = ListenEvents,
  ServerSideEvents extends EventsMap = DefaultEventsMap,
  SocketData = Untyped,
> extends CoreServer<ListenEvents, EmitEvents, ServerSideEvents, SocketData, IncomingMessage> {
  readonly #engine: NodeEngine;
  readonly #attachments: HttpAttachment[] = [];
  readonly #host: AttachmentHost = {
    owns: (target) => this.owns(target),
    handleRequest: (request, response) => this.#handleRequest(request, response),
    handleUpgrade: (request, socket, head) => this.#handleUpgrade({ request, socket, head }),
    closed: () => this.#httpServerClosed(),
  };
  #acceptor: WebSocketAcceptor | undefined;

  /**
   * Makes a server that listens nowhere yet, see {@link attach}.
   *
   * @param options what is to differ from the defaults
   * @throws {TypeError} when options are wrong; the message names all that are
   */
  constructor(
    options?: NodeServerOptions<Socket<ListenEvents, EmitEvents, ServerSideEvents, SocketData>>,
  );
  /**
   * Makes a server, and attaches it.
   *
   * @param server an HTTP server, or a port to listen on
   * @param options what is to differ from the defaults
   * @throws {TypeError} when options are wrong; the message names all that are
   * @example
   * ```ts
   * import { Server } from "@godwit/io/node";
   *
   * const io = new Server(0, { pingInterval: 10_000 }); // 0: any port that is free
   * await io.close();
   * ```
   */
  constructor(
    server?:
      | HttpServerOrPort
      | NodeServerOptions<Socket<ListenEvents, EmitEvents, ServerSideEvents, SocketData>>,
    options?: NodeServerOptions<Socket<ListenEvents, EmitEvents, ServerSideEvents, SocketData>>,
  );
  constructor(
    first?:
      | HttpServerOrPort
      | NodeServerOptions<Socket<ListenEvents, EmitEvents, ServerSideEvents, SocketData>>,
    second: NodeServerOptions<Socket<ListenEvents, EmitEvents, ServerSideEvents, SocketData>> = {},
  ) {
    const [server, options] = isOptions(first) ? [undefined, first] : [first, second];
    super(options, nodePlatform());
    this.#engine = nodeEngine(super.engine, this.#host, () => this.httpServer);
    if (server !== undefined && server !== null) this.attach(server);
  }

  static {
    hostOf = (io) => io.#host;
  }

  /** The Engine.IO server below, whose middlewares take the objects of Node. */
  override get engine(): NodeEngine {
    return this.#engine;
  }

  /** The HTTP server that was attached last; undefined before, although its type does not say so. */
  get httpServer(): NodeHttpServer {
    // As in the reference, where programs read it without asking.
    return this.#attachments.at(-1)?.server as NodeHttpServer;
  }

  /**
   * Listens for clients on an HTTP server, beside what it does already. A server may be attached to
   * several.
   *
   * @param server an HTTP server, or a port: then an HTTP server is made, which knows no other paths
   * @param options options of the engine, of which those that the constructor was given count more;
   * `closeHttpServer`, `destroyUpgrade` and `destroyUpgradeTimeout` count for this HTTP server only
   * @returns this server, for chaining
   * @throws {TypeError} when options are wrong, or `server` is none
   * @throws {StateError} after `close()` or `drain()`
   */
  attach(
    server: HttpServerOrPort,
    options: NodeServerOptions<Socket<ListenEvents, EmitEvents, ServerSideEvents, SocketData>> = {},
  ): this {
    if (!this.health.live) throw new StateError("Cannot attach: the server has been closed");
    checkHttpServer(server);
    const { destroyUpgrade, destroyUpgradeTimeout, closeHttpServer, ...engineOptions } = options;
    const given = { destroyUpgrade, destroyUpgradeTimeout, closeHttpServer };
    const own = resolveAttachOptions(this.options, given);
    if (Object.keys(engineOptions).length > 0) {
      this.configure(engineOptions);
      this.#acceptor = undefined;
    }
    const httpServer = openHttpServer(server);
    if (this.#attachments.some((attachment) => attachment.server === httpServer)) return this;
    const takesUpgrades = this.options.transports.includes("websocket");
    this.#attachments.push(new HttpAttachment(httpServer, this.#host, { ...own, takesUpgrades }));
    return this;
  }

  /** The same as {@link attach}: it does not make an HTTP server of yours listen. */
  listen(
    server: HttpServerOrPort,
    options?: NodeServerOptions<Socket<ListenEvents, EmitEvents, ServerSideEvents, SocketData>>,
  ): this {
    return this.attach(server, options);
  }

  /**
   * Disconnects all sockets with the reason "server shutting down", ends all sessions, frees the
   * adapters, and closes the HTTP servers that it is attached to, unless `closeHttpServer` is false.
   * Requests that come later are answered with 503.
   *
   * @param fn called when all is done, with the first error of an adapter, or of an HTTP server that
   * was not listening
   * @returns a promise that resolves then
   */
  override close(fn?: (err?: Error) => void): Promise<void> {
    return super.close(fn);
  }

  /**
   * Answers a `Request` of a client that came by another way than an HTTP server; other paths get 404,
   * and WebSocket handshakes are refused. Functions of yours get a snapshot of the request in place of
   * an `IncomingMessage`. While there are middlewares of `io.engine.use()` the answer is 501: they want
   * the objects of Node.
   *
   * @param request the request
   * @param info what is known of it
   * @returns the response; that of a poll may take until there is something to send
   */
  override fetch(request: Request, info: FetchInfo = {}): Response | Promise<Response> {
    if (!this.owns(request.url)) return notFound();
    if (hasMiddlewares(this.#engine)) {
      const reason = "Cannot answer a Request: middlewares of io.engine.use() want Node's objects";
      return new Response(reason, { status: 501 });
    }
    return this.answer(request, { remoteAddress: info.remoteAddress ?? "" });
  }

  /**
   * Not possible: this server brings its own engine.
   *
   * @throws {StateError} always
   */
  bind(_engine: unknown): never {
    throw new StateError(
      "Cannot bind another engine: use io.attach(httpServer), or io.engine.handleRequest() and " +
        "io.engine.handleUpgrade(); on Bun, the Server of @godwit/io/bun",
    );
  }

  /**
   * Not possible: there is no engine for uWebSockets.js.
   *
   * @throws {StateError} always
   */
  attachApp(_app: unknown, _options?: unknown): never {
    throw new StateError(
      "Cannot attach an application of uWebSockets.js: use io.attach(httpServer)",
    );
  }

  /**
   * Not possible: connections are made by the server's own engine.
   *
   * @throws {StateError} always
   */
  onconnection(_connection: unknown): never {
    throw new StateError(
      "Cannot take a connection of another engine: use io.engine.handleRequest() and " +
        "io.engine.handleUpgrade()",
    );
  }

  /**
   * Makes a function that answers the probes of load balancers and orchestrators: a listener for
   * `node:http`, a handler for Express, or a function of a `Request`. `/…/ready` is answered with 200
   * while new clients are welcome, and one of the HTTP servers listens; `/…/live` with 200 until the
   * server is closed; both with 503 otherwise, other paths with 404. The body is
   * `{"status":"ok","connections":12}`, and is never to be cached.
   *
   * @returns a function of a request, of which it reads the method and the last segment of the path
   * @example
   * ```ts
   * import { createServer } from "node:http";
   * import { Server } from "@godwit/io/node";
   *
   * const io = new Server();
   * const health = io.healthHandler(); // with Express: app.use("/health", io.healthHandler())
   *
   * const httpServer = createServer((request, response) => {
   *   if (request.url?.startsWith("/health/")) health(request, response);
   *   else response.end("hello");
   * });
   * io.attach(httpServer); // then httpServer.listen(3000)
   * ```
   */
  override healthHandler(): NodeHealthHandler {
    return createHealthHandler((method, target) => this.life.probe(method, target));
  }

  /** The options, checked, with their defaults. */
  protected override get options(): Readonly<ResolvedNodeOptions> {
    // The platform of this entry resolves them by its own table.
    return super.options as Readonly<ResolvedNodeOptions>;
  }

  /** Whether one of the HTTP servers listens; without any, whoever gives requests is asked. */
  protected override get listening(): boolean {
    return this.#attachments.length === 0 ||
      this.#attachments.some(({ server }) => server.listening);
  }

  /** Closes the HTTP servers. */
  protected override async closed(): Promise<Error | undefined> {
    const closing = this.#attachments.map((attachment) => {
      attachment.release();
      return attachment.close();
    });
    return (await Promise.all(closing)).find((error) => error !== undefined);
  }

  #handleRequest(request: IncomingMessage, response: ServerResponse): void {
    const call = new HttpCall(request, response, () => !this.health.live);
    // What throws while an answer is written comes from a response that others have changed.
    this.handle(call).catch(() => void request.destroy());
  }

  #handleUpgrade(offer: UpgradeOffer): void {
    tameErrors(offer.socket);
    this.#acceptor ??= new WsAcceptor(this.options);
    const call = new UpgradeCall(offer, this.#acceptor);
    this.handle(call).catch(() => void offer.socket.destroy());
  }

  /** Sessions cannot go on when no HTTP server is left, polling ones between two polls for example. */
  #httpServerClosed(): void {
    if (!this.listening) this.engine.close();
  }
}

/**
 * A plugin of Fastify 5 that attaches a server, gives it as `fastify.io`, and ends its sessions when
 * Fastify closes. The HTTP server stays Fastify's: `io.close()` does not close it.
 *
 * @param io the server
 * @returns what `fastify.register()` takes
 * @example
 * ```ts
 * import Fastify from "fastify";
 * import { fastifyPlugin, Server } from "@godwit/io/node";
 *
 * const fastify = Fastify();
 * const io = new Server();
 * await fastify.register(fastifyPlugin(io));
 * await fastify.close(); // or `await fastify.listen({ port: 3000 })` first
 * ```
 */
export function fastifyPlugin<
  ListenEvents extends EventsMap,
  EmitEvents extends EventsMap,
  ServerSideEvents extends EventsMap,
  SocketData,
>(io: Server<ListenEvents, EmitEvents, ServerSideEvents, SocketData>): FastifyPlugin {
  return createFastifyPlugin({
    io,
    host: hostOf(io),
    attach: (server) => void io.attach(server, { closeHttpServer: false }),
    close: () => io.close(),
  });
}

/** `ws` counts in 32 bits. */
const MAX_PAYLOAD_BYTES = 2_147_483_647;

/** What `ws` is told. */
type AcceptorOptions = Pick<ResolvedNodeOptions, "maxHttpBufferSize" | "closeTimeout">;

/** The handshake and the receiving are those of `ws`. */
class WsAcceptor implements WebSocketAcceptor {
  readonly #server: WebSocketServer;
  readonly #writer = new FrameWriter();
  /** What the handshake under way is to add to its 101; it ends in the call that begins it. */
  #headers: readonly Header[] = [];
  #fault = new TypeError();

  /**
   * A peer is closed with 1009 before its message is complete if that is larger than
   * `maxHttpBufferSize`, and cut off if it does not answer a closing handshake in `closeTimeout`.
   */
  constructor({ maxHttpBufferSize, closeTimeout }: AcceptorOptions) {
    const options = {
      noServer: true,
      clientTracking: false,
      perMessageDeflate: false,
      maxPayload: Math.min(maxHttpBufferSize, MAX_PAYLOAD_BYTES),
      closeTimeout, // which its types do not have
    };
    this.#server = new WebSocketServer(options);
    this.#server.on("headers", (lines) => {
      for (const [name, value] of this.#headers) lines.push(`${name}: ${value}`);
    });
    this.#server.on("wsClientError", ({ message }) => void (this.#fault = new TypeError(message)));
  }

  accept(offer: UpgradeOffer, headers: readonly Header[], events: SinkEvents): void {
    const { request, socket } = offer;
    // The bytes of an 'upgrade' event are a Buffer.
    const head = offer.head as Buffer;
    let isAccepted = false;
    this.#headers = headers;
    this.#fault = new TypeError("The connection is closed");
    this.#server.handleUpgrade(request, socket, head, (webSocket) => {
      isAccepted = true;
      openSink({ webSocket, socket, writer: this.#writer }, events);
    });
    if (!isAccepted) throw this.#fault;
  }
}

/**
 * The server: puts the floors together, and is what users hold.
 *
 * Owns: the engine, the namespaces, and what happens to errors of users' code.
 *
 * Invariants
 * - Everything is made here and handed down; no floor makes its own clock, ids or logger.
 * - An error of a user's code is told to `handler_error` listeners, or else printed; it goes nowhere
 *   else.
 */
import type { ServerCounters } from "../base/incidents.ts";
import { type Clock, createSystemClock } from "../base/clock.ts";
import { StateError } from "../base/errors.ts";
import { type IdSource, randomIds } from "../base/ids.ts";
import { Listeners } from "../base/listeners.ts";
import { consoleLogger, DebugScopes } from "../base/log.ts";
import { RETRY_SECONDS } from "../engine/admission.ts";
import type { EngineCall } from "../engine/call.ts";
import type { EngineSettings } from "../engine/engine_parts.ts";
import { EngineServer } from "../engine/engine_server.ts";
import type { RequestHead, RequestInfo } from "../engine/handshake_info.ts";
import type { Engine } from "../engine/api.ts";
import type { EngineLink, LinkHandler, Unavailable, WebSocketUpgrader } from "../engine/ports.ts";
import { WebCall } from "../engine/web_call.ts";
import type { AdapterFactory } from "../socket/adapter.ts";
import type { BaseServer, Namespace, ParentNspNameMatchFn, Socket } from "../socket/api.ts";
import type { BaseNamespace } from "../socket/base_namespace.ts";
import { Connection } from "../socket/connection.ts";
import type { DefaultEventsMap, EventsMap, Untyped } from "../socket/events.ts";
import type { LocalNamespace } from "../socket/local_namespace.ts";
import { checkTimeout } from "../socket/broadcast_operator.ts";
import { memoryAdapter } from "../socket/memory_adapter.ts";
import { NamespaceTable } from "../socket/namespace_table.ts";
import type { SocketContext } from "../socket/ports.ts";
import type { SocketLimits } from "../socket/socket_limits.ts";
import type { Codec } from "../wire/codec.ts";
import { encodePacket } from "../wire/encode_packet.ts";
import { EncodedPacket } from "../wire/encoded_packet.ts";
import { asksForClientFile, checkServeClient, refuseClientFile } from "./client_files.ts";
import { engineScopes, socketScopes } from "./debug_scopes.ts";
import { checkLaterOptions, pickGiven } from "./later_options.ts";
import { Lifecycle } from "./lifecycle.ts";
import { LifecycleServer, type ServerLife } from "./lifecycle_server.ts";
import { limitRules } from "./limits.ts";
import { notFound, type Platform } from "./platform.ts";
import {
  createCodec,
  engineSettings,
  type OptionsResolver,
  type ResolvedOptions,
  resolveServerOptions,
} from "./options.ts";
import { RequestPath } from "./request_path.ts";
import { Reports } from "./reports.ts";
import type { ServerOptions } from "./server_options.ts";

/**
 * A server on whatever runtime; each runtime's entry extends it. Its type parameters are those of
 * `BaseServer`.
 *
 * @example
 * ```ts
 * import { CoreServer, type Platform } from "@godwit/io";
 * import { assertEquals } from "@std/assert";
 *
 * const platform: Platform = {
 *   afterTurn: (callback) => void setTimeout(callback, 0),
 *   debugPattern: undefined,
 *   writeDebug: () => {},
 * };
 *
 * // polling only, for a runtime that has fetch handlers and nothing else
 * class FetchServer extends CoreServer {
 *   constructor() {
 *     super({ transports: ["polling"] }, platform);
 *   }
 * }
 *
 * const io = new FetchServer();
 * const url = "http://localhost/socket.io/?EIO=4&transport=polling";
 * assertEquals((await io.fetch(new Request(url))).status, 200);
 * await io.close();
 * ```
 */
export abstract class CoreServer<
  ListenEvents extends EventsMap = DefaultEventsMap,
  EmitEvents extends EventsMap = ListenEvents,
  ServerSideEvents extends EventsMap = DefaultEventsMap,
  SocketData = Untyped,
  Req extends RequestHead = RequestHead,
> extends LifecycleServer<ListenEvents, EmitEvents, ServerSideEvents, SocketData, Req> {
  /** What the constructor was given, checked. */
  readonly #givenOptions: Partial<ResolvedOptions>;
  readonly #resolveOptions: OptionsResolver;
  readonly #jsonMemory: Platform["jsonMemory"];
  readonly #reports: Reports;
  readonly #engine: EngineServer;
  readonly #namespaces: NamespaceTable;
  readonly #socketIds: IdSource = randomIds();
  #options: Readonly<ResolvedOptions>;
  #codec: Codec;
  readonly #context: SocketContext;
  readonly #debug: DebugScopes;
  readonly #life: Lifecycle;
  /** Sessions that have joined no namespace. */
  #pendingSessions = 0;
  readonly #path: RequestPath;
  #connectTimeoutMs: number;

  /**
   * Puts a server together.
   *
   * @param options what is to differ from the defaults
   * @param platform what the runtime gives
   * @throws {TypeError} when options are wrong; the message names all that are
   */
  constructor(
    options: ServerOptions<
      Req,
      Socket<ListenEvents, EmitEvents, ServerSideEvents, SocketData, Req>
    >,
    platform: Platform,
  ) {
    const listeners = new Listeners();
    super(listeners);
    const clock = platform.clock ?? createSystemClock();
    const warnings: string[] = [];
    this.#resolveOptions = platform.resolveOptions ?? resolveServerOptions;
    this.#jsonMemory = platform.jsonMemory;
    this.#options = this.#resolveOptions(options, (message) => warnings.push(message));
    this.#givenOptions = pickGiven(this.#options, options);
    this.#reports = new Reports(this.#options.logger ?? consoleLogger(), clock);
    for (const warning of warnings) this.#reports.warn(warning);
    this.#debug = new DebugScopes(platform.debugPattern, platform.writeDebug);
    this.#path = new RequestPath(this.#options.path);
    this.#connectTimeoutMs = this.#options.connectTimeout;
    this.#codec = createCodec(this.#options, this.#jsonMemory);
    this.#engine = this.#createEngine(platform, clock);
    this.#context = this.#createContext(clock);
    this.#namespaces = new NamespaceTable({
      // The floors below see events of any type.
      server: this as unknown as BaseServer,
      context: this.#context,
      adapter: this.#options.adapter ?? memoryAdapter,
      maxDynamic: this.#options.maxDynamicNamespaces,
      cleansUp: this.#options.cleanupEmptyChildNamespaces,
      listeners,
    });
    this.#reports.errors.main = this.#main;
    this.#life = this.#createLife(platform, clock);
  }

  /** The main namespace, `/`. */
  override get sockets(): Namespace<ListenEvents, EmitEvents, ServerSideEvents, SocketData, Req> {
    return this.#typed(this.#main);
  }

  /** The Engine.IO server below. */
  override get engine(): Engine<Req> {
    return this.#engine.engine;
  }

  /** What was refused, dropped, limited and ended so far, for exporters of metrics. */
  override get counters(): ServerCounters {
    return this.#reports.incidents.counters;
  }

  /**
   * Finds a namespace, or creates it.
   *
   * @param name A name (a missing leading slash is added), or which names clients may ask for: a
   * regular expression, or a function that decides; then the parent of those namespaces is returned
   * @param listener A listener for `connection`, to save a line
   * @example
   * ```ts
   * import { Server } from "@godwit/io";
   * import { assertEquals } from "@std/assert";
   *
   * const io = new Server();
   *
   * const chat = io.of("/chat");
   * assertEquals(io.of("chat"), chat);
   *
   * io.of(/^\/room-\d+$/).on("connection", (socket) => {
   *   console.log(socket.nsp.name); // for example "/room-101"
   * });
   * ```
   */
  override of(
    name: string | RegExp | ParentNspNameMatchFn,
    listener?: (
      socket: Socket<ListenEvents, EmitEvents, ServerSideEvents, SocketData, Req>,
    ) => void,
  ): Namespace<ListenEvents, EmitEvents, ServerSideEvents, SocketData, Req> {
    const namespace = this.#typed(this.#namespaces.of(name));
    if (listener !== undefined) namespace.on("connect", listener);
    return namespace;
  }

  /** The path that clients ask for, without a slash at the end. */
  override path(): string;
  /**
   * Sets the path that clients ask for.
   *
   * @param value The path, with a leading slash; a trailing slash is dropped
   * @throws {TypeError} If it is not a path
   */
  override path(value: string): this;
  override path(value?: string): string | this {
    if (value === undefined) return this.#path.text;
    this.#path.set(value);
    return this;
  }

  /** Time in which a client must have joined a namespace, in milliseconds. */
  override connectTimeout(): number;
  /**
   * Sets the time in which later clients must have joined a namespace.
   *
   * @param value Milliseconds, from 0
   * @throws {TypeError} If it is not a number of milliseconds from 0
   */
  override connectTimeout(value: number): this;
  override connectTimeout(value?: number): number | this {
    if (value === undefined) return this.#connectTimeoutMs;
    this.#connectTimeoutMs = checkTimeout(value);
    return this;
  }

  /** What makes the adapter of each namespace. */
  override adapter(): AdapterFactory;
  /**
   * Changes what makes the adapters; sockets stay in their rooms.
   *
   * @param factory Makes the adapter of a namespace
   * @throws {TypeError} If it is not a function that makes adapters of this package
   * @throws {StateError} After `close()`
   */
  override adapter(factory: AdapterFactory): this;
  override adapter(factory?: AdapterFactory): AdapterFactory | this {
    if (factory === undefined) return this.#namespaces.adapter;
    if (this.#life.isClosed) {
      throw new StateError("Cannot change the adapter: the server has been closed");
    }
    this.#resolveOptions({ adapter: factory }, () => {});
    this.#namespaces.useAdapter(factory);
    return this;
  }

  /** Whether the files of the client are served: they are not. */
  override serveClient(): boolean;
  /** Says whether the files of the client are served, which they cannot be yet. */
  override serveClient(value: boolean): this;
  override serveClient(value?: boolean): boolean | this {
    if (value === undefined) return false;
    checkServeClient(value);
    return this;
  }

  /**
   * Answers a request of a client that came by another way than the runtime's HTTP server; others get
   * 404, and WebSocket handshakes are refused.
   *
   * @param request the request
   * @param _info not used here
   * @returns the response; that of a poll may take until there is something to send
   */
  override fetch(request: Request, _info?: unknown): Response | Promise<Response> {
    return this.owns(request.url) ? this.answer(request, { remoteAddress: "" }) : notFound();
  }

  /** The options, checked, with their defaults. */
  protected get options(): Readonly<ResolvedOptions> {
    return this.#options;
  }

  /**
   * Whether a request is for this server.
   *
   * @param target a URL, or path and query
   */
  protected owns(target: string): boolean {
    return this.#path.owns(target, this.#options.addTrailingSlash);
  }

  /** Answers a request that is for this server. Rejects only if the call cannot be answered. */
  protected handle<Reply>(call: EngineCall<Reply>): Promise<Reply> {
    if (this.#life.isClosed || !asksForClientFile(call.request, this.#path.text)) {
      return this.#engine.handle(call);
    }
    // Later: a listener of the user's HTTP server may come after ours, and serve the file itself.
    return Promise.resolve(call).then(refuseClientFile);
  }

  /**
   * Answers a `Request` that is for this server.
   *
   * @param info what the runtime knows of it beside
   * @param upgrader turns it into a WebSocket; without one WebSocket handshakes are refused
   */
  protected answer(
    request: Request,
    info: RequestInfo,
    upgrader?: WebSocketUpgrader,
  ): Promise<Response> {
    return this.handle(new WebCall(request, info, upgrader));
  }

  /**
   * Takes further options of the engine, for runtimes where they may come with the HTTP server. What
   * the constructor was given counts more; open sessions keep what they have.
   *
   * @throws {TypeError} when options are wrong, or have to be given to the constructor
   */
  protected configure(
    later: ServerOptions<Req, Socket<ListenEvents, EmitEvents, ServerSideEvents, SocketData, Req>>,
  ): void {
    checkLaterOptions(later);
    this.#resolveOptions(later, (warning) => this.#reports.warn(warning));
    this.#options = this.#resolveOptions({ ...later, ...this.#givenOptions }, () => {});
    if (later.path !== undefined) this.path(this.#options.path);
    this.#codec = createCodec(this.#options, this.#jsonMemory);
    this.#engine.configure(this.#engineSettings());
  }

  /** The floors below see events, and requests, of any type. */
  #typed(
    namespace: BaseNamespace,
  ): Namespace<ListenEvents, EmitEvents, ServerSideEvents, SocketData, Req> {
    return namespace as unknown as Namespace<
      ListenEvents,
      EmitEvents,
      ServerSideEvents,
      SocketData,
      Req
    >;
  }

  /** What closes, drains, and knows how the server is. */
  protected override get life(): ServerLife {
    return this.#life;
  }

  #unavailable(): Unavailable | undefined {
    if (this.#life.unavailable !== undefined) return this.#life.unavailable;
    return this.#pendingSessions < this.#options.maxPendingSessions ? undefined : {
      cause: "maxPendingSessions",
      retryAfterSeconds: RETRY_SECONDS,
    };
  }

  #createLife({ random = Math.random }: Platform, clock: Clock): Lifecycle {
    return new Lifecycle({
      engine: this.#engine,
      clock,
      random,
      namespaces: () => this.#namespaces.all,
      isListening: () => this.listening,
      debug: this.#context.debug.server,
      reports: this.#reports,
    });
  }

  get #main(): LocalNamespace {
    return this.#namespaces.main;
  }

  #createEngine(platform: Platform, clock: Clock): EngineServer {
    return new EngineServer({
      settings: this.#engineSettings(),
      limits: limitRules(this.#options.limits),
      clock,
      handler: {
        unavailable: () => this.#unavailable(),
        opened: (link) => this.#opened(link),
      },
      toBinary: platform.toBinary ?? ((bytes) => bytes),
      ids: randomIds(),
      random: platform.random ?? Math.random,
      afterTurn: platform.afterTurn,
      joinsFrames: platform.joinsFrames ?? false,
      errors: this.#reports.errors,
      advice: this.#reports.advice,
      incidents: this.#reports.incidents,
      debug: engineScopes(this.#debug),
    });
  }

  #engineSettings(): EngineSettings {
    return engineSettings(
      this.#options,
      (error) => this.#reports.errors.handlerFailed(error, "cors", "cors"),
    );
  }

  #createContext(clock: Clock): SocketContext {
    const limits = (): SocketLimits => this.#options;
    return {
      deadlines: this.#engine.deadlines,
      advice: this.#reports.advice,
      incidents: this.#reports.incidents,
      wallTime: () => clock.wallTime(),
      nextSocketId: () => this.#socketIds.next(),
      packet: (parts) => EncodedPacket.event(parts, this.#codec.toAscii),
      encode: (packet) => encodePacket(this.#codec, packet),
      handlerFailed: (error, context, namespace) =>
        this.#reports.errors.report(error, context, namespace),
      handlerMode: this.#options.handlerMode,
      get limits(): SocketLimits {
        return limits();
      },
      debug: socketScopes(this.#debug),
    };
  }

  #opened(link: EngineLink): LinkHandler {
    this.#pendingSessions++;
    return new Connection({
      link,
      namespaces: this.#namespaces,
      context: this.#context,
      decoder: this.#codec.createDecoder({ namespaceQueries: link.revision.auth === "query" }),
      connectTimeoutMs: this.#connectTimeoutMs,
      settled: () => void this.#pendingSessions--,
      maxNamespaces: this.#options.maxNamespaces,
    });
  }
}

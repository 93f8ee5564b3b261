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
import { type Clock, createSystemClock } from "../base/clock.ts";
import { describeValue, toError } from "../base/errors.ts";
import { type IdSource, randomIds } from "../base/ids.ts";
import { invoke } from "../base/invoke.ts";
import { Listeners } from "../base/listeners.ts";
import { consoleLogger, DebugScopes, type Logger } from "../base/log.ts";
import type { EngineCall } from "../engine/call.ts";
import type { EngineSettings } from "../engine/engine_parts.ts";
import { EngineServer } from "../engine/engine_server.ts";
import { pathStart, type RequestHead, type RequestInfo } from "../engine/handshake_info.ts";
import type { Engine, EngineLink, LinkHandler, WebSocketUpgrader } from "../engine/ports.ts";
import { WebCall } from "../engine/web_call.ts";
import type {
  BaseServer,
  HandlerErrorContext,
  Namespace,
  ParentNspNameMatchFn,
  Socket,
} from "../socket/api.ts";
import type { BaseNamespace } from "../socket/base_namespace.ts";
import { Connection } from "../socket/connection.ts";
import type { DefaultEventsMap, EventsMap, Untyped } from "../socket/events.ts";
import type { LocalNamespace } from "../socket/local_namespace.ts";
import { checkTimeout } from "../socket/broadcast_operator.ts";
import { memoryAdapter } from "../socket/memory_adapter.ts";
import { NamespaceTable } from "../socket/namespace_table.ts";
import type { SocketContext } from "../socket/ports.ts";
import type { Codec } from "../wire/codec.ts";
import { EncodedPacket } from "../wire/encoded_packet.ts";
import { jsonCodec } from "../wire/json_codec.ts";
import { parserCodec } from "../wire/parser_codec.ts";
import { engineScopes, socketScopes } from "./debug_scopes.ts";
import { MainNamespaceServer } from "./main_namespace_server.ts";
import { notFound, type Platform } from "./platform.ts";
import { printHandlerError } from "./print_handler_error.ts";
import {
  engineSettings,
  isPath,
  type OptionsResolver,
  PATH_WANTED,
  type ResolvedOptions,
  resolveServerOptions,
} from "./options.ts";
import type { ServerOptions } from "./server_options.ts";

/** Options that belong to the namespaces, which are there from the constructor on. */
const CONSTRUCTOR_ONLY: ReadonlySet<string> = new Set([
  "adapter",
  "connectTimeout",
  "logger",
  "maxAttachments",
  "maxAttachmentsBytes",
  "maxDynamicNamespaces",
  "maxNamespaces",
  "maxPendingAcks",
  "maxPendingSessions",
  "maxRoomsPerSocket",
  "parser",
]);

/** Those of the options that were given: an option whose value is `undefined` was not. */
function pickGiven(resolved: Readonly<ResolvedOptions>, given: object): Partial<ResolvedOptions> {
  const names = new Set(
    Object.entries(given).flatMap(([name, value]) => value === undefined ? [] : [name]),
  );
  return Object.fromEntries(Object.entries(resolved).filter(([name]) => names.has(name)));
}

/** A server on whatever runtime; each runtime's entry extends it. */
export abstract class CoreServer<
  ListenEvents extends EventsMap = DefaultEventsMap,
  EmitEvents extends EventsMap = ListenEvents,
  ServerSideEvents extends EventsMap = DefaultEventsMap,
  SocketData = Untyped,
  Req extends RequestHead = RequestHead,
> extends MainNamespaceServer<ListenEvents, EmitEvents, ServerSideEvents, SocketData, Req> {
  /** What the constructor was given, checked. */
  readonly #givenOptions: Partial<ResolvedOptions>;
  readonly #resolveOptions: OptionsResolver;
  readonly #logger: Logger;
  readonly #engine: EngineServer;
  readonly #namespaces: NamespaceTable;
  readonly #socketIds: IdSource = randomIds();
  #options: Readonly<ResolvedOptions>;
  #codec: Codec;
  readonly #context: SocketContext;
  readonly #debug: DebugScopes;
  #closing: Promise<Error | undefined> | undefined;
  /** Sessions that have joined no namespace. */
  #pendingSessions = 0;
  #path: string;
  #connectTimeoutMs: number;

  /**
   * Puts a server together.
   *
   * @param options what is to differ from the defaults
   * @param platform what the runtime gives
   * @throws {TypeError} when options are wrong; the message names all that are
   */
  constructor(options: ServerOptions<Req>, platform: Platform) {
    const listeners = new Listeners();
    super(listeners);
    const clock = platform.clock ?? createSystemClock();
    const warnings: string[] = [];
    this.#resolveOptions = platform.resolveOptions ?? resolveServerOptions;
    this.#options = this.#resolveOptions(options, (message) => warnings.push(message));
    this.#givenOptions = pickGiven(this.#options, options);
    this.#logger = this.#options.logger ?? consoleLogger();
    for (const warning of warnings) this.#logger.warn(warning);
    this.#debug = new DebugScopes(platform.debugPattern, platform.writeDebug);
    this.#path = this.#options.path.replace(/\/$/, "");
    this.#connectTimeoutMs = this.#options.connectTimeout;
    this.#codec = this.#createCodec();
    this.#engine = this.#createEngine(platform, clock);
    this.#context = this.#createContext(clock);
    this.#namespaces = new NamespaceTable({
      // The floors below see events of any type.
      server: this as unknown as BaseServer,
      context: this.#context,
      adapter: this.#options.adapter ?? memoryAdapter,
      maxDynamic: this.#options.maxDynamicNamespaces,
      listeners,
    });
  }

  /** The main namespace, `/`. */
  override get sockets(): Namespace<ListenEvents, EmitEvents, ServerSideEvents, SocketData, Req> {
    return this.#typed(this.#main);
  }

  /** The Engine.IO server below. */
  override get engine(): Engine<Req> {
    return this.#engine.engine;
  }

  /** A namespace, or the parent of those whose names match; it is made when it is not there. */
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
  /** Sets the path that clients ask for. */
  override path(value: string): this;
  override path(value?: string): string | this {
    if (value === undefined) return this.#path;
    if (!isPath(value)) {
      throw new TypeError(`Cannot set path: must be ${PATH_WANTED}, found ${describeValue(value)}`);
    }
    this.#path = value.replace(/\/$/, "");
    return this;
  }

  /** Time in which a client must have joined a namespace, in milliseconds. */
  override connectTimeout(): number;
  /** Sets the time in which later clients must have joined a namespace, in milliseconds. */
  override connectTimeout(value: number): this;
  override connectTimeout(value?: number): number | this {
    if (value === undefined) return this.#connectTimeoutMs;
    this.#connectTimeoutMs = checkTimeout(value);
    return this;
  }

  /**
   * Disconnects all sockets with the reason "server shutting down", ends all sessions, and frees the
   * adapters. Requests that come later are answered with 503; an HTTP server that the user has started
   * goes on.
   *
   * @param fn called when all is done, with the first error of an adapter that could not be closed
   * @returns a promise that resolves then
   */
  override async close(fn?: (err?: Error) => void): Promise<void> {
    const own = await this.#closeOnce();
    const beside = await this.closed();
    const failure = own ?? beside;
    const sink = {
      handlerFailed: (error: unknown, event: string): void => this.#handlerFailed(error, { event }),
    };
    if (fn !== undefined) {
      invoke(fn, undefined, failure === undefined ? [] : [failure], "close", sink);
    }
  }

  /**
   * Answers a request of a client that came by another way than the runtime's HTTP server; others get
   * 404, and WebSocket handshakes are refused.
   *
   * @param request the request
   * @param _info not used here
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
    const start = pathStart(target);
    const end = start + this.#path.length;
    if (start < 0 || !target.startsWith(this.#path, start)) return false;
    if (target.charAt(end) === "/") return true;
    return !this.#options.addTrailingSlash && /^(?:$|[?#])/.test(target.slice(end, end + 1));
  }

  /** Answers a request that is for this server. Rejects only if the call cannot be answered. */
  protected handle<Reply>(call: EngineCall<Reply>): Promise<Reply> {
    return this.#engine.handle(call);
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
  protected configure(later: ServerOptions<Req>): void {
    const late = Object.entries(later)
      .filter(([name, value]) => CONSTRUCTOR_ONLY.has(name) && value !== undefined)
      .map(([name]) => name);
    if (late.length > 0) {
      throw new TypeError(`Cannot attach: give ${late.join(", ")} to the constructor of Server`);
    }
    this.#resolveOptions(later, (warning) => this.#logger.warn(warning));
    this.#options = this.#resolveOptions({ ...later, ...this.#givenOptions }, () => {});
    if (later.path !== undefined) this.path(this.#options.path);
    this.#codec = this.#createCodec();
    this.#engine.configure(this.#engineSettings());
  }

  /**
   * Called whenever `close` was called and sockets, sessions and adapters have ended, for runtimes
   * that have more to close.
   *
   * @returns what went wrong, if anything
   */
  protected closed(): Promise<Error | undefined> {
    return Promise.resolve(undefined);
  }

  /** Listeners of the sockets that end may close again: they get the same promise. */
  #closeOnce(): Promise<Error | undefined> {
    if (this.#closing !== undefined) return this.#closing;
    let settle: (failure: Promise<Error | undefined>) => void = () => {};
    this.#closing = new Promise((resolve) => settle = resolve);
    settle(this.#shutDown());
    return this.#closing;
  }

  /** Ends sockets and sessions, then frees the adapters; gives the first error of one. */
  async #shutDown(): Promise<Error | undefined> {
    const { server } = this.#context.debug;
    if (server.enabled) server.log("closing all namespaces and sessions");
    const namespaces = this.#namespaces.all;
    for (const namespace of namespaces) namespace.endSockets();
    this.#engine.shutDown();
    const closing = namespaces.map((namespace) => namespace.closeAdapter());
    let failure: Error | undefined;
    for (const result of await Promise.allSettled(closing)) {
      if (result.status === "fulfilled") continue;
      failure ??= toError(result.reason);
      this.#handlerFailed(result.reason, { event: "close" });
    }
    return failure;
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

  get #main(): LocalNamespace {
    return this.#namespaces.main;
  }

  #createCodec(): Codec {
    const { parser, maxAttachments, maxHttpBufferSize } = this.#options;
    const maxAttachmentsBytes = this.#options.maxAttachmentsBytes ??
      Math.min(5 * maxHttpBufferSize, Number.MAX_SAFE_INTEGER);
    const limits = { maxAttachments, maxAttachmentsBytes };
    return parser === undefined ? jsonCodec(limits) : parserCodec(parser, limits);
  }

  #createEngine(platform: Platform, clock: Clock): EngineServer {
    return new EngineServer({
      settings: this.#engineSettings(),
      clock,
      handler: {
        admits: () => this.#pendingSessions < this.#options.maxPendingSessions,
        opened: (link) => this.#opened(link),
      },
      toBinary: platform.toBinary ?? ((bytes) => bytes),
      ids: randomIds(),
      random: platform.random ?? Math.random,
      afterTurn: platform.afterTurn,
      errors: {
        handlerFailed: (error: unknown, event: string): void =>
          this.#handlerFailed(error, { event }),
      },
      debug: engineScopes(this.#debug),
    });
  }

  #engineSettings(): EngineSettings {
    return engineSettings(this.#options, (error) => this.#handlerFailed(error, { event: "cors" }));
  }

  #createContext(clock: Clock): SocketContext {
    return {
      deadlines: this.#engine.deadlines,
      wallTime: () => clock.wallTime(),
      nextSocketId: () => this.#socketIds.next(),
      encode: (packet) => EncodedPacket.message(this.#codec.encode(packet)),
      handlerFailed: (error, context) => this.#handlerFailed(error, context),
      limits: this.#options,
      debug: socketScopes(this.#debug),
    };
  }

  #opened(link: EngineLink): LinkHandler {
    this.#pendingSessions++;
    return new Connection({
      link,
      namespaces: this.#namespaces,
      context: this.#context,
      decoder: this.#codec.createDecoder(),
      connectTimeoutMs: this.#connectTimeoutMs,
      settled: () => void this.#pendingSessions--,
      maxNamespaces: this.#options.maxNamespaces,
    });
  }

  /** What becomes of an error of a user's code: told to its listeners, or else printed. */
  #handlerFailed(thrown: unknown, context: HandlerErrorContext): void {
    const error = toError(thrown);
    // An adapter may fail while the namespaces are being made.
    const table: NamespaceTable | undefined = this.#namespaces;
    if (table === undefined) return printHandlerError(this.#logger, error, context);
    const namespace = table.get(context.namespace ?? "/") ?? this.#main;
    // A listener of these errors that fails itself is only printed.
    const sink = {
      handlerFailed: (second: unknown, event: string) =>
        printHandlerError(this.#logger, toError(second), { event }),
    };
    const isHeard = namespace.announceHandlerError(error, context, sink) ||
      (namespace !== this.#main && this.#main.announceHandlerError(error, context, sink));
    if (!isHeard) printHandlerError(this.#logger, error, context);
  }
}

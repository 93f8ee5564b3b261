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
import type { RequestInfo } from "../engine/handshake_info.ts";
import { EngineServer } from "../engine/engine_server.ts";
import type { Engine, EngineLink, LinkHandler, WebSocketUpgrader } from "../engine/ports.ts";
import {
  BaseServer,
  type HandlerErrorContext,
  type Namespace,
  type NamespaceMiddleware,
  type ParentNspNameMatchFn,
  type Socket,
} from "../socket/api.ts";
import type { BroadcastOperator } from "../socket/broadcaster.ts";
import { Connection } from "../socket/connection.ts";
import type {
  DecorateAcknowledgements,
  DecorateAcknowledgementsWithMultipleResponses,
  DefaultEventsMap,
  EventsMap,
  Untyped,
} from "../socket/events.ts";
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
import { printHandlerError } from "./print_handler_error.ts";
import {
  engineSettings,
  isPath,
  PATH_WANTED,
  type ResolvedOptions,
  resolveServerOptions,
} from "./options.ts";
import type { ServerOptions } from "./server_options.ts";

/** What a runtime gives. */
export interface Platform {
  /** Turns requests into WebSockets; `idleTimeoutMs` is when a silent peer is surely dead. */
  readonly createUpgrader: (idleTimeoutMs: number) => WebSocketUpgrader;
  /** Runs a callback when the current turn of the event loop is over. */
  readonly afterTurn: (callback: () => void) => void;
  /** The value of DEBUG, if the program may read it. */
  readonly debugPattern: string | undefined;
  /** Where lines of debug scopes go. */
  readonly writeDebug: (line: string) => void;
  /** What measures time. Default: the system's clock. */
  readonly clock?: Clock;
  /** Numbers from 0 to 1. Default: `Math.random`. */
  readonly random?: () => number;
}

/** Answers requests that are not the server's own. */
export type Fallback<Info> = (request: Request, info: Info) => Response | Promise<Response>;

/** A server on whatever runtime; each runtime's entry extends it. */
export abstract class CoreServer<
  ListenEvents extends EventsMap = DefaultEventsMap,
  EmitEvents extends EventsMap = ListenEvents,
  ServerSideEvents extends EventsMap = DefaultEventsMap,
  SocketData = Untyped,
> extends BaseServer<ListenEvents, EmitEvents, ServerSideEvents, SocketData> {
  readonly #options: ResolvedOptions;
  readonly #logger: Logger;
  readonly #engine: EngineServer;
  readonly #namespaces: NamespaceTable;
  readonly #socketIds: IdSource = randomIds();
  readonly #codec: Codec;
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
  constructor(options: ServerOptions, platform: Platform) {
    const listeners = new Listeners();
    super(listeners);
    const clock = platform.clock ?? createSystemClock();
    const warnings: string[] = [];
    this.#options = resolveServerOptions(options, (message) => warnings.push(message));
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
  override get sockets(): Namespace<ListenEvents, EmitEvents, ServerSideEvents, SocketData> {
    return this.#namespaces.main;
  }

  /** The Engine.IO server below. */
  override get engine(): Engine {
    return this.#engine.engine;
  }

  /** A namespace, or the parent of those whose names match; it is made when it is not there. */
  override of(
    name: string | RegExp | ParentNspNameMatchFn,
    listener?: (
      socket: Socket<ListenEvents, EmitEvents, ServerSideEvents, SocketData>,
    ) => void,
  ): Namespace<ListenEvents, EmitEvents, ServerSideEvents, SocketData> {
    const namespace = this.#namespaces.of(name);
    if (listener !== undefined) namespace.on("connect", listener);
    return namespace;
  }

  /** Adds a middleware of the main namespace. */
  override use(
    fn: NamespaceMiddleware<ListenEvents, EmitEvents, ServerSideEvents, SocketData>,
  ): this {
    this.#main.use(fn);
    return this;
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

  /** Targets the sockets of the main namespace in these rooms. */
  override to(room: string | string[]): BroadcastOperator<
    DecorateAcknowledgementsWithMultipleResponses<EmitEvents>,
    SocketData
  > {
    return this.#main.to(room);
  }

  /** The same as {@link to}. */
  override in(room: string | string[]): BroadcastOperator<
    DecorateAcknowledgementsWithMultipleResponses<EmitEvents>,
    SocketData
  > {
    return this.#main.in(room);
  }

  /** Targets all sockets of the main namespace but those in these rooms. */
  override except(room: string | string[]): BroadcastOperator<
    DecorateAcknowledgementsWithMultipleResponses<EmitEvents>,
    SocketData
  > {
    return this.#main.except(room);
  }

  /** Says whether the next event may be compressed. */
  override compress(compress: boolean): BroadcastOperator<
    DecorateAcknowledgementsWithMultipleResponses<EmitEvents>,
    SocketData
  > {
    return this.#main.compress(compress);
  }

  /** Lets the next event be lost where it would have to wait. */
  override get volatile(): BroadcastOperator<
    DecorateAcknowledgementsWithMultipleResponses<EmitEvents>,
    SocketData
  > {
    return this.#main.volatile;
  }

  /** Keeps the next event on this server. */
  override get local(): BroadcastOperator<
    DecorateAcknowledgementsWithMultipleResponses<EmitEvents>,
    SocketData
  > {
    return this.#main.local;
  }

  /** Limits the wait for the acknowledgements of the next event, in milliseconds. */
  override timeout(timeout: number): BroadcastOperator<
    DecorateAcknowledgements<DecorateAcknowledgementsWithMultipleResponses<EmitEvents>>,
    SocketData
  > {
    return this.#main.timeout(timeout);
  }

  /** Emits an event to all sockets of the main namespace. */
  override emit(ev: string | symbol, ...args: unknown[]): boolean {
    return this.#main.emit(ev, ...args);
  }

  /** Emits a `message` event to all sockets of the main namespace. */
  override send(...args: unknown[]): this {
    this.#main.send(...args);
    return this;
  }

  /** The same as {@link send}. */
  override write(...args: unknown[]): this {
    return this.send(...args);
  }

  /** Sends an event to the other servers of the cluster. */
  override serverSideEmit(ev: string | symbol, ...args: unknown[]): boolean {
    return this.#main.serverSideEmit(ev, ...args);
  }

  /** Sends an event to the other servers of the cluster and waits for their answers. */
  override serverSideEmitWithAck(ev: string | symbol, ...args: unknown[]): Promise<Untyped[]> {
    return this.#main.serverSideEmitWithAck(ev, ...args);
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
    const failure = await this.#closeOnce();
    const sink = {
      handlerFailed: (error: unknown, event: string): void => this.#handlerFailed(error, { event }),
    };
    if (fn !== undefined) {
      invoke(fn, undefined, failure === undefined ? [] : [failure], "close", sink);
    }
  }

  /** Whether a request is for this server. */
  protected owns(pathname: string): boolean {
    const path = this.#path;
    if (!pathname.startsWith(path)) return false;
    const rest = pathname.slice(path.length);
    return rest.startsWith("/") || (rest === "" && !this.#options.addTrailingSlash);
  }

  /** Answers a request that is for this server. */
  protected answer(request: Request, info: RequestInfo): Promise<Response> {
    return this.#engine.fetch(request, info);
  }

  /** Listeners of the sockets that end may close again: they get the same promise. */
  #closeOnce(): Promise<Error | undefined> {
    if (this.#closing !== undefined) return this.#closing;
    const { promise, resolve } = Promise.withResolvers<Error | undefined>();
    this.#closing = promise;
    resolve(this.#shutDown());
    return promise;
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
    const onError = (error: unknown, event: string): void => this.#handlerFailed(error, { event });
    const settings = engineSettings(this.#options, (error) => onError(error, "cors"));
    const { pingIntervalMs, pingTimeoutMs } = settings.session;
    return new EngineServer({
      settings,
      clock,
      handler: {
        admits: () => this.#pendingSessions < this.#options.maxPendingSessions,
        opened: (link) => this.#opened(link),
      },
      upgrader: platform.createUpgrader(pingIntervalMs + pingTimeoutMs),
      ids: randomIds(),
      random: platform.random ?? Math.random,
      afterTurn: platform.afterTurn,
      errors: { handlerFailed: onError },
      debug: engineScopes(this.#debug),
    });
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

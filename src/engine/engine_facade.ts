/**
 * `io.engine`: what users see of the engine.
 *
 * Invariants
 * - Nothing inside listens here; `generateId` and the middlewares are what the engine asks it for.
 * - The view of the sessions is live, and nobody can change them by it.
 */
import { Emitter } from "../base/emitter.ts";
import type { HandlerErrorSink } from "../base/invoke.ts";
import { HANDSHAKE_MESSAGES, type HandshakeRefusal } from "../base/wire_texts.ts";
import type { TransportName } from "../session/ports.ts";
import type { EngineMiddlewareFunction } from "./call.ts";
import type { EngineSettings } from "./engine_parts.ts";
import { HANDSHAKE_CODES } from "./handshake.ts";
import type { RequestHead } from "./handshake_info.ts";
import type { Engine, EngineEvents, EngineOptions, EngineSocket } from "./api.ts";

/** One open session. */
export interface EngineClient {
  /** Its façade. */
  readonly conn: EngineSocket;
  /** Observes it if somebody wants to know what it does. */
  watch(): void;
}

/** What the façade asks of the engine. */
export interface EngineFacadeSource extends HandlerErrorSink {
  /** The open sessions by id; a live view. */
  readonly sessions: ReadonlyMap<string, EngineClient>;
  /** The options, which may be replaced. */
  readonly settings: EngineSettings;
  /** WebSockets that this side has closed and the runtime has not. */
  readonly lingeringCount: number;
  /** Makes an id, when the user does not. */
  defaultId(): string;
  /** Ends all sessions. */
  close(): void;
}

/** The open sessions, for whatever requests: what those are is up to the runtime's entry. */
type AnyClients = Readonly<Record<string, EngineSocket<never>>>;

/** The façade of the engine of one server. */
export class EngineFacade extends Emitter<EngineEvents> implements Engine {
  /** The codes of refused requests by name, as programs read them from the class of the reference. */
  static readonly errors: Readonly<Record<HandshakeRefusal, number>> = HANDSHAKE_CODES;
  /** The texts of refused requests by code. */
  static readonly errorMessages: Readonly<Record<number, string>> = messagesByCode();

  generateId: (request: RequestHead) => string | PromiseLike<string>;
  readonly clients: AnyClients;
  readonly #source: EngineFacadeSource;
  readonly #middlewares: EngineMiddlewareFunction[] = [];
  #hearsFlushes = false;

  /** @param source the engine behind the façade, which may not be complete yet */
  constructor(source: EngineFacadeSource) {
    super();
    this.#source = source;
    this.generateId = () => source.defaultId();
    this.clients = liveRecord(source);
  }

  get clientsCount(): number {
    return this.#source.sessions.size;
  }

  get lingeringCount(): number {
    return this.#source.lingeringCount;
  }

  get opts(): EngineOptions {
    return shownOptions(this.#source.settings);
  }

  upgrades(transport: TransportName): readonly TransportName[] {
    return transport === "polling" ? this.#source.settings.session.upgrades : [];
  }

  /** Adds a middleware, of the kind that the runtime's entry takes. */
  use(middleware: EngineMiddlewareFunction): this {
    this.#middlewares.push(middleware);
    return this;
  }

  close(): this {
    this.#source.close();
    return this;
  }

  /** The middlewares, in the order of `use`. */
  get middlewares(): readonly EngineMiddlewareFunction[] {
    return this.#middlewares;
  }

  /** Tells the users' listeners. */
  announce<Name extends keyof EngineEvents>(
    event: Name,
    ...args: Parameters<EngineEvents[Name]>
  ): void {
    this.announceTo(this.#source, event, ...args);
  }

  /** Whether somebody waits for sessions to open. */
  get hearsConnections(): boolean {
    return this.hears("connection");
  }

  /** Whether somebody wants to see, or change, the headers of answers. */
  get changesHeaders(): boolean {
    return this.hears("headers") || this.hears("initial_headers");
  }

  /** Whether somebody wants to know what all sessions hand to their transports. */
  get hearsFlushes(): boolean {
    return this.#hearsFlushes;
  }

  protected override listenersChanged(): void {
    const hearsFlushes = this.hears("flush") || this.hears("drain");
    if (hearsFlushes === this.#hearsFlushes) return;
    this.#hearsFlushes = hearsFlushes;
    for (const client of this.#source.sessions.values()) client.watch();
  }
}

/** The options under the names that users know. */
function shownOptions(
  { session, transports, allowEIO3, initialPacket, cookie }: EngineSettings,
): EngineOptions {
  return Object.freeze({
    pingInterval: session.pingIntervalMs,
    pingTimeout: session.pingTimeoutMs,
    upgradeTimeout: session.upgradeTimeoutMs,
    maxHttpBufferSize: session.maxPayloadBytes,
    transports,
    allowUpgrades: session.upgrades.length > 0,
    allowEIO3,
    initialPacket: initialPacket?.parts[0],
    cookie: cookie === undefined ? false : Object.freeze({ name: cookie.name }),
  });
}

function messagesByCode(): Readonly<Record<number, string>> {
  // The keys of an object literal typed by its keys.
  const names = Object.keys(HANDSHAKE_CODES) as HandshakeRefusal[];
  return Object.freeze(
    Object.fromEntries(names.map((name) => [HANDSHAKE_CODES[name], HANDSHAKE_MESSAGES[name]])),
  );
}

/** The sessions as an object whose properties are looked up when they are read. */
function liveRecord(source: EngineFacadeSource): AnyClients {
  const find = (id: string | symbol): EngineSocket | undefined =>
    typeof id === "string" ? source.sessions.get(id)?.conn : undefined;
  const refuse = (): boolean => false;
  // The target has no properties of its own: those that the handler gives are all there are.
  return new Proxy(Object.create(null) as AnyClients, {
    get: (_target, id) => find(id),
    has: (_target, id) => find(id) !== undefined,
    ownKeys: () => [...source.sessions.keys()],
    getOwnPropertyDescriptor(_target, id): PropertyDescriptor | undefined {
      const value = find(id);
      return value && { value, enumerable: true, configurable: true };
    },
    set: refuse,
    defineProperty: refuse,
    deleteProperty: refuse,
    setPrototypeOf: refuse,
    preventExtensions: refuse,
  });
}

/**
 * `io.engine`: what users see of the engine.
 *
 * Invariants
 * - Nothing inside listens here; `generateId` and the middlewares are what the engine asks it for.
 */
import { Emitter } from "../base/emitter.ts";
import type { HandlerErrorSink } from "../base/invoke.ts";
import type { EngineMiddlewareFunction } from "./call.ts";
import type { RequestHead } from "./handshake_info.ts";
import type { Engine, EngineEvents } from "./ports.ts";

/** What the façade asks of the engine. */
export interface EngineFacadeSource extends HandlerErrorSink {
  /** Open sessions. */
  readonly clientsCount: number;
  /** Makes an id, when the user does not. */
  defaultId(): string;
  /** Ends all sessions. */
  close(): void;
}

/** The façade of the engine of one server. */
export class EngineFacade extends Emitter<EngineEvents> implements Engine {
  generateId: (request: RequestHead) => string | Promise<string>;
  readonly #source: EngineFacadeSource;
  readonly #middlewares: EngineMiddlewareFunction[] = [];

  /** @param source the engine behind the façade */
  constructor(source: EngineFacadeSource) {
    super();
    this.#source = source;
    this.generateId = () => source.defaultId();
  }

  get clientsCount(): number {
    return this.#source.clientsCount;
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
  get hasConnectionListeners(): boolean {
    return this.hears("connection");
  }

  /** Whether somebody wants to see, or change, the headers of answers. */
  get changesHeaders(): boolean {
    return this.hears("headers") || this.hears("initial_headers");
  }
}

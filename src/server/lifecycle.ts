/**
 * The life of a server: open, draining, closed.
 *
 * Owns: the drain, if there is one, and the close, of which there is one.
 *
 * Invariants
 * - The state changes before anybody is told: listeners of sockets that end may drain and close again,
 *   and get the same promises.
 * - The close ends sockets, then sessions, then frees the adapters; a drain ends with it.
 */
import type { Clock } from "../base/clock.ts";
import { invoke } from "../base/invoke.ts";
import type { DebugScope } from "../base/log.ts";
import type { EngineServer } from "../engine/engine_server.ts";
import type { Unavailable } from "../engine/ports.ts";
import type { LocalNamespace } from "../socket/local_namespace.ts";
import { Drain, type DrainReport } from "./drain.ts";
import { type ResolvedDrainOptions, resolveDrainOptions } from "./drain_options.ts";
import {
  answerHealth,
  type Health,
  type HealthAnswer,
  healthOf,
  type HealthSource,
} from "./health.ts";
import type { ServerLife } from "./lifecycle_server.ts";
import type { Reports } from "./reports.ts";

/** What lives. */
export interface LifecycleParts {
  readonly engine: EngineServer;
  readonly clock: Clock;
  /** Numbers from 0 to 1. */
  readonly random: () => number;
  /** All namespaces with sockets. */
  readonly namespaces: () => readonly LocalNamespace[];
  /** Whether clients can reach the server, as far as it knows. */
  readonly isListening: () => boolean;
  readonly debug: DebugScope;
  readonly reports: Reports;
}

/** The life of one server. */
export class Lifecycle implements HealthSource, ServerLife {
  readonly health: Health = healthOf(this);
  readonly #parts: LifecycleParts;
  #drain: Drain | undefined;
  #drained: Promise<DrainReport> | undefined;
  /** What users are told of the drain. */
  #reason: string | undefined;
  #closing: Promise<Error | undefined> | undefined;

  constructor(parts: LifecycleParts) {
    this.#parts = parts;
  }

  get isClosed(): boolean {
    return this.#closing !== undefined;
  }

  get ready(): boolean {
    return this.status === "ok";
  }

  get live(): boolean {
    return !this.isClosed;
  }

  get connections(): number {
    return this.#parts.engine.clientsCount;
  }

  get status(): HealthSource["status"] {
    if (this.isClosed) return "closed";
    if (this.#drain !== undefined) return "draining";
    return this.#parts.isListening() ? "ok" : "starting";
  }

  /** Why no session may open, if the server is about to go. */
  get unavailable(): Unavailable | undefined {
    return this.#drain && { cause: "draining", retryAfterSeconds: this.#drain.secondsLeft };
  }

  /** Lets all clients go, then closes. Rejects, and nothing has begun, when options are wrong. */
  drain(given: unknown): Promise<DrainReport> {
    this.#drained ??= this.isClosed ? this.#drainClosed() : undefined;
    if (this.#drained !== undefined) return this.#drained;
    const { clock, random, engine, debug } = this.#parts;
    let options: ResolvedDrainOptions;
    try {
      options = resolveDrainOptions(given);
    } catch (error) {
      return Promise.reject(error);
    }
    const over = (): void => void this.close();
    const drain = new Drain({ clock, random, clients: engine.sessions, over }, options);
    this.#drain = drain;
    this.#reason = options.reason;
    this.#drained = this.#follow(drain);
    if (debug.enabled) debug.log("draining %d sessions", engine.clientsCount);
    drain.start();
    return this.#drained;
  }

  /** Ends sockets and sessions, frees the adapters; gives the first error of one. */
  close(): Promise<Error | undefined> {
    if (this.#closing !== undefined) return this.#closing;
    let settle: (failure: Promise<Error | undefined>) => void = () => {};
    this.#closing = new Promise((resolve) => settle = resolve);
    this.#drain?.end();
    settle(this.#shutDown());
    return this.#closing;
  }

  probe(method: string, target: string): HealthAnswer {
    return answerHealth(this, method, target);
  }

  tell(fn: (err?: Error) => void, failure: Error | undefined): void {
    const { errors } = this.#parts.reports;
    invoke(fn, undefined, failure === undefined ? [] : [failure], "close", errors, "close");
  }

  /** Whatever ends a drain closes the server. */
  async #follow(drain: Drain): Promise<DrainReport> {
    const report = await drain.report;
    await this.close();
    this.#parts.engine.cutClosing();
    return report;
  }

  async #drainClosed(): Promise<DrainReport> {
    await this.close();
    return { closed: 0, forced: 0 };
  }

  async #shutDown(): Promise<Error | undefined> {
    const { engine, debug } = this.#parts;
    if (debug.enabled) debug.log("closing all namespaces and sessions");
    const namespaces = this.#parts.namespaces();
    for (const namespace of namespaces) namespace.endSockets(this.#reason);
    engine.shutDown();
    const failures = await Promise.all(namespaces.map((namespace) => namespace.closeAdapter()));
    return failures.find((failure) => failure !== undefined);
  }
}

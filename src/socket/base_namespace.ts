/**
 * What all namespaces have in common: ways to broadcast, middlewares, limits of sending.
 *
 * Invariants
 * - Every way to broadcast ends in `broadcast` or `broadcastWithAck` of the namespace.
 */
import { StateError } from "../base/errors.ts";
import type { HandlerKind } from "../base/invoke.ts";
import { Listeners } from "../base/listeners.ts";
import { watchedPromise } from "../base/watched_promise.ts";
import type { AckCallback } from "./acks.ts";
import type { Selection } from "./adapter.ts";
import { type HandlerMode, Namespace, type NamespaceMiddleware } from "./api.ts";
import {
  type Broadcast,
  type EventArgs,
  type FoundSocket,
  LocalBroadcastOperator,
  type OperatorHome,
} from "./broadcast_operator.ts";
import { type BufferingOptions, checkBuffering } from "./buffering.ts";
import type { DefaultEventsMap, TimeoutOptions, Untyped } from "./events.ts";
import { checkHandlerMode } from "./handler_mode.ts";

/** Names that a server-side event must not have. */
const RESERVED_SERVER_EVENTS: ReadonlySet<string> = new Set([
  "connect",
  "connection",
  "new_namespace",
  "handler_error",
]);

/** Whether servers may send each other events of this name. */
export function isServerEventName(name: unknown): name is string {
  return typeof name === "string" && !RESERVED_SERVER_EVENTS.has(name);
}

/**
 * Refuses names of events that servers must not send each other.
 *
 * @throws StateError when the name is reserved, or a symbol
 */
export function checkServerEventName(name: string | symbol): asserts name is string {
  if (isServerEventName(name)) return;
  throw new StateError(`"${String(name)}" is a reserved event name`);
}

/**
 * The time that the answers to a broadcast have.
 *
 * @throws StateError when it is not limited
 */
export function checkLimited({ timeoutMs }: Broadcast): number {
  if (timeoutMs !== undefined) return timeoutMs;
  throw new StateError(
    "Cannot await the answers to a broadcast: a limit of time must be set with timeout(ms)",
  );
}

/** A namespace over untyped events. */
export abstract class BaseNamespace
  extends Namespace<DefaultEventsMap, DefaultEventsMap, DefaultEventsMap, Untyped>
  implements OperatorHome {
  readonly #middlewares: NamespaceMiddleware[] = [];
  #ownBuffering: BufferingOptions = {};
  #ownMode: HandlerMode | undefined;

  constructor(listeners: Listeners = new Listeners()) {
    super(listeners);
  }

  /** The middlewares, in the order of `use`. */
  get middlewares(): readonly NamespaceMiddleware[] {
    return this.#middlewares;
  }

  /** What may wait for each of its sockets, where it is not as of the server. */
  get ownBuffering(): BufferingOptions {
    return this.#ownBuffering;
  }

  /** How its sockets run their events, if it was said of it. */
  get ownHandlerMode(): HandlerMode | undefined {
    return this.#ownMode;
  }

  abstract broadcast(args: EventArgs, broadcast: Broadcast): void;

  abstract broadcastWithAck(args: EventArgs, broadcast: Broadcast, callback: AckCallback): void;

  abstract findSelected(selection: Selection): Promise<FoundSocket[]>;

  abstract joinSelected(selection: Selection, rooms: readonly string[]): void;

  abstract leaveSelected(selection: Selection, rooms: readonly string[]): void;

  abstract disconnectSelected(selection: Selection, close: boolean): void;

  abstract handlerFailed(error: unknown, event: string, kind?: HandlerKind): void;

  override use(fn: NamespaceMiddleware): this {
    this.#middlewares.push(fn);
    return this;
  }

  override buffering(options: BufferingOptions): this {
    const changed = checkBuffering(options);
    this.#ownBuffering = { ...this.#ownBuffering, ...changed };
    this.bufferingChanged(changed);
    return this;
  }

  override handlerMode(mode: HandlerMode): this {
    this.#ownMode = checkHandlerMode(mode);
    return this;
  }

  override to(room: string | string[]): LocalBroadcastOperator {
    return this.#operator().to(room);
  }

  override in(room: string | string[]): LocalBroadcastOperator {
    return this.#operator().in(room);
  }

  override except(room: string | string[]): LocalBroadcastOperator {
    return this.#operator().except(room);
  }

  override compress(compress: boolean): LocalBroadcastOperator {
    return this.#operator().compress(compress);
  }

  override get volatile(): LocalBroadcastOperator {
    return this.#operator().volatile;
  }

  override get local(): LocalBroadcastOperator {
    return this.#operator().local;
  }

  override timeout(timeout: number, options?: TimeoutOptions): LocalBroadcastOperator {
    return this.#operator().timeout(timeout, options);
  }

  override withSignal(signal: AbortSignal): LocalBroadcastOperator {
    return this.#operator().withSignal(signal);
  }

  override emit(ev: string | symbol, ...args: unknown[]): boolean {
    return this.#operator().emit(ev, ...args);
  }

  override send(...args: unknown[]): this {
    this.emit("message", ...args);
    return this;
  }

  override write(...args: unknown[]): this {
    return this.send(...args);
  }

  override fetchSockets(): Promise<FoundSocket[]> {
    return this.#operator().fetchSockets();
  }

  override socketsJoin(room: string | string[]): void {
    this.#operator().socketsJoin(room);
  }

  override socketsLeave(room: string | string[]): void {
    this.#operator().socketsLeave(room);
  }

  override disconnectSockets(close = false): void {
    this.#operator().disconnectSockets(close);
  }

  override allSockets(): Promise<Set<string>> {
    return this.#operator().allSockets();
  }

  override serverSideEmitWithAck(ev: string | symbol, ...args: unknown[]): Promise<Untyped[]> {
    return watchedPromise((resolve, reject) => {
      // Names are checked by the namespaces that send.
      this.serverSideEmit(ev as string, ...args, (error: Error | null, responses: unknown[]) => {
        if (error === null) return resolve(responses);
        // As in the reference; an error that is frozen goes as it is.
        Reflect.set(error, "responses", responses);
        reject(error);
      });
    }, (error) => this.handlerFailed(error, String(ev), "ack"));
  }

  /** What may wait for its sockets was changed, by this. */
  protected abstract bufferingChanged(changed: BufferingOptions): void;

  #operator(): LocalBroadcastOperator {
    return new LocalBroadcastOperator(this);
  }
}

/**
 * What all namespaces have in common: ways to broadcast, middlewares.
 *
 * Invariants
 * - Every way to broadcast ends in `broadcast` or `broadcastWithAck` of the namespace.
 */
import { Listeners } from "../base/listeners.ts";
import type { AckCallback } from "./acks.ts";
import { Namespace, type NamespaceMiddleware } from "./api.ts";
import {
  type Broadcast,
  type EventArgs,
  LocalBroadcastOperator,
  type OperatorHome,
} from "./broadcast_operator.ts";
import type { DefaultEventsMap, Untyped } from "./events.ts";

/** A namespace over untyped events. */
export abstract class BaseNamespace
  extends Namespace<DefaultEventsMap, DefaultEventsMap, DefaultEventsMap, Untyped>
  implements OperatorHome {
  readonly #middlewares: NamespaceMiddleware[] = [];

  constructor(listeners: Listeners = new Listeners()) {
    super(listeners);
  }

  /** The middlewares, in the order of `use`. */
  get middlewares(): readonly NamespaceMiddleware[] {
    return this.#middlewares;
  }

  abstract broadcast(args: EventArgs, broadcast: Broadcast): void;

  abstract broadcastWithAck(args: EventArgs, broadcast: Broadcast, callback: AckCallback): void;

  override use(fn: NamespaceMiddleware): this {
    this.#middlewares.push(fn);
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

  override timeout(timeout: number): LocalBroadcastOperator {
    return this.#operator().timeout(timeout);
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

  #operator(): LocalBroadcastOperator {
    return new LocalBroadcastOperator(this);
  }
}

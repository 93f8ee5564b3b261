/**
 * The part of a socket that hears every event: its listeners of `onAny` and `onAnyOutgoing`.
 *
 * Owns: both lists of listeners.
 */
import type { HandlerErrorSink, HandlerKind } from "../base/invoke.ts";
import { Socket } from "./api.ts";
import { CatchAll } from "./catch_all.ts";
import type { DefaultEventsMap, Untyped, UntypedListener } from "./events.ts";

/** A socket over untyped events, with listeners of every event. */
export abstract class CatchAllSocket
  extends Socket<DefaultEventsMap, DefaultEventsMap, DefaultEventsMap, Untyped>
  implements HandlerErrorSink {
  readonly #incoming = new CatchAll();
  readonly #outgoing = new CatchAll();

  override onAny(listener: UntypedListener): this {
    this.#incoming.add(listener);
    return this;
  }

  override prependAny(listener: UntypedListener): this {
    this.#incoming.prepend(listener);
    return this;
  }

  override offAny(listener?: UntypedListener): this {
    this.#incoming.remove(listener);
    return this;
  }

  override listenersAny(): UntypedListener[] {
    return this.#incoming.list;
  }

  override onAnyOutgoing(listener: UntypedListener): this {
    this.#outgoing.add(listener);
    return this;
  }

  override prependAnyOutgoing(listener: UntypedListener): this {
    this.#outgoing.prepend(listener);
    return this;
  }

  override offAnyOutgoing(listener?: UntypedListener): this {
    this.#outgoing.remove(listener);
    return this;
  }

  override listenersAnyOutgoing(): UntypedListener[] {
    return this.#outgoing.list;
  }

  abstract handlerFailed(error: unknown, event: string, kind?: HandlerKind): void;

  /** Tells the listeners of every incoming event. */
  protected tellIncoming(event: readonly unknown[], sink: HandlerErrorSink): void {
    this.#incoming.call(this, event, sink);
  }

  /** Tells the listeners of every outgoing event. */
  protected tellOutgoing(event: readonly unknown[]): void {
    this.#outgoing.call(this, event, this);
  }
}

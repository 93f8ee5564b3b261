/**
 * Between a WebSocket of the runtime and the session that its frames belong to.
 *
 * Invariants
 * - Nothing is thrown out of a runtime's callback: on some runtimes that ends the process.
 * - Frames of a WebSocket that no session has claimed go nowhere.
 */
import type { TransportError } from "../base/errors.ts";
import type { FrameSink } from "../session/ports.ts";
import type { Session } from "../session/session.ts";
import type { Frame } from "../wire/engine_packet.ts";
import type { SinkEvents } from "./ports.ts";

/** What a binding asks of the engine. */
export interface BindingOwner {
  /** The socket is open: says which session it belongs to, if any. */
  claim(sink: FrameSink): Session | undefined;
  /** Nothing could be made of the socket, which is closed. */
  refused(error: unknown): void;
  /** Something has thrown that must not. */
  fault(session: Session | undefined, error: unknown): void;
}

/** Hands the events of one WebSocket to its session. */
export class WebSocketBinding implements SinkEvents {
  readonly #owner: BindingOwner;
  #session: Session | undefined;
  #sink: FrameSink | undefined;

  constructor(owner: BindingOwner) {
    this.#owner = owner;
  }

  opened(sink: FrameSink): void {
    try {
      this.#session = this.#owner.claim(sink);
      this.#sink = sink;
    } catch (error) {
      this.#owner.refused(error);
      sink.close();
    }
  }

  frame(frame: Frame): void {
    if (this.#sink === undefined) return;
    try {
      this.#session?.receiveFrame(this.#sink, frame);
    } catch (error) {
      this.#owner.fault(this.#session, error);
    }
  }

  closed(error?: TransportError): void {
    const session = this.#session;
    const sink = this.#sink;
    this.#session = undefined;
    this.#sink = undefined;
    if (sink === undefined) return;
    try {
      session?.sinkClosed(sink, error);
    } catch (fault) {
      this.#owner.fault(session, fault);
    }
  }
}

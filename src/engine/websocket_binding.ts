/**
 * Between a WebSocket of the runtime and the session that its frames belong to.
 *
 * Invariants
 * - `handshake -> open -> closing -> closed`, of which states may be left out.
 * - Nothing is thrown out of a runtime's callback: on some runtimes that ends the process.
 * - Frames of a WebSocket that no session has claimed go nowhere.
 * - A handshake that is not done in time is given up: a runtime may never tell of one whose peer has gone.
 * - From the moment that this side closes it until the runtime says that it is over, a WebSocket has a
 *   ticket of its own: a runtime may keep it as long as its peer likes.
 */
import type { Deadline, DeadlineOwner, Deadlines } from "../base/deadlines.ts";
import type { TransportError } from "../base/errors.ts";
import type { FrameSink } from "../session/ports.ts";
import type { Session } from "../session/session.ts";
import type { Frame } from "../wire/engine_packet.ts";
import type { Ticket } from "./admission.ts";
import type { SinkEvents } from "./ports.ts";

/** What a binding asks of the engine. */
export interface BindingOwner {
  /** The socket is open: says which session it belongs to, if any; that one has the ticket then. */
  claim(sink: FrameSink): Session | undefined;
  /** Nothing could be made of the socket, which is closed. */
  refused(error: unknown): void;
  /** The handshake was not done in time. */
  late(): void;
  /** Something has thrown that must not. */
  fault(session: Session | undefined, error: unknown): void;
}

/** Hands the events of one WebSocket to its session, and what the session says to the WebSocket. */
export class WebSocketBinding implements SinkEvents, FrameSink, DeadlineOwner {
  readonly #owner: BindingOwner;
  readonly #ticket: Ticket;
  readonly #closing: Set<WebSocketBinding>;
  #state: "handshake" | "open" | "closing" | "closed" = "handshake";
  #session: Session | undefined;
  #sink: FrameSink | undefined;
  #openBy: Deadline | undefined;
  /** What it counts as while it is closing. */
  #lingering: Ticket | undefined;

  /**
   * @param ticket what the handshake counts as
   * @param closing where it is while it is closing
   */
  constructor(owner: BindingOwner, ticket: Ticket, closing: Set<WebSocketBinding>) {
    this.#owner = owner;
    this.#ticket = ticket;
    this.#closing = closing;
  }

  get bufferedAmount(): number {
    return this.#sink?.bufferedAmount ?? 0;
  }

  /** The runtime has taken the handshake over: it is to be done by this time. */
  expect(deadlines: Deadlines, at: number): void {
    if (this.#state !== "handshake") return;
    this.#openBy = deadlines.create(this);
    this.#openBy.set(at);
  }

  /** There is no handshake, or it took too long. */
  giveUp(): void {
    this.#state = "closed";
    this.#openBy?.clear();
    this.#ticket.release();
  }

  onDeadline(): void {
    this.giveUp();
    this.#owner.late();
  }

  opened(sink: FrameSink): void {
    const isLate = this.#state !== "handshake";
    this.#openBy?.clear();
    this.#sink = sink;
    this.#state = "open";
    if (isLate) return this.close();
    try {
      this.#session = this.#owner.claim(this);
    } catch (error) {
      this.#owner.refused(error);
      this.close();
    }
    if (this.#session === undefined) this.#ticket.release();
  }

  frame(frame: Frame): void {
    if (this.#state !== "open") return;
    try {
      this.#session?.receiveFrame(this, frame);
    } catch (error) {
      this.#owner.fault(this.#session, error);
    }
  }

  closed(error?: TransportError): void {
    const session = this.#session;
    if (this.#state === "handshake") this.giveUp();
    this.#state = "closed";
    this.#lingering?.release();
    this.#closing.delete(this);
    this.#session = undefined;
    this.#sink = undefined;
    try {
      session?.sinkClosed(this, error);
    } catch (fault) {
      this.#owner.fault(session, fault);
    }
  }

  write(frames: readonly Frame[]): void {
    this.#sink?.write(frames);
  }

  close(code?: number, reason?: string): void {
    if (this.#state !== "open") return;
    this.#linger();
    this.#sink?.close(code, reason);
  }

  cut(): void {
    if (this.#state === "open") this.#linger();
    this.#sink?.cut();
  }

  /** Before the runtime is told, which may call back at once. */
  #linger(): void {
    this.#state = "closing";
    this.#lingering = this.#ticket.another(true);
    this.#closing.add(this);
  }
}

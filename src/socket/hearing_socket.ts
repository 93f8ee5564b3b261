/**
 * The part of a socket that runs what its client sends: listeners of every event, middlewares, the
 * listeners of the event; at once, or one after the other.
 *
 * Owns: the middlewares, the mode of handlers, the events that wait for their turn.
 *
 * Invariants
 * - In the mode "concurrent" an event costs nothing beside its handlers: nothing waits, nothing is kept.
 * - In the other modes an event is over when all promises of its handlers have settled: of listeners of
 *   every event, of middlewares, and of listeners. Then the next one of its key runs.
 * - A mode is chosen when an event comes; another mode leaves those that came before as they are.
 */
import { describeValue } from "../base/errors.ts";
import { type HandlerErrorSink, type HandlerKind, isThenable, report } from "../base/invoke.ts";
import type { SocketPacket } from "../wire/socket_packet.ts";
import type { HandlerKey, HandlerMode } from "./api.ts";
import { BufferedSocket } from "./buffered_socket.ts";
import { EventLanes, type LaneLimits } from "./event_lanes.ts";
import type { Event } from "./events.ts";
import { checkHandlerMode } from "./handler_mode.ts";
import { heldBytesOf } from "./held_bytes.ts";
import { type Middleware, runMiddlewares } from "./middleware.ts";
import type { SocketHome, SocketLink } from "./ports.ts";

/** An event from the client. */
export type IncomingEvent = Extract<SocketPacket, { type: "event" }>;

/** The key of all events in the mode "serial", and of those whose key cannot be told. */
const ONE_KEY: unique symbol = Symbol("serial");

/** A socket that runs the events of its client. */
export abstract class HearingSocket extends BufferedSocket {
  readonly #middlewares: Middleware<Event>[] = [];
  readonly #limits: LaneLimits;
  readonly #link: SocketLink;
  #mode: HandlerMode;
  #lanes: EventLanes<IncomingEvent> | undefined;

  constructor(home: SocketHome, link: SocketLink) {
    super(home, link);
    this.#mode = home.handlerModeOfSockets;
    this.#limits = home.context.limits;
    this.#link = link;
  }

  override use(fn: (event: Event, next: (err?: Error) => void) => void): this {
    this.#middlewares.push(fn);
    return this;
  }

  override handlerMode(mode: HandlerMode): this {
    this.#mode = checkHandlerMode(mode);
    return this;
  }

  /** The function that answers an event. */
  protected abstract answerOnce(ackId: number): (...args: unknown[]) => void;

  /** A debug line. */
  protected abstract say(message: string, detail?: unknown): void;

  /** An event came. */
  protected hear(event: IncomingEvent): void {
    if (this.#mode === "concurrent") return this.#run(event, this);
    const key = this.#mode === "serial" ? ONE_KEY : this.#keyOf(this.#mode, event.data);
    // The function may have ended the socket.
    if (!this.connected) return;
    if (key === undefined) return this.#run(event, this);
    this.#lanes ??= this.#createLanes();
    const refusal = this.#lanes.add(key, event);
    if (refusal === undefined) return;
    this.say("closing the session: %s", refusal.message);
    this.#link.link.fail(refusal);
  }

  /** Whether events wait for their turn. */
  protected get hasWaiting(): boolean {
    return this.#lanes !== undefined && this.#lanes.length > 0;
  }

  /** Drops the events that wait. */
  protected stopHearing(): void {
    this.#lanes?.clear();
  }

  /** A function of the user that fails loses no event, and no order. */
  #keyOf(
    mode: Exclude<HandlerMode, string>,
    [name, ...args]: readonly unknown[],
  ): HandlerKey | undefined {
    const event = String(name);
    try {
      const key: unknown = mode(event, this, args);
      if (key === undefined || isKey(key)) return key;
      if (isThenable(key)) report(key, event, { handlerFailed: () => {} }, "handlerMode");
      throw new TypeError(
        "Cannot order event: handlerMode must give a string, a number, a symbol or undefined, " +
          `found ${describeValue(key)}`,
      );
    } catch (error) {
      this.handlerFailed(error, event, "handlerMode");
      return ONE_KEY;
    }
  }

  #createLanes(): EventLanes<IncomingEvent> {
    return new EventLanes({
      run: (event, done) => this.#runToEnd(event, done),
      bytesOf: ({ data }) => heldBytesOf(data),
      limits: this.#limits,
      memory: this.#link.link.memory,
    });
  }

  #runToEnd(event: IncomingEvent, done: () => void): void {
    const run = new EventRun(this, done);
    this.#run(event, run);
    run.ended();
  }

  #run({ data, id }: IncomingEvent, sink: HandlerErrorSink): void {
    const event = [...data];
    this.say("got event %s", data[0]);
    if (id !== undefined) event.push(this.answerOnce(id));
    this.tellIncoming(event, sink);
    if (this.#middlewares.length === 0) return this.#dispatch(event, sink);
    sink.began?.();
    // The codec has checked that an event starts with its name.
    runMiddlewares(this.#middlewares, event as Event, (outcome) => {
      if (outcome.type === "passed") this.#dispatch(event, sink);
      else if (outcome.type === "refused") this.#refused(outcome.error, sink);
      else this.handlerFailed(outcome.error, String(event[0]), "middleware");
      sink.ended?.();
    }, sink);
  }

  #refused(error: unknown, sink: HandlerErrorSink): void {
    const isHeard = this.emitUntyped(sink, "error", [error]);
    if (!isHeard) {
      this.say("a middleware refused an event, and nobody listens to errors: %s", error);
    }
  }

  #dispatch([name, ...args]: readonly unknown[], sink: HandlerErrorSink): void {
    if (!this.connected) return this.say("ignore packet received after disconnection: %s", name);
    const isHeard = this.emitUntyped(sink, String(name), args);
    if (!isHeard) this.say("ignore event %s: it has no listener", name);
  }
}

/** The handlers of one event, while they run: tells when the last one is done. */
class EventRun implements HandlerErrorSink {
  readonly #sink: HandlerErrorSink;
  readonly #done: () => void;
  /** Whoever calls the handlers is the first one. */
  #running = 1;

  constructor(sink: HandlerErrorSink, done: () => void) {
    this.#sink = sink;
    this.#done = done;
  }

  handlerFailed(error: unknown, event: string, kind?: HandlerKind): void {
    this.#sink.handlerFailed(error, event, kind);
  }

  began(): void {
    this.#running++;
  }

  ended(): void {
    if (--this.#running === 0) this.#done();
  }
}

function isKey(value: unknown): value is HandlerKey {
  return typeof value === "string" || typeof value === "number" || typeof value === "symbol";
}

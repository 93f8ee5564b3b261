/**
 * A whole server without a port: the real floors over a clock, turns and WebSockets that tests move.
 *
 * Invariants
 * - Nothing happens by itself: time passes in `world.clock.advance`, a turn of the event loop ends in
 *   `settle`, and no timer of the runtime is ever set.
 * - What the server logs or writes for DEBUG is kept, and printed nowhere.
 */
import type { Logger } from "../../src/base/log.ts";
import type { EngineRequest, RequestInfo } from "../../src/engine/handshake_info.ts";
import type { WebEngine } from "../../src/engine/api.ts";
import type { Header, SinkEvents, WebSocketUpgrader } from "../../src/engine/ports.ts";
import { TransportError } from "../../src/base/errors.ts";
import type { Platform } from "../../src/server/platform.ts";
import { CoreServer } from "../../src/server/server.ts";
import type { ServerOptions } from "../../src/server/server_options.ts";
import type { FrameSink } from "../../src/session/ports.ts";
import type { DefaultEventsMap, Untyped } from "../../src/socket/events.ts";
import type { Frame } from "../../src/wire/engine_packet.ts";
import { FakeClock } from "./fake_clock.ts";

/** Turns of the microtask queue that the longest chain of promises between two events takes. */
const MICROTASKS = 120;

/** The address that requests come from when a test names none. */
export const CLIENT_ADDRESS = "203.0.113.7";

/** One line that a logger was given. */
export interface LogLine {
  readonly level: keyof Logger;
  readonly message: string;
  readonly args: readonly unknown[];
}

/** A logger that remembers. */
export class RecordingLogger implements Logger {
  readonly lines: LogLine[] = [];
  /** What is for those who look for a fault, and nobody else. */
  readonly quiet: string[] = [];

  debug(message: string): void {
    this.quiet.push(message);
  }

  info(message: string, ...args: unknown[]): void {
    this.lines.push({ level: "info", message, args });
  }

  warn(message: string, ...args: unknown[]): void {
    this.lines.push({ level: "warn", message, args });
  }

  error(message: string, ...args: unknown[]): void {
    this.lines.push({ level: "error", message, args });
  }
}

/** A WebSocket that the server has accepted, seen from both ends. */
export class FakeWebSocket implements FrameSink {
  /** What the server has written: one entry for each write. */
  readonly writes: (readonly Frame[])[] = [];
  /** Whether what is written stays in `bufferedAmount` until `drain`. */
  holds = false;
  bufferedAmount = 0;
  /** Whether one of the ends has closed it. */
  isClosed = false;
  /** Whether the client does not answer the closing handshake. */
  ignoresClose = false;
  /** Whether the server has ended it without a handshake. */
  isCut = false;
  /** The code the server closed it with, if it gave one. */
  closeCode: number | undefined;
  /** The text the server closed it with, if it gave one. */
  closeReason: string | undefined;
  /** Told of each frame that reaches the client. */
  onframe: (frame: Frame) => void = () => {};
  /** Told when the server closes. */
  onclose: () => void = () => {};
  readonly #events: SinkEvents;
  #held: Frame[] = [];

  constructor(events: SinkEvents) {
    this.#events = events;
  }

  write(frames: readonly Frame[]): void {
    if (this.isClosed) return;
    this.writes.push(frames);
    for (const frame of frames) {
      if (this.holds || this.#held.length > 0) this.#hold(frame);
      else this.onframe(frame);
    }
  }

  close(code?: number, reason?: string): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.closeCode = code;
    this.closeReason = reason;
    if (this.ignoresClose) return;
    this.#deliver();
    this.onclose();
    queueMicrotask(() => this.#events.closed());
  }

  cut(): void {
    if (this.isCut) return;
    this.isClosed = true;
    this.isCut = true;
    this.bufferedAmount = 0;
    this.#held = [];
    this.onclose();
    queueMicrotask(() => this.#events.closed());
  }

  /** The handshake is done. */
  open(): void {
    this.#events.opened(this);
  }

  /** The client sends a frame. */
  receive(frame: Frame): void {
    if (!this.isClosed) this.#events.frame(frame);
  }

  /** The client's end is gone, with an error if the network took it. */
  drop(error?: string): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.#events.closed(error === undefined ? undefined : new TransportError(error, "websocket"));
  }

  /** The client reads everything that was held back. */
  drain(): void {
    this.bufferedAmount = 0;
    this.#deliver();
  }

  #hold(frame: Frame): void {
    this.#held.push(frame);
    this.bufferedAmount += typeof frame === "string" ? frame.length : frame.byteLength;
  }

  #deliver(): void {
    const held = this.#held;
    this.#held = [];
    for (const frame of held) this.onframe(frame);
  }
}

/** Accepts every WebSocket; the client has to open it. */
class FakeUpgrader implements WebSocketUpgrader {
  readonly accepted: FakeWebSocket[] = [];

  upgrade(
    _request: Request,
    headers: readonly Header[],
    events: SinkEvents,
  ): Response {
    this.accepted.push(new FakeWebSocket(events));
    // A Response with status 101 cannot be made by hand.
    return new Response(null, {
      headers: headers.map(([name, value]): [string, string] => [name, value]),
    });
  }
}

/** What the server runs in. */
export class World {
  readonly clock: FakeClock = new FakeClock();
  readonly logger: RecordingLogger = new RecordingLogger();
  /** Lines of DEBUG scopes. */
  readonly debugLines: string[] = [];
  /** Turns requests into WebSockets. */
  readonly upgrader: FakeUpgrader = new FakeUpgrader();
  /** Ends of turns so far: as many as the server has answered polls of its own accord. */
  turns = 0;
  readonly platform: Platform;
  #afterTurn: (() => void)[] = [];

  constructor(debugPattern: string, platform: Partial<Platform>) {
    this.platform = {
      afterTurn: (callback) => void this.#afterTurn.push(callback),
      debugPattern,
      writeDebug: (line) => void this.debugLines.push(line),
      clock: this.clock,
      random: () => 0,
      ...platform,
    };
  }

  /** WebSockets in the order in which they were accepted. */
  get webSockets(): readonly FakeWebSocket[] {
    return this.upgrader.accepted;
  }

  /** The errors that were logged. */
  get errors(): readonly LogLine[] {
    return this.logger.lines.filter(({ level }) => level === "error");
  }

  /** Lets promises settle, and nothing else: the turn goes on. */
  async microtasks(): Promise<void> {
    for (let turn = 0; turn < MICROTASKS; turn++) await Promise.resolve();
  }

  /** Lets promises settle and ends turns, until nothing moves any more. */
  async settle(): Promise<void> {
    do await this.microtasks(); while (this.#endTurn());
  }

  /** Moves the time on; promises settle and turns end on the way. */
  async advance(ms: number): Promise<void> {
    await this.settle();
    this.clock.advance(ms);
    await this.settle();
  }

  #endTurn(): boolean {
    const callbacks = this.#afterTurn;
    this.#afterTurn = [];
    for (const callback of callbacks) callback();
    if (callbacks.length > 0) this.turns++;
    return callbacks.length > 0;
  }
}

/** A Socket.IO server in a world of its own, as the entries for runtimes of the Web are. */
export class TestServer extends CoreServer<
  DefaultEventsMap,
  DefaultEventsMap,
  DefaultEventsMap,
  Untyped,
  EngineRequest
> {
  readonly world: World;

  /**
   * @param options what is to differ from the defaults; the logger is the world's
   * @param debugPattern the value of DEBUG
   * @param platform what the runtime is to give beside, or otherwise
   */
  constructor(
    options: ServerOptions<EngineRequest> = {},
    debugPattern = "",
    platform: Partial<Platform> = {},
  ) {
    const world = new World(debugPattern, platform);
    super({ logger: world.logger, ...options }, world.platform);
    this.world = world;
  }

  override get engine(): WebEngine {
    // The engine takes any middleware, and gives the ones of this server what they expect.
    return super.engine as WebEngine;
  }

  override fetch(request: Request, info?: Partial<RequestInfo>): Promise<Response> {
    const known = { remoteAddress: CLIENT_ADDRESS, ...info };
    return this.answer(request, known, this.world.upgrader);
  }

  /** What `owns` says, which runtimes ask before `fetch`. */
  isOurs(target: string): boolean {
    return this.owns(target);
  }
}

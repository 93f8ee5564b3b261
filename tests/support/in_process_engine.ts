/**
 * An engine without a port, a network or a passing of time: requests are given to `handle` as calls
 * of the Web, and the test plays the client, the runtime's WebSockets, the floor above and the clock.
 *
 * Invariants:
 * - Nothing happens by itself but promises: the clock stands still, and with `manualTurns` a turn of
 *   the event loop ends when the test says so.
 * - What the engine tells its ports is recorded, in order.
 */
import { Advice } from "../../src/base/advice.ts";
import { Incidents } from "../../src/base/incidents.ts";
import { assertEquals } from "@std/assert";
import type { SessionId } from "../../src/base/ids.ts";
import type { TransportError } from "../../src/base/errors.ts";
import { EngineServer } from "../../src/engine/engine_server.ts";
import type { ConnectionError, WebEngine } from "../../src/engine/api.ts";
import type {
  EngineHandler,
  EngineLink,
  Excess,
  Header,
  LinkHandler,
  SinkEvents,
  WebSocketUpgrader,
} from "../../src/engine/ports.ts";
import { WebCall } from "../../src/engine/web_call.ts";
import type { CloseReason, FrameSink } from "../../src/session/ports.ts";
import { EncodedPacket } from "../../src/wire/encoded_packet.ts";
import type { Frame } from "../../src/wire/engine_packet.ts";
import { type InProcessSettings, settingsOf } from "./engine_settings.ts";
import { FakeClock } from "./fake_clock.ts";

/** Debug lines are made, so that making them is tested, and thrown away. */
const LOUD = { enabled: true, log: (): void => {} };

/** Enough turns of the microtask queue for every chain of promises of a test. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 100; turn++) await Promise.resolve();
}

/** A session as the floor above sees it: what it was told, and its link. */
export class RecordedSession implements LinkHandler {
  readonly link: EngineLink;
  readonly messages: Frame[] = [];
  /** What it was told that the peer is above. */
  readonly excesses: Excess[] = [];
  /** How often it was told to begin: once, if the engine is right and nobody has ended it before. */
  begun = 0;
  /** Reason and description of each `closed`: one entry at most, if the engine is right. */
  readonly closes: [reason: CloseReason, description: unknown][] = [];
  /** What to do with a message beside recording it. */
  onMessage: (data: Frame) => void = () => {};
  /** What to do with its end beside recording it. */
  onClosed: () => void = () => {};
  readonly isSettled = true;

  constructor(link: EngineLink) {
    this.link = link;
  }

  begin(): void {
    this.begun++;
  }

  message(data: Frame): void {
    this.messages.push(data);
    this.onMessage(data);
  }

  exceeded(excess: Excess): void {
    this.excesses.push(excess);
  }

  unsent(): void {}

  closed(reason: CloseReason, description?: unknown): void {
    this.closes.push([reason, description]);
    this.onClosed();
  }

  released(): void {}

  /** Sends a message with these parts. */
  send(...parts: Frame[]): string {
    return this.link.send(EncodedPacket.message(parts), false);
  }

  /** The reason of its end, if it is over. */
  get reason(): CloseReason | undefined {
    return this.closes[0]?.[0];
  }

  /** The message of the error it ended with. */
  get cause(): string | undefined {
    const description = this.closes[0]?.[1];
    return description instanceof Error ? description.message : undefined;
  }
}

/** A WebSocket whose other end is the test. */
export class FakeWebSocket implements FrameSink {
  /** The headers of the 101. */
  readonly headers: Headers;
  /** Each write of the engine, with its frames. */
  readonly writes: (readonly Frame[])[] = [];
  /** The code of each `close` of the engine. */
  readonly closes: (number | undefined)[] = [];
  /** How often the engine has cut it. */
  cuts = 0;
  bufferedAmount = 0;
  readonly #events: SinkEvents;

  constructor(headers: Headers, events: SinkEvents) {
    this.headers = headers;
    this.#events = events;
  }

  write(frames: readonly Frame[]): void {
    this.writes.push(frames);
  }

  close(code?: number): void {
    this.closes.push(code);
  }

  cut(): void {
    this.cuts++;
  }

  /** All frames that the engine wrote. */
  get frames(): Frame[] {
    return this.writes.flat();
  }

  /** The runtime has finished the handshake. */
  open(): this {
    this.#events.opened(this);
    return this;
  }

  /** The peer sends frames. */
  receive(...frames: Frame[]): void {
    for (const frame of frames) this.#events.frame(frame);
  }

  /** The WebSocket is over. */
  end(error?: TransportError): void {
    this.#events.closed(error);
  }
}

/** What of an answer tests compare. */
export interface Reply {
  readonly status: number;
  readonly type: string | null;
  readonly body: string;
  readonly headers: Headers;
}

/** What may differ from the defaults. */
export interface InProcessOptions extends InProcessSettings {
  /** Whether turns end by `endTurn` only. @default {false} */
  readonly manualTurns?: boolean;
  /** What becomes of a new session beside recording it. */
  readonly onOpened?: (session: RecordedSession) => void;
  /** What the upgrader throws, if it is to fail. */
  readonly upgradeFailure?: () => Error;
  /** What binary data is turned into for users. @default {as it is} */
  readonly toBinary?: (bytes: Uint8Array<ArrayBuffer>) => Uint8Array<ArrayBuffer>;
}

/** How a request differs from the plainest one. */
export interface RequestOptions {
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly body?: BodyInit;
  readonly signal?: AbortSignal;
}

/** An engine and its whole surroundings. */
export class InProcessEngine implements EngineHandler, WebSocketUpgrader {
  readonly clock: FakeClock = new FakeClock();
  readonly server: EngineServer;
  /** The sessions that were opened, in order. */
  readonly sessions: RecordedSession[] = [];
  /** The WebSockets that were answered with 101, in order. */
  readonly sockets: FakeWebSocket[] = [];
  /** What the operator was told. */
  readonly warnings: string[] = [];
  /** What was told of refusals, limits and ends. */
  readonly incidentLines: string[] = [];
  readonly incidents: Incidents = new Incidents(
    this.clock,
    (line) => this.incidentLines.push(line),
  );
  /** What was reported of users' code, as `[error, event]`. */
  readonly failures: [error: unknown, event: string][] = [];
  /** The `connection_error` events. */
  readonly refusals: ConnectionError[] = [];
  readonly #options: InProcessOptions;
  #turns: (() => void)[] = [];
  #lastId = 0;

  constructor(options: InProcessOptions = {}) {
    const { manualTurns, toBinary } = options;
    this.#options = options;
    this.server = new EngineServer({
      settings: settingsOf(options),
      limits: undefined,
      handler: this,
      clock: this.clock,
      ids: { next: () => `id${++this.#lastId}` },
      random: () => 0,
      afterTurn: manualTurns === true ? (callback) => this.#turns.push(callback) : queueMicrotask,
      joinsFrames: false,
      toBinary: toBinary ?? ((bytes) => bytes),
      errors: { handlerFailed: (error, event) => this.failures.push([error, event]) },
      advice: new Advice((message) => this.warnings.push(message)),
      incidents: this.incidents,
      debug: { engine: LOUD, socket: LOUD, polling: LOUD, ws: LOUD },
    });
    this.server.engine.on("connection_error", (error) => this.refusals.push(error));
  }

  /** The engine as users of a runtime of the Web have it. */
  get web(): WebEngine {
    // The entries of those runtimes narrow the type in the same way.
    return this.server.engine as WebEngine;
  }

  /** Why no session may open: there is no reason. */
  unavailable(): undefined {}

  opened(link: EngineLink): LinkHandler {
    const session = new RecordedSession(link);
    this.sessions.push(session);
    this.#options.onOpened?.(session);
    return session;
  }

  upgrade(
    _request: Request,
    headers: readonly Header[],
    events: SinkEvents,
  ): Response {
    const { upgradeFailure } = this.#options;
    if (upgradeFailure !== undefined) throw upgradeFailure();
    const response = new Response(null, { status: 101 });
    for (const [name, value] of headers) response.headers.append(name, value);
    this.sockets.push(new FakeWebSocket(response.headers, events));
    return response;
  }

  /** Ends the turn of the event loop, with `manualTurns`. */
  async endTurn(): Promise<void> {
    for (const callback of this.#turns.splice(0)) callback();
    await settle();
  }

  /** The session opened last, or the one at `index`. */
  session(index = -1): RecordedSession {
    const found = this.sessions.at(index);
    if (found === undefined) throw new Error(`No session ${index}`);
    return found;
  }

  /** A request of a client as the engine gets it. */
  callOf(request: Request): WebCall {
    return new WebCall(request, { remoteAddress: "192.0.2.1" }, this);
  }

  /** Gives a request with this query to the engine, and reads the answer. */
  async ask(query: string, options: RequestOptions = {}): Promise<Reply> {
    const request = new Request(`http://localhost/socket.io/?${query}`, options);
    const response = await this.server.handle(this.callOf(request));
    const { status, headers } = response;
    const body = status === 101 ? "" : await response.text();
    return { status, type: headers.get("content-type"), body, headers };
  }

  /** Opens a session by long-polling. */
  async connect(options: RequestOptions = {}): Promise<RecordedSession> {
    const { status, body } = await this.ask("EIO=4&transport=polling", options);
    if (status !== 200) throw new Error(`Handshake answered ${status}: ${body}`);
    return this.session();
  }

  /** Asks for packets by long-polling. */
  poll({ link }: RecordedSession, options: RequestOptions = {}): Promise<Reply> {
    return this.ask(pollingQuery(link.id), options);
  }

  /** Sends packets by long-polling. */
  post({ link }: RecordedSession, body: BodyInit, options: RequestOptions = {}): Promise<Reply> {
    return this.ask(pollingQuery(link.id), { method: "POST", body, ...options });
  }

  /** Asks for a WebSocket and gives the answer; the socket is the last one of `sockets`. */
  askUpgrade(query: string, headers: Record<string, string> = {}): Promise<Reply> {
    return this.ask(query, { headers: { upgrade: "websocket", ...headers } });
  }

  /** Gets a WebSocket that is not open yet, for a session or for a new one. */
  async webSocket(session?: RecordedSession): Promise<FakeWebSocket> {
    const sid = session === undefined ? "" : `&sid=${session.link.id}`;
    const { status, body } = await this.askUpgrade(`EIO=4&transport=websocket${sid}`);
    const socket = this.sockets.at(-1);
    if (status !== 101 || socket === undefined) throw new Error(`Answered ${status}: ${body}`);
    return socket;
  }

  /** Opens a session on a WebSocket. */
  async connectWebSocket(): Promise<FakeWebSocket> {
    const socket = (await this.webSocket()).open();
    await settle();
    return socket;
  }
}

/** The query of long-polling requests of a session. */
export function pollingQuery(sid: SessionId): string {
  return `EIO=4&transport=polling&sid=${sid}`;
}

/** How a request must have been refused. */
export interface ExpectedRefusal {
  readonly code: number;
  readonly message: string;
  readonly context: Readonly<Record<string, unknown>>;
  /** What the client gets in place of `message`. */
  readonly told?: string;
  /** Whether it was the request for a WebSocket. */
  readonly upgrade?: boolean;
}

/** Asserts that a request was refused so, and that the user was told so just now. */
export function assertRefused(
  engine: InProcessEngine,
  { status, type, body }: Reply,
  { code, message, context, told = message, upgrade = false }: ExpectedRefusal,
): void {
  const answer = upgrade ? { status: 400, type: "text/html", body: told } : {
    status: code === 4 ? 403 : 400,
    type: "application/json",
    body: JSON.stringify({ code, message: told }),
  };
  assertEquals({ status, type, body }, answer);
  const last = engine.refusals.at(-1);
  assertEquals(last && { ...last, req: undefined }, { req: undefined, code, message, context });
}

/** A POST body that the test feeds. */
export class SlowBody {
  readonly stream: ReadableStream<Uint8Array<ArrayBuffer>>;
  cancelled = false;
  #controller: ReadableStreamDefaultController<Uint8Array<ArrayBuffer>> | undefined;

  constructor() {
    this.stream = new ReadableStream({
      start: (controller) => void (this.#controller = controller),
      cancel: () => void (this.cancelled = true),
    });
  }

  push(text: string): this {
    this.#controller?.enqueue(new TextEncoder().encode(text));
    return this;
  }

  end(): void {
    this.#controller?.close();
  }

  /** The peer went away. */
  fail(error: Error): void {
    this.#controller?.error(error);
  }
}

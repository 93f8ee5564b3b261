/**
 * The engine: Request in, Response out, and the table of sessions between.
 *
 * Owns: the sessions by id, the turn that flushes them, the wheel that wakes them.
 *
 * Invariants
 * - The table has one writer for each end: `#open` adds, `remove` takes away.
 * - A request is read before it is upgraded and never after; all that can fail is done before.
 * - A request that is refused at the handshake is answered in `#refuse`, after `connection_error` was
 *   announced; the requests of an open session are answered by `polling_http.ts`.
 * - A session opened by WebSocket exists from the moment its socket is open, not before.
 *
 * Source: Engine.IO protocol, revision 4; engine.io 6.6.11 for the order of the checks.
 */
import { Deadlines } from "../base/deadlines.ts";
import { HandshakeError } from "../base/errors.ts";
import type { SessionId } from "../base/ids.ts";
import { Turn } from "../base/turn.ts";
import type { FrameSink } from "../session/ports.ts";
import { revision4 } from "../session/revision.ts";
import type { Session } from "../session/session.ts";
import { EncodedPacket } from "../wire/encoded_packet.ts";
import { askAllowRequest } from "./allow_request.ts";
import {
  addMissing,
  answerHeaders,
  type Header,
  type Opening,
  unavailable,
} from "./answer_headers.ts";
import { serializeCookie } from "./cookie.ts";
import { DrainWatch } from "./drain_watch.ts";
import type { EngineParts, EngineSettings } from "./engine_parts.ts";
import { EngineFacade, type EngineFacadeSource } from "./engine_facade.ts";
import { EngineSession, type EngineSessionOwner } from "./engine_session.ts";
import { checkRequest, refusal, refusalResponse, requestedProtocol } from "./handshake.ts";
import { type EngineRequest, type RequestInfo, snapshotRequest } from "./handshake_info.ts";
import { runMiddlewares } from "./middlewares.ts";
import { answerPoll, answerPost, type Respond } from "./polling_http.ts";
import { discardBody } from "./request_body.ts";
import { WebSocketBinding } from "./websocket_binding.ts";
import type { HeaderRecord } from "./ports.ts";

/** One request on its way through the engine. */
interface Exchange {
  readonly request: Request;
  readonly snapshot: EngineRequest;
  readonly isUpgrade: boolean;
  /** Headers of CORS and of middlewares; none when there are no such rules. */
  readonly extra: Headers | undefined;
}

/** The engine of one server. */
export class EngineServer implements EngineSessionOwner, EngineFacadeSource {
  /** What users see of it. */
  readonly engine: EngineFacade = new EngineFacade(this);
  readonly #parts: EngineParts;
  readonly #settings: EngineSettings;
  readonly #sessions = new Map<string, EngineSession>();
  readonly #deadlines: Deadlines;
  readonly #socketTurn: Turn;
  readonly #pollTurn: Turn;
  readonly #drains: DrainWatch;
  readonly #initialPacket: EncodedPacket | undefined;
  #isShutDown = false;

  constructor(parts: EngineParts) {
    const { settings, clock } = parts;
    const onError = (error: unknown): void => this.handlerFailed(error, "internal error");
    this.#parts = parts;
    this.#settings = settings;
    this.#deadlines = new Deadlines(clock, { onError });
    this.#socketTurn = new Turn(queueMicrotask, onError);
    this.#pollTurn = new Turn(parts.afterTurn, onError);
    this.#drains = new DrainWatch(clock, onError);
    this.#initialPacket = settings.initialPacket === undefined
      ? undefined
      : EncodedPacket.message([settings.initialPacket]);
  }

  /** The wheel that wakes everything that waits in this server. */
  get deadlines(): Deadlines {
    return this.#deadlines;
  }

  get clientsCount(): number {
    return this.#sessions.size;
  }

  /** Answers a request for the engine's path. Never rejects. */
  async fetch(request: Request, info: RequestInfo): Promise<Response> {
    try {
      const snapshot = snapshotRequest(request, info);
      const isUpgrade = snapshot.method === "GET" &&
        snapshot.headers.upgrade?.toLowerCase() === "websocket";
      const hasRules = this.#settings.cors !== undefined || this.engine.middlewares.length > 0;
      const extra = hasRules ? new Headers() : undefined;
      return await this.#answer({ request, snapshot, isUpgrade, extra });
    } catch (error) {
      this.handlerFailed(error, "internal error");
      return new Response(null, { status: 500 });
    }
  }

  async #answer(exchange: Exchange): Promise<Response> {
    const { request, extra } = exchange;
    try {
      if (this.#isShutDown) return unavailable(request);
      const answer = extra === undefined ? undefined : await this.#prepare(exchange, extra);
      return answer ?? await this.#dispatch(exchange);
    } catch (error) {
      return this.#refuse(exchange, error);
    }
  }

  /** Ends all sessions at once. */
  close(): void {
    for (const record of [...this.#sessions.values()]) record.close(true);
  }

  /** Ends all sessions, and refuses every request from now on. */
  shutDown(): void {
    this.#isShutDown = true;
    this.close();
  }

  defaultId(): string {
    return this.#parts.ids.next();
  }

  requestFlush(session: Session): void {
    (session.transport === "websocket" ? this.#socketTurn : this.#pollTurn).add(session);
  }

  awaitDrain(session: Session, progressed: boolean): void {
    this.#drains.add(session, progressed);
  }

  remove(id: SessionId): void {
    const record = this.#sessions.get(id);
    if (record === undefined) return;
    this.#sessions.delete(id);
    const { socket } = this.#parts.debug;
    if (socket.enabled) socket.log("closed");
    this.#drains.remove(record.session);
  }

  handlerFailed(error: unknown, event: string): void {
    this.#parts.errors.handlerFailed(error, event);
  }

  /** CORS and the users' middlewares: they see every request first. */
  async #prepare(exchange: Exchange, extra: Headers): Promise<Response | undefined> {
    const { request, snapshot, isUpgrade } = exchange;
    const { cors } = this.#settings;
    if (cors !== undefined && !isUpgrade) {
      const outcome = await cors.apply(snapshot);
      if (outcome.error !== undefined) throw refusal("BAD_REQUEST", { name: "MIDDLEWARE_FAILURE" });
      for (const [name, value] of outcome.headers) extra.append(name, value);
      if (outcome.preflight !== undefined) {
        extra.set("content-length", "0");
        return new Response(null, { status: outcome.preflight.status, headers: extra });
      }
    }
    try {
      const info = { request: snapshot, responseHeaders: extra };
      const response = await runMiddlewares(this.engine.middlewares, request, info, {
        onFailure: (error) => this.handlerFailed(error, "middleware"),
      });
      return response && addMissing(response, extra);
    } catch (error) {
      const { engine } = this.#parts.debug;
      if (engine.enabled) engine.log("a middleware refused: %s", error);
      throw refusal("BAD_REQUEST", { name: "MIDDLEWARE_FAILURE" });
    }
  }

  async #dispatch(exchange: Exchange): Promise<Response> {
    const { request, snapshot, isUpgrade } = exchange;
    const { cors, transports } = this.#settings;
    if (isUpgrade && cors !== undefined && !(await cors.allowsWebSocket(snapshot))) {
      throw refusal("FORBIDDEN", { name: "ORIGIN_NOT_ALLOWED", origin: snapshot.headers.origin });
    }
    const find = (sid: string): Session | undefined => this.#sessions.get(sid)?.session;
    const session = checkRequest(snapshot, isUpgrade, { transports, find });
    if (this.#isShutDown) return unavailable(request);
    if (session === undefined) return await this.#handshake(exchange);
    if (isUpgrade) return this.#upgrade(exchange, session);
    try {
      return await this.#exchange(exchange, session);
    } catch (error) {
      // What came with the request may be half done: the session cannot go on.
      this.#fault(session, error);
      return this.#respond(exchange, undefined)(500, "");
    }
  }

  /** A polling request of an open session. */
  async #exchange(exchange: Exchange, session: Session): Promise<Response> {
    const { request, snapshot } = exchange;
    const respond = this.#respond(exchange, undefined);
    const { polling } = this.#parts.debug;
    if (polling.enabled) polling.log("%s request", snapshot.method);
    switch (snapshot.method) {
      case "GET":
        return await answerPoll(session, request, respond);
      case "POST":
        return await answerPost(session, request, respond, {
          maxPayloadBytes: this.#settings.session.maxPayloadBytes,
          bodyTimeoutMs: this.#settings.bodyTimeoutMs,
          clock: this.#parts.clock,
        });
      default:
        discardBody(request);
        return addMissing(respond(405, ""), [["allow", "GET, POST"]]);
    }
  }

  /** Opens a session for a request that names none. */
  async #handshake(exchange: Exchange): Promise<Response> {
    const { request, snapshot, isUpgrade } = exchange;
    const { engine } = this.#parts.debug;
    if (engine.enabled) engine.log("handshake by %s", snapshot.query.transport);
    await this.#askUser(snapshot);
    const protocol = requestedProtocol(snapshot);
    if (protocol !== revision4.protocol) {
      throw refusal("UNSUPPORTED_PROTOCOL_VERSION", { protocol });
    }
    const { id, opening } = await this.#makeId(snapshot);
    if (this.#isShutDown || !this.#parts.handler.admits()) return unavailable(request);
    if (!isUpgrade) {
      const { session } = this.#open(id, snapshot);
      return await answerPoll(session, request, this.#respond(exchange, opening));
    }
    return this.#toWebSocket(exchange, opening, (sink) => this.#open(id, snapshot, sink).session);
  }

  /** Lets a WebSocket try to take over an open session. */
  #upgrade(exchange: Exchange, session: Session): Response {
    return this.#toWebSocket(exchange, undefined, (sink) => {
      if (session.offerUpgrade(sink)) return session;
      sink.close();
      return undefined;
    });
  }

  /** Answers 101; `claim` says, once the socket is open, which session its frames belong to. */
  #toWebSocket(
    exchange: Exchange,
    opening: Opening | undefined,
    claim: (sink: FrameSink) => Session | undefined,
  ): Response {
    const { ws } = this.#parts.debug;
    if (ws.enabled) ws.log(opening === undefined ? "upgrade of a session" : "handshake");
    const binding = new WebSocketBinding({
      claim: (sink) => {
        if (!this.#isShutDown) return claim(sink);
        sink.close();
        return undefined;
      },
      // It is too late for an answer; the refusal is announced all the same.
      refused: (error) => void this.#refuse(exchange, error),
      fault: (session, error) => this.#fault(session, error),
    });
    const headers = this.#headers(exchange, opening, {});
    try {
      return this.#parts.upgrader.upgrade(exchange.request, headers, binding);
    } catch (error) {
      throw refusal("BAD_REQUEST", { name: "TRANSPORT_HANDSHAKE_ERROR", error });
    }
  }

  /**
   * Opens a session and tells the floor above.
   *
   * @throws HandshakeError when another handshake was given the same id meanwhile
   */
  #open(id: SessionId, snapshot: EngineRequest, sink?: FrameSink): EngineSession {
    this.#checkId(id);
    const record = new EngineSession(
      {
        id,
        revision: revision4,
        settings: this.#settings.session,
        deadlines: this.#deadlines,
        spread: this.#parts.random(),
        ...(sink === undefined ? {} : { sink }),
      },
      snapshot,
      this,
    );
    this.#sessions.set(id, record);
    const { socket } = this.#parts.debug;
    if (socket.enabled) socket.log("open by %s", record.session.transport);
    record.session.greet();
    if (this.#initialPacket !== undefined) record.send(this.#initialPacket, false);
    try {
      record.handle(this.#parts.handler.opened(record));
    } catch (error) {
      record.close(true);
      throw error;
    }
    if (this.engine.hasConnectionListeners) this.engine.announce("connection", record.conn);
    return record;
  }

  async #askUser(snapshot: EngineRequest): Promise<void> {
    const { allowRequest } = this.#settings;
    if (allowRequest === undefined) return;
    const answer = await askAllowRequest(allowRequest, snapshot);
    if (answer.failure !== undefined) this.handlerFailed(answer.failure, "allowRequest");
    if (!answer.allowed) throw refusal("FORBIDDEN", { message: answer.message });
  }

  /** Makes the id of a session, and the cookie that carries it: both may be the users'. */
  async #makeId(
    snapshot: EngineRequest,
  ): Promise<{ readonly id: SessionId; readonly opening: Opening }> {
    const { cookie } = this.#settings;
    try {
      const id = await this.engine.generateId(snapshot);
      this.#checkId(id);
      const setCookie = cookie === undefined ? undefined : serializeCookie(id, cookie);
      // Brands are made where ids are: here, and in the id source.
      return { id: id as SessionId, opening: { setCookie } };
    } catch (error) {
      if (error instanceof HandshakeError) throw error;
      throw refusal("BAD_REQUEST", { name: "ID_GENERATION_ERROR", error });
    }
  }

  #checkId(id: unknown): void {
    if (typeof id === "string" && id !== "" && !this.#sessions.has(id)) return;
    const error = new TypeError(
      `Cannot open session: generateId must give a new, non-empty string, found ${String(id)}`,
    );
    throw refusal("BAD_REQUEST", { name: "ID_GENERATION_ERROR", error });
  }

  #respond(exchange: Exchange, opening: Opening | undefined): Respond {
    return (status, body, contentType) => {
      const headers: HeaderRecord = { "cache-control": "no-store" };
      if (contentType !== undefined) headers["Content-Type"] = contentType;
      return new Response(body, { status, headers: this.#headers(exchange, opening, headers) });
    };
  }

  #headers(
    { snapshot, extra }: Exchange,
    opening: Opening | undefined,
    own: HeaderRecord,
  ): Header[] {
    return answerHeaders(this.engine, own, { request: snapshot, extra, opening, errors: this });
  }

  /**
   * Something has thrown that must not, an adapter of a user for one: on some runtimes an error that
   * leaves a callback ends the process, so it ends the session instead.
   */
  #fault(session: Session | undefined, error: unknown): void {
    this.handlerFailed(error, "internal error");
    try {
      session?.close(true);
    } catch (second) {
      this.handlerFailed(second, "internal error");
    }
  }

  /** The one place where what went wrong with a request becomes its answer. */
  #refuse({ request, snapshot, isUpgrade, extra }: Exchange, error: unknown): Response {
    if (!isUpgrade) discardBody(request);
    if (!(error instanceof HandshakeError)) {
      this.handlerFailed(error, "internal error");
      return new Response(null, { status: 500 });
    }
    const { status: code, message, context } = error;
    const { engine } = this.#parts.debug;
    if (engine.enabled) engine.log("refused: %s %j", message, context);
    this.engine.announce("connection_error", { req: snapshot, code, message, context });
    return refusalResponse(error, isUpgrade, extra === undefined ? [] : [...extra]);
  }
}

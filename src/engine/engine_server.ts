/**
 * The engine: a call in, its reply out, and the table of sessions between.
 *
 * Owns: the sessions by id, the turn that flushes them, the wheel that wakes them.
 *
 * Invariants
 * - The table has one writer for each end: `#open` adds, `remove` takes away.
 * - A request is read before it is upgraded and never after; all that can fail is done before.
 * - A request that is refused at the handshake is answered in `refusals.ts`; the requests of an open
 *   session are answered by `polling_http.ts`.
 * - A session opened by WebSocket exists from the moment its socket is open, not before.
 *
 * Source: Engine.IO protocol, revisions 3 and 4; engine.io 6.6.11 for the order of the checks.
 */
import { Deadlines } from "../base/deadlines.ts";
import { HandshakeError } from "../base/errors.ts";
import type { SessionId } from "../base/ids.ts";
import type { Incidents } from "../base/incidents.ts";
import type { HandlerKind } from "../base/invoke.ts";
import { Turn } from "../base/turn.ts";
import type { FrameSink, UpgradeFailure } from "../session/ports.ts";
import type { Session } from "../session/session.ts";
import type { SessionParts } from "../session/session_parts.ts";
import { Admission } from "./admission.ts";
import { ALLOW, answerHeaders, noStore, type Opening } from "./answer_headers.ts";
import type { EngineCall } from "./call.ts";
import { DrainWatch } from "./drain_watch.ts";
import type { EngineParts, EngineSettings } from "./engine_parts.ts";
import { EngineFacade, type EngineFacadeSource } from "./engine_facade.ts";
import type { RequestHead } from "./handshake_info.ts";
import { EngineSession, type EngineSessionOwner, type OpeningRequest } from "./engine_session.ts";
import { checkRequest, isUpgrade } from "./handshake.ts";
import { type JudgeHelp, judgePage } from "./page_origin.ts";
import { answerPoll, answerPost, type Respond } from "./polling_http.ts";
import { prepare } from "./preparation.ts";
import { Refusals } from "./refusals.ts";
import { chooseRevision, codecFor } from "./revision_choice.ts";
import { UserDecisions } from "./user_decisions.ts";
import { type DoorOwner, WebSocketDoor, type WebSocketHandshake } from "./websocket_door.ts";
import type { HeaderRecord } from "./api.ts";
import type { Header } from "./ports.ts";

/** The engine of one server. */
export class EngineServer implements EngineSessionOwner, EngineFacadeSource, DoorOwner {
  /** What users see of it. */
  readonly engine: EngineFacade = new EngineFacade(this);
  /** The wheel that wakes everything that waits in this server. */
  readonly deadlines: Deadlines;
  readonly #parts: EngineParts;
  readonly #sessions = new Map<string, EngineSession>();
  #settings: EngineSettings;
  readonly #socketTurn: Turn;
  readonly #pollTurn: Turn;
  readonly #drains: DrainWatch;
  readonly #users: UserDecisions;
  readonly #refusals: Refusals;
  readonly #admission: Admission;
  readonly #door: WebSocketDoor;
  isShutDown = false;

  constructor(parts: EngineParts) {
    const { settings, clock } = parts;
    const onError = (error: unknown): void =>
      this.handlerFailed(error, "internal error", "internal");
    this.#parts = parts;
    this.#settings = settings;
    this.deadlines = new Deadlines(clock, { onError });
    this.#pollTurn = new Turn(parts.afterTurn, onError);
    this.#socketTurn = parts.joinsFrames ? this.#pollTurn : new Turn(queueMicrotask, onError);
    this.#drains = new DrainWatch(clock, onError);
    this.#users = new UserDecisions({
      clock,
      errors: this,
      engine: this.engine,
      isTaken: (id) => this.#sessions.has(id),
      settings: () => this.#settings,
    });
    this.#refusals = new Refusals({
      engine: this.engine,
      incidents: parts.incidents,
      debug: parts.debug.engine,
      fault: onError,
    });
    this.#admission = new Admission(parts);
    this.#door = new WebSocketDoor(this.deadlines, this);
  }

  /** Has requests from now on answered by other settings; open sessions keep theirs. */
  configure(settings: EngineSettings): void {
    this.#settings = settings;
  }

  get clientsCount(): number {
    return this.#sessions.size;
  }

  get countsPackets(): boolean {
    return this.#admission.countsPackets;
  }

  get lingeringCount(): number {
    return this.#admission.lingering;
  }

  get sessions(): ReadonlyMap<string, EngineSession> {
    return this.#sessions;
  }

  get settings(): EngineSettings {
    return this.#settings;
  }

  /** Answers a request for the engine's path. Rejects only if the call cannot be answered. */
  async handle<Reply>(call: EngineCall<Reply>): Promise<Reply> {
    try {
      return await this.#answer(call);
    } catch (error) {
      this.handlerFailed(error, "internal error", "internal");
      return call.reply(500, [], null);
    }
  }

  async #answer<Reply>(call: EngineCall<Reply>): Promise<Reply> {
    try {
      if (this.isShutDown) return this.#refusals.closed(call);
      const hasRules = this.#settings.cors !== undefined || this.engine.middlewares.length > 0;
      const answer = hasRules ? await this.#prepare(call) : undefined;
      return answer ?? await this.#dispatch(call);
    } catch (error) {
      return this.#refuse(call, error);
    }
  }

  /** Ends all sessions at once. */
  close(): void {
    for (const record of [...this.#sessions.values()]) record.close(true);
  }

  /** Ends all sessions, and refuses every request from now on. */
  shutDown(): void {
    this.isShutDown = true;
    this.#users.end();
    this.close();
  }

  /** Cuts the WebSockets that were closed and whose peers have not answered yet. */
  cutClosing(): void {
    this.#door.cut();
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
    record.ticket.release();
  }

  get incidents(): Incidents {
    return this.#parts.incidents;
  }

  handlerFailed(error: unknown, event: string, kind?: HandlerKind): void {
    this.#parts.errors.handlerFailed(error, event, kind);
  }

  toBinary(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
    return this.#parts.toBinary(bytes);
  }

  /** CORS and the users' middlewares: they see every request first. */
  #prepare<Reply>(call: EngineCall<Reply>): Promise<Reply | undefined> {
    return prepare(call, {
      cors: this.#settings.cors,
      middlewares: this.engine.middlewares,
      ask: (what, ask) => this.#users.ask(what, ask),
      errors: this,
      debug: this.#parts.debug.engine,
    });
  }

  async #dispatch<Reply>(call: EngineCall<Reply>): Promise<Reply> {
    const { request } = call;
    const { transports, cors, allowEIO3 } = this.#settings;
    const upgrades = isUpgrade(request);
    if (cors !== undefined || allowEIO3) {
      const ask: JudgeHelp["ask"] = (question) => this.#users.ask("cors", question);
      const judging = judgePage(call, this.#settings, { ask, advice: this.#parts.advice });
      if (judging !== undefined) await judging;
    }
    const find = (sid: string): Session | undefined => this.#sessions.get(sid)?.session;
    const session = checkRequest(request, upgrades, { transports, find });
    if (this.isShutDown) return this.#refusals.closed(call);
    const record = session && this.#sessions.get(session.id);
    if (record === undefined || session === undefined) return await this.#handshake(call);
    if (upgrades) return this.#upgrade(call, record);
    try {
      return await this.#exchange(call, session);
    } catch (error) {
      // What came with the request may be half done: the session cannot go on.
      this.fault(session, error);
      return this.#respond(call, undefined)(500, "");
    }
  }

  /** A polling request of an open session. */
  async #exchange<Reply>(call: EngineCall<Reply>, session: Session): Promise<Reply> {
    const { method } = call.request;
    const { polling } = this.#parts.debug;
    if (polling.enabled) polling.log("%s request", method);
    const respond = this.#respond(call, undefined);
    if (method === "GET") return await answerPoll(session, call, respond);
    if (method === "POST") {
      const { session: { maxPayloadBytes }, bodyTimeoutMs } = this.#settings;
      const { clock, incidents } = this.#parts;
      const limits = { maxPayloadBytes, bodyTimeoutMs, clock, incidents };
      return await answerPost(session, call, respond, limits);
    }
    call.body.cancel();
    return call.reply(405, [...this.#headers(call, undefined, noStore()), ALLOW], "");
  }

  /** Opens a session for a request that names none. */
  async #handshake<Reply>(call: EngineCall<Reply>): Promise<Reply> {
    const { request, userRequest } = call;
    const { engine } = this.#parts.debug;
    if (engine.enabled) engine.log("handshake by %s", request.query.transport);
    // Also before users' code is asked, which may take its time.
    const early = this.#parts.handler.unavailable();
    if (early !== undefined) return this.#refusals.unavailable(call, early);
    const ticket = this.#admission.admit(call, this.#settings);
    let isTaken = false;
    try {
      await this.#users.admit(userRequest);
      const revision = chooseRevision(request, this.#settings.allowEIO3, this.#parts.advice);
      const { id, opening } = await this.#users.makeId(userRequest);
      if (this.isShutDown) return this.#refusals.closed(call);
      const late = this.#parts.handler.unavailable();
      if (late !== undefined) return this.#refusals.unavailable(call, late);
      // A session lives longer than its first call: it must not hold it.
      const source = { request, userRequest, ticket };
      const parts = { id, revision, codec: codecFor(revision, request) };
      const claim = (sink?: FrameSink): Session => this.#open({ ...parts, sink }, source).session;
      const session = isUpgrade(request) ? undefined : claim();
      const reply = session === undefined
        ? this.#door.open(call, { ...this.#handshakeOf(call, opening), ticket, claim })
        : answerPoll(session, call, this.#respond(call, opening));
      isTaken = true;
      return await reply;
    } finally {
      if (!isTaken) ticket.release();
    }
  }

  /** Lets a WebSocket try to take over an open session. */
  #upgrade<Reply>(call: EngineCall<Reply>, { session, ticket: own }: EngineSession): Reply {
    const codec = codecFor(session.revision, call.request);
    const handshake = this.#handshakeOf(call, undefined);
    const ticket = this.#admission.admitUpgrade(own, this.#settings);
    const claim = (sink: FrameSink): Session | undefined => {
      // From now on it is the session's, which has a ticket.
      ticket.release();
      const failed = (failure: UpgradeFailure): void => this.#refusals.upgrade(failure);
      if (session.offerUpgrade({ sink, codec, failed })) return session;
      sink.close();
      return undefined;
    };
    return this.#door.open(call, { ...handshake, ticket, claim });
  }

  #handshakeOf(
    call: EngineCall<unknown>,
    opening: Opening | undefined,
  ): Pick<WebSocketHandshake, "headers" | "timeoutMs"> {
    const { ws } = this.#parts.debug;
    if (ws.enabled) ws.log(opening === undefined ? "upgrade of a session" : "handshake");
    const { upgradeTimeoutMs: timeoutMs } = this.#settings.session;
    return { headers: this.#headers(call, opening, {}), timeoutMs };
  }

  /**
   * Opens a session and tells the floor above.
   *
   * @throws HandshakeError when another handshake was given the same id meanwhile
   */
  #open(
    parts: Pick<SessionParts, "id" | "revision" | "codec"> & {
      readonly sink: FrameSink | undefined;
    },
    source: OpeningRequest,
  ): EngineSession {
    this.#users.checkId(parts.id);
    const { session: settings } = this.#settings;
    const spread = this.#parts.random();
    const record = new EngineSession(
      { ...parts, settings, deadlines: this.deadlines, spread },
      source,
      this,
    );
    this.#sessions.set(parts.id, record);
    const { socket } = this.#parts.debug;
    if (socket.enabled) socket.log("open by %s", record.session.transport);
    record.session.greet();
    const { initialPacket } = this.#settings;
    if (initialPacket !== undefined) record.send(initialPacket, false);
    try {
      record.handle(this.#parts.handler.opened(record));
      record.begin();
    } catch (error) {
      record.close(true);
      throw error;
    }
    return record;
  }

  #respond<Reply>(call: EngineCall<Reply>, opening: Opening | undefined): Respond<Reply> {
    return (status, body, contentType) => {
      const headers = noStore();
      if (contentType !== undefined) headers["Content-Type"] = contentType;
      return call.reply(status, this.#headers(call, opening, headers), body);
    };
  }

  #headers(
    { userRequest }: EngineCall<unknown>,
    opening: Opening | undefined,
    own: HeaderRecord,
  ): Header[] {
    return answerHeaders(this.engine, own, { request: userRequest, opening, errors: this });
  }

  /**
   * Something has thrown that must not, an adapter of a user for one: on some runtimes an error that
   * leaves a callback ends the process, so it ends the session instead.
   */
  fault(session: Session | undefined, error: unknown): void {
    this.handlerFailed(error, "internal error", "internal");
    try {
      session?.close(true);
    } catch (second) {
      this.handlerFailed(second, "internal error", "internal");
    }
  }

  refused(request: RequestHead, error: unknown): void {
    this.#refusals.announce(request, error);
  }

  /** What went wrong with a request becomes its answer. */
  #refuse<Reply>(call: EngineCall<Reply>, error: unknown): Reply {
    // Whoever waits at the end of the server is told so; an error of ours is reported all the same.
    if (this.isShutDown && error instanceof HandshakeError) return this.#refusals.closed(call);
    return this.#refusals.failed(call, error);
  }
}

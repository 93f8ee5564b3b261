/**
 * What users decide of a request: whether it may open a session, and under which id.
 *
 * Owns: the waits for what they answer later.
 *
 * Invariants
 * - An answer that comes later is waited for within `admissionTimeoutMs`, and no longer than the server
 *   goes on.
 * - Users' code that fails is reported, and refuses the request.
 * - An id is a text that no session has. Others may be given the same one while its request waits: who
 *   opens the session asks again.
 */
import type { Clock } from "../base/clock.ts";
import { HandshakeError } from "../base/errors.ts";
import type { SessionId } from "../base/ids.ts";
import { type HandlerErrorSink, isThenable } from "../base/invoke.ts";
import { askAllowRequest } from "./allow_request.ts";
import type { Opening } from "./answer_headers.ts";
import { serializeCookie } from "./cookie.ts";
import type { EngineFacade } from "./engine_facade.ts";
import type { EngineSettings } from "./engine_parts.ts";
import { refusal } from "./handshake.ts";
import type { RequestHead } from "./handshake_info.ts";
import { Patience } from "./patience.ts";

/** What asking users takes. */
export interface UserDecisionParts {
  readonly clock: Clock;
  /** Told of their code that failed. */
  readonly errors: HandlerErrorSink;
  /** Whose ids are made: `generateId` is theirs to replace. */
  readonly engine: EngineFacade;
  /** Whether a session has this id. */
  readonly isTaken: (id: string) => boolean;
  /** The settings of now. */
  readonly settings: () => EngineSettings;
}

/** Asks users. */
export class UserDecisions {
  readonly #parts: UserDecisionParts;
  readonly #patience: Patience;

  constructor(parts: UserDecisionParts) {
    this.#parts = parts;
    this.#patience = new Patience(parts.clock);
  }

  /** Asks a function of the user, and waits for the answer within bounds if it comes later. */
  ask<T>(what: string, ask: () => T | PromiseLike<T>): T | Promise<T> {
    const answer = ask();
    if (!isThenable(answer)) return answer;
    const { admissionTimeoutMs } = this.#parts.settings();
    return this.#patience.wait(Promise.resolve(answer), what, admissionTimeoutMs);
  }

  /**
   * Asks whether a request may open a session.
   *
   * @throws HandshakeError when it may not
   */
  async admit(request: RequestHead): Promise<void> {
    const { allowRequest } = this.#parts.settings();
    if (allowRequest === undefined) return;
    const what = "allowRequest";
    const failed = (error: unknown): void => this.#parts.errors.handlerFailed(error, what, what);
    const answer = await this.ask(what, () => askAllowRequest(allowRequest, request, failed));
    if (!answer.allowed) throw refusal("FORBIDDEN", { message: answer.message });
  }

  /**
   * Makes the id of a session, and the cookie that carries it: both may be the users'.
   *
   * @throws HandshakeError when there is none
   */
  async makeId(
    request: RequestHead,
  ): Promise<{ readonly id: SessionId; readonly opening: Opening }> {
    const { engine, errors } = this.#parts;
    const { cookie } = this.#parts.settings();
    try {
      const id = await this.ask("generateId", () => engine.generateId(request));
      this.checkId(id);
      const setCookie = cookie === undefined ? undefined : serializeCookie(id, cookie);
      // Brands are made where ids are: here, and in the id source.
      return { id: id as SessionId, opening: { setCookie } };
    } catch (error) {
      if (error instanceof HandshakeError) throw error;
      errors.handlerFailed(error, "generateId", "generateId");
      throw refusal("BAD_REQUEST", { name: "ID_GENERATION_ERROR", error });
    }
  }

  /**
   * Looks whether a session may have this id.
   *
   * @throws HandshakeError when it may not
   */
  checkId(id: unknown): void {
    if (typeof id === "string" && id !== "" && !this.#parts.isTaken(id)) return;
    const error = new TypeError(
      `Cannot open session: generateId must give a new, non-empty string, found ${String(id)}`,
    );
    throw refusal("BAD_REQUEST", { name: "ID_GENERATION_ERROR", error });
  }

  /** The server goes: nothing is waited for any more. */
  end(): void {
    this.#patience.end();
  }
}

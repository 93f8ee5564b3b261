/**
 * What becomes of requests that are refused: told to users, counted, answered.
 *
 * Invariants
 * - Here alone what went wrong with a request becomes its answer.
 * - A refusal of the protocol, or for a limit, is announced as `connection_error`; that of a server which
 *   goes, or has gone, is not: the reference announces none of those either.
 * - Its body is not read.
 */
import { HandshakeError } from "../base/errors.ts";
import type { Incidents } from "../base/incidents.ts";
import type { DebugScope } from "../base/log.ts";
import type { EngineCall } from "./call.ts";
import type { EngineFacade } from "./engine_facade.ts";
import type { RequestHead } from "./handshake_info.ts";
import {
  describeRefusal,
  isUpgrade,
  limited,
  limitOfRefusal,
  refusalCause,
  replyRefusal,
  replyUnavailable,
} from "./handshake.ts";
import type { Unavailable } from "./ports.ts";
import type { UpgradeFailure } from "../session/ports.ts";

const OUT_OF_PLACE = "its session takes none now, or it said what is no part of one";

/** What refusing takes. */
export interface RefusalParts {
  /** What users see of the engine: its listeners are told. */
  readonly engine: EngineFacade;
  readonly incidents: Incidents;
  readonly debug: DebugScope;
  /** Told of what is no refusal: a fault of ours, or of an adapter. */
  readonly fault: (error: unknown) => void;
}

/** Refuses the requests of one engine. */
export class Refusals {
  readonly #parts: RefusalParts;

  constructor(parts: RefusalParts) {
    this.#parts = parts;
  }

  /** The server has been closed. */
  closed<Reply>(call: EngineCall<Reply>): Reply {
    this.#parts.incidents.note("requests_refused", "closed", () => "the server has been closed");
    return replyUnavailable(call);
  }

  /** No session may open for now. */
  unavailable<Reply>(call: EngineCall<Reply>, { cause, retryAfterSeconds }: Unavailable): Reply {
    if (cause !== "draining") {
      return this.failed(call, limited("FULL", { limit: cause, retryAfter: retryAfterSeconds }));
    }
    this.#parts.incidents.note("requests_refused", cause, () => "the server is about to go");
    return replyUnavailable(call, retryAfterSeconds);
  }

  /** A WebSocket was to take over a session, and does not. */
  upgrade(failure: UpgradeFailure): void {
    const { incidents } = this.#parts;
    if (failure === "refused") incidents.report("requests_refused", "upgrade", () => OUT_OF_PLACE);
    else incidents.report("limits_exceeded", failure, () => "the WebSocket of an upgrade");
  }

  /** Something was wrong with a request, or with us. */
  failed<Reply>(call: EngineCall<Reply>, error: unknown): Reply {
    call.body.cancel();
    this.announce(call.userRequest, error);
    if (error instanceof HandshakeError) return replyRefusal(call, error, isUpgrade(call.request));
    return call.reply(500, [], null);
  }

  /** Tells users of a request that came to nothing. */
  announce(req: RequestHead, error: unknown): void {
    const { debug, engine, incidents, fault } = this.#parts;
    if (!(error instanceof HandshakeError)) return fault(error);
    const { status: code, message, context } = error;
    if (debug.enabled) debug.log("refused: %s %j", message, context);
    const describe = (): string => describeRefusal(error);
    const limit = limitOfRefusal(error);
    if (limit === undefined) incidents.report("requests_refused", refusalCause(error), describe);
    else {
      incidents.count("requests_refused", refusalCause(error));
      incidents.report("limits_exceeded", limit, describe);
    }
    engine.announce("connection_error", { req, code, message, context });
  }
}

/**
 * What becomes of requests that are refused: told to users, counted, answered.
 *
 * Invariants
 * - Here alone what went wrong with a request becomes its answer.
 * - A refusal of the protocol is announced as `connection_error`; that of a server which takes nobody
 *   now is not, as in the reference.
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
  refusalCause,
  replyRefusal,
  replyUnavailable,
} from "./handshake.ts";
import type { Unavailable } from "./ports.ts";

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
    this.#parts.incidents.count("requests_refused", "closed");
    return replyUnavailable(call);
  }

  /** No session may open for now. */
  unavailable<Reply>(call: EngineCall<Reply>, { cause, retryAfterSeconds }: Unavailable): Reply {
    const { incidents } = this.#parts;
    const isLimit = cause !== "draining";
    incidents.count("requests_refused", isLimit ? "limit" : cause);
    if (isLimit) {
      incidents.report("limits_exceeded", cause, () => "a handshake was answered with 503");
    }
    return replyUnavailable(call, retryAfterSeconds);
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
    // The limits of handshakes are those that have a time after which to ask again.
    if (error.retryAfterSeconds === undefined) {
      incidents.report("requests_refused", refusalCause(error), describe);
    } else {
      incidents.count("requests_refused", refusalCause(error));
      incidents.report("limits_exceeded", String(context.limit), describe);
    }
    engine.announce("connection_error", { req, code, message, context });
  }
}

/**
 * Long-polling requests of one session: a call in, a reply out.
 *
 * Invariants
 * - Every request is answered, also when the session ends or the peer goes away meanwhile.
 * - Nobody is told of a peer that goes away once its GET was answered.
 * - A body is read within `maxPayloadBytes` and `bodyTimeoutMs`, one at a time for a session, and held
 *   against the budget of the connection until its packets were taken.
 * - Of a session that closes no more of a body is read than a close packet has; clients that do not know
 *   yet are told that all went well, as in the reference: of an error they would make a lost connection.
 *
 * Source: Engine.IO protocol, revisions 3 and 4, section "HTTP long-polling".
 */
import type { Clock } from "../base/clock.ts";
import type { Incidents } from "../base/incidents.ts";
import type { Session } from "../session/session.ts";
import type { Frame } from "../wire/engine_packet.ts";
import type { EngineCall } from "./call.ts";
import { fromForm, SCRIPT_TYPE, scriptIndex, toScript } from "./jsonp.ts";
import { type BodyResult, readBody, type StopSignal } from "./request_body.ts";

/** Answers this request with the headers that belong to it: CORS, cookie, the users' own. */
export type Respond<Reply> = (status: number, body: Frame, contentType?: string) => Reply;

/** More than the close packet of any revision has, as the body of a POST: `d=1%3A1` of a form is 7. */
const CLOSE_BODY_BYTES = 16;

/** What reading a body may cost. */
export interface BodyLimits {
  /** The most bytes a body may have. */
  readonly maxPayloadBytes: number;
  /** The most milliseconds it may take. */
  readonly bodyTimeoutMs: number;
  /** What measures them. */
  readonly clock: Clock;
  /** Where it is counted that one was exceeded. */
  readonly incidents: Incidents;
}

/** Answers a GET with the packets that wait, or with those that come. */
export function answerPoll<Reply>(
  session: Session,
  call: EngineCall<Reply>,
  respond: Respond<Reply>,
): Promise<Reply> {
  return new Promise((resolve, reject) => {
    let isAnswered = false;
    const index = callbackOf(session, call);
    const finish = (status: number, body: Frame, contentType?: string): void => {
      isAnswered = true;
      call.onGone(undefined);
      try {
        resolve(respond(status, body, contentType));
      } catch (error) {
        reject(error);
      }
    };
    const abort = (): void => {
      try {
        session.pollAborted();
        finish(400, "");
      } catch (error) {
        reject(error);
      }
    };
    call.onGone(abort);
    const accepted = session.poll({
      respond: (payload) => {
        const { body, type } = asContent(payload, index);
        finish(200, body, type);
      },
      get gone(): boolean {
        return call.gone;
      },
    });
    if (!accepted) finish(400, "");
    else if (!isAnswered && call.gone) abort();
  });
}

/** Takes the packets of a POST. */
export async function answerPost<Reply>(
  session: Session,
  call: EngineCall<Reply>,
  respond: Respond<Reply>,
  limits: BodyLimits,
): Promise<Reply> {
  const stop = new Stop();
  if (!session.postBegun(() => stop.abort())) {
    call.body.cancel();
    return respond(400, "");
  }
  const isBinary = hasBinaryBody(call);
  if (isBinary && !session.revision.traits.binaryPayloads) {
    session.postFailed("invalid content");
    call.body.cancel();
    return respond(400, "");
  }
  const { memory } = session;
  const isClosing = session.state === "closing";
  let heldBytes = 0;
  const body = await readBody(call.body, {
    announcedBytes: announcedBytes(call.request.headers["content-length"]),
    limitBytes: isClosing ? CLOSE_BODY_BYTES : limits.maxPayloadBytes,
    timeoutMs: limits.bodyTimeoutMs,
    clock: limits.clock,
    isBinary,
    signal: stop,
    hold: (bytes) => {
      const isHeld = memory.hold(bytes);
      if (isHeld) heldBytes += bytes;
      return isHeld;
    },
  });
  try {
    return respond(...answerTo(body, { session, call, limits, isClosing }));
  } finally {
    memory.release(heldBytes);
  }
}

/** The answer of a POST whose packets were taken, or passed over. */
const TAKEN: Parameters<Respond<unknown>> = [200, "ok", "text/html"];

/** A POST that was read. */
interface Post {
  readonly session: Session;
  readonly call: EngineCall<unknown>;
  readonly limits: BodyLimits;
  /** Whether the session was closing when it came. */
  readonly isClosing: boolean;
}

/** Gives the session what was read, or ends it, and says how the POST is answered. */
function answerTo(
  body: BodyResult,
  { session, call, limits: { incidents }, isClosing }: Post,
): Parameters<Respond<unknown>> {
  switch (body.outcome) {
    case "ok":
      session.postEnded();
      if (!session.receivePayload(payloadOf(body.data, session, call))) return [400, ""];
      return TAKEN;
    case "tooLarge":
      session.postEnded();
      if (isClosing) return TAKEN;
      incidents.count("bodies_refused", "too-large");
      incidents.report("limits_exceeded", "maxHttpBufferSize", () => "the body of a POST");
      return [413, ""];
    case "noMemory":
      session.postEnded();
      incidents.count("bodies_refused", "no-memory");
      session.fail(session.memory.excess(body.bytes));
      return [413, ""];
    case "timedOut":
      incidents.count("bodies_refused", "timed-out");
      incidents.report("limits_exceeded", "bodyTimeout", () => "the body of a POST");
      session.postFailed("data request was not finished in time");
      return [408, ""];
    case "aborted":
      incidents.note("bodies_refused", "aborted", () => "the body of a POST");
      session.postFailed("data request connection closed prematurely");
      return [400, ""];
  }
}

/** Ends the reading of one body; an `AbortController` takes 5 µs on Node 20. */
class Stop implements StopSignal {
  aborted = false;
  #listener: (() => void) | undefined;

  addEventListener(_type: "abort", listener: () => void): void {
    this.#listener = listener;
  }

  removeEventListener(): void {
    this.#listener = undefined;
  }

  abort(): void {
    this.aborted = true;
    this.#listener?.();
  }
}

/** The callback that is to get the payload, where the client polls with scripts. */
function callbackOf(session: Session, { request }: EngineCall<unknown>): string | undefined {
  return session.revision.traits.jsonp ? scriptIndex(request) : undefined;
}

/** A payload as the body of an answer. */
function asContent(
  payload: Frame,
  index: string | undefined,
): { readonly body: Frame; readonly type: string } {
  if (typeof payload !== "string") return { body: payload, type: "application/octet-stream" };
  if (index === undefined) return { body: payload, type: "text/plain; charset=UTF-8" };
  return { body: toScript(index, payload), type: SCRIPT_TYPE };
}

/** The payload in the body of a POST. */
function payloadOf(body: Frame, session: Session, call: EngineCall<unknown>): Frame {
  return typeof body === "string" && callbackOf(session, call) !== undefined
    ? fromForm(body)
    : body;
}

function hasBinaryBody({ request }: EngineCall<unknown>): boolean {
  const { "content-type": contentType = "" } = request.headers;
  return contentType.split(";", 1)[0]?.trim().toLowerCase() === "application/octet-stream";
}

/** 0 when not announced; what is announced wrongly is found out by counting. */
function announcedBytes(contentLength = ""): number {
  return /^\d+$/.test(contentLength) ? Number(contentLength) : 0;
}

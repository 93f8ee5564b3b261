/**
 * Long-polling requests of one session: Request in, Response out.
 *
 * Invariants
 * - Every request is answered, also when the session ends or the peer goes away meanwhile.
 * - The abort listener of a GET is gone before its Response is made: on some runtimes the signal
 *   fires after a successful answer too.
 * - A body is read within `maxPayloadBytes` and `bodyTimeoutMs`, one at a time for a session.
 *
 * Source: Engine.IO protocol, revision 4, section "HTTP long-polling".
 */
import type { Clock } from "../base/clock.ts";
import type { Session } from "../session/session.ts";
import { discardBody, readTextBody } from "./request_body.ts";

/** Makes a Response with the headers of this request: CORS, cookie, the users' own. */
export type Respond = (status: number, body: string, contentType?: string) => Response;

/** What reading a body may cost. */
export interface BodyLimits {
  /** The most bytes a body may have. */
  readonly maxPayloadBytes: number;
  /** The most milliseconds it may take. */
  readonly bodyTimeoutMs: number;
  /** What measures them. */
  readonly clock: Clock;
}

/** Answers a GET with the packets that wait, or with those that come. */
export function answerPoll(
  session: Session,
  request: Request,
  respond: Respond,
): Promise<Response> {
  const { signal } = request;
  return new Promise((resolve, reject) => {
    const finish = (status: number, body: string, contentType?: string): void => {
      signal.removeEventListener("abort", abort);
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
    signal.addEventListener("abort", abort);
    const accepted = session.poll({
      respond: (payload) => finish(200, payload, "text/plain; charset=UTF-8"),
      get gone(): boolean {
        return signal.aborted;
      },
    });
    if (!accepted) finish(400, "");
    else if (signal.aborted) abort();
  });
}

/** Takes the packets of a POST. */
export async function answerPost(
  session: Session,
  request: Request,
  respond: Respond,
  limits: BodyLimits,
): Promise<Response> {
  const stop = new AbortController();
  if (!session.postBegun(() => stop.abort())) {
    discardBody(request);
    return respond(400, "");
  }
  if (isBinary(request)) {
    session.postFailed("invalid content");
    discardBody(request);
    return respond(400, "");
  }
  const body = await readTextBody(request, {
    limitBytes: limits.maxPayloadBytes,
    timeoutMs: limits.bodyTimeoutMs,
    clock: limits.clock,
    signal: stop.signal,
  });
  switch (body.outcome) {
    case "ok":
      session.postEnded();
      if (!session.receivePayload(body.text)) return respond(400, "");
      return respond(200, "ok", "text/html");
    case "tooLarge":
      session.postEnded();
      return respond(413, "");
    case "timedOut":
      session.postFailed("data request was not finished in time");
      return respond(408, "");
    case "aborted":
      session.postFailed("data request connection closed prematurely");
      return respond(400, "");
  }
}

/** Binary bodies belong to revision 3. */
function isBinary(request: Request): boolean {
  const type = request.headers.get("content-type") ?? "";
  return type.split(";", 1)[0]?.trim().toLowerCase() === "application/octet-stream";
}

/**
 * The headers of an answer: those of CORS and middlewares, of the engine, and of the users' listeners.
 *
 * Invariants
 * - The engine's own cookie is sent whatever listeners set.
 * - What a listener sets that is no header is reported and left out; the answer goes out.
 */
import type { HandlerErrorSink } from "../base/invoke.ts";
import type { EngineFacade } from "./engine_facade.ts";
import type { EngineRequest } from "./handshake_info.ts";
import type { HeaderRecord } from "./ports.ts";
import { discardBody } from "./request_body.ts";

/** One header, as a Response takes it. */
export type Header = [name: string, value: string];

/** What the first answer of a session has beside the others. */
export interface Opening {
  /** The cookie with the session's id, if there is to be one. */
  readonly setCookie: string | undefined;
}

/** What the headers of one answer depend on. */
export interface AnswerContext {
  readonly request: EngineRequest;
  /** Headers of CORS and of middlewares, if there are such rules. */
  readonly extra: Headers | undefined;
  /** Set when the answer opens a session. */
  readonly opening: Opening | undefined;
  readonly errors: HandlerErrorSink;
}

/** Headers that say more when there is more than one. */
const LISTS: ReadonlySet<string> = new Set(["set-cookie", "vary"]);

/** The headers of an answer, after everybody had a say; `own` is what listeners may change. */
export function answerHeaders(
  engine: EngineFacade,
  own: HeaderRecord,
  context: AnswerContext,
): Header[] {
  const { request, extra, opening, errors } = context;
  const headers: Header[] = [];
  if (opening?.setCookie !== undefined) headers.push(["set-cookie", opening.setCookie]);
  const isChanged = engine.changesHeaders;
  if (isChanged) {
    if (opening !== undefined) engine.announce("initial_headers", own, request);
    engine.announce("headers", own, request);
  }
  for (const [name, value] of Object.entries(own)) {
    for (const item of Array.isArray(value) ? value : [value]) {
      if (!isChanged || canSend(name, item, errors)) headers.push([name, String(item)]);
    }
  }
  if (extra === undefined) return headers;
  // The engine's own headers win, but for those that say more when there is more than one.
  const names = new Set(headers.map(([name]) => name.toLowerCase()));
  for (const [name, value] of extra) {
    if (LISTS.has(name) || !names.has(name)) headers.push([name, value]);
  }
  return headers;
}

/** The answer when the server has been closed, or takes no more sessions for now. */
export function unavailable(request: Request): Response {
  discardBody(request);
  return new Response(null, { status: 503 });
}

/** The response with those of the headers that it does not have. */
export function addMissing(
  response: Response,
  headers: Iterable<readonly [string, string]>,
): Response {
  // A response of a user may be immutable.
  const result = new Response(response.body, response);
  for (const [name, value] of headers) {
    if (LISTS.has(name) || !response.headers.has(name)) result.headers.append(name, value);
  }
  return result;
}

function canSend(name: string, value: unknown, errors: HandlerErrorSink): boolean {
  try {
    new Headers([[name, String(value)]]);
    return true;
  } catch (error) {
    errors.handlerFailed(error, "headers");
    return false;
  }
}

/**
 * The headers of an answer: those of the engine, and of the users' listeners.
 *
 * Invariants
 * - The engine's own cookie is sent whatever listeners set.
 * - What a listener sets that is no header is reported and left out; the answer goes out.
 */
import { quote } from "../base/errors.ts";
import type { HandlerErrorSink } from "../base/invoke.ts";
import type { EngineFacade } from "./engine_facade.ts";
import { isFieldValue, type RequestHead } from "./handshake_info.ts";
import type { HeaderRecord } from "./api.ts";
import type { Header } from "./ports.ts";

/** What a method that is not allowed is told. */
export const ALLOW: Header = ["allow", "GET, POST"];

/** What every answer has: it is for this moment alone. */
export function noStore(): HeaderRecord {
  return { "cache-control": "no-store" };
}

/** What the first answer of a session has beside the others. */
export interface Opening {
  /** The cookie with the session's id, if there is to be one. */
  readonly setCookie: string | undefined;
}

/** What the headers of one answer depend on. */
export interface AnswerContext {
  /** The request, as users see it. */
  readonly request: RequestHead;
  /** Set when the answer opens a session. */
  readonly opening: Opening | undefined;
  readonly errors: HandlerErrorSink;
}

/** The headers of an answer, after everybody had a say; `own` is what listeners may change. */
export function answerHeaders(
  engine: EngineFacade,
  own: HeaderRecord,
  context: AnswerContext,
): Header[] {
  const { request, opening, errors } = context;
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
  return headers;
}

/** Headers that say more when there is more than one. */
const LISTS: ReadonlySet<string> = new Set(["set-cookie", "vary"]);

/** Whether headers of this name add up, where others replace one another. */
export function addsUp(name: string): boolean {
  return LISTS.has(name.toLowerCase());
}

/** Headers, and those of others behind them: the own ones win, but for those that add up. */
export function mergeHeaders(
  own: readonly Header[],
  others: Iterable<Header>,
): [name: string, value: string][] {
  const names = new Set(own.map(([name]) => name.toLowerCase()));
  const added = [...others].filter(([name]) => addsUp(name) || !names.has(name.toLowerCase()));
  return [...own, ...added].map(([name, value]) => [name, value]);
}

function canSend(name: string, value: unknown, errors: HandlerErrorSink): boolean {
  try {
    new Headers([[name, String(value)]]);
    // Web runtimes let control characters pass, which others refuse.
    if (isFieldValue(String(value))) return true;
    throw new TypeError(`Cannot send header ${quote(name)}: its value holds a control character`);
  } catch (error) {
    errors.handlerFailed(error, "headers", "headers");
    return false;
  }
}

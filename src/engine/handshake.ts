/**
 * Whether a request is a good one: the checks of the engine, and the answers of those that fail.
 *
 * Invariants
 * - A request is refused before anything is made for it, and refusing changes nothing.
 * - Codes, messages, statuses and contexts are wire format: clients and monitors of the reference
 *   know them.
 *
 * Source: Engine.IO protocol, revision 4, section "Handshake"; engine.io 6.6.11.
 */
import { describeValue, HandshakeError, quote } from "../base/errors.ts";
import {
  HANDSHAKE_MESSAGES,
  type HandshakeRefusal,
  LIMITED_MESSAGES,
  type LimitedRefusal,
} from "../base/wire_texts.ts";
import type { Session } from "../session/session.ts";
import type { TransportName } from "../session/ports.ts";
import { REVISION_TRAITS, type RevisionTraits } from "../wire/revision_traits.ts";
import type { EngineCall } from "./call.ts";
import { type EngineRequest, isFieldValue } from "./handshake_info.ts";
import type { Header } from "./ports.ts";

/** The codes of refused requests, as sent to clients. */
export const HANDSHAKE_CODES: Readonly<Record<HandshakeRefusal, number>> = Object.freeze({
  UNKNOWN_TRANSPORT: 0,
  UNKNOWN_SID: 1,
  BAD_HANDSHAKE_METHOD: 2,
  BAD_REQUEST: 3,
  FORBIDDEN: 4,
  UNSUPPORTED_PROTOCOL_VERSION: 5,
});

/** The codes of requests that are refused for now, beside those of the reference. */
const LIMITED_CODES: Readonly<Record<LimitedRefusal, number>> = Object.freeze({
  TOO_MANY: 6,
  FULL: 7,
});

/** Makes the error of a refusal; a text `message` in the context is what the client gets. */
export function refusal(
  name: HandshakeRefusal,
  context: Readonly<Record<string, unknown>> = {},
): HandshakeError {
  return new HandshakeError(HANDSHAKE_MESSAGES[name], {
    status: HANDSHAKE_CODES[name],
    httpStatus: name === "FORBIDDEN" ? 403 : 400,
    context,
  });
}

/** What was exceeded, and when to ask again. */
export interface LimitedContext {
  readonly limit: string;
  /** In seconds. */
  readonly retryAfter: number;
  readonly address?: string;
}

/** Makes the error of a refusal for now: 503 where the server is full, 429 where the client asks too much. */
export function limited(name: LimitedRefusal, context: LimitedContext): HandshakeError {
  return new HandshakeError(LIMITED_MESSAGES[name], {
    status: LIMITED_CODES[name],
    httpStatus: name === "FULL" ? 503 : 429,
    context: { ...context },
    retryAfterSeconds: context.retryAfter,
  });
}

/** What a refusal is counted under: a name of ours, never what the peer has sent. */
export function refusalCause({ status, context, retryAfterSeconds }: HandshakeError): string {
  if (retryAfterSeconds !== undefined) return "limit";
  const [name] = Object.entries(HANDSHAKE_CODES).find(([, code]) => code === status) ?? ["REFUSED"];
  const known = name === "BAD_REQUEST" && typeof context.name === "string" ? context.name : name;
  return known.toLowerCase().replaceAll("_", "-");
}

/** Users' code has not decided on a request in its time. */
export const HANDSHAKE_TIMEOUT = "HANDSHAKE_TIMEOUT";

/** The limit that a request was refused for, as its option is named, if it was for one. */
export function limitOfRefusal({ context, retryAfterSeconds }: HandshakeError): string | undefined {
  if (context.name === HANDSHAKE_TIMEOUT) return "connectTimeout";
  // The limits of handshakes are those that have a time after which to ask again.
  return retryAfterSeconds === undefined ? undefined : String(context.limit);
}

/** The most that is told of an error's message, in characters. */
const MAX_ERROR_TEXT = 200;

/** What an operator is told of a refusal; an id may be that of a session elsewhere, and is left out. */
export function describeRefusal({ message, context }: HandshakeError): string {
  const { error } = context;
  const told = Object.entries(context).filter(([key, value]) =>
    !["message", "name", "sid"].includes(key) && ["string", "number"].includes(typeof value)
  ).map(([key, value]) => `${key} ${describeValue(value)}`);
  if (error instanceof Error) told.push(quote(error.message, MAX_ERROR_TEXT));
  return [message, ...told].join(", ");
}

/** What a request is checked against. */
export interface RequestRules {
  /** The transports that are switched on. */
  readonly transports: readonly TransportName[];
  /** The session of a `sid`, if there is one. */
  readonly find: (sid: string) => Session | undefined;
}

/**
 * Checks all that can be checked at once.
 *
 * @returns the session that the request belongs to, none when it asks for a new one
 * @throws HandshakeError when it is refused
 */
export function checkRequest(
  request: EngineRequest,
  isUpgrade: boolean,
  rules: RequestRules,
): Session | undefined {
  const { transport, sid } = request.query;
  if (!isTransport(transport, rules.transports)) throw refusal("UNKNOWN_TRANSPORT", { transport });
  checkOrigin(request.headers.origin);
  if (sid === undefined || sid === "") {
    checkNew(request, transport, isUpgrade);
    return undefined;
  }
  const session = rules.find(sid);
  if (session === undefined) throw refusal("UNKNOWN_SID", { sid });
  if (isUpgrade ? transport !== "websocket" : session.transport !== transport) {
    throw refusal("BAD_REQUEST", {
      name: "TRANSPORT_MISMATCH",
      transport,
      previousTransport: session.transport,
    });
  }
  const { protocol: previousProtocol } = session.revision.traits;
  if (request.query.EIO !== String(previousProtocol)) {
    const protocol = requestedProtocol(request, (counted) => counted === previousProtocol);
    throw refusal("BAD_REQUEST", { name: "PROTOCOL_MISMATCH", protocol, previousProtocol });
  }
  return session;
}

/** What clients of the revision that a request names can do; undefined when it names none of ours. */
export function namedTraits({ query }: EngineRequest): RevisionTraits | undefined {
  return query.EIO === "4"
    ? REVISION_TRAITS[4]
    : query.EIO === "3"
    ? REVISION_TRAITS[3]
    : undefined;
}

/**
 * The revision that a request is told to have asked for: 3 unless it says 4, as in the reference; but
 * what it does say, if anything, where that one would be right.
 *
 * @param right whether a request for this revision would be right
 */
export function requestedProtocol(
  { query }: EngineRequest,
  right: (protocol: number) => boolean,
): number | string | undefined {
  const protocol = query.EIO === "4" ? 4 : 3;
  return right(protocol) ? query.EIO : protocol;
}

/** The one place where a refusal becomes an answer. */
export function replyRefusal<Reply>(
  call: EngineCall<Reply>,
  error: HandshakeError,
  isUpgrade: boolean,
): Reply {
  const own = error.context.message;
  const message = typeof own === "string" && own !== "" ? own : error.message;
  const { retryAfterSeconds } = error;
  // Only what is new may have a status of its own: refused WebSockets have 400 in the reference.
  if (isUpgrade && retryAfterSeconds === undefined) {
    return call.reply(400, [["content-type", "text/html"]], message);
  }
  const headers: Header[] = [["content-type", "application/json"]];
  if (retryAfterSeconds !== undefined) headers.push(["retry-after", String(retryAfterSeconds)]);
  return call.reply(error.httpStatus, headers, JSON.stringify({ code: error.status, message }));
}

/** The answer when the server has been closed, or is about to be. */
export function replyUnavailable<Reply>(
  call: EngineCall<Reply>,
  retryAfterSeconds?: number,
): Reply {
  call.body.cancel();
  return call.reply(
    503,
    retryAfterSeconds === undefined ? [] : [["retry-after", String(retryAfterSeconds)]],
    null,
  );
}

/** Whether a request asks for a WebSocket. */
export function isUpgrade({ method, headers }: EngineRequest): boolean {
  return method === "GET" && headers.upgrade?.toLowerCase() === "websocket";
}

function checkNew(request: EngineRequest, transport: TransportName, isUpgrade: boolean): void {
  if (request.method !== "GET") {
    throw refusal("BAD_HANDSHAKE_METHOD", { method: request.method });
  }
  if ((transport === "websocket") !== isUpgrade) {
    throw refusal("BAD_REQUEST", { name: "TRANSPORT_HANDSHAKE_ERROR" });
  }
}

function isTransport(
  name: string | undefined,
  allowed: readonly TransportName[],
): name is TransportName {
  return (allowed as readonly (string | undefined)[]).includes(name);
}

function checkOrigin(origin: string | undefined): void {
  if (origin !== undefined && !isFieldValue(origin)) {
    throw refusal("BAD_REQUEST", { name: "INVALID_ORIGIN", origin });
  }
}

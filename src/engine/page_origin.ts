/**
 * Whether the page that asks may do so, where browsers apply no cross-origin rule of their own: to
 * WebSockets, and to scripts and forms.
 *
 * Invariants
 * - A request that needs no user's function to be judged is judged at once.
 *
 * Source: RFC 6455, section 10.2; the `cors` option.
 */
import type { Advice } from "../base/advice.ts";
import { quote } from "../base/errors.ts";
import type { EngineCall } from "./call.ts";
import type { EngineSettings } from "./engine_parts.ts";
import { isUpgrade, namedTraits, refusal } from "./handshake.ts";
import { foreignOrigin, scriptIndex } from "./jsonp.ts";

/** What a judgement needs of the engine. */
export interface JudgeHelp {
  /** Asks a function of the user, within bounds. */
  ask(question: () => boolean | Promise<boolean>): boolean | Promise<boolean>;
  /** Where the operator is told of pages that are refused. */
  readonly advice: Advice;
}

/**
 * Judges the page behind a request.
 *
 * @returns nothing when it is allowed, a promise when that is not known yet
 * @throws HandshakeError (also as rejection) when it is not
 */
export function judgePage(
  call: EngineCall<unknown>,
  settings: EngineSettings,
  help: JudgeHelp,
): Promise<void> | undefined {
  return isUpgrade(call.request)
    ? judgeWebSocket(call, settings, help)
    : judgeScript(call, settings, help);
}

function judgeWebSocket(
  { request, userRequest }: EngineCall<unknown>,
  { cors }: EngineSettings,
  { ask }: JudgeHelp,
): Promise<void> | undefined {
  if (cors === undefined) return undefined;
  const { origin } = request.headers;
  return settle(ask(() => cors.allowsWebSocket(request, userRequest)), () => refuse(origin));
}

function judgeScript(
  { request, userRequest }: EngineCall<unknown>,
  { cors, allowEIO3 }: EngineSettings,
  { ask, advice }: JudgeHelp,
): Promise<void> | undefined {
  if (!allowEIO3 || !namedTraits(request)?.jsonp || scriptIndex(request) === undefined) {
    return undefined;
  }
  const origin = foreignOrigin(request);
  if (origin === undefined) return undefined;
  const isAllowed = cors !== undefined &&
    ask(() => cors.allowsScript(origin, request, userRequest));
  return settle(isAllowed, () => {
    advice.once("script", () => scriptAdvice(quote(origin)));
    refuse(origin);
  });
}

function scriptAdvice(origin: string): string {
  return `Refused JSONP of a page of the origin ${origin}: if it may, add that to the origins of ` +
    "the cors option, with credentials: true where cookies come along. A page that sends no " +
    'Referer is "null": see its Referrer-Policy.';
}

function settle(
  isAllowed: boolean | Promise<boolean>,
  otherwise: () => void,
): Promise<void> | undefined {
  if (typeof isAllowed !== "boolean") return isAllowed.then((it) => it ? undefined : otherwise());
  if (!isAllowed) otherwise();
}

function refuse(origin: string | undefined): never {
  throw refusal("FORBIDDEN", { name: "ORIGIN_NOT_ALLOWED", origin });
}

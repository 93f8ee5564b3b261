/**
 * Whether the page that asks may do so, where browsers apply no cross-origin rule of their own: to
 * WebSockets, and to scripts and forms.
 *
 * Invariants
 * - A request that needs no user's function to be judged is judged at once.
 *
 * Source: RFC 6455, section 10.2; the `cors` option.
 */
import type { EngineCall } from "./call.ts";
import type { EngineSettings } from "./engine_parts.ts";
import { isUpgrade, refusal } from "./handshake.ts";
import { foreignOrigin, scriptIndex } from "./jsonp.ts";

/** Asks a function of the user, within bounds. */
export type AskUser = (question: () => boolean | Promise<boolean>) => boolean | Promise<boolean>;

/**
 * Judges the page behind a request.
 *
 * @returns nothing when it is allowed, a promise when that is not known yet
 * @throws HandshakeError (also as rejection) when it is not
 */
export function judgePage(
  call: EngineCall<unknown>,
  settings: EngineSettings,
  ask: AskUser,
): Promise<void> | undefined {
  return isUpgrade(call.request)
    ? judgeWebSocket(call, settings, ask)
    : judgeScript(call, settings, ask);
}

function judgeWebSocket(
  { request, userRequest }: EngineCall<unknown>,
  { cors }: EngineSettings,
  ask: AskUser,
): Promise<void> | undefined {
  if (cors === undefined) return undefined;
  return settle(
    ask(() => cors.allowsWebSocket(request, userRequest)),
    request.headers.origin,
  );
}

function judgeScript(
  { request, userRequest }: EngineCall<unknown>,
  { cors, allowEIO3 }: EngineSettings,
  ask: AskUser,
): Promise<void> | undefined {
  if (!allowEIO3 || scriptIndex(request) === undefined) return undefined;
  const origin = foreignOrigin(request);
  if (origin === undefined) return undefined;
  return settle(cors !== undefined && ask(() => cors.allowsScript(origin, userRequest)), origin);
}

function settle(
  isAllowed: boolean | Promise<boolean>,
  origin: string | undefined,
): Promise<void> | undefined {
  if (typeof isAllowed !== "boolean") return isAllowed.then((it) => void settle(it, origin));
  if (isAllowed) return undefined;
  throw refusal("FORBIDDEN", { name: "ORIGIN_NOT_ALLOWED", origin });
}

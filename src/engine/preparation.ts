/**
 * What every request goes through first: the rules of CORS, and the users' middlewares.
 *
 * Invariants
 * - A middleware that refuses, fails or takes too long has the request answered with 400.
 */
import { HandshakeError } from "../base/errors.ts";
import type { HandlerErrorSink } from "../base/invoke.ts";
import type { DebugScope } from "../base/log.ts";
import type { EngineCall, EngineMiddlewareFunction } from "./call.ts";
import type { CorsPolicy } from "./cors.ts";
import { isUpgrade, refusal } from "./handshake.ts";

/** What a request goes through. */
export interface PreparationParts {
  readonly cors: CorsPolicy | undefined;
  readonly middlewares: readonly EngineMiddlewareFunction[];
  /** Asks a function of the user, and waits for the answer within bounds if it comes later. */
  readonly ask: <T>(what: string, ask: () => T | PromiseLike<T>) => T | Promise<T>;
  readonly errors: HandlerErrorSink;
  readonly debug: DebugScope;
}

/**
 * Prepares a request.
 *
 * @returns the reply, if there is one already
 * @throws HandshakeError when the request is refused
 */
export async function prepare<Reply>(
  call: EngineCall<Reply>,
  { cors, middlewares, ask, errors, debug }: PreparationParts,
): Promise<Reply | undefined> {
  if (cors !== undefined && !isUpgrade(call.request)) {
    const outcome = await ask("cors", () => cors.apply(call.request, call.userRequest));
    if (outcome.error !== undefined) throw refusal("BAD_REQUEST", { name: "MIDDLEWARE_FAILURE" });
    for (const [name, value] of outcome.headers) call.addHeader(name, value);
    if (outcome.preflight !== undefined) {
      return call.reply(outcome.preflight.status, [["content-length", "0"]], null);
    }
  }
  if (middlewares.length === 0) return undefined;
  try {
    const what = "middleware";
    const onFailure = (error: unknown): void => errors.handlerFailed(error, what, what);
    return await ask(what, () => call.runMiddlewares(middlewares, onFailure));
  } catch (error) {
    if (error instanceof HandshakeError) throw error;
    if (debug.enabled) debug.log("a middleware refused: %s", error);
    throw refusal("BAD_REQUEST", { name: "MIDDLEWARE_FAILURE" });
  }
}

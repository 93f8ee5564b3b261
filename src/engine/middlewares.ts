/**
 * The users' middlewares of the engine: `io.engine.use(fn)`.
 *
 * Invariants
 * - They run in the order of `use`, before any check, for every request of the engine.
 * - One that calls `next` with an error, throws or rejects refuses the request; one that gives a
 *   Response has answered it. `next` counts once.
 */
import type { EngineMiddleware, EngineMiddlewareInfo } from "./api.ts";

/** Who is told more than whether the request goes on. */
export interface MiddlewareOptions {
  /** Told of what a middleware throws or rejects with: a fault, other than what it gives to `next`. */
  readonly onFailure?: (error: unknown) => void;
}

/**
 * Runs the middlewares.
 *
 * @returns the Response of the one that answered, none when all let the request go on
 * @throws what the one that refused gave to `next`, or threw
 */
export async function runMiddlewares(
  middlewares: readonly EngineMiddleware[],
  request: Request,
  info: EngineMiddlewareInfo,
  options: MiddlewareOptions = {},
): Promise<Response | undefined> {
  for (const middleware of middlewares) {
    const response = await new Promise<Response | undefined>((resolve, reject) => {
      const next = (error?: unknown): void => error ? reject(error) : resolve(undefined);
      const fail = (error: unknown): void => {
        options.onFailure?.(error);
        reject(error);
      };
      try {
        const answer = Promise.resolve(middleware(request, info, next));
        answer.then((value) => value instanceof Response && resolve(value)).catch(fail);
      } catch (error) {
        fail(error);
      }
    });
    if (response !== undefined) return response;
  }
  return undefined;
}

/**
 * The users' middlewares of the engine, as Node knows them: `(request, response, next)`.
 *
 * Invariants
 * - They run in the order of `use`. One that gives an error to `next`, throws or rejects refuses the
 *   request; one that ends the response has answered it. `next` counts once.
 * - Nothing is waited for once the peer is known to have gone.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { EngineMiddlewareFunction } from "../../engine/call.ts";

/** A middleware of Node, Connect or Express. */
export type NodeMiddlewareFunction = (
  request: IncomingMessage,
  response: ServerResponse,
  next: (error?: unknown) => void,
) => unknown;

/** What the middlewares work on. */
export interface MiddlewareContext {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** Told of what a middleware throws or rejects with, other than what it gives to `next`. */
  readonly onFailure: (error: unknown) => void;
}

/**
 * Runs the middlewares.
 *
 * @returns whether one has answered, or the peer has gone
 * @throws what the one that refused gave to `next`, threw or rejected with
 */
export function runMiddlewares(
  middlewares: readonly EngineMiddlewareFunction[],
  context: MiddlewareContext,
): Promise<boolean> {
  const { response } = context;
  return new Promise<boolean>((resolve, reject) => {
    const answered = (): void => resolve(true);
    response.on("finish", answered);
    response.on("close", answered);
    // `use` of this entry takes no others.
    runFrom(0, middlewares as readonly NodeMiddlewareFunction[], { ...context, resolve, reject });
  });
}

interface Run extends MiddlewareContext {
  readonly resolve: (answered: boolean) => void;
  readonly reject: (error: unknown) => void;
}

function runFrom(index: number, middlewares: readonly NodeMiddlewareFunction[], run: Run): void {
  const middleware = middlewares[index];
  const isAnswered = run.response.headersSent;
  if (middleware === undefined || isAnswered) return run.resolve(isAnswered);
  let isOver = false;
  const next = (error?: unknown): void => {
    if (isOver) return;
    isOver = true;
    if (error) run.reject(error);
    else runFrom(index + 1, middlewares, run);
  };
  const fail = (error: unknown): void => {
    run.onFailure(error);
    if (!isOver) run.reject(error);
    isOver = true;
  };
  try {
    Promise.resolve(middleware(run.request, run.response, next)).catch(fail);
  } catch (error) {
    fail(error);
  }
}

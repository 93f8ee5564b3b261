/**
 * Runs the users' middlewares: of a namespace for a socket, of a socket for an event.
 *
 * Invariants
 * - They run in the order of `use`; those that were added meanwhile run next time.
 * - `next` counts once for each middleware; one that throws or rejects before it has refused.
 * - What one throws after it has decided is reported, and changes nothing.
 */
import { type HandlerErrorSink, invoke } from "../base/invoke.ts";

/** Goes on to the next middleware, or refuses with an error. */
export type Next = (error?: unknown) => void;

/** A middleware over something. */
export type Middleware<Subject> = (subject: Subject, next: Next) => void;

/** How the middlewares ended: one has refused, one has failed, or all have let it pass. */
export type MiddlewareOutcome =
  | { readonly type: "passed" }
  | { readonly type: "refused"; readonly error: unknown }
  | { readonly type: "failed"; readonly error: unknown };

const PASSED: MiddlewareOutcome = { type: "passed" };

/**
 * Runs middlewares one after the other.
 *
 * @param done called once, at once when none waits
 * @param sink told of what a middleware throws after it has decided
 */
export function runMiddlewares<Subject>(
  middlewares: readonly Middleware<Subject>[],
  subject: Subject,
  done: (outcome: MiddlewareOutcome) => void,
  sink: HandlerErrorSink,
): void {
  if (middlewares.length === 0) return done(PASSED);
  const list = middlewares.slice();
  const run = (index: number): void => {
    const middleware = list[index];
    if (middleware === undefined) return done(PASSED);
    let isSettled = false;
    const settle = (act: () => void): void => {
      if (isSettled) return;
      isSettled = true;
      act();
    };
    const failures: HandlerErrorSink = {
      handlerFailed: (error, event): void => {
        if (isSettled) sink.handlerFailed(error, event);
        else settle(() => done({ type: "failed", error }));
      },
    };
    const next: Next = (error) => {
      settle(() => error ? done({ type: "refused", error }) : run(index + 1));
    };
    invoke(middleware, undefined, [subject, next], "middleware", failures);
  };
  run(0);
}

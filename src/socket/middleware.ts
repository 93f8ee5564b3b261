/**
 * Runs the users' middlewares: of a namespace for a socket, of a socket for an event.
 *
 * Invariants
 * - They run in the order of `use`; those that were added meanwhile run next time.
 * - `next` counts once for each middleware; one that throws or rejects before it has refused.
 * - A middleware runs inside the `next` of the one before it. What comes of them all is told when the code
 *   after each `next` has run: that of a middleware that waits, up to where it waits again.
 * - What one throws after it has decided is reported, and changes nothing.
 * - A sink that waits waits for the promises of middlewares too.
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

/** What errors of middlewares are told under. */
const EVENT = "middleware";

const PASSED: MiddlewareOutcome = { type: "passed" };

/**
 * Runs middlewares one after the other.
 *
 * @param done called once, before this returns when none waits
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
  let isRunning = true;
  let decided: MiddlewareOutcome | undefined;
  const decide = (outcome: MiddlewareOutcome): void => {
    if (isRunning) decided = outcome;
    else {
      Promise.resolve(outcome).then(done)
        .catch((error) => sink.handlerFailed(error, EVENT, "internal"));
    }
  };
  const run = (index: number): void => {
    const middleware = list[index];
    if (middleware === undefined) return decide(PASSED);
    let isSettled = false;
    const settle = (act: () => void): void => {
      if (isSettled) return;
      isSettled = true;
      act();
    };
    const failures: HandlerErrorSink = {
      handlerFailed: (error, event): void => {
        if (isSettled) sink.handlerFailed(error, event, "middleware");
        else settle(() => decide({ type: "failed", error }));
      },
      began: () => sink.began?.(),
      ended: () => sink.ended?.(),
    };
    const next: Next = (error) => {
      settle(() => error ? decide({ type: "refused", error }) : run(index + 1));
    };
    invoke(middleware, undefined, [subject, next], EVENT, failures, "middleware");
  };
  run(0);
  isRunning = false;
  if (decided !== undefined) done(decided);
}

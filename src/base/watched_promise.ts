/**
 * A promise for users that reports its failure when nobody waits for it.
 *
 * Invariants
 * - Users may leave out an `await`: a client that leaves, or an adapter that fails, makes a report of it,
 *   and not a rejection that ends the process.
 * - Whoever waits for it within `GRACE_MICROTASKS` of its failure gets it, and it is not reported beside;
 *   who comes later gets it too. What `then`, `catch` and
 *   `finally` give is watched in its turn.
 */
import { isThenable } from "./invoke.ts";

/** Settles a promise, as the function does that a promise is made with. */
type Executor<T> = (
  resolve: (value: T | PromiseLike<T>) => void,
  reject: (reason: unknown) => void,
) => void;

/**
 * Microtasks that a failure waits for somebody who wants it: an `await` asks one later, what is built of
 * several promises a few.
 */
const GRACE_MICROTASKS = 16;

class WatchedPromise<T> extends Promise<T> {
  // What the language itself derives takes one argument, and gets no report.
  static override get [Symbol.species](): PromiseConstructor {
    return Promise;
  }

  readonly #failed: (error: unknown) => void;
  #isWatched = false;

  constructor(executor: Executor<T>, failed: (error: unknown) => void) {
    super(executor);
    this.#failed = failed;
    void super.then(undefined, (error: unknown) => this.#lookAgain(error, GRACE_MICROTASKS));
  }

  override then<A = T, B = never>(
    fulfilled?: ((value: T) => A | PromiseLike<A>) | null,
    rejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    this.#isWatched = true;
    const derived = super.then(fulfilled, rejected);
    return new WatchedPromise<A | B>((resolve) => resolve(derived), this.#failed);
  }

  #lookAgain(error: unknown, left: number): void {
    if (this.#isWatched) return;
    if (left === 0) this.#failed(error);
    else queueMicrotask(() => this.#lookAgain(error, left - 1));
  }
}

/**
 * A promise for a user who may not wait for it.
 *
 * @param executor settles it
 * @param failed told of a failure that nobody waits for
 */
export function watchedPromise<T>(
  executor: Executor<T>,
  failed: (error: unknown) => void,
): Promise<T> {
  return new WatchedPromise(executor, failed);
}

/** What an adapter gave, for a user who may not wait for it; nothing unless it is a promise. */
export function watchedResult(
  result: unknown,
  failed: (error: unknown) => void,
): Promise<void> | undefined {
  if (!isThenable(result)) return undefined;
  return watchedPromise<void>((resolve) => resolve(result as PromiseLike<void>), failed);
}

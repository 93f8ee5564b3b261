/**
 * Waiting with a deadline, for tests over real sockets.
 *
 * Owns the only timers those tests may use:
 * - every wait names what it waits for, so a failure reads as a sentence;
 * - no wait lasts longer than its deadline, and its timer is gone when the wait is over.
 */

import { deadline, delay } from "@std/async";

/** Deadline in milliseconds of a wait that names none: generous, since the machine may be busy. */
export const DEFAULT_DEADLINE_MS = 15_000;

/** Resolves as `promise` does, or rejects after `ms` with a sentence that names `what`. */
export async function within<T>(
  what: string,
  promise: Promise<T>,
  ms: number = DEFAULT_DEADLINE_MS,
): Promise<T> {
  const ended = await deadline(settled(promise), ms).catch((cause) => {
    throw new Error(`Waited ${ms} ms in vain for ${what}`, { cause });
  });
  if ("error" in ended) throw ended.error;
  return ended.value;
}

/** Resolves once `promise` is settled, however it is, or after `ms`. */
export async function atMost(ms: number, promise: Promise<unknown>): Promise<void> {
  await within("what may last longer", promise, ms).catch(() => {});
}

/** Tells how a promise ends, so that its own timeout is not taken for ours. */
function settled<T>(
  promise: Promise<T>,
): Promise<{ readonly value: T } | { readonly error: unknown }> {
  return promise.then((value) => ({ value }), (error) => ({ error }));
}

/** Asks `probe` again every 20 ms until it gives a value other than undefined. */
export async function eventually<T>(
  what: string,
  probe: () => T | undefined | Promise<T | undefined>,
  ms: number = DEFAULT_DEADLINE_MS,
): Promise<T> {
  const end = performance.now() + ms;
  while (performance.now() < end) {
    const found = await probe();
    if (found !== undefined) return found;
    await delay(20);
  }
  throw new Error(`Waited ${ms} ms in vain for ${what}`);
}

/**
 * Holds if `promise` is still pending after `ms`: the way to say that something does NOT happen.
 * Prefer a positive witness (a later message that arrives first) wherever there is one.
 */
export async function staysPending(
  what: string,
  promise: Promise<unknown>,
  ms: number,
): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const quiet = new Promise<"quiet">((resolve) => {
    timer = setTimeout(() => resolve("quiet"), ms);
  });
  const first = await Promise.race([promise.then(() => "done", () => "done"), quiet]);
  clearTimeout(timer);
  if (first !== "quiet") throw new Error(`Expected nothing of ${what} for ${ms} ms, but it came`);
}

/** Whether `promise` is over, well or not, before `ms` have passed: to stop waiting without failing. */
export async function settledWithin(promise: Promise<unknown>, ms: number): Promise<boolean> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<boolean>((resolve) => timer = setTimeout(() => resolve(false), ms));
  const over = promise.then(() => true, () => true);
  const isOver = await Promise.race([over, late]);
  clearTimeout(timer);
  return isOver;
}

/** A FIFO whose reader may come before the writer; ended once, then every reader is refused. */
export class Mailbox<T> {
  readonly #items: T[] = [];
  readonly #readers: { resolve: (item: T) => void; reject: (error: Error) => void }[] = [];
  #ended: Error | undefined;

  /** Items that nobody has taken yet. */
  get size(): number {
    return this.#items.length;
  }

  put(item: T): void {
    const reader = this.#readers.shift();
    if (reader) reader.resolve(item);
    else this.#items.push(item);
  }

  /** Refuses the readers that wait, and those to come once the items left are taken. */
  end(error: Error): void {
    this.#ended ??= error;
    for (const reader of this.#readers.splice(0)) reader.reject(this.#ended);
  }

  take(): Promise<T> {
    const item = this.#items.shift();
    if (item !== undefined) return Promise.resolve(item);
    if (this.#ended) return Promise.reject(this.#ended);
    return new Promise<T>((resolve, reject) => this.#readers.push({ resolve, reject }));
  }
}

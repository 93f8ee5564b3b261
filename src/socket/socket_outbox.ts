/**
 * What one socket has to do with what waits to be sent: limits of its own, and the wait for less.
 *
 * Owns: the socket's lane, the promises of `drained()` that are not settled.
 *
 * Invariants
 * - A socket without limits of its own, or of its namespace, has no lane.
 * - Limits of the socket count more than those of its namespace, and those more than the server's, each
 *   for itself.
 * - Every promise is settled: when little enough waits, when its signal fires, or when the socket ends.
 */
import { type AbortWaiter, unwatchAbort, watchAbort } from "../base/abort_watch.ts";
import { DisconnectedError } from "../base/errors.ts";
import { watchedPromise } from "../base/watched_promise.ts";
import type { Lane } from "../session/ports.ts";
import {
  type BufferingOptions,
  checkBuffering,
  type DrainedOptions,
  toLimits,
} from "./buffering.ts";
import type { SocketHome, SocketLink } from "./ports.ts";
import { drainedOptions } from "./wait_options.ts";

/** The most bytes that may wait for `drained()` to be fulfilled, unless it is told. */
const DEFAULT_BELOW_BYTES = 1_048_576;

/** What an outbox is made of. */
export interface SocketOutboxParts {
  readonly home: Pick<SocketHome, "context" | "ownBuffering">;
  readonly link: SocketLink;
  /** Told of a promise of `drained()` that fails and that nobody waits for. */
  readonly failed: (error: unknown) => void;
}

/** The way out of one socket. */
export class SocketOutbox {
  readonly #home: Pick<SocketHome, "context" | "ownBuffering">;
  readonly #link: SocketLink;
  #own: BufferingOptions = {};
  #lane: Lane | undefined;
  #hasEnded = false;
  #reason: string | undefined;
  readonly #failed: (error: unknown) => void;
  /** Rejects each promise that is not settled. */
  readonly #waiting = new Set<(reason: unknown) => void>();

  constructor({ home, link, failed }: SocketOutboxParts) {
    this.#home = home;
    this.#link = link;
    this.#failed = failed;
    this.refresh();
  }

  /** The lane that what the socket sends counts for, if it is not that of all others. */
  get lane(): Lane | undefined {
    return this.#lane;
  }

  /**
   * Sets limits of the socket's own.
   *
   * @throws {TypeError} when anything is wrong with them
   */
  limit(given: unknown): void {
    this.#own = { ...this.#own, ...checkBuffering(given) };
    this.refresh();
  }

  /** The limits of the namespace may have changed. */
  refresh(): void {
    if (this.#hasEnded) return;
    const own = { ...this.#home.ownBuffering, ...this.#own };
    if (Object.keys(own).length === 0) return;
    const limits = toLimits({ ...this.#home.context.limits, ...own });
    if (this.#lane === undefined) this.#lane = this.#link.link.openLane(limits);
    else this.#lane.limit(limits);
  }

  /** Fulfilled once little enough waits. */
  drained(options: DrainedOptions | undefined): Promise<void> {
    return watchedPromise((resolve, reject) => {
      const { below = this.#defaultBelow, signal } = drainedOptions(options);
      if (signal?.aborted) return this.#soon(() => reject(signal.reason));
      if (this.#hasEnded) return this.#soon(() => reject(new DisconnectedError(this.#reason)));
      const { link } = this.#link;
      if (link.bufferedAmount <= below) return resolve();
      const finish = (settle: () => void): void => {
        this.#waiting.delete(fail);
        if (signal !== undefined) unwatchAbort(signal, waiter);
        forget();
        settle();
      };
      const fail = (reason: unknown): void => finish(() => reject(reason));
      const waiter: AbortWaiter = { onAbort: fail };
      const forget = link.awaitBelow(below, () => finish(resolve));
      this.#waiting.add(fail);
      if (signal !== undefined) watchAbort(signal, waiter);
    }, this.#failed);
  }

  /** The socket has ended, for this reason if it was connected. */
  end(reason: string | undefined): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#reason = reason;
    this.#lane?.close();
    for (const fail of [...this.#waiting]) fail(new DisconnectedError(reason));
  }

  /** A loop that waits again at once must not keep the event loop from everything else. */
  #soon(callback: () => void): void {
    this.#home.context.deadlines.soon(callback);
  }

  get #defaultBelow(): number {
    const { context: { limits }, ownBuffering } = this.#home;
    const maxBufferedBytes = this.#own.maxBufferedBytes ?? ownBuffering.maxBufferedBytes ??
      limits.maxBufferedBytes;
    return Math.min(DEFAULT_BELOW_BYTES, maxBufferedBytes / 2);
  }
}

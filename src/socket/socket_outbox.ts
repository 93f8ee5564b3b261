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
import { describeValue, StateError } from "../base/errors.ts";
import type { Lane } from "../session/ports.ts";
import {
  type Buffering,
  type BufferingOptions,
  checkBuffering,
  type DrainedOptions,
  toLimits,
} from "./buffering.ts";
import type { SocketHome, SocketLink } from "./ports.ts";

/** The most bytes that may wait for `drained()` to be fulfilled, unless it is told. */
const DEFAULT_BELOW_BYTES = 1_048_576;

/** The way out of one socket. */
export class SocketOutbox {
  readonly #home: Pick<SocketHome, "context" | "ownBuffering">;
  readonly #link: SocketLink;
  #own: BufferingOptions = {};
  #lane: Lane | undefined;
  #hasEnded = false;
  /** Rejects each promise that is not settled. */
  readonly #waiting = new Set<(reason: unknown) => void>();

  constructor(home: Pick<SocketHome, "context" | "ownBuffering">, link: SocketLink) {
    this.#home = home;
    this.#link = link;
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
  drained(options: DrainedOptions): Promise<void> {
    return new Promise((resolve, reject) => {
      const { below = this.#defaultBelow, signal } = options;
      if (typeof below !== "number" || !(below >= 0)) {
        const found = describeValue(below);
        throw new TypeError(`Cannot await drain: below must be bytes from 0, found ${found}`);
      }
      if (signal?.aborted) throw signal.reason;
      if (this.#hasEnded) throw disconnected();
      const { link } = this.#link;
      if (link.bufferedAmount <= below) return resolve();
      const finish = (settle: () => void): void => {
        this.#waiting.delete(fail);
        signal?.removeEventListener("abort", abort);
        forget();
        settle();
      };
      const fail = (reason: unknown): void => finish(() => reject(reason));
      const abort = (): void => fail(signal?.reason);
      const forget = link.awaitBelow(below, () => finish(resolve));
      this.#waiting.add(fail);
      signal?.addEventListener("abort", abort);
    });
  }

  /** The socket has ended. */
  end(): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#lane?.close();
    for (const fail of [...this.#waiting]) fail(disconnected());
  }

  get #defaultBelow(): number {
    const { context: { limits }, ownBuffering } = this.#home;
    const { maxBufferedBytes }: Pick<Buffering, "maxBufferedBytes"> = {
      maxBufferedBytes: limits.maxBufferedBytes,
      ...ownBuffering,
      ...this.#own,
    };
    return Math.min(DEFAULT_BELOW_BYTES, maxBufferedBytes / 2);
  }
}

function disconnected(): StateError {
  return new StateError("socket has been disconnected");
}

/**
 * Acknowledgements that one socket awaits.
 *
 * Invariants
 * - A wait ends once: with the answer, a timeout, an aborted signal, the end of the socket, or because the
 *   event was dropped.
 * - An answer counts only from a socket that was asked, and only once; never from one that has ended.
 * - An entry is gone, with its deadline and its place at the signal, before anybody is told.
 * - Who has asked for what was dropped, or asks a socket that has ended, is told in the next tick of the
 *   wheel: a loop that asks again at once would otherwise keep the event loop from everything else.
 */
import type { Deadline, DeadlineOwner, Deadlines } from "../base/deadlines.ts";
import { type AbortWaiter, unwatchAbort, watchAbort } from "../base/abort_watch.ts";
import { AckTimeoutError, EventDroppedError, toError } from "../base/errors.ts";
import type { DropCause } from "../session/ports.ts";

/** Takes what a client answered, or why it did not. */
export type AckCallback = (...args: unknown[]) => void;

/**
 * How long an answer without a limit of its own is worth waiting for, in milliseconds from the
 * question on: programs that never answer some events are not rare.
 */
export const ANSWER_PATIENCE_MS = 5_000;
/** How the wait for an answer ended: with the client's values, or with an error in their place. */
export type AckOutcome =
  | { readonly type: "answered"; readonly args: readonly unknown[] }
  | { readonly type: "failed"; readonly error: unknown };

/** What ends a wait, beside an answer. */
export interface AckLimits {
  /** Time for the answer, in milliseconds; none for as long as it takes. */
  readonly timeoutMs: number | undefined;
  /** Ends the wait when it aborts. It has not aborted. */
  readonly signal: AbortSignal | undefined;
}

/** A wait that only an answer ends, or the end of the socket. */
export const NO_LIMITS: AckLimits = Object.freeze({ timeoutMs: undefined, signal: undefined });

/** One answer that a socket owes. */
class PendingAck implements DeadlineOwner, AbortWaiter {
  readonly #table: Map<number, PendingAck>;
  readonly #id: number;
  readonly #settled: (outcome: AckOutcome) => void;
  #patienceEnd = Infinity;
  #deadline: Deadline | undefined;
  #signal: AbortSignal | undefined;
  #error: EventDroppedError | undefined;

  constructor(
    table: Map<number, PendingAck>,
    id: number,
    settled: (outcome: AckOutcome) => void,
  ) {
    this.#table = table;
    this.#id = id;
    this.#settled = settled;
  }

  limit({ timeoutMs, signal }: AckLimits, deadlines: Deadlines): void {
    if (timeoutMs !== undefined) {
      const deadline = deadlines.create(this);
      deadline.set(deadlines.now() + timeoutMs);
      this.#deadline = deadline;
    } else {
      this.#patienceEnd = deadlines.now() + ANSWER_PATIENCE_MS;
    }
    if (signal !== undefined) {
      watchAbort(signal, this);
      this.#signal = signal;
    }
  }

  /** Whether it is worth waiting for: one with a limit is until then, when it leaves the table. */
  isAwaited(now: number): boolean {
    return now < this.#patienceEnd;
  }

  /** Whether no time is set for it. */
  get isUnlimited(): boolean {
    return this.#deadline === undefined;
  }

  settle(outcome: AckOutcome): void {
    this.#leave();
    this.#deadline?.clear();
    this.#settled(outcome);
  }

  /** It will not come: nothing counts any more but this error, which is told soon. */
  lose(error: EventDroppedError, deadlines: Deadlines): void {
    this.#leave();
    this.#error = error;
    this.#deadline ??= deadlines.create(this);
    this.#deadline.set(deadlines.now());
  }

  onDeadline(): void {
    this.settle({ type: "failed", error: this.#error ?? new AckTimeoutError() });
  }

  onAbort(reason: unknown): void {
    this.settle({ type: "failed", error: reason });
  }

  #leave(): void {
    this.#table.delete(this.#id);
    if (this.#signal !== undefined) unwatchAbort(this.#signal, this);
  }
}

/** The answers that one socket owes, by the id of what was asked. */
export class AckTable {
  readonly #deadlines: Deadlines;
  readonly #entries = new Map<number, PendingAck>();

  constructor(deadlines: Deadlines) {
    this.#deadlines = deadlines;
  }

  /**
   * Awaits an answer, within limits.
   *
   * @param settled told once how the wait ended; the entry is gone then
   * @throws RangeError when the time is NaN
   */
  add(
    id: number,
    settled: (outcome: AckOutcome) => void,
    limits: AckLimits = NO_LIMITS,
  ): void {
    const entry = new PendingAck(this.#entries, id, settled);
    entry.limit(limits, this.#deadlines);
    this.#entries.set(id, entry);
  }

  /** Answers that are awaited. */
  get size(): number {
    return this.#entries.size;
  }

  /** Whether one of them is worth waiting for. */
  isAwaited(now: number): boolean {
    for (const entry of this.#entries.values()) if (entry.isAwaited(now)) return true;
    return false;
  }

  /** An answer came. False when none with this id is awaited. */
  answered(id: number, args: readonly unknown[]): boolean {
    const entry = this.#entries.get(id);
    entry?.settle({ type: "answered", args });
    return entry !== undefined;
  }

  /**
   * The event that asks for this answer was dropped, so it will not come: its place is free, and the error
   * is told soon. As in the reference, a time that was set holds for volatile events all the same.
   *
   * @returns false when no answer with this id is awaited
   */
  unsent(id: number, cause: DropCause): boolean {
    const entry = this.#entries.get(id);
    if (cause !== "volatile" || entry?.isUnlimited) {
      entry?.lose(new EventDroppedError(cause), this.#deadlines);
    }
    return entry !== undefined;
  }

  /** Tells that there will be no answer, after the emit that asked for it has returned. */
  failSoon(settled: ((outcome: AckOutcome) => void) | undefined, error: unknown): void {
    if (settled !== undefined) this.#deadlines.soon(() => settled({ type: "failed", error }));
  }

  /** No answer will come any more: all waits end with this error. */
  fail(error: unknown): void {
    // Live: what a callback ends meanwhile is not met any more.
    for (const entry of this.#entries.values()) entry.settle({ type: "failed", error });
  }
}

/** Marks the callback of a promise, which takes more than callbacks of users are told. */
const promised: unique symbol = Symbol("promised");

interface PromisedAck extends AckCallback {
  readonly [promised]: (outcome: AckOutcome) => void;
}

/**
 * The callback that settles a promise. It also understands what callbacks are called with, as code of
 * users may have put its own around it.
 */
export function promisedAck(
  resolve: (answer: unknown) => void,
  reject: (error: unknown) => void,
  isErrorFirst: boolean,
): AckCallback {
  const settle = (outcome: AckOutcome): void => {
    if (outcome.type === "answered") resolve(outcome.args[0]);
    else reject(outcome.error);
  };
  const callback = (first: unknown, second: unknown): void => {
    if (!isErrorFirst) resolve(first);
    else if (first) reject(first);
    else resolve(second);
  };
  return Object.assign(callback, { [promised]: settle });
}

/**
 * What a callback is called with in the end. One without an error first is not called when there is no
 * answer; one with it gets a true value, whatever a signal was aborted with.
 *
 * @param call calls it, and reports what it throws
 */
export function settleBy(
  ack: AckCallback | PromisedAck,
  isErrorFirst: boolean,
  call: (args: readonly unknown[]) => void,
): (outcome: AckOutcome) => void {
  if (promised in ack) return ack[promised];
  return (outcome) => {
    if (outcome.type === "answered") call(isErrorFirst ? [null, ...outcome.args] : outcome.args);
    else if (isErrorFirst) call([outcome.error || toError(outcome.error)]);
  };
}

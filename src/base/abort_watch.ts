/**
 * Who waits for signals to abort: one listener for each signal, however many wait for it.
 *
 * Owns: those who wait, by signal (`watchAbort` adds, `unwatchAbort` and the abort take away).
 *
 * Invariants
 * - A signal has one listener of ours while somebody waits for it, and none when nobody does: a signal that
 *   lives as long as the server gathers nothing, and runtimes that warn of many listeners have none to
 *   warn of.
 * - Who waits is told at most once, in the order of waiting, and is forgotten before.
 * - A signal that has aborted already tells nobody: ask `aborted` first.
 */
import { describeValue } from "./errors.ts";

/** Who waits for a signal. */
export interface AbortWaiter {
  /** The signal has aborted. It must not throw. */
  onAbort(reason: unknown): void;
}

class Watch {
  readonly waiters = new Set<AbortWaiter>();
  readonly #signal: AbortSignal;

  constructor(signal: AbortSignal) {
    this.#signal = signal;
    signal.addEventListener("abort", this);
  }

  /** Named by the contract of event listeners that are objects. */
  handleEvent(): void {
    for (const waiter of [...this.waiters]) {
      // One that was told before may have made another one stop waiting.
      if (this.waiters.delete(waiter)) waiter.onAbort(this.#signal.reason);
    }
    this.end();
  }

  end(): void {
    watches.delete(this.#signal);
    this.#signal.removeEventListener("abort", this);
  }
}

const watches = new WeakMap<AbortSignal, Watch>();

/** Has somebody told when the signal aborts. */
export function watchAbort(signal: AbortSignal, waiter: AbortWaiter): void {
  let watch = watches.get(signal);
  if (watch === undefined) {
    watch = new Watch(signal);
    watches.set(signal, watch);
  }
  watch.waiters.add(waiter);
}

/** Somebody does not wait any more. */
export function unwatchAbort(signal: AbortSignal, waiter: AbortWaiter): void {
  const watch = watches.get(signal);
  if (watch === undefined) return;
  watch.waiters.delete(waiter);
  if (watch.waiters.size === 0) watch.end();
}

/** Whether this has what a signal has: those of another realm, and of polyfills, are as good as ours. */
export function isAbortSignal(value: unknown): value is AbortSignal {
  return typeof value === "object" && value !== null &&
    "aborted" in value && typeof value.aborted === "boolean" &&
    "addEventListener" in value && typeof value.addEventListener === "function" &&
    "removeEventListener" in value && typeof value.removeEventListener === "function";
}

/**
 * Refuses what is no signal.
 *
 * @throws TypeError when it lacks what a signal has
 */
export function checkSignal(signal: AbortSignal): AbortSignal {
  if (isAbortSignal(signal)) return signal;
  throw new TypeError(
    `Cannot set signal: must be an AbortSignal, found ${describeValue(signal)}`,
  );
}

/**
 * The one place from which users' listeners are called.
 *
 * Invariants
 * - Nothing that a listener throws, and no promise that it lets reject, goes further than the sink:
 *   the other listeners are called, the process and the session live on.
 * - A listener's result is looked at only to see whether it is a promise.
 */
import type { Listener } from "./listeners.ts";

/** Who is told that users' code has failed. */
export interface HandlerErrorSink {
  /**
   * A listener threw, or its promise was rejected.
   *
   * @param error what was thrown
   * @param event the name of the event, as users know it
   */
  handlerFailed(error: unknown, event: string): void;
}

/** Calls a listener with `self` as `this`. */
export function invoke(
  listener: Listener,
  self: unknown,
  args: readonly unknown[],
  event: string,
  sink: HandlerErrorSink,
): void {
  try {
    const result = Reflect.apply(listener, self, args);
    if (isThenable(result)) {
      result.then(undefined, (error: unknown) => sink.handlerFailed(error, event));
    }
  } catch (error) {
    sink.handlerFailed(error, event);
  }
}

/** Whether a value can be waited for. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null &&
    typeof (value as { readonly then?: unknown }).then === "function";
}

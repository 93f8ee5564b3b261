/**
 * The one place from which users' code is called whose result nobody needs.
 *
 * Invariants
 * - Nothing that it throws, and no promise that it lets reject, goes further than the sink: the other
 *   listeners are called, the process and the session live on.
 * - It is reported once, whatever its promise does: one that settles twice, whose `then` throws, or that
 *   is none at all but for a `then`, is asked once and believed once.
 * - A result is looked at only to see whether it is a promise. One that never settles holds nothing but
 *   itself, unless the sink wants to wait.
 */
import type { Listener } from "./listeners.ts";

/** What kind of users' code has failed: what the counters of failures are told apart by. */
export type HandlerKind =
  | "abort"
  | "ack"
  | "adapter"
  | "allowRequest"
  | "close"
  | "cors"
  | "generateId"
  | "handlerMode"
  | "headers"
  | "internal"
  | "listener"
  | "logger"
  | "middleware"
  | "namespaceRule"
  | "parser"
  | "userKey";

/** Who is told that users' code has failed, and may wait until it is done. */
export interface HandlerErrorSink {
  /**
   * A listener threw, or its promise was rejected. It must not throw.
   *
   * @param error what was thrown
   * @param event the name of the event, as users know it
   * @param kind what kind of code it was; a listener if it is not said
   */
  handlerFailed(error: unknown, event: string, kind?: HandlerKind): void;
  /** The promise of a listener is being waited for. */
  began?(): void;
  /** It has settled, and a failure was told. Called once for each `began`. */
  ended?(): void;
}

/** Calls a listener with `self` as `this`. */
export function invoke(
  listener: Listener,
  self: unknown,
  args: readonly unknown[],
  event: string,
  sink: HandlerErrorSink,
  kind: HandlerKind = "listener",
): void {
  try {
    const result: unknown = Reflect.apply(listener, self, args);
    if (canHaveThen(result)) follow(result, event, sink, kind);
  } catch (error) {
    sink.handlerFailed(error, event, kind);
  }
}

/** Reports what a value that users' code gave is rejected with, if it is a promise. */
export function report(
  result: unknown,
  event: string,
  sink: HandlerErrorSink,
  kind: HandlerKind,
): void {
  invoke(() => result, undefined, [], event, sink, kind);
}

/** Whether a value can be waited for. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return canHaveThen(value) && typeof (value as { readonly then?: unknown }).then === "function";
}

const promiseThen = Promise.prototype.then;

function canHaveThen(value: unknown): value is object {
  return (typeof value === "object" && value !== null) || typeof value === "function";
}

/** Waits for a result, if it is a promise; throws what reading it throws. */
function follow(result: object, event: string, sink: HandlerErrorSink, kind: HandlerKind): void {
  // Read once: a getter may give something else the next time.
  const { then } = result as { readonly then?: unknown };
  if (typeof then !== "function") return;
  if (then === promiseThen && sink.began === undefined) {
    Reflect.apply(then, result, [
      undefined,
      (error: unknown) => sink.handlerFailed(error, event, kind),
    ]);
    return;
  }
  let isSettled = false;
  const end = (error?: { readonly thrown: unknown }): void => {
    if (isSettled) return;
    isSettled = true;
    if (error !== undefined) sink.handlerFailed(error.thrown, event, kind);
    sink.ended?.();
  };
  const settle = (): void => end();
  const rejected = (thrown: unknown): void => end({ thrown });
  const fulfilled = (value: unknown): void => {
    if (!adopt(value, settle, rejected)) settle();
  };
  sink.began?.();
  try {
    const returned: unknown = Reflect.apply(then, result, [fulfilled, rejected]);
    // A `then` that is users' own may be async itself.
    if (then !== promiseThen && returned !== result) adopt(returned, undefined, rejected);
  } catch (error) {
    rejected(error);
  }
}

/** Waits for a promise of the language in the place of a value; false when it is none. */
function adopt(
  value: unknown,
  fulfilled: (() => void) | undefined,
  rejected: (error: unknown) => void,
): boolean {
  try {
    if (!(value instanceof Promise)) return false;
    Reflect.apply(promiseThen, value, [fulfilled, rejected]);
  } catch (error) {
    rejected(error);
  }
  return true;
}

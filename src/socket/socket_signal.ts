/**
 * The signal of a socket, made when somebody asks for it: it aborts when the socket ends.
 *
 * Invariants
 * - A listener of it that throws or rejects is reported as any other: runtimes would end the process,
 *   whenever a client leaves.
 * - What a signal does is otherwise left as it is, for those who hand it on.
 */
import { type HandlerErrorSink, invoke } from "../base/invoke.ts";
import type { Listener } from "../base/listeners.ts";

/** A signal, and the way to abort it. */
export class SocketSignal {
  readonly #controller = new AbortController();

  /**
   * Makes a signal that has not aborted.
   *
   * @param sink told of listeners that fail
   */
  constructor(sink: HandlerErrorSink) {
    guard(this.#controller.signal, sink);
  }

  /** The signal. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Aborts it. */
  abort(reason: unknown): void {
    this.#controller.abort(reason);
  }
}

/** Has the signal call listeners of users as we call them. */
function guard(signal: AbortSignal, sink: HandlerErrorSink): void {
  const add = signal.addEventListener;
  const remove = signal.removeEventListener;
  const guards = new WeakMap<object, (event: unknown) => void>();
  const guarded = (listener: unknown): unknown => {
    if (!isListener(listener)) return listener;
    let own = guards.get(listener);
    if (own === undefined) {
      own = (event) =>
        invoke(() => call(listener, signal, event), undefined, [], "abort", sink, "abort");
      guards.set(listener, own);
    }
    return own;
  };
  let onabort: unknown = null;
  define(signal, "addEventListener", (type: unknown, listener: unknown, ...options: unknown[]) => {
    Reflect.apply(add, signal, [type, guarded(listener), ...options]);
  });
  define(
    signal,
    "removeEventListener",
    (type: unknown, listener: unknown, ...options: unknown[]) => {
      Reflect.apply(remove, signal, [type, guarded(listener), ...options]);
    },
  );
  Object.defineProperty(signal, "onabort", {
    configurable: true,
    get: () => onabort,
    set: (listener: unknown) => {
      if (isListener(onabort)) signal.removeEventListener("abort", onabort as () => void);
      onabort = typeof listener === "function" ? listener : null;
      if (isListener(onabort)) signal.addEventListener("abort", onabort as () => void);
    },
  });
}

function define(signal: AbortSignal, name: string, value: Listener): void {
  Object.defineProperty(signal, name, { configurable: true, writable: true, value });
}

function isListener(value: unknown): value is object {
  return typeof value === "function" || (typeof value === "object" && value !== null);
}

/** As the platform does: a function, or the method of an object. */
function call(listener: object, signal: AbortSignal, event: unknown): unknown {
  if (typeof listener === "function") return Reflect.apply(listener, signal, [event]);
  return (listener as { handleEvent(event: unknown): unknown }).handleEvent(event);
}

/** A signal that tells how many listeners it has. */

/** A signal, its listeners counted, and the way to abort it. */
export interface CountedSignal {
  readonly signal: AbortSignal;
  /** How many listeners of `abort` there are. */
  readonly listeners: () => number;
  readonly abort: (reason?: unknown) => void;
}

/** A signal whose listeners are counted. */
export function countedSignal(): CountedSignal {
  const controller = new AbortController();
  const { signal } = controller;
  const listeners = new Set<unknown>();
  const add = signal.addEventListener.bind(signal);
  const remove = signal.removeEventListener.bind(signal);
  // Listeners are objects or functions; whatever they are, the signal itself calls them.
  signal.addEventListener = (type: string, listener: EventListenerOrEventListenerObject): void => {
    listeners.add(listener);
    add(type, listener);
  };
  signal.removeEventListener = (
    type: string,
    listener: EventListenerOrEventListenerObject,
  ): void => {
    listeners.delete(listener);
    remove(type, listener);
  };
  return {
    signal,
    listeners: () => listeners.size,
    abort: (reason) => controller.abort(reason),
  };
}

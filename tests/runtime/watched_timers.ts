/**
 * Counts the timers that wait in a program under test: to be imported before anything else.
 *
 * - What is counted is set by the global functions: those of the package are, those that a runtime
 *   sets for itself are not.
 */

type Callback = (...args: unknown[]) => void;
type SetTimer = (callback: Callback, ms?: number, ...args: unknown[]) => unknown;

const waiting = new Set<unknown>();

/** How many timers have been set, and are neither over nor cleared. */
export function timersWaiting(): number {
  return waiting.size;
}

/** Globals as they are replaced: by name, whatever a runtime says of their types. */
const globals = globalThis as unknown as Record<string, SetTimer & ((timer: unknown) => void)>;

function watch(name: "setTimeout" | "setInterval", isOnce: boolean): void {
  const original = globals[name] as SetTimer;
  const replacement: SetTimer = (callback, ms, ...args) => {
    const timer = original(
      (...given: unknown[]) => {
        if (isOnce) waiting.delete(key(timer));
        callback(...given);
      },
      ms,
      ...args,
    );
    waiting.add(key(timer));
    return timer;
  };
  Object.assign(globalThis, { [name]: Object.assign(replacement, original) });
}

function watchEnd(name: "clearTimeout" | "clearInterval"): void {
  const original = globals[name] as (timer: unknown) => void;
  const replacement = (timer: unknown): void => {
    waiting.delete(key(timer));
    original(timer);
  };
  Object.assign(globalThis, { [name]: replacement });
}

/** Where timers are objects they can be cleared by the number that they turn into. */
function key(timer: unknown): unknown {
  return typeof timer === "object" && timer !== null ? Number(timer) : timer;
}

watch("setTimeout", true);
watch("setInterval", false);
watchEnd("clearTimeout");
watchEnd("clearInterval");

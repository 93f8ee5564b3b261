/**
 * How objects that work values out look in logs and inspectors: like the values.
 *
 * Invariants
 * - Nothing else of the object changes: the symbols are not enumerable.
 * - The symbols are registered ones that any program may name; no runtime is asked for anything.
 */

/** Under this symbol Node and Bun look for what is shown in the place of an object. */
const OF_NODE = Symbol.for("nodejs.util.inspect.custom");

/** Under this symbol Deno looks for a function that gives the text. */
const OF_DENO = Symbol.for("Deno.customInspect");

/**
 * Has an object be shown as another value.
 *
 * @param value what it is at that time
 * @returns the object
 */
export function shownAs<Shown extends object>(object: Shown, value: () => unknown): Shown {
  return Object.defineProperties(object, {
    [OF_NODE]: { value },
    [OF_DENO]: {
      value: (inspect: (value: unknown, options: unknown) => string, options: unknown): string =>
        inspect(value(), options),
    },
  });
}

/**
 * Stand-ins for the parts of `@std/assert` that the tests use, for machines that reach npm only.
 *
 * Owns nothing but the translation: each function has the name, the argument order and the meaning
 * of its namesake, over `node:assert/strict`.
 */
import strict, { AssertionError } from "node:assert/strict";

export { AssertionError };

/** Runs a check; what it throws begins with `message`, if there is one. */
function explained(message: string | undefined, check: () => void): void {
  try {
    check();
  } catch (error) {
    if (message !== undefined && error instanceof AssertionError) {
      error.message = `${message}: ${error.message}`;
    }
    throw error;
  }
}

type ErrorClass<E extends Error> = abstract new (...args: never[]) => E;

/** Fails unless `condition` is truthy. */
export function assert(condition: unknown, message?: string): asserts condition {
  strict.ok(condition, message ?? `Expected a truthy value, found ${String(condition)}`);
}

/** Fails unless `condition` is falsy. */
export function assertFalse(condition: unknown, message?: string): asserts condition is false {
  strict.ok(!condition, message ?? `Expected a falsy value, found ${String(condition)}`);
}

/** Fails unless both values are deeply equal. */
export function assertEquals<T>(actual: T, expected: T, message?: string): void {
  explained(message, () => strict.deepStrictEqual(actual, expected));
}

/** Fails if both values are deeply equal. */
export function assertNotEquals<T>(actual: T, expected: T, message?: string): void {
  explained(message, () => strict.notDeepStrictEqual(actual, expected));
}

/** Fails unless both values are the same by `Object.is`. */
export function assertStrictEquals<T>(
  actual: unknown,
  expected: T,
  message?: string,
): asserts actual is T {
  explained(message, () => strict.strictEqual(actual, expected));
}

/** Fails if both values are the same by `Object.is`. */
export function assertNotStrictEquals<T>(actual: T, expected: T, message?: string): void {
  explained(message, () => strict.notStrictEqual(actual, expected));
}

/** Fails if the value is null or undefined. */
export function assertExists<T>(actual: T, message?: string): asserts actual is NonNullable<T> {
  strict.ok(actual !== undefined && actual !== null, message ?? "Expected a value to exist");
}

/** Fails unless the value is an instance of the class. */
export function assertInstanceOf<T>(
  actual: unknown,
  expected: abstract new (...args: never[]) => T,
  message?: string,
): asserts actual is T {
  strict.ok(
    actual instanceof expected,
    message ?? `Expected an instance of ${expected.name}, found ${String(actual)}`,
  );
}

/** Fails unless the text contains `expected`. */
export function assertStringIncludes(actual: string, expected: string, message?: string): void {
  strict.ok(
    actual.includes(expected),
    message ?? `Expected ${JSON.stringify(actual)} to contain ${JSON.stringify(expected)}`,
  );
}

/** Fails unless the text matches. */
export function assertMatch(actual: string, expected: RegExp, message?: string): void {
  explained(message, () => strict.match(actual, expected));
}

/** Fails unless the array includes all expected members. */
export function assertArrayIncludes<T>(
  actual: readonly T[],
  expected: readonly T[],
  message?: string,
): void {
  for (const member of expected) {
    strict.ok(
      actual.includes(member),
      message ?? `Expected the array to include ${String(member)}`,
    );
  }
}

/** Fails unless `actual > expected`. */
export function assertGreater<T>(actual: T, expected: T, message?: string): void {
  strict.ok(actual > expected, message ?? `Expected ${String(actual)} > ${String(expected)}`);
}

/** Fails unless `actual >= expected`. */
export function assertGreaterOrEqual<T>(actual: T, expected: T, message?: string): void {
  strict.ok(actual >= expected, message ?? `Expected ${String(actual)} >= ${String(expected)}`);
}

/** Fails unless `actual < expected`. */
export function assertLess<T>(actual: T, expected: T, message?: string): void {
  strict.ok(actual < expected, message ?? `Expected ${String(actual)} < ${String(expected)}`);
}

/** Fails unless `actual <= expected`. */
export function assertLessOrEqual<T>(actual: T, expected: T, message?: string): void {
  strict.ok(actual <= expected, message ?? `Expected ${String(actual)} <= ${String(expected)}`);
}

/** Fails always. */
export function fail(message?: string): never {
  strict.fail(message ?? "Failed");
}

function checkError<E extends Error>(
  error: unknown,
  errorClass?: ErrorClass<E>,
  includes?: string,
): asserts error is E {
  strict.ok(error instanceof Error, `Expected an Error to be thrown, found ${String(error)}`);
  if (errorClass !== undefined) {
    strict.ok(
      error instanceof errorClass,
      `Expected ${errorClass.name}, found ${error.name}: ${error.message}`,
    );
  }
  if (includes !== undefined) assertStringIncludes(error.message, includes);
}

/** Fails unless `fn` throws; returns what it threw. */
export function assertThrows(fn: () => unknown): unknown;
/** Fails unless `fn` throws an instance of the class whose message includes the text; returns it. */
export function assertThrows<E extends Error = Error>(
  fn: () => unknown,
  errorClass: ErrorClass<E>,
  includes?: string,
): E;
export function assertThrows<E extends Error>(
  fn: () => unknown,
  errorClass?: ErrorClass<E>,
  includes?: string,
): unknown {
  try {
    fn();
  } catch (error) {
    if (errorClass !== undefined) checkError(error, errorClass, includes);
    return error;
  }
  strict.fail("Expected function to throw");
}

/** Fails unless `fn` rejects; resolves with the reason. */
export function assertRejects(fn: () => PromiseLike<unknown>): Promise<unknown>;
/** Fails unless `fn` rejects with an instance of the class whose message includes the text. */
export function assertRejects<E extends Error = Error>(
  fn: () => PromiseLike<unknown>,
  errorClass: ErrorClass<E>,
  includes?: string,
): Promise<E>;
export async function assertRejects<E extends Error>(
  fn: () => PromiseLike<unknown>,
  errorClass?: ErrorClass<E>,
  includes?: string,
): Promise<unknown> {
  let promise: PromiseLike<unknown>;
  try {
    promise = fn();
  } catch (error) {
    strict.fail(`Expected function to reject, but it threw ${String(error)}`);
  }
  try {
    await promise;
  } catch (error) {
    if (errorClass !== undefined) checkError(error, errorClass, includes);
    return error;
  }
  strict.fail("Expected function to reject");
}

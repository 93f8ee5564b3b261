/**
 * What type tests are written with: claims about types that the compiler judges.
 *
 * Nothing here does anything at run time; a false claim is an error of `deno check` and of
 * `deno test`, which checks types first.
 */

/** `true` if both types are the same; `any` is the same as itself only. */
export type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends (<T>() => T extends B ? 1 : 2)
  ? true
  : false;

/** Claims that a type is `true`: `expectType<Equal<A, B>>()`. */
export function expectType<_Claim extends true>(): void {}

/** Takes code that is to be type-checked only, with a value of some type to work on. */
export function compiles<T>(_code: (value: T) => unknown): void {}

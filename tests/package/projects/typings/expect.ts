/** What the programs here claim of types; the compiler judges. */

/** `true` if both types are the same; `any` is the same as itself only. */
export type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends (<T>() => T extends B ? 1 : 2)
  ? true
  : false;

/**
 * `true` if an `A` may stand where a `B` is wanted, and is checked: for types that tell more on some
 * runtimes than on others, as a socket does, whose request differs.
 */
export type Fits<A, B> = 0 extends (1 & A) ? false : [A] extends [B] ? true : false;

/** Claims that a type is `true`: `expectType<Equal<A, B>>()`. */
export function expectType<_Claim extends true>(): void {}

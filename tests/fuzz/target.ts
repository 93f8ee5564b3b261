/**
 * What can be fuzzed: a decoder with the promise that it makes about any input.
 */

/** One decoder and its promise. */
export interface FuzzTarget {
  /** Also the name of its folder in `corpus/`. */
  readonly name: string;
  /** The promise in one sentence. */
  readonly promise: string;
  /** Pieces that get an input further than chance would: text, or bytes. */
  readonly dictionary: readonly (string | Uint8Array<ArrayBuffer>)[];
  /** Gives an input to the decoder. @throws when the promise is broken */
  run(input: Uint8Array<ArrayBuffer>): void | Promise<void>;
}

/** A promise that an input has broken. */
export class BrokenPromise extends Error {
  override readonly name = "BrokenPromise";
}

/** Holds if `condition` does. */
export function promised(condition: boolean, what: string): asserts condition {
  if (!condition) throw new BrokenPromise(what);
}

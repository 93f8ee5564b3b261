/**
 * The options of the msgpack parser, and their table.
 */
import { consoleLogger } from "../../base/log.ts";
import {
  integerRule,
  oneOfRule,
  type OptionTable,
  resolveOptions,
} from "../../base/option_rules.ts";
import { MAX_ENCODE_DEPTH } from "../../wire/limits.ts";

/** Options of the parser. */
export interface MsgpackOptions {
  /**
   * Levels of arrays and maps below the packet that a frame from a peer may have, 1 to 100,000. A
   * frame with more is a `LimitError`, and ends the session that it came from. The default is the
   * depth to which packets are written.
   *
   * @default {2000}
   */
  readonly maxDepth?: number;
  /**
   * Values that a frame from a peer may have, keys and values inside of others included, from 1 or
   * `Infinity`. Each piece of binary data, extensions included, counts as four; dates and `undefined`
   * as one. A frame with more is a `LimitError`, and ends the session that it came from. Each may hold
   * 80 bytes of memory. The default is as many as a frame of the default `maxHttpBufferSize` has bytes:
   * raise both together.
   *
   * @default {1000000}
   */
  readonly maxElements?: number;
  /**
   * How binary data that is no `Buffer` is written: an `ArrayBuffer`, a `Uint8Array` or another view.
   *
   * - `"bin"`: as a `Buffer` is. Clients on Node read a `Buffer`, those in browsers an `ArrayBuffer`,
   *   as with the default parser.
   * - `"ext"`: as the published parser does on Node, in an extension of its own. Clients on Node read
   *   an `ArrayBuffer`, while those in browsers read the array `[0, ArrayBuffer]`.
   *
   * @default {"bin"}
   */
  readonly binary?: "bin" | "ext";
}

/** The options with their defaults. */
export type ResolvedMsgpackOptions = Readonly<Required<MsgpackOptions>>;

/** The table of the parser's options. */
export const MSGPACK_OPTIONS: OptionTable<ResolvedMsgpackOptions> = {
  rules: {
    maxDepth: integerRule({ default: MAX_ENCODE_DEPTH, min: 1, max: 100_000, unit: "levels" }),
    maxElements: integerRule({ default: 1_000_000, min: 1, unit: "values", allowInfinity: true }),
    binary: oneOfRule({ values: ["bin", "ext"], default: "bin" }),
  },
};

/**
 * Checks options and fills in defaults.
 *
 * @throws {TypeError} when one is out of its range or has a name that is nearly known
 */
export function resolveMsgpackOptions(given: MsgpackOptions = {}): ResolvedMsgpackOptions {
  return resolveOptions("msgpackParser", MSGPACK_OPTIONS, given, consoleLogger().warn);
}

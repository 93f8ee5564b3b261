/**
 * The options of `io.drain()`.
 *
 * Invariants
 * - Each `@default` equals the default of its rule; a test compares them.
 */
import { utf8Length } from "../base/bytes.ts";
import {
  customRule,
  integerRule,
  type OptionTable,
  resolveKnownOptions,
  signalRule,
} from "../base/option_rules.ts";

/**
 * How a server is drained. Everything is optional.
 *
 * @example
 * ```ts
 * import { Server } from "@godwit/io";
 * import { assertEquals } from "@std/assert";
 *
 * const io = new Server();
 * const report = await io.drain({ timeout: 20_000, batch: 500, reason: "deploying 1.4.2" });
 * assertEquals(report, { closed: 0, forced: 0 });
 * ```
 */
export interface DrainOptions {
  /**
   * Time after which who is left is closed at once, in milliseconds, 0 to 2,147,483,647. For half of
   * it answers and queues are waited for; after three quarters of it everybody has been let go.
   *
   * @default {30_000}
   */
  readonly timeout?: number;
  /**
   * How many clients are let go within `jitter`, 1 or more, or `Infinity` for all at once. More go
   * when the timeout would not do otherwise.
   *
   * @default {100}
   */
  readonly batch?: number;
  /**
   * Time over which a batch is spread, one client after the other at random distances, in
   * milliseconds, 0 to 2,147,483,647.
   *
   * @default {1_000}
   */
  readonly jitter?: number;
  /**
   * Why, for people, 123 bytes of UTF-8 at most: the description in the `disconnect` event of each
   * socket, and the reason in the Close frame of each WebSocket, beside the code 1001. Clients that
   * poll are not told.
   *
   * @default {undefined}
   */
  readonly reason?: string;
  /**
   * Ends the wait when it aborts: who is left is closed at once, as after the timeout.
   *
   * @default {undefined}
   */
  readonly signal?: AbortSignal;
}

/** The options, checked, with their defaults. */
export type ResolvedDrainOptions =
  & Readonly<Required<Pick<DrainOptions, "timeout" | "batch" | "jitter">>>
  & { readonly [Name in "reason" | "signal"]: DrainOptions[Name] | undefined };

/** The longest wait that every runtime's timers can take, in milliseconds: 2^31 - 1. */
const MAX_MS = 2_147_483_647;

/** RFC 6455, section 5.5: a control frame holds 125 bytes, of which a code takes two. */
const MAX_REASON_BYTES = 123;

/** The rules of the options. */
export const DRAIN_OPTIONS: OptionTable<ResolvedDrainOptions> = {
  rules: {
    timeout: integerRule({ default: 30_000, min: 0, max: MAX_MS, unit: "ms" }),
    batch: integerRule({ default: 100, min: 1, unit: "clients", allowInfinity: true }),
    jitter: integerRule({ default: 1_000, min: 0, max: MAX_MS, unit: "ms" }),
    reason: customRule<string | undefined>({
      default: undefined,
      wanted: `a string of at most ${MAX_REASON_BYTES} bytes of UTF-8`,
      read: (value) =>
        typeof value === "string" && utf8Length(value) <= MAX_REASON_BYTES ? { value } : undefined,
    }),
    signal: signalRule(),
  },
};

/**
 * Checks options and fills in defaults.
 *
 * @throws {TypeError} when anything is wrong, a name that nobody knows included; the message lists all
 */
export function resolveDrainOptions(given: unknown): ResolvedDrainOptions {
  return resolveKnownOptions("drain()", DRAIN_OPTIONS, given);
}

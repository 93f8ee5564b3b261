/**
 * The options of calls that wait: `timeout()` and `drained()`.
 *
 * Invariants
 * - A name that nobody knows is a fault: a wait that goes on for ever is hard to find.
 */
import {
  customRule,
  type OptionTable,
  resolveKnownOptions,
  signalRule,
} from "../base/option_rules.ts";

/** What ends a wait before its time. */
interface Ending {
  readonly signal: AbortSignal | undefined;
}

/** What ends the wait for less. */
interface Draining extends Ending {
  readonly below: number | undefined;
}

const TIMEOUT: OptionTable<Ending> = { rules: { signal: signalRule() } };

const DRAINED: OptionTable<Draining> = {
  rules: {
    signal: signalRule(),
    below: customRule<number | undefined>({
      default: undefined,
      wanted: "a number of bytes from 0",
      read: (value) => typeof value === "number" && value >= 0 ? { value } : undefined,
    }),
  },
};

/**
 * The signal among the options of `timeout()`, if any.
 *
 * @throws TypeError when anything is wrong; the message lists it
 */
export function timeoutSignal(options: unknown): AbortSignal | undefined {
  // Most calls have none.
  if (options === undefined) return undefined;
  return resolveKnownOptions("timeout()", TIMEOUT, options).signal;
}

/**
 * The options of `drained()`.
 *
 * @throws TypeError when anything is wrong; the message lists it
 */
export function drainedOptions(options: unknown): Draining {
  return resolveKnownOptions("drained()", DRAINED, options);
}

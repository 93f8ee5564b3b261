/** What an intended difference to socket.io is. */
import type { Log } from "./log_edits.ts";
import type { Scenario } from "./scenario.ts";

/** One thing that differs on purpose. */
export interface Difference {
  readonly name: string;
  /** What the reference does. */
  readonly reference: string;
  /** What the package does. */
  readonly ours: string;
  /** Why that is better, or why nobody misses the other. */
  readonly why: string;
  /** A scenario whose logs differ. */
  readonly example: Scenario;
  /** Lines of the example that one side alone has, and that are the difference. */
  readonly shows?: Readonly<Partial<Record<"reference" | "ours", RegExp>>>;
  /** Makes the logs of both sides alike. */
  readonly alike?: (log: Log) => Log;
}

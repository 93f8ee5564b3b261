/**
 * What a server tells its operator: failures of users' code, advice, what was refused and limited.
 *
 * Invariants
 * - The logger is the user's, and is asked here alone; one that fails is passed over.
 */
import { Advice } from "../base/advice.ts";
import type { Clock } from "../base/clock.ts";
import { Incidents } from "../base/incidents.ts";
import { invoke } from "../base/invoke.ts";
import type { Logger } from "../base/log.ts";
import { HandlerErrors } from "./handler_errors.ts";
import { HandlerLines } from "./handler_lines.ts";

/** The ways to the operator of one server. */
export class Reports {
  /** What was refused, dropped, limited and ended. */
  readonly incidents: Incidents;
  /** Failures of users' code. */
  readonly errors: HandlerErrors;
  /** What to change, said once. */
  readonly advice: Advice;
  readonly #logger: Logger;

  constructor(logger: Logger, clock: Clock) {
    this.#logger = logger;
    const debug = (message: string): void => this.#tell("debug", message);
    this.incidents = new Incidents(clock, (message) => this.warn(message), debug);
    this.errors = new HandlerErrors(logger, this.incidents, new HandlerLines(clock));
    this.advice = new Advice((message) => this.warn(message));
  }

  /** Says something that somebody should look at. */
  warn(message: string): void {
    this.#tell("warn", message);
  }

  #tell(level: "debug" | "warn", message: string): void {
    invoke(() => this.#logger[level](message), undefined, [], "logger", this.errors, "logger");
  }
}

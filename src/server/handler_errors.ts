/**
 * What becomes of errors in users' code: told to their listeners of `handler_error`, or else printed.
 *
 * Invariants
 * - The namespace where it happened is told first, and the main one when nobody listens there.
 * - Listeners are told of every failure. A line says where the error came from, and holds text of peers
 *   quoted and cut; who has how many lines is up to `HandlerLines`.
 * - A listener of these errors that fails itself is only printed. A logger that fails itself, at once or
 *   later, is not asked again: the console gets both errors.
 * - Nothing here throws, whatever was thrown there: an error that cannot be printed is said to be one.
 * - Each failure is counted once, by the kind of code, never by the name of an event.
 */
import { quote, toError } from "../base/errors.ts";
import type { Incidents } from "../base/incidents.ts";
import { type HandlerErrorSink, type HandlerKind, invoke } from "../base/invoke.ts";
import { consoleLogger, type Logger } from "../base/log.ts";
import type { HandlerErrorContext } from "../socket/api.ts";
import type { Failure, HandlerErrorAnnouncer } from "../socket/ports.ts";
import type { FailingKind, HandlerLines } from "./handler_lines.ts";

/** The errors of one server's users. */
export class HandlerErrors implements HandlerErrorSink {
  /** The main namespace, as soon as it is there: an adapter may fail while it is being made. */
  main: HandlerErrorAnnouncer | undefined;
  readonly #logger: Logger;
  readonly #incidents: Incidents;
  readonly #lines: HandlerLines;

  constructor(logger: Logger, incidents: Incidents, lines: HandlerLines) {
    this.#logger = logger;
    this.#incidents = incidents;
    this.#lines = lines;
  }

  /** Users' code has failed that belongs to no namespace. */
  handlerFailed(error: unknown, event: string, kind?: HandlerKind): void {
    this.report(error, { event, kind });
  }

  /** Users' code has failed, in the main namespace where no other is named. */
  report(
    thrown: unknown,
    { kind = "listener", ...context }: Failure,
    namespace: HandlerErrorAnnouncer | undefined = this.main,
  ): void {
    const error = toError(thrown);
    this.#incidents.count("handler_errors", kind);
    const sink: HandlerErrorSink = {
      handlerFailed: (second, event) => {
        this.#incidents.count("handler_errors", "handler_error");
        this.#print(toError(second), "handler_error", { event });
      },
    };
    const isHeard = namespace?.announceHandlerError(error, context, sink) ||
      (namespace !== this.main && this.main?.announceHandlerError(error, context, sink));
    if (!isHeard) this.#print(error, kind, context);
  }

  #print(error: Error, kind: FailingKind, context: HandlerErrorContext): void {
    const { event, namespace, socketId } = context;
    const others = this.#lines.take(kind, event ?? "");
    if (others === undefined) return;
    const where = [
      event === undefined ? "" : ` for ${quote(event)}`,
      namespace === undefined ? "" : ` in namespace ${quote(namespace)}`,
      socketId === undefined ? "" : `, socket ${socketId}`,
    ].join("");
    const message = `A handler${where} failed${others}:`;
    const sink = {
      handlerFailed: (second: unknown): void => {
        this.#incidents.count("handler_errors", "logger");
        printLast(message, error, second);
      },
    };
    invoke(() => this.#logger.error(message, error), undefined, [], "logger", sink);
  }
}

/** The last one to tell is the console; errors may be of a kind that it cannot print. */
function printLast(message: string, ...errors: unknown[]): void {
  try {
    consoleLogger().error(message, ...errors);
  } catch {
    try {
      consoleLogger().error(`${message} an error that cannot be printed`);
    } catch {
      // Somebody has replaced the console by one that throws: there is nobody left to tell.
    }
  }
}

/**
 * What becomes of errors in users' code: told to their listeners of `handler_error`, or else printed.
 *
 * Invariants
 * - The namespace where it happened is told first, and the main one when nobody listens there.
 * - The line says where the error came from, and holds text of peers quoted and cut.
 * - A listener of these errors that fails itself is only printed. A logger that fails itself, at once or
 *   later, is not asked again: the console gets both errors.
 */
import { quote, toError } from "../base/errors.ts";
import type { Incidents } from "../base/incidents.ts";
import { type HandlerErrorSink, invoke } from "../base/invoke.ts";
import { consoleLogger, type Logger } from "../base/log.ts";
import type { HandlerErrorContext } from "../socket/api.ts";
import type { HandlerErrorAnnouncer } from "../socket/ports.ts";

/** The errors of one server's users. */
export class HandlerErrors implements HandlerErrorSink {
  /** The main namespace, as soon as it is there: an adapter may fail while it is being made. */
  main: HandlerErrorAnnouncer | undefined;
  readonly #logger: Logger;
  readonly #incidents: Incidents;

  constructor(logger: Logger, incidents: Incidents) {
    this.#logger = logger;
    this.#incidents = incidents;
  }

  /** Users' code has failed that belongs to no namespace. */
  handlerFailed(error: unknown, event: string): void {
    this.report(error, { event });
  }

  /** Users' code has failed, in the main namespace where no other is named. */
  report(
    thrown: unknown,
    context: HandlerErrorContext,
    namespace: HandlerErrorAnnouncer | undefined = this.main,
  ): void {
    const error = toError(thrown);
    this.#incidents.count("handler_errors", "handler");
    const sink: HandlerErrorSink = {
      handlerFailed: (second, event) => this.#print(toError(second), { event }),
    };
    const isHeard = namespace?.announceHandlerError(error, context, sink) ||
      (namespace !== this.main && this.main?.announceHandlerError(error, context, sink));
    if (!isHeard) this.#print(error, context);
  }

  #print(error: Error, { event, namespace, socketId }: HandlerErrorContext): void {
    const where = [
      event === undefined ? "" : ` for ${quote(event)}`,
      namespace === undefined ? "" : ` in namespace ${quote(namespace)}`,
      socketId === undefined ? "" : `, socket ${socketId}`,
    ].join("");
    const message = `A handler${where} failed:`;
    const sink = {
      handlerFailed: (second: unknown): void => consoleLogger().error(message, error, second),
    };
    invoke(() => this.#logger.error(message, error), undefined, [], "logger", sink);
  }
}

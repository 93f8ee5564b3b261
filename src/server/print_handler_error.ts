/**
 * What is printed of an error in users' code, when nobody listens to `handler_error`.
 *
 * Invariants
 * - The line says where the error came from, and holds text of peers quoted and cut.
 * - A logger that fails itself, at once or later, is not asked again: the console gets both errors.
 */
import { quote } from "../base/errors.ts";
import { invoke } from "../base/invoke.ts";
import { consoleLogger, type Logger } from "../base/log.ts";
import type { HandlerErrorContext } from "../socket/api.ts";

/** Prints an error of a user's code, with its stack. */
export function printHandlerError(
  logger: Logger,
  error: Error,
  { event, namespace, socketId }: HandlerErrorContext,
): void {
  const where = [
    event === undefined ? "" : ` for ${quote(event)}`,
    namespace === undefined ? "" : ` in namespace ${quote(namespace)}`,
    socketId === undefined ? "" : `, socket ${socketId}`,
  ].join("");
  const message = `A handler${where} failed:`;
  const sink = {
    handlerFailed: (second: unknown): void => consoleLogger().error(message, error, second),
  };
  invoke(() => logger.error(message, error), undefined, [], "logger", sink);
}

/**
 * The check of how a socket's events are run beside one another: the types are in `api.ts`.
 */
import { describeValue } from "../base/errors.ts";
import type { HandlerMode } from "./api.ts";

/** What a mode must be; follows "must be". */
export const HANDLER_MODE_WANTED = '"concurrent", "serial" or a function that gives a key';

/** Whether a value is a mode. */
export function isHandlerMode(value: unknown): value is HandlerMode {
  return value === "concurrent" || value === "serial" || typeof value === "function";
}

/**
 * Refuses what is no mode.
 *
 * @throws TypeError when it is not one
 */
export function checkHandlerMode(mode: HandlerMode): HandlerMode {
  if (isHandlerMode(mode)) return mode;
  throw new TypeError(
    `Cannot set handlerMode: must be ${HANDLER_MODE_WANTED}, found ${describeValue(mode)}`,
  );
}

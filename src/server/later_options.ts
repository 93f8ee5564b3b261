/**
 * Options that come after the constructor, with an HTTP server that a server is attached to.
 *
 * Invariants
 * - What belongs to the namespaces, which are there from the constructor on, cannot come later.
 */
import type { ResolvedOptions } from "./options.ts";

const CONSTRUCTOR_ONLY: ReadonlySet<string> = new Set([
  "adapter",
  "cleanupEmptyChildNamespaces",
  "connectTimeout",
  "handlerMode",
  "limits",
  "logger",
  "maxAttachments",
  "maxAttachmentsBytes",
  "maxDynamicNamespaces",
  "maxNamespaces",
  "maxPendingAcks",
  "maxPendingEvents",
  "maxPendingSessions",
  "maxRoomsPerSocket",
  "parser",
]);

/**
 * Refuses options that have to be given to the constructor.
 *
 * @throws {TypeError} which names them
 */
export function checkLaterOptions(later: object): void {
  const late = Object.entries(later)
    .filter(([name, value]) => CONSTRUCTOR_ONLY.has(name) && value !== undefined)
    .map(([name]) => name);
  if (late.length === 0) return;
  throw new TypeError(`Cannot attach: give ${late.join(", ")} to the constructor of Server`);
}

/** Those of the options that were given: an option whose value is `undefined` was not. */
export function pickGiven(
  resolved: Readonly<ResolvedOptions>,
  given: object,
): Partial<ResolvedOptions> {
  const names = new Set(
    Object.entries(given).flatMap(([name, value]) => value === undefined ? [] : [name]),
  );
  return Object.fromEntries(Object.entries(resolved).filter(([name]) => names.has(name)));
}

/**
 * What one socket may hold, and the errors of those who ask for more: the user's code, on whose behalf
 * everything here grows.
 *
 * Invariants
 * - A refusal changes nothing: it comes before anything is added.
 */
import { StateError } from "../base/errors.ts";

/** What one socket may hold. */
export interface SocketLimits {
  /** Acknowledgements that its client owes. */
  readonly maxPendingAcks: number;
  /** Rooms that it is in. */
  readonly maxRoomsPerSocket: number;
}

/**
 * Checks that another acknowledgement may be awaited beside `pending` ones.
 *
 * @throws StateError when there are as many as may be
 */
export function checkPendingAcks(pending: number, { maxPendingAcks }: SocketLimits): void {
  if (pending < maxPendingAcks) return;
  throw new StateError(
    `Cannot await acknowledgement: maxPendingAcks is ${maxPendingAcks}, found ${pending} awaited`,
  );
}

/**
 * Checks that a socket in these rooms may join those.
 *
 * @throws StateError when it would be in too many
 */
export function checkRooms(
  rooms: ReadonlySet<string>,
  wanted: ReadonlySet<string>,
  { maxRoomsPerSocket }: SocketLimits,
): void {
  if (rooms.size + wanted.size <= maxRoomsPerSocket) return;
  const { size } = new Set([...rooms, ...wanted]);
  if (size <= maxRoomsPerSocket) return;
  throw new StateError(
    `Cannot join rooms: maxRoomsPerSocket is ${maxRoomsPerSocket}, found ${size}`,
  );
}

/** The error of rooms that are above the limit of joins. */
export function joinsExceeded(retryAfterMs: number): StateError {
  return new StateError(
    `Cannot join rooms: limits.joins is exceeded, there is room again in ${retryAfterMs} ms`,
    { code: "limit-exceeded" },
  );
}

/**
 * What one socket may hold, and the errors of those who ask for more: the user's code, on whose behalf
 * everything here grows.
 *
 * Invariants
 * - A refusal changes nothing: it comes before anything is added.
 */
import { StateError } from "../base/errors.ts";
import type { Incidents } from "../base/incidents.ts";
import type { Excess, LinkAccount } from "../engine/ports.ts";
import type { BufferPolicy } from "../session/ports.ts";
import type { LaneLimits } from "./event_lanes.ts";

/** What one socket may hold. */
export interface SocketLimits extends LaneLimits {
  /** Acknowledgements that its client owes. */
  readonly maxPendingAcks: number;
  /** Rooms that it is in. */
  readonly maxRoomsPerSocket: number;
  /** Bytes that may wait for its client, unless it or its namespace has a limit of its own. */
  readonly maxBufferedBytes: number;
  /** Packets that may wait for it, likewise. */
  readonly maxBufferedPackets: number;
  /** What happens above that, likewise. */
  readonly bufferPolicy: BufferPolicy;
}

/** The limits, and where it is counted that one was met. */
export interface LimitContext {
  readonly limits: SocketLimits;
  readonly incidents: Incidents;
}

/**
 * Checks that another acknowledgement may be awaited beside `pending` ones.
 *
 * @throws StateError when there are as many as may be
 */
export function checkPendingAcks(pending: number, { limits, incidents }: LimitContext): void {
  const { maxPendingAcks } = limits;
  if (pending < maxPendingAcks) return;
  incidents.report("limits_exceeded", "maxPendingAcks", () => "an emit that asks has thrown");
  throw new StateError(
    `Cannot await acknowledgement: maxPendingAcks is ${maxPendingAcks}, found ${pending} awaited`,
  );
}

/** Charges for the rooms that a socket is not in yet; gives the limit that they are above, if any. */
export function chargeRooms(
  account: LinkAccount,
  wanted: ReadonlySet<string>,
  rooms: ReadonlySet<string>,
): Excess | undefined {
  let added = 0;
  for (const room of wanted) if (!rooms.has(room)) added++;
  return added === 0 ? undefined : account.charge("joins", added);
}

/**
 * Checks that a socket in these rooms may join those.
 *
 * @throws StateError when it would be in too many
 */
export function checkRooms(
  rooms: ReadonlySet<string>,
  wanted: ReadonlySet<string>,
  { limits: { maxRoomsPerSocket }, incidents }: LimitContext,
): void {
  if (rooms.size + wanted.size <= maxRoomsPerSocket) return;
  const { size } = new Set([...rooms, ...wanted]);
  if (size <= maxRoomsPerSocket) return;
  incidents.report("limits_exceeded", "maxRoomsPerSocket", () => "a join has thrown");
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

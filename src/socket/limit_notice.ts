/**
 * What a client is told that is above one of the `limits`.
 *
 * Invariants
 * - It is an event, so that published clients can listen to it; clients never need it.
 */
import type { Excess, LimitName } from "../engine/ports.ts";

/** The event, which a client may listen to. */
export const LIMIT_EXCEEDED = "limit_exceeded";

/**
 * What comes with the event `limit_exceeded`, and as `data` with the refusal of a namespace.
 *
 * @example
 * ```ts
 * import type { DefaultEventsMap, LimitNotice } from "@godwit/io";
 *
 * // the events of a client, with this one among them
 * interface ServerToClientEvents extends DefaultEventsMap {
 *   "limit_exceeded": (notice: LimitNotice) => void;
 * }
 *
 * const onLimit: ServerToClientEvents["limit_exceeded"] = ({ limit, retryAfter }) => {
 *   console.log(`${limit}: again in ${retryAfter} ms`);
 * };
 * onLimit({ limit: "events", retryAfter: 250 });
 * ```
 */
export interface LimitNotice {
  /** Which of the limits. */
  readonly limit: LimitName;
  /** Milliseconds after which the same would be taken. */
  readonly retryAfter: number;
}

/** What a client is told of an excess. */
export function noticeOf({ limit, retryAfterMs }: Excess): LimitNotice {
  return { limit, retryAfter: retryAfterMs };
}

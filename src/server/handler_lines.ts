/**
 * Which failures of users' code have a line in the log: enough to see each of them, and no flood.
 *
 * Owns: the quotas by kind of code and event (`#quota` adds, `#forget` takes away those that are over).
 *
 * Invariants
 * - The first `LINES_A_MINUTE` failures of one kind of code in one event have a line; the last of them says
 *   that the next ones are only counted, and the next line after a minute how many those were.
 * - Of `MAX_EVENTS` events at most each has lines of its own; while there are so many, further ones share
 *   those of their kind. Events may have names that peers choose, where a listener hears all of them.
 * - Of a name no more than `MAX_NAME` characters are kept; events that begin so share their lines.
 */
import type { Clock } from "../base/clock.ts";
import type { HandlerKind } from "../base/invoke.ts";
import { describeUntold, LineQuota } from "../base/line_quota.ts";

/** Kinds of code that fail; the last one is a listener of failures. */
export type FailingKind = HandlerKind | "handler_error";

/** Lines a minute for one kind of code in one event. */
const LINES_A_MINUTE = 10;

/** Events that have lines of their own. */
const MAX_EVENTS = 100;

/** Characters of an event's name that tell it from others. */
const MAX_NAME = 64;

/** Who decides whether a failure is printed. */
export class HandlerLines {
  readonly #clock: Clock;
  readonly #own = new Map<string, { readonly kind: FailingKind; readonly quota: LineQuota }>();
  readonly #shared = new Map<FailingKind, LineQuota>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * Code has failed.
   *
   * @returns what its line says of other failures; nothing when it has no line
   */
  take(kind: FailingKind, event: string): string | undefined {
    const now = this.#clock.now();
    const line = this.#quota(kind, event, now).take(now);
    if (line === undefined) return undefined;
    const next = line.isLast ? " (the next ones within a minute are only counted)" : "";
    return `${describeUntold(line.untold)}${next}`;
  }

  #quota(kind: FailingKind, event: string, now: number): LineQuota {
    const key = `${kind} ${event.slice(0, MAX_NAME)}`;
    const known = this.#own.get(key)?.quota;
    if (known !== undefined) return known;
    if (this.#own.size >= MAX_EVENTS) this.#forget(now);
    if (this.#own.size >= MAX_EVENTS) return this.#sharedOf(kind);
    const quota = new LineQuota(LINES_A_MINUTE);
    this.#own.set(key, { kind, quota });
    return quota;
  }

  /** What they have not told is told by those of their kind. */
  #forget(now: number): void {
    for (const [key, { kind, quota }] of this.#own) {
      if (!quota.isOver(now)) continue;
      this.#own.delete(key);
      this.#sharedOf(kind).inherit(quota);
    }
  }

  #sharedOf(kind: FailingKind): LineQuota {
    let quota = this.#shared.get(kind);
    if (quota === undefined) this.#shared.set(kind, quota = new LineQuota(LINES_A_MINUTE));
    return quota;
  }
}

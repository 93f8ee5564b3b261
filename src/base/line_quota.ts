/**
 * How often one subject may be told of in a log: so many lines in a minute, and how many had none.
 *
 * Invariants
 * - There are at most `lines` within `LINE_WINDOW_MS` of the first of them.
 * - Whatever had no line is counted in the next one. No timer runs for that.
 */

/** Time in which lines of one subject are counted, in milliseconds. */
export const LINE_WINDOW_MS = 60_000;

/** A line may be written. */
export interface LineGrant {
  /** How often there was no line since the last one. */
  readonly untold: number;
  /** Whether there will be none for the rest of the time. */
  readonly isLast: boolean;
}

/** The lines of one subject. */
export class LineQuota {
  readonly #lines: number;
  #left = 0;
  #until = -Infinity;
  #untold = 0;

  /** @param lines how many may be written in a window */
  constructor(lines: number) {
    this.#lines = lines;
  }

  /**
   * Something is to be told.
   *
   * @param now the time on the server's clock, in milliseconds
   * @returns nothing when it may not be
   */
  take(now: number): LineGrant | undefined {
    if (now >= this.#until) {
      this.#left = this.#lines;
      this.#until = now + LINE_WINDOW_MS;
    }
    if (this.#left === 0) {
      this.pass();
      return undefined;
    }
    const untold = this.#untold;
    this.#untold = 0;
    this.#left--;
    return { untold, isLast: this.#left === 0 };
  }

  /** Something happens that has no line of its own. */
  pass(): void {
    this.#untold++;
  }

  /** Whether a new one in its place would grant the same lines. */
  isOver(now: number): boolean {
    return now >= this.#until;
  }

  /** Takes over what another one, which is forgotten, has not told. */
  inherit(other: LineQuota): void {
    this.#untold += other.#untold;
    other.#untold = 0;
  }
}

/** What a line says of those that were not written; nothing when there were none. */
export function describeUntold(untold: number): string {
  return untold > 0 ? ` (${untold} more since the last such line)` : "";
}

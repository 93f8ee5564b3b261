/**
 * What one connection makes this process hold, in bytes, against its one budget.
 *
 * Invariants
 * - `heldBytes` is the sum of what was held and not released, and 0 once the connection has ended; it
 *   is never negative.
 * - What would not fit is not held: a refusal changes nothing.
 * - What waits to be sent is judged, not refused: a burst may be of any size, see `nextAllowance`. It
 *   takes at most half of the budget from what comes in, so that a peer that reads a burst may go on
 *   sending.
 */
import { LimitError } from "../base/errors.ts";
import { nextAllowance } from "./allowance.ts";
import type { MemoryBudget } from "./ports.ts";

/** The name of the limit, as the option is named. */
export const MAX_CONNECTION_MEMORY = "maxConnectionMemory";

/** The budget of one connection. */
export class ConnectionMemory implements MemoryBudget {
  readonly #maxBytes: number;
  #allowedBytes: number;
  #heldBytes = 0;
  #outboundBytes = 0;
  #hasEnded = false;

  /** @param maxBytes the most bytes that may be held, from 1 or `Infinity` */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
    this.#allowedBytes = maxBytes;
  }

  /** Bytes of what has come from the peer and is held. */
  get heldBytes(): number {
    return this.#heldBytes;
  }

  hold(bytes: number): boolean {
    if (this.#charged + bytes > this.#maxBytes) return false;
    if (!this.#hasEnded) this.#heldBytes += bytes;
    return true;
  }

  release(bytes: number): void {
    if (!this.#hasEnded) this.#heldBytes -= bytes;
  }

  excess(bytes: number): LimitError {
    // Nothing was malformed: there is no room for it.
    const closeReason = "transport error";
    const found = this.#charged + bytes;
    return new LimitError(MAX_CONNECTION_MEMORY, this.#maxBytes, found, { closeReason });
  }

  /**
   * Judges the peer after a flush.
   *
   * @param outboundBytes what waits to be sent, here and in the runtime
   * @returns false when it has fallen too far behind
   */
  keepsUp(outboundBytes: number): boolean {
    this.#outboundBytes = outboundBytes;
    const left = this.#heldBytes + outboundBytes;
    this.#allowedBytes = nextAllowance(left, this.#maxBytes, this.#allowedBytes);
    return left <= this.#allowedBytes;
  }

  get #charged(): number {
    return this.#heldBytes + Math.min(this.#outboundBytes, this.#maxBytes / 2);
  }

  /** The connection is over: everything is free, and stays so. */
  end(): void {
    this.#hasEnded = true;
    this.#heldBytes = 0;
    this.#outboundBytes = 0;
  }
}

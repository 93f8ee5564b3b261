/**
 * What a runtime was handed and has not sent yet, by the lane that it is from, in order.
 *
 * A runtime tells how many bytes it still has, not whose. It sends in order, so they are the last that
 * it was handed.
 *
 * Invariants
 * - Each lane knows the sum of its own bytes here.
 * - There is one entry for all that one lane hands over in a row.
 */
import { Deque } from "../base/deque.ts";

/** Who counts what the runtime has of it. */
export interface HandingLane {
  /** So many bytes more were handed over. */
  handed(bytes: number): void;
  /** So many bytes less are on their way. */
  sent(bytes: number): void;
}

interface Entry {
  readonly lane: HandingLane;
  bytes: number;
}

/** What one connection was handed. */
export class HandedLog {
  readonly #entries = new Deque<Entry>();
  #last: Entry | undefined;
  #bytes = 0;

  /** A packet was handed to the transport. */
  add(lane: HandingLane, bytes: number): void {
    this.#bytes += bytes;
    lane.handed(bytes);
    if (this.#last?.lane === lane) {
      this.#last.bytes += bytes;
    } else {
      this.#last = { lane, bytes };
      this.#entries.push(this.#last);
    }
  }

  /** The runtime has so many bytes left: takes the others off. */
  trim(unsent: number): void {
    while (this.#bytes > unsent) {
      const first = this.#entries.peek();
      if (first === undefined) return;
      const sent = Math.min(first.bytes, this.#bytes - unsent);
      first.bytes -= sent;
      this.#bytes -= sent;
      first.lane.sent(sent);
      if (first.bytes > 0) return;
      this.#entries.shift();
    }
    if (this.#entries.length === 0) this.#last = undefined;
  }
}

/**
 * What a session has still to send, counted in bytes, and whether its peer reads.
 *
 * Invariants
 * - `bytes` is the sum of the `byteLength` of the entries, whatever was pushed and shifted.
 * - An entry is a whole packet: an event leaves with all its attachments or not at all.
 * - Entries leave in the order in which they came.
 * - What one turn pushes may be of any size. Once more than `maxBufferedBytes` is left after a flush,
 *   the peer may fall behind by that much again while it reads, and not further; so a peer that does
 *   not read costs one turn's burst and twice the limit at most.
 */
import { Deque } from "../base/deque.ts";
import type { EncodedPacket } from "../wire/encoded_packet.ts";

/** What a packet costs beside its bytes: itself, its wire forms, its place in the queue; measured. */
const ENTRY_OVERHEAD_BYTES = 200;

/** Packets whose overhead is not counted: a small queue is small. */
const FREE_ENTRIES = 1_000;

/** A first-in, first-out queue of encoded packets that knows its size in bytes. */
export class SendQueue {
  readonly #entries = new Deque<EncodedPacket>();
  readonly #maxBufferedBytes: number;
  #allowedBytes: number;
  #bytes = 0;

  /** @param maxBufferedBytes bytes that may wait for a peer that had the chance to read them */
  constructor(maxBufferedBytes: number) {
    this.#maxBufferedBytes = maxBufferedBytes;
    this.#allowedBytes = maxBufferedBytes;
  }

  /** Bytes that wait, as they would count on a WebSocket. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Packets that wait. */
  get length(): number {
    return this.#entries.length;
  }

  /** Adds a packet at the end. */
  push(packet: EncodedPacket): void {
    this.#entries.push(packet);
    this.#bytes += packet.byteLength;
  }

  /** The packet that leaves next, if any. */
  peek(): EncodedPacket | undefined {
    return this.#entries.peek();
  }

  /** Takes the packet that leaves next, if any. */
  shift(): EncodedPacket | undefined {
    const packet = this.#entries.shift();
    if (packet === undefined) return undefined;
    this.#bytes -= packet.byteLength;
    if (this.#entries.length === 0) this.#allowedBytes = this.#maxBufferedBytes;
    return packet;
  }

  /**
   * Judges the peer after a flush. Above `FREE_ENTRIES`, each packet that waits counts
   * `ENTRY_OVERHEAD_BYTES` more than its bytes: many small ones cost more memory than they have bytes.
   *
   * @param handedOver what the runtime has taken and not sent, in bytes, overhead included
   * @returns false when the peer has fallen too far behind
   */
  keepsUp(handedOver: number): boolean {
    const counted = Math.max(0, this.length - FREE_ENTRIES) * ENTRY_OVERHEAD_BYTES;
    const left = this.#bytes + counted + handedOver;
    if (left <= this.#maxBufferedBytes) {
      this.#allowedBytes = this.#maxBufferedBytes;
    } else if (this.#allowedBytes === this.#maxBufferedBytes) {
      this.#allowedBytes = left + this.#maxBufferedBytes;
    }
    return left <= this.#allowedBytes;
  }

  /** Forgets everything. */
  clear(): void {
    this.#entries.clear();
    this.#bytes = 0;
  }
}

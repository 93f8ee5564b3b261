/**
 * A part of what waits to be sent on one connection: what one socket, or all others, have sent.
 *
 * Invariants
 * - `bytes` and `packets` are those of the entries that wait and belong to the lane.
 * - With a policy that drops, no more than the limits is left after a judgement, but for what must not
 *   be dropped, and for a packet that waits alone.
 * - A lane of which nothing waits is no reason to let go of a peer, whatever the runtime has of it.
 * - A lane that is closed takes nothing more, and counts by its own limits until it is empty: what waits
 *   in it is no burden of others.
 */
import { Deque } from "../base/deque.ts";
import type { EncodedPacket } from "../wire/encoded_packet.ts";
import { nextAllowance } from "./allowance.ts";
import type { HandingLane } from "./handed_log.ts";
import type { BufferLimitName, BufferLimits, Lane } from "./ports.ts";

/** What a packet costs beside its bytes: itself, its wire forms, its place in the queue; measured. */
const ENTRY_OVERHEAD_BYTES = 200;

/** Packets whose overhead is not counted: a small queue is small. */
const FREE_ENTRIES = 1_000;

/** An entry of the queue that knows its lane. */
export interface LanedPacket {
  /** Undefined once it was dropped. */
  packet: EncodedPacket | undefined;
  readonly lane: SendLane;
}

/** What a lane asks of the queue that it is a part of. */
export interface LaneHome {
  /** Takes an entry out of the queue. */
  drop(entry: LanedPacket): void;
  /** The limits of a lane have changed. */
  limitsChanged(): void;
  /** A lane takes nothing more: gives the one that what is pushed to it counts for from now on. */
  closed(lane: SendLane): SendLane;
}

/** Bytes that count: above `FREE_ENTRIES`, many small packets cost more memory than they have bytes. */
export function countedBytes(bytes: number, packets: number): number {
  return bytes + Math.max(0, packets - FREE_ENTRIES) * ENTRY_OVERHEAD_BYTES;
}

/** A lane of a `SendQueue`. */
export class SendLane implements Lane, HandingLane {
  readonly #home: LaneHome;
  #limits: BufferLimits;
  #allowedBytes: number;
  #allowedPackets: number;
  #bytes = 0;
  #packets = 0;
  /** What the runtime has of it; counted as long as the queue has other lanes. */
  #handedBytes = 0;
  /** What may be dropped, in order. */
  #droppable: Deque<LanedPacket> | undefined;
  #heir: SendLane | undefined;

  constructor(limits: BufferLimits, home: LaneHome) {
    this.#home = home;
    this.#limits = limits;
    this.#allowedBytes = limits.maxBytes;
    this.#allowedPackets = limits.maxPackets;
  }

  get limits(): BufferLimits {
    return this.#limits;
  }

  /** The lane that counts what was pushed to this one. */
  get owner(): SendLane {
    return this.#heir ?? this;
  }

  /** Whether entries may have to be found again. */
  get drops(): boolean {
    return this.#limits.policy !== "close";
  }

  /** Bytes that wait in it. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Packets that wait in it. */
  get packets(): number {
    return this.#packets;
  }

  limit(limits: BufferLimits): void {
    if (this.#heir !== undefined) return;
    this.#limits = limits;
    this.#beginAnew();
    this.#home.limitsChanged();
  }

  close(): void {
    if (this.#heir !== undefined) return;
    this.#heir = this.#home.closed(this);
  }

  /** Whether nothing is in it, nor will be. */
  get isOver(): boolean {
    return this.#heir !== undefined && this.#packets === 0;
  }

  /** A packet waits. */
  added(bytes: number): void {
    this.#bytes += bytes;
    this.#packets++;
  }

  /** An entry waits that may be dropped. */
  addDroppable(entry: LanedPacket): void {
    this.#droppable ??= new Deque();
    this.#droppable.push(entry);
  }

  /** A packet waits no more: it leaves, or was dropped. After the last one a burst may be of any size. */
  removed(bytes: number): void {
    this.#bytes -= bytes;
    this.#packets--;
    if (this.#packets === 0) this.#beginAnew();
  }

  /** An entry leaves, which is the first of those that wait. */
  left(entry: LanedPacket): void {
    if (this.#droppable?.peek() === entry) this.#droppable.shift();
  }

  handed(bytes: number): void {
    this.#handedBytes += bytes;
  }

  sent(bytes: number): void {
    this.#handedBytes -= bytes;
  }

  /** What was pushed is forgotten. */
  clear(): void {
    this.#bytes = 0;
    this.#packets = 0;
    this.#droppable = undefined;
  }

  /**
   * Drops what the policy says, and judges the peer by what is left.
   *
   * @param handedOver what the runtime has taken and not sent, in bytes
   * @param isAlone whether all of that is this lane's
   * @returns the limit over which the peer has fallen too far behind, if any
   */
  judge(handedOver: number, isAlone: boolean): BufferLimitName | undefined {
    const share = isAlone ? handedOver : Math.min(handedOver, this.#handedBytes);
    if (this.drops) this.#drop(share);
    // What the runtime has of it is no more than a mark, or one packet.
    if (this.#packets === 0) return undefined;
    const left = countedBytes(this.#bytes, this.#packets) + share;
    const { maxBytes, maxPackets } = this.#limits;
    this.#allowedBytes = nextAllowance(left, maxBytes, this.#allowedBytes);
    if (left > this.#allowedBytes) return "maxBufferedBytes";
    this.#allowedPackets = nextAllowance(this.#packets, maxPackets, this.#allowedPackets);
    return this.#packets > this.#allowedPackets ? "maxBufferedPackets" : undefined;
  }

  #beginAnew(): void {
    this.#allowedBytes = this.#limits.maxBytes;
    this.#allowedPackets = this.#limits.maxPackets;
  }

  #drop(share: number): void {
    const { maxBytes, maxPackets, policy } = this.#limits;
    while (
      countedBytes(this.#bytes, this.#packets) + share > maxBytes || this.#packets > maxPackets
    ) {
      // Or else what is larger than the limit would never be sent to anybody.
      if (this.#packets === 1 && share === 0) return;
      const entry = policy === "dropOldest" ? this.#droppable?.shift() : this.#droppable?.pop();
      if (entry === undefined) return;
      this.#home.drop(entry);
    }
  }
}

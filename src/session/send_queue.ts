/**
 * What a session has still to send, counted in bytes, and whether its peer reads.
 *
 * Invariants
 * - `bytes` is the sum of the `byteLength` of the entries, whatever was pushed, shifted and dropped.
 * - An entry is a whole packet: an event leaves with all its attachments or not at all.
 * - Entries leave in the order in which they came, whatever lane they are in.
 * - With `close`, what one turn pushes may be of any size. Once more than a limit is left after a flush,
 *   the peer may fall behind by that much again while it reads, and not further; so a peer that does not
 *   read costs one turn's burst and twice the limit at most.
 * - With a policy that drops, no more than a limit is left after a flush, but for what must not be
 *   dropped.
 * - A lane that never drops has bare packets as entries, unless it has limits of its own. The place of
 *   a packet that was dropped stays until it comes to the front, or until such places are the most.
 */
import { Deque } from "../base/deque.ts";
import { EncodedPacket } from "../wire/encoded_packet.ts";
import { HandedLog } from "./handed_log.ts";
import type { BufferLimitName, BufferLimits, DropPolicy, Lane } from "./ports.ts";
import { countedBytes, type LanedPacket, type LaneHome, SendLane } from "./send_lane.ts";

/** Places of dropped packets that are not worth a clearing. */
const FREE_PLACES = 64;

const NO_LANES: readonly SendLane[] = [];

/**
 * Bytes above which a runtime is handed nothing more. Where events are dropped, half of the limit is left
 * for what waits here: of what a runtime has, nothing can be dropped, and it is the oldest.
 */
function markOf({ maxBytes, policy }: BufferLimits): number {
  return policy === "close" ? maxBytes : Math.ceil(maxBytes / 2);
}

/** Told of each packet that is dropped; must not come back to the queue. */
export type OnDrop = (packet: EncodedPacket, policy: DropPolicy) => void;

/** A first-in, first-out queue of encoded packets that knows its size in bytes. */
export class SendQueue implements LaneHome {
  #entries = new Deque<EncodedPacket | LanedPacket>();
  readonly #onDrop: OnDrop;
  /** Of all that has no lane of its own. */
  readonly #common: SendLane;
  /** Those that are open, or not empty; nothing when there are none. */
  #lanes: Set<SendLane> | undefined;
  /** As long as there are lanes. */
  #handed: HandedLog | undefined;
  #markBytes = Infinity;
  #bytes = 0;
  #length = 0;

  /** @param limits what may wait for a peer that had the chance to read it, without a lane of its own */
  constructor(limits: BufferLimits, onDrop: OnDrop = () => {}) {
    this.#onDrop = onDrop;
    this.#common = new SendLane(limits, this);
  }

  /** Bytes that wait, as they would count on a WebSocket. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Bytes that wait, with what many small packets cost beside. */
  get countedBytes(): number {
    return countedBytes(this.#bytes, this.#length);
  }

  /** Packets that wait. */
  get length(): number {
    return this.#length;
  }

  /** Bytes above which a transport is to be handed nothing more: the smallest mark of a lane. */
  get markBytes(): number {
    return this.#markBytes;
  }

  /** Opens a lane with limits of its own. */
  open(limits: BufferLimits): Lane {
    const lane = new SendLane(limits, this);
    this.#lanes ??= new Set();
    this.#lanes.add(lane);
    this.#handed ??= new HandedLog();
    this.limitsChanged();
    return lane;
  }

  /**
   * Adds a packet at the end.
   *
   * @param given a lane that this queue has opened; by default that of all others
   */
  push(packet: EncodedPacket, given?: Lane): void {
    const { byteLength } = packet;
    // Lanes are made by `open` alone.
    const lane = given === undefined ? this.#common : (given as SendLane).owner;
    this.#bytes += byteLength;
    this.#length++;
    lane.added(byteLength);
    if (lane === this.#common && !lane.drops) return this.#entries.push(packet);
    const entry: LanedPacket = { packet, lane };
    this.#entries.push(entry);
    if (packet.isEvent) lane.addDroppable(entry);
  }

  /** The packet that leaves next, if any. */
  peek(): EncodedPacket | undefined {
    for (;;) {
      const entry = this.#entries.peek();
      if (entry === undefined || entry instanceof EncodedPacket) return entry;
      if (entry.packet !== undefined) return entry.packet;
      this.#entries.shift();
    }
  }

  /** Takes the packet that leaves next, if any. */
  shift(): EncodedPacket | undefined {
    const packet = this.peek();
    const entry = this.#entries.shift();
    if (packet === undefined || entry === undefined) return undefined;
    let lane = this.#common;
    if (!(entry instanceof EncodedPacket)) {
      lane = entry.lane;
      lane.left(entry);
    }
    this.#handed?.add(lane, packet.byteLength);
    this.#remove(packet, lane);
    return packet;
  }

  /** Learns what a transport has sent of what it was handed: all but its `bufferedAmount`. */
  learnSent(transport: { readonly bufferedAmount: number }): void {
    if (this.#handed !== undefined) this.#handed.trim(transport.bufferedAmount);
  }

  /**
   * Judges the peer after a flush, and drops what is to be dropped.
   *
   * @param handedOver what the runtime has taken and not sent, in bytes, overhead included
   * @returns the limit over which the peer has fallen too far behind, if any
   */
  judge(handedOver: number): BufferLimitName | undefined {
    if (this.#lanes === undefined) return this.#common.judge(handedOver, true);
    for (const lane of this.#all()) {
      const limit = lane.judge(handedOver, false);
      if (limit !== undefined) return limit;
    }
    return undefined;
  }

  /** Forgets everything. */
  clear(): void {
    this.#entries.clear();
    this.#bytes = 0;
    this.#length = 0;
    for (const lane of this.#all()) lane.clear();
  }

  drop(entry: LanedPacket): void {
    const { packet, lane } = entry;
    const { policy } = lane.limits;
    if (packet === undefined || policy === "close") return;
    entry.packet = undefined;
    this.#remove(packet, lane);
    if (this.#entries.length > 2 * this.#length + FREE_PLACES) this.#clearPlaces();
    this.#onDrop(packet, policy);
  }

  limitsChanged(): void {
    this.#markBytes = Infinity;
    for (const { limits } of this.#lanes ?? NO_LANES) {
      this.#markBytes = Math.min(this.#markBytes, markOf(limits));
    }
  }

  closed(lane: SendLane): SendLane {
    if (lane.packets === 0) this.#forget(lane);
    return this.#common;
  }

  #forget(lane: SendLane): void {
    this.#lanes?.delete(lane);
    if (this.#lanes?.size === 0) {
      this.#lanes = undefined;
      this.#handed?.trim(0);
      this.#handed = undefined;
    }
    this.limitsChanged();
  }

  #remove({ byteLength }: EncodedPacket, lane: SendLane): void {
    this.#bytes -= byteLength;
    this.#length--;
    lane.removed(byteLength);
    if (lane.isOver) this.#forget(lane);
  }

  #clearPlaces(): void {
    const entries = new Deque<EncodedPacket | LanedPacket>();
    for (const entry of this.#entries) {
      if (entry instanceof EncodedPacket || entry.packet !== undefined) entries.push(entry);
    }
    this.#entries = entries;
  }

  *#all(): Generator<SendLane> {
    yield this.#common;
    yield* this.#lanes ?? NO_LANES;
  }
}

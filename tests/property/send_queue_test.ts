/**
 * The send queue beside a naive one: a list that is searched from one end for everything.
 *
 * Invariants
 * - After each step both hold the same packets in the same order, and count the same bytes.
 * - What is dropped, and when a peer is let go, is the same in both.
 */
import { assertEquals } from "@std/assert";
import fc from "fast-check";
import type { BufferLimits, Lane } from "../../src/session/ports.ts";
import { SendQueue } from "../../src/session/send_queue.ts";
import { EncodedPacket } from "../../src/wire/encoded_packet.ts";

interface Entry {
  readonly packet: EncodedPacket;
  /** The lane that counts it; -1 is that of all others. */
  lane: number;
}

interface NaiveLane {
  limits: BufferLimits;
  allowedBytes: number;
  allowedPackets: number;
  isOpen: boolean;
}

const COMMON = -1;

function naiveLane(limits: BufferLimits): NaiveLane {
  const { maxBytes: allowedBytes, maxPackets: allowedPackets } = limits;
  return { limits, allowedBytes, allowedPackets, isOpen: true };
}

/** How far the peer may fall behind from now on, and whether it has. */
function allow(left: number, max: number, allowed: number): [allowed: number, isOver: boolean] {
  const next = left <= max ? max : allowed === max ? left + max : allowed;
  return [next, left > next];
}

class NaiveQueue {
  entries: Entry[] = [];
  readonly dropped: EncodedPacket[] = [];
  readonly lanes = new Map<number, NaiveLane>();
  /** The lane of each byte that the runtime has, since there is more than one lane. */
  handed: number[] = [];

  constructor(common: BufferLimits) {
    this.lanes.set(COMMON, naiveLane(common));
  }

  lane(index: number): NaiveLane {
    const lane = this.lanes.get(index);
    if (lane === undefined) throw new Error(`No lane ${index}`);
    return lane;
  }

  /** Those that take packets or did, in the order in which they were opened. */
  get open(): number[] {
    return [...this.lanes.keys()].filter((index) =>
      this.lane(index).isOpen || this.of(index).length > 0
    );
  }

  of(lane: number): Entry[] {
    return this.entries.filter((entry) => entry.lane === lane);
  }

  bytesOf(entries: readonly Entry[]): number {
    return entries.reduce((sum, { packet }) => sum + packet.byteLength, 0);
  }

  push(packet: EncodedPacket, index: number): void {
    const lane = this.lane(index).isOpen ? index : COMMON;
    this.entries.push({ packet, lane });
  }

  shift(): EncodedPacket | undefined {
    const entry = this.entries.shift();
    if (entry === undefined) return undefined;
    for (let i = 0; i < entry.packet.byteLength; i++) this.handed.push(entry.lane);
    this.forgetHanded();
    this.beginAnew(entry.lane);
    return entry.packet;
  }

  /** Nobody has fallen behind with a lane of which nothing waits. */
  beginAnew(index: number): void {
    if (this.of(index).length > 0) return;
    const lane = this.lane(index);
    lane.allowedBytes = lane.limits.maxBytes;
    lane.allowedPackets = lane.limits.maxPackets;
  }

  limit(index: number, limits: BufferLimits): void {
    const lane = this.lane(index);
    if (!lane.isOpen) return;
    lane.limits = limits;
    lane.allowedBytes = limits.maxBytes;
    lane.allowedPackets = limits.maxPackets;
  }

  close(index: number): void {
    this.lane(index).isOpen = false;
    this.forgetHanded();
  }

  /** A lane that is alone has handed over whatever the runtime has. */
  forgetHanded(): void {
    if (this.open.length === 1) this.handed = [];
  }

  shareOf(index: number, handedOver: number): number {
    if (this.open.length === 1) return handedOver;
    return Math.min(handedOver, this.handed.filter((lane) => lane === index).length);
  }

  learnSent(unsent: number): void {
    this.handed = this.handed.slice(Math.max(0, this.handed.length - unsent));
  }

  judge(handedOver: number): string | undefined {
    for (const index of this.open) {
      const lane = this.lane(index);
      const share = this.shareOf(index, handedOver);
      this.#drop(index, share);
      const left = this.of(index);
      if (left.length === 0) continue;
      const [bytes, isOver] = allow(
        this.bytesOf(left) + share,
        lane.limits.maxBytes,
        lane.allowedBytes,
      );
      lane.allowedBytes = bytes;
      if (isOver) return "maxBufferedBytes";
      const { maxPackets } = lane.limits;
      const [packets, isLong] = allow(left.length, maxPackets, lane.allowedPackets);
      lane.allowedPackets = packets;
      if (isLong) return "maxBufferedPackets";
    }
    return undefined;
  }

  #drop(index: number, share: number): void {
    const { maxBytes, maxPackets, policy } = this.lane(index).limits;
    if (policy === "close") return;
    for (;;) {
      const own = this.of(index);
      if (this.bytesOf(own) + share <= maxBytes && own.length <= maxPackets) return;
      if (own.length === 1 && share === 0) return;
      const events = own.filter(({ packet }) => packet.isEvent);
      const victim = policy === "dropOldest" ? events[0] : events.at(-1);
      if (victim === undefined) return;
      this.entries.splice(this.entries.indexOf(victim), 1);
      this.dropped.push(victim.packet);
      this.beginAnew(index);
    }
  }
}

const limits: fc.Arbitrary<BufferLimits> = fc.record({
  maxBytes: fc.oneof(fc.integer({ min: 1, max: 60 }), fc.constant(Infinity)),
  maxPackets: fc.oneof(fc.integer({ min: 1, max: 8 }), fc.constant(Infinity)),
  policy: fc.constantFrom("close", "dropOldest", "dropNewest"),
});

const lane = fc.integer({ min: COMMON, max: 2 });

const step = fc.oneof(
  { weight: 8, arbitrary: fc.tuple(fc.constant("push"), lane, fc.nat(20), fc.boolean()) },
  { weight: 4, arbitrary: fc.tuple(fc.constant("shift")) },
  { weight: 4, arbitrary: fc.tuple(fc.constant("judge"), fc.nat(80)) },
  { weight: 2, arbitrary: fc.tuple(fc.constant("learnSent"), fc.nat(80)) },
  { weight: 1, arbitrary: fc.tuple(fc.constant("limit"), lane, limits) },
  { weight: 2, arbitrary: fc.tuple(fc.constant("close"), lane) },
);

/** What happens to both queues. */
type Step =
  | [kind: "push", lane: number, bytes: number, isEvent: boolean]
  | [kind: "shift"]
  | [kind: "learnSent" | "judge", handedOver: number]
  | [kind: "limit", lane: number, limits: BufferLimits]
  | [kind: "close", lane: number];

class Pair {
  readonly naive: NaiveQueue;
  readonly queue: SendQueue;
  readonly dropped: EncodedPacket[] = [];
  readonly lanes: Lane[] = [];

  constructor(common: BufferLimits, own: readonly BufferLimits[]) {
    this.naive = new NaiveQueue(common);
    this.queue = new SendQueue(common, (packet) => void this.dropped.push(packet));
    for (const [index, given] of own.entries()) {
      this.naive.lanes.set(index, naiveLane(given));
      this.lanes.push(this.queue.open(given));
    }
  }

  play(step: Step): void {
    switch (step[0]) {
      case "push":
        return this.#push(step[1], step[2], step[3]);
      case "shift":
        return assertEquals(this.queue.shift() === this.naive.shift(), true);
      case "learnSent":
        this.naive.learnSent(step[1]);
        return this.queue.learnSent({ bufferedAmount: step[1] });
      case "judge":
        return assertEquals(this.queue.judge(step[1]), this.naive.judge(step[1]));
      case "limit":
        if (this.lanes[step[1]] !== undefined) this.naive.limit(step[1], step[2]);
        return this.lanes[step[1]]?.limit(step[2]);
      case "close":
        if (this.lanes[step[1]] !== undefined) this.naive.close(step[1]);
        return this.lanes[step[1]]?.close();
    }
  }

  verify(): void {
    const { queue, naive } = this;
    assertEquals(queue.length, naive.entries.length);
    assertEquals(queue.bytes, naive.bytesOf(naive.entries));
    assertEquals(queue.peek() === naive.entries[0]?.packet, true);
    assertEquals(this.dropped.length, naive.dropped.length);
    assertEquals(this.dropped.every((packet, at) => packet === naive.dropped[at]), true);
    const open = naive.open.filter((index) => index !== COMMON);
    const marks = open.map((index) => {
      const { maxBytes, policy } = naive.lane(index).limits;
      return policy === "close" ? maxBytes : Math.ceil(maxBytes / 2);
    });
    assertEquals(queue.markBytes, Math.min(Infinity, ...marks));
  }

  /** What is left comes out in the order in which it was pushed. */
  empty(): void {
    for (const { packet } of this.naive.entries) {
      assertEquals(this.queue.shift() === packet, true);
    }
    assertEquals([this.queue.shift(), this.queue.bytes, this.queue.length], [undefined, 0, 0]);
  }

  #push(lane: number, bytes: number, isEvent: boolean): void {
    const parts = [new Uint8Array(bytes)];
    const packet = isEvent ? EncodedPacket.event(parts) : EncodedPacket.message(parts);
    const own = this.lanes[lane];
    this.naive.push(packet, own === undefined ? COMMON : lane);
    this.queue.push(packet, own);
  }
}

Deno.test("SendQueue with lanes does what a naive list does, whatever is pushed, shifted and judged", () => {
  fc.assert(
    fc.property(
      limits,
      fc.array(limits, { maxLength: 3, size: "max" }),
      fc.array(step, { maxLength: 80, size: "max" }),
      (common, own, steps) => {
        const pair = new Pair(common, own);
        for (const each of steps) {
          // Each kind has the members that the type says.
          pair.play(each as Step);
          pair.verify();
        }
        pair.empty();
      },
    ),
    { numRuns: 2_000 },
  );
});

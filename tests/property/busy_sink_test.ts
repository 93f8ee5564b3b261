/**
 * A session over a WebSocket of which the operating system takes some within the write and some later.
 *
 * Invariants
 * - After each turn nothing waits for which there is room in the runtime.
 * - Of a lane no more than its limit is left, and nothing was dropped that would have fitted.
 */
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import type { DropPolicy } from "../../src/session/ports.ts";
import { EncodedPacket } from "../../src/wire/encoded_packet.ts";
import { SessionBench } from "../support/recording_host.ts";

/** What each event has on a WebSocket, in bytes. */
const SIZE = 10;

const EVENTS = {
  own: EncodedPacket.event(["o".repeat(SIZE - 1)]),
  other: EncodedPacket.event(["x".repeat(SIZE - 1)]),
};

/** Whose events are sent, in runs. */
type Run = readonly [whose: keyof typeof EVENTS, count: number];

interface Turn {
  readonly runs: readonly Run[];
  /** Bytes that the operating system takes, from now on. */
  readonly room: number;
}

const turn: fc.Arbitrary<Turn> = fc.record({
  runs: fc.array(fc.tuple(fc.constantFrom("own", "other"), fc.nat(30)), { maxLength: 4 }),
  room: fc.nat(400),
});

/** A session with a lane of its own limits, and whose bytes the runtime has. */
class World {
  readonly bench = SessionBench.websocket();
  readonly #maxBytes: number;
  readonly #lane;
  /** The owners of the bytes that the runtime has not sent, in order. */
  #unsent: string[] = [];
  #room = 0;
  #waiting = 0;

  constructor(maxBytes: number, policy: DropPolicy) {
    this.#maxBytes = maxBytes;
    this.#lane = this.bench.session.openLane({ maxBytes, maxPackets: Infinity, policy });
    this.bench.sink.onWrite = (frames) => {
      for (const frame of frames) {
        const isOwn = frame === `4${"o".repeat(SIZE - 1)}`;
        if (isOwn) this.#waiting--;
        for (let byte = 0; byte < SIZE; byte++) this.#unsent.push(isOwn ? "own" : "other");
      }
      this.#leave();
    };
  }

  play({ runs, room }: Turn): void {
    this.#room = room;
    this.#leave();
    for (const [whose, count] of runs) {
      for (let sent = 0; sent < count; sent++) {
        this.bench.session.send(EVENTS[whose], false, whose === "own" ? this.#lane : undefined);
      }
      if (whose === "own") this.#waiting += count;
    }
    this.bench.session.flush();
    const dropped = this.bench.take().filter(([, what]) => what === "dropped").length;
    this.#waiting -= dropped;
    this.#verify(dropped);
  }

  #leave(): void {
    const left = Math.min(this.#room, this.#unsent.length);
    this.#room -= left;
    this.#unsent.splice(0, left);
    this.bench.sink.bufferedAmount = this.#unsent.length;
  }

  #verify(dropped: number): void {
    const { session, sink } = this.bench;
    const mark = Math.ceil(this.#maxBytes / 2);
    assertEquals(session.state, "open");
    if (session.waiting > 0) {
      assert(sink.bufferedAmount > 0 && sink.bufferedAmount + SIZE > mark, "there is room");
    }
    const share = this.#unsent.filter((owner) => owner === "own").length;
    const left = this.#waiting * SIZE + share;
    const isAlone = this.#waiting === 1 && share === 0;
    // What was handed over cannot be dropped any more.
    assert(left <= this.#maxBytes || isAlone || this.#waiting === 0, `${left} bytes are left`);
    assert(
      dropped === 0 || left + SIZE > this.#maxBytes,
      `${left} bytes are left, some were dropped`,
    );
  }
}

Deno.test("Session drops what does not fit and nothing else, however the runtime sends", () => {
  const policy = fc.constantFrom<DropPolicy[]>("dropOldest", "dropNewest");
  const turns = fc.array(turn, { maxLength: 20, size: "max" });
  fc.assert(fc.property(fc.integer({ min: 1, max: 400 }), policy, turns, (maxBytes, how, all) => {
    const world = new World(maxBytes, how);
    for (const each of all) world.play(each);
  }));
});

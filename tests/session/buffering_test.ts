import { assert, assertEquals } from "@std/assert";
import type { BufferLimits, BufferPolicy, Lane } from "../../src/session/ports.ts";
import { CANDIDATE_BYTES } from "../../src/session/upgrade.ts";
import { EncodedPacket } from "../../src/wire/encoded_packet.ts";
import type { Effect } from "../support/fake_sink.ts";
import { SessionBench, UNLIMITED } from "../support/recording_host.ts";

/** An event of ten bytes on a WebSocket, which has a number. */
function event(number: number): EncodedPacket {
  return EncodedPacket.event([`${number}`.padEnd(9, "x")]);
}

function limits(maxBytes: number, policy: BufferPolicy, maxPackets = Infinity): BufferLimits {
  return { maxBytes, maxPackets, policy };
}

/** Sends events of these numbers in one turn. */
function sendAll(bench: SessionBench, from: number, to: number, lane?: Lane): void {
  for (let number = from; number <= to; number++) bench.session.send(event(number), false, lane);
  bench.endTurn();
}

/** The numbers of the events in the answer to a GET. */
function read(bench: SessionBench): string[] {
  const texts = bench.read()?.split("\x1e") ?? [];
  return texts.map((text) => text.slice(1).replace(/x+$/, ""));
}

function ends(effects: readonly Effect[]): readonly Effect[] {
  return effects.filter(([, what]) => what === "closed");
}

for (const [policy, kept] of [["dropOldest", "345"], ["dropNewest", "123"]] as const) {
  Deno.test(`Session with ${policy} drops what is above the limit after a flush, and counts it`, () => {
    const bench = SessionBench.polling({ buffering: limits(30, policy) });
    sendAll(bench, 1, 5);
    assertEquals(bench.take(), [["host", "dropped", policy], ["host", "dropped", policy]]);
    assertEquals(bench.session.bufferedAmount, 30);
    assertEquals(read(bench).join(""), kept);
    assertEquals([bench.session.state, bench.session.bufferedAmount], ["open", 0]);
  });

  Deno.test(`Session with ${policy} counts packets too`, () => {
    const bench = SessionBench.polling({ buffering: limits(Infinity, policy, 3) });
    sendAll(bench, 1, 5);
    assertEquals(read(bench).join(""), kept);
  });

  Deno.test(`Session with ${policy} keeps a packet that waits alone, whatever its size`, () => {
    const bench = SessionBench.polling({ buffering: limits(3, policy) });
    sendAll(bench, 7, 7);
    assertEquals(read(bench), ["7"]);
  });

  Deno.test(`Session with ${policy} drops no packet that is not an event, and then lets go`, () => {
    const bench = SessionBench.polling({ buffering: limits(30, policy) });
    for (const text of ["a", "b", "c"]) bench.send(text.padEnd(9, text));
    sendAll(bench, 1, 2);
    assertEquals(bench.session.bufferedAmount, 30);
    bench.send("d".repeat(9));
    bench.endTurn();
    assertEquals(bench.session.state, "open");
    bench.send("e".repeat(99));
    bench.endTurn();
    const [end] = ends(bench.take());
    assertEquals(end?.slice(0, 3), ["host", "closed", "transport error"]);
    assert(String(end?.[3]).startsWith("slow consumer: "));
  });
}

Deno.test("Session drops an event with its attachments or not at all", () => {
  const bench = SessionBench.polling({ buffering: limits(30, "dropOldest") });
  bench.session.send(EncodedPacket.event(["51-", new Uint8Array(9), new Uint8Array(9)]));
  sendAll(bench, 1, 2);
  assertEquals(bench.take(), [["host", "dropped", "dropOldest"]]);
  assertEquals(read(bench), ["1", "2"]);
});

Deno.test("Session with maxBufferedPackets lets go of a peer that falls behind by more", () => {
  const bench = SessionBench.polling({ buffering: limits(Infinity, "close", 3) });
  sendAll(bench, 1, 10);
  sendAll(bench, 11, 13);
  assertEquals(bench.session.state, "open");
  sendAll(bench, 14, 14);
  assertEquals(bench.session.state, "closed");
});

Deno.test("Session counts a lane by itself, and keeps the order of all", () => {
  const bench = SessionBench.polling();
  const lane = bench.session.openLane(limits(20, "dropOldest"));
  sendAll(bench, 1, 2, lane);
  sendAll(bench, 3, 6);
  sendAll(bench, 7, 7, lane);
  assertEquals(bench.take(), [["host", "dropped", "dropOldest"]]);
  assertEquals(read(bench).join(""), "234567");
});

for (const [policy, kept] of [["dropOldest", "12789"], ["dropNewest", "12345"]] as const) {
  Deno.test(`Session with ${policy} of a lane leaves half of its limit to what can be dropped`, () => {
    const bench = SessionBench.websocket();
    const lane = bench.session.openLane(limits(55, policy));
    bench.sink.holds = true;
    for (let number = 1; number <= 9; number++) {
      sendAll(bench, number, number, lane);
      assert(bench.session.bufferedAmount <= 55);
    }
    assertEquals(bench.sink.bufferedAmount, 20);
    bench.sink.holds = false;
    bench.sink.bufferedAmount = 0;
    for (let turn = 0; turn < 3; turn++) bench.session.flush();
    const numbers = bench.sink.frames.map((frame) => String(frame).replace(/^4|x+$/g, ""));
    assertEquals(numbers.join(""), kept);
  });
}

Deno.test("Session hands a runtime no more than the limit of a lane that never drops", () => {
  const bench = SessionBench.websocket();
  const lane = bench.session.openLane(limits(35, "close"));
  bench.sink.holds = true;
  sendAll(bench, 1, 6, lane);
  assertEquals([bench.sink.bufferedAmount, bench.session.bufferedAmount], [30, 60]);
});

Deno.test("Session hands an empty sink one packet that is larger than the limit of a lane", () => {
  const bench = SessionBench.websocket();
  const lane = bench.session.openLane(limits(9, "dropOldest"));
  bench.sink.holds = true;
  sendAll(bench, 1, 3, lane);
  assertEquals([bench.sink.frames.length, bench.session.bufferedAmount], [1, 10]);
});

Deno.test("Session does not count what others have handed over for a lane", () => {
  const bench = SessionBench.websocket();
  const lane = bench.session.openLane(limits(25, "dropOldest"));
  bench.sink.holds = true;
  bench.send("x".repeat(999));
  bench.endTurn();
  sendAll(bench, 1, 2, lane);
  assertEquals(bench.session.bufferedAmount, 1_000 + 20);
  sendAll(bench, 3, 3, lane);
  assertEquals(bench.session.bufferedAmount, 1_000 + 20);
});

Deno.test("Session counts for a lane what the runtime has left of it, on a sink that is never empty", () => {
  const bench = SessionBench.websocket();
  const lane = bench.session.openLane(limits(100, "dropOldest"));
  bench.sink.holds = true;
  sendAll(bench, 1, 2, lane);
  sendAll(bench, 3, 4);
  assertEquals(bench.sink.bufferedAmount, 40);
  bench.sink.bufferedAmount = 20;
  sendAll(bench, 11, 20, lane);
  assertEquals(bench.session.bufferedAmount, 20 + 100, "what has left is from the lane");
  sendAll(bench, 21, 21, lane);
  assertEquals(bench.session.bufferedAmount, 20 + 100);
});

for (const [policy, kept] of [["dropOldest", "1289"], ["dropNewest", "1234"]] as const) {
  Deno.test(`Session with ${policy} keeps of one turn what the runtime takes, and what is within the limit`, () => {
    const bench = SessionBench.websocket();
    const lane = bench.session.openLane(limits(40, policy));
    bench.sink.holds = true;
    sendAll(bench, 1, 9, lane);
    assertEquals(bench.session.bufferedAmount, 40);
    bench.sink.holds = false;
    bench.sink.bufferedAmount = 0;
    bench.session.flush();
    const numbers = bench.sink.frames.map((frame) => String(frame).replace(/^4|x+$/g, ""));
    assertEquals(numbers.join(""), kept);
  });
}

Deno.test("Session sends what is in a lane that was closed, and drops none of it", () => {
  const bench = SessionBench.polling();
  const lane = bench.session.openLane(limits(30, "dropNewest"));
  sendAll(bench, 1, 3, lane);
  lane.close();
  sendAll(bench, 4, 9, lane);
  assertEquals(read(bench).join(""), "123456789");
});

Deno.test("Session lets what waits in a lane that was closed be no burden of others", () => {
  const bench = SessionBench.polling({ buffering: limits(30, "dropOldest") });
  const lane = bench.session.openLane(UNLIMITED);
  sendAll(bench, 1, 5, lane);
  lane.close();
  sendAll(bench, 6, 8);
  assertEquals(read(bench).join(""), "12345678");
});

Deno.test("Session applies a limit that was changed at the next flush", () => {
  const bench = SessionBench.polling();
  const lane = bench.session.openLane(UNLIMITED);
  sendAll(bench, 1, 5, lane);
  lane.limit(limits(20, "dropOldest"));
  sendAll(bench, 6, 6, lane);
  assertEquals(read(bench).join(""), "56");
});

Deno.test("Session tells of a volatile packet that it has dropped", () => {
  const bench = SessionBench.polling();
  assertEquals(bench.sendVolatile("a"), "dropped");
  assertEquals(bench.take(), [["host", "dropped", "volatile"]]);
});

Deno.test("Session tells its observer what was dropped", () => {
  const bench = SessionBench.polling({ buffering: limits(10, "dropOldest") });
  bench.session.observed = true;
  const packet = event(1);
  bench.session.send(packet);
  sendAll(bench, 2, 2);
  const dropped = bench.take().find(([, what, given]) =>
    what === "observe" && (given as { readonly type: string }).type === "dropped"
  );
  assertEquals(dropped?.[2], { type: "dropped", packet, cause: "dropOldest" });
});

Deno.test("Session tells a waiter once little enough waits, by polling", () => {
  const bench = SessionBench.polling({ maxPayloadBytes: 10 });
  let told = 0;
  sendAll(bench, 1, 3);
  bench.session.awaitBelow(10, () => told++);
  bench.endTurn();
  read(bench);
  assertEquals(told, 0);
  read(bench);
  assertEquals(told, 1);
  read(bench);
  assertEquals(told, 1);
});

Deno.test("Session tells a waiter once the runtime has sent enough, and asks for looks until then", () => {
  const bench = SessionBench.websocket();
  bench.sink.holds = true;
  let told = 0;
  sendAll(bench, 1, 3);
  bench.take();
  bench.session.awaitBelow(0, () => told++);
  bench.endTurn();
  assertEquals(bench.take(), [["host", "awaitDrain", false]]);
  bench.sink.bufferedAmount = 1;
  bench.session.flush();
  assertEquals([told, bench.take()], [0, [["host", "awaitDrain", false]]]);
  bench.sink.bufferedAmount = 0;
  bench.session.flush();
  assertEquals([told, bench.take()], [1, []]);
});

Deno.test("Session tells a waiter during an upgrade, and after it", () => {
  const bench = SessionBench.polling({ maxPayloadBytes: 10 });
  const told: number[] = [];
  sendAll(bench, 1, 3);
  bench.session.awaitBelow(20, () => void told.push(20));
  bench.session.awaitBelow(0, () => void told.push(0));
  const sink = bench.offer();
  bench.session.receiveFrame(sink, "2probe");
  read(bench);
  assertEquals(told, [20]);
  bench.session.receiveFrame(sink, "5");
  bench.endTurn();
  assertEquals(told, [20, 0]);
});

Deno.test("Session tells no waiter that was forgotten, and none after its end", () => {
  const bench = SessionBench.polling();
  const wrong = (): never => {
    throw new Error("was told");
  };
  sendAll(bench, 1, 1);
  bench.session.awaitBelow(0, wrong)();
  const forget = bench.session.awaitBelow(0, wrong);
  bench.session.close(true);
  bench.endTurn();
  forget();
});

Deno.test("Session holds an upgrade under way against its budget, and nothing after its end", () => {
  const bench = SessionBench.polling({ maxConnectionMemory: CANDIDATE_BYTES });
  const { memory } = bench.session;
  const sink = bench.offer();
  assertEquals(memory.heldBytes, CANDIDATE_BYTES);
  assertEquals(memory.hold(1), false);
  bench.session.receiveFrame(sink, "2probe");
  bench.session.receiveFrame(sink, "5");
  assertEquals(memory.heldBytes, 0);
  assert(memory.hold(CANDIDATE_BYTES));
  bench.session.close(true);
  assertEquals(memory.heldBytes, 0);
  memory.release(CANDIDATE_BYTES);
  memory.hold(1);
  assertEquals(memory.heldBytes, 0);
});

Deno.test("Session gives the budget back when an upgrade fails, and refuses one that does not fit", () => {
  const bench = SessionBench.polling({ maxConnectionMemory: CANDIDATE_BYTES });
  const { session } = bench;
  session.receiveFrame(bench.offer("first"), "nonsense");
  assertEquals(session.memory.heldBytes, 0);
  session.memory.hold(1);
  bench.offer("second");
  assertEquals(session.upgrading, false);
});

Deno.test("Session lets go of a peer that does not read once the budget of its connection is used up", () => {
  const bench = SessionBench.polling({ maxConnectionMemory: 100, buffering: UNLIMITED });
  sendAll(bench, 1, 5);
  assert(bench.session.memory.hold(50));
  sendAll(bench, 6, 6);
  assertEquals(bench.session.state, "open");
  for (let number = 7; number <= 16; number++) sendAll(bench, number, number);
  assertEquals(bench.session.state, "open");
  sendAll(bench, 17, 17);
  assertEquals(ends(bench.take()).length, 1);
  assertEquals([bench.session.memory.heldBytes, bench.session.bufferedAmount], [0, 0]);
});

Deno.test("Session leaves half of the budget to what comes in, however much waits to go out", () => {
  const bench = SessionBench.polling({ maxConnectionMemory: 100, buffering: UNLIMITED });
  sendAll(bench, 1, 500);
  const { memory } = bench.session;
  assertEquals([bench.session.state, memory.hold(51), memory.hold(50)], ["open", false, true]);
  assertEquals(memory.excess(1).limit, "maxConnectionMemory");
});

/** Tests of what a runtime has on a connection that is never idle: whose bytes, and how many frames. */
import { assert, assertEquals } from "@std/assert";
import { EncodedPacket } from "../../src/wire/encoded_packet.ts";
import type { BufferPolicy } from "../../src/session/ports.ts";
import { frameBytes } from "../support/fake_sink.ts";
import { SessionBench } from "../support/recording_host.ts";

/** An event of ten bytes on a WebSocket. */
const TEN = EncodedPacket.event(["x".repeat(9)]);

/** A WebSocket that is never idle: of what it is handed, `unsent` bytes are always left. */
function busy(unsent: number, highWaterBytes: number): SessionBench {
  const bench = SessionBench.websocket({ highWaterBytes });
  bench.sink.onWrite = () => void (bench.sink.bufferedAmount = unsent);
  return bench;
}

Deno.test("Session does not count for a lane what the runtime has sent of it, on a busy connection", () => {
  const bench = busy(490, 2_000);
  const own = bench.session.openLane({
    maxBytes: 1_000,
    maxPackets: Infinity,
    policy: "dropOldest",
  });
  for (let turn = 0; turn < 200; turn++) {
    bench.session.send(TEN, false, own);
    bench.endTurn();
    for (let count = 0; count < 49; count++) bench.session.send(TEN);
    bench.sink.bufferedAmount = 1;
    bench.endTurn();
  }
  bench.take();
  // The last 490 bytes are of others.
  assertEquals(bench.sink.bufferedAmount, 490);
  for (let count = 0; count < 100; count++) bench.session.send(TEN, false, own);
  bench.endTurn();
  assertEquals(bench.take().filter(([, what]) => what === "dropped"), []);
});

Deno.test("Session counts for a lane what the runtime has of it, whatever came before", () => {
  const bench = SessionBench.websocket();
  bench.sink.holds = true;
  for (let count = 0; count < 40; count++) bench.session.send(TEN);
  bench.endTurn();
  const own = bench.session.openLane({
    maxBytes: 1_000,
    maxPackets: Infinity,
    policy: "dropOldest",
  });
  for (let count = 0; count < 10; count++) bench.session.send(TEN, false, own);
  bench.endTurn();
  assertEquals(bench.sink.bufferedAmount, 500);
  bench.sink.bufferedAmount = 480;
  for (let count = 0; count < 95; count++) bench.session.send(TEN, false, own);
  bench.take();
  bench.endTurn();
  // Two are handed over, 93 wait, and 120 bytes in the sink are of the lane.
  assertEquals(bench.take().filter(([, what]) => what === "dropped").length, 5);
});

Deno.test("Session counts frames that the runtime has sent no more, on a busy connection", () => {
  const bench = busy(10, 100_000);
  for (let turn = 0; turn < 1_000; turn++) {
    for (let count = 0; count < 100; count++) bench.session.send(TEN);
    bench.endTurn();
  }
  assertEquals([bench.sink.frames.length, bench.session.waiting], [100_000, 0]);
});

Deno.test("Session counts frames that may be in the runtime, also those before", () => {
  const bench = SessionBench.websocket({ highWaterBytes: 300_000 });
  bench.sink.holds = true;
  for (let turn = 0; turn < 100; turn++) {
    for (let count = 0; count < 100; count++) bench.session.send(TEN);
    bench.endTurn();
    // 2,000 frames were sent, which is known once all have gone that came before the look.
    if (turn === 20) bench.sink.bufferedAmount = 1_000;
  }
  // Their bytes do not count, but 64 for each frame above the first thousand.
  const frames = (300_000 + 20_000 + 64_000) / 74;
  const taken = bench.sink.frames.length;
  assert(taken >= frames && taken < frames + 100, `${taken} frames`);
});

/** A WebSocket of which the operating system takes so many bytes at once; what follows stays. */
function eager(roomBytes: number, highWaterBytes = 8_388_608): SessionBench {
  const bench = SessionBench.websocket({ highWaterBytes });
  let room = roomBytes;
  bench.sink.onWrite = (frames) => {
    for (const frame of frames) {
      const taken = Math.min(room, frameBytes(frame));
      room -= taken;
      bench.sink.bufferedAmount += frameBytes(frame) - taken;
    }
  };
  return bench;
}

/** Sends a burst of 3,000 bytes in a lane of 1,000; gives how many events were handed over and dropped. */
function burst(bench: SessionBench, policy: BufferPolicy): [handed: number, dropped: number] {
  const own = bench.session.openLane({ maxBytes: 1_000, maxPackets: Infinity, policy });
  for (let count = 0; count < 300; count++) bench.session.send(TEN, false, own);
  bench.endTurn();
  const dropped = bench.take().filter(([, what]) => what === "dropped");
  return [bench.sink.frames.length, dropped.length];
}

for (const policy of ["dropOldest", "dropNewest"] as const) {
  Deno.test(`Session with ${policy} drops nothing of a burst that leaves as it is handed over`, () => {
    const bench = eager(Infinity);
    assertEquals(burst(bench, policy), [300, 0]);
    assertEquals(bench.session.bufferedAmount, 0);
  });

  Deno.test(`Session with ${policy} drops of a burst what neither leaves nor has room`, () => {
    // 1,700 bytes leave, 500 are the half of the limit, 500 wait.
    const bench = eager(1_700);
    assertEquals(burst(bench, policy), [220, 30]);
    assertEquals([bench.sink.bufferedAmount, bench.session.bufferedAmount], [500, 1_000]);
  });

  Deno.test(`Session with ${policy} keeps the limit of a burst of which nothing leaves`, () => {
    const bench = eager(0);
    assertEquals(burst(bench, policy), [50, 200]);
    assertEquals([bench.sink.bufferedAmount, bench.session.bufferedAmount], [500, 1_000]);
  });
}

Deno.test("Session goes on at once where a burst above the high water leaves, without a look later", () => {
  const bench = eager(Infinity, 1_000);
  for (let count = 0; count < 300; count++) bench.session.send(TEN);
  bench.endTurn();
  const effects = bench.take().map(([, what]) => what);
  assertEquals(effects.filter((what) => what === "write").length, 3);
  assertEquals([effects.includes("awaitDrain"), bench.session.waiting], [false, 0]);
});

Deno.test("Session does not count for a lane what left during the flush that is judged", () => {
  // The first 100 bytes leave, and they are the lane's; the 500 that stay are of others.
  const bench = eager(100);
  const own = bench.session.openLane({
    maxBytes: 1_000,
    maxPackets: Infinity,
    policy: "dropOldest",
  });
  for (let count = 0; count < 10; count++) bench.session.send(TEN, false, own);
  for (let count = 0; count < 50; count++) bench.session.send(TEN);
  for (let count = 0; count < 100; count++) bench.session.send(TEN, false, own);
  bench.endTurn();
  assertEquals(bench.take().filter(([, what]) => what === "dropped"), []);
  assertEquals([bench.sink.bufferedAmount, bench.session.waiting], [500, 100]);
});

for (const policy of ["dropOldest", "dropNewest"] as const) {
  Deno.test(`Session with ${policy} ends nobody for events larger than the limit that the runtime has`, () => {
    const bench = SessionBench.websocket();
    bench.sink.holds = true;
    const own = bench.session.openLane({ maxBytes: 10, maxPackets: Infinity, policy });
    for (const bytes of [15, 60, 400]) {
      bench.sink.bufferedAmount = 0;
      for (let count = 0; count < 2; count++) {
        bench.session.send(EncodedPacket.event([new Uint8Array(bytes)]), false, own);
      }
      bench.endTurn();
      // One is with the runtime, and the other one was dropped.
      assertEquals([bench.session.state, bench.session.waiting], ["open", 0], `${bytes} bytes`);
      assertEquals(bench.sink.bufferedAmount, bytes);
    }
  });
}

Deno.test("Session lets a lane begin anew once nothing of it waits, also where others are never idle", () => {
  const bench = SessionBench.websocket();
  bench.sink.holds = true;
  const own = bench.session.openLane({ maxBytes: 100, maxPackets: Infinity, policy: "close" });
  for (const burst of [20, 60, 300]) {
    for (let count = 0; count < burst; count++) bench.session.send(TEN, false, own);
    for (let count = 0; count < 30; count++) bench.session.send(TEN);
    bench.endTurn();
    assertEquals(bench.session.state, "open", `${burst} events of the lane`);
    while (bench.session.waiting > 20) {
      bench.sink.bufferedAmount = 0;
      bench.session.flush();
    }
    // What waits is of others.
    assert(bench.session.waiting > 0);
  }
});

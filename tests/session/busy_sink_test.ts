/** Tests of what a runtime has on a connection that is never idle: whose bytes, and how many frames. */
import { assert, assertEquals } from "@std/assert";
import { EncodedPacket } from "../../src/wire/encoded_packet.ts";
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

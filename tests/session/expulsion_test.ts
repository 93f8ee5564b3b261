/** Tests of sessions whose peer is expelled, and of what a session that closes still hears. */
import { assertEquals } from "@std/assert";
import type { Frame } from "../../src/wire/engine_packet.ts";
import { SessionBench } from "../support/recording_host.ts";

Deno.test("Session.expel sends the queue, and ends at once where the peer can take it", () => {
  const bench = SessionBench.websocket();
  bench.send("why");
  bench.session.expel();
  assertEquals(bench.take(), [
    ["ws", "write", ["4why"]],
    ["ws", "close"],
    ["host", "closed", "forced close"],
  ]);
  assertEquals(bench.deadlines.pending, 0);
});

Deno.test("Session.expel waits a second for a GET, and no longer", () => {
  for (const closeTimeoutMs of [30_000, 400]) {
    const bench = SessionBench.polling({ closeTimeoutMs });
    bench.send("why");
    bench.session.expel();
    bench.advance(Math.min(closeTimeoutMs, 1_000) - 1);
    assertEquals([bench.take(), bench.session.state], [[], "closing"]);
    bench.advance(1);
    assertEquals(bench.take(), [["host", "closed", "forced close"]]);
    assertEquals([bench.session.bufferedAmount, bench.deadlines.pending], [0, 0]);
  }
});

Deno.test("Session.expel waits a second for a WebSocket that does not drain", () => {
  const bench = SessionBench.websocket({ highWaterBytes: 10 });
  bench.sink.bufferedAmount = 50;
  bench.send("why");
  bench.session.expel();
  bench.take();
  bench.advance(999);
  assertEquals([bench.take(), bench.session.state], [[["host", "awaitDrain", false]], "closing"]);
  bench.advance(1);
  assertEquals(bench.take(), [["ws", "cut"], ["host", "closed", "forced close"]]);
});

Deno.test("Session that was expelled gives its GETs what is queued, then the end", () => {
  const bench = SessionBench.polling();
  bench.send("why");
  bench.session.expel();
  assertEquals([bench.read(), bench.read()], ["4why", "1"]);
  assertEquals(bench.session.state, "closed");
});

Deno.test("Session.expel hurries one that is closing, and later calls change nothing", () => {
  const bench = SessionBench.polling();
  bench.send("a");
  bench.session.close();
  bench.advance(5_000);
  bench.session.expel();
  bench.advance(500);
  bench.session.expel();
  bench.session.close();
  bench.advance(499);
  assertEquals(bench.session.state, "closing");
  bench.advance(1);
  assertEquals(bench.take(), [["host", "closed", "forced close"]]);
  bench.session.expel();
  assertEquals([bench.take(), bench.session.state], [[], "closed"]);
});

Deno.test("Session.expel of one whose close is due sooner does not delay it", () => {
  const bench = SessionBench.polling({ closeTimeoutMs: 2_000 });
  bench.send("a");
  bench.session.close();
  bench.advance(1_900);
  bench.session.expel();
  bench.advance(100);
  assertEquals(bench.session.state, "closed");
});

Deno.test("Session that was expelled refuses POSTs, and takes nothing of one that it has", () => {
  const bench = SessionBench.polling();
  bench.host.onMessage = (data) => {
    bench.send(data);
    if (data === "b") bench.session.expel();
  };
  assertEquals(bench.session.receivePayload("4a\x1e4b\x1e4c\x1enonsense\x1e1"), true);
  assertEquals(bench.take(), [["host", "message", "a"], ["host", "message", "b"]]);
  assertEquals(bench.session.state, "closing");
  assertEquals(bench.session.postBegun(() => bench.effects.push(["post", "aborted"])), false);
  assertEquals(bench.session.receivePayload("1"), true);
  assertEquals([bench.take(), bench.session.state], [[], "closing"]);
  bench.advance(1_000);
  assertEquals(bench.take(), [["host", "closed", "forced close"]]);
});

Deno.test("Session that is closing takes a POST, which may be the peer's close", () => {
  const bench = SessionBench.polling();
  bench.send("a");
  bench.session.close();
  assertEquals(bench.session.postBegun(() => {}), true);
  bench.session.postEnded();
  assertEquals(bench.session.receivePayload("1"), true);
  assertEquals(bench.take(), [["host", "closed", "transport close"]]);
});

Deno.test("Session that is closing hears of frames the peer's close, and reads no others", () => {
  const others: readonly Frame[] = ["4a", "9", "", "bnot base64", "2", "5", Uint8Array.of(1)];
  for (const end of ["close", "expel"] as const) {
    const bench = SessionBench.websocket({ highWaterBytes: 10 });
    bench.sink.bufferedAmount = 50;
    bench.send("a");
    bench.session[end]();
    bench.take();
    for (const frame of others) bench.session.receiveFrame(bench.sink, frame);
    assertEquals([bench.take(), bench.session.state], [[], "closing"]);
    bench.session.receiveFrame(bench.sink, "1");
    assertEquals(bench.take(), [["ws", "close"], ["host", "closed", "transport close"]]);
  }
});

Deno.test("Session that is closing still ends by a frame that is too large", () => {
  const bench = SessionBench.websocket({ highWaterBytes: 10, maxPayloadBytes: 10 });
  bench.sink.bufferedAmount = 50;
  bench.send("a");
  bench.session.close();
  bench.take();
  bench.session.receiveFrame(bench.sink, "4" + "x".repeat(20));
  assertEquals(bench.take(), [
    ["ws", "close", 1009],
    ["host", "closed", "transport error", "message is larger than maxHttpBufferSize"],
  ]);
});

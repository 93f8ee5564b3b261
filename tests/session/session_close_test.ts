import { assertEquals } from "@std/assert";
import { FakePoll } from "../support/fake_sink.ts";
import { SessionBench } from "../support/recording_host.ts";

Deno.test("Session.close sends the queue with the waiting GET, and ends with the next one", () => {
  const bench = SessionBench.polling();
  bench.poll("first");
  bench.send("a");
  bench.send("b");
  bench.session.close();
  assertEquals(bench.take(), [["first", "answer", "4a\x1e4b"]]);
  assertEquals(bench.session.state, "closing");
  bench.poll("second");
  bench.endTurn();
  assertEquals(bench.take(), [["second", "answer", "1"], ["host", "closed", "forced close"]]);
  assertEquals([bench.session.state, bench.deadlines.pending], ["closed", 0]);
});

Deno.test("Session.close answers a waiting GET at once when nothing is queued", () => {
  const bench = SessionBench.polling();
  bench.poll("get");
  bench.session.close();
  assertEquals(bench.take(), [["get", "answer", "1"], ["host", "closed", "forced close"]]);
  bench.endTurn();
  assertEquals(bench.take(), []);
});

Deno.test("Session.close waits for the next GET, also when nothing is queued", () => {
  for (const sent of [["a"], []]) {
    const bench = SessionBench.polling();
    for (const text of sent) bench.send(text);
    bench.session.close();
    bench.endTurn();
    bench.advance(29_999);
    assertEquals([bench.take(), bench.session.state], [[], "closing"]);
    for (const text of sent) assertEquals(bench.read(), "4" + text);
    assertEquals(bench.read(), "1");
    assertEquals(bench.session.state, "closed");
  }
});

Deno.test("Session.close sends a queue larger than one payload with several GETs", () => {
  const bench = SessionBench.polling({ maxPayloadBytes: 10 });
  for (const text of ["aaaa", "bbbb", "cccc"]) bench.send(text);
  bench.poll("first");
  bench.session.close();
  assertEquals(bench.take(), [["first", "answer", "4aaaa"]]);
  assertEquals([bench.read(), bench.read()], ["4bbbb", "4cccc"]);
  assertEquals(bench.session.state, "closing");
  assertEquals(bench.read("last"), "1");
  assertEquals(bench.effects.at(-1), ["host", "closed", "forced close"]);
});

Deno.test("Session.close gives up after closeTimeout", () => {
  const bench = SessionBench.polling({ closeTimeoutMs: 500 });
  bench.send("a");
  bench.session.close();
  bench.session.close();
  bench.advance(499);
  assertEquals(bench.session.state, "closing");
  bench.session.close();
  bench.advance(1);
  assertEquals(bench.take(), [["host", "closed", "forced close"]]);
  assertEquals([bench.session.bufferedAmount, bench.deadlines.pending], [0, 0]);
});

Deno.test("Session.close over a WebSocket writes the queue, then closes", () => {
  const bench = SessionBench.websocket();
  bench.send("a");
  bench.session.close();
  assertEquals(bench.take(), [
    ["ws", "write", ["4a"]],
    ["ws", "close"],
    ["host", "closed", "forced close"],
  ]);
});

Deno.test("Session.close over a WebSocket above high water waits for the drain", () => {
  const bench = SessionBench.websocket({ highWaterBytes: 10 });
  bench.sink.bufferedAmount = 50;
  bench.send("a");
  bench.session.close();
  assertEquals(bench.take(), [["host", "awaitDrain", false]]);
  bench.sink.bufferedAmount = 0;
  bench.session.flush();
  assertEquals(bench.take(), [
    ["ws", "write", ["4a"]],
    ["ws", "close"],
    ["host", "closed", "forced close"],
  ]);
});

Deno.test("Session.close over a WebSocket that never drains gives up after closeTimeout", () => {
  const bench = SessionBench.websocket({ highWaterBytes: 10, closeTimeoutMs: 500 });
  bench.sink.bufferedAmount = 50;
  bench.send("a");
  bench.session.close();
  bench.take();
  bench.advance(500);
  assertEquals(bench.take(), [["ws", "cut"], ["host", "closed", "forced close"]]);
});

Deno.test("Session.isGone is true once its WebSocket has ended too", () => {
  const polling = SessionBench.polling();
  polling.session.close(true);
  assertEquals(polling.session.isGone, true);
  const socket = SessionBench.websocket();
  assertEquals(socket.session.isGone, false);
  socket.session.close(true);
  assertEquals([socket.session.state, socket.session.isGone], ["closed", false]);
  socket.take();
  socket.session.cut();
  assertEquals(socket.take(), [["ws", "cut"]]);
  socket.session.sinkClosed(socket.sink);
  assertEquals([socket.session.isGone, socket.take()], [true, []]);
});

Deno.test("Session.close with discard sends what the peer can take at once, and ends", () => {
  const polling = SessionBench.polling();
  polling.send("a");
  polling.poll("get");
  polling.session.close(true);
  assertEquals(polling.take(), [["get", "answer", "4a"], ["host", "closed", "forced close"]]);
  const socket = SessionBench.websocket();
  socket.send("a");
  socket.session.close(true);
  assertEquals(socket.take(), [
    ["ws", "write", ["4a"]],
    ["ws", "close"],
    ["host", "closed", "forced close"],
  ]);
});

Deno.test("Session.close with discard drops what the peer cannot take at once", () => {
  const polling = SessionBench.polling({ maxPayloadBytes: 5 });
  polling.poll("get");
  polling.send("aaaa");
  polling.send("bbbb");
  polling.session.close(true);
  assertEquals(polling.take(), [["get", "answer", "4aaaa"], ["host", "closed", "forced close"]]);
  const socket = SessionBench.websocket({ highWaterBytes: 10 });
  socket.sink.bufferedAmount = 10;
  socket.send("a");
  socket.session.close(true);
  assertEquals(socket.take(), [["ws", "close"], ["host", "closed", "forced close"]]);
  for (const bench of [polling, socket]) {
    bench.endTurn();
    assertEquals([bench.take(), bench.deadlines.pending], [[], 0]);
    assertEquals(bench.session.poll(new FakePoll()), false);
  }
});

Deno.test("Session.close with discard answers a waiting GET with a close packet", () => {
  const bench = SessionBench.polling();
  bench.poll("get");
  bench.session.close(true);
  assertEquals(bench.take(), [["get", "answer", "1"], ["host", "closed", "forced close"]]);
});

Deno.test("Session.close with discard ends one that is closing, once", () => {
  const bench = SessionBench.polling();
  bench.send("a");
  bench.session.close();
  bench.session.close(true);
  bench.session.close(true);
  bench.session.close();
  assertEquals(bench.take(), [["host", "closed", "forced close"]]);
  assertEquals([bench.session.bufferedAmount, bench.deadlines.pending], [0, 0]);
});

Deno.test("Session that is closing delivers nothing, but hears the peer's close", () => {
  const bench = SessionBench.polling();
  bench.send("a");
  bench.session.close();
  assertEquals(bench.session.receivePayload("4a\x1e3\x1e2\x1e1"), true);
  assertEquals(bench.take(), [["host", "closed", "transport close"]]);
});

Deno.test("Session that is closing answers polls at once, before what comes with them", () => {
  const bench = SessionBench.polling();
  bench.send("a");
  bench.session.close();
  const polls = [new FakePoll("first", bench.effects), new FakePoll("last", bench.effects)];
  for (const poll of polls) assertEquals(bench.session.poll(poll), true);
  assertEquals(polls.map(({ answer }) => answer), ["4a", "1"]);
  bench.session.receivePayload("1");
  assertEquals(bench.effects.at(-1)?.slice(0, 3), ["host", "closed", "forced close"]);
});

Deno.test("Session that is closing still ends by abort and malformed payloads", () => {
  const ends: readonly (readonly [string, (bench: SessionBench) => void])[] = [
    ["transport error", (bench) => bench.session.pollAborted()],
    ["transport error", (bench) => bench.session.postFailed("gone")],
    ["parse error", (bench) => bench.session.receivePayload("nonsense")],
  ];
  for (const [reason, end] of ends) {
    const bench = SessionBench.polling();
    bench.send("a");
    bench.session.close();
    end(bench);
    assertEquals(bench.effects.at(-1)?.slice(0, 3), ["host", "closed", reason]);
    assertEquals(bench.deadlines.pending, 0);
  }
});

import { assertEquals } from "@std/assert";
import { TransportError } from "../../src/base/errors.ts";
import type { Frame } from "../../src/wire/engine_packet.ts";
import { FakePoll, FakeSink } from "../support/fake_sink.ts";
import { SessionBench } from "../support/recording_host.ts";

const PROBE_ANSWER = ["candidate", "write", ["3probe"]] as const;

/** A polling session with a WebSocket that has probed. */
function probed(bench: SessionBench): FakeSink {
  const sink = bench.offer();
  bench.session.receiveFrame(sink, "2probe");
  return sink;
}

Deno.test("Session upgrades: probe, release of the waiting GET, then everything by WebSocket", () => {
  const bench = SessionBench.polling();
  bench.poll("get");
  const sink = bench.offer();
  assertEquals([bench.session.upgrading, bench.session.upgraded], [true, false]);
  assertEquals(bench.take(), []);
  bench.session.receiveFrame(sink, "2probe");
  assertEquals(bench.take(), [PROBE_ANSWER, ["get", "answer", "6"]]);
  assertEquals(bench.session.transport, "polling");
  bench.session.receiveFrame(sink, "5");
  assertEquals([bench.session.transport, bench.session.upgrading, bench.session.upgraded], [
    "websocket",
    false,
    true,
  ]);
  bench.send("a");
  bench.endTurn();
  bench.session.receiveFrame(sink, "4b");
  assertEquals(bench.take(), [["candidate", "write", ["4a"]], ["host", "message", "b"]]);
  assertEquals(bench.session.state, "open");
});

Deno.test("Session upgrades without a probe, and answers the waiting GET", () => {
  const bench = SessionBench.polling();
  bench.poll("get");
  bench.session.receiveFrame(bench.offer(), "5");
  assertEquals(bench.session.transport, "websocket");
  assertEquals(bench.take(), [["get", "answer", "6"]]);
});

Deno.test("Session sends after the upgrade what waited before it, in order", () => {
  const bench = SessionBench.polling();
  bench.send("a");
  bench.endTurn();
  const sink = probed(bench);
  bench.send("b");
  bench.endTurn();
  bench.session.receiveFrame(sink, "5");
  bench.send("c");
  bench.take();
  bench.endTurn();
  assertEquals(bench.take(), [["candidate", "write", ["4a", "4b", "4c"]]]);
});

Deno.test("Session flushes to the GET that waits during an upgrade, then releases the next", () => {
  const bench = SessionBench.polling();
  const sink = probed(bench);
  bench.send("a");
  bench.take();
  bench.poll("first");
  bench.endTurn();
  assertEquals(bench.take(), [["first", "answer", "4a"]]);
  bench.poll("second");
  assertEquals(bench.take(), [["second", "answer", "6"]]);
  bench.session.receiveFrame(sink, "5");
  bench.endTurn();
  assertEquals(sink.frames, ["3probe"]);
});

Deno.test("Session flushes to a GET that waits before the probe", () => {
  const bench = SessionBench.polling();
  bench.poll("get");
  const sink = bench.offer();
  bench.send("a");
  bench.endTurn();
  assertEquals(bench.take(), [["get", "answer", "4a"]]);
  bench.session.receiveFrame(sink, "2probe");
  bench.session.receiveFrame(sink, "5");
  bench.endTurn();
  assertEquals(bench.take(), [PROBE_ANSWER]);
});

Deno.test("Session releases repeated GETs during an upgrade at most every 100 ms", () => {
  const bench = SessionBench.polling();
  bench.poll("first");
  probed(bench);
  bench.advance(30);
  const answered: number[] = [];
  for (let index = 0; index < 5; index++) {
    const poll = bench.poll(`get ${index}`);
    poll.onAnswer = () => answered.push(bench.clock.now());
    while (poll.answer === undefined && bench.clock.now() < 2_000) bench.advance(1);
    assertEquals(poll.answer, "6");
  }
  assertEquals(answered, [100, 200, 300, 400, 500]);
});

Deno.test("Session releases GETs at most every 100 ms, however often the peer probes", () => {
  const bench = SessionBench.polling();
  bench.poll("first");
  const sink = probed(bench);
  bench.advance(10);
  const second = bench.poll("second");
  bench.session.receiveFrame(sink, "2probe");
  bench.advance(89);
  assertEquals(second.answer, undefined);
});

Deno.test("Session does not release a GET before the probe", () => {
  const bench = SessionBench.polling();
  const poll = bench.poll("get");
  bench.offer();
  bench.advance(9_999);
  assertEquals(poll.answer, undefined);
});

Deno.test("Session drops a candidate that says anything else, and goes on by polling", () => {
  const wrong: readonly Frame[] = ["4a", "2", "3probe", "6", "1", "0", "", "9", new Uint8Array(3)];
  for (const first of wrong) {
    const bench = SessionBench.polling();
    const poll = bench.poll("get");
    const sink = bench.offer();
    bench.session.receiveFrame(sink, first);
    assertEquals(bench.take(), [["candidate", "failed", "refused"], ["candidate", "close"]]);
    assertEquals(bench.session.upgrading, false);
    bench.session.receiveFrame(sink, "5");
    bench.session.sinkClosed(sink);
    bench.send("a");
    bench.endTurn();
    assertEquals([poll.answer, bench.session.transport], ["4a", "polling"]);
  }
});

Deno.test("Session drops a candidate that says something wrong after its probe", () => {
  const bench = SessionBench.polling();
  const sink = probed(bench);
  bench.session.receiveFrame(sink, "4a");
  assertEquals(bench.take(), [PROBE_ANSWER, ["candidate", "failed", "refused"], [
    "candidate",
    "close",
  ]]);
  const poll = bench.poll("get");
  bench.advance(5_000);
  assertEquals(poll.answer, undefined);
});

Deno.test("Session drops a candidate whose frame is above maxPayloadBytes", () => {
  const bench = SessionBench.polling({ maxPayloadBytes: 10 });
  const sink = bench.offer();
  bench.session.receiveFrame(sink, "2probe" + "x".repeat(5));
  assertEquals(bench.take(), [["candidate", "failed", "maxHttpBufferSize"], [
    "candidate",
    "close",
    1009,
  ]]);
  assertEquals(bench.session.state, "open");
});

Deno.test("Session goes on by polling when the candidate closes, and may be offered another", () => {
  const bench = SessionBench.polling();
  for (const error of [undefined, new TransportError("reset", "websocket")]) {
    bench.session.sinkClosed(probed(bench), error);
    assertEquals([bench.session.upgrading, bench.session.state], [false, "open"]);
  }
  const sink = bench.upgrade("third");
  assertEquals(bench.session.transport, "websocket");
  assertEquals(sink.isClosed, false);
});

Deno.test("Session drops a candidate that is not done within upgradeTimeout", () => {
  const bench = SessionBench.polling({ upgradeTimeoutMs: 500 });
  const sink = probed(bench);
  bench.advance(499);
  assertEquals(sink.isClosed, false);
  bench.advance(1);
  assertEquals(bench.take(), [PROBE_ANSWER, ["candidate", "failed", "upgradeTimeout"], [
    "candidate",
    "close",
  ]]);
  bench.session.receiveFrame(sink, "5");
  assertEquals([bench.session.transport, bench.session.state], ["polling", "open"]);
  assertEquals(bench.deadlines.pending, 1);
});

Deno.test("Session pings and drops candidates by the same deadline", () => {
  const bench = SessionBench.polling({ upgradeTimeoutMs: 500, pingIntervalMs: 300 });
  bench.poll("get");
  const sink = bench.offer();
  bench.advance(300);
  assertEquals(bench.take(), [["get", "answer", "2"]]);
  bench.advance(200);
  assertEquals(bench.take(), [["candidate", "failed", "upgradeTimeout"], ["candidate", "close"]]);
  assertEquals([sink.isClosed, bench.session.state], [true, "open"]);
});

Deno.test("Session refuses a second candidate and leaves the first alone", () => {
  const bench = SessionBench.polling();
  const first = bench.offer("first");
  const second = new FakeSink("second");
  assertEquals(bench.session.offerUpgrade(bench.offerOf(second)), false);
  bench.session.receiveFrame(second, "2probe");
  bench.session.sinkClosed(second);
  assertEquals([second.frames.length, second.isClosed], [0, false]);
  bench.session.receiveFrame(first, "5");
  assertEquals(bench.session.transport, "websocket");
  assertEquals(bench.session.offerUpgrade(bench.offerOf(second)), false);
});

Deno.test("Session refuses candidates when it is closing or closed, or on a WebSocket", () => {
  const bench = SessionBench.polling();
  bench.send("a");
  bench.session.close();
  assertEquals(bench.session.offerUpgrade(bench.offerOf(new FakeSink())), false);
  bench.session.close(true);
  assertEquals(bench.session.offerUpgrade(bench.offerOf(new FakeSink())), false);
  const upgraded = SessionBench.websocket();
  assertEquals(upgraded.session.offerUpgrade(upgraded.offerOf(new FakeSink())), false);
  assertEquals(bench.deadlines.pending, 0);
  for (const { effects } of [bench, upgraded]) {
    assertEquals(effects.at(-1), ["sink", "failed", "refused"]);
  }
});

Deno.test("Session refuses a candidate that its budget has no memory for, and says so", () => {
  const bench = SessionBench.polling({ maxConnectionMemory: 10_000 });
  bench.session.memory.hold(6_000);
  const sink = new FakeSink("ws", bench.effects);
  assertEquals(bench.session.offerUpgrade(bench.offerOf(sink)), false);
  assertEquals(bench.take(), [["ws", "failed", "maxConnectionMemory"]]);
  assertEquals([bench.session.memory.heldBytes, bench.session.upgrading], [6_000, false]);
  bench.session.memory.release(6_000);
  const first = bench.offer();
  assertEquals(bench.session.memory.heldBytes, 4_096);
  bench.session.sinkClosed(first);
  // A peer that goes away has done nothing wrong.
  assertEquals([bench.session.memory.heldBytes, bench.take()], [0, [["candidate", "close"]]]);
});

Deno.test("Session that is closing finishes an upgrade under way, sends its queue and ends", () => {
  const bench = SessionBench.polling();
  const sink = probed(bench);
  bench.send("a");
  bench.endTurn();
  bench.session.close();
  assertEquals(bench.session.state, "closing");
  bench.take();
  bench.session.receiveFrame(sink, "5");
  bench.endTurn();
  assertEquals(bench.take(), [
    ["candidate", "write", ["4a"]],
    ["candidate", "close"],
    ["host", "closed", "forced close"],
  ]);
  assertEquals(bench.deadlines.pending, 0);
});

Deno.test("Session that is closing ends by polling too, and drops the candidate", () => {
  const bench = SessionBench.polling();
  probed(bench);
  bench.send("a");
  bench.session.close();
  bench.take();
  bench.read("first");
  bench.read("second");
  assertEquals(bench.take(), [
    ["first", "answer", "4a"],
    ["second", "answer", "1"],
    ["candidate", "close"],
    ["host", "closed", "forced close"],
  ]);
});

Deno.test("Session that is closing drops a candidate that is not done in time", () => {
  const bench = SessionBench.polling({ upgradeTimeoutMs: 500, closeTimeoutMs: 2_000 });
  const sink = probed(bench);
  bench.send("a");
  bench.session.close();
  bench.advance(500);
  assertEquals([sink.isClosed, bench.session.state], [true, "closing"]);
  assertEquals([bench.read(), bench.read()], ["4a", "1"]);
});

Deno.test("Session that ends drops the candidate, whatever ends it", () => {
  const ends: readonly ((bench: SessionBench) => void)[] = [
    (bench) => bench.session.close(true),
    (bench) => bench.session.receivePayload("1"),
    (bench) => bench.session.receivePayload("nonsense"),
    (bench) => bench.session.pollAborted(),
    (bench) => bench.advance(2_000),
  ];
  for (const end of ends) {
    const bench = SessionBench.polling({ pingIntervalMs: 1_000, pingTimeoutMs: 1_000 });
    const sink = probed(bench);
    end(bench);
    assertEquals([sink.isClosed, bench.session.state, bench.session.upgrading], [
      true,
      "closed",
      false,
    ]);
    bench.session.receiveFrame(sink, "5");
    bench.session.sinkClosed(sink);
    assertEquals(bench.effects.at(-1)?.[1], "closed");
    assertEquals(bench.deadlines.pending, 0);
  }
});

Deno.test("Session ignores frames and closes of sinks that are not its own", () => {
  const bench = SessionBench.polling();
  const foreign = new FakeSink("foreign", bench.effects);
  for (const frame of ["4a", "1", "nonsense", "2", "5", "x".repeat(2_000_000)]) {
    bench.session.receiveFrame(foreign, frame);
  }
  bench.session.sinkClosed(foreign);
  const sink = bench.upgrade();
  bench.take();
  for (const frame of ["4a", "1", "nonsense", "2"]) bench.session.receiveFrame(foreign, frame);
  bench.session.sinkClosed(foreign, new TransportError("reset", "websocket"));
  assertEquals(bench.take(), []);
  assertEquals([bench.session.state, sink.isClosed], ["open", false]);
});

Deno.test("Session refuses an upgrade while a POST is read, which would end up behind it", () => {
  const bench = SessionBench.polling();
  bench.session.postBegun(() => bench.effects.push(["post", "aborted"]));
  const sink = bench.upgrade();
  bench.session.receiveFrame(sink, "4by WebSocket");
  bench.session.postEnded();
  assertEquals(bench.session.receivePayload("4by POST"), true);
  assertEquals(bench.take(), [
    PROBE_ANSWER,
    ["candidate", "failed", "refused"],
    ["candidate", "close"],
    ["host", "message", "by POST"],
  ]);
  assertEquals([bench.session.state, bench.session.transport], ["open", "polling"]);
});

Deno.test("Session that was upgraded refuses GETs and POSTs without ending", () => {
  const bench = SessionBench.polling();
  const sink = bench.upgrade();
  bench.take();
  assertEquals(bench.session.poll(new FakePoll("late", bench.effects)), false);
  assertEquals(bench.session.postBegun(() => bench.effects.push(["late", "aborted"])), false);
  bench.session.pollAborted();
  bench.session.postFailed("data request connection closed prematurely");
  bench.send("a");
  bench.endTurn();
  assertEquals(bench.take(), [["candidate", "write", ["4a"]]]);
  assertEquals([bench.session.state, sink.isClosed], ["open", false]);
  bench.session.close(true);
  assertEquals(bench.take(), [["candidate", "close"], ["host", "closed", "forced close"]]);
});

Deno.test("Session takes a peer that answers the probe at once, from inside the write", () => {
  const bench = SessionBench.polling();
  bench.poll("get");
  const sink = bench.offer();
  sink.onWrite = () => {
    sink.onWrite = () => {};
    bench.session.receiveFrame(sink, "5");
  };
  bench.session.receiveFrame(sink, "2probe");
  assertEquals(bench.take(), [PROBE_ANSWER, ["get", "answer", "6"]]);
  bench.send("a");
  bench.endTurn();
  assertEquals(bench.take(), [["candidate", "write", ["4a"]]]);
});

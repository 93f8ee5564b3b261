import { assert, assertEquals } from "@std/assert";
import {
  type HeartbeatAction,
  ServerHeartbeat,
  type TimeSource,
} from "../../src/session/heartbeat.ts";
import type { EnginePacketType } from "../../src/wire/engine_packet.ts";
import { type BenchOptions, SessionBench } from "../support/recording_host.ts";

const SETTINGS = { pingIntervalMs: 100, pingTimeoutMs: 40 };
const NOT_HEARTBEAT: readonly EnginePacketType[] = ["open", "message", "upgrade", "noop"];

/** A heartbeat that started at time 0, with its clock. */
function startHeartbeat(spread = 0): { heartbeat: ServerHeartbeat; time: { at: number } } {
  const time = { at: 0 };
  const source: TimeSource = { now: () => time.at };
  return { heartbeat: new ServerHeartbeat(SETTINGS, source, spread), time };
}

/** Asks at the deadline what to do. */
function comeDue(heartbeat: ServerHeartbeat): HeartbeatAction {
  return heartbeat.due(heartbeat.deadline);
}

Deno.test("ServerHeartbeat pings after pingInterval and gives up pingTimeout later", () => {
  const { heartbeat } = startHeartbeat();
  assertEquals(heartbeat.deadline, 100);
  assertEquals(heartbeat.due(100), "ping");
  assertEquals(heartbeat.deadline, 140);
  assertEquals(heartbeat.due(140), "timeout");
});

Deno.test("ServerHeartbeat does nothing before its deadline, and does not move it", () => {
  const { heartbeat } = startHeartbeat();
  assertEquals(heartbeat.due(99), "none");
  assertEquals(heartbeat.deadline, 100);
  assertEquals(comeDue(heartbeat), "ping");
  assertEquals(heartbeat.due(139), "none");
  assertEquals(heartbeat.deadline, 140);
});

Deno.test("ServerHeartbeat counts the pong's time from the ping, also when that was late", () => {
  const { heartbeat } = startHeartbeat();
  assertEquals(heartbeat.due(130), "ping");
  assertEquals(heartbeat.deadline, 170);
});

Deno.test("ServerHeartbeat spreads the first ping over a tenth of the interval, never later", () => {
  assertEquals(startHeartbeat(0).heartbeat.deadline, 100);
  assertEquals(startHeartbeat(0.5).heartbeat.deadline, 95);
  assertEquals(startHeartbeat(1).heartbeat.deadline, 90);
});

Deno.test("ServerHeartbeat spreads the first ping only", () => {
  const { heartbeat, time } = startHeartbeat(1);
  assertEquals(comeDue(heartbeat), "ping");
  time.at = 95;
  heartbeat.received("pong");
  assertEquals(heartbeat.deadline, 195);
});

Deno.test("ServerHeartbeat pings again pingInterval after the pong", () => {
  const { heartbeat, time } = startHeartbeat();
  comeDue(heartbeat);
  time.at = 139;
  assertEquals(heartbeat.received("pong"), "beat");
  assertEquals(heartbeat.deadline, 239);
  assertEquals(heartbeat.due(239), "ping");
});

Deno.test("ServerHeartbeat extends the wait for a pong once per ping, by any other packet", () => {
  for (const type of NOT_HEARTBEAT) {
    const { heartbeat, time } = startHeartbeat();
    comeDue(heartbeat);
    time.at = 130;
    assertEquals(heartbeat.received(type), "none", type);
    assertEquals(heartbeat.deadline, 170, type);
    time.at = 160;
    heartbeat.received(type);
    assertEquals(heartbeat.deadline, 170, type);
    assertEquals(heartbeat.due(170), "timeout", type);
  }
});

Deno.test("ServerHeartbeat may extend again in the next cycle", () => {
  const { heartbeat, time } = startHeartbeat();
  comeDue(heartbeat);
  heartbeat.received("message");
  time.at = 120;
  heartbeat.received("pong");
  assertEquals(heartbeat.due(220), "ping");
  time.at = 250;
  heartbeat.received("message");
  assertEquals(heartbeat.deadline, 290);
});

Deno.test("ServerHeartbeat is not moved by packets while no pong is awaited", () => {
  const { heartbeat, time } = startHeartbeat();
  time.at = 50;
  for (const type of NOT_HEARTBEAT) heartbeat.received(type);
  assertEquals(heartbeat.deadline, 100);
});

Deno.test("ServerHeartbeat takes a pong unasked as a sign of life", () => {
  const { heartbeat, time } = startHeartbeat();
  time.at = 60;
  assertEquals(heartbeat.received("pong"), "beat");
  assertEquals(heartbeat.deadline, 160);
  assertEquals(heartbeat.due(160), "ping");
});

Deno.test("ServerHeartbeat refuses a ping from the client, and nothing else changes", () => {
  const { heartbeat, time } = startHeartbeat();
  comeDue(heartbeat);
  time.at = 120;
  assertEquals(heartbeat.received("ping"), "refused");
  assertEquals(heartbeat.deadline, 140);
  assertEquals(heartbeat.due(140), "timeout");
});

const QUICK: BenchOptions = { pingIntervalMs: 1_000, pingTimeoutMs: 400 };

Deno.test("Session pings after pingInterval, over a WebSocket", () => {
  const bench = SessionBench.websocket(QUICK);
  bench.advance(999);
  assertEquals(bench.take(), []);
  bench.advance(1);
  assertEquals(bench.take(), [["ws", "write", ["2"]]]);
});

Deno.test("Session pings with the waiting GET, or with the next one", () => {
  const bench = SessionBench.polling(QUICK);
  bench.poll("first");
  bench.advance(1_000);
  assertEquals(bench.take(), [["first", "answer", "2"]]);
  bench.session.receivePayload("3");
  bench.advance(1_000);
  assertEquals(bench.take(), []);
  assertEquals(bench.read("second"), "2");
});

Deno.test("Session starts the first ping earlier by its spread", () => {
  const bench = SessionBench.websocket({ ...QUICK, spread: 1 });
  bench.advance(899);
  assertEquals(bench.sink.frames, []);
  bench.advance(1);
  assertEquals(bench.sink.frames, ["2"]);
});

Deno.test("Session goes on pinging a peer that answers", () => {
  const bench = SessionBench.websocket(QUICK);
  for (let cycle = 0; cycle < 50; cycle++) {
    bench.advance(1_000);
    assertEquals(bench.take(), [["ws", "write", ["2"]]], `cycle ${cycle}`);
    bench.advance(399);
    bench.session.receiveFrame(bench.sink, "3");
  }
  assertEquals(bench.session.state, "open");
  assertEquals(bench.deadlines.pending, 1);
});

Deno.test("Session pings in time when pingTimeout is longer than pingInterval", () => {
  const bench = SessionBench.websocket({ pingIntervalMs: 100, pingTimeoutMs: 5_000 });
  bench.advance(100);
  bench.session.receiveFrame(bench.sink, "3");
  bench.take();
  bench.advance(100);
  assertEquals(bench.take(), [["ws", "write", ["2"]]]);
});

Deno.test("Session closes with 'ping timeout' when no pong comes in pingTimeout", () => {
  const bench = SessionBench.websocket(QUICK);
  bench.advance(1_399);
  assertEquals(bench.session.state, "open");
  bench.take();
  bench.advance(1);
  assertEquals(bench.take(), [["ws", "close"], ["host", "closed", "ping timeout"]]);
  assertEquals(bench.session.state, "closed");
  assertEquals(bench.deadlines.pending, 0);
});

Deno.test("Session that times out cuts a WebSocket that has not read what it was sent", () => {
  const bench = SessionBench.websocket(QUICK);
  bench.sink.holds = true;
  bench.advance(1_000);
  bench.take();
  bench.advance(400);
  assertEquals(bench.take(), [["ws", "cut"], ["host", "closed", "ping timeout"]]);
});

Deno.test("Session that times out answers the waiting GET with a close packet", () => {
  const bench = SessionBench.polling(QUICK);
  bench.advance(1_000);
  bench.read("first");
  bench.poll("second");
  bench.take();
  bench.advance(400);
  assertEquals(bench.take(), [["second", "answer", "1"], ["host", "closed", "ping timeout"]]);
  assertEquals(bench.deadlines.pending, 0);
});

Deno.test("Session waits one pingTimeout more after a message instead of the pong, once", () => {
  const bench = SessionBench.websocket(QUICK);
  bench.advance(1_300);
  bench.session.receiveFrame(bench.sink, "4a");
  bench.advance(399);
  bench.session.receiveFrame(bench.sink, "4b");
  assertEquals(bench.session.state, "open");
  bench.advance(1);
  assertEquals(bench.effects.at(-1), ["host", "closed", "ping timeout"]);
});

Deno.test("Session takes a pong after the extension of its wait", () => {
  const bench = SessionBench.websocket(QUICK);
  bench.advance(1_300);
  bench.session.receiveFrame(bench.sink, "6");
  bench.advance(300);
  bench.session.receiveFrame(bench.sink, "3");
  bench.take();
  bench.advance(999);
  assertEquals(bench.take(), []);
  bench.advance(1);
  assertEquals(bench.take(), [["ws", "write", ["2"]]]);
});

Deno.test("Session takes a pong by POST while a GET waits", () => {
  const bench = SessionBench.polling(QUICK);
  bench.poll("first");
  bench.advance(1_000);
  bench.poll("second");
  bench.advance(200);
  bench.session.receivePayload("3");
  bench.advance(999);
  assertEquals(bench.take(), [["first", "answer", "2"]]);
  bench.advance(1);
  assertEquals(bench.take(), [["second", "answer", "2"]]);
});

Deno.test("Session takes pongs unasked: each puts off the next ping", () => {
  const bench = SessionBench.websocket(QUICK);
  bench.advance(600);
  bench.session.receiveFrame(bench.sink, "3");
  bench.session.receiveFrame(bench.sink, "3");
  bench.advance(999);
  assertEquals(bench.take(), []);
  bench.advance(1);
  assertEquals(bench.take(), [["ws", "write", ["2"]]]);
  assertEquals(bench.deadlines.pending, 1);
});

Deno.test("Session ignores a pong that comes after its end", () => {
  const bench = SessionBench.websocket(QUICK);
  bench.advance(1_400);
  bench.take();
  bench.session.receiveFrame(bench.sink, "3");
  bench.session.receivePayload("3");
  bench.advance(10_000);
  assertEquals(bench.take(), []);
  assertEquals(bench.deadlines.pending, 0);
});

Deno.test("Session ends when the client pings: the server does, in revision 4", () => {
  for (const frame of ["2", "2probe"]) {
    const socket = SessionBench.websocket();
    socket.session.receiveFrame(socket.sink, frame);
    assertEquals(socket.take(), [
      ["ws", "close"],
      ["host", "closed", "transport error", "invalid heartbeat direction"],
    ]);
    const polling = SessionBench.polling();
    assertEquals(polling.session.receivePayload(`4a\x1e${frame}\x1e4b`), true);
    assertEquals(polling.take(), [
      ["host", "message", "a"],
      ["host", "closed", "transport error", "invalid heartbeat direction"],
    ]);
  }
});

Deno.test("Session does not ping while it is closing, nor wait for a pong", () => {
  const bench = SessionBench.polling({ ...QUICK, closeTimeoutMs: 60_000 });
  bench.advance(1_000);
  bench.send("last");
  bench.session.close();
  bench.take();
  bench.advance(50_000);
  assertEquals(bench.take(), []);
  assertEquals(bench.session.state, "closing");
  assertEquals([bench.read(), bench.read()], ["2\x1e4last", "1"]);
  assertEquals(bench.deadlines.pending, 0);
});

Deno.test("Session keeps its heartbeat across an upgrade", () => {
  const bench = SessionBench.polling(QUICK);
  bench.poll();
  bench.advance(1_000);
  const sink = bench.upgrade();
  bench.advance(300);
  assertEquals(bench.session.state, "open");
  bench.session.receiveFrame(sink, "3");
  bench.take();
  bench.advance(999);
  assertEquals(bench.take(), []);
  bench.advance(1);
  assertEquals(bench.take(), [["candidate", "write", ["2"]]]);
  bench.advance(400);
  assertEquals(bench.effects.at(-1), ["host", "closed", "ping timeout"]);
});

Deno.test("Session keeps one deadline, however much it is told", () => {
  const bench = SessionBench.websocket(QUICK);
  for (let index = 0; index < 200; index++) {
    bench.session.receiveFrame(bench.sink, index % 3 === 0 ? "3" : "4a");
    bench.send("b");
    assert(bench.deadlines.pending <= 1 && bench.clock.waiting <= 1);
  }
  bench.session.close(true);
  assertEquals(bench.deadlines.pending, 0);
  assertEquals(bench.clock.waiting, 0);
});

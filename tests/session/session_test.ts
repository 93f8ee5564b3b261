import { assertEquals } from "@std/assert";
import { EncodedPacket } from "../../src/wire/encoded_packet.ts";
import { FakePoll } from "../support/fake_sink.ts";
import { SessionBench } from "../support/recording_host.ts";

const HANDSHAKE = {
  sid: "sid-1",
  upgrades: ["websocket"],
  pingInterval: 25_000,
  pingTimeout: 20_000,
  maxPayload: 1_000_000,
};

/** The contents of an open packet. */
function readOpen(text: unknown): unknown {
  assertEquals(String(text)[0], "0");
  return JSON.parse(String(text).slice(1));
}

/** What the observer was told. */
function observed(bench: SessionBench): unknown[] {
  return bench.take().filter(([, what]) => what === "observe").map(([, , event]) => event);
}

Deno.test("Session greets a polling peer with the handshake, on its first GET", () => {
  const bench = SessionBench.polling();
  bench.session.greet();
  const answer = bench.read();
  assertEquals(readOpen(answer), HANDSHAKE);
  assertEquals(bench.take(), [["get", "answer", answer]]);
});

Deno.test("Session greets a WebSocket with the handshake, and announces no upgrades there", () => {
  const bench = SessionBench.websocket();
  bench.session.greet();
  assertEquals(bench.take(), []);
  bench.endTurn();
  assertEquals(readOpen(bench.sink.frames[0]), { ...HANDSHAKE, upgrades: [] });
});

Deno.test("Session announces the server's numbers and upgrades in the handshake", () => {
  const bench = SessionBench.polling({
    upgrades: [],
    pingIntervalMs: 300,
    pingTimeoutMs: 200,
    maxPayloadBytes: 5_000,
  });
  bench.session.greet();
  assertEquals(readOpen(bench.read()), {
    sid: "sid-1",
    upgrades: [],
    pingInterval: 300,
    pingTimeout: 200,
    maxPayload: 5_000,
  });
});

Deno.test("Session starts open, on the transport it was opened with", () => {
  const polling = SessionBench.polling().session;
  const socket = SessionBench.websocket().session;
  assertEquals([polling.state, polling.transport], ["open", "polling"]);
  assertEquals([socket.state, socket.transport], ["open", "websocket"]);
  assertEquals([polling.upgrading, polling.upgraded, polling.bufferedAmount], [false, false, 0]);
  assertEquals([polling.id, polling.revision.traits.protocol], ["sid-1", 4]);
});

Deno.test("Session writes what one turn sends at once and in order, text and binary mixed", () => {
  const bench = SessionBench.websocket();
  const bytes = new Uint8Array([1, 2]);
  bench.send("a");
  bench.send("b", bytes);
  bench.session.send(EncodedPacket.control("ping"));
  bench.send("c");
  assertEquals(bench.take(), []);
  bench.endTurn();
  assertEquals(bench.take(), [["ws", "write", ["4a", "4b", bytes, "2", "4c"]]]);
});

Deno.test("Session asks for one flush in a turn, and again in the next", () => {
  const bench = SessionBench.websocket();
  for (let turn = 0; turn < 3; turn++) {
    for (let index = 0; index < 10; index++) bench.send("a");
    bench.session.receiveFrame(bench.sink, "4b");
    assertEquals(bench.host.flushRequests, 1);
    bench.endTurn();
    assertEquals(bench.host.flushRequests, 0);
  }
});

Deno.test("Session asks for no flush when there is nothing to send", () => {
  const bench = SessionBench.polling();
  bench.poll();
  bench.session.receivePayload("4a\x1e3");
  assertEquals(bench.host.flushRequests, 0);
});

Deno.test("Session asks for another flush for what a flush brings about", () => {
  const bench = SessionBench.polling();
  const first = bench.poll("first");
  first.onAnswer = () => bench.send("b");
  bench.send("a");
  bench.endTurn();
  assertEquals(bench.host.flushRequests, 1);
  assertEquals(bench.read("second"), "4b");
});

Deno.test("Session asks for a flush no more than once until it is flushed", () => {
  const bench = SessionBench.polling();
  bench.send("a");
  bench.session.close();
  bench.poll();
  assertEquals(bench.host.flushRequests, 1);
});

Deno.test("Session delivers messages in order, text and binary, of POST and of frames", () => {
  const polling = SessionBench.polling();
  assertEquals(polling.session.receivePayload("4a\x1ebAQI=\x1e4"), true);
  assertEquals(polling.take(), [
    ["host", "message", "a"],
    ["host", "message", new Uint8Array([1, 2])],
    ["host", "message", ""],
  ]);
  const socket = SessionBench.websocket();
  socket.session.receiveFrame(socket.sink, "4a");
  socket.session.receiveFrame(socket.sink, new Uint8Array([1, 2]));
  assertEquals(socket.take(), [
    ["host", "message", "a"],
    ["host", "message", new Uint8Array([1, 2])],
  ]);
});

Deno.test("Session ignores packets that say nothing to an open session", () => {
  const bench = SessionBench.websocket();
  for (const frame of ["0", "0{}", "5", "6", "6x"]) bench.session.receiveFrame(bench.sink, frame);
  assertEquals(bench.take(), []);
  assertEquals(bench.session.state, "open");
});

Deno.test("Session delivers what comes before a malformed packet, then ends", () => {
  for (const body of ["4a\x1e4b\x1enonsense\x1e4c", "4a\x1e4b\x1e", "4a\x1e4b\x1e\x1e4c"]) {
    const bench = SessionBench.polling();
    bench.poll("get");
    assertEquals(bench.session.receivePayload(body), false);
    const effects = bench.take();
    assertEquals(effects.slice(0, 3), [
      ["host", "message", "a"],
      ["host", "message", "b"],
      ["get", "answer", "1"],
    ]);
    assertEquals(effects[3]?.slice(0, 3), ["host", "closed", "parse error"]);
    assertEquals(effects.length, 4);
    assertEquals(bench.deadlines.pending, 0);
  }
});

Deno.test("Session takes no payload and no frame after its end", () => {
  const bench = SessionBench.websocket();
  bench.session.close(true);
  bench.take();
  assertEquals(bench.session.receivePayload("nonsense"), true);
  bench.session.receiveFrame(bench.sink, "nonsense");
  bench.session.receiveFrame(bench.sink, "x".repeat(2_000_000));
  bench.session.sinkClosed(bench.sink);
  bench.session.pollAborted();
  bench.session.postFailed("late");
  bench.session.flush();
  bench.session.onDeadline(bench.clock.now());
  assertEquals(bench.take(), []);
  assertEquals(bench.deadlines.pending, 0);
});

Deno.test("Session drops a volatile packet over polling when no GET waits", () => {
  const bench = SessionBench.polling();
  assertEquals(bench.sendVolatile("a"), "dropped");
  assertEquals([bench.host.flushRequests, bench.session.bufferedAmount], [0, 0]);
  const poll = bench.poll();
  assertEquals(bench.sendVolatile("b"), "queued");
  bench.endTurn();
  assertEquals(poll.answer, "4b");
  assertEquals(bench.sendVolatile("c"), "dropped");
});

Deno.test("Session drops a volatile packet for a GET whose peer has gone", () => {
  const bench = SessionBench.polling();
  bench.poll().gone = true;
  assertEquals(bench.sendVolatile("a"), "dropped");
});

Deno.test("Session drops a volatile packet during an upgrade, although a GET waits", () => {
  const bench = SessionBench.polling();
  bench.poll();
  const sink = bench.offer();
  assertEquals(bench.sendVolatile("a"), "dropped");
  bench.session.receiveFrame(sink, "2probe");
  bench.poll();
  assertEquals(bench.sendVolatile("b"), "dropped");
  bench.session.receiveFrame(sink, "5");
  assertEquals(bench.sendVolatile("c"), "queued");
});

Deno.test("Session drops a volatile packet behind one that waits", () => {
  const bench = SessionBench.websocket();
  assertEquals(bench.sendVolatile("a"), "queued");
  assertEquals(bench.sendVolatile("b"), "dropped");
  bench.endTurn();
  bench.send("c");
  assertEquals(bench.sendVolatile("d"), "dropped");
  bench.endTurn();
  assertEquals(bench.sink.frames, ["4a", "4c"]);
});

Deno.test("Session drops a volatile packet while the sink holds a byte", () => {
  const bench = SessionBench.websocket();
  bench.sink.bufferedAmount = 1;
  assertEquals(bench.sendVolatile("a"), "dropped");
  bench.sink.bufferedAmount = 0;
  assertEquals(bench.sendVolatile("b"), "queued");
});

Deno.test("Session says when it is writable: as a volatile packet would find it", () => {
  const bench = SessionBench.polling();
  assertEquals(bench.session.writable, false);
  bench.poll();
  assertEquals(bench.session.writable, true);
  bench.send("a");
  assertEquals(bench.session.writable, false);
  bench.session.close(true);
  assertEquals(bench.session.writable, false);
});

Deno.test("Session takes nothing any more while it closes, and after", () => {
  const bench = SessionBench.polling();
  bench.send("a");
  bench.session.close();
  assertEquals([bench.send("b"), bench.sendVolatile("c")], ["closed", "closed"]);
  bench.session.close(true);
  assertEquals([bench.send("b"), bench.sendVolatile("c")], ["closed", "closed"]);
  assertEquals(bench.session.bufferedAmount, 0);
});

Deno.test("Session takes what a message handler sends, in order", () => {
  const bench = SessionBench.websocket();
  bench.host.onMessage = (data) => bench.send(`re ${String(data)}`);
  bench.send("first");
  bench.session.receivePayload("4a\x1e4b");
  bench.endTurn();
  assertEquals(bench.sink.frames, ["4first", "4re a", "4re b"]);
});

Deno.test("Session delivers nothing after a message handler has closed it", () => {
  for (const discard of [true, false]) {
    const bench = SessionBench.polling();
    bench.poll("get");
    bench.host.onMessage = () => {
      bench.send("bye");
      bench.session.close(discard);
    };
    assertEquals(bench.session.receivePayload("4a\x1e4b\x1e4c"), true);
    if (!discard) bench.read("last");
    assertEquals(bench.take(), [
      ["host", "message", "a"],
      ["get", "answer", "4bye"],
      ...(discard ? [] : [["last", "answer", "1"] as const]),
      ["host", "closed", "forced close"],
    ]);
  }
});

Deno.test("Session is closed and quiet by the time its host hears of it", () => {
  const bench = SessionBench.polling();
  bench.poll("get");
  bench.host.onClosed = () => {
    assertEquals([bench.session.state, bench.deadlines.pending], ["closed", 0]);
    assertEquals(bench.send("late"), "closed");
    bench.session.close();
    bench.session.close(true);
    assertEquals(bench.session.poll(new FakePoll("late", bench.effects)), false);
    bench.session.receivePayload("1");
    bench.session.pollAborted();
  };
  bench.session.close(true);
  bench.endTurn();
  assertEquals(bench.take(), [["get", "answer", "1"], ["host", "closed", "forced close"]]);
});

Deno.test("Session tells nothing to an observer unless it is observed", () => {
  const bench = SessionBench.websocket({ pingIntervalMs: 100 });
  bench.send("a");
  bench.session.receiveFrame(bench.sink, "3");
  bench.advance(100);
  assertEquals(observed(bench), []);
});

Deno.test("Session tells an observer of every packet it creates, part by part", () => {
  const bench = SessionBench.polling();
  bench.session.observed = true;
  const bytes = new Uint8Array([1]);
  bench.session.greet();
  bench.send("a", bytes);
  bench.sendVolatile("dropped");
  const [open, ...messages] = observed(bench) as { type: string; packet: { data?: unknown } }[];
  assertEquals(open?.type, "packetCreate");
  assertEquals(readOpen("0" + String(open?.packet.data)), HANDSHAKE);
  assertEquals<unknown>(messages, [
    { type: "packetCreate", packet: { type: "message", data: "a" } },
    { type: "packetCreate", packet: { type: "message", data: bytes } },
  ]);
});

Deno.test("Session tells an observer of the pings it creates", () => {
  const bench = SessionBench.websocket({ pingIntervalMs: 100 });
  bench.session.observed = true;
  bench.clock.advance(100);
  assertEquals(observed(bench), [{ type: "packetCreate", packet: { type: "ping" } }]);
});

Deno.test("Session tells an observer of packets, heartbeats and flushes", () => {
  const bench = SessionBench.websocket();
  bench.session.observed = true;
  bench.session.receiveFrame(bench.sink, "3");
  bench.session.receiveFrame(bench.sink, "4a");
  assertEquals(bench.take(), [
    ["host", "observe", { type: "packet", packet: { type: "pong" } }],
    ["host", "observe", { type: "heartbeat" }],
    ["host", "observe", { type: "packet", packet: { type: "message", data: "a" } }],
    ["host", "message", "a"],
  ]);
  bench.session.flush();
  assertEquals(bench.take(), []);
  bench.send("b");
  bench.take();
  bench.endTurn();
  assertEquals(observed(bench), [{ type: "flush" }, { type: "drain" }]);
});

Deno.test("Session tells an observer when an upgrade begins and when it is done", () => {
  const bench = SessionBench.polling();
  bench.session.observed = true;
  const sink = bench.offer();
  assertEquals(observed(bench), []);
  bench.session.receiveFrame(sink, "2probe");
  assertEquals(observed(bench), [{ type: "upgrading" }]);
  bench.host.onObserve = () => assertEquals(bench.session.transport, "websocket");
  bench.session.receiveFrame(sink, "5");
  assertEquals(observed(bench), [{ type: "upgrade" }]);
});

Deno.test("Session delivers nothing after an observer of the packet has closed it", () => {
  const bench = SessionBench.websocket();
  bench.session.observed = true;
  bench.host.onObserve = () => bench.session.close(true);
  bench.session.receiveFrame(bench.sink, "4a");
  assertEquals(bench.effects.at(-1), ["host", "closed", "forced close"]);
});

Deno.test("Session asks for no flush once its observer has closed it", () => {
  const bench = SessionBench.polling();
  bench.session.observed = true;
  bench.host.onObserve = () => bench.session.close(true);
  bench.send("a");
  assertEquals(bench.host.flushRequests, 0);
  const upgrading = SessionBench.polling();
  upgrading.session.observed = true;
  upgrading.host.onObserve = ({ type }) => void (type === "upgrade" && upgrading.session.close());
  upgrading.upgrade();
  assertEquals([upgrading.session.state, upgrading.host.flushRequests], ["closed", 0]);
});

Deno.test("Session may be closed by its observer at any point, and ends once", () => {
  const types = ["packetCreate", "packet", "heartbeat", "flush", "drain", "upgrading", "upgrade"];
  for (const type of types) {
    const bench = SessionBench.polling();
    bench.session.observed = true;
    bench.poll("get");
    bench.host.onObserve = (event) => void (event.type === type && bench.session.close(true));
    bench.session.receivePayload("3");
    bench.send("a", "b");
    bench.endTurn();
    const sink = bench.upgrade();
    bench.endTurn();
    const effects = bench.take().filter(([, what]) => what !== "observe" && what !== "failed");
    assertEquals(effects.at(-1), ["host", "closed", "forced close"], type);
    assertEquals(effects.filter(([, what]) => what === "closed").length, 1);
    assertEquals(bench.deadlines.pending, 0);
    assertEquals(sink.isClosed, type.startsWith("upg"));
  }
});

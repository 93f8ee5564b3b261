import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import { TransportError } from "../../src/base/errors.ts";
import { SendQueue } from "../../src/session/send_queue.ts";
import { WebSocketLink } from "../../src/session/websocket_link.ts";
import { EncodedPacket } from "../../src/wire/encoded_packet.ts";
import type { Frame } from "../../src/wire/engine_packet.ts";
import { engineV4 } from "../../src/wire/engine_v4.ts";
import { type Effect, FakeSink } from "../support/fake_sink.ts";
import { SessionBench, UNLIMITED } from "../support/recording_host.ts";

/** A link over a fake sink, and a queue. */
function setUp(
  highWaterBytes = 1_000,
): { link: WebSocketLink; sink: FakeSink; queue: SendQueue; effects: Effect[] } {
  const effects: Effect[] = [];
  const sink = new FakeSink("ws", effects);
  const link = new WebSocketLink(sink, engineV4, highWaterBytes);
  return { link, sink, queue: new SendQueue(UNLIMITED), effects };
}

function push(queue: SendQueue, ...messages: readonly (readonly Frame[])[]): void {
  for (const parts of messages) queue.push(EncodedPacket.message(parts));
}

Deno.test("WebSocketLink hands over all that is queued in one write, in order", () => {
  const { link, queue, effects } = setUp();
  const bytes = new Uint8Array([1, 2]);
  push(queue, ["a"], ["b", bytes, "c"]);
  queue.push(EncodedPacket.control("ping"));
  assertEquals(link.drain(queue, false), false);
  assertEquals(effects, [["ws", "write", ["4a", "4b", bytes, "4c", "2"]]]);
  assertEquals([queue.length, queue.bytes], [0, 0]);
});

Deno.test("WebSocketLink hands binary parts over as they are", () => {
  const { link, sink, queue } = setUp();
  const bytes = new Uint8Array([1, 2]);
  push(queue, [bytes]);
  link.drain(queue, false);
  assertStrictEquals(sink.frames[0], bytes);
});

Deno.test("WebSocketLink leaves a packet that others send as well as it was", () => {
  const { link, queue } = setUp();
  const shared = EncodedPacket.message(["a", "b"]);
  queue.push(shared);
  push(queue, ["c"]);
  link.drain(queue, false);
  assertEquals(engineV4.webSocketFrames(shared), ["4a", "4b"]);
});

Deno.test("WebSocketLink writes nothing when nothing is queued", () => {
  const { link, queue, effects } = setUp();
  link.drain(queue, false);
  link.drain(queue, true);
  assertEquals(effects, []);
});

Deno.test("WebSocketLink hands over nothing while the sink is at the high-water mark", () => {
  const { link, sink, queue, effects } = setUp(10);
  push(queue, ["a"]);
  for (const amount of [10, 11, 1_000]) {
    sink.bufferedAmount = amount;
    assertEquals(link.drain(queue, true), false);
    assertEquals([effects.length, queue.length], [0, 1]);
  }
  sink.bufferedAmount = 9;
  assertEquals(link.drain(queue, true), true);
  assertEquals(effects, [["ws", "write", ["4a"]]]);
});

Deno.test("WebSocketLink stops at the high-water mark, and goes on after it has drained", () => {
  const { link, sink, queue, effects } = setUp(10);
  sink.holds = true;
  push(queue, ["aaa"], ["bbb"], ["ccc"], ["ddd"]); // 4 bytes each
  assertEquals(link.drain(queue, true), false);
  assertEquals(effects, [["ws", "write", ["4aaa", "4bbb", "4ccc"]]]);
  assertEquals(queue.bytes, 4);
  assertEquals(link.bufferedAmount, 12);
  sink.bufferedAmount = 0;
  assertEquals(link.drain(queue, true), true);
  assertEquals(sink.frames.at(-1), "4ddd");
});

Deno.test("WebSocketLink counts the room that is left, not the whole mark", () => {
  const { link, sink, queue, effects } = setUp(10);
  sink.holds = true;
  sink.bufferedAmount = 3;
  push(queue, ["aaa"], ["bbb"], ["ccc"]);
  link.drain(queue, false);
  assertEquals(effects, [["ws", "write", ["4aaa", "4bbb"]]]);
});

Deno.test("WebSocketLink hands a packet over whole, with all its attachments", () => {
  const { link, sink, queue } = setUp(10);
  const large = new Uint8Array(50);
  sink.holds = true;
  push(queue, ["a"], ["b", large, large, "c"], ["d"]);
  link.drain(queue, false);
  assertEquals(sink.frames, ["4a", "4b", large, large, "4c"]);
  assertEquals(queue.length, 1);
});

Deno.test("WebSocketLink goes on at once where a sink has sent all within the write", () => {
  const { link, queue, effects } = setUp(10);
  push(queue, ["aaa"], ["bbb"], ["ccc"], ["ddd"]);
  assertEquals(link.drain(queue, true), true);
  assertEquals(effects, [["ws", "write", ["4aaa", "4bbb", "4ccc"]], ["ws", "write", ["4ddd"]]]);
});

Deno.test("WebSocketLink is writable while nothing waits in the sink", () => {
  const { link, sink } = setUp();
  assertEquals(link.writable, true);
  sink.bufferedAmount = 1;
  assertEquals(link.writable, false);
  assertEquals(link.bufferedAmount, 1);
  sink.bufferedAmount = 0;
  assertEquals(link.writable, true);
});

Deno.test("WebSocketLink owns its sink and no other", () => {
  const { link, sink } = setUp();
  assertEquals([link.owns(sink), link.owns(new FakeSink())], [true, false]);
});

Deno.test("WebSocketLink closes with the code it is given, or with none", () => {
  const plain = setUp();
  plain.link.close();
  assertEquals(plain.effects, [["ws", "close"]]);
  const coded = setUp();
  coded.link.close({ code: 1009 });
  assertEquals(coded.effects, [["ws", "close", 1009]]);
});

Deno.test("Session refuses a frame above maxPayloadBytes: it closes once, with 1009", () => {
  const oversize: readonly Frame[] = [
    "4" + "x".repeat(10),
    "4" + "€".repeat(3) + "x", // 11 bytes in 5 characters
    "4" + "\ud800".repeat(3) + "x", // a lone surrogate is 3 bytes
    new Uint8Array(11),
  ];
  for (const frame of oversize) {
    const bench = SessionBench.websocket({ maxPayloadBytes: 10 });
    bench.send("never");
    bench.session.receiveFrame(bench.sink, frame);
    assertEquals(bench.take(), [
      ["ws", "close", 1009],
      ["host", "closed", "transport error", "message is larger than maxHttpBufferSize"],
    ]);
    bench.endTurn();
    assertEquals(bench.deadlines.pending, 0);
  }
});

Deno.test("Session takes frames up to maxPayloadBytes", () => {
  const bench = SessionBench.websocket({ maxPayloadBytes: 10 });
  const binary = new Uint8Array(10);
  for (const frame of ["4" + "x".repeat(9), "4€€€", binary, "4" + "é".repeat(4) + "x"]) {
    bench.session.receiveFrame(bench.sink, frame);
  }
  assertEquals(bench.take(), [
    ["host", "message", "x".repeat(9)],
    ["host", "message", "€€€"],
    ["host", "message", binary],
    ["host", "message", "ééééx"],
  ]);
});

Deno.test("Session ends with 'parse error' when a frame is malformed; nothing is delivered", () => {
  for (const frame of ["", "9", "b*", "x"]) {
    const bench = SessionBench.websocket();
    bench.session.receiveFrame(bench.sink, frame);
    const [close, closed, ...more] = bench.take();
    assertEquals(close, ["ws", "close"]);
    assertEquals(closed?.slice(0, 3), ["host", "closed", "parse error"]);
    assertEquals(more, []);
  }
});

Deno.test("Session ends with 'transport close' when its WebSocket closes", () => {
  const bench = SessionBench.websocket();
  bench.send("late");
  bench.session.sinkClosed(bench.sink);
  bench.endTurn();
  assertEquals(bench.effects.at(-1), ["host", "closed", "transport close"]);
  assertEquals(bench.sink.frames, []);
  assertEquals(bench.deadlines.pending, 0);
});

Deno.test("Session ends with 'transport error' when its WebSocket fails", () => {
  const bench = SessionBench.websocket();
  bench.session.sinkClosed(bench.sink, new TransportError("connection reset", "websocket"));
  assertEquals(bench.effects.at(-1), ["host", "closed", "transport error", "connection reset"]);
});

Deno.test("Session ends with 'transport close' when the peer sends a close packet", () => {
  const bench = SessionBench.websocket();
  bench.session.receiveFrame(bench.sink, "1");
  assertEquals(bench.take(), [["ws", "close"], ["host", "closed", "transport close"]]);
  bench.session.sinkClosed(bench.sink);
  assertEquals(bench.take(), []);
});

Deno.test("Session asks for the drain of a full sink, and says whether it took something", () => {
  const bench = SessionBench.websocket({ highWaterBytes: 10 });
  bench.sink.holds = true;
  bench.send("x".repeat(11));
  bench.send("yy");
  bench.endTurn();
  assertEquals(bench.take(), [
    ["ws", "write", ["4" + "x".repeat(11)]],
    ["host", "awaitDrain", true],
  ]);
  bench.session.flush();
  assertEquals(bench.take(), [["host", "awaitDrain", false]]);
  bench.sink.bufferedAmount = 9;
  bench.session.flush();
  assertEquals(bench.take(), [["ws", "write", ["4yy"]]]);
});

Deno.test("Session does not ask for a drain while its queue is empty, nor over polling", () => {
  const socket = SessionBench.websocket({ highWaterBytes: 10 });
  socket.sink.holds = true;
  socket.send("x".repeat(50));
  socket.endTurn();
  assertEquals(socket.take().length, 1);
  const polling = SessionBench.polling({ maxPayloadBytes: 5 });
  polling.send("xxxx");
  polling.send("yyyy");
  polling.endTurn();
  polling.poll();
  polling.endTurn();
  assertEquals(polling.effects.some(([, what]) => what === "awaitDrain"), false);
});

Deno.test("Session tries a full sink again when a frame of its peer comes", () => {
  const bench = SessionBench.websocket({ highWaterBytes: 10 });
  bench.sink.bufferedAmount = 10;
  bench.send("a");
  bench.endTurn();
  bench.sink.bufferedAmount = 0;
  bench.session.receiveFrame(bench.sink, "4hello");
  bench.endTurn();
  assertEquals(bench.sink.frames, ["4a"]);
});

Deno.test("Session counts what the runtime holds as buffered", () => {
  const bench = SessionBench.websocket({ highWaterBytes: 10 });
  bench.sink.holds = true;
  bench.send("x".repeat(20));
  bench.send("yy");
  assertEquals(bench.session.bufferedAmount, 24);
  bench.endTurn();
  assertEquals(bench.sink.bufferedAmount, 21);
  assertEquals(bench.session.bufferedAmount, 24);
  assert(!bench.session.writable);
});

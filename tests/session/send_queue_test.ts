import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import { EncodedPacket } from "../../src/wire/encoded_packet.ts";
import type { Frame } from "../../src/wire/engine_packet.ts";
import { SendQueue } from "../../src/session/send_queue.ts";
import { SessionBench } from "../support/recording_host.ts";

const MB = 1_000_000;
const LIMIT = 16_777_216;

function message(...parts: Frame[]): EncodedPacket {
  return EncodedPacket.message(parts);
}

/** A packet of so many bytes. */
function packetOf(bytes: number): EncodedPacket {
  return message(new Uint8Array(bytes));
}

function emptyQueue(maxBytes: number): SendQueue {
  return new SendQueue({ maxBytes, maxPackets: Infinity, policy: "close" });
}

function queueOf(limit: number, ...sizes: number[]): SendQueue {
  const queue = emptyQueue(limit);
  for (const size of sizes) queue.push(packetOf(size));
  return queue;
}

Deno.test("SendQueue gives packets out in the order in which they came", () => {
  const queue = emptyQueue(100);
  const packets = [message("a"), EncodedPacket.control("ping"), message("b", new Uint8Array(3))];
  for (const packet of packets) queue.push(packet);
  for (const packet of packets) {
    assertStrictEquals(queue.peek(), packet);
    assertStrictEquals(queue.shift(), packet);
  }
  assertEquals(queue.peek(), undefined);
  assertEquals(queue.shift(), undefined);
  assertEquals(queue.length, 0);
});

Deno.test("SendQueue counts bytes as on a WebSocket: UTF-8, type bytes, attachments as they are", () => {
  const queue = emptyQueue(100);
  const packets: readonly (readonly [EncodedPacket, number])[] = [
    [message("é€😀"), 1 + 2 + 3 + 4],
    [message("x", new Uint8Array(5), "y"), 2 + 5 + 2],
    [EncodedPacket.control("ping"), 1],
    [message(new Uint8Array(0)), 0],
  ];
  let bytes = 0;
  for (const [packet, size] of packets) {
    queue.push(packet);
    bytes += size;
    assertEquals(queue.bytes, bytes);
  }
  for (const [, size] of packets) {
    queue.shift();
    bytes -= size;
    assertEquals(queue.bytes, bytes);
  }
  queue.shift();
  assertEquals(queue.bytes, 0);
});

Deno.test("SendQueue.clear forgets everything, and the queue can be used again", () => {
  const queue = queueOf(100, 4, 5);
  queue.clear();
  assertEquals([queue.bytes, queue.length, queue.peek()], [0, 0, undefined]);
  queue.push(packetOf(7));
  assertEquals([queue.bytes, queue.length], [7, 1]);
});

Deno.test("SendQueue.judge holds up to the limit, what the runtime holds included", () => {
  assertEquals(queueOf(100, 60, 40).judge(0), undefined);
  assertEquals(queueOf(100, 60).judge(40), undefined);
  assertEquals(queueOf(100).judge(0), undefined);
});

Deno.test("SendQueue.judge lets a burst of any size wait, and the limit once more", () => {
  const queue = queueOf(100, 5_000);
  assertEquals(queue.judge(0), undefined);
  queue.push(packetOf(100));
  assertEquals(queue.judge(0), undefined);
  queue.push(packetOf(1));
  assertEquals(queue.judge(0), "maxBufferedBytes");
});

Deno.test("SendQueue.judge does not raise what it allows while the peer stays behind", () => {
  const queue = queueOf(100, 150);
  assertEquals(queue.judge(0), undefined);
  for (let pushed = 10; pushed <= 100; pushed += 10) {
    queue.push(packetOf(10));
    assertEquals(queue.judge(0), undefined, `${pushed} more`);
  }
  queue.push(packetOf(1));
  assertEquals(queue.judge(0), "maxBufferedBytes");
  assertEquals(queue.judge(0), "maxBufferedBytes");
});

Deno.test("SendQueue.judge counts bytes in the runtime as not read", () => {
  const queue = queueOf(100, 90);
  assertEquals(queue.judge(60), undefined);
  assertEquals(queue.judge(160), undefined);
  assertEquals(queue.judge(161), "maxBufferedBytes");
});

Deno.test("SendQueue.judge begins anew once the peer is within the limit again", () => {
  const queue = queueOf(100, 150, 50);
  assertEquals(queue.judge(0), undefined);
  queue.shift();
  assertEquals(queue.judge(0), undefined);
  queue.push(packetOf(400));
  assertEquals(queue.judge(0), undefined);
  queue.push(packetOf(101));
  assertEquals(queue.judge(0), "maxBufferedBytes");
});

Deno.test("SendQueue.judge begins anew once the queue was empty", () => {
  const queue = queueOf(100, 150);
  assertEquals(queue.judge(0), undefined);
  queue.shift();
  queue.push(packetOf(9_000));
  assertEquals(queue.judge(0), undefined);
});

Deno.test("SendQueue.judge takes any entry that is offered to an empty queue", () => {
  for (const limit of [1, 100]) {
    for (const size of [1, limit, limit + 1, 50 * limit]) {
      assertEquals(queueOf(limit, size).judge(0), undefined, `${size} of ${limit}`);
    }
  }
});

Deno.test("SendQueue.judge never gives up when the limit is Infinity", () => {
  const queue = queueOf(Infinity, 1_000);
  assertEquals(queue.judge(0), undefined);
  assertEquals(queue.judge(Number.MAX_SAFE_INTEGER), undefined);
});

Deno.test("Session gives one event of any size to a polling peer", () => {
  const bench = SessionBench.polling();
  bench.send("x".repeat(40 * MB));
  bench.endTurn();
  assertEquals(bench.session.state, "open");
  assertEquals(bench.read()?.length, 40 * MB + 1);
  assertEquals(bench.session.bufferedAmount, 0);
});

/** Sends 20 MB in one turn: 1,000 messages, each with its number. */
function burst(bench: SessionBench): string[] {
  const sent: string[] = [];
  for (let index = 0; index < 1_000; index++) {
    const text = `${index}:`.padEnd(20_000, "x");
    sent.push(text);
    assertEquals(bench.send(text), "queued");
  }
  bench.endTurn();
  return sent;
}

function numbersOf(messages: readonly unknown[]): string[] {
  return messages.map((text) => String(text).replace(/x+$/, ""));
}

Deno.test("Session gets a burst of 20 MB to a polling peer that reads, in answers of 1 MB", () => {
  const bench = SessionBench.polling();
  bench.poll("waiting");
  const sent = burst(bench);
  const received: string[] = [];
  for (let answer = bench.take()[0]?.[2]; typeof answer === "string"; answer = bench.read()) {
    assert(answer.length <= MB);
    received.push(...answer.split("\x1e").map((text) => text.slice(1)));
  }
  assertEquals(numbersOf(received), numbersOf(sent));
  assertEquals(bench.session.state, "open");
});

Deno.test("Session gets a burst of 20 MB to a WebSocket that reads, never far over the mark", () => {
  const bench = SessionBench.websocket();
  bench.sink.holds = true;
  const sent = burst(bench);
  for (let turn = 0; bench.sink.bufferedAmount > 0 && turn < 1_000; turn++) {
    assert(bench.sink.bufferedAmount < 1_048_576 + 20_001);
    bench.sink.bufferedAmount = Math.max(0, bench.sink.bufferedAmount - 300_000);
    bench.session.flush();
  }
  assertEquals(numbersOf(bench.sink.frames), numbersOf(sent.map((text) => "4" + text)));
  assertEquals(bench.session.state, "open");
  assertEquals(bench.session.bufferedAmount, 0);
});

Deno.test("Session gets a burst of 20 MB during an upgrade to a peer that reads", () => {
  const bench = SessionBench.polling();
  const sink = bench.offer();
  bench.session.receiveFrame(sink, "2probe");
  const sent = burst(bench);
  const first = bench.read()?.split("\x1e").map((text) => text.slice(1)) ?? [];
  bench.session.receiveFrame(sink, "5");
  bench.endTurn();
  for (let turn = 0; turn < 100; turn++) bench.session.flush();
  const rest = sink.frames.slice(1).map((frame) => String(frame).slice(1));
  assert(first.length > 0 && rest.length > 0);
  assertEquals(numbersOf([...first, ...rest]), numbersOf(sent));
  assertEquals(bench.session.state, "open");
});

Deno.test("Session ends a peer that never polls, once it is another limit behind", () => {
  const bench = SessionBench.polling();
  burst(bench);
  const burstBytes = bench.session.bufferedAmount;
  assert(burstBytes > LIMIT);
  let most = 0;
  for (let turn = 0; bench.session.state === "open" && turn < 100; turn++) {
    most = bench.session.bufferedAmount;
    bench.send("x".repeat(MB - 1));
    bench.endTurn();
  }
  assert(most > burstBytes + LIMIT - MB && most <= burstBytes + LIMIT);
  const waiting = most + MB;
  assertEquals(bench.take(), [[
    "host",
    "closed",
    "transport error",
    `slow consumer: ${waiting} bytes wait for the peer to read`,
  ]]);
  assertEquals(bench.session.bufferedAmount, 0);
  assertEquals(bench.deadlines.pending, 0);
});

Deno.test("Session ends a WebSocket that never reads, at twice the limit and what it was given", () => {
  const bench = SessionBench.websocket();
  bench.sink.holds = true;
  let most = 0;
  for (let turn = 0; bench.session.state === "open" && turn < 1_000; turn++) {
    most = bench.session.bufferedAmount;
    bench.send("x".repeat(MB - 1));
    bench.endTurn();
  }
  assertEquals(bench.session.state, "closed");
  assert(most > 2 * LIMIT - MB && most <= 2 * LIMIT + MB);
  // It would read of its end after all the rest only, if ever.
  assertEquals(bench.effects.at(-2), ["ws", "cut"]);
  assertEquals(String(bench.effects.at(-1)?.[3]).startsWith("slow consumer: "), true);
});

Deno.test("Session holds little for a candidate that probes again and again and never reads", () => {
  const bench = SessionBench.polling({ highWaterBytes: 100 });
  const sink = bench.offer();
  sink.holds = true;
  for (let count = 0; count < 1_000; count++) bench.session.receiveFrame(sink, "2probe");
  assert(sink.bufferedAmount <= 106, `${sink.bufferedAmount} bytes wait`);
  assertEquals(bench.session.state, "open");
});

Deno.test("Session does not judge a peer before its turn is over", () => {
  const bench = SessionBench.polling({
    buffering: { maxBytes: 10, maxPackets: Infinity, policy: "close" },
  });
  for (let index = 0; index < 100; index++) bench.send("0123456789");
  assertEquals(bench.session.state, "open");
  bench.poll();
  bench.endTurn();
  assertEquals(bench.session.bufferedAmount, 0);
  assertEquals(bench.session.state, "open");
});

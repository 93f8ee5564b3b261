import { assert, assertEquals } from "@std/assert";
import { PollingLink } from "../../src/session/polling_link.ts";
import { SendQueue } from "../../src/session/send_queue.ts";
import { EncodedPacket } from "../../src/wire/encoded_packet.ts";
import type { Frame } from "../../src/wire/engine_packet.ts";
import { engineV4 } from "../../src/wire/engine_v4.ts";
import { type Effect, FakePoll, frameBytes } from "../support/fake_sink.ts";
import { SessionBench, UNLIMITED } from "../support/recording_host.ts";

const SEPARATOR = "\x1e";

function linkOf(maxPayloadBytes = 1_000): PollingLink {
  return new PollingLink(engineV4, maxPayloadBytes);
}

/** A queue of messages; an array is one message of several parts. */
function queueOf(...messages: (Frame | readonly Frame[])[]): SendQueue {
  const queue = new SendQueue(UNLIMITED);
  for (const message of messages) {
    queue.push(EncodedPacket.message(Array.isArray(message) ? message : [message as Frame]));
  }
  return queue;
}

/** Answers GETs until the queue is empty. */
function readAll(link: PollingLink, queue: SendQueue): string[] {
  const payloads: string[] = [];
  while (queue.length > 0) {
    const poll = new FakePoll();
    link.accept(poll);
    link.drain(queue, false);
    payloads.push(poll.answer ?? "");
  }
  return payloads;
}

Deno.test("PollingLink answers a GET with all that is queued, in order", () => {
  const link = linkOf();
  const queue = queueOf("a", ["b", new Uint8Array([1, 2, 3, 4])], "");
  const poll = new FakePoll();
  assertEquals(link.writable, false);
  assertEquals(link.accept(poll), true);
  assertEquals(link.writable, true);
  assertEquals(link.drain(queue, false), false);
  assertEquals(poll.answer, ["4a", "4b", "bAQIDBA==", "4"].join(SEPARATOR));
  assertEquals([queue.length, queue.bytes, link.writable], [0, 0, false]);
});

Deno.test("PollingLink leaves the GET waiting when there is nothing to say", () => {
  const link = linkOf();
  const poll = new FakePoll();
  link.accept(poll);
  assertEquals(link.drain(queueOf(), false), false);
  assertEquals([poll.answer, link.writable], [undefined, true]);
});

Deno.test("PollingLink takes nothing from the queue without a GET", () => {
  const queue = queueOf("a");
  assertEquals(linkOf().drain(queue, true), false);
  assertEquals(queue.length, 1);
});

Deno.test("PollingLink takes nothing for a peer that has gone, and does not answer it", () => {
  const link = linkOf();
  const queue = queueOf("a");
  const poll = new FakePoll();
  link.accept(poll);
  poll.gone = true;
  assertEquals(link.writable, false);
  assertEquals(link.drain(queue, true), false);
  link.release();
  link.close();
  assertEquals(queue.length, 1);
});

Deno.test("PollingLink refuses a second GET while one waits, and the first one stays", () => {
  const link = linkOf();
  const first = new FakePoll("first");
  const second = new FakePoll("second");
  link.accept(first);
  assertEquals(link.accept(second), false);
  link.drain(queueOf("a"), false);
  assertEquals([first.answer, second.answer], ["4a", undefined]);
  assertEquals(link.accept(second), true);
});

Deno.test("PollingLink forgets a GET that was aborted", () => {
  const link = linkOf();
  link.accept(new FakePoll());
  link.abandon();
  assertEquals(link.writable, false);
  assertEquals(link.accept(new FakePoll()), true);
});

Deno.test("PollingLink cuts a payload at maxPayloadBytes, separators included", () => {
  const texts = ["aaaa", "bbbb", "cccc", "dddd"]; // 5 bytes each as packets
  const at = (limit: number): string[] => readAll(linkOf(limit), queueOf(...texts));
  assertEquals(at(23), ["4aaaa\x1e4bbbb\x1e4cccc\x1e4dddd"]);
  assertEquals(at(22), ["4aaaa\x1e4bbbb\x1e4cccc", "4dddd"]);
  assertEquals(at(17), ["4aaaa\x1e4bbbb\x1e4cccc", "4dddd"]);
  assertEquals(at(16), ["4aaaa\x1e4bbbb", "4cccc\x1e4dddd"]);
  assertEquals(at(11), ["4aaaa\x1e4bbbb", "4cccc\x1e4dddd"]);
  assertEquals(at(10), ["4aaaa", "4bbbb", "4cccc", "4dddd"]);
});

Deno.test("PollingLink counts UTF-8 bytes, not characters", () => {
  const queue = (): SendQueue => queueOf("€€", "😀"); // 7 and 5 bytes
  assertEquals(readAll(linkOf(13), queue()), ["4€€\x1e4😀"]);
  assertEquals(readAll(linkOf(12), queue()), ["4€€", "4😀"]);
});

Deno.test("PollingLink counts binary parts as base64", () => {
  const queue = (): SendQueue => queueOf(new Uint8Array(4), new Uint8Array(3)); // 9 and 5 bytes
  assertEquals(readAll(linkOf(15), queue()), ["bAAAAAA==\x1ebAAAA"]);
  assertEquals(readAll(linkOf(14), queue()), ["bAAAAAA==", "bAAAA"]);
});

Deno.test("PollingLink counts the separators inside an event with attachments", () => {
  const queue = (): SendQueue => queueOf(["a", new Uint8Array(3), "b"], "c"); // 2+1+5+1+2, then 1+2
  assertEquals(readAll(linkOf(14), queue()), ["4a\x1ebAAAA\x1e4b\x1e4c"]);
  assertEquals(readAll(linkOf(13), queue()), ["4a\x1ebAAAA\x1e4b", "4c"]);
});

Deno.test("PollingLink answers with a single packet that is larger than the limit, alone", () => {
  const large = "x".repeat(50);
  const payloads = readAll(linkOf(10), queueOf("a", large, "b", ["c", new Uint8Array(50)], "d"));
  assertEquals(payloads.length, 5);
  assertEquals(payloads[1], "4" + large);
  assertEquals(payloads[3]?.split(SEPARATOR).length, 2);
  assertEquals([payloads[0], payloads[2], payloads[4]], ["4a", "4b", "4d"]);
});

Deno.test("PollingLink keeps the queue's bytes right while it cuts", () => {
  const queue = queueOf("é", new Uint8Array(9), "😀😀", "a");
  const left: number[] = [];
  const link = linkOf(14);
  while (queue.length > 0) {
    const poll = new FakePoll();
    link.accept(poll);
    link.drain(queue, false);
    assert(frameBytes(poll.answer ?? "") <= 14);
    left.push(queue.bytes);
  }
  assertEquals(left, [9 + 9 + 2, 9 + 2, 0]);
});

Deno.test("PollingLink sends the close packet alone, after the last packet", () => {
  const link = linkOf(10);
  const queue = queueOf("aaaa", "bbbb");
  const polls = [new FakePoll("first"), new FakePoll("second"), new FakePoll("third")];
  const ended = polls.map((poll) => link.accept(poll) && link.drain(queue, true));
  assertEquals(ended, [false, false, true]);
  assertEquals(polls.map((poll) => poll.answer), ["4aaaa", "4bbbb", "1"]);
  assertEquals([link.writable, link.drain(queue, true)], [false, false]);
});

Deno.test("PollingLink releases a GET with a noop and closes one with a close packet", () => {
  const effects: Effect[] = [];
  const link = linkOf();
  link.release();
  link.close();
  link.accept(new FakePoll("first", effects));
  link.release();
  link.accept(new FakePoll("second", effects));
  link.close();
  assertEquals(effects, [["first", "answer", "6"], ["second", "answer", "1"]]);
  assertEquals(link.writable, false);
});

Deno.test("PollingLink forgets a GET before it answers: the next one may come meanwhile", () => {
  const link = linkOf();
  const second = new FakePoll("second");
  const first = new FakePoll("first");
  first.onAnswer = () => assertEquals(link.accept(second), true);
  link.accept(first);
  link.drain(queueOf("a"), false);
  assertEquals([first.answer, second.answer, link.writable], ["4a", undefined, true]);
});

Deno.test("Session ends when two GETs overlap, and answers the one that waits", () => {
  const bench = SessionBench.polling();
  bench.poll("first");
  const second = new FakePoll("second", bench.effects);
  assertEquals(bench.session.poll(second), false);
  assertEquals(bench.take(), [
    ["first", "answer", "1"],
    ["host", "closed", "transport error", "overlap from client"],
  ]);
  assertEquals(bench.session.poll(second), false);
  assertEquals(second.answer, undefined);
  assertEquals(bench.deadlines.pending, 0);
});

Deno.test("Session does not take one GET after another for an overlap", () => {
  const bench = SessionBench.polling();
  for (let index = 0; index < 20; index++) {
    bench.poll(`get ${index}`);
    bench.send("a");
    bench.endTurn();
  }
  assertEquals(bench.session.state, "open");
});

Deno.test("Session ends when the peer aborts its GET; what is queued is dropped", () => {
  const bench = SessionBench.polling();
  const poll = bench.poll();
  bench.send("a");
  poll.gone = true;
  bench.session.pollAborted();
  assertEquals(bench.take(), [
    ["host", "closed", "transport error", "poll connection closed prematurely"],
  ]);
  bench.endTurn();
  assertEquals(poll.answer, undefined);
  assertEquals(bench.session.bufferedAmount, 0);
  assertEquals(bench.deadlines.pending, 0);
});

Deno.test("Session does not answer a GET that was aborted, whatever the runtime says of it", () => {
  const bench = SessionBench.polling();
  const poll = bench.poll();
  bench.session.pollAborted();
  assertEquals([poll.gone, poll.answer], [false, undefined]);
});

Deno.test("Session loses nothing to a GET whose peer has gone before the flush", () => {
  const bench = SessionBench.polling();
  const poll = bench.poll();
  poll.gone = true;
  bench.send("a");
  bench.endTurn();
  assertEquals(bench.take(), []);
  assertEquals(bench.session.bufferedAmount, 2);
});

Deno.test("Session ends when two POSTs overlap, and aborts the one that is being read", () => {
  const bench = SessionBench.polling();
  const note = (): void => void bench.effects.push(["post", "aborted"]);
  assertEquals(bench.session.postBegun(note), true);
  bench.poll("get");
  assertEquals(bench.session.postBegun(() => bench.effects.push(["other", "aborted"])), false);
  assertEquals(bench.take(), [
    ["get", "answer", "1"],
    ["post", "aborted"],
    ["host", "closed", "transport error", "data request overlap from client"],
  ]);
});

Deno.test("Session takes one POST after another", () => {
  const bench = SessionBench.polling();
  for (const text of ["a", "b", "c"]) {
    assertEquals(bench.session.postBegun(() => bench.effects.push(["post", "aborted"])), true);
    bench.session.postEnded();
    assertEquals(bench.session.receivePayload(`4${text}`), true);
  }
  bench.session.close(true);
  assertEquals(bench.take(), [
    ["host", "message", "a"],
    ["host", "message", "b"],
    ["host", "message", "c"],
    ["host", "closed", "forced close"],
  ]);
});

Deno.test("Session ends when a POST fails, and does not abort it any more", () => {
  const bench = SessionBench.polling();
  bench.poll("get");
  bench.session.postBegun(() => bench.effects.push(["post", "aborted"]));
  bench.session.postFailed("data request connection closed prematurely");
  assertEquals(bench.take(), [
    ["get", "answer", "1"],
    ["host", "closed", "transport error", "data request connection closed prematurely"],
  ]);
});

Deno.test("Session aborts the POST that is being read when it ends, whatever ends it", () => {
  const ends: readonly ((bench: SessionBench) => void)[] = [
    (bench) => bench.session.close(true),
    (bench) => bench.advance(25_000 + 20_000),
    (bench) => bench.session.receivePayload("1"),
    (bench) => bench.session.receivePayload("nonsense"),
    (bench) => bench.session.pollAborted(),
  ];
  for (const end of ends) {
    const bench = SessionBench.polling();
    bench.session.postBegun(() => bench.effects.push(["post", "aborted", bench.session.state]));
    end(bench);
    assertEquals(bench.effects.filter(([who]) => who === "post"), [["post", "aborted", "closed"]]);
    assertEquals(bench.effects.at(-1)?.[1], "closed");
  }
});

Deno.test("Session answers the waiting GET with a noop when the peer closes by POST", () => {
  const bench = SessionBench.polling();
  bench.poll("get");
  assertEquals(bench.session.receivePayload("4a\x1e1\x1e4b"), true);
  assertEquals(bench.take(), [
    ["host", "message", "a"],
    ["get", "answer", "6"],
    ["host", "closed", "transport close"],
  ]);
});

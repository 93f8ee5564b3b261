/** Tests of the answers to a broadcast: who is counted, and when the wait ends. */
import { assert, assertEquals, assertFalse, assertInstanceOf } from "@std/assert";
import { Deadlines } from "../../src/base/deadlines.ts";
import { AckTimeoutError } from "../../src/base/errors.ts";
import type { HandlerErrorSink } from "../../src/base/invoke.ts";
import type { AckReceiver } from "../../src/socket/adapter.ts";
import { AckCollectors, type AckFailure, BroadcastAck } from "../../src/socket/broadcast_acks.ts";
import { FakeClock } from "../support/fake_clock.ts";

/** Nothing fails here. */
const UNTOLD: HandlerErrorSink = {
  handlerFailed: (error) => {
    throw error;
  },
};

/** One tick of the wheel: how late a deadline may be. */
const TICK_MS = 50;

function wheel(): { readonly clock: FakeClock; readonly deadlines: Deadlines } {
  const clock = new FakeClock();
  return { clock, deadlines: new Deadlines(clock) };
}

function receiver(log: unknown[]): AckReceiver {
  return {
    sent: (count) => void log.push(["sent", count]),
    answered: (response) => void log.push(["answered", response]),
    lost: () => void log.push(["lost"]),
  };
}

Deno.test("AckCollectors takes an answer from a socket that was asked, once", () => {
  const collectors = new AckCollectors(UNTOLD);
  const log: unknown[] = [];
  const to = receiver(log);
  collectors.begin(1);
  assert(collectors.asked(1, "s1", to));
  assert(collectors.asked(1, "s2", to));
  assertFalse(collectors.answered(1, "s3", ["not asked"]));
  assertFalse(collectors.answered(2, "s1", ["another broadcast"]));
  assert(collectors.answered(1, "s1", ["a", "dropped"]));
  assertFalse(collectors.answered(1, "s1", ["twice"]));
  assertEquals([log, collectors.size], [[["answered", "a"]], 1]);
});

Deno.test("AckCollectors keeps a broadcast until told to forget it, as more sockets may be asked", () => {
  const collectors = new AckCollectors(UNTOLD);
  const log: unknown[] = [];
  collectors.begin(1);
  collectors.begin(2);
  collectors.asked(1, "s1", receiver(log));
  assert(collectors.answered(1, "s1", [1]));
  assert(collectors.asked(1, "s2", receiver(log)));
  collectors.forget(1);
  assertFalse(collectors.answered(1, "s2", ["late"]));
  assertFalse(collectors.asked(1, "s3", receiver(log)));
  assertEquals([log, collectors.size], [[["answered", 1]], 1]);
});

Deno.test("AckCollectors forgets a broadcast with a limit after its time, and no other one", () => {
  const { clock, deadlines } = wheel();
  const collectors = new AckCollectors(UNTOLD);
  const log: unknown[] = [];
  collectors.beginFor(1, deadlines, 1000);
  collectors.begin(2);
  for (const id of [1, 2]) collectors.asked(id, "s1", receiver(log));
  clock.advance(999);
  assertEquals(collectors.size, 2);
  clock.advance(1 + TICK_MS);
  assertFalse(collectors.answered(1, "s1", ["late"]));
  assertFalse(collectors.asked(1, "s2", receiver(log)));
  assert(collectors.answered(2, "s1", ["in time"]));
  assertEquals([log, deadlines.pending], [[["answered", "in time"]], 0]);
});

Deno.test("AckCollectors drops a broadcast with a limit with its last answer", () => {
  const { deadlines } = wheel();
  const collectors = new AckCollectors(UNTOLD);
  const sizes: number[] = [];
  const to = { sent: (): void => {}, answered: (): void => void sizes.push(collectors.size) };
  collectors.beginFor(1, deadlines, 1000);
  collectors.asked(1, "s1", to);
  collectors.answered(1, "s1", []);
  assertEquals([sizes, collectors.size, deadlines.pending], [[0], 0, 0]);
});

/** A BroadcastAck with a limit of a second, and what it told. */
function broadcastAck(timeoutMs: number | undefined = 1000): {
  readonly ack: BroadcastAck;
  readonly told: unknown[][];
  readonly clock: FakeClock;
  readonly deadlines: Deadlines;
} {
  const { clock, deadlines } = wheel();
  const told: unknown[][] = [];
  const done = (...args: unknown[]): void => void told.push(args);
  return { ack: new BroadcastAck({ deadlines, timeoutMs, done }), told, clock, deadlines };
}

Deno.test("BroadcastAck ends when all sockets of all nodes have answered", () => {
  const { ack, told, deadlines } = broadcastAck();
  ack.expectServers(2);
  ack.sent(1);
  ack.answered("a");
  assertEquals(told, []);
  ack.sent(2);
  ack.answered("b");
  assertEquals(told, []);
  ack.answered("c");
  assertEquals([told, deadlines.pending], [[[undefined, ["a", "b", "c"]]], 0]);
});

Deno.test("BroadcastAck waits until it knows how many nodes there are", () => {
  const { ack, told } = broadcastAck();
  ack.sent(1);
  ack.answered("a");
  assertEquals(told, []);
  ack.expectServers(1);
  assertEquals(told, [[undefined, ["a"]]]);
});

Deno.test("BroadcastAck ends at once when nobody was asked", () => {
  const { ack, told, deadlines } = broadcastAck();
  ack.sent(0);
  ack.expectServers(1);
  assertEquals([told, deadlines.pending], [[[undefined, []]], 0]);
});

Deno.test("BroadcastAck tells who has answered when the others did not in time", () => {
  const { ack, told, clock } = broadcastAck();
  ack.expectServers(1);
  ack.sent(2);
  ack.answered("a");
  clock.advance(999);
  assertEquals(told, []);
  clock.advance(1 + TICK_MS);
  ack.answered("late");
  assertEquals(told.length, 1);
  const [failure, responses] = told[0] ?? [];
  const { error } = failure as AckFailure;
  assertInstanceOf(error, AckTimeoutError);
  assertEquals([error.message, responses], ["operation has timed out", ["a"]]);
  assertEquals(error.responses, ["a"]);
});

Deno.test("BroadcastAck without a limit waits as long as it takes", () => {
  const { clock, deadlines } = wheel();
  const told: unknown[] = [];
  new BroadcastAck({ deadlines, timeoutMs: undefined, done: (...args) => told.push(args) });
  clock.advance(1e9);
  assertEquals([told, deadlines.pending], [[], 0]);
});

Deno.test("AckCollectors reports a receiver that throws, and has forgotten who answered", () => {
  const failures: unknown[] = [];
  const collectors = new AckCollectors({ handlerFailed: (...args) => void failures.push(args) });
  const error = new Error("boom");
  const answered = (): never => {
    throw error;
  };
  collectors.begin(1);
  collectors.asked(1, "s1", { sent: () => {}, answered });
  assert(collectors.answered(1, "s1", []));
  assertFalse(collectors.answered(1, "s1", []));
  assertEquals(failures, [[error, "adapter", "adapter"]]);
});

Deno.test("AckCollectors takes no answer from a socket that has ended, or from another under its id", () => {
  const collectors = new AckCollectors(UNTOLD);
  const log: unknown[] = [];
  collectors.begin(1);
  collectors.begin(2);
  for (const id of [1, 2]) collectors.asked(id, "s1", receiver(log));
  collectors.asked(1, "s2", receiver(log));
  collectors.left("s1");
  assertFalse(collectors.answered(1, "s1", ["late"]));
  assertFalse(collectors.answered(2, "s1", ["late"]));
  assert(collectors.answered(1, "s2", ["in time"]));
  assertEquals([log, collectors.size], [[["lost"], ["lost"], ["answered", "in time"]], 2]);
});

Deno.test("AckCollectors drops a broadcast with a limit when the last who owes an answer has gone", async () => {
  const { deadlines } = wheel();
  const collectors = new AckCollectors(UNTOLD);
  const log: unknown[] = [];
  collectors.beginFor(1, deadlines, 1_000);
  collectors.asked(1, "s1", receiver(log));
  collectors.asked(1, "s2", receiver(log));
  collectors.lost(1, "s1");
  assertEquals(collectors.size, 1);
  collectors.left("s2");
  // In the same turn others may be asked.
  assert(collectors.asked(1, "s3", receiver(log)));
  await Promise.resolve();
  assertEquals([log, collectors.size, deadlines.pending], [[["lost"], ["lost"]], 1, 1]);
  collectors.left("s3");
  await Promise.resolve();
  assertEquals([collectors.size, deadlines.pending, log.splice(2).length], [0, 0, 1]);
  collectors.lost(1, "s1");
  assertEquals(log.length, 2);
});

Deno.test("BroadcastAck ends as after its time when nobody is left who could answer", async () => {
  const { deadlines } = wheel();
  const ends: [AckFailure | undefined, unknown[]][] = [];
  const done = (failure: AckFailure | undefined, responses: unknown[]): void => {
    ends.push([failure, responses]);
  };
  const ack = new BroadcastAck({ deadlines, timeoutMs: 1_000, done });
  ack.expectServers(1);
  ack.lost();
  ack.sent(3);
  ack.answered("a");
  await Promise.resolve();
  assertEquals(ends, []);
  ack.lost();
  assertEquals(ends, [], "whoever has gone is told of its end first");
  await Promise.resolve();
  const [[failure, responses] = []] = ends;
  assertInstanceOf(failure?.error, AckTimeoutError);
  assertEquals([responses, ends.length, deadlines.pending], [["a"], 1, 0]);
});

Deno.test("AckCollectors that ends gives up its broadcasts, and forgets those of others", () => {
  const { deadlines } = wheel();
  const collectors = new AckCollectors(UNTOLD);
  const log: unknown[] = [];
  collectors.begin(1, { giveUp: () => void log.push(collectors.size) });
  collectors.beginFor(2, deadlines, 1000);
  collectors.begin(3, { giveUp: () => void log.push(collectors.size) });
  collectors.end();
  collectors.end();
  assertEquals([log, collectors.size, deadlines.pending], [[2, 0], 0, 0]);
});

Deno.test("BroadcastAck that gives up tells who has answered, once", () => {
  const { ack, told, deadlines } = broadcastAck();
  ack.answered("a");
  ack.giveUp();
  ack.giveUp();
  assertEquals(told.map(([, responses]) => responses), [["a"]]);
  assertEquals(deadlines.pending, 0);
});

Deno.test("BroadcastAck looks once at what is missing when many go at once", async () => {
  const { deadlines } = wheel();
  const ends: unknown[] = [];
  const ack = new BroadcastAck({
    deadlines,
    timeoutMs: 1_000,
    done: (failure) => ends.push(failure),
  });
  ack.expectServers(1);
  ack.sent(3);
  let queued = 0;
  const { queueMicrotask: queue } = globalThis;
  globalThis.queueMicrotask = (callback) => {
    queued++;
    queue(callback);
  };
  try {
    for (let count = 0; count < 3; count++) ack.lost();
  } finally {
    globalThis.queueMicrotask = queue;
  }
  await Promise.resolve();
  assertEquals([queued, ends.length], [1, 1]);
});

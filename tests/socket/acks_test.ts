import { assert, assertEquals, assertFalse, assertInstanceOf, assertThrows } from "@std/assert";
import { Deadlines } from "../../src/base/deadlines.ts";
import { AckTimeoutError } from "../../src/base/errors.ts";
import { AckCollectors, AckTable, BroadcastAck } from "../../src/socket/acks.ts";
import type { AckReceiver } from "../../src/socket/adapter.ts";
import { connected, joined, TRANSPORTS } from "../support/in_process_client.ts";
import { FakeClock } from "../support/fake_clock.ts";

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
  };
}

Deno.test("AckTable gives an answer to its callback once", () => {
  const table = new AckTable();
  const calls: unknown[] = [];
  table.add(1, (...args) => calls.push(args), 0);
  assertFalse(table.answered(2, ["wrong"]));
  assert(table.answered(1, ["a", "b"]));
  assertFalse(table.answered(1, ["again"]));
  assertEquals(calls, [["a", "b"]]);
});

Deno.test("AckTable has forgotten an entry before its callback is called", () => {
  const table = new AckTable();
  const seen: unknown[] = [];
  table.add(1, () => seen.push(table.answered(1, [])), 0);
  table.answered(1, []);
  assertEquals(seen, [false]);
});

Deno.test("AckTable puts null before an answer that came in time, and frees the wheel", () => {
  const { clock, deadlines } = wheel();
  const table = new AckTable();
  const calls: unknown[] = [];
  table.addWithTimeout(1, (...args) => calls.push(args), deadlines, 1000);
  assertEquals(deadlines.pending, 1);
  table.answered(1, ["a", "b"]);
  assertEquals([calls, deadlines.pending], [[[null, "a", "b"]], 0]);
  clock.advance(2000);
  assertEquals(calls.length, 1);
});

Deno.test("AckTable gives an error when no answer came in time, never early", () => {
  const { clock, deadlines } = wheel();
  const table = new AckTable();
  const calls: unknown[][] = [];
  table.addWithTimeout(1, (...args) => calls.push(args), deadlines, 1000);
  clock.advance(999);
  assertEquals(calls, []);
  clock.advance(1 + TICK_MS);
  assertEquals(calls.length, 1);
  const [error, ...rest] = calls[0] ?? [];
  assertInstanceOf(error, AckTimeoutError);
  assertEquals([error.message, error.responses, rest], ["operation has timed out", undefined, []]);
  assertFalse(table.answered(1, ["late"]));
  assertEquals([calls.length, deadlines.pending], [1, 0]);
});

Deno.test("AckTable keeps nothing of a limit that is not a number", () => {
  const { deadlines } = wheel();
  const table = new AckTable();
  assertThrows(() => table.addWithTimeout(1, () => {}, deadlines, NaN), RangeError);
  assertFalse(table.answered(1, []));
  assertEquals(deadlines.pending, 0);
});

Deno.test("AckCollectors takes an answer from a socket that was asked, once", () => {
  const collectors = new AckCollectors();
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
  const collectors = new AckCollectors();
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
  const collectors = new AckCollectors();
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
  const collectors = new AckCollectors();
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
  assertEquals([told, deadlines.pending], [[[null, ["a", "b", "c"]]], 0]);
});

Deno.test("BroadcastAck waits until it knows how many nodes there are", () => {
  const { ack, told } = broadcastAck();
  ack.sent(1);
  ack.answered("a");
  assertEquals(told, []);
  ack.expectServers(1);
  assertEquals(told, [[null, ["a"]]]);
});

Deno.test("BroadcastAck ends at once when nobody was asked", () => {
  const { ack, told, deadlines } = broadcastAck();
  ack.sent(0);
  ack.expectServers(1);
  assertEquals([told, deadlines.pending], [[[null, []]], 0]);
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
  const [error, responses] = told[0] ?? [];
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

for (const transport of TRANSPORTS) {
  Deno.test(`A client answers an emit, once (${transport})`, async () => {
    const { client, socket } = await connected({ transport });
    const answers: unknown[] = [];
    socket.emit("ask", "x", function (this: unknown, ...args: unknown[]): void {
      answers.push([this === socket, ...args]);
    });
    assertEquals(await client.take(), ['20["ask","x"]']);
    await client.send('30["a",1]', '30["again"]');
    assertEquals(answers, [[true, "a", 1]]);
  });

  Deno.test(`A server answers an event, once (${transport})`, async () => {
    const { client, socket } = await connected({ transport });
    socket.on("ask", (value: unknown, answer: (...args: unknown[]) => void) => {
      answer(value, "and more");
      answer("again");
    });
    await client.send('27["ask",[1]]');
    assertEquals(await client.take(), ['37[[1],"and more"]']);
  });
}

Deno.test("An event whose client wants no answer comes without a callback", async () => {
  const { client, socket } = await connected();
  const given: unknown[] = [];
  socket.on("tell", (...args: unknown[]) => given.push(args));
  await client.send('2["tell","x"]', '2["tell"]');
  assertEquals(given, [["x"], []]);
});

Deno.test("An answer may come after its handler has returned, from another turn", async () => {
  const { io, client, socket } = await connected();
  let answer: (value: string) => void = () => {};
  socket.on("ask", (callback: (value: string) => void) => answer = callback);
  await client.send('212["ask"]');
  await io.world.advance(1000);
  assertEquals(await client.take(), []);
  answer("late");
  assertEquals(await client.take(), ['312["late"]']);
});

Deno.test("Answers with an unknown id, or none, harm nobody", async () => {
  const { io, client, socket } = await connected();
  await client.send("399[1]", '3["no id"]', "3[]");
  assert(socket.connected);
  assertEquals([client.isClosed, io.world.errors], [false, []]);
});

Deno.test("A socket cannot answer what another socket was asked", async () => {
  const { io, socket, client } = await connected();
  const other = await joined(io);
  const answers: unknown[] = [];
  socket.emit("ask", (...args: unknown[]) => answers.push(args));
  await other.client.send('30["forged"]');
  assertEquals(answers, []);
  await client.send('30["true"]');
  assertEquals(answers, [["true"]]);
});

Deno.test("Acknowledgement ids are shared by the sockets and broadcasts of a namespace", async () => {
  const { io, socket, client } = await connected();
  const other = await joined(io, {}, "/other");
  socket.emit("a", () => {});
  io.timeout(100).emit("b", () => {});
  socket.emit("c", () => {});
  other.socket.emit("d", () => {});
  assertEquals(await client.take(), ['20["a"]', '21["b"]', '22["c"]']);
  assertEquals(await other.client.take(), ['2/other,0["d"]']);
});

Deno.test("socket.timeout gives the answer after null, or an error", async () => {
  const { io, client, socket } = await connected();
  const calls: unknown[] = [];
  const note = (...args: unknown[]): void =>
    void calls.push(args.map((arg) => arg instanceof Error ? arg.message : arg));
  socket.timeout(1000).emit("fast", note);
  socket.timeout(1000).emit("slow", note);
  await client.send('30["a","b"]');
  await io.world.advance(999);
  assertEquals(calls, [[null, "a", "b"]]);
  await io.world.advance(1 + TICK_MS);
  assertEquals(calls, [[null, "a", "b"], ["operation has timed out"]]);
  await client.send('31["late"]');
  assertEquals(calls.length, 2);
});

Deno.test("socket.emitWithAck gives the first value of the answer", async () => {
  const { client, socket } = await connected();
  const plain = socket.emitWithAck("ask", "x");
  const limited = socket.timeout(1000).emitWithAck("ask", "y");
  assertEquals(await client.take(), ['20["ask","x"]', '21["ask","y"]']);
  await client.send('30["a","b"]', '31["c","d"]');
  assertEquals([await plain, await limited], ["a", "c"]);
});

Deno.test("socket.emitWithAck rejects when no answer comes in time", async () => {
  const { io, socket } = await connected();
  const outcome = socket.timeout(1000).emitWithAck("ask").then(String, (error) => error);
  await io.world.advance(1000 + TICK_MS);
  const error = await outcome;
  assertInstanceOf(error, AckTimeoutError);
  assertEquals(error.message, "operation has timed out");
});

Deno.test("socket.emitWithAck rejects with what emit throws", async () => {
  const { client, socket } = await connected();
  const outcomes = await Promise.allSettled([
    socket.emitWithAck("disconnect"),
    socket.emitWithAck("x", 1n),
  ]);
  assertEquals(outcomes.map(({ status }) => status), ["rejected", "rejected"]);
  assertEquals(await client.take(), []);
});

Deno.test("An awaited answer with a limit ends in its error after the client has gone", async () => {
  const { io, client, socket } = await connected();
  const calls: unknown[] = [];
  socket.timeout(1000).emit("ask", (error: Error) => calls.push(error.message));
  socket.emit("ask", () => calls.push("never"));
  await client.leave();
  assertEquals(calls, []);
  await io.world.advance(1000 + TICK_MS);
  assertEquals(calls, ["operation has timed out"]);
});

Deno.test("Answers carry binary data at any depth, both ways", async () => {
  for (const transport of TRANSPORTS) {
    const { client, socket } = await connected({ transport });
    const answers: unknown[] = [];
    socket.on("ask", (value: unknown, answer: (value: unknown) => void) => answer({ value }));
    socket.emit("ask", { deep: [new Uint8Array([1])] }, (answer: unknown) => answers.push(answer));
    const hole = '{"_placeholder":true,"num":0}';
    assertEquals(await client.take(), [`51-0["ask",{"deep":[${hole}]}]`, new Uint8Array([1])]);
    await client.send(`61-0[[{"a":${hole}}]]`, new Uint8Array([2, 3]));
    assertEquals(answers, [[{ a: new Uint8Array([2, 3]) }]]);
    await client.send(`51-5["ask",${hole}]`, new Uint8Array([4]));
    assertEquals(await client.take(), [`61-5[{"value":${hole}}]`, new Uint8Array([4])]);
  }
});

Deno.test("An answer that cannot be encoded is thrown to who answers, who may answer anew", async () => {
  const { client, socket } = await connected();
  const thrown: unknown[] = [];
  socket.on("ask", (answer: (value: unknown) => void) => {
    try {
      answer(1n);
    } catch (error) {
      thrown.push(error instanceof TypeError);
    }
    answer("better");
  });
  await client.send('21["ask"]');
  assertEquals([thrown, await client.take()], [[true], ['31["better"]']]);
});

Deno.test("An answer after the socket has left is not sent", async () => {
  const { client, socket } = await connected();
  socket.on("ask", (answer: (value: unknown) => void) => {
    socket.disconnect();
    answer("too late");
  });
  await client.send('21["ask"]');
  assertEquals(await client.take(), ["1"]);
});

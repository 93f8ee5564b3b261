import { assert, assertEquals, assertFalse, assertInstanceOf, assertThrows } from "@std/assert";
import { Deadlines } from "../../src/base/deadlines.ts";
import { AckTimeoutError } from "../../src/base/errors.ts";
import { type AckOutcome, AckTable } from "../../src/socket/acks.ts";
import { connected, joined, TRANSPORTS } from "../support/in_process_client.ts";
import { countedSignal } from "../support/counted_signal.ts";
import { FakeClock } from "../support/fake_clock.ts";

/** One tick of the wheel: how late a deadline may be. */
const TICK_MS = 50;

function wheel(): { readonly clock: FakeClock; readonly deadlines: Deadlines } {
  const clock = new FakeClock();
  return { clock, deadlines: new Deadlines(clock) };
}

/** A table, its wheel, and a list of how waits have ended. */
function table(): {
  readonly acks: AckTable;
  readonly outcomes: AckOutcome[];
  readonly note: (outcome: AckOutcome) => void;
  readonly clock: FakeClock;
  readonly deadlines: Deadlines;
} {
  const { clock, deadlines } = wheel();
  const outcomes: AckOutcome[] = [];
  const note = (outcome: AckOutcome): void => void outcomes.push(outcome);
  return { acks: new AckTable(deadlines), outcomes, note, clock, deadlines };
}

Deno.test("AckTable ends a wait with its answer, once", () => {
  const { acks, outcomes, note } = table();
  acks.add(1, note);
  assertFalse(acks.answered(2, ["wrong"]));
  assert(acks.answered(1, ["a", "b"]));
  assertFalse(acks.answered(1, ["again"]));
  assertEquals(outcomes, [{ type: "answered", args: ["a", "b"] }]);
});

Deno.test("AckTable has forgotten an entry before anybody is told", () => {
  const { acks } = table();
  const seen: unknown[] = [];
  acks.add(1, () => seen.push(acks.size, acks.answered(1, [])));
  acks.answered(1, []);
  assertEquals(seen, [0, false]);
});

Deno.test("AckTable frees the wheel and the signal with an answer", () => {
  const { acks, outcomes, note, clock, deadlines } = table();
  const { signal, listeners, abort } = countedSignal();
  acks.add(1, note, { timeoutMs: 1000, signal });
  assertEquals([deadlines.pending, listeners()], [1, 1]);
  acks.answered(1, ["a", "b"]);
  assertEquals([deadlines.pending, listeners()], [0, 0]);
  clock.advance(2000);
  abort("late");
  assertEquals(outcomes, [{ type: "answered", args: ["a", "b"] }]);
});

Deno.test("AckTable ends a wait when no answer came in time, never early", () => {
  const { acks, outcomes, note, clock, deadlines } = table();
  const { signal, listeners } = countedSignal();
  acks.add(1, note, { timeoutMs: 1000, signal });
  clock.advance(999);
  assertEquals(outcomes, []);
  clock.advance(1 + TICK_MS);
  assertEquals(outcomes.length, 1);
  const [outcome] = outcomes;
  assert(outcome?.type === "failed");
  assertInstanceOf(outcome.error, AckTimeoutError);
  assertEquals([outcome.error.message, outcome.error.responses], [
    "operation has timed out",
    undefined,
  ]);
  assertFalse(acks.answered(1, ["late"]));
  assertEquals([outcomes.length, deadlines.pending, listeners()], [1, 0, 0]);
});

Deno.test("AckTable ends a wait with the reason of its signal", () => {
  const { acks, outcomes, note, deadlines } = table();
  const { signal, listeners, abort } = countedSignal();
  const reason = { any: "thing" };
  acks.add(1, note, { timeoutMs: 1000, signal });
  acks.add(2, note, { timeoutMs: undefined, signal });
  acks.add(3, note);
  assertEquals(listeners(), 1);
  abort(reason);
  assertEquals(outcomes, [{ type: "failed", error: reason }, { type: "failed", error: reason }]);
  assertEquals([acks.size, deadlines.pending, listeners()], [1, 0, 0]);
});

Deno.test("AckTable fails all waits at once, and tells nobody twice", () => {
  const { acks, outcomes, note, deadlines } = table();
  const { signal, listeners, abort } = countedSignal();
  const error = new Error("gone");
  acks.add(1, (outcome) => {
    note(outcome);
    abort("meanwhile");
  });
  acks.add(2, note, { timeoutMs: 1000, signal });
  acks.add(3, note);
  acks.fail(error);
  assertEquals(outcomes, [
    { type: "failed", error },
    { type: "failed", error: "meanwhile" },
    { type: "failed", error },
  ]);
  assertEquals([acks.size, deadlines.pending, listeners()], [0, 0, 0]);
});

Deno.test("AckTable keeps nothing of a limit that is not a number", () => {
  const { acks, note, deadlines } = table();
  const limits = { timeoutMs: NaN, signal: undefined };
  assertThrows(() => acks.add(1, note, limits), RangeError);
  assertFalse(acks.answered(1, []));
  assertEquals(deadlines.pending, 0);
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

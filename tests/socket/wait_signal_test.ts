/** Tests of signals that end the wait for acknowledgements, of one socket and of many. */
import { assertEquals, assertRejects, assertStrictEquals, assertThrows } from "@std/assert";
import { DisconnectedError, StateError } from "../../src/base/errors.ts";
import { countedSignal } from "../support/counted_signal.ts";
import { connected, joined } from "../support/in_process_client.ts";
import { TestServer } from "../support/in_process_server.ts";

/** One tick of the wheel: how late bad news may be. */
const TICK_MS = 50;

const REASON = new Error("enough");

Deno.test("A signal ends the wait of emitWithAck with its reason, and the entry is gone", async () => {
  for (const how of ["withSignal", "timeout"] as const) {
    const { client, socket } = await connected({}, { maxPendingAcks: 1 });
    const { signal, listeners, abort } = countedSignal();
    const asking = how === "withSignal" ? socket.withSignal(signal) : socket.timeout(5, { signal });
    const outcome = assertRejects(() => asking.emitWithAck("ask"), Error, "enough");
    assertEquals([await client.take(), listeners()], [['20["ask"]'], 1]);
    abort(REASON);
    await outcome;
    assertEquals(listeners(), 0);
    // A place for another one: maxPendingAcks is 1.
    socket.emit("ask", () => {});
    await client.send("30[]");
  }
});

Deno.test("A signal gives its reason to a callback, which takes an error first", async () => {
  const { client, socket } = await connected();
  const { signal, listeners, abort } = countedSignal();
  const calls: unknown[][] = [];
  const note = (...args: unknown[]): void => void calls.push(args);
  socket.withSignal(signal).emit("answered", note);
  socket.withSignal(signal).timeout(1000).emit("aborted", note);
  socket.emit("plain", note);
  await client.send('30["a",1]');
  assertEquals([calls, listeners()], [[[null, "a", 1]], 1]);
  abort(REASON);
  assertEquals([calls.slice(1), listeners()], [[[REASON]], 0]);
  await client.send('31["late"]', '32["b"]');
  assertEquals(calls.slice(2), [["b"]]);
});

Deno.test("A signal ends the wait by time too, and a timeout leaves the signal alone", async () => {
  const { io, socket } = await connected();
  const { signal, listeners, abort } = countedSignal();
  const calls: unknown[] = [];
  socket.timeout(1000, { signal }).emit("ask", (error: Error) => calls.push(error.message));
  await io.world.advance(1100);
  abort(REASON);
  assertEquals([calls, listeners()], [["operation has timed out"], 0]);
});

Deno.test("A signal that has aborted sends nothing and ends the wait at once, never within emit", async () => {
  const { io, client, socket } = await connected();
  const signal = AbortSignal.abort(REASON);
  const calls: unknown[][] = [];
  const note = (...args: unknown[]): void => void calls.push(args);
  const outgoing: unknown[] = [];
  socket.onAnyOutgoing((name) => void outgoing.push(name));
  assertEquals(socket.withSignal(signal).emit("a", note), true);
  assertEquals(io.withSignal(signal).timeout(1000).emit("b", note), true);
  assertEquals(socket.withSignal(signal).emit("c"), true);
  assertEquals(io.withSignal(signal).emit("d"), true);
  const one = socket.withSignal(signal).emitWithAck("e").catch((it) => it);
  const many = io.to("room").timeout(1000, { signal }).emitWithAck("f").catch((it) => it);
  assertEquals(calls, []);
  await io.world.advance(TICK_MS);
  assertStrictEquals(await one, REASON);
  assertStrictEquals(await many, REASON);
  assertEquals(calls, [[REASON], [REASON, []]]);
  assertEquals([await client.take(), outgoing], [[], []]);
  assertEquals(await client.take(), []);
});

Deno.test("A signal holds for one emit, and goes with an operator", async () => {
  const { client, socket } = await connected();
  const signal = AbortSignal.abort(REASON);
  socket.withSignal(signal).emit("dropped");
  socket.emit("sent");
  socket.withSignal(signal).broadcast.emit("dropped");
  socket.emit("sent too");
  assertEquals(await client.take(), ['2["sent"]', '2["sent too"]']);
});

Deno.test("emitWithAck rejects with whatever a signal was aborted with; callbacks get something true", async () => {
  for (const reason of [null, 0, "", "text", { any: "thing" }]) {
    const { socket } = await connected();
    const errors: unknown[] = [];
    const controller = new AbortController();
    const { signal } = controller;
    socket.withSignal(signal).emit("ask", (error: unknown) => errors.push(error));
    const outcome = socket.withSignal(signal).emitWithAck("ask").then(() => "answered", (it) => it);
    controller.abort(reason);
    assertStrictEquals(await outcome, reason);
    assertEquals(errors.map(Boolean), [true]);
  }
});

Deno.test("A broadcast ends with the reason of its signal and the answers so far; nothing is kept", async () => {
  const io = new TestServer();
  const [first, second] = [await joined(io), await joined(io)];
  const { signal, listeners, abort } = countedSignal();
  const calls: unknown[][] = [];
  const before = io.world.clock.nextAt;
  io.withSignal(signal).timeout(60_000).emit("ask", (...args: unknown[]) => calls.push(args));
  await first.client.send('30["a"]');
  assertEquals([calls, listeners()], [[], 1]);
  abort(REASON);
  assertEquals([calls, listeners()], [[[REASON, ["a"]]], 0]);
  await second.client.send('30["late"]');
  assertEquals(calls.length, 1);
  // Deadlines are lazy: what was armed for the broadcast wakes nobody.
  await io.world.advance(61_000);
  assertEquals([calls.length, (before ?? 0) > 0], [1, true]);
});

Deno.test("A broadcast that all have answered takes its listener from the signal", async () => {
  const { io, client } = await connected();
  const { signal, listeners } = countedSignal();
  const answers = io.timeout(1000, { signal }).emitWithAck("ask");
  await client.send('30["a"]');
  assertEquals([await answers, listeners()], [["a"], 0]);
});

Deno.test("A signal alone does not limit a broadcast: other servers cannot see it", async () => {
  const { io } = await connected();
  const { signal } = new AbortController();
  await assertRejects(() => io.withSignal(signal).emitWithAck("ask"), StateError, "timeout(ms)");
});

Deno.test("A broadcast through a parent namespace ends with the signal, also without children", async () => {
  const io = new TestServer();
  const parent = io.of(/^\/child-/);
  const aborted = AbortSignal.abort(REASON);
  const early = parent.withSignal(aborted).timeout(1000).emitWithAck("ask");
  assertStrictEquals(await early.catch((it) => it), REASON);
  const { client } = await joined(io);
  await client.join("/child-1");
  const { signal, listeners, abort } = countedSignal();
  const outcome = parent.withSignal(signal).timeout(1000).emitWithAck("ask").catch((it) => it);
  abort(REASON);
  assertStrictEquals(await outcome, REASON);
  assertEquals(listeners(), 0);
});

Deno.test("A signal that outlives 100,000 emits has no listener left, and never more than one", async () => {
  const { io, client, socket } = await connected();
  const { signal, listeners } = countedSignal();
  let [answered, most] = [0, 0];
  for (let round = 0; round < 100; round++) {
    const answers: string[] = [];
    for (let i = 0; i < 1_000; i++) {
      socket.timeout(60_000, { signal }).emit("ask", () => void answered++);
      answers.push(`3${round * 1_000 + i}[]`);
    }
    most = Math.max(most, listeners());
    await client.send(...answers);
    assertEquals(listeners(), 0);
    client.inbox.length = 0;
  }
  assertEquals([answered, most], [100_000, 1]);
  await io.close();
});

Deno.test("withSignal and timeout refuse what is no signal", async () => {
  const { io, socket } = await connected();
  const wrong = {} as AbortSignal;
  for (const target of [socket, io, io.of("/"), io.to("room")]) {
    assertThrows(() => target.withSignal(wrong), TypeError, "must be an AbortSignal");
    assertThrows(() => target.timeout(5, { signal: wrong }), TypeError, "must be an AbortSignal");
  }
});

Deno.test("The signal of a socket ends what it asks, with the error of its end", async () => {
  const { client, socket } = await connected();
  const outcome = socket.withSignal(socket.signal).emitWithAck("ask").catch((it) => it);
  await client.leave();
  const error: unknown = await outcome;
  assertStrictEquals(error instanceof DisconnectedError, true);
  assertStrictEquals(error, socket.signal.reason);
});

/** Tests of what a socket leaves behind when it ends: answers, signals, rooms, emits. */
import { assert, assertEquals, assertInstanceOf, assertStrictEquals } from "@std/assert";
import { DisconnectedError } from "../../src/base/errors.ts";
import type { Socket } from "../../src/socket/api.ts";
import { connected, joined, RawClient, TRANSPORTS } from "../support/in_process_client.ts";
import { RawClientV3 } from "../support/in_process_client_v3.ts";
import { TestServer } from "../support/in_process_server.ts";

/** One tick of the wheel: how late bad news may be. */
const TICK_MS = 50;

for (const transport of TRANSPORTS) {
  Deno.test(`Pending answers end at once in an error; plain callbacks are never called (${transport})`, async () => {
    const { io, client, socket } = await connected({ transport });
    const log: unknown[] = [];
    socket.emit("plain", () => log.push("plain"));
    socket.timeout(1000).emit("limited", (error: unknown) => log.push(error));
    const promises = Promise.allSettled([
      socket.emitWithAck("p"),
      socket.timeout(1000).emitWithAck("q"),
    ]);
    socket.on("disconnect", () => log.push("disconnect"));
    await client.leave();
    assertEquals(log.length, 2);
    const [first, error] = log;
    assertEquals(first, "disconnect");
    assertInstanceOf(error, DisconnectedError);
    const { message, code, reason } = error;
    assertEquals([message, code, reason], [
      "socket has been disconnected",
      "socket-disconnected",
      "transport close",
    ]);
    const outcomes = await promises;
    assertEquals(outcomes.map((it) => it.status === "rejected" && it.reason === error), [
      true,
      true,
    ]);
    await io.world.advance(2_000);
    assertEquals([log.length, io.world.errors], [2, []]);
  });
}

Deno.test("An answer that nobody waits for is reported, and ends no process, when its client leaves", async () => {
  const { io, client, socket } = await connected();
  void socket.emitWithAck("ask");
  void socket.timeout(1000).emitWithAck("ask").then(() => {});
  await client.leave();
  assertEquals(io.world.errors.map(({ args }) => args[0] instanceof DisconnectedError), [
    true,
    true,
  ]);
  assertEquals(io.counters.get("handler_errors", "ack"), 2);
});

Deno.test("What is asked after the end fails at once, and is not sent; a plain callback is dropped", async () => {
  const { io, client, socket } = await connected();
  await client.leave();
  const log: unknown[] = [];
  socket.emit("plain", () => log.push("plain"));
  assertEquals(
    socket.timeout(1000).emit("limited", (error: Error) => log.push(error.message)),
    true,
  );
  assertEquals(log, []);
  const reason = socket.emitWithAck("ask").catch((error: DisconnectedError) => error.reason);
  await io.world.advance(TICK_MS);
  assertEquals([log, await reason], [["socket has been disconnected"], "transport close"]);
});

Deno.test("What is asked while a socket ends fails with its end", async () => {
  for (const event of ["disconnecting", "disconnect"] as const) {
    const { io, client, socket } = await connected();
    const log: unknown[] = [];
    socket.on(event, () => {
      socket.timeout(1000).emit("late", (error: Error) => log.push(error.message));
    });
    await client.leave();
    await io.world.advance(TICK_MS);
    assertEquals(log, ["socket has been disconnected"], event);
  }
});

Deno.test("A callback that fails, or ends other sockets, keeps no other one from its error", async () => {
  const { io, client, socket } = await connected();
  const other = await joined(io);
  const log: string[] = [];
  socket.timeout(1000).emit("a", () => {
    other.socket.disconnect();
    throw new Error("boom");
  });
  socket.timeout(1000).emit("b", () => log.push("b"));
  await client.leave();
  assertEquals([log, other.socket.connected, io.world.errors.length], [["b"], false, 1]);
});

Deno.test("A socket that was never let in ends what it has asked", async () => {
  const io = new TestServer();
  const log: unknown[] = [];
  let signal: AbortSignal | undefined;
  io.use((socket, next) => {
    ({ signal } = socket);
    socket.timeout(1000).emit(
      "who",
      (error: DisconnectedError) => log.push(error.message, error.reason),
    );
    next(new Error("no"));
  });
  const client = await RawClient.open(io);
  await client.send("0");
  assertEquals([log, signal?.aborted], [["socket has been disconnected", undefined], true]);
});

Deno.test("A broadcast of which all who were asked have gone ends at once as by its timeout, and keeps nothing", async () => {
  const io = new TestServer();
  const { client } = await joined(io);
  const calls: unknown[][] = [];
  io.timeout(1000).emit(
    "ask",
    (error: Error, answers: unknown[]) => calls.push([error.message, answers]),
  );
  await client.leave();
  assertEquals([calls, io.world.clock.nextAt], [[["operation has timed out", []]], Infinity]);
});

Deno.test("An answer of a socket that came after under the same id does not count for the one before", async () => {
  const io = new TestServer({ allowEIO3: true });
  io.of("/a");
  // Clients of revision 3 have the id of their session, also when they join anew.
  const client = await RawClientV3.open(io);
  await client.send("0/a,");
  const calls: unknown[][] = [];
  const ask = (): boolean =>
    io.of("/a").timeout(1000).emit("ask", (...args: unknown[]) => calls.push(args));
  ask();
  await client.send("1/a,", "0/a,", '3/a,0["old"]');
  assertEquals([calls.map(([, answers]) => answers), io.of("/a").sockets.size], [[[]], 1]);
  ask();
  await client.send('3/a,1["new"]');
  assertEquals(calls.slice(1), [[null, ["new"]]]);
});

Deno.test("Joins, leaves and emits after the end do nothing, also after an await", async () => {
  const { io, client, socket } = await connected();
  const { rooms, sids } = io.of("/").adapter;
  const joining = Promise.withResolvers<void>();
  socket.on("enter", async () => {
    await joining.promise;
    await socket.join(["late", "later"]);
    socket.emit("never");
    socket.to("late").emit("nobody");
    await socket.leave("late");
    await socket.leaveAll();
  });
  await client.send('2["enter"]');
  await client.leave();
  const changes: string[] = [];
  io.of("/").adapter.on("join-room", (room) => void changes.push(room));
  joining.resolve();
  await io.world.settle();
  assertEquals([rooms.size, sids.size, changes, [...socket.rooms], io.world.errors], [
    0,
    0,
    [],
    [],
    [],
  ]);
});

Deno.test("socketsJoin that races an end puts nobody into rooms", async () => {
  const io = new TestServer();
  const [first, second] = [await joined(io), await joined(io)];
  const { rooms, sids } = io.of("/").adapter;
  const sockets: Socket[] = [first.socket, second.socket];
  // Whoever joins first ends both of them, while the selection is being walked.
  io.of("/").adapter.on("join-room", (room) => {
    if (room === "race") { for (const socket of sockets) socket.disconnect(); }
  });
  io.socketsJoin("race");
  io.in([first.socket.id, second.socket.id]).socketsJoin("race");
  assertEquals([rooms.size, sids.size], [0, 0]);
});

Deno.test("A signal of a socket is made when it is asked for, once, and aborts before disconnect listeners", async () => {
  const { client, socket } = await connected();
  const log: unknown[] = [];
  socket.on("disconnecting", () => log.push(["disconnecting", socket.signal.aborted]));
  socket.on("disconnect", () => log.push(["disconnect", socket.connected, socket.signal.aborted]));
  const { signal } = socket;
  assertStrictEquals(socket.signal, signal);
  assertEquals(signal.aborted, false);
  signal.addEventListener("abort", () => log.push(["abort", socket.connected, [...socket.rooms]]));
  await client.leave();
  assertEquals(log, [
    ["disconnecting", false],
    ["abort", false, []],
    ["disconnect", false, true],
  ]);
  assertInstanceOf(signal.reason, DisconnectedError);
  assertEquals(signal.reason.reason, "transport close");
});

Deno.test("A signal asked for after the end has aborted, with the reason", async () => {
  const { socket } = await connected();
  socket.disconnect();
  assertEquals(socket.signal.aborted, true);
  assertInstanceOf(socket.signal.reason, DisconnectedError);
  assertEquals(socket.signal.reason.reason, "server namespace disconnect");
});

Deno.test("Listeners of a socket's signal that throw or reject are reported, in every way to listen", async () => {
  const { io, client, socket } = await connected();
  const { signal } = socket;
  const log: string[] = [];
  const fail = (): never => {
    throw new Error("boom");
  };
  const removed = (): void => void log.push("removed");
  signal.addEventListener("abort", fail);
  signal.addEventListener("abort", fail);
  signal.addEventListener("abort", () => Promise.reject(new Error("later")));
  signal.addEventListener("abort", { handleEvent: fail });
  signal.addEventListener("abort", removed);
  signal.removeEventListener("abort", removed);
  signal.onabort = removed;
  signal.onabort = function (this: AbortSignal, event: Event): void {
    log.push(`${this === signal} ${event.type}`);
    fail();
  };
  assertEquals(typeof signal.onabort, "function");
  const any = AbortSignal.any([signal]);
  await client.leave();
  await io.world.settle();
  assertEquals([log, any.aborted, io.world.errors.length], [["true abort"], true, 4]);
  assertEquals(io.counters.get("handler_errors", "abort"), 4);
  assert(io.world.errors.every(({ message }) => message.includes(socket.id)));
});

Deno.test("A listener of a signal that is made of a socket's is the runtime's to report", async () => {
  const { io, client, socket } = await connected();
  const uncaught: unknown[] = [];
  // What is documented in `Socket.signal`: without this the process would end.
  const note = (event: ErrorEvent): void => {
    event.preventDefault();
    uncaught.push(event.error);
  };
  globalThis.addEventListener("error", note);
  const error = new Error("boom");
  const derived = AbortSignal.any([socket.signal]);
  derived.addEventListener("abort", () => {
    throw error;
  });
  let isTold = false;
  socket.on("disconnect", () => isTold = true);
  await client.leave();
  globalThis.removeEventListener("error", note);
  assertEquals([uncaught, isTold, derived.aborted], [[error], true, true]);
  assertEquals(io.counters.get("handler_errors", "abort"), 0);
});

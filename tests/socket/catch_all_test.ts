import { assertEquals, assertStrictEquals } from "@std/assert";
import { CatchAll } from "../../src/socket/catch_all.ts";
import { connected, joined, TRANSPORTS } from "../support/in_process_client.ts";
import { TestServer } from "../support/in_process_server.ts";

const SINK = { handlerFailed: (): void => {} };

Deno.test("CatchAll calls listeners in order, prepended ones first, with self and arguments", () => {
  const list = new CatchAll();
  const calls: unknown[] = [];
  const self = { name: "self" };
  list.add(function (this: unknown, ...args): void {
    calls.push(["first", this, args]);
  });
  list.prepend((...args) => calls.push(["before", args]));
  list.call(self, ["event", 1], SINK);
  assertEquals(calls, [["before", ["event", 1]], ["first", self, ["event", 1]]]);
});

Deno.test("CatchAll removes the first of equal listeners, an unknown one not, all without a name", () => {
  const list = new CatchAll();
  const one = (): void => {};
  const two = (): void => {};
  for (const listener of [one, two, one]) list.add(listener);
  list.remove(() => {});
  assertEquals(list.list, [one, two, one]);
  list.remove(one);
  assertEquals(list.list, [two, one]);
  list.remove(undefined);
  assertEquals(list.list, []);
});

Deno.test("CatchAll gives its list itself: what is done to it counts", () => {
  const list = new CatchAll();
  const calls: string[] = [];
  const live = list.list;
  for (const name of ["one", "two", "three"]) list.add(() => void calls.push(name));
  assertStrictEquals(list.list, live);
  live.shift();
  live.reverse();
  list.call(undefined, ["x"], SINK);
  assertEquals(calls, ["three", "two"]);
});

Deno.test("CatchAll leaves a list alone that it has given up", () => {
  const list = new CatchAll();
  const listener = (): void => {};
  list.add(listener);
  const old = list.list;
  list.remove(undefined);
  old.push(listener);
  assertEquals([old, list.list], [[listener, listener], []]);
});

Deno.test("CatchAll calls those that were there when the event came, though the list is changed in place", () => {
  const list = new CatchAll();
  const calls: string[] = [];
  list.add(() => {
    calls.push("first");
    list.list.length = 0;
  });
  list.add(() => void calls.push("second"));
  list.call(undefined, ["x"], SINK);
  list.call(undefined, ["x"], SINK);
  assertEquals(calls, ["first", "second"]);
});

Deno.test("CatchAll calls those that were there when the event came", () => {
  const list = new CatchAll();
  const calls: string[] = [];
  const late = (): void => void calls.push("late");
  list.add(() => {
    calls.push("first");
    list.add(late);
    list.remove(second);
  });
  const second = (): void => void calls.push("second");
  list.add(second);
  list.call(undefined, ["x"], SINK);
  assertEquals(calls, ["first", "second"]);
});

Deno.test("CatchAll reports a listener that fails under the event's name, and calls the next", () => {
  const list = new CatchAll();
  const log: unknown[] = [];
  list.add(() => {
    throw new Error("boom");
  });
  list.add(() => void log.push("next"));
  const handlerFailed = (error: unknown, event: string): void =>
    void log.push([String(error), event]);
  list.call(undefined, [42, "a"], { handlerFailed });
  assertEquals(log, [["Error: boom", "42"], "next"]);
});

Deno.test("socket.onAny hears each event before middlewares and listeners, with its ack", async () => {
  for (const transport of TRANSPORTS) {
    const { client, socket } = await connected({ transport });
    const log: unknown[] = [];
    socket.onAny((...args) => log.push(["any", args.map((arg) => typeof arg)]));
    socket.prependAny((name) => log.push(["first", name]));
    socket.use(([name], next) => {
      log.push(["middleware", name]);
      next();
    });
    socket.on("ask", () => log.push("listener"));
    await client.send('27["ask","x"]', '2["nobody listens"]');
    assertEquals(log, [
      ["first", "ask"],
      ["any", ["string", "string", "function"]],
      ["middleware", "ask"],
      "listener",
      ["first", "nobody listens"],
      ["any", ["string"]],
      ["middleware", "nobody listens"],
    ]);
  }
});

Deno.test("socket.onAny hears events that a middleware refuses, and no acknowledgement", async () => {
  const { client, socket } = await connected();
  const names: unknown[] = [];
  socket.onAny((name) => names.push(name));
  socket.use((_event, next) => next(new Error("no")));
  socket.emit("ask", () => {});
  await client.send('2["refused"]', "30[1]");
  assertEquals(names, ["refused"]);
});

Deno.test("socket.offAny and listenersAny work on the list of onAny", async () => {
  const { client, socket } = await connected();
  const names: unknown[] = [];
  const one = (name: string): void => void names.push(`one ${name}`);
  const two = (name: string): void => void names.push(`two ${name}`);
  socket.onAny(one).prependAny(two).onAnyOutgoing(one);
  assertEquals(socket.listenersAny(), [two, one]);
  socket.offAny(two);
  await client.send('2["a"]');
  socket.offAny();
  await client.send('2["b"]');
  assertEquals([names, socket.listenersAny()], [["one a"], []]);
  assertEquals(socket.listenersAnyOutgoing(), [one]);
});

Deno.test("socket.onAnyOutgoing hears emits before emit returns, without the callback", async () => {
  const { client, socket } = await connected();
  const log: unknown[] = [];
  socket.onAnyOutgoing((...args) => log.push(["any", ...args]));
  socket.prependAnyOutgoing((...args) => log.push(["first", ...args]));
  const given = { a: 1 };
  socket.emit("hello", given, () => {});
  log.push("emitted");
  assertEquals(log, [["first", "hello", given], ["any", "hello", given], "emitted"]);
  await client.send('21["ask"]');
  assertEquals(log.length, 3);
});

Deno.test("socket.onAnyOutgoing hears a broadcast at each recipient", async () => {
  const io = new TestServer();
  const members = [await joined(io), await joined(io), await joined(io)];
  const log: unknown[] = [];
  members.forEach(({ socket }, index) => {
    socket.onAnyOutgoing(function (this: unknown, ...args): void {
      log.push([index, this === socket, ...args]);
    });
  });
  members[0]?.socket.broadcast.emit("hello", 1);
  assertEquals(log, [[1, true, "hello", 1], [2, true, "hello", 1]]);
  io.timeout(100).emit("ask", () => {});
  assertEquals(log.slice(2), [0, 1, 2].map((index) => [index, true, "ask"]));
});

Deno.test("socket.offAnyOutgoing and listenersAnyOutgoing work on their own list", async () => {
  const { socket } = await connected();
  const names: unknown[] = [];
  const one = (name: string): void => void names.push(`one ${name}`);
  const two = (name: string): void => void names.push(`two ${name}`);
  socket.onAnyOutgoing(one).prependAnyOutgoing(two).onAny(one);
  assertEquals(socket.listenersAnyOutgoing(), [two, one]);
  socket.offAnyOutgoing(two).emit("a");
  socket.offAnyOutgoing().emit("b");
  assertEquals([names, socket.listenersAnyOutgoing()], [["one a"], []]);
  assertEquals(socket.listenersAny(), [one]);
});

Deno.test("A listener of outgoing events that disconnects keeps the event from the client", async () => {
  const io = new TestServer();
  const direct = await joined(io);
  const broadcast = await joined(io);
  for (const { socket } of [direct, broadcast]) {
    socket.onAnyOutgoing(() => void socket.disconnect());
  }
  direct.socket.emit("hello");
  io.emit("hello");
  assertEquals(await direct.client.take(), ["1"]);
  assertEquals(await broadcast.client.take(), ["1"]);
});

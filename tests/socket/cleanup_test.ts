/** Tests of `cleanupEmptyChildNamespaces`: children of a parent that go when they are empty. */
import { assert, assertEquals, assertNotStrictEquals, assertStrictEquals } from "@std/assert";
import type { Namespace } from "../../src/socket/api.ts";
import { memoryAdapter } from "../../src/socket/memory_adapter.ts";
import { joined, RawClient } from "../support/in_process_client.ts";
import type { TestServer } from "../support/in_process_server.ts";
import { joinRoom, watched } from "../support/watched_children.ts";

type Answer = (error: Error | null, success: boolean) => void;

Deno.test("A child goes when its last socket has left, and its adapter is closed", async () => {
  const { io, log } = watched();
  const [one, two] = [await joinRoom(io), await joinRoom(io)];
  await one.client.send("1/room-1,");
  assertEquals(log, ["made /room-1"]);
  await two.client.leave();
  assertEquals(log, ["made /room-1", "closed /room-1"]);
  assertEquals([one.client.isClosed, io.world.errors], [false, []]);
});

Deno.test("A child goes whichever way its last socket ends", async () => {
  const ways: readonly ((io: TestServer, client: RawClient, nsp: Namespace) => unknown)[] = [
    (_io, client) => client.send("1/room-1,"),
    (_io, client) => client.leave(),
    (_io, client) => client.send("9"),
    (_io, _client, nsp) => nsp.disconnectSockets(),
    (_io, _client, nsp) => nsp.disconnectSockets(true),
    (io) => io.engine.close(),
    (io) => io.world.advance(60_000),
  ];
  for (const end of ways) {
    const { io, log } = watched();
    const { client, nsp } = await joinRoom(io);
    await end(io, client, nsp);
    await io.world.settle();
    assertEquals(log, ["made /room-1", "closed /room-1"]);
  }
});

Deno.test("A name that is asked for again becomes a new namespace", async () => {
  const { io, parent, log } = watched();
  const connected: Namespace[] = [];
  parent.on("connection", (socket) => connected.push(socket.nsp));
  const { client, nsp } = await joinRoom(io);
  nsp.use((_socket, next) => next(new Error("a middleware of the one that is gone")));
  await client.send("1/room-1,");
  await client.join("/room-1");
  const again = io.of("/room-1");
  assertNotStrictEquals(again, nsp);
  assertEquals([nsp.sockets.size, again.sockets.size], [0, 1]);
  assertEquals(connected.map((it) => it === nsp), [true, false]);
  assertStrictEquals(connected[1], again);
  assertEquals(log, ["made /room-1", "closed /room-1", "made /room-1"]);
});

Deno.test("Without the option an empty child stays", async () => {
  const { io, log } = watched({ cleanupEmptyChildNamespaces: false });
  const { client, nsp } = await joinRoom(io);
  await client.leave();
  assertStrictEquals(io.of("/room-1"), nsp);
  assertEquals(log, ["made /room-1"]);
});

Deno.test("Namespaces that are nobody's children stay", async () => {
  const { io, log } = watched();
  const fixed = io.of("/fixed");
  for (const name of ["/", "/fixed"]) {
    const { client } = await joined(io, {}, name);
    await client.leave();
  }
  assertStrictEquals(io.of("/fixed"), fixed);
  assertEquals(log, ["made /fixed"]);
});

Deno.test("A child whose middlewares refuse the only client goes", async () => {
  const { io, parent, log } = watched();
  const held: ((error?: Error) => void)[] = [];
  parent.use((socket, next) => {
    void socket.join("early");
    held.push(next);
  });
  const client = await RawClient.open(io);
  await client.send("0/room-1,");
  assertEquals(log, ["made /room-1"]);
  held[0]?.(new Error("no"));
  await io.world.settle();
  assertEquals(await client.take(), ['4/room-1,{"message":"no"}']);
  assertEquals(log, ["made /room-1", "closed /room-1"]);
});

Deno.test("A child whose middleware throws at the only client goes", async () => {
  const { io, parent, log } = watched();
  parent.use(() => {
    throw new Error("boom");
  });
  const client = await RawClient.open(io);
  await client.send("0/room-1,");
  assertEquals(await client.take(), ['4/room-1,{"message":"Internal server error"}']);
  assertEquals([log, io.world.errors.length], [["made /room-1", "closed /room-1"], 1]);
});

Deno.test("A child whose only client goes away while a middleware decides goes", async () => {
  const { io, parent, log } = watched();
  parent.use(() => {});
  const client = await RawClient.open(io);
  await client.send("0/room-1,");
  await client.leave();
  assertEquals(log, ["made /room-1", "closed /room-1"]);
});

Deno.test("A child stays while another client is being let in", async () => {
  const { io, parent, log } = watched();
  const held: (() => void)[] = [];
  parent.use((socket, next) => {
    if (socket.handshake.auth.waits) held.push(next);
    else next();
  });
  const { client, nsp } = await joinRoom(io);
  const second = await RawClient.open(io);
  await second.send('0/room-1,{"waits":true}');
  await client.leave();
  assertEquals([log, nsp.sockets.size], [["made /room-1"], 0]);
  held[0]?.();
  await io.world.settle();
  assertStrictEquals(io.of("/room-1"), nsp);
  assertEquals([nsp.sockets.size, (await second.take()).length], [1, 1]);
  await second.leave();
  assertEquals(log, ["made /room-1", "closed /room-1"]);
});

Deno.test("A client that asks again while a middleware decides is in the child that is there then", async () => {
  const { io, parent, log } = watched();
  const held: (() => void)[] = [];
  parent.use((_socket, next) => void held.push(next));
  const client = await RawClient.open(io);
  await client.send("0/room-1,", "0/room-1,");
  held[0]?.();
  await io.world.settle();
  assertEquals(io.of("/room-1").sockets.size, 0);
  held[1]?.();
  await io.world.settle();
  assertEquals(io.of("/room-1").sockets.size, 1);
  await client.leave();
  // The first request was given up: its namespace may have gone, and been made again.
  const count = (what: string): number => log.filter((line) => line === what).length;
  assertEquals(log.at(-1), "closed /room-1");
  assertEquals(count("closed /room-1"), count("made /room-1"));
});

Deno.test("A rule that decides late finds the child that is there by then", async () => {
  const { io, log } = watched();
  const held: Answer[] = [];
  io.of((_name, _auth, next) => void held.push(next));
  const clients = [await RawClient.open(io), await RawClient.open(io), await RawClient.open(io)];
  for (const client of clients) await client.send("0/other,");
  held[0]?.(null, true);
  await io.world.settle();
  await clients[0]?.leave();
  for (const next of held.slice(1)) next(null, true);
  assertEquals(log, ["made /other", "closed /other", "made /other"]);
  assertEquals(io.of("/other").sockets.size, 2);
});

Deno.test("A name that io.of gives to a parent goes as its children do", async () => {
  const { io, log } = watched();
  const nsp = io.of("/room-1");
  assertStrictEquals(io.of("/room-1"), nsp);
  assertEquals(log, ["made /room-1"]);
  const { client } = await joinRoom(io);
  await client.leave();
  assertEquals(log, ["made /room-1", "closed /room-1"]);
  assertNotStrictEquals(io.of("/room-1"), nsp);
});

Deno.test("What goes is not counted in maxDynamicNamespaces any more", async () => {
  const { io } = watched({ maxDynamicNamespaces: 2 });
  const client = await RawClient.open(io);
  for (let count = 0; count < 10; count++) {
    await client.join(`/room-${count}`);
    await client.send(`1/room-${count},`);
  }
  await client.join("/room-1");
  await client.join("/room-2");
  await client.send("0/room-3,");
  assertEquals(await client.take(), ['4/room-3,{"message":"Invalid namespace"}']);
  await client.send("1/room-1,");
  await client.join("/room-3");
});

Deno.test("A name that io.of gave counts not in maxDynamicNamespaces, neither when it goes", async () => {
  const { io } = watched({ maxDynamicNamespaces: 1 });
  io.of("/room-1");
  const client = await RawClient.open(io);
  await client.join("/room-1");
  await client.join("/room-2");
  await client.send("1/room-1,", "0/room-3,");
  assertEquals(await client.take(), ['4/room-3,{"message":"Invalid namespace"}']);
});

Deno.test("A parent reaches no child that has gone", async () => {
  const { io, parent } = watched();
  const { client, nsp } = await joinRoom(io);
  await client.join("/room-2");
  await client.send("1/room-1,");
  let count = 0;
  nsp.adapter.broadcast = () => void count++;
  parent.emit("x");
  parent.socketsJoin("a");
  assertEquals([await client.take(), count], [['2/room-2,["x"]'], 0]);
  assertEquals(await answersOf(parent, client), [null, ["two"]]);
});

/** Lets "/room-2" answer a question to all children of a parent. */
async function answersOf(parent: Namespace, client: RawClient): Promise<unknown[]> {
  const calls: unknown[][] = [];
  parent.timeout(100).emit("ask", (...args: unknown[]) => calls.push(args));
  await client.send('3/room-2,0["two"]');
  return calls[0] ?? [];
}

Deno.test("A disconnect listener may use the namespace that goes", async () => {
  const { io, parent, log } = watched();
  const seen: unknown[] = [];
  parent.on("connection", (socket) => {
    socket.on("disconnect", () => {
      const { nsp } = socket;
      nsp.emit("bye");
      socket.to("a").emit("bye");
      nsp.socketsJoin("a");
      seen.push(nsp.name, nsp.sockets.size, io.of(nsp.name) === nsp);
    });
  });
  const { client } = await joinRoom(io);
  await client.send("1/room-1,");
  assertEquals(seen, ["/room-1", 0, true]);
  assertEquals([await client.take(), io.world.errors], [[], []]);
  assertEquals(log.slice(0, 2), ["made /room-1", "closed /room-1"]);
});

Deno.test("A disconnecting listener finds the namespace still there", async () => {
  const { io, parent } = watched();
  const seen: unknown[] = [];
  parent.on("connection", (socket) => {
    socket.on("disconnecting", () => seen.push(io.of("/room-1") === socket.nsp));
  });
  const { client } = await joinRoom(io);
  await client.send("1/room-1,");
  assertEquals(seen, [true]);
});

Deno.test("A client may come back from within the disconnect of the last one", async () => {
  const { io, parent, log } = watched();
  const second = await RawClient.open(io);
  parent.on("connection", (socket) => {
    socket.once("disconnect", () => void second.send("0/room-1,"));
  });
  const { client } = await joinRoom(io);
  await client.send("1/room-1,");
  const [packet] = await second.take();
  assert(String(packet).startsWith('0/room-1,{"sid"'));
  assertEquals([log, io.of("/room-1").sockets.size], [["made /room-1"], 1]);
});

Deno.test("A connection listener that disconnects the only socket lets its namespace go", async () => {
  const { io, parent, log } = watched();
  parent.on("connection", (socket) => void socket.disconnect());
  const client = await RawClient.open(io);
  await client.send("0/room-1,");
  assertEquals((await client.take()).at(-1), "1/room-1,");
  assertEquals(log, ["made /room-1", "closed /room-1"]);
});

Deno.test("What fails in a disconnect listener is told to the listeners of the namespace that goes", async () => {
  const { io, parent } = watched();
  const reports: unknown[] = [];
  parent.on("connection", (socket) => {
    socket.nsp.on("handler_error", (error, { event }) => reports.push([error.message, event]));
    socket.on("disconnect", () => {
      throw new Error("boom");
    });
  });
  const { client } = await joinRoom(io);
  await client.send("1/room-1,");
  assertEquals([reports, io.world.errors], [[["boom", "disconnect"]], []]);
});

Deno.test("An adapter that cannot be closed is reported once, and its namespace goes", async () => {
  const failing = [
    () => {
      throw new Error("sync");
    },
    () => Promise.reject(new Error("async")),
  ];
  for (const close of failing) {
    const { io } = watched({
      adapter: (context) => Object.assign(memoryAdapter(context), { close }),
    });
    const { client, nsp } = await joinRoom(io);
    await client.send("1/room-1,");
    assertEquals(io.world.errors.length, 1);
    assert(io.world.errors[0]?.message.includes("/room-1"));
    assertNotStrictEquals(io.of("/room-1"), nsp);
  }
});

Deno.test("io.close closes each adapter once, of children that go with it too", async () => {
  const { io, log } = watched();
  const first = await joinRoom(io);
  await first.client.join("/room-2");
  io.of("/room-3");
  log.length = 0;
  await io.close();
  assertEquals(log.sort(), ["closed /", "closed /room-1", "closed /room-2", "closed /room-3"]);
});

Deno.test("io.close waits for the adapters of children that go with it", async () => {
  const held: (() => void)[] = [];
  const { io } = watched({
    adapter: (context) =>
      Object.assign(memoryAdapter(context), {
        close: () => new Promise<void>((resolve) => held.push(resolve)),
      }),
  });
  await joinRoom(io);
  let isDone = false;
  const closing = io.close().then(() => isDone = true);
  await io.world.settle();
  assertEquals([held.length, isDone], [2, false]);
  for (const resolve of held) resolve();
  await closing;
});

Deno.test("io.close reports an adapter of a child that fails once, and gives its error", async () => {
  const failure = new Error("no");
  const { io } = watched({
    adapter: (context) =>
      Object.assign(memoryAdapter(context), {
        close: () => context.namespace === "/" ? undefined : Promise.reject(failure),
      }),
  });
  await joinRoom(io);
  const given: unknown[] = [];
  await io.close((error) => given.push(error));
  assertEquals(given, [failure]);
  assertEquals(io.world.errors.length, 1);
});

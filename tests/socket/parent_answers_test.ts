/** Tests of what a parent namespace does to all its children at once, and of the answers it gathers. */
import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertRejects,
  assertStrictEquals,
  assertThrows,
} from "@std/assert";
import { AckTimeoutError, StateError } from "../../src/base/errors.ts";
import type { Adapter, AdapterContext } from "../../src/socket/adapter.ts";
import type { Namespace, Socket } from "../../src/socket/api.ts";
import { memoryAdapter } from "../../src/socket/memory_adapter.ts";
import { Cluster } from "../support/cluster_adapter.ts";
import { RawClient, socketOf } from "../support/in_process_client.ts";
import { TestServer } from "../support/in_process_server.ts";

/** One tick of the wheel: how late a deadline may be. */
const TICK_MS = 50;

const ROOMS: readonly string[] = ["/room-1", "/room-2", "/room-3"];

/** A parent with three children, and a client with a socket in each. */
interface Family {
  readonly io: TestServer;
  readonly parent: Namespace;
  readonly client: RawClient;
  readonly sockets: readonly Socket[];
}

async function family(io: TestServer = new TestServer(), names = ROOMS): Promise<Family> {
  const parent = io.of(/^\/room-\d$/);
  const client = await RawClient.open(io);
  const sockets: Socket[] = [];
  for (const name of names) sockets.push(socketOf(io.of(name), await client.join(name)));
  return { io, parent, client, sockets };
}

/** A server with an adapter that differs in one namespace. */
function serverWith(name: string, methods: Partial<Adapter>): TestServer {
  return new TestServer({
    adapter: (context: AdapterContext) =>
      context.namespace === name
        ? Object.assign(memoryAdapter(context), methods)
        : memoryAdapter(context),
  });
}

/** A callback that writes down what it is given. */
function recorder(): { readonly calls: unknown[][]; note(...args: unknown[]): void } {
  const calls: unknown[][] = [];
  return { calls, note: (...args) => void calls.push(args) };
}

Deno.test("A parent without children gets no answers, later and without a wait", async () => {
  const io = new TestServer();
  const parent = io.of(/^\/room-\d$/);
  const { calls, note } = recorder();
  parent.timeout(1000).emit("ask", note);
  parent.serverSideEmit("ask", note);
  assertEquals(calls, []);
  await io.world.microtasks();
  assertEquals(calls, [[null, []], [null, []]]);
  assertEquals(await parent.timeout(1000).emitWithAck("ask"), []);
  assertEquals(await parent.serverSideEmitWithAck("ask"), []);
});

Deno.test("A parent gathers the answers of the clients of all children, in the order they came", async () => {
  const { io, parent, client } = await family();
  const { calls, note } = recorder();
  parent.timeout(1000).emit("ask", 1, note);
  assertEquals(await client.take(), ROOMS.map((name) => `2${name},0["ask",1]`));
  for (const index of [3, 1]) await client.send(`3/room-${index},0["a${index}","more"]`);
  assertEquals(calls, []);
  await client.send("3/room-2,0[[2]]");
  await io.world.settle();
  assertEquals(calls.map(([error]) => error), [null]);
  // Each child tells its own answers when it has them all.
  assertEquals(calls[0]?.[1], ["a3", "a1", [2]]);
  await io.world.advance(2000);
  assertEquals(calls.length, 1);
});

Deno.test("A parent gathers several answers of one child, and none of a child without clients", async () => {
  const io = new TestServer();
  const { parent, client } = await family(io, ["/room-1", "/room-2"]);
  const second = await RawClient.open(io);
  await second.join("/room-1");
  await client.send("1/room-2,");
  const answers = parent.timeout(1000).emitWithAck("ask");
  await second.send('3/room-1,0["second"]');
  await client.send('3/room-1,0["first"]');
  assertEquals(await answers, ["second", "first"]);
});

Deno.test("A child whose client does not answer makes an error, with the answers of all others", async () => {
  const { io, parent, client } = await family();
  const { calls, note } = recorder();
  parent.timeout(1000).emit("ask", note);
  const promise = parent.timeout(1000).emitWithAck("again").catch((error) => error);
  await client.send('3/room-1,0["one"]', '3/room-3,0["three"]', '3/room-2,1["two"]');
  assertEquals(calls, []);
  await io.world.advance(1000 + TICK_MS);
  const [[error, responses] = []] = calls;
  assertInstanceOf(error, AckTimeoutError);
  assertEquals(error.message, "operation has timed out");
  assertEquals([responses, error.responses], [["one", "three"], ["one", "three"]]);
  const thrown = await promise;
  assertInstanceOf(thrown, AckTimeoutError);
  assertEquals(thrown.responses, ["two"]);
  await client.send('3/room-2,0["late"]');
  assertEquals(calls.length, 1);
});

Deno.test("A parent asks the clients in rooms of its children, with a list also for one", async () => {
  const { parent, client, sockets } = await family();
  void sockets[1]?.join("a");
  const answers = parent.to("a").timeout(1000).emitWithAck("ask");
  assertEquals(await client.take(), ['2/room-2,0["ask"]']);
  await client.send('3/room-2,0["only"]');
  assertEquals(await answers, ["only"]);
});

Deno.test("A callback of a parent that fails is reported with the parent, once", async () => {
  const failing = [
    () => {
      throw new Error("boom");
    },
    () => Promise.reject(new Error("boom")),
  ];
  for (const fail of failing) {
    const { io, parent, client } = await family();
    const reports: unknown[] = [];
    io.on("handler_error", (error, context) => reports.push([error.message, context]));
    parent.timeout(1000).emit("ask", fail);
    await client.send(...ROOMS.map((name) => `3${name},0[]`));
    parent.serverSideEmit("tell", fail);
    await io.world.settle();
    assertEquals(reports, [
      ["boom", { event: "ask", namespace: parent.name }],
      ["boom", { event: "tell", namespace: parent.name }],
    ]);
  }
});

Deno.test("A parent asks for answers with a limit of time only", async () => {
  const { parent, client } = await family();
  assertThrows(() => parent.emit("ask", () => {}), StateError, "timeout(ms)");
  await assertRejects(() => parent.to("a").emitWithAck("ask"), StateError, "timeout(ms)");
  assertEquals(await client.take(), []);
});

Deno.test("A parent without children asks for answers with a limit of time only, too", () => {
  const parent = new TestServer().of(/^\/room-\d$/);
  assertThrows(() => parent.emit("ask", () => {}), StateError, "timeout(ms)");
});

Deno.test("A parent moves the sockets of all children", async () => {
  const { io, parent, sockets } = await family();
  io.socketsJoin("main");
  const rooms = (): unknown => sockets.map(({ rooms, id }) => [...rooms].filter((it) => it !== id));
  parent.socketsJoin(["a", "b"]);
  assertEquals(rooms(), ROOMS.map(() => ["a", "b"]));
  parent.except(sockets[0]?.id ?? "").socketsLeave("a");
  assertEquals(rooms(), [["a", "b"], ["b"], ["b"]]);
  parent.in("a").socketsJoin("c");
  assertEquals(rooms(), [["a", "b", "c"], ["b"], ["b"]]);
});

Deno.test("A parent disconnects the sockets of all children, and no others", async () => {
  const { parent, client, sockets } = await family();
  await client.join();
  void sockets[1]?.join("a");
  parent.in("a").disconnectSockets();
  assertEquals(await client.take(), ["1/room-2,"]);
  parent.disconnectSockets();
  assertEquals(await client.take(), ["1/room-1,", "1/room-3,"]);
  assertEquals([client.isClosed, sockets.some(({ connected }) => connected)], [false, false]);
});

Deno.test("A parent disconnects with the connections, and with children that go then", async () => {
  const io = new TestServer({ cleanupEmptyChildNamespaces: true });
  const { parent, client } = await family(io);
  const second = await RawClient.open(io);
  await second.join("/room-3");
  parent.disconnectSockets(true);
  await io.world.settle();
  assertEquals([client.isClosed, second.isClosed, io.engine.clientsCount], [true, true, 0]);
  assertEquals(io.world.errors, []);
});

Deno.test("A parent finds no sockets, and says so", async () => {
  const { parent } = await family();
  const message = "fetchSockets() is not supported on parent namespaces";
  assertEquals(assertThrows(() => parent.fetchSockets(), StateError).message, message);
  for (const ask of [() => parent.in("a").fetchSockets(), () => parent.allSockets()]) {
    const error = await assertRejects(ask, StateError);
    assertEquals(error.message, message);
  }
});

Deno.test("A parent asks the children that are there when it begins, also when one goes meanwhile", async () => {
  const io = new TestServer({ cleanupEmptyChildNamespaces: true });
  const { parent, client, sockets } = await family(io);
  const [first, second] = sockets;
  first?.onAnyOutgoing(() => void second?.disconnect());
  const { calls, note } = recorder();
  parent.timeout(1000).emit("ask", note);
  await client.send('3/room-1,0["one"]', '3/room-3,0["three"]');
  await io.world.settle();
  assertEquals(calls, [[null, ["one", "three"]]]);
});

Deno.test("A parent tells other servers through all its children", async () => {
  const cluster = new Cluster();
  const [here, there] = cluster.start(2);
  assert(here !== undefined && there !== undefined);
  const { parent } = await family(here);
  const heard: unknown[] = [];
  for (const name of ["/", "/room-1", "/room-3"]) {
    there.of(name).on("hello", (...args: unknown[]) => heard.push([name, ...args]));
    here.of(name).on("hello", () => heard.push("the sender"));
  }
  assertEquals(parent.serverSideEmit("hello", 1), true);
  assertEquals(heard, [["/room-1", 1], ["/room-3", 1]]);
});

Deno.test("A parent gathers the answers of other servers, over all its children", async () => {
  const cluster = new Cluster();
  const servers = cluster.start(3);
  const [here, ...others] = servers;
  const { parent } = await family(here, ["/room-1", "/room-2"]);
  others.forEach((io, index) => {
    for (const name of ["/room-1", "/room-2"]) {
      io.of(name).on("ask", (reply: (answer: string) => void) => reply(`${name} ${index}`));
    }
  });
  const wanted = ["/room-1 0", "/room-1 1", "/room-2 0", "/room-2 1"];
  const { calls, note } = recorder();
  parent.serverSideEmit("ask", note);
  assertEquals(await parent.serverSideEmitWithAck("ask"), wanted);
  assertEquals(calls, [[null, wanted]]);
});

Deno.test("A child that cannot ask other servers makes an error, after the others were asked", async () => {
  const failure = new Error("no others");
  const io = serverWith("/room-2", { serverSideEmit: () => Promise.reject(failure) });
  const { parent } = await family(io);
  const { calls, note } = recorder();
  parent.serverSideEmit("ask", note);
  const thrown = await parent.serverSideEmitWithAck("ask").catch((error) => error);
  assertStrictEquals(thrown, failure);
  assertEquals(calls, [[failure, []]]);
  assertEquals(io.world.errors, []);
  parent.serverSideEmit("tell");
  await io.world.settle();
  assertEquals(io.world.errors.map(({ args: [error] }) => error), [failure]);
});

Deno.test("A parent refuses the names of server-side events that are reserved", async () => {
  const { parent } = await family();
  assertThrows(() => parent.serverSideEmit("connection"), StateError, "reserved event name");
  await assertRejects(() => parent.serverSideEmitWithAck("connect"), StateError, "reserved");
});

Deno.test("A parent without children refuses reserved names of server-side events, too", async () => {
  const parent = new TestServer().of(/^\/room-\d$/);
  assertThrows(() => parent.serverSideEmit("connection"), StateError, "reserved event name");
  await assertRejects(() => parent.serverSideEmitWithAck("connect"), StateError, "reserved");
});

/** Tests of what namespaces do with sockets of other servers, over an adapter of a cluster. */
import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertNotStrictEquals,
  assertRejects,
  assertStrictEquals,
} from "@std/assert";
import { AckTimeoutError, StateError } from "../../src/base/errors.ts";
import { RemoteSocket } from "../../src/socket/broadcaster.ts";
import { DistantSocket } from "../../src/socket/distant_socket.ts";
import { Cluster } from "../support/cluster_adapter.ts";
import { type Connected, joined } from "../support/in_process_client.ts";
import { joinedV3 } from "../support/in_process_client_v3.ts";
import type { TestServer } from "../support/in_process_server.ts";

/** One tick of the wheel: how late a deadline may be. */
const TICK_MS = 50;

/** Two servers, with one client each. */
interface Pair {
  readonly cluster: Cluster;
  readonly here: TestServer;
  readonly there: TestServer;
  readonly near: Omit<Connected, "io">;
  readonly far: Omit<Connected, "io">;
}

async function startPair(): Promise<Pair> {
  const cluster = new Cluster();
  const [here, there] = cluster.start(2);
  assert(here !== undefined && there !== undefined);
  return { cluster, here, there, near: await joined(here), far: await joined(there) };
}

/** The far socket of a pair, as the other server finds it. */
async function findFar({ here, far }: Pair): Promise<DistantSocket> {
  const [found, ...more] = await here.in(far.socket.id).fetchSockets();
  assertEquals(more, []);
  assertInstanceOf(found, DistantSocket);
  return found;
}

Deno.test("fetchSockets finds the sockets of all servers, those of this one as they are", async () => {
  const { here, near, far } = await startPair();
  const found = await here.fetchSockets();
  assertEquals(found.map(({ id }) => id), [near.socket.id, far.socket.id]);
  assertStrictEquals<unknown>(found[0], near.socket);
  assertInstanceOf(found[1], DistantSocket);
  assertInstanceOf(found[1], RemoteSocket);
  assertEquals(await here.allSockets(), new Set([near.socket.id, far.socket.id]));
});

Deno.test("A socket of another server is found with its handshake, its rooms and its data", async () => {
  const pair = await startPair();
  const { socket } = pair.far;
  void socket.join(["a", "b"]);
  socket.data.user = { name: "Ada", tags: ["x"] };
  const found = await findFar(pair);
  assertEquals(found.rooms, new Set([socket.id, "a", "b"]));
  assertEquals(found.data, { user: { name: "Ada", tags: ["x"] } });
  assertEquals({ ...found.handshake }, structuredClone({ ...socket.handshake }));
  assertNotStrictEquals(found.data, socket.data);
  void socket.leave("a");
  assertEquals(found.rooms, new Set([socket.id, "a", "b"]), "it is told nothing later");
});

Deno.test("fetchSockets selects by rooms, and local keeps to this server", async () => {
  const { here, near, far } = await startPair();
  void near.socket.join("a");
  void far.socket.join(["a", "b"]);
  const ids = async (found: Promise<readonly { readonly id: string }[]>): Promise<string[]> =>
    (await found).map(({ id }) => id);
  assertEquals(await ids(here.in("a").fetchSockets()), [near.socket.id, far.socket.id]);
  assertEquals(await ids(here.in("b").fetchSockets()), [far.socket.id]);
  assertEquals(await ids(here.in("a").except("b").fetchSockets()), [near.socket.id]);
  assertEquals(await ids(here.local.fetchSockets()), [near.socket.id]);
  assertEquals(await ids(near.socket.broadcast.fetchSockets()), [far.socket.id]);
});

Deno.test("fetchSockets finds sockets of its own namespace only", async () => {
  const { here, there } = await startPair();
  for (const io of [here, there]) io.of("/a");
  const { socket } = await joined(there, {}, "/a");
  assertEquals((await here.of("/a").fetchSockets()).map(({ id }) => id), [socket.id]);
});

Deno.test("fetchSockets rejects when a server does not answer in time", async () => {
  const { cluster, here } = await startPair();
  cluster.holds = true;
  const found = here.fetchSockets();
  const outcome = assertRejects(() => found, Error, "Only 0 of 1 servers have answered");
  await cluster.clock.advanceAsync(500);
  await outcome;
});

Deno.test("Events to a socket of another server reach that one alone", async () => {
  const pair = await startPair();
  const second = await joined(pair.there);
  const found = await findFar(pair);
  assertEquals(found.emit("hello", 1, new Uint8Array([2])), true);
  assertEquals(await pair.far.client.take(), [
    '51-["hello",1,{"_placeholder":true,"num":0}]',
    new Uint8Array([2]),
  ]);
  assertEquals([await second.client.take(), await pair.near.client.take()], [[], []]);
});

Deno.test("A socket of another server answers with one value, not with a list", async () => {
  const pair = await startPair();
  const found = await findFar(pair);
  const calls: unknown[] = [];
  found.timeout(1000).emit("ask", 1, (...args: unknown[]) => calls.push(args));
  const promise = found.timeout(1000).emitWithAck("ask", 2);
  assertEquals(await pair.far.client.take(), ['20["ask",1]', '21["ask",2]']);
  await pair.far.client.send('30["one","more"]', '31[["a","list"]]');
  await pair.here.world.settle();
  assertEquals(calls, [[null, "one"]]);
  assertEquals(await promise, ["a", "list"]);
});

Deno.test("A socket of another server that does not answer in time gives an error", async () => {
  const pair = await startPair();
  const found = await findFar(pair);
  const calls: unknown[][] = [];
  found.timeout(100).emit("ask", (...args: unknown[]) => calls.push(args));
  const promise = found.timeout(100).emitWithAck("ask").catch((error) => error);
  await pair.here.world.advance(100 + TICK_MS);
  const thrown = await promise;
  assertInstanceOf(thrown, AckTimeoutError);
  assertEquals(thrown.message, "operation has timed out");
  assertEquals(calls.map(([error]) => String(error)), [
    "AckTimeoutError: operation has timed out",
  ]);
  await pair.far.client.send('30["late"]', '31["late"]');
  assertEquals(calls.length, 1);
});

Deno.test("A socket that does not answer in time gives null for its one answer", async () => {
  const pair = await startPair();
  const found = await findFar(pair);
  const calls: unknown[] = [];
  found.timeout(100).emit("ask", (_error: unknown, answer: unknown) => calls.push(answer));
  await pair.here.world.advance(100 + TICK_MS);
  assertEquals(calls, [null]);
});

Deno.test("A socket of another server has to be asked with a limit of time", async () => {
  const pair = await startPair();
  const found = await findFar(pair);
  const thrown = await Promise.resolve().then(() => found.emit("ask", () => {}))
    .catch((error) => error);
  assertInstanceOf(thrown, StateError);
  assertEquals(await pair.far.client.take(), []);
});

Deno.test("Answers to a broadcast are gathered from all servers", async () => {
  const { here, near, far } = await startPair();
  const promise = here.timeout(1000).emitWithAck("ask");
  await far.client.take();
  await far.client.send('30["far"]');
  await near.client.send('30["near"]');
  assertEquals(await promise, ["far", "near"]);
});

Deno.test("A broadcast from another server takes no answer that is owed to this one", async () => {
  const pair = await startPair();
  const own: unknown[] = [];
  const asked: unknown[] = [];
  // Both servers count the acknowledgements of the namespace from 0.
  pair.far.socket.emit("own", (...args: unknown[]) => own.push(...args));
  pair.here.to(pair.far.socket.id).timeout(1000).emit("ask", (...args: unknown[]) => {
    asked.push(args);
  });
  const ids = (await pair.far.client.take()).map((packet) => /^2(\d+)/.exec(String(packet))?.[1]);
  assertEquals(new Set(ids).size, 2, "each question has an id of its own for the client");
  await pair.far.client.send(`3${ids[1]}["to the broadcast"]`, `3${ids[0]}["to the emit"]`);
  assertEquals([own, asked], [["to the emit"], [[null, ["to the broadcast"]]]]);
});

Deno.test("Broadcasts with the same id from two servers take their own answers", async () => {
  const { here, there, near, far } = await startPair();
  const fromHere = here.timeout(1000).emitWithAck("here").catch(() => "timeout");
  const fromThere = there.timeout(1000).emitWithAck("there").catch(() => "timeout");
  for (const { client } of [near, far]) {
    for (const packet of await client.take()) {
      const [, id, name] = /^2(\d+)\["(\w+)"\]$/.exec(String(packet)) ?? [];
      await client.send(`3${id}["${name}"]`);
    }
  }
  for (const io of [here, there]) await io.world.advance(2000);
  assertEquals([await fromHere, await fromThere], [["here", "here"], ["there", "there"]]);
});

Deno.test("Bulk joins and leaves reach the sockets of all servers", async () => {
  const { here, near, far } = await startPair();
  here.socketsJoin(["a", "b"]);
  assertEquals([near, far].map(({ socket }) => [...socket.rooms].slice(1)), [
    ["a", "b"],
    ["a", "b"],
  ]);
  here.except(near.socket.id).socketsLeave("a");
  here.in("b").local.socketsLeave("b");
  assertEquals([near, far].map(({ socket }) => [...socket.rooms].slice(1)), [["a"], ["b"]]);
  here.local.socketsJoin("c");
  assertEquals([near, far].map(({ socket }) => socket.rooms.has("c")), [true, false]);
});

Deno.test("Bulk disconnects reach the sockets of all servers, and close with close alone", async () => {
  const { here, there, near, far } = await startPair();
  here.disconnectSockets();
  assertEquals([await near.client.take(), await far.client.take()], [["1"], ["1"]]);
  assertEquals([near.socket.connected, far.socket.connected], [false, false]);
  assertEquals([near.client.isClosed, far.client.isClosed], [false, false]);
  await near.client.join();
  const again = await joined(there);
  here.local.disconnectSockets(true);
  await here.world.settle();
  assertEquals([near.client.isClosed, again.client.isClosed], [true, false]);
  here.disconnectSockets(true);
  await there.world.settle();
  assertEquals(again.client.isClosed, true);
});

Deno.test("A socket of another server joins, leaves and is disconnected from here", async () => {
  const pair = await startPair();
  const { socket, client } = pair.far;
  const reasons: string[] = [];
  socket.on("disconnect", (reason) => reasons.push(reason));
  const found = await findFar(pair);
  found.join("a");
  found.join(["b", "c"]);
  found.leave("b");
  assertEquals([...socket.rooms], [socket.id, "a", "c"]);
  assertEquals(found.disconnect(), found);
  assertEquals([reasons, await client.take(), client.isClosed], [
    ["server namespace disconnect"],
    ["1"],
    false,
  ]);
  assertEquals([pair.near.socket.connected, pair.near.socket.rooms.size], [true, 1]);
});

Deno.test("A socket of another server is closed with its connection when that is asked", async () => {
  const pair = await startPair();
  const found = await findFar(pair);
  found.disconnect(true);
  await pair.there.world.settle();
  assertEquals([pair.far.client.isClosed, pair.near.client.isClosed], [true, false]);
});

Deno.test("A socket of another server that has gone since is passed over", async () => {
  const pair = await startPair();
  const found = await findFar(pair);
  await pair.far.client.leave();
  found.emit("x");
  found.join("a");
  found.leave("a");
  found.disconnect(true);
  assertEquals(await found.timeout(100).emitWithAck("ask"), undefined);
  const { sockets, adapter } = pair.there.of("/");
  assertEquals([sockets.size, adapter.rooms.size, adapter.sids.size], [0, 0, 0]);
  assertEquals([pair.here.world.errors, pair.there.world.errors], [[], []]);
});

Deno.test("What another server asks about sockets that are being let in is passed over", async () => {
  const { here, there } = await startPair();
  const held: (() => void)[] = [];
  there.of("/a").use((socket, next) => {
    void socket.join("early");
    held.push(next);
  });
  here.of("/a");
  const { client } = await joined(there);
  await client.send("0/a,");
  here.of("/a").in("early").socketsJoin("late");
  here.of("/a").disconnectSockets();
  assertEquals(await here.of("/a").fetchSockets(), []);
  held[0]?.();
  await there.world.settle();
  const [socket] = there.of("/a").sockets.values();
  assertEquals([socket?.connected, socket?.rooms.has("late")], [true, false]);
});

Deno.test("What another server broadcasts reaches a client of 1.x in ASCII, as what this one does", async () => {
  const [here, there] = new Cluster().start(2, { allowEIO3: true });
  assert(here !== undefined && there !== undefined);
  const { client } = await joinedV3(here, { transport: "polling", base64: true });
  for (const io of [here, there]) {
    io.emit("said", "é€");
    assertEquals(await client.take(), ['2["said","\\u00e9\\u20ac"]']);
  }
});

/** Tests of `cleanupEmptyChildNamespaces` against clients and listeners that come and go in between. */
import { assertEquals } from "@std/assert";
import { joined, RawClient } from "../support/in_process_client.ts";
import { watched } from "../support/watched_children.ts";

type Answer = (error: Error | null, success: boolean) => void;

Deno.test("A client that has gone while a rule decided leaves no namespace", async () => {
  for (const cleanupEmptyChildNamespaces of [true, false]) {
    const { io, log } = watched({ cleanupEmptyChildNamespaces });
    const held: Answer[] = [];
    io.of((_name, _auth, next) => void held.push(next));
    const client = await RawClient.open(io);
    await client.send("0/other,");
    await client.leave();
    held[0]?.(null, true);
    await io.world.settle();
    assertEquals(log, []);
  }
});

Deno.test("A rule that decides after the server was closed makes no namespace", async () => {
  const { io, log } = watched();
  const held: Answer[] = [];
  io.of((_name, _auth, next) => void held.push(next));
  const client = await RawClient.open(io);
  await client.send("0/other,");
  await io.close();
  held[0]?.(null, true);
  await io.world.settle();
  assertEquals(log, ["closed /"]);
});

Deno.test("A client that asks again and again while a middleware waits stays in one child", async () => {
  const { io, parent, log } = watched();
  parent.use(() => {});
  const client = await RawClient.open(io);
  for (let i = 0; i < 10; i++) await client.send("0/room-1,");
  assertEquals([log, client.isClosed], [["made /room-1"], false]);
  await client.leave();
  assertEquals(log, ["made /room-1", "closed /room-1"]);
});

Deno.test("Disconnect listeners that look a child up by its name keep none alive", async () => {
  const { io, parent, log } = watched({ maxDynamicNamespaces: 2 });
  parent.on("connection", (socket) => {
    socket.on("disconnect", () => io.of(socket.nsp.name).emit("left", socket.id));
  });
  for (let i = 0; i < 5; i++) {
    const { client } = await joined(io, {}, `/room-${i}`);
    await client.leave();
  }
  assertEquals(log.length, 10);
  assertEquals(log.filter((line) => line.startsWith("closed")).length, 5);
});

Deno.test("A client that a listener of new_namespace ends leaves no child", async () => {
  const { io, parent, log } = watched();
  let conn: { close(discard: boolean): unknown } | undefined;
  io.engine.on("connection", (opened) => void (conn = opened));
  io.on("new_namespace", () => void conn?.close(true));
  const client = await RawClient.open(io);
  await client.send("0/room-1,");
  assertEquals(log, ["made /room-1", "closed /room-1"]);
  assertEquals([client.isClosed, parent.sockets.size], [true, 0]);
});

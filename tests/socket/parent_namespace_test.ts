import { assert, assertEquals, assertInstanceOf } from "@std/assert";
import { Namespace } from "../../src/socket/api.ts";
import { joined, RawClient } from "../support/in_process_client.ts";
import { TestServer } from "../support/in_process_server.ts";

Deno.test("A parent namespace gives its middlewares and connection listeners to its children", async () => {
  const io = new TestServer();
  const log: unknown[] = [];
  const parent = io.of(/^\/room-\d$/, (socket) => void log.push(["of", socket.nsp.name]));
  parent.use((socket, next) => {
    log.push(["use", socket.nsp.name]);
    next();
  });
  parent.on("connection", (socket) => void log.push(["connection", socket.nsp.name]));
  const client = await RawClient.open(io);
  await client.join("/room-1");
  await client.join("/room-2");
  const each = (name: string): unknown[] => ["use", "of", "connection"].map((what) => [what, name]);
  assertEquals(log, [...each("/room-1"), ...each("/room-2")]);
});

Deno.test("A child has the middlewares and listeners that its parent had when it was born", async () => {
  const io = new TestServer();
  const log: string[] = [];
  const parent = io.of(/^\/room-\d$/);
  await joined(io, {}, "/room-1");
  parent.use((socket, next) => {
    log.push(`use ${socket.nsp.name}`);
    next();
  });
  parent.on("connection", (socket) => void log.push(`connection ${socket.nsp.name}`));
  const second = await RawClient.open(io);
  await second.join("/room-1");
  await second.join("/room-2");
  assertEquals(log, ["use /room-2", "connection /room-2"]);
});

Deno.test("A child's own middlewares and listeners are its own", async () => {
  const io = new TestServer();
  const log: string[] = [];
  io.of(/^\/room-\d$/);
  io.on("new_namespace", (nsp) => {
    if (nsp.name !== "/room-1") return;
    nsp.use((socket, next) => {
      log.push(`own ${socket.nsp.name}`);
      next();
    });
  });
  const client = await RawClient.open(io);
  for (const name of ["/room-1", "/room-2"]) await client.join(name);
  assertEquals(log, ["own /room-1"]);
});

Deno.test("A parent namespace broadcasts to all its children, and to no other namespace", async () => {
  const io = new TestServer();
  const parent = io.of(/^\/room-\d$/);
  io.of("/other");
  const client = await RawClient.open(io);
  for (const name of ["/", "/room-1", "/room-2", "/other"]) await client.join(name);
  parent.emit("x", 1);
  parent.send("y");
  parent.volatile.emit("waits for nothing, is dropped");
  assertEquals(await client.take(), [
    '2/room-1,["x",1]',
    '2/room-2,["x",1]',
    '2/room-1,["message","y"]',
    '2/room-2,["message","y"]',
  ]);
});

Deno.test("A parent namespace broadcasts to the rooms of its children", async () => {
  const io = new TestServer();
  const parent = io.of(/^\/room-\d$/);
  parent.on("connection", (socket) => void socket.join(socket.nsp.name));
  const client = await RawClient.open(io);
  for (const name of ["/room-1", "/room-2"]) await client.join(name);
  parent.to("/room-1").emit("x");
  parent.except("/room-1").emit("y");
  assertEquals(await client.take(), ['2/room-1,["x"]', '2/room-2,["y"]']);
});

Deno.test("A parent namespace has what every namespace has, and nobody in it", async () => {
  const io = new TestServer();
  const parent = io.of(() => {});
  const second = io.of(() => {});
  assertInstanceOf(parent, Namespace);
  assert(parent.name !== second.name);
  assert(parent.server as unknown === io);
  assertEquals([parent.sockets.size, parent.adapter.rooms.size], [0, 0]);
  const client = await RawClient.open(io);
  await client.send(`0${parent.name},`);
  assertEquals(await client.take(), []);
});

Deno.test("A failing handler of a child is told to the listeners of the server", async () => {
  const io = new TestServer();
  const log: unknown[] = [];
  io.on("handler_error", (error, context) => log.push([error.message, context.namespace]));
  io.of(/^\/room-\d$/).on("connection", () => {
    throw new Error("boom");
  });
  const client = await RawClient.open(io);
  await client.join("/room-1");
  assertEquals([log, io.world.errors], [[["boom", "/room-1"]], []]);
});

import { assert, assertEquals, assertFalse, assertStrictEquals, assertThrows } from "@std/assert";
import { StateError } from "../../src/base/errors.ts";
import { Socket } from "../../src/socket/api.ts";
import {
  connected,
  joined,
  RawClient,
  socketOf,
  TRANSPORTS,
} from "../support/in_process_client.ts";
import { CLIENT_ADDRESS, TestServer } from "../support/in_process_server.ts";

const HOLE = '{"_placeholder":true,"num":0}';

for (const transport of TRANSPORTS) {
  Deno.test(`Socket.emit and on carry any arguments, both ways (${transport})`, async () => {
    const { client, socket } = await connected({ transport });
    const calls: unknown[] = [];
    socket.on("tell", function (this: unknown, ...args: unknown[]): void {
      calls.push([this === socket, ...args]);
    });
    assertEquals(socket.emit("hello", 1, "é€", null, undefined, { a: [true] }), true);
    assertEquals(await client.take(), ['2["hello",1,"é€",null,null,{"a":[true]}]']);
    await client.send('2["tell",1,"é€",null,{"a":[true]}]', '2["tell"]', '2["nobody hears"]');
    assertEquals(calls, [[true, 1, "é€", null, { a: [true] }], [true]]);
  });

  Deno.test(`Socket.emit and on carry binary data at any depth (${transport})`, async () => {
    const { client, socket } = await connected({ transport });
    const calls: unknown[] = [];
    socket.on("file", (...args: unknown[]) => calls.push(args));
    const view = new DataView(new Uint8Array([0, 1, 2, 3]).buffer, 1, 2);
    socket.emit("file", { deep: [{ er: view }] }, new Uint8Array([9]).buffer);
    const second = '{"_placeholder":true,"num":1}';
    assertEquals(await client.take(), [
      `52-["file",{"deep":[{"er":${HOLE}}]},${second}]`,
      new Uint8Array([1, 2]),
      new Uint8Array([9]),
    ]);
    const bytes = [new Uint8Array([5]), new Uint8Array([])];
    await client.send(`52-["file",{"deep":[${second}]},${HOLE}]`, ...bytes);
    assertEquals(calls, [[{ deep: [bytes[1]] }, bytes[0]]]);
  });

  Deno.test(`Socket.id and CONNECT come before what connection handlers emit (${transport})`, async () => {
    const io = new TestServer();
    io.on("connection", (socket) => socket.emit("hello", socket.id));
    const client = await RawClient.open(io, { transport });
    await client.send("0");
    const [socket] = io.of("/").sockets.values();
    assertEquals(await client.take(), [`0{"sid":"${socket?.id}"}`, `2["hello","${socket?.id}"]`]);
  });
}

Deno.test("Socket.once hears one event, off and removeAllListeners take listeners away", async () => {
  const { client, socket } = await connected();
  const calls: string[] = [];
  const always = (): void => void calls.push("always");
  socket.once("x", () => calls.push("once"));
  socket.on("x", always).on("x", always);
  await client.send('2["x"]');
  socket.off("x", always);
  await client.send('2["x"]');
  socket.removeAllListeners("x");
  await client.send('2["x"]');
  assertEquals(calls, ["once", "always", "always", "always"]);
});

Deno.test("Socket.send and write emit a message event, and a client's message is heard", async () => {
  const { client, socket } = await connected();
  const calls: unknown[] = [];
  socket.on("message", (...args: unknown[]) => calls.push(args));
  assertStrictEquals(socket.send("a", 1), socket);
  assertStrictEquals(socket.write("b"), socket);
  assertEquals(await client.take(), ['2["message","a",1]', '2["message","b"]']);
  await client.send('2["message","c"]');
  assertEquals(calls, [["c"]]);
});

Deno.test("Socket hears an event whose name is a number under that number's text", async () => {
  const { client, socket } = await connected();
  const calls: unknown[] = [];
  socket.on("7", (...args: unknown[]) => calls.push(args));
  socket.onAny((name) => calls.push(name));
  await client.send('2[7,"x"]');
  assertEquals(calls, [7, ["x"]]);
});

Deno.test("Socket listeners of names that objects inherit are listeners like others", async () => {
  const { client, socket } = await connected();
  const calls: string[] = [];
  for (const name of ["__proto__", "constructor", "toString", "connection", "error"]) {
    await client.send(`2["${name}"]`);
    socket.on(name, () => calls.push(name));
    await client.send(`2["${name}"]`);
  }
  assertEquals(calls, ["__proto__", "constructor", "toString", "connection", "error"]);
});

Deno.test("Socket.emit refuses reserved names and symbols, and sends nothing", async () => {
  const { client, socket } = await connected();
  for (const name of ["connect", "connect_error", "disconnect", "disconnecting"]) {
    assertThrows(() => socket.emit(name), StateError, `"${name}" is a reserved event name`);
  }
  for (const name of ["newListener", "removeListener"]) {
    assertThrows(() => socket.emit(name), StateError, `"${name}" is a reserved event name`);
  }
  // A program without types may try.
  assertThrows(() => socket.emit(Symbol("x") as unknown as string), TypeError, "found a symbol");
  assertEquals(await client.take(), []);
});

Deno.test("Socket.emit throws what cannot be encoded, and awaits no answer to it", async () => {
  const { io, client, socket } = await connected();
  const cycle: Record<string, unknown> = {};
  cycle.self = cycle;
  const calls: unknown[] = [];
  const before = io.world.clock.nextAt;
  for (const value of [1n, cycle, new Blob(["x"])]) {
    const ack = (...args: unknown[]): void => void calls.push(args);
    assertThrows(() => socket.emit("x", value));
    assertThrows(() => socket.emit("x", value, ack));
    assertThrows(() => socket.timeout(60).emit("x", [value], ack));
    assertThrows(() => socket.broadcast.emit("x", value));
    assertThrows(() => io.emit("x", value));
    assertThrows(() => io.timeout(60).emit("x", value, ack));
  }
  await client.send("30[]", "31[]", "32[]");
  assertEquals([io.world.clock.nextAt, await client.take()], [before, []]);
  await io.world.advance(200);
  assertEquals([calls, socket.connected], [[], true]);
});

Deno.test("Socket.emit refuses a Blob with a hint", async () => {
  const { socket } = await connected();
  assertThrows(() => socket.emit("x", new Blob(["x"])), TypeError, "arrayBuffer()");
});

Deno.test("Socket flags hold for the next emit only, also when it throws", async () => {
  const { io, client, socket } = await connected();
  const calls: unknown[] = [];
  const note = (...args: unknown[]): void => void calls.push(args);
  socket.timeout(100).emit("limited", (error: Error) => calls.push(error.message));
  socket.emit("unlimited", note);
  assertThrows(() => socket.timeout(100).emit("x", 1n, note));
  socket.emit("unlimited too", note);
  await io.world.advance(1000);
  assertEquals(calls, ["operation has timed out"]);
  client.inbox.length = 0;
  socket.emit("waits");
  socket.volatile.emit("dropped");
  socket.emit("kept");
  assertEquals(await client.take(), ['2["waits"]', '2["kept"]']);
});

Deno.test("Socket flags go with a broadcast operator, and are gone from the socket", async () => {
  const { client, socket } = await connected();
  socket.volatile.broadcast.emit("x");
  socket.emit("waits");
  socket.emit("not volatile");
  assertEquals(await client.take(), ['2["waits"]', '2["not volatile"]']);
  const operator = socket.volatile.to("a");
  socket.emit("waits");
  socket.emit("not volatile");
  assertEquals(await client.take(), ['2["waits"]', '2["not volatile"]']);
  operator.emit("x");
});

Deno.test("Socket.compress, volatile and timeout give the socket back", async () => {
  const { client, socket } = await connected();
  assertStrictEquals(socket.compress(false), socket);
  assertStrictEquals(socket.compress(true).volatile, socket);
  assert(socket.timeout(5) === socket);
  socket.compress(false).emit("x");
  assertEquals(await client.take(), ['2["x"]']);
});

Deno.test("Socket.volatile reaches a client that can be written to", async () => {
  for (const transport of TRANSPORTS) {
    const { client, socket } = await connected({ transport });
    socket.volatile.emit("now");
    assertEquals(await client.take(), ['2["now"]']);
  }
});

Deno.test("Socket.volatile is dropped, not queued, while no GET waits", async () => {
  const { client, socket, io } = await connected({ transport: "polling" });
  client.pause();
  socket.emit("takes the waiting GET");
  await io.world.settle();
  socket.volatile.emit("dropped");
  io.volatile.emit("dropped too");
  client.resume();
  await io.world.settle();
  socket.volatile.emit("arrives");
  assertEquals(await client.take(), ['2["takes the waiting GET"]', '2["arrives"]']);
});

Deno.test("Socket.volatile is dropped, not queued, while an upgrade is under way", async () => {
  const { client, socket, io } = await connected({ transport: "polling" });
  await client.probe();
  // A client may poll once more; its GET waits for a moment.
  client.resume();
  await io.world.settle();
  client.pause();
  socket.volatile.emit("dropped");
  io.volatile.emit("dropped too");
  await client.upgrade();
  socket.volatile.emit("arrives");
  assertEquals(await client.take(), ['2["arrives"]']);
});

Deno.test("Socket.volatile is dropped, not queued, while the WebSocket has bytes to send", async () => {
  const { client, socket, io } = await connected();
  const { webSocket } = client;
  assert(webSocket !== undefined);
  webSocket.bufferedAmount = 1;
  socket.volatile.emit("dropped");
  io.volatile.emit("dropped too");
  webSocket.bufferedAmount = 0;
  io.volatile.emit("arrives");
  assertEquals(await client.take(), ['2["arrives"]']);
});

Deno.test("Socket.volatile with an acknowledgement that is dropped ends by its limit", async () => {
  const { client, socket, io } = await connected();
  const calls: unknown[] = [];
  socket.emit("waits");
  socket.volatile.timeout(100).emit("dropped", (error: Error) => calls.push(error.message));
  assertEquals(await client.take(), ['2["waits"]']);
  await io.world.advance(200);
  assertEquals(calls, ["operation has timed out"]);
});

Deno.test("Socket.join and leave have happened when they return", async () => {
  const { socket, io } = await connected();
  assertEquals(socket.rooms, new Set([socket.id]));
  assertStrictEquals(socket.join(["a", "b"]), undefined);
  assertEquals(socket.rooms, new Set([socket.id, "a", "b"]));
  assertStrictEquals(socket.leave("a"), undefined);
  await socket.leave("never joined");
  assertEquals(socket.rooms, new Set([socket.id, "b"]));
  assertEquals([...io.of("/").adapter.rooms.keys()], [socket.id, "b"]);
});

Deno.test("Socket.join after the end does nothing, and leave neither", async () => {
  const { socket, io } = await connected();
  await socket.join("a");
  socket.disconnect();
  await socket.join("b");
  await socket.leave("a");
  assertEquals([socket.rooms, io.of("/").adapter.sids.size], [new Set(), 0]);
});

Deno.test("Socket.join takes numbers for room names, as programs without types do", async () => {
  const { socket, client, io } = await connected();
  const room = 7 as unknown as string;
  await socket.join(room);
  assert(socket.rooms.has(room));
  io.to(room).emit("number");
  io.to("7").emit("text");
  socket.leave(room);
  io.to(room).emit("gone");
  assertEquals(await client.take(), ['2["number"]']);
});

Deno.test("Socket.join in a middleware counts from the connection on", async () => {
  const io = new TestServer();
  io.use((socket, next) => {
    void socket.join("early");
    io.to("early").emit("too early");
    next();
  });
  const { socket, client } = await joined(io);
  assertEquals(socket.rooms, new Set(["early", socket.id]));
  io.to("early").emit("now");
  assertEquals(await client.take(), ['2["now"]']);
});

Deno.test("Socket.to, in, except, broadcast and local choose as their names say", async () => {
  const io = new TestServer();
  const [a, b, c] = [await joined(io), await joined(io), await joined(io)];
  await a.socket.join("r");
  await b.socket.join(["r", "s"]);
  a.socket.to("r").emit("to");
  a.socket.in("r").emit("in");
  a.socket.to(["r", "s"]).to(c.socket.id).emit("union");
  a.socket.except("s").emit("except");
  a.socket.broadcast.emit("broadcast");
  a.socket.local.emit("local");
  a.socket.to(a.socket.id).emit("not to itself");
  io.to("r").except("s").emit("room");
  const names = async (client: RawClient): Promise<unknown[]> =>
    (await client.take()).map((packet) => JSON.parse(String(packet).slice(1))[0]);
  assertEquals(await names(a.client), ["room"]);
  assertEquals(await names(b.client), ["to", "in", "union", "broadcast", "local"]);
  assertEquals(await names(c.client), ["union", "except", "broadcast", "local"]);
});

Deno.test("Socket.broadcast from a socket that has left reaches the others", async () => {
  const io = new TestServer();
  const [a, b] = [await joined(io), await joined(io)];
  a.socket.disconnect();
  a.socket.broadcast.emit("farewell");
  assertEquals(await b.client.take(), ['2["farewell"]']);
});

Deno.test("Socket.handshake tells what client and request told, and stays the same", async () => {
  const io = new TestServer();
  const headers = { origin: "https://app.example", "x-test": "1" };
  const client = await RawClient.open(io, { transport: "polling", headers, query: { a: "b" } });
  io.world.clock.jump(5000);
  const socket = socketOf(io.of("/"), await client.join("/", { token: "x" }));
  const { handshake } = socket;
  const issued = io.world.clock.wallTime();
  io.world.clock.jump(5000);
  assertStrictEquals(socket.handshake, handshake);
  assertEquals({ ...handshake, headers: { ...handshake.headers }, query: { ...handshake.query } }, {
    headers,
    time: String(new Date(issued)),
    address: CLIENT_ADDRESS,
    xdomain: true,
    secure: false,
    issued,
    url: "/socket.io/?EIO=4&transport=polling&a=b",
    query: { EIO: "4", transport: "polling", a: "b" },
    auth: { token: "x" },
  });
  assertStrictEquals(socket.request, socket.conn.request);
  assertStrictEquals(socket.request.headers, handshake.headers);
});

Deno.test("Socket.handshake of a client that told little has its fields all the same", async () => {
  const { socket } = await connected();
  const { auth, xdomain, headers, query } = socket.handshake;
  assertEquals([auth, xdomain], [{}, false]);
  for (const record of [headers, query]) assertStrictEquals(Object.getPrototypeOf(record), null);
});

Deno.test("Socket.handshake.auth has no prototype of the client's choice", async () => {
  const io = new TestServer();
  const client = await RawClient.open(io);
  await client.send('0{"__proto__":{"isAdmin":true}}');
  const [socket] = io.of("/").sockets.values();
  assertFalse("isAdmin" in (socket?.handshake.auth ?? {}));
});

Deno.test("Socket has the properties of its documents", async () => {
  const { socket, client, io } = await connected();
  assert(socket instanceof Socket);
  assertEquals([socket.connected, socket.disconnected, socket.recovered], [true, false, false]);
  assertEquals([socket.nsp, socket.data], [io.of("/"), {}]);
  assert(socket.server as unknown === io);
  assertEquals(socket.conn.transport.name, "websocket");
  assertEquals(socket.client.request, socket.request);
  socket.data.user = "x";
  await client.leave();
  assertEquals([socket.connected, socket.disconnected, socket.data], [false, true, { user: "x" }]);
});

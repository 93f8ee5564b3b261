import { assert, assertEquals, assertFalse } from "@std/assert";
import { ProtocolError } from "../../src/base/errors.ts";
import {
  connected,
  joined,
  RawClient,
  socketOf,
  TRANSPORTS,
} from "../support/in_process_client.ts";
import type { ServerOptions } from "../../src/server/server_options.ts";
import { TestServer } from "../support/in_process_server.ts";

/** A server with the namespaces "/" and "/a". */
function serverWithTwo(options: ServerOptions = {}): TestServer {
  const io = new TestServer({ connectTimeout: 1000, ...options });
  io.of("/a");
  return io;
}

/** Writes down how a client's sockets end. */
function watchEnds(io: TestServer): unknown[] {
  const ends: unknown[] = [];
  for (const nsp of [io.of("/"), io.of("/a")]) {
    nsp.on("connection", (socket) => {
      socket.on("disconnect", (reason) => ends.push([nsp.name, reason]));
    });
  }
  return ends;
}

for (const transport of TRANSPORTS) {
  Deno.test(`A client is in no namespace before it asks for one (${transport})`, async () => {
    const io = serverWithTwo();
    const client = await RawClient.open(io, { transport });
    assertEquals([io.of("/").sockets.size, io.engine.clientsCount], [0, 1]);
    assertEquals(await client.take(), []);
  });

  Deno.test(`A client joins a namespace and is told the id of its socket (${transport})`, async () => {
    const io = serverWithTwo();
    const client = await RawClient.open(io, { transport });
    await client.send('0/a,{"token":"x"}');
    const [answer = "", ...rest] = await client.take();
    const [socket] = io.of("/a").sockets.values();
    assertEquals([answer, rest], [`0/a,{"sid":"${socket?.id}"}`, []]);
    assertEquals([socket?.connected, socket?.handshake.auth], [true, { token: "x" }]);
    assertEquals(io.of("/").sockets.size, 0);
  });
}

Deno.test("A client has a socket of its own in each namespace, over one session", async () => {
  const io = serverWithTwo();
  const client = await RawClient.open(io);
  const main = socketOf(io.of("/"), await client.join());
  const other = socketOf(io.of("/a"), await client.join("/a"));
  const log: unknown[] = [];
  for (const socket of [main, other]) {
    socket.on("tell", (value: unknown) => {
      log.push([socket.nsp.name, value]);
      socket.emit("told", value);
    });
  }
  await client.send('2["tell",1]', '2/a,["tell",2]');
  assertEquals(log, [["/", 1], ["/a", 2]]);
  assertEquals(await client.take(), ['2["told",1]', '2/a,["told",2]']);
  assertEquals(main.client, other.client);
  assertFalse(main.id === other.id || main.id === client.sid);
  assertEquals([main.client.id, main.conn.id], [client.sid, client.sid]);
});

Deno.test("A client that leaves one namespace stays in the others, and may come back", async () => {
  const io = serverWithTwo();
  const ends = watchEnds(io);
  const client = await RawClient.open(io);
  const [main] = [await client.join(), await client.join("/a")];
  await client.send("1");
  assertEquals(ends, [["/", "client namespace disconnect"]]);
  await client.send('2/a,["still in"]');
  const again = await client.join();
  assert(again !== main);
  assertEquals([io.of("/").sockets.size, io.of("/a").sockets.size], [1, 1]);
  await client.send('2["back"]');
  assertFalse(client.isClosed);
});

for (const transport of TRANSPORTS) {
  const senseless: Readonly<Record<string, string>> = {
    "a second CONNECT": "0",
    "an event to a namespace it is not in": '2/a,["x"]',
    "an answer to a namespace it is not in": "3/a,1[]",
    "a DISCONNECT from a namespace it is not in": "1/a,",
    "a CONNECT_ERROR": '4{"message":"x"}',
    "a CONNECT_ERROR for a namespace it is not in": '4/a,{"message":"x"}',
  };
  for (const [what, packet] of Object.entries(senseless)) {
    Deno.test(`A client that sends ${what} is closed (${transport})`, async () => {
      const io = serverWithTwo();
      const ends = watchEnds(io);
      const client = await RawClient.open(io, { transport });
      await client.join();
      await client.send(packet, '2["after"]');
      assertEquals([ends, client.isClosed], [[["/", "forced close"]], true]);
      assertEquals([io.of("/").sockets.size, io.engine.clientsCount], [0, 0]);
      assertEquals(io.world.errors, []);
    });
  }

  Deno.test(`A client that sends an event before it has joined is closed (${transport})`, async () => {
    const io = serverWithTwo();
    const client = await RawClient.open(io, { transport });
    await client.send('2["x"]');
    assertEquals([client.isClosed, io.engine.clientsCount], [true, 0]);
  });

  const malformed: readonly string[] = [
    "9",
    "abc",
    "",
    '2["connect"]',
    "2{}",
    '2["x"',
    "0[]",
    "5x-",
  ];
  Deno.test(`A client that sends no packet is closed, and its sockets are told (${transport})`, async () => {
    for (const packet of malformed) {
      const io = serverWithTwo();
      const ends = watchEnds(io);
      const { client, socket } = await joined(io, { transport });
      await client.join("/a");
      socket.on("error", (error) => ends.push(error instanceof ProtocolError && socket.connected));
      await client.send(packet, '2["after"]');
      assertEquals([packet, ends], [packet, [true, ["/", "forced close"], ["/a", "forced close"]]]);
      assertEquals([client.isClosed, io.engine.clientsCount, io.world.errors], [true, 0, []]);
    }
  });
}

Deno.test("A client without a waiting GET that sends a bad packet is closed at once", async () => {
  const io = serverWithTwo();
  const ends = watchEnds(io);
  const client = await RawClient.open(io, { transport: "polling", polls: false });
  await client.send("0");
  await client.poll();
  await client.send("9");
  assertEquals([ends, io.engine.clientsCount], [[["/", "forced close"]], 0]);
});

Deno.test("A client without a waiting GET that makes no sense is closed when it polls", async () => {
  const io = serverWithTwo();
  const ends = watchEnds(io);
  const client = await RawClient.open(io, { transport: "polling", polls: false });
  await client.send("0");
  await client.poll();
  await client.send("0");
  assertEquals([ends, io.engine.clientsCount], [[["/", "forced server close"]], 1]);
  assertEquals([await client.poll(), io.engine.clientsCount], [["1"], 0]);
  assertEquals(ends.length, 1);
});

Deno.test("A binary packet that is cut off by the end of the session leaves nothing", async () => {
  const io = serverWithTwo();
  const { client, socket } = await joined(io);
  const log: unknown[] = [];
  socket.on("x", () => log.push("x"));
  await client.send('52-["x",{"_placeholder":true,"num":0}]', new Uint8Array(10));
  await client.leave();
  assertEquals([log, io.engine.clientsCount, io.world.errors], [[], 0, []]);
});

Deno.test("Text between the attachments of a packet closes the client", async () => {
  const { io, client, socket } = await connected();
  const log: unknown[] = [];
  socket.on("error", (error) => log.push(error.message));
  await client.send('51-["x",{"_placeholder":true,"num":0}]', '2["y"]');
  assertEquals([client.isClosed, io.engine.clientsCount], [true, 0]);
  assertEquals(log, ["Cannot decode socket packet: expected an attachment, found text"]);
});

Deno.test("A client that joins no namespace within connectTimeout is closed", async () => {
  for (const transport of TRANSPORTS) {
    const io = serverWithTwo();
    const client = await RawClient.open(io, { transport });
    await io.world.advance(999);
    assertFalse(client.isClosed);
    await io.world.advance(51);
    assertEquals([client.isClosed, io.engine.clientsCount], [true, 0]);
  }
});

Deno.test("A client that was refused is closed by connectTimeout, one that has joined is not", async () => {
  const io = serverWithTwo();
  const refused = await RawClient.open(io);
  await refused.send("0/nope,");
  const { client } = await joined(io);
  await client.send("1");
  await io.world.advance(1050);
  assertEquals([refused.isClosed, client.isClosed, io.engine.clientsCount], [true, false, 1]);
});

Deno.test("A client whose middleware takes longer than connectTimeout is closed and never let in", async () => {
  const io = serverWithTwo();
  const held: (() => void)[] = [];
  io.use((socket, next) => {
    void socket.join("early");
    held.push(next);
  });
  io.on("connection", () => {
    throw new Error("must not be let in");
  });
  const client = await RawClient.open(io);
  await client.send("0");
  await io.world.advance(1050);
  held[0]?.();
  await io.world.settle();
  assertEquals([client.isClosed, await client.take()], [true, []]);
  const { sockets, adapter } = io.of("/");
  assertEquals([sockets.size, adapter.rooms.size, adapter.sids.size], [0, 0, 0]);
  assertEquals(io.world.errors, []);
});

Deno.test("io.connectTimeout sets the time for sessions to come", async () => {
  const io = serverWithTwo();
  const before = await RawClient.open(io);
  assertEquals(io.connectTimeout(), 1000);
  assertEquals(io.connectTimeout(3000), io);
  const after = await RawClient.open(io);
  await io.world.advance(1050);
  assertEquals([before.isClosed, after.isClosed], [true, false]);
  await io.world.advance(2000);
  assert(after.isClosed);
});

Deno.test("A client that asks for a namespace again while a middleware decides gets the last one", async () => {
  for (const order of [[0, 1], [1, 0]]) {
    const io = serverWithTwo();
    const held: { readonly auth: unknown; readonly next: () => void }[] = [];
    io.use((socket, next) => {
      void socket.join("early");
      held.push({ auth: socket.handshake.auth, next });
    });
    const client = await RawClient.open(io);
    await client.send('0{"try":1}', '0{"try":2}');
    assertEquals(held.map(({ auth }) => auth), [{ try: 1 }, { try: 2 }]);
    for (const index of order) held[index]?.next();
    await io.world.settle();
    const [socket] = io.of("/").sockets.values();
    assert(socket !== undefined);
    assertEquals(socket.handshake.auth, { try: 2 });
    assertEquals(await client.take(), [`0{"sid":"${socket.id}"}`]);
    assertEquals([io.of("/").sockets.size, [...io.of("/").adapter.sids.keys()]], [1, [socket.id]]);
  }
});

Deno.test("A client that asks over and over while a middleware never decides is closed", async () => {
  const io = serverWithTwo({ maxNamespaces: 100 });
  let asked = 0;
  io.use(() => void asked++);
  const client = await RawClient.open(io);
  await client.send(...Array.from({ length: 101 }, () => "0"));
  assert(client.isClosed);
  assertEquals([asked, io.engine.clientsCount, io.of("/").adapter.sids.size], [100, 0, 0]);
});

Deno.test("A client may ask again for a namespace that has refused it", async () => {
  const io = serverWithTwo();
  let isOpen = false;
  io.use((_socket, next) => next(isOpen ? undefined : new Error("later")));
  const client = await RawClient.open(io);
  await client.send("0");
  assertEquals(await client.take(), ['4{"message":"later"}']);
  isOpen = true;
  await client.join();
  assertEquals(io.of("/").sockets.size, 1);
});

Deno.test("A client that goes away while a middleware decides leaves nothing behind", async () => {
  for (const verdict of [undefined, new Error("no")]) {
    const io = serverWithTwo();
    const held: ((error?: Error) => void)[] = [];
    io.use((socket, next) => {
      void socket.join("early");
      held.push(next);
    });
    io.on("connection", () => {
      throw new Error("must not be let in");
    });
    const client = await RawClient.open(io);
    await client.send("0");
    await client.leave();
    held[0]?.(verdict);
    await io.world.settle();
    const { sockets, adapter } = io.of("/");
    assertEquals([sockets.size, adapter.rooms.size, adapter.sids.size], [0, 0, 0]);
    assertEquals(io.world.errors, []);
  }
});

Deno.test("A client that goes away leaves no room behind, though a middleware never decides", async () => {
  const io = serverWithTwo();
  io.use((socket) => void socket.join("early"));
  const client = await RawClient.open(io);
  await client.send("0");
  await client.leave();
  const { adapter } = io.of("/");
  assertEquals([adapter.rooms.size, adapter.sids.size], [0, 0]);
});

Deno.test("socket.disconnect(true) disconnects from all namespaces, then ends the session", async () => {
  for (const transport of TRANSPORTS) {
    const io = serverWithTwo();
    const ends = watchEnds(io);
    const { client, socket } = await joined(io, { transport });
    await client.join("/a");
    socket.emit("last");
    assertEquals(socket.disconnect(true), socket);
    assertEquals(ends, [
      ["/", "server namespace disconnect"],
      ["/a", "server namespace disconnect"],
    ]);
    assertEquals(await client.take(), ['2["last"]', "1", "1/a,"]);
    assertEquals([client.isClosed, io.engine.clientsCount], [true, 0]);
  }
});

Deno.test("A connection listener that hangs up lets the client know who it was", async () => {
  for (const transport of TRANSPORTS) {
    const io = serverWithTwo();
    const ends = watchEnds(io);
    io.on("connection", (socket) => void socket.disconnect(true));
    const client = await RawClient.open(io, { transport });
    await client.send("0", '2["x"]');
    const [connect, ...rest] = await client.take();
    assert(String(connect).startsWith('0{"sid":'));
    assertEquals([rest, ends], [["1"], [["/", "server namespace disconnect"]]]);
    assertEquals([client.isClosed, io.engine.clientsCount, io.world.errors], [true, 0, []]);
  }
});

Deno.test("A middleware that closes the session lets nobody in", async () => {
  const io = serverWithTwo();
  io.use((socket, next) => {
    socket.conn.close(true);
    next();
  });
  io.on("connection", () => {
    throw new Error("must not be let in");
  });
  const client = await RawClient.open(io);
  await client.send("0");
  assertEquals([await client.take(), client.isClosed, io.world.errors], [[], true, []]);
  assertEquals([io.of("/").sockets.size, io.engine.clientsCount], [0, 0]);
});

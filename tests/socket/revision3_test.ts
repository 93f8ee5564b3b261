/** Tests clients of revision 3 in namespaces: joining unasked, ids, credentials, limits. */
import { assert, assertEquals, assertFalse } from "@std/assert";
import type { Namespace } from "../../src/socket/api.ts";
import { joinedV3, RawClientV3, serverV3 } from "../support/in_process_client_v3.ts";
import { RawClient, socketOf, TRANSPORTS } from "../support/in_process_client.ts";

/** Writes down what the listeners of a namespace are told. */
function watch(nsp: Namespace): unknown[] {
  const log: unknown[] = [];
  nsp.on("connection", (socket) => {
    log.push(["connection", socket.id]);
    socket.on("disconnect", (reason) => log.push(["disconnect", socket.id, reason]));
  });
  return log;
}

for (const transport of TRANSPORTS) {
  Deno.test(`A client of revision 3 is in the main namespace as soon as it is open (${transport})`, async () => {
    const io = serverV3();
    const log = watch(io.of("/"));
    const client = await RawClientV3.open(io, { transport, query: { token: "a" } });
    assertEquals(await client.take(), ["0"]);
    const socket = socketOf(io.of("/"), client.sid);
    assertEquals(log, [["connection", client.sid]]);
    assertEquals([socket.handshake.auth, socket.handshake.query.token], [{}, "a"]);
    assertEquals([socket.conn.protocol, socket.conn.id, socket.connected], [3, client.sid, true]);
    assertEquals([...socket.rooms], [client.sid]);
  });

  Deno.test(`Events and acks of a client of revision 3 go both ways (${transport})`, async () => {
    const io = serverV3();
    const { client, socket } = await joinedV3(io, { transport });
    socket.on("ask", (value: unknown, answer: (value: unknown) => void) => answer(["got", value]));
    await client.send('27["ask","é😀"]');
    assertEquals(await client.take(), ['37[["got","é😀"]]']);
    const answered: Promise<unknown> = socket.emitWithAck("question", 1);
    assertEquals(await client.take(), ['20["question",1]']);
    await client.send('30["answer"]');
    assertEquals(await answered, "answer");
  });

  Deno.test(`Binary events of a client of revision 3 go both ways (${transport})`, async () => {
    for (const base64 of [false, true]) {
      const io = serverV3();
      const { client, socket } = await joinedV3(io, { transport, base64 });
      socket.on("echo", (data: Uint8Array) => socket.emit("echoed", data, "é"));
      await client.send('51-["echo",{"_placeholder":true,"num":0}]', Uint8Array.of(7, 8));
      // ASCII alone where a client of 1.x would spoil anything else.
      const text = base64 && transport === "polling" ? "\\u00e9" : "é";
      const header = `51-["echoed",{"_placeholder":true,"num":0},"${text}"]`;
      assertEquals(await client.take(), [header, Uint8Array.of(7, 8)]);
    }
  });

  Deno.test(`A client of revision 3 leaves a namespace, and the server ends another (${transport})`, async () => {
    const io = serverV3();
    const log = watch(io.of("/a"));
    const { client, socket } = await joinedV3(io, { transport });
    await client.send("0/a");
    assertEquals(await client.take(), ["0/a,"]);
    const id = `/a#${client.sid}`;
    await client.send("1/a");
    assertEquals(log, [["connection", id], ["disconnect", id, "client namespace disconnect"]]);
    socket.disconnect();
    assertEquals([await client.take(), client.isClosed], [["1"], false]);
  });
}

Deno.test("A handler that disconnects a client of revision 3 at once ends the session in order", async () => {
  for (const transport of TRANSPORTS) {
    const io = serverV3();
    const log = watch(io.of("/"));
    io.on("connection", (socket) => socket.disconnect(true));
    const client = await RawClientV3.open(io, { transport });
    assertEquals(await client.take(), ["0", "1"]);
    assertEquals(log.map((it) => (it as unknown[])[0]), ["connection", "disconnect"]);
    assertEquals([client.isClosed, io.engine.clientsCount], [true, 0]);
  }
});

Deno.test("A client of revision 3 in no namespace is let go after connectTimeout", async () => {
  for (const transport of TRANSPORTS) {
    const io = serverV3({ connectTimeout: 1_000 });
    io.use((_socket, next) => next(new Error("no")));
    io.of("/a");
    const refused = await RawClientV3.open(io, { transport });
    const other = await RawClientV3.open(io, { transport });
    await other.send("0/a");
    assertEquals(await other.take(), ['4"no"', "0/a,"]);
    await io.world.advance(900);
    assertEquals([refused.isClosed, io.engine.clientsCount], [false, 2]);
    await io.world.advance(200);
    assertEquals([refused.isClosed, other.isClosed, io.engine.clientsCount], [true, false, 1]);
    assertEquals(io.of("/a").sockets.size, 1);
  }
});

Deno.test("A client of revision 3 that is let in waits for nothing: no timer is left of joining", async () => {
  const io = serverV3({ connectTimeout: 1_000 });
  const { client } = await joinedV3(io);
  await io.world.advance(10_000);
  assertFalse(client.isClosed);
});

Deno.test("Sockets of revision 3 have the id that their client works out from the session's", async () => {
  const io = serverV3();
  io.of(/^\/dyn-\d+$/);
  const { client, socket } = await joinedV3(io);
  await client.send("0/dyn-1?x=1,");
  assertEquals(await client.take(), ["0/dyn-1,"]);
  assertEquals(socket.id, client.sid);
  const other = socketOf(io.of("/dyn-1"), `/dyn-1#${client.sid}`);
  assertEquals([...other.rooms], [other.id]);
  io.to(socket.id).emit("main");
  io.of("/dyn-1").to(other.id).emit("other");
  assertEquals(await client.take(), ['2["main"]', '2/dyn-1,["other"]']);
});

Deno.test("Sockets of revision 4 have ids of their own on the same server", async () => {
  const io = serverV3();
  const client = await RawClient.open(io);
  assertEquals([await client.take(), io.of("/").sockets.size], [[], 0]);
  const id = await client.join();
  assert(id !== client.sid && !id.includes(client.sid));
  assertEquals([socketOf(io.of("/"), id).conn.protocol, socketOf(io.of("/"), id).handshake.auth], [
    4,
    {},
  ]);
});

Deno.test("The query behind a namespace of revision 3 is auth there, for its middlewares and rules too", async () => {
  const io = serverV3();
  const seen: unknown[] = [];
  io.of((name, auth, next) => {
    seen.push(["rule", name, auth]);
    next(null, true);
  }).use((socket, next) => {
    seen.push(["middleware", socket.handshake.auth, socket.handshake.query.token]);
    next();
  });
  const { client } = await joinedV3(io, { query: { token: "of the handshake" } });
  const token = "t".repeat(10_000);
  await client.send(`0/dyn?token=${token}&x=%2C,`);
  assertEquals(await client.take(), ["0/dyn,"]);
  const auth = { token, x: "," };
  assertEquals(seen, [["rule", "/dyn", auth], ["middleware", auth, "of the handshake"]]);
  await client.send('2/dyn?token=x,["event"]', "1/dyn?token=x");
  assertEquals([io.of("/dyn").sockets.size, client.isClosed], [0, false]);
});

Deno.test("A query of revision 3 with keys of every object harms nobody", async () => {
  const io = serverV3();
  io.of("/a");
  const { client } = await joinedV3(io, { query: { "__proto__": "x" } });
  await client.send("0/a?__proto__=x&constructor=y&hasOwnProperty=z");
  assertEquals(await client.take(), ["0/a,"]);
  const { auth } = socketOf(io.of("/a"), `/a#${client.sid}`).handshake;
  assertEquals(Object.entries(auth), [["__proto__", "x"], ["constructor", "y"], [
    "hasOwnProperty",
    "z",
  ]]);
  assertEquals(Object.getPrototypeOf(auth), Object.prototype);
});

Deno.test("A client of revision 3 is closed for a name or a query over the limit", async () => {
  const hostile = [
    `0/${"n".repeat(1_024)}`,
    `0/${"n".repeat(1_024)}?token=x`,
    `0/${"n".repeat(10_000)},`,
    `0/a?${"q".repeat(16_384)}`,
    `2/${"n".repeat(1_024)},["x"]`,
  ];
  for (const packet of hostile) {
    const io = serverV3();
    const rules: string[] = [];
    io.of((name, _auth, next) => {
      rules.push(name);
      next(null, true);
    });
    const { client } = await joinedV3(io);
    await client.send(packet);
    assertEquals(
      [client.isClosed, io.engine.clientsCount, rules],
      [true, 0, []],
      packet.slice(0, 9),
    );
  }
  const io = serverV3();
  const { client } = await joinedV3(io);
  io.of((_name, _auth, next) => next(null, true));
  await client.send(`0/${"n".repeat(1_023)}?${"q".repeat(16_383)}`);
  assertEquals([(await client.take()).length, client.isClosed], [1, false]);
});

Deno.test("A client of revision 3 that asks for an unknown namespace is told so, and stays", async () => {
  const io = serverV3();
  const { client } = await joinedV3(io);
  await client.send("0/nope?token=x");
  assertEquals([await client.take(), client.isClosed], [['4/nope,"Invalid namespace"'], false]);
  await client.send('2["still here"]');
  assertFalse(client.isClosed);
});

Deno.test("The main namespace, joined unasked, takes none of the places of a client", async () => {
  const io = serverV3({ maxNamespaces: 1 });
  io.of("/a");
  io.of("/b");
  const { client } = await joinedV3(io);
  await client.send("0/a");
  assertEquals([await client.take(), client.isClosed], [["0/a,"], false]);
  await client.send("0/b");
  assert(client.isClosed);
});

Deno.test("A client of revision 3 that asks for a namespace it is in is closed", async () => {
  for (const packet of ["0", "0/?x=1", "0/a", "0/a?x=1"]) {
    const io = serverV3();
    io.of("/a");
    const { client } = await joinedV3(io);
    await client.send("0/a");
    await client.send(packet);
    assertEquals([client.isClosed, io.engine.clientsCount], [true, 0], packet);
  }
});

Deno.test("A client of revision 3 that upgrades keeps its sockets, and its messages their order", async () => {
  const io = serverV3();
  const { client, socket } = await joinedV3(io, { transport: "polling" });
  const heard: unknown[] = [];
  socket.on("n", (value: unknown) => heard.push(value));
  socket.emit("n", 1, "é");
  await client.send('2["n",1]');
  await client.upgrade();
  socket.emit("n", 2, "é");
  await client.send('2["n",2]');
  assertEquals([await client.take(), heard], [['2["n",1,"é"]', '2["n",2,"é"]'], [1, 2]]);
  assertEquals([socket.connected, socket.conn.transport.name], [true, "websocket"]);
});

Deno.test("A custom parser serves clients of revision 3, with what follows a name", async () => {
  class Encoder {
    encode(packet: unknown): string[] {
      return [JSON.stringify(packet)];
    }
  }
  class Decoder {
    #decoded: (packet: unknown) => void = () => {};
    on(_event: "decoded", listener: (packet: unknown) => void): void {
      this.#decoded = listener;
    }
    add(frame: unknown): void {
      this.#decoded(JSON.parse(String(frame)));
    }
    destroy(): void {}
  }
  const io = serverV3({ parser: { Encoder, Decoder } });
  io.of("/a");
  const client = await RawClientV3.open(io);
  await client.send('{"type":0,"nsp":"/a?token=x"}');
  assertEquals(await client.take(), ['{"type":0,"nsp":"/"}', '{"type":0,"nsp":"/a"}']);
  assertEquals(socketOf(io.of("/a"), `/a#${client.sid}`).handshake.auth, { token: "x" });
});

Deno.test("A child namespace stays when its one client of revision 3 asks for it again", async () => {
  const io = serverV3({ cleanupEmptyChildNamespaces: true });
  const made: string[] = [];
  const nexts: (() => void)[] = [];
  io.on("new_namespace", ({ name }) => made.push(name));
  io.of(/^\/child$/).use((_socket, next) => void nexts.push(next));
  const { client } = await joinedV3(io);
  await client.send("0/child");
  await client.send("0/child");
  for (const next of nexts) next();
  assertEquals([await client.take(), made, nexts.length], [["0/child,"], ["/child"], 2]);
});

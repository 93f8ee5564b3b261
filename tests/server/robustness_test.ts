/** Tests that what peers and users' code do is contained: nothing grows, hangs, or ends the process. */
import { assert, assertEquals, assertThrows } from "@std/assert";
import type { Adapter, AdapterContext } from "../../src/socket/adapter.ts";
import { memoryAdapter } from "../../src/socket/memory_adapter.ts";
import { connected, joined, RawClient, TRANSPORTS } from "../support/in_process_client.ts";
import { TestServer } from "../support/in_process_server.ts";

/** A memory adapter with some methods replaced. */
function adapterWith(change: Partial<Adapter>): (context: AdapterContext) => Adapter {
  return (context) => Object.assign(memoryAdapter(context), change);
}

/** The text of an acknowledgement or event with that many zeros. */
function zeros(count: number): string {
  return `[${Array.from({ length: count }, () => "0").join(",")}]`;
}

for (const transport of TRANSPORTS) {
  Deno.test(`A client that never reads ends by the number of small packets (${transport})`, async () => {
    const { io, client, socket } = await connected({ transport }, { maxBufferedBytes: 1_000_000 });
    const reasons: string[] = [];
    socket.on("disconnect", (reason) => reasons.push(reason));
    socket.on("ask", (answer) => answer());
    client.pause();
    if (client.webSocket !== undefined) client.webSocket.holds = true;
    const asks = Array.from({ length: 2_000 }, (_, id) => `2${id}["ask"]`);
    let sent = 0;
    while (reasons.length === 0 && sent < 200_000) {
      await client.send(...asks);
      sent += asks.length;
    }
    assertEquals(reasons, ["transport error"]);
    assert(sent * 6 < 1_000_000, `${sent} packets had to come`);
    assertEquals(io.engine.clientsCount, 0);
  });

  Deno.test(`An answer of too many values ends the session, and the question (${transport})`, async () => {
    const { io, client, socket } = await connected({ transport });
    const errors: string[] = [];
    const answer = socket.timeout(1000).emitWithAck("ask").catch((error) =>
      errors.push(error.message)
    );
    await client.send(`30${zeros(300_000)}`);
    assert(client.isClosed);
    await answer;
    assertEquals(errors, ["socket has been disconnected"]);
    assertEquals(io.world.errors, []);
  });

  Deno.test(`An event of too many values ends the session, not the handler (${transport})`, async () => {
    const { io, client, socket } = await connected({ transport });
    const heard: number[] = [];
    socket.on("e", (...args: unknown[]) => heard.push(args.length));
    await client.send(`2["e",${zeros(9_999).slice(1)}`);
    assertEquals([heard, client.isClosed], [[9_999], false]);
    await client.send(`2["e",${zeros(10_000).slice(1)}`);
    assertEquals([heard, client.isClosed, io.world.errors], [[9_999], true, []]);
  });
}

Deno.test("Clients make no more dynamic namespaces than maxDynamicNamespaces", async () => {
  const io = new TestServer({ maxDynamicNamespaces: 3 });
  io.of(/^\/n-\d+$/);
  for (let round = 0; round < 2; round++) {
    const client = await RawClient.open(io);
    for (const name of ["/n-1", "/n-2", "/n-3"]) await client.join(name);
    await client.send("0/n-4,");
    assertEquals(await client.take(), ['4/n-4,{"message":"Invalid namespace"}']);
  }
  io.of("/n-5");
  const client = await RawClient.open(io);
  await client.join("/n-5");
});

Deno.test("A client that is in maxNamespaces namespaces and asks for another is closed", async () => {
  const io = new TestServer({ maxNamespaces: 2 });
  for (const name of ["/a", "/b"]) io.of(name);
  const client = await RawClient.open(io);
  for (const name of ["/", "/a"]) await client.join(name);
  await client.send("1/a,");
  await client.join("/b");
  await client.send("0/a,");
  assertEquals([client.isClosed, io.engine.clientsCount], [true, 0]);
});

Deno.test("A socket that ends while it joins several rooms leaves none behind", async () => {
  const { io, socket } = await connected();
  io.of("/").adapter.on("join-room", (room) => void (room === "a" && socket.disconnect()));
  void socket.join(["a", "b", "c"]);
  const { rooms, sids } = io.of("/").adapter;
  assertEquals([rooms.size, sids.size, io.of("/").sockets.size], [0, 0, 0]);
});

Deno.test("An adapter whose promise is rejected is reported when a socket connects", async () => {
  const adapter = adapterWith({ addAll: () => Promise.reject(new Error("no room")) });
  const { io, socket } = await connected({}, { adapter });
  await Promise.resolve();
  assert(socket.connected);
  assertEquals(io.world.errors.map(({ args }) => String(args[0])), ["Error: no room"]);
});

Deno.test("An adapter that throws keeps no socket from its end", async () => {
  const adapter = adapterWith({
    delAll: () => {
      throw new Error("no way out");
    },
  });
  const { io, client, socket } = await connected({}, { adapter });
  io.of("/a");
  await client.join("/a");
  const reasons: string[] = [];
  socket.on("disconnect", (reason) => reasons.push(reason));
  await client.leave();
  assertEquals(reasons, ["transport close"]);
  assertEquals([io.of("/").sockets.size, io.of("/a").sockets.size, io.engine.clientsCount], [
    0,
    0,
    0,
  ]);
});

Deno.test("An adapter that throws when a socket joins ends that session alone", async () => {
  let isBroken = false;
  const adapter = adapterWith({});
  const io = new TestServer({
    adapter: (context) => {
      const inner = adapter(context);
      const { addAll } = inner;
      return Object.assign(inner, {
        addAll(id: string, rooms: ReadonlySet<string>): void | Promise<void> {
          if (isBroken) throw new Error("broken");
          return addAll.call(inner, id, rooms);
        },
      });
    },
  });
  for (const transport of TRANSPORTS) {
    const { client: healthy } = await joined(io);
    isBroken = true;
    const client = await RawClient.open(io, { transport });
    await client.send("0");
    assert(client.isClosed, transport);
    isBroken = false;
    await healthy.send('2["still here"]');
    assertEquals([healthy.isClosed, io.engine.clientsCount], [false, 1]);
    await healthy.leave();
  }
});

Deno.test("Closing twice closes once, and a callback that throws is reported", async () => {
  let closed = 0;
  const io = new TestServer({ adapter: adapterWith({ close: () => void closed++ }) });
  const calls: unknown[][] = [];
  const first = io.close((...args) => calls.push(args));
  await Promise.all([first, io.close((...args) => calls.push(args))]);
  await io.close(() => {
    throw new Error("in the callback");
  });
  assertEquals([closed, calls], [1, [[], []]]);
  assertEquals(io.world.errors.map(({ args }) => String(args[0])), ["Error: in the callback"]);
});

Deno.test("A socket that hangs up for good while it disconnects ends the session", async () => {
  const { io, client, socket } = await connected();
  socket.on("disconnecting", () => void socket.disconnect(true));
  socket.disconnect();
  assertEquals([client.isClosed, io.engine.clientsCount], [true, 0]);
});

Deno.test("A wait that is no number of milliseconds is refused", async () => {
  const { io, socket } = await connected();
  for (const wrong of ["5", NaN, -1, undefined, null] as unknown[] as number[]) {
    for (const call of [() => socket.timeout(wrong), () => io.timeout(wrong)]) {
      assertThrows(call, TypeError, "Cannot set timeout: must be a number of milliseconds from 0");
    }
  }
  assertThrows(() => io.connectTimeout(NaN), TypeError);
  assertThrows(() => io.path("/ü"), TypeError);
});

Deno.test("conn tells of a message before what comes of it, and of no message after its end", async () => {
  for (const transport of TRANSPORTS) {
    const { client, socket } = await connected({ transport });
    const told: string[] = [];
    socket.conn.on("message", (data) => told.push(String(data)));
    socket.conn.on("close", () => told.push("close"));
    await client.send("9 is no packet", '2["after"]');
    assertEquals(told, ["9 is no packet", "close"]);
  }
});

Deno.test("An adapter that cannot be made refuses the namespace, whenever its rule answers", async () => {
  const held: (() => void)[] = [];
  const io = new TestServer({
    maxDynamicNamespaces: 1,
    adapter: (context) => {
      if (context.namespace.startsWith("/bad")) throw new Error("no adapter");
      return memoryAdapter(context);
    },
  });
  io.of((name, _auth, next) => {
    if (name === "/bad-later") held.push(() => next(null, true));
    else next(null, true);
  });
  const client = await RawClient.open(io);
  await client.send("0/bad,", "0/bad-later,");
  for (const answer of held) answer();
  assertEquals(await client.take(), [
    '4/bad,{"message":"Invalid namespace"}',
    '4/bad-later,{"message":"Invalid namespace"}',
  ]);
  assertEquals(io.world.errors.length, 2);
  await client.join("/good");
});

Deno.test("An adapter that throws when a socket joins ends the session, whenever next is called", async () => {
  for (const later of [false, true]) {
    const held: (() => void)[] = [];
    const adapter = adapterWith({
      addAll: () => {
        throw new Error("no room");
      },
    });
    const io = new TestServer({ adapter });
    let connections = 0;
    io.use((_socket, next) => later ? void held.push(next) : next());
    io.on("connection", () => void connections++);
    const client = await RawClient.open(io);
    await client.send("0");
    for (const next of held) next();
    await io.world.settle();
    assertEquals([connections, io.of("/").sockets.size, io.engine.clientsCount], [0, 0, 0]);
    assertEquals(io.world.errors.map(({ args }) => String(args[0])), ["Error: no room"]);
  }
});

Deno.test("An adapter whose delAll rejects is reported when a client leaves", async () => {
  const adapter = adapterWith({
    delAll: (() => Promise.reject(new Error("lost"))) as unknown as Adapter["delAll"],
  });
  const { io, client } = await connected({}, { adapter });
  await client.leave();
  assertEquals(io.world.errors.map(({ args }) => String(args[0])), ["Error: lost"]);
});

Deno.test("Closing from a listener of a socket that ends closes once", async () => {
  let closed = 0;
  const { io, socket } = await connected({}, {
    adapter: adapterWith({ close: () => void closed++ }),
  });
  const inner: Promise<void>[] = [];
  socket.on("disconnect", () => void inner.push(io.close()));
  await io.close();
  await Promise.all(inner);
  assertEquals([inner.length, closed], [1, 1]);
});

Deno.test("Adapters are closed after everything has left them", async () => {
  const calls: string[] = [];
  const adapter = (context: AdapterContext): Adapter => {
    const inner = memoryAdapter(context);
    const { delAll } = inner;
    return Object.assign(inner, {
      delAll: (id: string): void => {
        calls.push("delAll");
        delAll.call(inner, id);
      },
      close: () => void calls.push("close"),
    });
  };
  const io = new TestServer({ adapter });
  io.use((socket) => void socket.join("early"));
  const client = await RawClient.open(io);
  await client.send("0");
  await io.close();
  assertEquals(calls, ["delAll", "close"]);
});

Deno.test("A middleware that ends the session at once leaves no room behind", async () => {
  const io = new TestServer();
  io.use((socket) => {
    void socket.join("early");
    socket.conn.close(true);
    void socket.join("late");
  });
  const client = await RawClient.open(io);
  await client.send("0");
  const { rooms, sids } = io.of("/").adapter;
  assertEquals([rooms.size, sids.size, io.engine.clientsCount], [0, 0, 0]);
});

Deno.test("Sessions that join nothing are at most maxPendingSessions; later ones get 503", async () => {
  const io = new TestServer({ maxPendingSessions: 2, connectTimeout: 1000, closeTimeout: 100 });
  const ask = async (): Promise<number> => {
    const url = "http://localhost/socket.io/?EIO=4&transport=polling";
    const answer = io.fetch(new Request(url));
    await io.world.settle();
    const { status, headers } = await answer;
    assertEquals(headers.get("retry-after"), status === 503 ? "5" : null);
    return status;
  };
  const joining = await RawClient.open(io);
  assertEquals([await ask(), await ask()], [200, 503]);
  await joining.join();
  assertEquals([await ask(), await ask()], [200, 503]);
  await io.world.advance(1_300);
  assertEquals([await ask(), io.engine.clientsCount], [200, 2]);
});

Deno.test("A socket owes at most maxPendingAcks answers, and is in at most maxRoomsPerSocket rooms", async () => {
  const { client, socket } = await connected({}, { maxPendingAcks: 2, maxRoomsPerSocket: 3 });
  const answers: unknown[] = [];
  const ask = (): boolean => socket.emit("ask", (answer: unknown) => answers.push(answer));
  ask();
  ask();
  assertThrows(ask, Error, "maxPendingAcks is 2");
  await client.send("30[1]");
  ask();
  assertEquals(answers, [1]);
  void socket.join(["a", "b", "a"]);
  void socket.join(["b", socket.id]);
  assertThrows(() => socket.join(["b", "c"]), Error, "maxRoomsPerSocket is 3, found 4");
  assertEquals([...socket.rooms].sort(), [socket.id, "a", "b"].sort());
});

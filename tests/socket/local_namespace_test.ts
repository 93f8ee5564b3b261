import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertNotStrictEquals,
  assertStrictEquals,
  assertThrows,
  fail,
} from "@std/assert";
import { StateError } from "../../src/base/errors.ts";
import { Namespace } from "../../src/socket/api.ts";
import { connected, joined, RawClient, TRANSPORTS } from "../support/in_process_client.ts";
import { TestServer } from "../support/in_process_server.ts";
import { addSocket, loneNamespace } from "../support/lone_namespace.ts";

/** One tick of the wheel: how late a deadline may be. */
const TICK_MS = 50;

for (const transport of TRANSPORTS) {
  Deno.test(`Namespace middlewares run in order before the connection (${transport})`, async () => {
    const io = new TestServer();
    const log: unknown[] = [];
    const nexts: (() => void)[] = [];
    io.use((socket, next) => {
      log.push(["one", socket.connected, socket.handshake.auth.token, io.of("/").sockets.size]);
      socket.data.user = "x";
      next();
    });
    io.use((socket, next) => {
      log.push(["two", socket.data.user]);
      nexts.push(next);
    });
    io.on("connect", () => log.push("connect"));
    io.on("connection", (socket) => log.push(["connection", socket.connected, socket.data.user]));
    const client = await RawClient.open(io, { transport });
    await client.send('0{"token":1}');
    assertEquals([log, await client.take()], [[["one", false, 1, 0], ["two", "x"]], []]);
    nexts[0]?.();
    nexts[0]?.();
    await io.world.settle();
    assertEquals(log.slice(2), ["connect", ["connection", true, "x"]]);
    assertEquals((await client.take()).length, 1);
  });

  Deno.test(`A middleware's error refuses with its message and data (${transport})`, async () => {
    const io = new TestServer();
    const refusals: unknown[] = [
      Object.assign(new Error("not allowed"), { data: { code: 7, why: ["x"] } }),
      new Error("no data"),
      "text",
      { message: "an object", data: null, secret: "not sent" },
    ];
    io.use((socket, next) => {
      void socket.join("early");
      next(refusals.shift() as Error);
    });
    io.on("connection", () => {
      throw new Error("must not be let in");
    });
    const client = await RawClient.open(io, { transport });
    for (let count = 0; count < 4; count++) await client.send("0");
    assertEquals(await client.take(), [
      '4{"message":"not allowed","data":{"code":7,"why":["x"]}}',
      '4{"message":"no data"}',
      '4{"message":"text"}',
      '4{"message":"an object","data":null}',
    ]);
    const { sockets, adapter } = io.of("/");
    assertEquals([sockets.size, adapter.rooms.size, adapter.sids.size], [0, 0, 0]);
    assertEquals([client.isClosed, io.world.errors], [false, []]);
  });
}

Deno.test("A middleware that throws or rejects refuses, keeps its text, and is reported", async () => {
  const io = new TestServer();
  const failures = [
    () => {
      throw new Error("secret of the server");
    },
    () => Promise.reject(new Error("secret too")),
  ];
  // A middleware may be async, whatever its declared result.
  io.of("/a").use(() => failures.shift()?.() as unknown as void);
  const client = await RawClient.open(io);
  await client.send("0/a,");
  await client.send("0/a,");
  assertEquals(await client.take(), [
    '4/a,{"message":"Internal server error"}',
    '4/a,{"message":"Internal server error"}',
  ]);
  const reports = io.world.errors.map(({ args: [error] }) => String(error));
  assertEquals(reports, ["Error: secret of the server", "Error: secret too"]);
  assert(io.world.errors.every(({ message }) => message.includes("/a")));
});

Deno.test("A middleware that throws after it went on is reported, and the socket is in", async () => {
  const io = new TestServer();
  io.use((_socket, next) => {
    next();
    throw new Error("after next");
  });
  const { socket } = await joined(io);
  assert(socket.connected);
  assertEquals(io.world.errors.map(({ args: [error] }) => String(error)), ["Error: after next"]);
});

Deno.test("A refusal whose data cannot be encoded refuses all the same, and is reported", async () => {
  const io = new TestServer();
  io.use((_socket, next) => next(Object.assign(new Error("no"), { data: 1n })));
  const client = await RawClient.open(io);
  await client.send("0");
  const [answer, ...rest] = await client.take();
  assert(String(answer).startsWith("4{"), `found ${String(answer)}`);
  assertEquals([rest, io.world.errors.length], [[], 1]);
});

Deno.test("A refusal whose data cannot be encoded throws nothing into the user's timer", async () => {
  const io = new TestServer();
  const held: ((error: Error) => void)[] = [];
  io.use((_socket, next) => void held.push(next));
  const client = await RawClient.open(io);
  await client.send("0");
  held[0]?.(Object.assign(new Error("no"), { data: 1n }));
  await io.world.settle();
  assertEquals((await client.take()).length, 1);
});

Deno.test("Namespace.sockets has a socket exactly while it is connected", async () => {
  const io = new TestServer();
  const { client, socket } = await joined(io);
  const { sockets } = io.of("/");
  assertEquals([...sockets], [[socket.id, socket]]);
  const sizes: number[] = [];
  socket.on("disconnecting", () => sizes.push(sockets.size));
  socket.on("disconnect", () => sizes.push(sockets.size));
  await client.leave();
  assertEquals([sizes, sockets.size], [[1, 0], 0]);
});

Deno.test("Namespace fires connect, then connection, with a socket that is in its rooms", async () => {
  const io = new TestServer();
  const log: unknown[] = [];
  for (const event of ["connect", "connection"] as const) {
    io.on(event, (socket) => {
      log.push([event, socket.connected, [...socket.rooms], io.of("/").sockets.has(socket.id)]);
    });
  }
  const { socket } = await joined(io);
  assertEquals(log, [
    ["connect", true, [socket.id], true],
    ["connection", true, [socket.id], true],
  ]);
});

Deno.test("Namespace broadcasts reach its own sockets only", async () => {
  const io = new TestServer();
  const main = await joined(io);
  io.of("/a");
  const other = await joined(io, {}, "/a");
  io.of("/a").emit("a", new Uint8Array([1]));
  io.emit("main");
  io.of("/a").to(main.socket.id).emit("nobody");
  assertEquals(await main.client.take(), ['2["main"]']);
  const hole = '{"_placeholder":true,"num":0}';
  assertEquals(await other.client.take(), [`51-/a,["a",${hole}]`, new Uint8Array([1])]);
});

Deno.test("Namespace has all the ways to broadcast", async () => {
  const io = new TestServer();
  const { client, socket } = await joined(io);
  const nsp = io.of("/");
  assertStrictEquals(nsp.send("a"), nsp);
  assertStrictEquals(nsp.write("b"), nsp);
  assertEquals(nsp.emit("c"), true);
  nsp.to(socket.id).emit("d");
  nsp.in([socket.id]).emit("e");
  nsp.except(socket.id).emit("nobody");
  nsp.compress(true).emit("f");
  nsp.local.emit("g");
  assertEquals(await client.take(), [
    '2["message","a"]',
    '2["message","b"]',
    ...["c", "d", "e", "f", "g"].map((name) => `2["${name}"]`),
  ]);
  nsp.volatile.emit("h");
  assertEquals(await client.take(), ['2["h"]']);
  const answers = nsp.timeout(100).emitWithAck("i");
  await client.send("30[1]");
  assertEquals(await answers, [1]);
});

Deno.test("Namespace passes over sockets whose middlewares have not decided", async () => {
  const io = new TestServer();
  const held: (() => void)[] = [];
  io.use((socket, next) => {
    void socket.join("early");
    held.push(next);
  });
  const client = await RawClient.open(io);
  await client.send("0");
  const calls: unknown[] = [];
  io.to("early").emit("x");
  io.to("early").timeout(100).emit("ask", (...args: unknown[]) => calls.push(args));
  await io.world.settle();
  assertEquals([calls, await client.take()], [[[null, []]], []]);
  held[0]?.();
});

Deno.test("Namespace leaves nothing on the wheel of a broadcast that has ended", async () => {
  const { namespace, deadlines, clock } = loneNamespace();
  for (let count = 0; count < 2; count++) addSocket(namespace);
  const calls: unknown[] = [];
  const note = (...args: unknown[]): void => void calls.push(args.length);
  namespace.to("nobody").timeout(1000).emit("ask", note);
  await clock.advanceAsync(0);
  assertEquals([calls.length, deadlines.pending], [1, 0]);
  namespace.timeout(1000).emit("ask", note);
  await clock.advanceAsync(0);
  assertEquals(deadlines.pending, 1);
  for (const id of namespace.sockets.keys()) assert(namespace.broadcastAcks.answered(1, id, ["a"]));
  assertEquals([calls.length, deadlines.pending], [2, 0]);
  namespace.timeout(1000).emit("ask", note);
  await clock.advanceAsync(1000 + TICK_MS);
  assertEquals([calls.length, deadlines.pending], [3, 0]);
  for (const id of namespace.sockets.keys()) {
    assert(!namespace.broadcastAcks.answered(2, id, ["late"]));
  }
});

Deno.test("Namespace gives a question from another node an id of its own, and forgets it in time", () => {
  const { namespace, deadlines, clock } = loneNamespace();
  addSocket(namespace);
  assertEquals(namespace.nextAckId(), 0);
  const answers: unknown[] = [];
  const receiver = {
    sent: (): void => {},
    answered: (answer: unknown): void => void answers.push(answer),
  };
  const ask = (): void => {
    const event = namespace.question({ args: ["ask", 1], volatile: true, timeoutMs: 100 });
    assert(namespace.deliverWithAck("s1", event, receiver));
  };
  ask();
  ask();
  const event = namespace.question({ args: ["ask", 1], volatile: true, timeoutMs: 100 });
  const { packet, ...rest } = event;
  assertEquals(packet.parts, ['2/lone,3["ask",1]']);
  assertEquals(rest, { args: ["ask", 1], volatile: true, timeoutMs: 100, ackId: 3 });
  assert(!namespace.broadcastAcks.answered(0, "s1", ["nobody asked"]));
  assert(namespace.broadcastAcks.answered(2, "s1", ["in time"]));
  clock.advance(100 + TICK_MS);
  assert(!namespace.broadcastAcks.answered(1, "s1", ["late"]));
  assertEquals([answers, deadlines.pending], [["in time"], 0]);
});

Deno.test("Namespace leaves nothing on the wheel of a question from another node that is answered", () => {
  const { namespace, deadlines } = loneNamespace();
  addSocket(namespace);
  const event = namespace.question({ args: ["ask"], volatile: false, timeoutMs: 3_600_000 });
  namespace.deliverWithAck("s1", event, { sent: () => {}, answered: () => {} });
  assertEquals(deadlines.pending, 1);
  assert(namespace.broadcastAcks.answered(event.ackId ?? -1, "s1", []));
  assertEquals(deadlines.pending, 0);
});

Deno.test("Namespace asks nobody when its adapter throws, and calls nobody back", () => {
  const { namespace, deadlines } = loneNamespace();
  namespace.adapter.broadcastWithAck = () => {
    throw new RangeError("broken");
  };
  assertThrows(() => namespace.timeout(1).emit("ask", () => fail()), RangeError, "broken");
  assertEquals(deadlines.pending, 0);
});

Deno.test("Namespace sends a question whose time is over, and takes no answer to it", () => {
  const { namespace, clock } = loneNamespace();
  const { sent } = addSocket(namespace);
  const answers: unknown[] = [];
  const event = namespace.question({ args: ["ask"], volatile: false, timeoutMs: 100 });
  clock.advance(100 + TICK_MS);
  const answered = (answer: unknown): void => void answers.push(answer);
  assert(!namespace.deliverWithAck("s1", event, { sent: () => {}, answered }));
  assertEquals(sent.at(-1), '2/lone,0["ask"]');
  assert(!namespace.broadcastAcks.answered(event.ackId ?? -1, "s1", ["late"]));
  assertEquals(answers, []);
});

Deno.test("Namespace refuses a question from another node that cannot be encoded", () => {
  const { namespace, deadlines } = loneNamespace();
  const question = { args: ["ask", 1n] as const, volatile: false, timeoutMs: 100 };
  assertThrows(() => namespace.question(question), TypeError);
  assertEquals(deadlines.pending, 0);
});

Deno.test("Namespace.serverSideEmit reaches nobody on a server that is alone", async () => {
  const { io } = await connected();
  const log: unknown[] = [];
  io.on("hello", (...args: unknown[]) => log.push(args));
  assertEquals(io.serverSideEmit("hello", 1), true);
  assertEquals(io.of("/").serverSideEmit("hello", (...args: unknown[]) => log.push(args)), true);
  await io.world.settle();
  assertEquals(log, [[null, []]]);
  assertEquals(await io.serverSideEmitWithAck("hello", 1), []);
  assertEquals(await io.of("/").serverSideEmitWithAck("hello"), []);
});

Deno.test("Namespace.serverSideEmit refuses the names of its own events", async () => {
  const { io } = await connected();
  for (const name of ["connect", "connection", "new_namespace", "handler_error"]) {
    assertThrows(() => io.serverSideEmit(name), StateError, `"${name}" is a reserved event name`);
  }
  const outcome = await io.serverSideEmitWithAck("connection").catch((error) => error);
  assertInstanceOf(outcome, StateError);
});

Deno.test("Namespace is what users are told it is", async () => {
  const io = new TestServer();
  const nsp = io.of("/a");
  assertInstanceOf(nsp, Namespace);
  assertEquals(nsp.name, "/a");
  assert(nsp.server as unknown === io);
  assertNotStrictEquals(nsp.adapter, io.of("/").adapter);
  await joined(io, {}, "/a");
  assertEquals([nsp.adapter.sids.size, io.of("/").adapter.sids.size], [1, 0]);
});

Deno.test("A listener of connect that disconnects ends a socket that connection still gets", async () => {
  const io = new TestServer();
  const log: unknown[] = [];
  io.on("connect", (socket) => void socket.disconnect());
  io.on("connection", (socket) => log.push([socket.connected, socket.rooms.size]));
  const client = await RawClient.open(io);
  await client.send("0");
  assertEquals([log, (await client.take()).at(-1)], [[[false, 0]], "1"]);
  assertEquals([io.of("/").sockets.size, io.of("/").adapter.sids.size], [0, 0]);
});

Deno.test("A room listener that disconnects a new socket leaves it disconnected for the client", async () => {
  const io = new TestServer();
  io.of("/").adapter.on("join-room", (_room, id) => {
    void io.of("/").sockets.get(id)?.disconnect();
  });
  const client = await RawClient.open(io);
  await client.send("0");
  const packets = await client.take();
  assertEquals(packets.at(-1), "1", `found ${packets.join(" ")}`);
  assertEquals([io.of("/").sockets.size, io.of("/").adapter.sids.size], [0, 0]);
});

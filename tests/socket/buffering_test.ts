/** Tests of what may wait for a socket, and of the wait for less. */
import { assert, assertEquals, assertRejects, assertStrictEquals, assertThrows } from "@std/assert";
import type { BufferingOptions } from "../../src/socket/buffering.ts";
import { DisconnectedError } from "../../src/base/errors.ts";
import type { Socket } from "../../src/socket/api.ts";
import { connected, RawClient, socketOf, TRANSPORTS } from "../support/in_process_client.ts";
import { TestServer } from "../support/in_process_server.ts";

/** One tick of the wheel: how late bad news may be. */
const TICK_MS = 50;

/** Lets a client read nothing any more. */
function stall(client: RawClient): void {
  client.pause();
  if (client.webSocket !== undefined) client.webSocket.holds = true;
}

/** Emits numbers, each in a turn of its own. */
async function emitNumbers(
  io: TestServer,
  socket: Socket,
  from: number,
  to: number,
): Promise<void> {
  for (let number = from; number <= to; number++) {
    socket.emit("n", number);
    await io.world.settle();
  }
}

/** The numbers that a client gets once it reads again. */
async function numbersAt(client: RawClient): Promise<number[]> {
  if (client.webSocket === undefined) client.resume();
  else {
    client.webSocket.holds = false;
    client.webSocket.drain();
    await client.server.world.advance(100);
  }
  const numbers: number[] = [];
  for (const message of await client.take()) {
    const number = /^2(?:\/a,)?\["n",(\d+)\]$/.exec(String(message))?.[1];
    if (number !== undefined) numbers.push(Number(number));
  }
  return numbers;
}

const OLDEST: BufferingOptions = { maxBufferedPackets: 3, bufferPolicy: "dropOldest" };
const NEWEST: BufferingOptions = { maxBufferedPackets: 3, bufferPolicy: "dropNewest" };

for (const [options, kept] of [[OLDEST, [8, 9, 10]], [NEWEST, [2, 3, 4]]] as const) {
  const { bufferPolicy = "" } = options;
  const cases: Readonly<Record<string, (io: TestServer, socket: Socket) => void>> = {
    "a socket": (_io, socket) => void socket.buffering(options),
    "a namespace": (io) => void io.of("/").buffering(options),
    "the main namespace": (io) => void io.buffering(options),
  };
  for (const [what, apply] of Object.entries(cases)) {
    Deno.test(`${bufferPolicy} of ${what}: a client that does not read loses events and stays`, async () => {
      const { io, client, socket } = await connected({ transport: "polling" });
      apply(io, socket);
      stall(client);
      await io.world.settle();
      // The GET that waits takes the first one.
      await emitNumbers(io, socket, 1, 10);
      assertEquals(await numbersAt(client), [1, ...kept]);
      assertEquals([client.isClosed, io.counters.get("packets_dropped", bufferPolicy)], [false, 6]);
    });
  }

  Deno.test(`${bufferPolicy} of a server: broadcasts are dropped as what a socket emits`, async () => {
    const { io, client } = await connected({ transport: "polling" }, options);
    stall(client);
    for (let number = 1; number <= 10; number++) {
      io.emit("n", number);
      await io.world.settle();
    }
    assertEquals(await numbersAt(client), [1, ...kept]);
  });
}

Deno.test("A WebSocket whose socket has a small limit is handed no more than that, and lives", async () => {
  const { io, client, socket } = await connected();
  socket.buffering({ maxBufferedBytes: 100, bufferPolicy: "dropOldest" });
  stall(client);
  for (let turn = 0; turn < 1_000; turn++) {
    socket.emit("n", turn);
    await io.world.settle();
    assert(socket.bufferedAmount <= 100, `${socket.bufferedAmount} bytes wait`);
  }
  const numbers = await numbersAt(client);
  assertEquals([numbers[0], numbers.at(-1), client.isClosed], [0, 999, false]);
  await emitNumbers(io, socket, 2_000, 2_000);
  assertEquals(await numbersAt(client), [2_000]);
});

for (const transport of TRANSPORTS) {
  Deno.test(`A client that does not read but answers pings is let go (${transport})`, async () => {
    const { io, client, socket } = await connected({ transport }, { maxBufferedBytes: 10_000 });
    const ends: unknown[][] = [];
    socket.on("disconnect", (reason, description) => {
      ends.push([reason, (description as { readonly limit?: string }).limit]);
    });
    stall(client);
    for (let turn = 0; turn < 100 && ends.length === 0; turn++) {
      socket.emit("x", "x".repeat(1_000));
      await io.world.advance(10_000);
      if (ends.length === 0) await client.sendPackets("3");
    }
    assertEquals(ends, [["transport error", "maxBufferedBytes"]]);
    assertEquals(io.counters.get("limits_exceeded", "maxBufferedBytes"), 1);
    assertEquals([io.engine.clientsCount, io.of("/").sockets.size], [0, 0]);
  });

  Deno.test(`drained() is fulfilled once the client has read enough (${transport})`, async () => {
    const { io, client, socket } = await connected({ transport });
    stall(client);
    await emitNumbers(io, socket, 1, 4);
    assert(!socket.writable && socket.bufferedAmount > 0);
    let isDrained = false;
    const drained = socket.drained({ below: 0 }).then(() => isDrained = true);
    await io.world.advance(100);
    assertEquals(isDrained, false);
    assertEquals(await numbersAt(client), [1, 2, 3, 4]);
    await io.world.advance(100);
    assertEquals(isDrained, true);
    await drained;
    assertEquals([socket.writable, socket.bufferedAmount], [true, 0]);
  });
}

Deno.test("drained() is fulfilled at once when little enough waits, with its default too", async () => {
  const { io, client, socket } = await connected({ transport: "polling" }, {
    maxBufferedBytes: 2_000,
  });
  await socket.drained({ below: 0 });
  stall(client);
  await emitNumbers(io, socket, 1, 1);
  socket.emit("x", "x".repeat(900));
  await socket.drained();
  socket.emit("x", "x".repeat(900));
  let isDrained = false;
  const drained = socket.drained().then(() => isDrained = true);
  await io.world.settle();
  assertEquals(isDrained, false);
  client.resume();
  await io.world.settle();
  await drained;
});

Deno.test("drained() is fulfilled during an upgrade, and by what takes over", async () => {
  const { io, client, socket } = await connected({ transport: "polling" });
  client.pause();
  await emitNumbers(io, socket, 1, 1);
  await client.probe();
  socket.emit("n", 2);
  const drained = socket.drained({ below: 0 });
  await client.upgrade();
  await drained;
  assertEquals(await numbersAt(client), [1, 2]);
});

Deno.test("drained() is rejected with the reason of its signal, and forgotten", async () => {
  const { client, socket, io } = await connected({ transport: "polling" });
  stall(client);
  await emitNumbers(io, socket, 1, 2);
  const abort = new AbortController();
  const drained = socket.drained({ below: 0, signal: abort.signal });
  abort.abort(new RangeError("enough"));
  await assertRejects(() => drained, RangeError, "enough");
  const late = assertRejects(() => socket.drained({ signal: abort.signal }), RangeError, "enough");
  await io.world.advance(TICK_MS);
  await late;
});

Deno.test("drained() is rejected when the socket ends, and after it", async () => {
  const { client, socket, io } = await connected({ transport: "polling" });
  stall(client);
  await emitNumbers(io, socket, 1, 2);
  const drained = socket.drained({ below: 0 });
  socket.disconnect();
  const text = "socket has been disconnected";
  await assertRejects(() => drained, DisconnectedError, text);
  const late = assertRejects(() => socket.drained(), DisconnectedError, text);
  await io.world.advance(TICK_MS);
  await late;
  assertEquals(socket.writable, false);
});

Deno.test("drained() that nobody awaits is reported when the client leaves, and ends nothing", async () => {
  const { client, socket, io } = await connected({ transport: "polling" });
  const errors: [Error, string | undefined][] = [];
  io.on("handler_error", (error, { event }) => errors.push([error, event]));
  stall(client);
  await emitNumbers(io, socket, 1, 2);
  void socket.drained({ below: 0 });
  socket.disconnect();
  await io.world.settle();
  assertEquals(errors.map(([error, event]) => [error instanceof DisconnectedError, event]), [
    [true, "drained"],
  ]);
});

Deno.test("buffering() lists all that is wrong, and changes nothing then", async () => {
  const { io, socket } = await connected();
  const wrong: BufferingOptions = JSON.parse('{ "maxBufferedBytes": 0, "bufferPolicy": "drop" }');
  for (const subject of [socket, io, io.of("/"), io.of(/^\/x/)]) {
    assertThrows(() => subject.buffering(wrong), TypeError, "2 faults");
    const unknown: BufferingOptions = JSON.parse('{ "retries": 1 }');
    assertThrows(() => subject.buffering(unknown), TypeError, "retries");
  }
});

Deno.test("buffering() of the server is that of its main namespace, and gives the server", async () => {
  const { io, client, socket } = await connected({ transport: "polling" });
  const other = io.of("/other");
  const id = await client.join("/other");
  assertStrictEquals(io.buffering({ maxBufferedPackets: 2, bufferPolicy: "dropOldest" }), io);
  stall(client);
  await emitNumbers(io, socket, 1, 9);
  for (let number = 0; number < 9; number++) other.sockets.get(id)?.emit("m", number);
  assertEquals(await numbersAt(client), [1, 8, 9]);
  assertEquals(io.counters.get("packets_dropped", "dropOldest"), 6);
});

Deno.test("Limits of a socket count more than those of its namespace, each for itself", async () => {
  const { io, client, socket } = await connected({ transport: "polling" });
  io.of("/").buffering({ maxBufferedPackets: 5, bufferPolicy: "dropOldest" });
  socket.buffering({ maxBufferedPackets: 2 });
  io.of("/").buffering({ maxBufferedPackets: 4 });
  stall(client);
  await emitNumbers(io, socket, 1, 9);
  assertEquals(await numbersAt(client), [1, 8, 9]);
});

Deno.test("Namespaces that come into being have the limits of their parent, also those set later", async () => {
  const io = new TestServer();
  const parent = io.of(/^\/a$/).buffering({ bufferPolicy: "dropOldest" });
  const client = await RawClient.open(io, { transport: "polling" });
  const socket = socketOf(io.of("/a"), await client.join("/a"));
  parent.buffering({ maxBufferedPackets: 2 });
  stall(client);
  await emitNumbers(io, socket, 1, 9);
  assertEquals(await numbersAt(client), [1, 8, 9]);
});

Deno.test("Limits that a middleware sets hold when the socket is connected", async () => {
  const io = new TestServer();
  io.use((socket, next) => {
    socket.buffering({ maxBufferedPackets: 2, bufferPolicy: "dropOldest" });
    next();
  });
  const client = await RawClient.open(io, { transport: "polling" });
  const socket = socketOf(io.of("/"), await client.join());
  stall(client);
  await emitNumbers(io, socket, 1, 9);
  assertEquals(await numbersAt(client), [1, 8, 9]);
});

Deno.test("Limits that a namespace gets while a middleware waits hold for the socket", async () => {
  for (const hasOwn of [false, true]) {
    const io = new TestServer();
    const waiting: (() => void)[] = [];
    io.use((socket, next) => {
      if (hasOwn) socket.buffering({ bufferPolicy: "dropOldest" });
      waiting.push(next);
    });
    const client = await RawClient.open(io, { transport: "polling" });
    await client.send("0");
    io.of("/").buffering({ maxBufferedPackets: 2, bufferPolicy: "dropOldest" });
    for (const next of waiting) next();
    await io.world.settle();
    const [socket] = io.of("/").sockets.values();
    assert(socket !== undefined);
    await client.take();
    stall(client);
    await emitNumbers(io, socket, 1, 9);
    assertEquals(await numbersAt(client), [1, 8, 9]);
  }
});

Deno.test("A socket that leaves its namespace sends what waits, and its farewell", async () => {
  const { io, client, socket } = await connected({ transport: "polling" });
  socket.buffering({ maxBufferedPackets: 1, bufferPolicy: "dropOldest" });
  stall(client);
  await emitNumbers(io, socket, 1, 2);
  socket.disconnect();
  client.resume();
  assertEquals(await client.take(), ['2["n",1]', '2["n",2]', "1"]);
});

for (const options of [OLDEST, NEWEST]) {
  Deno.test(`The flush event tells what has left, not what was dropped: ${options.bufferPolicy}`, async () => {
    const { io, client, socket } = await connected({ transport: "polling" });
    const left: unknown[] = [];
    socket.conn.on("flush", (packets) => left.push(...packets.map(({ data }) => data)));
    socket.buffering(options);
    stall(client);
    await emitNumbers(io, socket, 1, 10);
    const numbers = await numbersAt(client);
    assertEquals(left, numbers.map((number) => `2["n",${number}]`));
  });
}

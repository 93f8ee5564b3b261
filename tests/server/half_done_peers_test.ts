/**
 * Tests that whatever a peer leaves half done has a deadline, by default: at the last moment before it
 * the server waits, and then nothing of the peer is left, no session and no timer.
 *
 * - tests/conformance/cases/hostile_peers.ts plays the same over real sockets.
 */
import { assertEquals } from "@std/assert";
import { RawClient } from "../support/in_process_client.ts";
import { TestServer } from "../support/in_process_server.ts";

/** The wheel may be late by one of its ticks, in milliseconds. */
const TICK_MS = 50;

/** A body that never ends: a byte comes with each call of `more`. */
class Trickle {
  readonly body: ReadableStream<Uint8Array>;
  /** Whether the server reads it no more. */
  isCancelled = false;
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined;

  constructor() {
    this.body = new ReadableStream({
      start: (controller) => void (this.#controller = controller),
      cancel: () => void (this.isCancelled = true),
    });
  }

  more(): void {
    this.#controller?.enqueue(Uint8Array.of(0x33));
  }
}

/** What a test does to have a peer wait, and when it must be over, in milliseconds. */
interface HalfDone {
  readonly name: string;
  readonly deadlineMs: number;
  /** Leaves something half done on a server. */
  begin(io: TestServer): Promise<void>;
  /** What happens every second until then. */
  everySecond?(io: TestServer): void;
}

const PING_MS = 25_000 + 20_000;
const CONNECT_MS = 45_000;
const UPGRADE_MS = 10_000;
const CLOSE_MS = 30_000;

const HALF_DONE: readonly HalfDone[] = [
  {
    name: "A WebSocket session that says nothing at all",
    deadlineMs: CONNECT_MS,
    begin: (io) => open(io, "websocket"),
  },
  {
    // It has the time for both: to join, and to fetch that it has not.
    name: "A polling session that never polls",
    deadlineMs: CONNECT_MS + CLOSE_MS,
    begin: (io) => open(io, "polling"),
  },
  {
    name: "A client that has joined and never polls again",
    deadlineMs: PING_MS,
    begin: (io) => join(io, "polling"),
  },
  {
    name: "A client that has joined and answers no ping",
    deadlineMs: PING_MS,
    begin: (io) => join(io, "websocket"),
  },
  {
    name: "A polling client that never fetches the end of its session",
    deadlineMs: CLOSE_MS,
    async begin(io): Promise<void> {
      await join(io, "polling");
      io.disconnectSockets(true);
    },
  },
  {
    name: "A WebSocket client that reads nothing while its session is closed",
    deadlineMs: CLOSE_MS,
    async begin(io): Promise<void> {
      await join(io, "websocket");
      const [socket] = io.world.webSockets;
      if (socket !== undefined) socket.holds = true;
      // The last of them wait here: the runtime is given no more at a time than that.
      for (let count = 0; count < 6; count++) {
        io.emit("much", "x".repeat(2_000_000));
        await io.world.settle();
      }
      io.disconnectSockets(true);
    },
  },
];

async function open(io: TestServer, transport: "polling" | "websocket"): Promise<void> {
  await RawClient.open(io, { transport, polls: false });
}

async function join(io: TestServer, transport: "polling" | "websocket"): Promise<void> {
  const client = await RawClient.open(io, { transport });
  await client.join();
  client.pause();
  // Takes the poll that waits, so that nothing but a deadline can end the session.
  io.emit("taken");
  await client.take();
}

for (const { name, deadlineMs, begin } of HALF_DONE) {
  Deno.test(`${name} is gone after ${deadlineMs} ms, and leaves no timer`, async () => {
    const io = new TestServer();
    await begin(io);
    await io.world.advance(deadlineMs - 1);
    assertEquals(io.engine.clientsCount, 1);
    await io.world.advance(TICK_MS + 1);
    assertEquals([io.engine.clientsCount, io.of("/").sockets.size], [0, 0]);
    assertEquals(io.world.clock.waiting, 0);
  });
}

Deno.test("A body that trickles is read for 20000 ms, then answered with 408 and read no more", async () => {
  const io = new TestServer();
  const client = await RawClient.open(io, { transport: "polling" });
  await client.join();
  const trickle = new Trickle();
  let status = 0;
  const url = `http://localhost/socket.io/?EIO=4&transport=polling&sid=${client.sid}`;
  const answer = io.fetch(new Request(url, { method: "POST", body: trickle.body }));
  void answer.then((response) => void (status = response.status));
  for (let second = 1; second < 20; second++) {
    trickle.more();
    await io.world.advance(1_000);
  }
  await io.world.advance(999);
  assertEquals([status, trickle.isCancelled, io.engine.clientsCount], [0, false, 1]);
  await io.world.advance(1);
  assertEquals([status, trickle.isCancelled, io.engine.clientsCount], [408, true, 0]);
  assertEquals(io.world.clock.waiting, 0);
});

for (const probes of [0, 1, 3]) {
  Deno.test(`An upgrade that stops after ${probes} probes is closed after 10000 ms, polling goes on`, async () => {
    const io = new TestServer();
    const client = await RawClient.open(io, { transport: "polling" });
    await client.join();
    const headers = { upgrade: "websocket", connection: "Upgrade" };
    const url = `http://localhost/socket.io/?EIO=4&transport=websocket&sid=${client.sid}`;
    await io.fetch(new Request(url, { headers }));
    const [candidate] = io.world.webSockets;
    candidate?.open();
    for (let probe = 0; probe < probes; probe++) candidate?.receive("2probe");
    await io.world.advance(UPGRADE_MS - 1);
    assertEquals([candidate?.isClosed, io.engine.clientsCount], [false, 1]);
    await io.world.advance(TICK_MS + 1);
    assertEquals([candidate?.isClosed, io.engine.clientsCount], [true, 1]);
    io.emit("after");
    assertEquals(await client.take(), ['2["after"]']);
    await client.leave();
    assertEquals([io.engine.clientsCount, io.world.clock.waiting], [0, 0]);
  });
}

Deno.test("A WebSocket that was accepted and never opens is given up after upgradeTimeout", async () => {
  const io = new TestServer();
  const headers = { upgrade: "websocket", connection: "Upgrade" };
  const url = "http://localhost/socket.io/?EIO=4&transport=websocket";
  await io.fetch(new Request(url, { headers }));
  await io.world.settle();
  assertEquals([io.engine.clientsCount, io.world.clock.waiting], [0, 1]);
  await io.world.advance(UPGRADE_MS + TICK_MS);
  assertEquals([io.engine.clientsCount, io.world.clock.waiting], [0, 0]);
});

Deno.test("A WebSocket client that stops reading is gone at the latest with its heartbeat", async () => {
  const io = new TestServer();
  await join(io, "websocket");
  const [socket] = io.world.webSockets;
  if (socket !== undefined) socket.holds = true;
  for (let second = 0; second < PING_MS / 1_000 && io.engine.clientsCount > 0; second++) {
    io.emit("much", "x".repeat(100_000));
    await io.world.advance(1_000);
  }
  await io.world.advance(TICK_MS);
  assertEquals(io.engine.clientsCount, 0);
  assertEquals(io.world.clock.waiting, 0);
});

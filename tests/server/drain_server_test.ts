/** Tests of `io.drain()` on a whole server. */
import { assert, assertEquals } from "@std/assert";
import type { DrainReport } from "../../src/server/drain.ts";
import type { TransportName } from "../../src/session/ports.ts";
import { connected, joined, RawClient, TRANSPORTS } from "../support/in_process_client.ts";
import { TestServer } from "../support/in_process_server.ts";

const HANDSHAKE = "http://localhost/socket.io/?EIO=4&transport=";

/** Asks for a session; gives status and `Retry-After`. */
async function knock(io: TestServer, transport: TransportName): Promise<unknown[]> {
  const headers: Record<string, string> = transport === "websocket" ? { upgrade: transport } : {};
  const answer = io.fetch(new Request(HANDSHAKE + transport, { headers }));
  await io.world.settle();
  const response = await answer;
  await response.body?.cancel();
  return [response.status, response.headers.get("retry-after")];
}

/** What came of a drain, once it has seen that the last connection has ended. */
async function over(io: TestServer, draining: Promise<DrainReport>): Promise<DrainReport> {
  await io.world.advance(50);
  return await draining;
}

/** What a promise has come to, once everything has settled. */
async function peek<T>(io: TestServer, promise: Promise<T>): Promise<T | "pending"> {
  let value: T | "pending" = "pending";
  void promise.then((given) => void (value = given));
  await io.world.settle();
  return value;
}

Deno.test("Server.drain ends sockets with 'server shutting down', and clients by their transport", async () => {
  for (const transport of TRANSPORTS) {
    const io = new TestServer();
    const log: unknown[] = [];
    for (const nsp of [io.of("/"), io.of("/a")]) {
      nsp.on("connection", (socket) => {
        socket.on("disconnecting", (reason, description) => {
          log.push([nsp.name, "disconnecting", reason, description, socket.connected]);
          socket.emit("bye");
        });
        socket.on("disconnect", (...args) => log.push([nsp.name, "disconnect", ...args]));
      });
    }
    const { client } = await joined(io, { transport });
    await client.join("/a");
    const idle = await RawClient.open(io, { transport });
    const draining = io.drain({ reason: "release 7" });
    await io.world.advance(1_000);
    assertEquals(await over(io, draining), { closed: 2, forced: 0 });
    const reason = "server shutting down";
    assertEquals(log, [
      ["/", "disconnecting", reason, "release 7", true],
      ["/", "disconnect", reason, "release 7"],
      ["/a", "disconnecting", reason, "release 7", true],
      ["/a", "disconnect", reason, "release 7"],
    ]);
    // No DISCONNECT packet: a client that gets one does not come back by itself.
    assertEquals(await client.take(), ['2["bye"]', '2/a,["bye"]']);
    assertEquals([client.isClosed, idle.isClosed], [true, true]);
    if (transport === "websocket") {
      const { closeCode, closeReason } = client.webSocket ?? {};
      assertEquals([closeCode, closeReason], [1001, "release 7"]);
    }
    assertEquals([io.engine.clientsCount, io.of("/").sockets.size, io.of("/a").sockets.size], [
      0,
      0,
      0,
    ]);
    assertEquals([io.world.clock.waiting, io.world.errors], [0, []]);
  }
});

Deno.test("Server.drain says nothing that was not asked for", async () => {
  const { io, client, socket } = await connected();
  const log: unknown[] = [];
  socket.on("disconnect", (...args) => log.push(...args));
  const draining = io.drain();
  await io.world.advance(1_000);
  await over(io, draining);
  assertEquals(log, ["server shutting down", undefined]);
  assertEquals([await client.take(), client.control], [[], []]);
  assertEquals([client.webSocket?.closeCode, client.webSocket?.closeReason], [1001, undefined]);
});

Deno.test("Server.drain refuses new sessions at once, and tells when to come again", async () => {
  const { io, client, socket } = await connected({ transport: "polling" });
  socket.timeout(60_000).emit("question", () => {});
  const draining = io.drain({ timeout: 20_000 });
  assertEquals([await knock(io, "polling"), await knock(io, "websocket")], [
    [503, "20"],
    [503, "20"],
  ]);
  await io.world.advance(5_500);
  assertEquals(await knock(io, "polling"), [503, "15"]);
  // Sessions that are open go on.
  socket.on("echo", (value, done) => done(value));
  await client.send('27["echo","x"]');
  assertEquals((await client.take()).at(-1), '37["x"]');
  assertEquals(await peek(io, draining), "pending");
  assertEquals(io.counters.get("requests_refused", "draining"), 3);
  await io.close();
  assertEquals(await knock(io, "polling"), [503, null]);
  assertEquals(io.counters.get("requests_refused", "closed"), 1);
});

Deno.test("Server.drain refuses a handshake that was under way", async () => {
  const answers: ((error: null, success: boolean) => void)[] = [];
  const io = new TestServer({ allowRequest: (_request, answer) => void answers.push(answer) });
  const open = joined(io);
  await io.world.settle();
  answers.shift()?.(null, true);
  const { client, socket } = await open;
  socket.emit("question", () => {});
  const early = [knock(io, "polling"), knock(io, "websocket")];
  await io.world.settle();
  const draining = io.drain();
  for (const answer of answers.splice(0)) answer(null, true);
  assertEquals(await Promise.all(early), [[503, "30"], [503, "30"]]);
  // Whoever comes later is not even asked about.
  assertEquals([await knock(io, "polling"), answers], [[503, "30"], []]);
  await client.send("30[]");
  await io.world.advance(1_000);
  assertEquals(await over(io, draining), { closed: 1, forced: 0 });
});

Deno.test("Server.drain lets a WebSocket open that was accepted before, and then go", async () => {
  const { io, socket } = await connected();
  socket.emit("question", () => {});
  await io.fetch(new Request(`${HANDSHAKE}websocket`, { headers: { upgrade: "websocket" } }));
  const draining = io.drain({ timeout: 10_000 });
  io.world.webSockets[1]?.open();
  await io.world.settle();
  assertEquals(io.engine.clientsCount, 2);
  await io.world.advance(6_000);
  assertEquals(await over(io, draining), { closed: 2, forced: 0 });
  assertEquals(io.world.webSockets.map(({ isClosed }) => isClosed), [true, true]);
});

Deno.test("Server.drain lets an upgrade finish, also one that begins later", async () => {
  for (const begins of ["before", "after"]) {
    const { io, client, socket } = await connected({ transport: "polling" });
    let isAnswered = false;
    socket.emit("question", () => isAnswered = true);
    await io.world.settle();
    if (begins === "before") await client.probe();
    const draining = io.drain();
    if (begins === "after") await client.probe();
    await client.upgrade();
    assertEquals(socket.conn.transport.name, "websocket");
    await client.send("30[]");
    await io.world.advance(1_000);
    assertEquals([await over(io, draining), isAnswered], [{ closed: 1, forced: 0 }, true]);
    assertEquals([client.isClosed, client.webSocket?.closeCode], [true, 1001]);
  }
});

Deno.test("Server.drain waits for acknowledgements on both sides, and sends them", async () => {
  for (const transport of TRANSPORTS) {
    const { io, client, socket } = await connected({ transport });
    const log: unknown[] = [];
    let answer: (value: string) => void = () => {};
    socket.on("work", (done) => answer = done);
    await client.send('25["work"]');
    socket.emit("question", (value: unknown) => log.push(value));
    socket.on("disconnect", () => log.push("disconnect"));
    const draining = io.drain();
    await io.world.advance(2_000);
    assertEquals([log, client.isClosed], [[], false]);
    await client.send('30["told"]');
    await io.world.advance(2_000);
    assertEquals([log, client.isClosed], [["told"], false]);
    answer("done");
    await io.world.advance(100);
    assertEquals(await over(io, draining), { closed: 1, forced: 0 });
    assertEquals(log, ["told", "disconnect"]);
    assertEquals((await client.take()).at(-1), '35["done"]');
  }
});

Deno.test("Server.drain waits for what a broadcast has asked", async () => {
  const { io, client } = await connected();
  const answers: unknown[] = [];
  io.timeout(10_000).emit("question", (...args: unknown[]) => answers.push(...args));
  const draining = io.drain();
  await io.world.advance(2_000);
  assertEquals(client.isClosed, false);
  await client.send('30["told"]');
  await io.world.advance(100);
  assertEquals([await over(io, draining), answers], [{ closed: 1, forced: 0 }, [null, ["told"]]]);
});

Deno.test("Server.drain gives up on acknowledgements with a limit after half of its timeout", async () => {
  const { io, client, socket } = await connected();
  socket.timeout(60_000).emit("question", () => {});
  const draining = io.drain({ timeout: 18_000 });
  await io.world.advance(8_950);
  assertEquals(client.isClosed, false);
  await io.world.advance(50);
  assertEquals([await over(io, draining), client.isClosed], [{ closed: 1, forced: 0 }, true]);
});

Deno.test("Server.drain gives up on acknowledgements without a limit 5 s after the question", async () => {
  for (const side of ["client", "server"]) {
    const { io, client, socket } = await connected();
    // A client's question that a middleware refuses, or that nobody hears, is never answered.
    if (side === "client") socket.emit("question", () => {});
    else await client.send('25["nobody hears"]');
    await io.world.advance(1_000);
    const draining = io.drain();
    await io.world.advance(3_950);
    assertEquals([side, client.isClosed], [side, false]);
    await io.world.advance(50);
    assertEquals([await over(io, draining), client.isClosed], [{ closed: 1, forced: 0 }, true]);
  }
});

Deno.test("Server.drain waits for no acknowledgement whose limit has passed", async () => {
  const { io, client, socket } = await connected();
  const answers: unknown[] = [];
  socket.timeout(500).emit("question", (error: unknown) => answers.push(error));
  const draining = io.drain();
  await io.world.advance(450);
  assertEquals(client.isClosed, false);
  await io.world.advance(150);
  assertEquals([await over(io, draining), answers.length], [{ closed: 1, forced: 0 }, 1]);
});

Deno.test("Server.drain sends a large queue before it lets a client go", async () => {
  for (const transport of TRANSPORTS) {
    const { io, client, socket } = await connected({ transport });
    if (client.webSocket !== undefined) client.webSocket.holds = true;
    for (let index = 0; index < 100; index++) socket.emit("part", index, "x".repeat(100_000));
    const draining = io.drain();
    await io.world.settle();
    // The waiting GET takes 1 MB of it, a WebSocket 8 MB, which its peer does not read yet.
    if (transport === "websocket") {
      await io.world.advance(4_000);
      assertEquals(client.isClosed, false);
      client.webSocket?.drain();
      await io.world.advance(50);
      client.webSocket?.drain();
    }
    await io.world.advance(100);
    assertEquals(await over(io, draining), { closed: 1, forced: 0 });
    const parts = (await client.take()).map((part) =>
      Number(/\["part",(\d+)/.exec(`${part}`)?.[1])
    );
    assertEquals(parts, Array.from({ length: 100 }, (_, index) => index));
  }
});

Deno.test("Server.drain closes those at once that are left at its timeout", async () => {
  for (const transport of TRANSPORTS) {
    const io = new TestServer();
    const log: unknown[] = [];
    io.on("connection", (socket) => socket.on("disconnect", (...args) => log.push(args)));
    const { client } = await joined(io, { transport });
    const stalled = await joined(io, { transport });
    stalled.client.pause();
    if (stalled.client.webSocket !== undefined) stalled.client.webSocket.holds = true;
    stalled.socket.emit("big", "x".repeat(9_000_000));
    await io.world.settle();
    stalled.socket.emit("more");
    const draining = io.drain({ timeout: 4_000, reason: "no time" });
    await io.world.advance(3_999);
    assertEquals([client.isClosed, io.engine.clientsCount], [true, 1]);
    await io.world.advance(1);
    assertEquals(await over(io, draining), { closed: 1, forced: 1 });
    assertEquals(log, Array(2).fill(["server shutting down", "no time"]));
    assertEquals([io.engine.clientsCount, io.of("/").sockets.size], [0, 0]);
    assertEquals([io.world.clock.waiting, io.world.errors], [0, []]);
  }
});

Deno.test("Server.drain cuts a WebSocket that does not answer its end", async () => {
  const { io, client } = await connected({ transport: "websocket" });
  const { client: other } = await joined(io, { transport: "websocket" });
  const [mute, fine] = [client.webSocket, other.webSocket];
  assert(mute !== undefined && fine !== undefined);
  mute.ignoresClose = true;
  const draining = io.drain({ batch: Infinity });
  await io.world.advance(1_950);
  assertEquals([io.engine.clientsCount, io.engine.lingeringCount], [0, 1]);
  assertEquals([mute.closeCode, mute.isCut], [1001, false]);
  await io.world.advance(50);
  assertEquals([mute.isCut, fine.isCut], [true, false]);
  assertEquals(await over(io, draining), { closed: 1, forced: 1 });
  assertEquals([io.engine.lingeringCount, io.world.clock.waiting], [0, 0]);
});

Deno.test("Server.drain cuts WebSockets at its end that were closed before", async () => {
  const { io, client, socket } = await connected({ transport: "websocket" });
  assert(client.webSocket !== undefined);
  client.webSocket.ignoresClose = true;
  socket.disconnect(true);
  await io.world.settle();
  assertEquals([io.engine.lingeringCount, client.webSocket.isCut], [1, false]);
  assertEquals(await over(io, io.drain()), { closed: 0, forced: 0 });
  assertEquals([io.engine.lingeringCount, client.webSocket.isCut], [0, true]);
});

Deno.test("Server.drain cuts at its timeout a WebSocket that has not read what it was sent", async () => {
  const { io, client, socket } = await connected({ transport: "websocket" });
  assert(client.webSocket !== undefined);
  client.webSocket.ignoresClose = true;
  client.webSocket.holds = true;
  socket.emit("much", "x".repeat(100_000));
  const draining = io.drain({ timeout: 8_000 });
  await io.world.advance(7_950);
  // The runtime has it all, and nobody knows whether the peer does.
  assertEquals([io.engine.clientsCount, client.webSocket.isCut], [0, false]);
  assertEquals(await over(io, draining), { closed: 0, forced: 1 });
  assertEquals([client.webSocket.isCut, io.world.clock.waiting], [true, 0]);
});

Deno.test("Server.close leaves WebSockets to the closing handshake", async () => {
  const { io, client } = await connected({ transport: "websocket" });
  assert(client.webSocket !== undefined);
  client.webSocket.ignoresClose = true;
  await io.close();
  await io.world.advance(60_000);
  assertEquals([io.engine.lingeringCount, client.webSocket.isCut], [1, false]);
});

Deno.test("Server.drain does not wait for a client that polls no more", async () => {
  const { io, client, socket } = await connected({ transport: "polling", polls: true });
  client.pause();
  socket.emit("answers the last GET");
  await io.world.settle();
  const draining = io.drain();
  await io.world.advance(1_950);
  assertEquals([io.engine.clientsCount, socket.connected], [1, false]);
  await io.world.advance(100);
  assertEquals(await over(io, draining), { closed: 0, forced: 1 });
  assertEquals(io.world.clock.waiting, 0);
});

Deno.test("Server.drain lets many clients go in the time that they have, over both transports", async () => {
  const io = new TestServer();
  const ends: number[] = [];
  for (let index = 0; index < 60; index++) {
    const { socket } = await joined(io, { transport: TRANSPORTS[index % 2] ?? "polling" });
    socket.on("disconnect", () => ends.push(io.world.clock.now()));
  }
  const began = io.world.clock.now();
  const draining = io.drain({ batch: 10, jitter: 500 });
  for (let step = 0; step < 3_000; step += 50) await io.world.advance(50);
  assertEquals(await over(io, draining), { closed: 60, forced: 0 });
  assertEquals(ends.map((at) => at - began), Array.from({ length: 60 }, (_, index) => index * 50));
  assertEquals(io.world.clock.waiting, 0);
});

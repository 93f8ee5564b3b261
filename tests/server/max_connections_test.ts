/** Tests of how connections are counted and capped, those that linger in a runtime included. */
import { assert, assertEquals } from "@std/assert";
import type { EngineRequest } from "../../src/engine/handshake_info.ts";
import type { ServerOptions } from "../../src/server/server_options.ts";
import { joined, RawClient } from "../support/in_process_client.ts";
import { type FakeWebSocket, TestServer } from "../support/in_process_server.ts";

const POLLING = "http://localhost/socket.io/?EIO=4&transport=polling";
const WEBSOCKET = "http://localhost/socket.io/?EIO=4&transport=websocket";

/** What a client sees of a handshake. */
async function ask(io: TestServer, url: string): Promise<Response> {
  const headers = url === POLLING ? {} : { upgrade: "websocket", connection: "Upgrade" };
  const answer = io.fetch(new Request(url, { headers }));
  await io.world.settle();
  return await answer;
}

/** Asks for a WebSocket, which is not opened yet. */
async function knock(io: TestServer, url = WEBSOCKET): Promise<FakeWebSocket> {
  const before = io.world.webSockets.length;
  await ask(io, url);
  const socket = io.world.webSockets[before];
  assert(socket !== undefined, "there was no 101");
  return socket;
}

/** A WebSocket whose runtime keeps it when this side closes it: `drop` is its end. */
function keep(socket: FakeWebSocket): void {
  socket.close = () => void socket.onclose();
}

function server(options: ServerOptions<EngineRequest>): TestServer {
  return new TestServer({ maxConnections: 2, ...options });
}

Deno.test("maxConnections answers a handshake above it with 503 and Retry-After", async () => {
  const io = server({});
  const errors: unknown[] = [];
  io.engine.on("connection_error", ({ code, message, context }) => {
    errors.push([code, message, context]);
  });
  await joined(io);
  const { client } = await joined(io, { transport: "polling" });
  for (const url of [POLLING, WEBSOCKET]) {
    const answer = await ask(io, url);
    assertEquals(answer.status, 503);
    assertEquals(answer.headers.get("retry-after"), "5");
    assertEquals(await answer.json(), { code: 7, message: "Too many connections" });
  }
  assertEquals(io.world.webSockets.length, 1);
  const error = [7, "Too many connections", { limit: "maxConnections", retryAfter: 5 }];
  assertEquals(errors, [error, error]);
  assertEquals(io.counters.get("limits_exceeded", "maxConnections"), 2);
  assertEquals(io.counters.get("requests_refused", "limit"), 2);
  await client.leave();
  assertEquals((await ask(io, POLLING)).status, 200);
  await io.close();
});

Deno.test("maxPendingSessions answers and tells in the same way as maxConnections", async () => {
  const io = new TestServer({ maxPendingSessions: 1 });
  const errors: unknown[] = [];
  io.engine.on("connection_error", ({ req, code, message, context }) => {
    errors.push([req.method, code, message, context]);
  });
  await RawClient.open(io);
  for (const url of [POLLING, WEBSOCKET]) {
    const answer = await ask(io, url);
    assertEquals([answer.status, answer.headers.get("retry-after")], [503, "5"]);
    assertEquals(await answer.json(), { code: 7, message: "Too many connections" });
  }
  const context = { limit: "maxPendingSessions", retryAfter: 5 };
  const error = ["GET", 7, "Too many connections", context];
  assertEquals(errors, [error, error]);
  assertEquals([...io.counters], [
    { name: "requests_refused", cause: "limit", value: 2 },
    { name: "limits_exceeded", cause: "maxPendingSessions", value: 2 },
  ]);
  await io.close();
});

Deno.test("A server that drains, or is closed, refuses without a connection_error", async () => {
  const io = new TestServer();
  const errors: unknown[] = [];
  io.engine.on("connection_error", ({ code }) => errors.push(code));
  const draining = io.drain();
  assertEquals((await ask(io, POLLING)).status, 503);
  await draining;
  await io.close();
  assertEquals([(await ask(io, POLLING)).status, errors], [503, []]);
});

Deno.test("maxConnections counts handshakes that are not decided", async () => {
  const decisions: ((allowed: boolean) => void)[] = [];
  const io = server({
    allowRequest: () => new Promise((resolve) => decisions.push(resolve)),
  });
  const first = ask(io, POLLING);
  const second = ask(io, WEBSOCKET);
  await io.world.settle();
  assertEquals((await ask(io, POLLING)).status, 503);
  for (const decide of decisions) decide(false);
  assertEquals([(await first).status, (await second).status], [403, 400]);
  const third = ask(io, POLLING);
  await io.world.settle();
  decisions.at(-1)?.(true);
  await io.world.settle();
  assertEquals((await third).status, 200);
  await io.close();
});

Deno.test("maxConnections counts WebSockets that were answered and have not opened", async () => {
  const io = server({});
  const first = await knock(io);
  await knock(io);
  assertEquals((await ask(io, POLLING)).status, 503);
  first.open();
  assertEquals([io.engine.clientsCount, (await ask(io, POLLING)).status], [1, 503]);
  first.drop();
  assertEquals([io.engine.clientsCount, (await ask(io, POLLING)).status], [0, 200]);
  await io.close();
});

Deno.test("A WebSocket that does not open within upgradeTimeout is given up", async () => {
  const io = server({ upgradeTimeout: 1_000, maxConnections: 1 });
  const socket = await knock(io);
  await io.world.advance(900);
  assertEquals((await ask(io, POLLING)).status, 503);
  await io.world.advance(200);
  const { client } = await joined(io);
  // It opens after all: it is closed, and counts until its runtime says that it is over.
  keep(socket);
  socket.open();
  assertEquals([io.engine.clientsCount, io.engine.lingeringCount], [1, 1]);
  socket.drop();
  socket.drop();
  assertEquals(io.engine.lingeringCount, 0);
  await client.leave();
  assertEquals(io.world.clock.waiting, 0);
  await io.close();
});

Deno.test("A WebSocket whose peer goes before it opens is counted no more", async () => {
  const io = server({ maxConnections: 1 });
  const socket = await knock(io);
  socket.drop("the peer has gone");
  assertEquals(io.world.clock.waiting, 0);
  assertEquals((await ask(io, POLLING)).status, 200);
  await io.close();
});

Deno.test("maxConnections counts WebSockets that the runtime keeps after they were closed", async () => {
  const io = server({});
  const { socket, client } = await joined(io);
  assert(client.webSocket !== undefined);
  keep(client.webSocket);
  socket.disconnect(true);
  await io.world.settle();
  assertEquals([io.engine.clientsCount, io.engine.lingeringCount], [0, 1]);
  assertEquals((await ask(io, POLLING)).status, 200);
  assertEquals((await ask(io, POLLING)).status, 503);
  client.webSocket.drop();
  assertEquals(io.engine.lingeringCount, 0);
  assertEquals((await ask(io, POLLING)).status, 200);
  await io.close();
});

Deno.test("A session that is upgraded is one connection, and a full server upgrades it", async () => {
  const io = server({ maxConnections: 1 });
  const client = await RawClient.open(io, { transport: "polling" });
  await client.probe();
  await client.upgrade();
  assertEquals([io.engine.clientsCount, io.engine.lingeringCount], [1, 0]);
  assertEquals((await ask(io, POLLING)).status, 503);
  await client.leave();
  assertEquals((await ask(io, POLLING)).status, 200);
  await io.close();
});

Deno.test("WebSockets that a session has refused count while the runtime keeps them", async () => {
  const io = server({ maxConnections: 3 });
  const client = await RawClient.open(io, { transport: "polling" });
  const url = `${WEBSOCKET}&sid=${client.sid}`;
  for (let count = 1; count <= 3; count++) {
    const socket = await knock(io, url);
    keep(socket);
    socket.open();
    socket.receive("nonsense");
    assertEquals(io.engine.lingeringCount, count);
  }
  // One session and three that linger: no more, not even for the session.
  const answer = await ask(io, url);
  assertEquals([answer.status, answer.headers.get("retry-after")], [503, "5"]);
  assertEquals(io.engine.clientsCount, 1);
  for (const socket of io.world.webSockets) socket.drop();
  assertEquals(io.engine.lingeringCount, 0);
  await io.close();
});

Deno.test("Nothing is counted any more when all have gone, in whatever way", async () => {
  const io = new TestServer({ maxConnections: 50, pingInterval: 300, pingTimeout: 200 });
  for (let count = 0; count < 5; count++) {
    await RawClient.open(io);
    const upgraded = await RawClient.open(io, { transport: "polling" });
    await upgraded.probe();
    await upgraded.upgrade();
    const probed = await RawClient.open(io, { transport: "polling" });
    await probed.probe();
    const gone = await joined(io);
    await gone.client.leave();
    await knock(io);
    const refused = new Request(POLLING, { method: "POST" });
    assertEquals((await io.fetch(refused)).status, 400);
  }
  for (let passed = 0; passed < 12_000; passed += 300) await io.world.advance(300);
  assertEquals([io.engine.clientsCount, io.engine.lingeringCount], [0, 0]);
  for (let count = 0; count < 50; count++) assertEquals((await ask(io, POLLING)).status, 200);
  assertEquals((await ask(io, POLLING)).status, 503);
  await io.close();
});

Deno.test("One session takes a few connections at most, however often it asks for an upgrade", async () => {
  const io = server({ maxConnections: 100 });
  const opened = await ask(io, POLLING);
  const { sid } = JSON.parse((await opened.text()).slice(1));
  const statuses: number[] = [];
  for (let times = 0; times < 20; times++) {
    const before = io.world.webSockets.length;
    const answer = await ask(io, `${WEBSOCKET}&sid=${sid}`);
    statuses.push(answer.status);
    const socket = io.world.webSockets[before];
    if (socket === undefined) continue;
    keep(socket);
    socket.open();
    await io.world.settle();
  }
  assertEquals(statuses.filter((status) => status === 101).length < 6, true);
  assertEquals(statuses.at(-1), 429);
  assertEquals(io.engine.lingeringCount < 4, true);
  assertEquals(io.counters.get("limits_exceeded", "upgrades") > 0, true);
  await io.close();
});

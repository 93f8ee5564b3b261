/** Tests that what users have on the same server keeps working, and that nothing gets mixed up. */
import { assertEquals, assertMatch } from "@std/assert";
import { servesAll } from "../support/entry_checks.ts";
import { ask as askHttp, RawWebSocket } from "../support/raw_engine.ts";
import { clientFrame, RawTcp } from "../support/raw_tcp.ts";
import type { ServerProcess } from "../support/server_process.ts";
import { ask } from "../runtime/case_context.ts";
import { startFixture, test } from "./bun_process.ts";

/** What a path is answered with. */
async function get(server: ServerProcess, path: string, init?: RequestInit): Promise<string> {
  return (await askHttp(server.url + path, init)).text;
}

/** A WebSocket of the user's. */
async function play(server: ServerProcess, name: string): Promise<RawWebSocket> {
  const socket = await RawWebSocket.open(`${server.webSocketUrl}/play/${name}`);
  assertEquals(await socket.text(), `hello ${name}`);
  return socket;
}

test("Routes and fetch of the user are called as Bun calls them, and ours beside", async (clients) => {
  await using server = await startFixture("composed");
  assertEquals(await get(server, "/static"), "static");
  assertEquals(await get(server, "/parameters/5"), "5");
  assertEquals(await get(server, "/methods"), "got");
  assertEquals(await get(server, "/methods", { method: "POST", body: "b" }), "b");
  assertEquals(await get(server, "/socket.io/status"), "more specific");
  for (const path of ["/none", "/socket.io", "/socket.iox/", "//socket.io/", "/"]) {
    assertEquals(await get(server, path), `fetched ${path}`);
  }
  assertEquals(await get(server, "/this"), "true");
  assertEquals((await askHttp(`${server.url}/fail`)).status, 500);
  await servesAll(clients, server);
  await servesAll(clients, server, { path: "/other.io" });
});

for (const catchAll of ["function", "response", "folder"] as const) {
  test(`A ${catchAll} as route for all paths gets neither polls nor WebSockets of ours`, async (clients) => {
    await using server = await startFixture("composed", { choice: { catchAll } });
    await servesAll(clients, server);
    const socket = await RawTcp.open(server.port);
    assertEquals((await socket.upgrade("/socket.io/?EIO=4&transport=websocket")).status, 101);
    socket.close();
    if (catchAll === "function") assertEquals(await get(server, "/x"), "caught /x");
    if (catchAll === "response") assertEquals(await get(server, "/x"), "caught");
    assertEquals(await get(server, "/static"), "static");
    const { status, text } = await askHttp(`${server.url}/socket.io/?EIO=4&transport=x`);
    assertEquals([status, text], [400, '{"code":0,"message":"Transport unknown"}']);
  });
}

test("WebSockets of the user have all their events and their data", async (clients) => {
  await using server = await startFixture("composed");
  await using ada = await play(server, "ada");
  await using bo = await play(server, "bo");
  const client = await clients.connect(server, { transports: ["websocket"] });
  const strange: unknown[] = [];
  client.onAny((...args: unknown[]) => void strange.push(args));

  ada.send("text");
  assertEquals(await ada.text(), "text");
  ada.send(new Uint8Array([1, 2]));
  assertEquals(await ada.frame(), new Uint8Array([1, 2]));
  assertEquals(await ask(client, "echo", "beside"), "beside");

  ada.send("ping");
  await server.report({ kind: "pong", data: "p" });
  await get(server, "/do/publish");
  assertEquals([await ada.text(), await bo.text()], ["published", "published"]);

  ada.send("throw");
  await server.report({ kind: "error", message: "thrown by message", name: "ada" });
  bo.close();
  await server.report({ kind: "own closed", name: "bo" });
  assertEquals(await ask(client, "echo", "at the end"), "at the end");
  assertEquals(strange, []);
  assertEquals(server.reportsOf({ kind: "own closed" }).length, 1);
});

test("A ping and a drain reach the user for WebSockets of the user only", async () => {
  await using server = await startFixture("composed");
  using ours = await RawTcp.open(server.port);
  assertEquals((await ours.upgrade("/socket.io/?EIO=4&transport=websocket")).status, 101);
  await ours.write(clientFrame(0x89, "ours"));
  await ours.write(clientFrame(0x8a, "ours"));
  await ours.write(clientFrame(0x81, "40"));
  await ours.readUntil('40{"sid":"');
  using theirs = await RawTcp.open(server.port);
  assertEquals((await theirs.upgrade("/play/ada")).status, 101);
  await theirs.write(clientFrame(0x89, "theirs"));
  await server.report({ kind: "ping", data: "theirs" });
  assertEquals(server.reportsOf({ kind: "ping" }).length, 1);
  assertEquals(server.reportsOf({ kind: "pong" }).length, 0);

  await theirs.write(clientFrame(0x81, "fill"));
  void theirs.ended(); // Reads all of it.
  await server.report({ kind: "drain", left: 0 }, 10_000);
});

test("A reload with the handler of the server keeps sessions and WebSockets", async (clients) => {
  await using server = await startFixture("composed");
  await using ada = await play(server, "ada");
  const polling = await clients.connect(server, { transports: ["polling"] });
  const socket = await clients.connect(server, { transports: ["websocket"] });
  for (let round = 0; round < 3; round++) {
    await get(server, "/do/reload");
    for (const client of [polling, socket]) assertEquals(await ask(client, "echo", round), round);
    ada.send("still");
    assertEquals(await ada.text(), "still");
  }
  assertEquals(server.reportsOf({ kind: "disconnect" }), []);
  await servesAll(clients, server);
});

test("A path that is set later is served at once, and before the user's routes after a reload", async (clients) => {
  const poll = "/?EIO=4&transport=polling";
  for (const catchAll of [undefined, "response"] as const) {
    await using server = await startFixture("composed", { choice: { catchAll } });
    const early = await clients.connect(server, { transports: ["websocket"] });
    await get(server, "/do/move");
    assertEquals(await get(server, `/socket.io${poll}`), "fetched /socket.io/");
    if (catchAll === "response") {
      assertEquals(await get(server, `/moved${poll}`), "caught");
      await get(server, "/do/reload");
      assertEquals(await get(server, `/socket.io${poll}`), "caught");
    }
    await servesAll(clients, server, { path: "/moved" });
    assertEquals(await ask(early, "echo", "early"), "early");
  }
});

for (const fixture of ["hono", "hono_routes", "elysia", "elysia_listen"]) {
  test(`${fixture}: routes and WebSockets of the framework work, and ours beside`, async (clients) => {
    await using server = await startFixture("frameworks", { choice: { fixture } });
    assertEquals(await get(server, "/hello"), "hello");
    assertEquals((await askHttp(`${server.url}/missing`)).status, 404);
    await servesAll(clients, server);
    await using socket = await RawWebSocket.open(`${server.webSocketUrl}/ws`);
    socket.send("text");
    assertEquals(await socket.text(), "text!");
    const client = await clients.connect(server, { transports: ["websocket"] });
    assertEquals(await ask(client, "echo", "beside"), "beside");
    assertMatch(server.output, /^$/);
  });
}

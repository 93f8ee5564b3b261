/** Tests of the Bun entry as users run it: the installed package, real ports, the published client. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { servesAll } from "../support/entry_checks.ts";
import { ask as askHttp, RawPolling, RawWebSocket } from "../support/raw_engine.ts";
import { RawTcp } from "../support/raw_tcp.ts";
import { TEST_CERTIFICATE } from "../support/test_certificate.ts";
import { eventually, within } from "../support/waiting.ts";
import { ask, next, refused } from "../runtime/case_context.ts";
import { WAYS } from "../runtime/entry_process.ts";
import { startFixture, startServer, test } from "./bun_process.ts";

const POLL = "/socket.io/?EIO=4&transport=polling";

test("Bun.serve with the handler serves polling, WebSocket and upgrades, and prints nothing", async (clients) => {
  await using server = await startServer();
  await servesAll(clients, server);
  assertEquals(server.output, "");
});

test("A main file that exports the handler serves all of them", async (clients) => {
  const probe = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = probe.addr;
  probe.close();
  await using server = await startFixture("default_export", { choice: { port } });
  await servesAll(clients, server);
  assertEquals((await askHttp(`${server.url}/other`)).status, 404);
});

test("Binary data reaches handlers as Buffer, over each transport", async (clients) => {
  await using server = await startServer();
  for (const transports of WAYS) {
    const client = await clients.connect(server, { transports: [...transports] });
    const value = [new Uint8Array([1, 2, 3]), "text", new Uint8Array(0)];
    assertEquals(await ask(client, "describe", value), [
      { isBuffer: true, bytes: [1, 2, 3] },
      "text",
      { isBuffer: true, bytes: [] },
    ]);
  }
});

test("What one turn emits arrives whole and in order, empty attachments included", async (clients) => {
  await using server = await startServer();
  for (const transports of WAYS) {
    const client = await clients.connect(server, { transports: [...transports] });
    const sizes = [0, 1, 0, 70_000];
    const attached = next(client, "attached");
    client.emit("attach", sizes, false);
    assertEquals((await attached).map((bytes) => (bytes as Uint8Array).byteLength), sizes);

    const news: unknown[] = [];
    client.on("news", (index) => void news.push(index));
    client.emit("broadcast", 100);
    assertEquals(await ask(client, "echo", "after"), "after");
    await eventually("all of the news", () => news.length === 100 || undefined);
    assertEquals(news, Array.from({ length: 100 }, (_, index) => index));
    client.disconnect();
  }
});

test("The handshake knows the address of the peer, and TLS", async (clients) => {
  for (const tls of [false, true]) {
    await using server = await startServer({ tls });
    for (const transports of WAYS) {
      const options = { transports: [...transports], ca: TEST_CERTIFICATE, query: { q: "1" } };
      const client = await clients.connect(server, options);
      assertEquals(await ask(client, "handshake"), {
        address: "127.0.0.1",
        secure: tls,
        query: "1",
      });
      client.disconnect();
    }
    if (tls) await servesAll(clients, server, { ca: TEST_CERTIFICATE });
    assertEquals(server.output, "");
  }
});

test("A server on a Unix socket serves sessions without an address", async () => {
  const directory = await Deno.makeTempDir();
  try {
    const path = `${directory}/server.sock`;
    await using server = await startServer({ serve: { unix: path } });
    using connection = await within("a connection", Deno.connect({ transport: "unix", path }));
    const encoder = new TextEncoder();
    await connection.write(encoder.encode(`GET ${POLL} HTTP/1.1\r\nHost: localhost\r\n\r\n`));
    const bytes = new Uint8Array(4096);
    const count = await within("an answer", connection.read(bytes)) ?? 0;
    assertMatch(new TextDecoder().decode(bytes.subarray(0, count)), /^HTTP\/1\.1 200 .*"sid":/s);
    assert(server.alive);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

test("Other paths get what the user's fetch answers", async () => {
  await using server = await startServer();
  for (const path of ["/socket.io", "/socket.iox/", "/%73ocket.io/", "//socket.io/", "/"]) {
    const { status, text } = await askHttp(server.url + path, { method: "PUT" });
    assertEquals([status, text], [201, `PUT ${path}`]);
  }
});

test("A path of one's own is served, with a slash or without, and no other", async (clients) => {
  await using server = await startServer({ options: { path: "/rt/v1", addTrailingSlash: false } });
  for (const addTrailingSlash of [true, false]) {
    await servesAll(clients, server, { path: "/rt/v1", addTrailingSlash });
  }
  await refused(clients.open(server));
});

test("The root as path is served", async (clients) => {
  await using server = await startServer({ options: { path: "/" } });
  await servesAll(clients, server, { path: "/" });
});

test("A request without a server behind it is answered, but not upgraded", async () => {
  await using server = await startServer();
  assertEquals(JSON.parse((await askHttp(`${server.url}/do/fetch`)).text), [200, 400]);
});

test("An aborted poll ends its session, and a second poll during the first ends it too", async () => {
  await using server = await startServer();
  for (const how of ["abort", "overlap", "pipeline"]) {
    const session = await RawPolling.start(server.url);
    await session.join();
    using tcp = await RawTcp.open(server.port);
    const target = session.url().slice(server.url.length);
    await tcp.request("GET", target);
    // A round trip that began later: the poll waits by now.
    assertEquals((await askHttp(`${server.url}/do/count`)).text, "1");
    if (how === "abort") tcp.close();
    if (how === "overlap") await session.poll();
    if (how === "pipeline") await tcp.request("GET", target);
    const { reason, description } = await server.report({ kind: "disconnect" });
    assertEquals([how, reason], [how, "transport error"]);
    assertMatch(String(description), /overlap from client|poll connection closed prematurely/);
    server.reports.length = 0;
    if (how === "pipeline") await tcp.ended();
  }
});

test("A close packet and a closed WebSocket end a session with a transport close", async () => {
  await using server = await startServer();
  for (const how of ["packet", "close"]) {
    await using socket = await RawWebSocket.start(server.url);
    await socket.join();
    if (how === "packet") socket.send("1");
    else socket.close();
    const { reason } = await server.report({ kind: "disconnect" });
    assertEquals([how, reason], [how, "transport close"]);
    server.reports.length = 0;
  }
});

test("DEBUG shows lines of both scopes on standard error", async () => {
  await using server = await startServer({ options: { connectTimeout: 50 } }, {
    DEBUG: "socket.io*,engine*",
  });
  await askHttp(`${server.url}${POLL}&sid=unknown`);
  await askHttp(`${server.url}${POLL}`);
  await eventually("a line of a client", () => server.output.includes("no namespace") || undefined);
  const limit = "A limit was exceeded: connectTimeout";
  await eventually("a line of the limit", () => server.output.includes(limit) || undefined);
  const scopes = server.output.split("\n").map((line) => line.trim().split(" ")[0]);
  assertEquals([...new Set(scopes)].sort(), [
    "A", // limit was exceeded: like the next, no debug line, an operator is told of it anyway
    "Refused",
    "engine",
    "engine:socket",
    "socket.io:client",
  ]);
});

test("An error of a handler is printed, and ends neither process nor session", async (clients) => {
  await using server = await startServer();
  const client = await clients.connect(server, { transports: ["websocket"] });
  client.emit("throw");
  assertEquals(await ask(client, "echo", 1), 1);
  assertMatch(server.output, /A handler for "throw" .*thrown by a handler/s);
});

test("A process ends by itself once both servers are closed", async (clients) => {
  await using server = await startServer();
  for (const transports of WAYS) await clients.connect(server, { transports: [...transports] });
  await askHttp(`${server.url}/do/close`);
  assertEquals(await server.ended(8_000), 0);
  await server.report({ kind: "all closed" });
  const reasons = server.reportsOf({ kind: "disconnect" }).map(({ reason }) => reason);
  assertEquals(reasons, WAYS.map(() => "server shutting down"));
});

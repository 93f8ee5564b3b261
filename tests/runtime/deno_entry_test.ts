/**
 * Tests of the Deno entry as users run it: real processes with the network permission alone, real
 * ports, the published client.
 */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { Server } from "../../mod.ts";
import { ask as askHttp } from "../support/raw_engine.ts";
import { RawTcp } from "../support/raw_tcp.ts";
import type { ServerProcess } from "../support/server_process.ts";
import { TEST_CERTIFICATE } from "../support/test_certificate.ts";
import { eventually } from "../support/waiting.ts";
import { ask, connected, refused, upgraded } from "./case_context.ts";
import { Clients, startEntry, startServe, WAYS } from "./entry_process.ts";

/**
 * Registers a test with clients: what the published one leaves behind, and ends in a later test, is
 * not ours to judge.
 */
function test(name: string, fn: (clients: Clients) => Promise<void>): void {
  Deno.test({
    name,
    sanitizeOps: false,
    sanitizeResources: false,
    fn: async () => {
      using clients = new Clients();
      await fn(clients);
    },
  });
}

/** Serves one client in each way. */
async function servesAll(clients: Clients, server: ServerProcess): Promise<void> {
  for (const transports of WAYS) {
    const client = await clients.connect(server, { transports: [...transports] });
    assertEquals(await ask(client, "echo", { ways: transports }), { ways: transports });
    if (transports.length > 1) await upgraded(client);
    client.disconnect();
  }
}

/** What a server prints of its own accord: Deno has one line about aborted requests. */
function printed(server: ServerProcess): readonly string[] {
  return server.output.split("\n").filter((line) => line !== "" && !/legacy.abort/i.test(line));
}

Deno.test("Server.fetch and the handler work without info: the address is not known", async () => {
  const io = new Server();
  const addresses: string[] = [];
  io.engine.on("connection", (conn) => void addresses.push(conn.remoteAddress));
  const url = "http://localhost/socket.io/?EIO=4&transport=polling";
  for (const answer of [io.fetch(new Request(url)), io.handler()(new Request(url))]) {
    const response = await answer;
    assertEquals(response.status, 200);
    assertMatch(await response.text(), /^0\{"sid":/);
  }
  assertEquals(addresses, ["", ""]);
  assertEquals((await io.fetch(new Request("http://localhost/other"))).status, 404);
  assertEquals((await io.handler()(new Request("http://localhost"))).status, 404);
  await io.close();
  assertEquals((await io.fetch(new Request(url))).status, 503);
});

test("A server with --allow-net alone serves polling and WebSocket, and prints nothing", async (clients) => {
  await using server = await startEntry();
  await servesAll(clients, server);
  assertEquals(printed(server), []);
});

test("A server under `deno serve` serves polling and WebSocket", async (clients) => {
  await using server = await startServe();
  await servesAll(clients, server);
  assertEquals((await askHttp(`${server.url}/other`)).status, 404);
  assertEquals(printed(server), []);
});

for (const fallback of ["hono", "outer"] as const) {
  test(`Hono as ${fallback} has routes and a 404 of its own, and io beside it`, async (clients) => {
    await using server = await startEntry({ fallback });
    const [hello, missing] = [
      await askHttp(`${server.url}/hello`),
      await askHttp(`${server.url}/x`),
    ];
    assertEquals([hello.status, hello.text], [200, "hello of Hono"]);
    assertEquals([missing.status, missing.text], [404, "404 of Hono"]);
    await servesAll(clients, server);
    assertEquals(printed(server), []);
  });
}

test("A plain handler answers every other path, with what Deno tells of the request", async (clients) => {
  await using server = await startEntry({ fallback: "plain" });
  const answer = await askHttp(`${server.url}/a/socket.io/?x`, { method: "PUT" });
  assertEquals([answer.status, answer.text], [201, "PUT /a/socket.io/ 127.0.0.1"]);
  for (const path of ["/socket.io", "/socket.iox/", "/%73ocket.io/", "//socket.io/", "/"]) {
    assertEquals([path, (await askHttp(server.url + path)).status], [path, 201]);
  }
  await servesAll(clients, server);
});

test("Without a fallback other paths are answered with 404", async () => {
  await using server = await startEntry();
  for (const method of ["GET", "POST", "OPTIONS"]) {
    assertEquals((await askHttp(`${server.url}/other`, { method })).status, 404);
  }
  using tcp = await RawTcp.open(server.port);
  assertEquals((await tcp.upgrade("/other")).status, 404);
});

test("A path of one's own is served, with a slash or without, and no other", async (clients) => {
  await using server = await startEntry({ options: { path: "/rt/v1", addTrailingSlash: false } });
  for (const transports of WAYS) {
    for (const addTrailingSlash of [true, false]) {
      const options = { path: "/rt/v1", addTrailingSlash, transports: [...transports] };
      const client = await clients.connect(server, options);
      assertEquals(await ask(client, "echo", 1), 1);
    }
  }
  await refused(clients.open(server));
});

test("A server over TLS serves https and wss", async (clients) => {
  await using server = await startEntry({ tls: true });
  for (const transports of WAYS) {
    const options = { transports: [...transports], ca: TEST_CERTIFICATE };
    const client = await clients.connect(server, options);
    assertEquals(await ask(client, "echo", "s"), "s");
    if (transports.length > 1) await upgraded(client);
  }
  assertEquals(printed(server), []);
});

test("DEBUG shows lines of both scopes on standard error, where it may be read", async () => {
  const env = { DEBUG: "socket.io*,engine*" };
  const lines = async (flags: readonly string[]): Promise<readonly string[]> => {
    await using server = await startEntry({ options: { connectTimeout: 50 } }, { flags, env });
    await askHttp(`${server.url}/socket.io/?EIO=4&transport=polling&sid=unknown`);
    await askHttp(`${server.url}/socket.io/?EIO=4&transport=polling`);
    if (flags.includes("--allow-env=DEBUG")) {
      await eventually(
        "a line of a client",
        () => server.output.includes("no namespace") || undefined,
      );
    }
    assert(server.alive);
    const refused = "Refused a request: unknown-sid: Session ID unknown";
    assert(printed(server).includes(refused));
    // An operator is told of both whether or not debug lines are asked for.
    const told = [
      refused,
      "A limit was exceeded: connectTimeout: a client has joined no namespace",
    ];
    return printed(server).filter((line) => !told.includes(line));
  };
  const scopes = new Set((await lines(["--no-prompt", "--allow-env=DEBUG"])).map(scopeOf));
  const wanted = ["engine", "engine:socket", "socket.io:client"];
  assertEquals([...scopes].sort(), wanted);
  // Deno would ask on a terminal, and refuses elsewhere: a program that tried would have ended.
  for (const flags of [["--no-prompt"], [], ["--deny-env"], ["--allow-env=OTHER"]]) {
    assertEquals(await lines(flags), []);
  }
});

function scopeOf(line: string): string {
  return line.trim().split(" ", 1)[0] ?? "";
}

/** How users' code fails, the message of the error, and the event that is named. */
const FAILURES = [
  ["throw", "thrown by a handler", "throw"],
  ["reject", "rejected by a handler", "reject"],
  ["ask and throw", "thrown by an acknowledgement", "question"],
] as const;

test("An error in a handler is printed with stack, event, namespace and socket id, and nothing ends", async (clients) => {
  await using server = await startEntry();
  for (const transports of WAYS) {
    const client = await clients.connect(server, { transports: [...transports] });
    client.on("question", (ack: (answer: string) => void) => ack("an answer"));
    for (const [event, message, named] of FAILURES) {
      client.emit(event);
      const where = `A handler for "${named}" in namespace "/", socket ${client.id} `;
      await printsError(server, where, message);
    }
    assertEquals(await ask(client, "echo", "alive"), "alive");
    assert(client.connected);
  }
});

test("An error in a connection listener is printed, and the client stays", async (clients) => {
  await using server = await startEntry();
  const client = await clients.connect(server, { query: { fail: "connection" } });
  const where = `A handler for "connection" in namespace "/", socket ${client.id} `;
  assertEquals(await ask(client, "echo", "alive"), "alive");
  await printsError(server, where, "connection failed");
});

test("An error in a middleware is printed, and refuses the client without telling it", async (clients) => {
  await using server = await startEntry();
  const error = await refused(clients.open(server, { query: { fail: "middleware" } }));
  assert(!error.message.includes("middleware failed"), error.message);
  const where = 'A handler for "middleware" in namespace "/", socket ';
  await printsError(server, where, "middleware failed");
  await servesAll(clients, server);
});

/** Waits for a line with that beginning and this error, and the stack of the error after it. */
async function printsError(server: ServerProcess, start: string, message: string): Promise<void> {
  const stack = await eventually(`${start} ${message}`, () => {
    const lines = server.output.split("\n");
    const at = lines.findIndex((line) =>
      line.startsWith(start) && line.endsWith(` failed: Error: ${message}`)
    );
    return at < 0 ? undefined : lines[at + 1];
  });
  assertMatch(stack, /^ {4}at .*entry_server\.ts:\d+/);
  assert(server.alive);
}

test("A handshake has the address of the peer, on both transports", async (clients) => {
  for (const fallback of ["none", "outer"] as const) {
    await using server = await startEntry({ fallback });
    for (const transports of WAYS) {
      const client = await clients.connect(server, { transports: [...transports] });
      await connected(client);
      const expected = fallback === "outer" ? "" : "127.0.0.1";
      assertEquals(await ask(client, "address"), expected);
    }
  }
});

test("The 101 of a WebSocket has the cookie and the headers of users", async () => {
  await using server = await startEntry({ options: { cookie: true, cors: true }, headers: true });
  using tcp = await RawTcp.open(server.port);
  const { status, headers } = await tcp.upgrade("/socket.io/?EIO=4&transport=websocket");
  assertEquals(status, 101);
  assertEquals(headers.get("sec-websocket-accept"), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
  const cookies = headers.get("set-cookie")?.split("\n") ?? [];
  const [, sid] = /"sid":"([\w-]+)"/.exec(await tcp.readUntil("}")) ?? [];
  assertEquals(cookies, [`io=${sid}; Path=/; HttpOnly; SameSite=Lax`, "a=1", "b=2"]);
  assertEquals([headers.get("x-first"), headers.get("x-middleware")], ["1", "1"]);
});

/** Tests of what a server gives the entries of the runtimes: which requests are its own, and answers. */
import { assert, assertEquals, assertFalse, assertStrictEquals } from "@std/assert";
import { resolveServerOptions } from "../../src/server/options.ts";
import { CoreServer } from "../../src/server/server.ts";
import type { ServerOptions } from "../../src/server/server_options.ts";
import type { DefaultEventsMap, Untyped } from "../../src/socket/events.ts";
import { FakeCall, type FakeCallOptions, type ForeignRequest } from "../support/fake_call.ts";
import { connected, TRANSPORTS } from "../support/in_process_client.ts";
import { TestServer, World } from "../support/in_process_server.ts";

/** The server of a runtime whose requests are not those of the Web. */
class ForeignServer extends CoreServer<
  DefaultEventsMap,
  DefaultEventsMap,
  DefaultEventsMap,
  Untyped,
  ForeignRequest
> {
  readonly world: World;

  constructor(options: ServerOptions<ForeignRequest> = {}) {
    const world = new World("", {});
    super({ logger: world.logger, ...options }, world.platform);
    this.world = world;
  }

  /** Gives a call to the server; gives it back when nothing moves any more. */
  async call(query: string, options: FakeCallOptions = {}): Promise<FakeCall> {
    const call = new FakeCall(`/socket.io/?EIO=4&transport=${query}`, options);
    void this.handle(call);
    if (options.method === "POST") call.body.push("40").end();
    await this.world.settle();
    return call;
  }
}

// --- owns ---

/** For each target: whether it belongs to a server with these options. */
function assertOwned(io: TestServer, targets: Readonly<Record<string, boolean>>): void {
  for (const [target, expected] of Object.entries(targets)) {
    assertEquals([target, io.isOurs(target)], [target, expected]);
  }
}

Deno.test("Server owns its path with a slash, in URLs and in paths, whatever follows", () => {
  assertOwned(new TestServer(), {
    "/socket.io/": true,
    "/socket.io/?EIO=4&transport=polling": true,
    "/socket.io/#part": true,
    "/socket.io/deeper/x": true,
    "/socket.io//": true,
    "http://localhost/socket.io/": true,
    "https://chat.example:8443/socket.io/?EIO=4#part": true,
    "http://[::1]:3000/socket.io/": true,
  });
});

Deno.test("Server owns nothing else", () => {
  assertOwned(new TestServer(), {
    "/": false,
    "": false,
    "*": false,
    "/socket.io": false,
    "/socket.io?EIO=4": false,
    "/socket.io#/": false,
    "/socket.iox/": false,
    "/socket.i": false,
    "/Socket.IO/": false,
    "/socket%2Eio/": false,
    "//socket.io/": false,
    "/elsewhere/socket.io/": false,
    "/?x=/socket.io/": false,
    "/#/socket.io/": false,
    "socket.io/": false,
    "localhost:443": false,
    "http://localhost": false,
    "http://localhost?x=/socket.io/": false,
    "http://localhost#/socket.io/": false,
    "http://socket.io/": false,
    "http://localhost/?x=http://localhost/socket.io/": false,
    "http://localhost/elsewhere/socket.io/": false,
    "http://localhost//socket.io/": false,
  });
});

Deno.test("Server with addTrailingSlash false owns its path without a slash too", () => {
  const io = new TestServer({ addTrailingSlash: false, path: "/rt" });
  assertOwned(io, {
    "/rt": true,
    "/rt?EIO=4": true,
    "/rt#part": true,
    "/rt/": true,
    "/rt/?EIO=4": true,
    "http://localhost/rt": true,
    "http://localhost/rt?EIO=4": true,
    "http://localhost/rt#part": true,
    "/rtx": false,
    "/rtx/": false,
    "/rt.": false,
    "/r": false,
    "http://rt": false,
    "http://localhost/rt%3F": false,
  });
});

Deno.test("Server owns the path that was set last", () => {
  const io = new TestServer({ path: "/a" });
  assertOwned(io, { "/a/": true, "/b/c/": false });
  io.path("/b/c/");
  assertOwned(io, { "/a/": false, "/b/c/": true, "/b/c": false, "/b/": false });
});

Deno.test("Server at the root owns everything", () => {
  const targets = ["/", "/?EIO=4", "/a", "http://localhost/", "http://localhost/a/b"];
  for (const addTrailingSlash of [true, false]) {
    assertOwned(new TestServer({ path: "/", addTrailingSlash }), {
      ...Object.fromEntries(targets.map((target) => [target, true])),
      "*": false,
    });
  }
});

// --- options and fetch ---

class BareServer extends CoreServer {
  readonly world: World;

  constructor(options: ServerOptions = {}, world = new World("", {})) {
    super({ logger: world.logger, ...options }, world.platform);
    this.world = world;
  }

  get resolved(): unknown {
    return this.options;
  }

  async ask(url: string, init: RequestInit = {}): Promise<Response> {
    const answer = this.fetch(new Request(url, init));
    await this.world.settle();
    return answer;
  }
}

Deno.test("Server has its options, checked and frozen, for the entries", () => {
  const io = new BareServer({ pingInterval: 1_000 });
  const { logger } = io.world;
  const expected = resolveServerOptions({ pingInterval: 1_000, logger }, () => {});
  assertEquals(io.resolved, expected);
  assert(Object.isFrozen(io.resolved));
});

Deno.test("Server has its options checked by the rules of the runtime, where it has some", () => {
  const seen: unknown[] = [];
  const given = { pingInterval: 1_000 };
  const world: World = new World("", {
    resolveOptions: (options, warn) => {
      seen.push(options);
      warn("one thing more");
      const { logger } = world;
      return resolveServerOptions({ path: "/from/the/runtime", logger }, () => {});
    },
  });
  const io = new BareServer(given, world);
  assertEquals(seen, [{ ...given, logger: world.logger }]);
  assertEquals(io.path(), "/from/the/runtime");
  assertEquals(world.logger.lines, [{ level: "warn", message: "one thing more", args: [] }]);
});

Deno.test("Server.fetch serves long-polling without an HTTP server", async () => {
  const io = new BareServer();
  const url = "http://localhost/socket.io/?EIO=4&transport=polling";
  const sockets: unknown[] = [];
  io.on("connection", (socket) => sockets.push(socket.handshake.address, socket.handshake.url));
  const opened = await io.ask(url);
  const { sid } = JSON.parse((await opened.text()).slice(1));
  const posted = await io.ask(`${url}&sid=${sid}`, { method: "POST", body: "40" });
  assertEquals([opened.status, await posted.text()], [200, "ok"]);
  const polled = await io.ask(`${url}&sid=${sid}`);
  assert((await polled.text()).startsWith('40{"sid":'));
  assertEquals(sockets, ["", "/socket.io/?EIO=4&transport=polling"]);
});

Deno.test("Server.fetch without an HTTP server refuses WebSockets, and says why", async () => {
  const io = new BareServer();
  const errors: unknown[] = [];
  io.engine.on("connection_error", ({ req, code, message, context }) => {
    const { name, error } = context;
    errors.push([req.url, code, message, name, error instanceof TypeError && error.message]);
  });
  const path = "/socket.io/?EIO=4&transport=websocket";
  const response = await io.ask(`http://localhost${path}`, { headers: { upgrade: "websocket" } });
  assertEquals([response.status, await response.text()], [400, "Bad request"]);
  assertEquals(errors, [[
    path,
    3,
    "Bad request",
    "TRANSPORT_HANDSHAKE_ERROR",
    "Cannot upgrade: a WebSocket handshake must come through the HTTP server",
  ]]);
  assertEquals(io.engine.clientsCount, 0);
  assertEquals(io.world.logger.lines.map(({ message }) => message), [
    'Refused a request: transport-handshake-error: Bad request, "Cannot upgrade: a WebSocket ' +
    'handshake must come through the HTTP server"',
  ]);
});

Deno.test("Server.fetch answers 404 to requests that are not its own", async () => {
  const io = new BareServer();
  for (const path of ["/", "/socket.io", "/elsewhere/socket.io/"]) {
    const response = await io.ask(`http://localhost${path}`);
    assertEquals([response.status, await response.text()], [404, "Not Found"]);
  }
});

// --- requests of other kinds ---

Deno.test("Server gives users the request of the runtime, and a handshake from what it copied", async () => {
  const io = new ForeignServer();
  const headers = { origin: "https://app.example", cookie: "a=1" };
  const opened = await io.call("polling&token=secret", { headers });
  const { sid } = JSON.parse(opened.answer?.body?.slice(1) ?? "");
  // Nothing that users may do to their request is believed.
  Object.assign(opened.userRequest, {
    url: "/changed",
    headers: { origin: "https://evil.example" },
  });
  await io.call(`polling&sid=${sid}`, { method: "POST" });
  const [socket] = io.sockets.sockets.values();
  assert(socket !== undefined);
  for (const request of [socket.request, socket.conn.request, socket.client.request]) {
    assertStrictEquals(request, opened.userRequest);
  }
  assertStrictEquals(socket.client.conn, socket.conn);
  const { handshake } = socket;
  const issued = io.world.clock.wallTime();
  assertEquals({
    ...handshake,
    headers: { ...handshake.headers },
    query: { ...handshake.query },
  }, {
    headers,
    time: String(new Date(issued)),
    address: "198.51.100.4",
    xdomain: true,
    secure: true,
    issued,
    url: "/socket.io/?EIO=4&transport=polling&token=secret",
    query: { EIO: "4", transport: "polling", token: "secret" },
    auth: {},
  });
});

Deno.test("Server takes functions among its options that know the runtime's requests", async () => {
  const seen: unknown[] = [];
  const io = new ForeignServer({
    allowRequest: (request) => {
      seen.push(request);
      return true;
    },
    cors: (request) => {
      seen.push(request);
      return { origin: "*" };
    },
  });
  io.engine.on("headers", (_headers, request) => seen.push(request));
  const { answer, userRequest } = await io.call("polling");
  assertEquals([answer?.status, seen.length], [200, 3]);
  for (const request of seen) assertStrictEquals(request, userRequest);
});

// --- binary data ---

/** As the `Buffer` of some runtimes: another kind of view of the same bytes. */
class OwnBytes extends Uint8Array<ArrayBuffer> {}

Deno.test("Server gives handlers binary data as the runtime's users expect it", async () => {
  for (const transport of TRANSPORTS) {
    const turned: Uint8Array[] = [];
    const { client, socket } = await connected({ transport }, {}, {
      toBinary: (bytes) => {
        turned.push(bytes);
        return new OwnBytes(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      },
    });
    const given: unknown[] = [];
    socket.on("x", (...args: unknown[]) => given.push(...args));
    socket.emit("ask", (answer: unknown) => given.push(answer));
    const hole = (num: number): string => `{"_placeholder":true,"num":${num}}`;
    await client.send(`52-["x",${hole(0)},{"deep":[${hole(1)}]}]`, bytesOf(1, 2), bytesOf(3));
    await client.send(`61-0[${hole(0)}]`, bytesOf(4));
    const [first, deep, answer] = given as [unknown, { deep: [unknown] }, unknown];
    const all = [first, deep.deep[0], answer];
    for (const bytes of all) assert(bytes instanceof OwnBytes);
    assertEquals(all.map((bytes) => [...bytes as OwnBytes]), [[1, 2], [3], [4]]);
    // The same memory, and nothing was turned twice.
    assertEquals(turned.length, 3);
    all.forEach((bytes, at) => assertStrictEquals((bytes as OwnBytes).buffer, turned[at]?.buffer));
  }
});

Deno.test("Server gives handlers a Uint8Array where the runtime says nothing", async () => {
  const { client, socket } = await connected();
  const given: unknown[] = [];
  socket.on("x", (bytes: unknown) => given.push(bytes));
  const frame = bytesOf(1, 2);
  await client.send('51-["x",{"_placeholder":true,"num":0}]', frame);
  assertStrictEquals(given[0], frame);
  assertFalse(given[0] instanceof OwnBytes);
});

function bytesOf(...values: number[]): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(values);
}

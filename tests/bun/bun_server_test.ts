/** Unit tests of the Bun entry, with a double of Bun's server: what it is asked for each request. */
import { assertEquals, assertMatch, assertThrows } from "@std/assert";
import { type BunServer, Server, type ServerOptions } from "../../src/runtime/bun.ts";

// All that the entry takes of the global.
Object.assign(globalThis, { Bun: { env: {} } });

const POLL = "http://localhost/socket.io/?EIO=4&transport=polling";

interface FakeServer {
  readonly server: BunServer<never>;
  /** The calls, in order. */
  readonly calls: unknown[];
}

/** A server that notes what it is asked. */
function fakeServer(protocol: "http" | "https", address?: string): FakeServer {
  const calls: unknown[] = [];
  const server = {
    protocol,
    timeout: (_request: Request, seconds: number) => void calls.push(["timeout", seconds]),
    requestIP: () => address === undefined ? null : { address },
    upgrade: (_request: Request, { headers }: { headers: Headers }) => {
      calls.push(["upgrade", [...headers]]);
      return false;
    },
  };
  // The entry uses no more of it.
  return { server: server as unknown as BunServer<never>, calls };
}

/** Address and `secure` of the session that a request opens. */
async function opened(request: Request, server?: BunServer<never>): Promise<unknown> {
  const io = new Server();
  let found: unknown;
  io.engine.on("connection", ({ request: { remoteAddress, secure } }) => {
    found = [remoteAddress, secure];
  });
  assertEquals((await io.fetch(request, server)).status, 200);
  await io.close();
  return found;
}

Deno.test("A request has no idle timeout until it is answered, and a minute afterwards", async () => {
  const io = new Server();
  const { server, calls } = fakeServer("http");
  const handler = io.handler<never>();
  const [route] = Object.values(handler.routes);
  for (const answer of [handler.fetch, io.fetch.bind(io), route]) {
    const response = answer?.(new Request(POLL), server);
    assertEquals(calls, [["timeout", 0]]);
    assertEquals((await response)?.status, 200);
    assertEquals(calls.splice(0), [["timeout", 0], ["timeout", 60]]);
  }
  const response = await handler.fetch(new Request("http://localhost/other"), server);
  assertEquals([response?.status, calls], [404, []]);
  await io.close();
});

Deno.test("Address and TLS are those that the server tells, whatever the request says", async () => {
  const plain = fakeServer("http", "1.2.3.4").server;
  const tls = fakeServer("https").server;
  assertEquals(await opened(new Request(POLL), plain), ["1.2.3.4", false]);
  assertEquals(await opened(new Request(POLL), tls), ["", true]);
  assertEquals(await opened(new Request(POLL.replace("http", "https"))), ["", true]);
});

Deno.test("An upgrade that Bun refuses is answered with 400, and one without a server too", async () => {
  const io = new Server();
  const errors: unknown[] = [];
  io.engine.on("connection_error", ({ context }) => void errors.push(String(context["error"])));
  io.engine.on("headers", (headers) => void (headers["set-cookie"] = ["a=1", "b=2"]));
  const request = (): Request =>
    new Request(POLL.replace("polling", "websocket"), {
      headers: { upgrade: "websocket", connection: "upgrade" },
    });
  const { server, calls } = fakeServer("http");
  assertEquals((await io.fetch(request(), server)).status, 400);
  const [, upgrade] = calls as readonly (readonly [string, readonly (readonly string[])[]])[];
  const cookies = upgrade?.[1].filter(([name]) => name === "set-cookie").map(([, value]) => value);
  assertEquals([upgrade?.[0], cookies], ["upgrade", ["a=1", "b=2"]]);
  for (const none of [undefined, null]) {
    assertEquals((await io.fetch(request(), none)).status, 400);
  }
  assertMatch(String(errors[0]), /Cannot upgrade: the request is not a valid WebSocket handshake/);
  assertMatch(String(errors[1]), /Cannot upgrade: a WebSocket handshake must come through/);
  await io.close();
});

Deno.test("The routes are those of the path, and none of the user's is lost", () => {
  const names = (options: ServerOptions): readonly string[] =>
    Object.keys(new Server(options).handler({ routes: { "/mine": false } }).routes);
  assertEquals(names({}), ["/mine", "/socket.io/", "/socket.io/*"]);
  assertEquals(names({ path: "/a/b/", addTrailingSlash: false }), [
    "/mine",
    "/a/b/",
    "/a/b/*",
    "/a/b",
  ]);
  assertEquals(names({ path: "/" }), ["/mine", "/", "/*"]);
  assertEquals(names({ path: "/", addTrailingSlash: false }), ["/mine", "/", "/*"]);
});

Deno.test("A path that reads as a pattern of routes is refused", () => {
  for (const path of ["/:room", "/a/:b", "/*", "/a/*b"]) {
    const io = new Server({ path });
    const error = assertThrows(() => io.handler(), TypeError);
    assertMatch(error.message, /^Cannot make handler: no segment of the path may start with/);
  }
  for (const path of ["/a:b", "/a*"]) new Server({ path }).handler();
});

Deno.test("The body limit of Bun is set where it must be another", () => {
  const limit = (maxHttpBufferSize: number, maxRequestBodySize?: number): unknown =>
    new Server({ maxHttpBufferSize })
      .handler(maxRequestBodySize === undefined ? {} : { maxRequestBodySize })
      .maxRequestBodySize;
  assertEquals(limit(1_000_000), undefined);
  assertEquals(limit(134_217_728), undefined);
  assertEquals(limit(134_217_729), 134_217_729);
  assertEquals(limit(1_000, 2_000), 2_000);
  assertEquals(limit(3_000, 2_000), 3_000);
});

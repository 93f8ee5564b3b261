/** Tests the ways to make a server on Node, and to give it an HTTP server. */
import { createServer } from "node:http";
import { assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { Server } from "../../src/runtime/node.ts";
import { ask } from "../runtime/case_context.ts";
import { type Clients, WAYS } from "../runtime/entry_process.ts";
import { ask as askHttp } from "../support/raw_engine.ts";
import { TEST_CERTIFICATE } from "../support/test_certificate.ts";
import { startFixture, testOnBoth } from "./fixture_process.ts";

const HELP = "Cannot attach: needs an HTTP server or a port, found ";

/** Serves one client in each way. */
async function servesAll(clients: Clients, url: string, ca?: string): Promise<void> {
  for (const transports of WAYS) {
    const options = { transports: [...transports], ...(ca === undefined ? {} : { ca }) };
    const client = await clients.connect({ url }, options);
    assertEquals(await ask(client, "echo", { ways: transports }), { ways: transports });
    client.disconnect();
  }
}

for (const make of ["http", "port", "port as text", "listen", "attach", "by hand"] as const) {
  testOnBoth(
    `A server made by "${make}" serves every transport, and nothing else`,
    async (runtime, clients) => {
      await using server = await startFixture(runtime, "server", { choice: { make } });
      await servesAll(clients, server.url);
      const other = await askHttp(`${server.url}/other`);
      const own = ["http", "attach", "by hand"].includes(make);
      assertEquals([other.status, other.text], own ? [200, "GET /other"] : [404, ""]);
    },
  );
}

testOnBoth(
  "A server may be attached to several HTTP servers, to each once",
  async (runtime, clients) => {
    await using server = await startFixture(runtime, "server", { choice: { make: "twice" } });
    const { port } = await server.report({ kind: "first" });
    await servesAll(clients, `http://127.0.0.1:${port}`);
    await servesAll(clients, server.url);
  },
);

testOnBoth("A server over TLS serves https and wss", async (runtime, clients) => {
  const choice = { make: "https" };
  await using server = await startFixture(runtime, "server", { choice, scheme: "https" });
  await servesAll(clients, server.url, TEST_CERTIFICATE);
  const client = await clients.connect(server, { ca: TEST_CERTIFICATE });
  assertEquals((await ask(client, "request") as { secure: boolean }).secure, true);
});

testOnBoth(
  "Options given to attach() count, unless the constructor was given others",
  async (runtime, clients) => {
    const choice = {
      make: "attach",
      options: { path: "/mine", pingInterval: 1_234 },
      attachOptions: {
        path: "/other",
        pingInterval: 9,
        pingTimeout: 2_345,
        maxHttpBufferSize: 777,
      },
    };
    await using server = await startFixture(runtime, "server", { choice });
    const { text } = await askHttp(`${server.url}/mine/?EIO=4&transport=polling`);
    const { pingInterval, pingTimeout, maxPayload } = JSON.parse(text.slice(1));
    assertEquals([pingInterval, pingTimeout, maxPayload], [1_234, 2_345, 777]);
    assertEquals((await askHttp(`${server.url}/other/`)).text, "GET /other/");
    const client = await clients.connect(server, { path: "/mine", transports: ["websocket"] });
    const closed = new Promise((resolve) => client.on("disconnect", resolve));
    client.emit("echo", "x".repeat(1_000));
    assertEquals(await closed, "transport close");
  },
);

testOnBoth(
  "A port in use is an error of the HTTP server, which its listeners get",
  async (runtime) => {
    await using server = await startFixture(runtime, "server");
    await askHttp(`${server.url}/do/take%20port`);
    const { code } = await server.report({ kind: "error" });
    assertEquals(code, "EADDRINUSE");
  },
);

Deno.test("A request handler in place of an HTTP server is refused in the words of the reference", () => {
  const app = Object.assign(() => {}, { listen(): void {} });
  const message = "You are trying to attach socket.io to an express request handler function. " +
    "Please pass a http.Server instance.";
  // Users of JavaScript give whatever they have.
  const given = app as unknown as number;
  assertEquals(assertThrows(() => new Server(given), Error).message, message);
  assertEquals(assertThrows(() => new Server().attach(given), Error).message, message);
});

Deno.test("What is no HTTP server is refused with a hint, and nothing listens", () => {
  const wrong = { koa: { listen(): void {}, on(): void {} }, text: "three", float: null };
  const attach = (value: unknown) => () => new Server().attach(value as number);
  assertThrows(attach(wrong.koa), TypeError, `${HELP}an object`);
  assertThrows(attach(wrong.text), TypeError, `${HELP}"three"`);
  assertThrows(attach(wrong.float), TypeError, `${HELP}null`);
  assertThrows(attach(undefined), TypeError, `${HELP}undefined`);
});

Deno.test("Wrong options are refused by the constructor and by attach(), and no port is taken", () => {
  assertThrows(() => new Server({ pingInterval: -1 }), TypeError, "pingInterval");
  assertThrows(() => new Server(0, { destroyUpgradeTimeout: -1 }), TypeError, "destroyUpgrade");
  const io = new Server();
  assertThrows(() => io.listen(0, { pingTimeout: 0.5 }), TypeError, "pingTimeout");
  assertEquals(io.httpServer, undefined);
});

Deno.test("Server.httpServer is the HTTP server that was attached last", () => {
  const [first, second] = [createServer(), createServer()];
  const io = new Server(first);
  assertStrictEquals(io.httpServer, first);
  assertStrictEquals(io.attach(second), io);
  assertStrictEquals(io.httpServer, second);
  assertEquals(new Server(undefined, { path: "/x" }).path(), "/x");
});

Deno.test("What this server cannot do says what to do instead", () => {
  const io = new Server();
  assertThrows(() => io.bind({}), Error, "use io.attach(httpServer)");
  assertThrows(() => io.attachApp({}), Error, "use io.attach(httpServer)");
  assertThrows(() => io.onconnection({}), Error, "use io.engine.handleRequest()");
});

testOnBoth(
  "A server of HTTP/2 with allowHTTP1 serves polls over both, and WebSockets",
  async (runtime, clients) => {
    const choice = { make: "http2" };
    await using server = await startFixture(runtime, "server", { choice, scheme: "https" });
    using client = Deno.createHttpClient({ caCerts: [TEST_CERTIFICATE] });
    const url = `${server.url}/socket.io/?EIO=4&transport=polling`;
    const init: RequestInit & { readonly client: Deno.HttpClient } = { client };
    const { text } = await askHttp(url, init);
    const { sid } = JSON.parse(text.slice(1));
    const post = await askHttp(`${url}&sid=${sid}`, { ...init, method: "POST", body: "40" });
    assertEquals([post.status, post.text], [200, "ok"]);
    assertEquals((await askHttp(`${url}&sid=${sid}`, init)).text.slice(0, 3), "40{");
    assertEquals((await server.report({ kind: "later" })).version, "2.0");
    await servesAll(clients, server.url, TEST_CERTIFICATE);
  },
);

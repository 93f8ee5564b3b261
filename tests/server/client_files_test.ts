/** Tests of what is answered to those who look for the client where the reference serves it. */
import { assert, assertEquals, assertMatch, assertStrictEquals, assertThrows } from "@std/assert";
import { StateError } from "../../src/base/errors.ts";
import type { ServerOptions } from "../../src/server/server_options.ts";
import { CLIENT_FILES } from "../support/client_files.ts";
import { TestServer } from "../support/in_process_server.ts";

const ORIGIN = "http://localhost";

/** Status and text of an answer. */
async function ask(
  io: TestServer,
  target: string,
  init: RequestInit = {},
): Promise<{ readonly status: number; readonly text: string; readonly type: string | null }> {
  const answer = io.fetch(new Request(`${ORIGIN}${target}`, init));
  await io.world.settle();
  const response = await answer;
  const { status, headers } = response;
  return { status, text: await response.text(), type: headers.get("content-type") };
}

/** Whether an answer says where the client is to be found. */
function isNotice({ status, text }: { readonly status: number; readonly text: string }): boolean {
  return status === 404 && text.includes("socket.io-client");
}

Deno.test("Server answers 404 for every file of the client, with one line that says where it is", async () => {
  const io = new TestServer();
  for (const name of CLIENT_FILES) {
    const { status, text, type } = await ask(io, `/socket.io/${name}`);
    assertEquals([name, status, type], [name, 404, "text/plain; charset=utf-8"]);
    assertMatch(text, /^Not Found: [^\n]* socket\.io-client, [^\n]* https:\/\/\S+\n$/);
  }
  assertEquals([io.engine.clientsCount, io.world.logger.lines], [0, []]);
});

Deno.test("Server answers for a file of the client whatever its query is", async () => {
  const io = new TestServer();
  for (const query of ["?", "?v=4.8.4", "?EIO=4&transport=polling", "?a=/x.js"]) {
    assert(isNotice(await ask(io, `/socket.io/socket.io.js${query}`)), query);
  }
  assertEquals(io.engine.clientsCount, 0);
});

Deno.test("Server answers HEAD for a file of the client as GET", async () => {
  const { status, type } = await ask(new TestServer(), "/socket.io/socket.io.js", {
    method: "HEAD",
  });
  assertEquals([status, type], [404, "text/plain; charset=utf-8"]);
});

Deno.test("Server hands other methods and other names to the engine", async () => {
  const io = new TestServer();
  // A name that the engine does not know either: it answers what it answers everywhere.
  const engine = await ask(io, "/socket.io/other.js");
  assertEquals(engine.status, 400);
  const targets = [
    "/socket.io/",
    "/socket.io/socket.io.js/",
    "/socket.io/x/socket.io.js",
    "/socket.io/socket.io.JS",
    "/socket.io/Socket.io.js",
    "/socket.io/socket.io.jsx",
    "/socket.io/xsocket.io.js",
    "/socket.io/socket%2eio.js",
    "/socket.io/socket.io.esm.js",
    "/socket.io//socket.io.js",
    "/socket.io/?/socket.io.js",
    "/socket.io?socket.io.js",
    "/elsewher/socket.io.js",
  ];
  for (const target of targets) assertEquals([target, await ask(io, target)], [target, engine]);
  for (const method of ["POST", "PUT", "DELETE", "OPTIONS"]) {
    const [found, wanted] = [
      await ask(io, "/socket.io/socket.io.js", { method }),
      await ask(io, "/socket.io/other.js", { method }),
    ];
    assertEquals([method, found], [method, wanted]);
  }
});

Deno.test("A handshake below any other name goes on as it did", async () => {
  const io = new TestServer();
  const query = "?EIO=4&transport=polling";
  assertEquals((await ask(io, `/socket.io/${query}`)).status, 200);
  assertEquals((await ask(io, `/socket.io/anything.js${query}`)).status, 200);
  assertEquals(io.engine.clientsCount, 2);
});

const paths: readonly (readonly [ServerOptions, start: string])[] = [
  [{ path: "/my/own" }, "/my/own"],
  [{ path: "/my/own/" }, "/my/own"],
  [{ path: "/" }, ""],
  [{ addTrailingSlash: false }, "/socket.io"],
  [{ path: "/socket.io/socket.io.js" }, "/socket.io/socket.io.js"],
];

Deno.test("Server answers for the files of the client below its own path", async () => {
  for (const [options, start] of paths) {
    const io = new TestServer(options);
    const target = `${start}/socket.io.min.js`;
    assert(io.isOurs(target), target);
    assert(isNotice(await ask(io, target)), target);
    assertEquals((await ask(io, `${start}/?EIO=4&transport=polling`)).status, 200);
  }
});

Deno.test("Server with addTrailingSlash false takes its bare path for a handshake, not for a file", async () => {
  const io = new TestServer({ path: "/socket.io.js", addTrailingSlash: false });
  assertEquals((await ask(io, "/socket.io.js?EIO=4&transport=polling")).status, 200);
  assert(isNotice(await ask(io, "/socket.io.js/socket.io.js")));
});

Deno.test("Server answers for the files of the client below the path that was set last", async () => {
  const io = new TestServer();
  io.path("/late/");
  assert(isNotice(await ask(io, "/late/socket.io.js")));
  assertEquals(io.isOurs("/socket.io/socket.io.js"), false);
});

Deno.test("Server upgrades no WebSocket to a file of the client", async () => {
  const io = new TestServer();
  const headers = { upgrade: "websocket", connection: "Upgrade" };
  const answer = await ask(io, "/socket.io/socket.io.js?EIO=4&transport=websocket", { headers });
  assert(isNotice(answer));
  assertEquals([io.world.webSockets.length, io.engine.clientsCount], [0, 0]);
});

Deno.test("Server asks neither allowRequest nor middlewares of the engine for the files of the client", async () => {
  let asked = 0;
  const io = new TestServer({
    allowRequest: (_request, answer) => {
      asked++;
      answer(null, true);
    },
  });
  io.engine.use((_request, _info, next) => {
    asked++;
    return next();
  });
  assert(isNotice(await ask(io, "/socket.io/socket.io.js")));
  assertEquals(asked, 0);
  await ask(io, "/socket.io/?EIO=4&transport=polling");
  assertEquals(asked, 2);
});

Deno.test("io.serveClient says that the files of the client are not served, and refuses to", async () => {
  const io = new TestServer();
  assertStrictEquals(io.serveClient(), false);
  assertStrictEquals(io.serveClient(false), io);
  const { message } = assertThrows(() => io.serveClient(true), StateError);
  assertMatch(message, /^Cannot serve the files of the client: .*socket\.io-client/);
  assertStrictEquals(io.serveClient(), false);
  assert(isNotice(await ask(io, "/socket.io/socket.io.js")));
});

Deno.test("Server that was closed answers for the files as for everything else", async () => {
  const io = new TestServer();
  await io.close();
  assertEquals((await ask(io, "/socket.io/socket.io.js")).status, 503);
});

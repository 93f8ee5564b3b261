/** Tests Express on the same port, and its middlewares under `io.engine.use()`. */
import { assert, assertEquals } from "@std/assert";
import { ask } from "../runtime/case_context.ts";
import { WAYS } from "../runtime/entry_process.ts";
import { ask as askHttp } from "../support/raw_engine.ts";
import { RawTcp } from "../support/raw_tcp.ts";
import type { ServerProcess } from "../support/server_process.ts";
import { startFixture, testOnBoth } from "./fixture_process.ts";

const HANDSHAKE = "/socket.io/?EIO=4&transport=";

/** Logs in with Express; gives the cookie of the session. */
async function logIn(server: ServerProcess, username: string): Promise<string> {
  const answer = await askHttp(`${server.url}/login`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ username, password: "right" }),
  });
  assertEquals(answer.text, JSON.stringify({ name: username }));
  return answer.headers.getSetCookie()[0]?.split(";", 1)[0] ?? "";
}

/** The names of the cookies that are set. */
function cookieNames(lines: readonly string[] = []): (string | undefined)[] {
  return lines.map((line) => line.split("=", 1)[0]);
}

testOnBoth(
  "Express answers its routes and its 404, and clients are served beside it",
  async (runtime, clients) => {
    await using server = await startFixture(runtime, "express");
    assertEquals((await askHttp(`${server.url}/hello`)).text, "hello of Express");
    assertEquals((await askHttp(`${server.url}/missing`)).status, 404);
    for (const transports of WAYS) {
      const client = await clients.connect(server, { transports: [...transports] });
      assertEquals((await ask(client, "who") as { user: string }).user, "nobody");
    }
  },
);

testOnBoth(
  "A login with Express is known in socket.request, on every transport and namespace",
  async (runtime, clients) => {
    await using server = await startFixture(runtime, "express");
    const cookie = await logIn(server, "ada");
    let visits = 0;
    for (const transports of WAYS) {
      const extraHeaders = { cookie };
      const client = await clients.connect(server, { transports: [...transports], extraHeaders });
      const seen = await ask(client, "who") as { sessionID: string; user: string; visits: number };
      assertEquals([seen.user, seen.visits], ["ada", visits]);
      assert(decodeURIComponent(cookie).includes(seen.sessionID), cookie);
      visits += 1;
      assertEquals(await ask(client, "visit"), visits);
      const other = client.io.socket("/other", {});
      assertEquals((await ask(other, "who") as { user: string }).user, "ada");
    }
  },
);

testOnBoth(
  "Headers of helmet and the cookie of express-session are on polls and on the 101",
  async (runtime) => {
    await using server = await startFixture(runtime, "express");
    const polling = await askHttp(`${server.url}${HANDSHAKE}polling`);
    assertEquals(polling.headers.get("x-content-type-options"), "nosniff");
    assertEquals(cookieNames(polling.headers.getSetCookie()), ["io", "connect.sid"]);
    const sid = JSON.parse(polling.text.slice(1)).sid;
    const post = await askHttp(`${server.url}${HANDSHAKE}polling&sid=${sid}`, {
      method: "POST",
      body: "40",
    });
    assertEquals([post.status, post.headers.get("set-cookie")], [200, null]);
    assertEquals(post.headers.get("x-content-type-options"), "nosniff");
    using tcp = await RawTcp.open(server.port);
    const { status, headers } = await tcp.upgrade(`${HANDSHAKE}websocket`);
    assertEquals([status, headers.get("x-content-type-options")], [101, "nosniff"]);
    assertEquals(cookieNames(headers.get("set-cookie")?.split("\n")), ["io", "connect.sid"]);
    assertEquals(headers.get("connection")?.toLowerCase(), "upgrade");
  },
);

testOnBoth(
  "A middleware that answers has answered, on polls and on upgrades",
  async (runtime, clients) => {
    await using server = await startFixture(runtime, "express", {
      choice: { loginRequired: true },
    });
    const polling = await askHttp(`${server.url}${HANDSHAKE}polling`);
    assertEquals([polling.status, polling.text], [401, "who are you"]);
    using tcp = await RawTcp.open(server.port);
    const { status, headers, body } = await tcp.upgrade(`${HANDSHAKE}websocket`);
    assertEquals([status, body], [401, "who are you"]);
    assertEquals([headers.get("x-reason"), headers.get("connection")], ["stranger", "close"]);
    await tcp.ended();
    const extraHeaders = { cookie: await logIn(server, "grace") };
    for (const transports of WAYS) {
      const client = await clients.connect(server, { transports: [...transports], extraHeaders });
      assertEquals((await ask(client, "who") as { user: string }).user, "grace");
    }
  },
);

testOnBoth(
  "A middleware that fails refuses, and is told to handler_error unless it used next()",
  async (runtime) => {
    await using server = await startFixture(runtime, "express");
    for (const odd of ["error", "throw"]) {
      const headers = { "x-odd": odd };
      const polling = await askHttp(`${server.url}${HANDSHAKE}polling`, { headers });
      assertEquals([polling.status, polling.text], [400, '{"code":3,"message":"Bad request"}']);
      using tcp = await RawTcp.open(server.port);
      const upgrade = await tcp.upgrade(`${HANDSHAKE}websocket`, [`X-Odd: ${odd}`]);
      assertEquals([upgrade.status, upgrade.body], [400, "Bad request"]);
      await tcp.ended();
    }
    const errors = server.reportsOf({ kind: "handler_error" }).map(({ message }) => message);
    assertEquals(errors, ["thrown by a middleware", "thrown by a middleware"]);
    const refusals = server.reportsOf({ kind: "connection_error", name: "MIDDLEWARE_FAILURE" });
    assertEquals(refusals.length, 4);
  },
);

testOnBoth(
  "The first thing a middleware does counts, and what comes later does no harm",
  async (runtime) => {
    await using server = await startFixture(runtime, "express");
    for (
      const [odd, polled, upgraded] of [
        ["twice", 200, 101],
        ["late", 200, 101],
        ["answer and go on", 202, 202],
        ["slow answer", 203, 203],
      ] as const
    ) {
      const headers = { "x-odd": odd };
      const polling = await askHttp(`${server.url}${HANDSHAKE}polling`, { headers });
      assertEquals([odd, polling.status], [odd, polled]);
      using tcp = await RawTcp.open(server.port);
      const upgrade = await tcp.upgrade(`${HANDSHAKE}websocket`, [`X-Odd: ${odd}`]);
      assertEquals([odd, upgrade.status], [odd, upgraded]);
      const runs = upgraded === 101 ? "1" : null;
      assertEquals([odd, polling.headers.get("x-runs")], [odd, runs]);
      assertEquals([odd, upgrade.headers.get("x-runs") ?? null], [odd, runs]);
    }
    const errors = server.reportsOf({ kind: "handler_error" }).map(({ message }) => message);
    assertEquals(errors, ["thrown after next", "thrown after next"]);
    assertEquals(server.reportsOf({ kind: "connection_error" }), []);
  },
);

testOnBoth(
  "Headers of middlewares are added, ours win, and cookies and vary accumulate",
  async (runtime) => {
    await using server = await startFixture(runtime, "express");
    const headers = { "x-odd": "headers" };
    const polling = await askHttp(`${server.url}${HANDSHAKE}polling`, { headers });
    assertEquals(polling.headers.get("cache-control"), "no-store");
    assertEquals([polling.headers.get("x-real"), polling.headers.get("vary")], [
      "true",
      "x-own, x-odd",
    ]);
    const all = ["connect.sid", "io", "own", "own"];
    assertEquals(cookieNames(polling.headers.getSetCookie()).sort(), all);
    using tcp = await RawTcp.open(server.port);
    const upgrade = await tcp.upgrade(`${HANDSHAKE}websocket`, ["X-Odd: headers"]);
    assertEquals([upgrade.status, upgrade.headers.get("x-real")], [101, "true"]);
    const names = cookieNames(upgrade.headers.get("set-cookie")?.split("\n"));
    assertEquals(names.sort(), all);
  },
);

/** Tests HTTP requests on Node: what users are given of them, what they cost, and how they end. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { ask } from "../runtime/case_context.ts";
import { WAYS } from "../runtime/entry_process.ts";
import { ask as askHttp, RawPolling } from "../support/raw_engine.ts";
import { RawTcp } from "../support/raw_tcp.ts";
import { startFixture, testOnBoth } from "./fixture_process.ts";

const HANDSHAKE = "/socket.io/?EIO=4&transport=";

testOnBoth(
  "Functions of users get the IncomingMessage, on every transport",
  async (runtime, clients) => {
    await using server = await startFixture(runtime, "server", { choice: { functions: true } });
    for (const transports of WAYS) {
      const options = { transports: [...transports], query: { who: "ä" }, path: "/socket.io" };
      const client = await clients.connect(server, options);
      const seen = await ask(client, "request") as Record<string, unknown>;
      const { query, handshakeQuery, address, ...rest } = seen;
      assertEquals(rest, {
        isReal: true,
        isSame: true,
        prototypes: [null, null],
        host: true,
        secure: false,
      });
      assertEquals(query, handshakeQuery);
      assertEquals((query as Record<string, unknown>).who, "ä");
      assertMatch(String(address), /127\.0\.0\.1$/);
      client.disconnect();
    }
    for (const kind of ["allowRequest", "generateId", "cors"]) {
      const reports = server.reportsOf({ kind });
      assert(reports.length >= 3, `${kind}: ${reports.length}`);
      assertEquals(server.reportsOf({ kind, isReal: false }), []);
    }
  },
);

testOnBoth(
  "A refused request is told to connection_error with the IncomingMessage",
  async (runtime) => {
    await using server = await startFixture(runtime, "server", { choice: { functions: true } });
    const headers = { "x-refuse": "1" };
    const polling = await askHttp(`${server.url}${HANDSHAKE}polling`, { headers });
    assertEquals([polling.status, polling.text], [403, '{"code":4,"message":"Forbidden"}']);
    using tcp = await RawTcp.open(server.port);
    const upgrade = await tcp.upgrade(`${HANDSHAKE}websocket`, ["X-Refuse: 1"]);
    assertEquals([upgrade.status, upgrade.body], [400, "Forbidden"]);
    assertEquals(upgrade.headers.get("connection"), "close");
    await tcp.ended();
    const errors = server.reportsOf({ kind: "connection_error" });
    assertEquals(errors.map(({ code, isReal }) => [code, isReal]), [[4, true], [4, true]]);
  },
);

testOnBoth("Headers of users and of CORS are on answers, and on the 101", async (runtime) => {
  await using server = await startFixture(runtime, "server", {
    choice: { functions: true, options: { cookie: true } },
  });
  const headers = { origin: "http://friend.example" };
  const { headers: answered } = await askHttp(`${server.url}${HANDSHAKE}polling`, { headers });
  assertEquals(answered.get("access-control-allow-origin"), "http://friend.example");
  assertEquals([answered.get("x-first"), answered.get("x-each")], ["true", "true"]);
  assertMatch(answered.getSetCookie().join("; "), /^io=id-[\w-]+; .*a=1; b=2$/);
  using tcp = await RawTcp.open(server.port);
  const upgraded = await tcp.upgrade(`${HANDSHAKE}websocket`, ["Origin: http://friend.example"]);
  assertEquals([upgraded.headers.get("x-first"), upgraded.headers.get("x-each")], ["true", "true"]);
  assertMatch(upgraded.headers.get("set-cookie") ?? "", /^io=id-[\w-]+; .*\na=1\nb=2$/);
});

testOnBoth("A preflight is answered", async (runtime) => {
  const options = { cors: { origin: "http://friend.example", credentials: true } };
  await using server = await startFixture(runtime, "server", { choice: { options } });
  const { status, headers } = await askHttp(`${server.url}${HANDSHAKE}polling`, {
    method: "OPTIONS",
    headers: { origin: "http://friend.example", "access-control-request-method": "POST" },
  });
  assertEquals([status, headers.get("content-length")], [204, "0"]);
  assertEquals(headers.get("access-control-allow-credentials"), "true");
  assertEquals(headers.get("vary"), "Origin, Access-Control-Request-Headers");
});

testOnBoth(
  "A poll that the peer gives up is noticed at once, and nothing is lost on it",
  async (runtime) => {
    // Without being told, the server would learn of it no sooner than at its next ping.
    const pingInterval = 8_000;
    const choice = { options: { pingInterval } };
    await using server = await startFixture(runtime, "server", { choice });
    const polling = await RawPolling.start(server.url);
    await polling.join();
    const giveUp = new AbortController();
    const poll = polling.poll({ signal: giveUp.signal }).catch(() => "given up");
    await server.report({
      kind: "later",
      url: new URL(polling.url()).pathname + new URL(polling.url()).search,
    });
    const start = performance.now();
    giveUp.abort();
    assertEquals(await poll, "given up");
    const { reason, description } = await server.report({ kind: "disconnect" });
    assertEquals([reason, description], ["transport error", "poll connection closed prematurely"]);
    assert(performance.now() - start < pingInterval / 2);
  },
);

testOnBoth(
  "A body over the limit is answered with 413 while it is still being sent",
  async (runtime) => {
    const options = { maxHttpBufferSize: 1_000 };
    await using server = await startFixture(runtime, "server", { choice: { options } });
    const { sid } = await RawPolling.start(server.url);
    for (const announced of [true, false]) {
      using tcp = await RawTcp.open(server.port);
      const target = `${HANDSHAKE}polling&sid=${sid}`;
      const length = announced ? "Content-Length: 1000000" : "Transfer-Encoding: chunked";
      await tcp.request("POST", target, { headers: ["Content-Type: text/plain", length] });
      const piece = "x".repeat(2_000);
      await tcp.write(announced ? piece : `7d0\r\n${piece}\r\n`);
      assertEquals((await tcp.response()).status, 413);
      // What still comes is thrown away, so that the connection can go on.
      for (let count = 1; count < 500; count++) {
        await tcp.write(announced ? piece : `7d0\r\n${piece}\r\n`);
      }
      if (!announced) await tcp.write("0\r\n\r\n");
      await tcp.request("GET", `${HANDSHAKE}polling&sid=unknown`);
      assertEquals((await tcp.response()).body, '{"code":1,"message":"Session ID unknown"}');
    }
  },
);

testOnBoth("A body that does not end in bodyTimeout is answered with 408", async (runtime) => {
  const options = { bodyTimeout: 100 };
  await using server = await startFixture(runtime, "server", { choice: { options } });
  const { sid } = await RawPolling.start(server.url);
  using tcp = await RawTcp.open(server.port);
  await tcp.request("POST", `${HANDSHAKE}polling&sid=${sid}`, {
    headers: ["Content-Length: 10"],
    body: "40",
  });
  assertEquals((await tcp.response()).status, 408);
});

testOnBoth("A POST that breaks off ends its session", async (runtime) => {
  await using server = await startFixture(runtime, "server");
  const polling = await RawPolling.start(server.url);
  await polling.join();
  const tcp = await RawTcp.open(server.port);
  const headers = ["Content-Length: 1000"];
  await tcp.request("POST", `${HANDSHAKE}polling&sid=${polling.sid}`, { headers, body: "42[" });
  await server.report({ kind: "later", url: `${HANDSHAKE}polling&sid=${polling.sid}` });
  tcp.close();
  const { reason, description } = await server.report({ kind: "disconnect" });
  assertEquals(reason, "transport error");
  assertEquals(description, "data request connection closed prematurely");
});

testOnBoth("Requests of other methods are answered, HEAD without a body", async (runtime) => {
  await using server = await startFixture(runtime, "server");
  const { sid } = await RawPolling.start(server.url);
  const url = `${server.url}${HANDSHAKE}polling`;
  const statuses = [];
  for (const method of ["HEAD", "PUT", "DELETE"]) {
    statuses.push((await askHttp(url, { method })).status);
    const answer = await askHttp(`${url}&sid=${sid}`, { method });
    assertEquals([answer.status, answer.headers.get("allow")], [405, "GET, POST"]);
    assertEquals(answer.text, "");
  }
  assertEquals(statuses, [400, 400, 400]);
});

testOnBoth("Two polls in one packet are answered in their order", async (runtime) => {
  await using server = await startFixture(runtime, "server");
  using tcp = await RawTcp.open(server.port);
  const line = `GET ${HANDSHAKE}polling HTTP/1.1\r\nHost: a\r\n\r\n`;
  await tcp.write(line + line);
  const [one, two] = [await tcp.response(), await tcp.response()];
  assertEquals([one.status, two.status], [200, 200]);
  assert(one.body !== two.body);
});

testOnBoth("Keys such as __proto__ are keys like others in query and headers", async (runtime) => {
  await using server = await startFixture(runtime, "server");
  const target = `${HANDSHAKE}polling&__proto__=x&constructor=y`;
  const { status } = await askHttp(`${server.url}${target}`, { headers: { constructor: "z" } });
  assertEquals(status, 200);
  const wrong = await askHttp(`${server.url}/socket.io/?EIO=4&transport=__proto__`);
  assertEquals(wrong.text, '{"code":0,"message":"Transport unknown"}');
});

testOnBoth(
  "io.fetch() answers polls, refuses upgrades, and steps back for middlewares",
  async (runtime) => {
    await using server = await startFixture(runtime, "server");
    await askHttp(`${server.url}/do/fetch`);
    const { statuses } = await server.report({ kind: "fetch" });
    assertEquals(statuses, [200, 400, 404, 501]);
    const { name } = await server.report({ kind: "connection_error" });
    assertEquals(name, "TRANSPORT_HANDSHAKE_ERROR");
  },
);

/** Tests which headers reach a client of the Node entry when several have a say in them. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { RawPolling } from "../support/raw_engine.ts";
import { RawTcp, type TcpAnswer } from "../support/raw_tcp.ts";
import { TEST_CERTIFICATE } from "../support/test_certificate.ts";
import { ask as askHttp } from "../support/raw_engine.ts";
import type { UsersChoice } from "./fixtures/users.ts";
import { startFixture, testOnBoth } from "./fixture_process.ts";

const HANDSHAKE = "/socket.io/?EIO=4&transport=";

/** The values of a list header, however they are spread over lines. */
function listOf({ headers }: TcpAnswer, name: string): readonly string[] {
  return (headers.get(name) ?? "").split(/[,\n] */).sort();
}

testOnBoth(
  "A middleware that wraps writeHead as older packages do leaves our headers as they are",
  async (runtime) => {
    const choice: UsersChoice = { middleware: "wrapping" };
    await using server = await startFixture(runtime, "users", { choice });
    using tcp = await RawTcp.open(server.port);
    await tcp.request("GET", `${HANDSHAKE}polling`);
    const opened = await tcp.response();
    const { sid } = JSON.parse(opened.body.slice(1)) as { sid: string };
    const target = `${HANDSHAKE}polling&sid=${sid}`;
    await tcp.request("POST", target, { headers: ["Content-Length: 2"], body: "40" });
    const posted = await tcp.response();
    await tcp.request("GET", target);
    const polled = await tcp.response();
    await tcp.request("GET", `${HANDSHAKE}polling&sid=none`);
    const refused = await tcp.response();

    const answers = [opened, posted, polled, refused];
    assertEquals(answers.map(({ status }) => status), [200, 200, 200, 400]);
    assertEquals(posted.body, "ok");
    for (const { headers, body } of answers) {
      assertEquals(headers.get("x-wrapped"), "1");
      assertEquals(headers.get("content-length"), String(new TextEncoder().encode(body).length));
      assertEquals([...headers.keys()].filter((name) => name.length === 1), []);
    }
    assertEquals(opened.headers.get("content-type"), "text/plain; charset=UTF-8");
    assertEquals(polled.headers.get("content-type"), "text/plain; charset=UTF-8");
    assertEquals(posted.headers.get("content-type"), "text/html");
    assertEquals(refused.headers.get("content-type"), "application/json");
    for (const { headers } of [opened, posted, polled]) {
      assertEquals(headers.get("cache-control"), "no-store");
    }

    using upgrading = await RawTcp.open(server.port);
    const upgraded = await upgrading.upgrade(`${HANDSHAKE}websocket`);
    assertEquals([upgraded.status, upgraded.headers.get("x-wrapped")], [101, "1"]);
  },
);

const CORS = { origin: "http://friend.example" };

/** What is set beside the listener of "headers". */
const COMPANIONS: readonly (readonly [string, UsersChoice])[] = [
  ["nothing", {}],
  ["CORS", { options: { cors: CORS } }],
  ["a middleware", { middleware: "headers" }],
  ["CORS and a middleware", { options: { cors: CORS }, middleware: "headers" }],
];

for (const [what, companions] of COMPANIONS) {
  testOnBoth(
    `Headers with several values reach the client whole beside ${what}, also on the 101`,
    async (runtime) => {
      const { options = {}, middleware } = companions;
      const choice: UsersChoice = {
        ...companions,
        listHeaders: true,
        options: { ...options, cookie: true },
      };
      await using server = await startFixture(runtime, "users", { choice });
      using polling = await RawTcp.open(server.port);
      const headers = ["Origin: http://friend.example"];
      await polling.request("GET", `${HANDSHAKE}polling`, { headers });
      using upgrading = await RawTcp.open(server.port);
      for (
        const answer of [
          await polling.response(),
          await upgrading.upgrade(`${HANDSHAKE}websocket`, headers),
        ]
      ) {
        assertEquals(listOf(answer, "x-multi"), ["a", "b"]);
        // CORS is no matter of a WebSocket.
        const ofCors = options.cors !== undefined && answer.status === 200 ? ["Origin"] : [];
        const ofMiddleware = middleware === undefined ? [] : ["Accept-Encoding"];
        assertEquals(listOf(answer, "vary"), [...ofMiddleware, ...ofCors, "X-Own"]);
        const cookies = (answer.headers.get("set-cookie") ?? "").split("\n").sort();
        assertMatch(cookies[0] ?? "", /^io=/);
        assertEquals(cookies.slice(1), middleware === undefined ? ["l=1"] : ["l=1", "m=1"]);
      }
    },
  );
}

testOnBoth(
  "A poll after the handshake has the list headers of a listener, too",
  async (runtime) => {
    const choice: UsersChoice = {
      listHeaders: true,
      middleware: "headers",
      options: { cors: CORS },
    };
    await using server = await startFixture(runtime, "users", { choice });
    const polling = await RawPolling.start(server.url);
    const { headers } = await polling.post("40");
    assertEquals(headers.get("x-multi"), "a, b");
    assertEquals(headers.getSetCookie().sort(), ["l=1", "m=1"]);
  },
);

testOnBoth("An answer over HTTP/2 never has a connection header", async (runtime) => {
  const choice = { make: "http2" };
  const server = await startFixture(runtime, "server", { choice, scheme: "https" });
  const client = Deno.createHttpClient({ caCerts: [TEST_CERTIFICATE] });
  try {
    const init: RequestInit & { readonly client: Deno.HttpClient } = { client };
    const target = `${HANDSHAKE}polling`;
    const { sid } = JSON.parse((await askHttp(`${server.url}${target}`, init)).text.slice(1));
    const poll = askHttp(`${server.url}${target}&sid=${sid}`, init);
    await server.report({ kind: "later", url: `${target}&sid=${sid}`, version: "2.0" });
    await askHttp(`${server.url}/do/close`, init);
    const { status, headers } = await poll;
    assertEquals([status, headers.get("connection")], [200, null]);
    client.close();
    await server.report({ kind: "close" });
  } finally {
    await server.stop();
  }
  assert(!server.output.includes("Warning"), server.output);
});

/** Tests the end of a server on Node, and what becomes of its HTTP servers. */
import { assert, assertEquals } from "@std/assert";
import { ask as askHttp, RawPolling, RawWebSocket } from "../support/raw_engine.ts";
import { clientFrame, RawTcp } from "../support/raw_tcp.ts";
import type { ServerProcess } from "../support/server_process.ts";
import { TEST_CERTIFICATE } from "../support/test_certificate.ts";
import { within } from "../support/waiting.ts";
import { startFixture, testOnBoth } from "./fixture_process.ts";

/** Has the program do something, and waits until it has been told. */
async function tell(server: ServerProcess, action: string): Promise<void> {
  const { text } = await askHttp(`${server.url}/do/${encodeURIComponent(action)}`);
  assertEquals(text, `GET /do/${encodeURIComponent(action)}`);
}

testOnBoth(
  "close() ends every session, closes the HTTP server, and tells when both are done",
  async (runtime, clients) => {
    await using server = await startFixture(runtime, "server");
    const polling = await RawPolling.start(server.url);
    await polling.join();
    using tcp = await RawTcp.open(server.port);
    const { pathname, search } = new URL(polling.url());
    await tcp.request("GET", `${pathname}${search}`);
    const client = await clients.connect(server, { transports: ["websocket"] });
    const ended = new Promise((resolve) => client.on("disconnect", resolve));
    await tell(server, "close");
    assertEquals(await within("the disconnect", ended), "transport close");
    const poll = await tcp.response();
    assertEquals([poll.status, poll.headers.get("connection")], [200, "close"]);
    const closed = await server.report({ kind: "closed", name: "first" });
    assertEquals([closed.listening, closed.count], [false, 0]);
    assertEquals(server.reportsOf({ kind: "close" }).map(({ code }) => code), ["none"]);
    const reasons = server.reportsOf({ kind: "disconnect" }).map(({ reason }) => reason);
    assertEquals(reasons, ["server shutting down", "server shutting down"]);
    assertEquals(await server.ended(), 0);
  },
);

testOnBoth(
  "close() of a server that is closed tells ERR_SERVER_NOT_RUNNING, and its promise resolves",
  async (runtime) => {
    await using server = await startFixture(runtime, "server");
    await tell(server, "close twice");
    await server.report({ kind: "closed", name: "third" });
    const codes = server.reportsOf({ kind: "close" }).map(({ name, code }) => `${name}: ${code}`);
    assertEquals(codes.sort(), [
      "first: none",
      "second: ERR_SERVER_NOT_RUNNING",
      "third: ERR_SERVER_NOT_RUNNING",
    ]);
    assertEquals(await server.ended(), 0);
  },
);

testOnBoth("close() closes every HTTP server that was attached", async (runtime) => {
  await using server = await startFixture(runtime, "server", { choice: { make: "twice" } });
  await server.report({ kind: "first" });
  await tell(server, "close");
  assertEquals(await server.ended(), 0);
});

testOnBoth(
  "close() leaves the HTTP server alone with closeHttpServer: false, and answers 503",
  async (runtime, clients) => {
    const options = { closeHttpServer: false };
    await using server = await startFixture(runtime, "server", { choice: { options } });
    const client = await clients.connect(server, { transports: ["websocket"] });
    const ended = new Promise((resolve) => client.on("disconnect", resolve));
    await tell(server, "close");
    await ended;
    const closed = await server.report({ kind: "closed" });
    assertEquals([closed.listening, closed.count], [true, 0]);
    assertEquals((await askHttp(`${server.url}/other`)).text, "GET /other");
    const own = "/socket.io/?EIO=4&transport=";
    assertEquals((await askHttp(`${server.url}${own}polling`)).status, 503);
    using tcp = await RawTcp.open(server.port);
    assertEquals((await tcp.upgrade(`${own}websocket`)).status, 503);
    await tell(server, "listeners");
    assertEquals((await server.report({ kind: "listeners" })).upgrades, 0);
  },
);

testOnBoth(
  "An HTTP server that is closed by itself takes the sessions between two polls with it",
  async (runtime) => {
    await using server = await startFixture(runtime, "server");
    const polling = await RawPolling.start(server.url);
    await polling.join();
    await tell(server, "close http");
    const { count } = await server.report({ kind: "http closed" });
    assertEquals(count, 0);
    assertEquals((await server.report({ kind: "disconnect" })).reason, "forced close");
    assertEquals(await server.ended(), 0);
  },
);

testOnBoth(
  "A peer that ignores the closing handshake does not keep its session",
  async (runtime) => {
    const options = { closeHttpServer: false };
    await using server = await startFixture(runtime, "server", { choice: { options } });
    using tcp = await RawTcp.open(server.port);
    await tcp.upgrade("/socket.io/?EIO=4&transport=websocket");
    await tcp.readUntil("}"); // the end of the open packet
    await tcp.write(clientFrame(0x81, "40"));
    await tcp.readUntil("}"); // the end of the answer
    await tell(server, "close");
    assertEquals((await server.report({ kind: "closed" })).count, 0);
    await tcp.webSocketEnded();
    await tcp.write(clientFrame(0x81, "42[1]"));
    assert(server.alive);
  },
);

testOnBoth("A listener that answers what is ours does no harm", async (runtime) => {
  await using server = await startFixture(runtime, "server", { choice: { rude: true } });
  const { status } = await askHttp(`${server.url}/socket.io/?EIO=4&transport=polling`);
  assertEquals(status, 418);
  await using socket = await RawWebSocket.start(server.url);
  assert((await socket.join()).startsWith("40{"));
});

testOnBoth("close() of a server of HTTP/2 answers the polls that wait", async (runtime) => {
  const choice = { make: "http2" };
  await using server = await startFixture(runtime, "server", { choice, scheme: "https" });
  const client = Deno.createHttpClient({ caCerts: [TEST_CERTIFICATE] });
  const init: RequestInit & { readonly client: Deno.HttpClient } = { client };
  const url = `${server.url}/socket.io/?EIO=4&transport=polling`;
  const { sid } = JSON.parse((await askHttp(url, init)).text.slice(1));
  const poll = askHttp(`${url}&sid=${sid}`, init);
  await server.report({ kind: "later", url: `/socket.io/?EIO=4&transport=polling&sid=${sid}` });
  assertEquals((await askHttp(`${server.url}/do/close`, init)).text, "GET /do/close");
  assertEquals((await poll).status, 200);
  client.close(); // Node waits for connections of HTTP/2 that are open.
  await server.report({ kind: "close" });
});

/**
 * Tests of the Bun entry against peers that break rules or vanish: whatever they do, the process
 * lives, forgets them, and serves the next client.
 */
import { assertEquals, assertLess, assertMatch } from "@std/assert";
import { isFine, joinedTcp, vanishAtOnce } from "../support/entry_checks.ts";
import { ask as askHttp } from "../support/raw_engine.ts";
import { clientFrame, RawTcp } from "../support/raw_tcp.ts";
import { startServer, test } from "./bun_process.ts";

const TARGET = "/socket.io/?EIO=4&transport=websocket";
const POLL = "/socket.io/?EIO=4&transport=polling";
const UPGRADE = ["Connection: Upgrade", "Upgrade: websocket"];
/** How long a peer may take to close, where the server waits for it. */
const CLOSE_WAIT_MS = 15_000;
const KEY = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==";

test("A WebSocket handshake that is none is refused, and the process lives", async (clients) => {
  await using server = await startServer();
  const attempts: readonly (readonly [number, readonly string[]])[] = [
    [400, [...UPGRADE, "Sec-WebSocket-Version: 13"]],
    [400, [...UPGRADE, "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: abc"]],
    [426, [...UPGRADE, "Sec-WebSocket-Version: 8", KEY]],
  ];
  for (const [wanted, headers] of attempts) {
    using tcp = await RawTcp.open(server.port);
    await tcp.request("GET", TARGET, { headers });
    assertEquals([headers, (await tcp.response()).status], [headers, wanted]);
  }
  const lines = server.output.trimEnd().split("\n");
  assertEquals(lines.map((line) => line.slice(0, 51)), [
    "Refused a request: transport-handshake-error: Bad r",
  ]);
  await isFine(server, clients);
});

test("A request whose Host is missing or malformed is answered", async (clients) => {
  await using server = await startServer();
  for (const head of [`GET ${POLL} HTTP/1.0`, `GET ${POLL} HTTP/1.1\r\nHost: a/b?c`]) {
    using tcp = await RawTcp.open(server.port);
    await tcp.write(`${head}\r\n\r\n`);
    const { status, body } = await tcp.response();
    assertEquals([head, status], [head, 200]);
    assertMatch(body, /^0\{"sid":/);
    const { sid } = JSON.parse(body.slice(1)) as { readonly sid: string };
    await askHttp(`${server.url}${POLL}&sid=${sid}`, { method: "POST", body: "1" });
  }
  assertEquals(server.output, "");
  await isFine(server, clients);
});

test("A subprotocol that a client offers does not keep it out", async (clients) => {
  await using server = await startServer();
  for (const protocols of ["foo,bar", "foo, bar", "foo"]) {
    using tcp = await RawTcp.open(server.port);
    const { status } = await tcp.upgrade(TARGET, [`Sec-WebSocket-Protocol: ${protocols}`]);
    assertEquals([protocols, status], [protocols, 101]);
    await tcp.readUntil('"sid":"');
  }
  await isFine(server, clients);
});

test("Frames that break the rules of WebSockets end their session with what Bun says", async (clients) => {
  await using server = await startServer();
  for (
    const [frame, description] of [
      [clientFrame(0x81, new Uint8Array([0xff, 0xfe])), "Received invalid UTF-8"],
      [clientFrame(0x81, "4", false), "Received an incorrectly masked frame"],
      [clientFrame(0xc1, "4"), "Received unexpected RSV1 bit"],
    ] as const
  ) {
    using tcp = await joinedTcp(server);
    await tcp.write(frame);
    await tcp.webSocketEnded();
    const end = await server.report({ kind: "disconnect" });
    assertEquals([end.reason, end.description], ["transport error", description]);
    server.reports.length = 0;
  }
  assertEquals(server.output, "");
  await isFine(server, clients);
});

test("200 peers that vanish at once after their upgrade leave nothing behind", async (clients) => {
  await using server = await startServer();
  await vanishAtOnce(server);
  await isFine(server, clients);
  assertEquals(server.output, "");
});

test("Peers that vanish from a namespace are disconnected, and forgotten", async (clients) => {
  await using server = await startServer();
  const peers = await Promise.all(Array.from({ length: 20 }, () => joinedTcp(server)));
  for (const peer of peers) peer.close();
  await isFine(server, clients);
  const reasons = server.reportsOf({ kind: "disconnect" }).map(({ reason }) => reason);
  assertEquals(reasons.slice(0, 20), peers.map(() => "transport close"));
});

test("A peer that ignores the closing handshake is cut off at once", async (clients) => {
  await using server = await startServer();
  using tcp = await joinedTcp(server);
  const asked = performance.now();
  await tcp.write(clientFrame(0x81, '42["attach",[],true]'));
  await tcp.ended(CLOSE_WAIT_MS);
  assertLess(performance.now() - asked, CLOSE_WAIT_MS / 2);
  await isFine(server, clients);
});

test("A peer that is frozen is let go by its heartbeat, and cut off", async (clients) => {
  await using server = await startServer({ options: { pingInterval: 100, pingTimeout: 100 } });
  using tcp = await joinedTcp(server);
  const { reason } = await server.report({ kind: "disconnect" });
  assertEquals(reason, "ping timeout");
  await tcp.ended();
  await isFine(server, clients);
});

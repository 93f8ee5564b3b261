/**
 * Tests of the Deno entry against peers that break rules, vanish or do not read, and of its end:
 * whatever they do, the process lives, forgets them, and serves the next client.
 */
import { assert, assertEquals, assertLess } from "@std/assert";
import { isFine, joinedTcp, vanishAtOnce } from "../support/entry_checks.ts";
import { ask as askHttp, RawPolling, RawWebSocket } from "../support/raw_engine.ts";
import { clientFrame, RawTcp } from "../support/raw_tcp.ts";
import type { ServerProcess } from "../support/server_process.ts";
import { eventually, staysPending } from "../support/waiting.ts";
import { ask } from "./case_context.ts";
import { Clients, startEntry, WAYS } from "./entry_process.ts";

const TARGET = "/socket.io/?EIO=4&transport=websocket";
const MEGABYTE = 1_000_000;
/** Options of a server that is quickly fed up. */
const NARROW = { maxBufferedBytes: 1_048_576 };

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

test("A WebSocket handshake that is none is answered with 400, and the process lives", async (clients) => {
  await using server = await startEntry({ fallback: "plain" });
  const key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==";
  const version = "Sec-WebSocket-Version: 13";
  const upgrade = ["Connection: Upgrade", "Upgrade: websocket"];
  for (
    const headers of [
      [...upgrade, version],
      ["Connection: keep-alive", "Upgrade: websocket", version, key],
      ["Upgrade: websocket", version],
    ]
  ) {
    using tcp = await RawTcp.open(server.port);
    await tcp.request("GET", TARGET, { headers });
    assertEquals([headers, (await tcp.response()).status], [headers, 400]);
  }
  const lines = server.output.trimEnd().split("\n");
  assertEquals(lines.length, 1, "one line for all three");
  assert(lines[0]?.startsWith("Refused a request: transport-handshake-error: "), lines[0]);
  await isFine(server, clients);
});

test("A subprotocol that a client offers does not keep it out", async (clients) => {
  await using server = await startEntry({ fallback: "plain" });
  for (const protocols of ["foo,bar", "foo, bar", "foo"]) {
    using tcp = await RawTcp.open(server.port);
    const { status } = await tcp.upgrade(TARGET, [`Sec-WebSocket-Protocol: ${protocols}`]);
    assertEquals([protocols, status], [protocols, 101]);
    await tcp.readUntil('"sid":"');
  }
  await isFine(server, clients);
});

test("Peers that ignore the close frame are counted, and capped by maxConnections", async (clients) => {
  await using server = await startEntry({ fallback: "plain", options: { maxConnections: 6 } });
  const lingering = async (): Promise<number> =>
    Number((await askHttp(`${server.url}/do/count-lingering`)).text);
  const peers = await Promise.all(Array.from({ length: 6 }, () => joinedTcp(server)));
  for (const peer of peers) await peer.write(clientFrame(0x81, '42["hang up"]'));
  for (const peer of peers) assertEquals(await peer.webSocketEnded(), undefined);
  await eventually("the end of all sessions", async () => {
    return (await askHttp(`${server.url}/do/count`)).text === "0" || undefined;
  });
  // Deno keeps all six, since none has answered: there is room for nobody.
  assertEquals(await lingering(), 6);
  using refused = await RawTcp.open(server.port);
  const answer = await refused.upgrade(TARGET);
  assertEquals([answer.status, answer.headers.get("retry-after")], [503, "5"]);
  // One that answers after all, and five that go away without.
  await peers[0]?.write(clientFrame(0x88, ""));
  await eventually("room for one", async () => await lingering() === 5 || undefined);
  for (const peer of peers) peer.close();
  await eventually("room for all", async () => await lingering() === 0 || undefined);
  await isFine(server, clients);
});

test("200 peers that vanish at once after their upgrade leave nothing behind", async (clients) => {
  await using server = await startEntry({ fallback: "plain" });
  await vanishAtOnce(server);
  await isFine(server, clients);
  assertEquals(server.output, "");
  await eventually("the end of all WebSockets", async () => {
    return (await askHttp(`${server.url}/do/count-lingering`)).text === "0" || undefined;
  });
});

test("Peers that vanish from a namespace are disconnected, and forgotten", async (clients) => {
  await using server = await startEntry({ fallback: "plain" });
  const peers = await Promise.all(Array.from({ length: 20 }, () => joinedTcp(server)));
  for (const peer of peers) peer.close();
  await isFine(server, clients);
  const reasons = server.reportsOf({ kind: "disconnect" }).map(({ reason }) => reason);
  // Deno tells an end without a Close frame from a reset only where it reads in between.
  const wrong = reasons.slice(0, peers.length).filter((reason) =>
    !/^transport (close|error)$/.test(String(reason))
  );
  assertEquals([wrong, reasons.length >= peers.length], [[], true]);
});

test("A WebSocket peer that does not read is let go with a transport error", async (clients) => {
  await using server = await startEntry({ fallback: "plain", options: NARROW });
  using tcp = await joinedTcp(server);
  await tcp.write(clientFrame(0x81, '42["flood"]'));
  await isLetGo(server);
  await isFine(server, clients);
});

test("A polling peer that polls no more is let go with a transport error", async (clients) => {
  await using server = await startEntry({ fallback: "plain", options: NARROW });
  const peer = await RawPolling.start(server.url);
  await peer.join();
  await peer.post('42["flood"]');
  await isLetGo(server);
  await isFine(server, clients);
});

async function isLetGo(server: ServerProcess): Promise<void> {
  const { reason, description } = await server.report({ kind: "disconnect" }, 10_000);
  assertEquals(reason, "transport error");
  assert(String(description).startsWith("slow consumer: "), String(description));
  const { sent } = await server.report({ kind: "flooded" });
  // What the kernel holds for both ends, and three times the limit.
  assertLess(Number(sent), 24 * MEGABYTE);
}

test("A session with the longest heartbeat that can be asked for stays", async () => {
  const longest = 2_147_483_647;
  const options = { pingInterval: longest, pingTimeout: longest };
  await using server = await startEntry({ fallback: "plain", options });
  // This peer answers no ping of the WebSocket layer either.
  using tcp = await joinedTcp(server);
  await staysPending("the end of the session", tcp.webSocketEnded(), 500);
  assertEquals((await askHttp(`${server.url}/do/count`)).text, "1");
});

test("A WebSocket message of 60 MB ends its session alone", async (clients) => {
  await using server = await startEntry({ fallback: "plain" });
  for (const big of [new Uint8Array(60 * MEGABYTE), `4${" ".repeat(60 * MEGABYTE)}`]) {
    await using socket = await RawWebSocket.start(server.url);
    await socket.join();
    socket.send(big);
    const { code } = await socket.ended(15_000);
    assertEquals(code, 1009);
  }
  await isFine(server, clients);
  const [first, second] = server.reportsOf({ kind: "disconnect" });
  assertEquals([first?.reason, second?.reason], ["transport error", "transport error"]);
  assertEquals(first?.description, "message is larger than maxHttpBufferSize");
});

test("A WebSocket frame of more than 100 MB is refused by its head alone", async (clients) => {
  await using server = await startEntry({ fallback: "plain" });
  for (const [first, size] of [[0x82, 101 * MEGABYTE], [0x81, 2_000 * MEGABYTE]] as const) {
    using tcp = await joinedTcp(server);
    const head = Uint8Array.of(first, 0xff, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
    new DataView(head.buffer).setUint32(6, size);
    await tcp.write(head);
    await tcp.write(new Uint8Array(1_000));
    await eventually("the end of the session", () => {
      const ends = server.reportsOf({ kind: "disconnect", reason: "transport error" });
      return ends.length > 0 ? true : undefined;
    });
    server.reports.length = 0;
  }
  await isFine(server, clients);
});

for (const first of ["io", "http"] as const) {
  test(`A process ends by itself once both are closed, ${first} first`, async (clients) => {
    await using server = await startEntry({ fallback: "plain" });
    const all: Awaited<ReturnType<Clients["connect"]>>[] = [];
    for (const transports of WAYS) {
      const client = await clients.connect(server, { transports: [...transports] });
      assertEquals(await ask(client, "ask in vain"), "asked");
      all.push(client);
    }
    all[1]?.emit("close all", first);
    assertEquals(await server.ended(8_000), 0);
    await server.report({ kind: "all closed" });
    const reasons = server.reportsOf({ kind: "disconnect" }).map(({ reason }) => reason);
    assertEquals(reasons, all.map(() => "server shutting down"));
    assertEquals(server.output.replaceAll(/.*legacy.abort.*/gi, "").trim(), "");
  });
}

test("A process ends by itself once its HTTP server is closed, with nobody there", async () => {
  await using server = await startEntry({ fallback: "plain" });
  await askHttp(`${server.url}/do/close`);
  assertEquals(await server.ended(8_000), 0);
});

/** Tests upgrades on Node that come at the wrong place, that nobody answers, or whose peers go away. */
import { connect } from "node:net";
import { assert, assertEquals } from "@std/assert";
import { ask } from "../runtime/case_context.ts";
import type { Clients } from "../runtime/entry_process.ts";
import { ask as askHttp, RawPolling } from "../support/raw_engine.ts";
import { RawTcp } from "../support/raw_tcp.ts";
import type { ServerProcess } from "../support/server_process.ts";
import { eventually, within } from "../support/waiting.ts";
import type { UsersChoice } from "./fixtures/users.ts";
import { startFixture, testOnBoth } from "./fixture_process.ts";

const HANDSHAKE = "/socket.io/?EIO=4&transport=";

/** A request, with `Host` and these headers. */
function lines(target: string, ...headers: readonly string[]): string {
  return [`GET ${target} HTTP/1.1`, "Host: a", ...headers, "\r\n"].join("\r\n");
}

/** A request for an upgrade. */
function upgradeLines(target: string, to = "websocket"): string {
  return lines(
    target,
    "Connection: Upgrade",
    `Upgrade: ${to}`,
    "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
  );
}

/** Waits until no connection is left. */
async function allGone(server: ServerProcess): Promise<void> {
  await eventually("the end of all connections", () => {
    return server.reportsOf({ kind: "connections" }).at(-1)?.open === 0 || undefined;
  }, 10_000);
}

/** Serves a client, and has told nothing to "handler_error". */
async function servesOn(server: ServerProcess, clients: Clients): Promise<void> {
  for (const transports of [["polling"], ["websocket"]]) {
    const client = await clients.connect(server, { transports });
    assertEquals(await ask(client, "echo", 1), 1);
    client.disconnect();
  }
  assertEquals(server.reportsOf({ kind: "handler_error" }), []);
}

/** Everything that comes until the peer ends the connection. */
function sendAll(port: number, text: string): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    let received = "";
    socket.on("data", (bytes) => void (received += bytes.toString("latin1")));
    socket.on("error", () => {});
    socket.on("close", () => resolve(received));
    socket.write(text);
  });
}

testOnBoth(
  "An upgrade that nobody answers is ended, also when its connection was used before",
  async (runtime, clients) => {
    const options = { destroyUpgradeTimeout: 100 };
    await using server = await startFixture(runtime, "users", { choice: { options } });
    const upgrade = upgradeLines("/nobody");
    const waysToAsk = [["/app", "", upgrade], ["/app", upgrade, ""], [
      "/slow",
      upgrade,
      "",
    ]] as const;
    for (const [earlier, together, afterwards] of waysToAsk) {
      using tcp = await RawTcp.open(server.port);
      await tcp.write(lines(earlier) + together);
      assertEquals((await tcp.response()).status, 200);
      await tcp.write(afterwards);
      await tcp.ended();
    }
    await allGone(server);
    await servesOn(server, clients);
  },
);

testOnBoth(
  "A middleware that refuses an upgrade and answers it later does no harm",
  async (runtime, clients) => {
    const choice: UsersChoice = { middleware: "late" };
    await using server = await startFixture(runtime, "users", { choice });
    for (const isUpgrade of [true, false]) {
      using tcp = await RawTcp.open(server.port);
      const headers = ["X-Refuse: 1"];
      if (!isUpgrade) await tcp.request("GET", `${HANDSHAKE}polling`, { headers });
      const { status } = isUpgrade
        ? await tcp.upgrade(`${HANDSHAKE}websocket`, headers)
        : await tcp.response();
      assertEquals(status, 400);
    }
    await eventually("both late answers", () => {
      return server.reportsOf({ kind: "late" }).length === 2 || undefined;
    });
    await servesOn(server, clients);
  },
);

testOnBoth(
  "An upgrade behind a waiting poll never mixes HTTP answers with a WebSocket",
  async (runtime, clients) => {
    await using server = await startFixture(runtime, "users");
    for (const target of [`${HANDSHAKE}websocket`, `${HANDSHAKE}unknown`]) {
      const polling = await RawPolling.start(server.url);
      const { pathname, search } = new URL(polling.url());
      const received = sendAll(server.port, lines(pathname + search) + upgradeLines(target));
      await polling.post("40"); // which the poll would be answered with
      const text = await within("the end of the connection", received);
      assert(!text.includes("HTTP/1.1 101"), text);
    }
    await servesOn(server, clients);
  },
);

for (const [to, transport] of [["foo", "websocket"], ["foo", "polling"], ["websocket", "x"]]) {
  testOnBoth(
    `With CORS, "Upgrade: ${to}" for transport ${transport} behind a waiting poll does no harm`,
    async (runtime, clients) => {
      const options = { cors: { origin: "*" } };
      await using server = await startFixture(runtime, "users", { choice: { options } });
      const polling = await RawPolling.start(server.url);
      const { pathname, search } = new URL(polling.url());
      const upgrade = upgradeLines(`${HANDSHAKE}${transport}`, to);
      const received = sendAll(server.port, lines(pathname + search) + upgrade);
      await polling.post("40");
      await within("the end of the connection", received);
      await servesOn(server, clients);
    },
  );
}

const WAITERS: readonly (readonly [string, UsersChoice])[] = [
  ["An allowRequest", { undecided: true }],
  ["A middleware", { middleware: "silent" }],
];

for (const [who, choice] of WAITERS) {
  testOnBoth(
    `${who} that never answers keeps no connection of peers that go away`,
    async (runtime) => {
      const options = { connectTimeout: 500 };
      await using server = await startFixture(runtime, "users", { choice: { ...choice, options } });
      const peers: RawTcp[] = [];
      for (let count = 0; count < 50; count++) {
        const tcp = await RawTcp.open(server.port);
        const isUpgrade = count % 2 === 0;
        const request = isUpgrade ? upgradeLines : lines;
        await tcp.write(request(`${HANDSHAKE}${isUpgrade ? "websocket" : "polling"}`));
        peers.push(tcp);
      }
      await eventually("all requests", () => {
        return server.reportsOf({ kind: "asked" }).length === peers.length || undefined;
      });
      for (const tcp of peers) tcp.close();
      await allGone(server);
      assert(server.alive);
    },
  );

  testOnBoth(`${who} that never answers does not hold up close()`, async (runtime) => {
    await using server = await startFixture(runtime, "users", { choice });
    const received = [
      sendAll(server.port, upgradeLines(`${HANDSHAKE}websocket`)),
      sendAll(server.port, lines(`${HANDSHAKE}polling`)),
    ];
    await eventually("both requests", () => {
      return server.reportsOf({ kind: "asked" }).length === 2 || undefined;
    });
    await askHttp(`${server.url}/do/close`, { headers: { connection: "close" } });
    assertEquals((await server.report({ kind: "closed" })).count, 0);
    for (const text of await within("the end of both connections", Promise.all(received))) {
      assert(!text.startsWith("HTTP/1.1 200") && !text.startsWith("HTTP/1.1 101"), text);
    }
    assertEquals(await server.ended(), 0);
  });
}

/** Tests a server beside others on one HTTP server: requests and upgrades that are not ours. */
import { connect } from "node:net";
import { assert, assertEquals } from "@std/assert";
import { ask } from "../runtime/case_context.ts";
import { ask as askHttp } from "../support/raw_engine.ts";
import { RawTcp } from "../support/raw_tcp.ts";
import type { ServerProcess } from "../support/server_process.ts";
import { eventually, staysPending, within } from "../support/waiting.ts";
import { startFixture, testOnBoth } from "./fixture_process.ts";

/** Asks for an upgrade and gives the connection, which nobody may answer. */
async function askUpgrade(server: ServerProcess, target: string): Promise<RawTcp> {
  const tcp = await RawTcp.open(server.port);
  await tcp.request("GET", target, { headers: ["Connection: Upgrade", "Upgrade: websocket"] });
  return tcp;
}

testOnBoth(
  "Requests for other paths reach the listeners that were there, and later ones reach all",
  async (runtime) => {
    await using server = await startFixture(runtime, "server");
    for (const path of ["/", "/socket.io", "/socket.iox/", "/a/socket.io/", "//socket.io/"]) {
      const { status, text } = await askHttp(`${server.url}${path}`, { method: "PUT" });
      assertEquals([status, text], [200, `PUT ${path}`]);
    }
    const own = await askHttp(`${server.url}/socket.io/?EIO=4&transport=polling`);
    assertEquals(own.status, 200);
    assert(own.text.startsWith("0{"), own.text);
    const seen = server.reportsOf({ kind: "later" }).map(({ url }) => url);
    assertEquals(seen.at(-1), "/socket.io/?EIO=4&transport=polling");
    assertEquals(seen.length, 6);
  },
);

testOnBoth("A path set later counts for later requests", async (runtime, clients) => {
  await using server = await startFixture(runtime, "server");
  await askHttp(`${server.url}/do/move`);
  for (const transports of [["polling"], ["websocket"]]) {
    const client = await clients.connect(server, { path: "/moved", transports });
    assertEquals(await ask(client, "echo", 1), 1);
  }
  assertEquals((await askHttp(`${server.url}/socket.io/`)).text, "GET /socket.io/");
});

testOnBoth("Upgrades of others are answered by them, beside ours", async (runtime, clients) => {
  const options = { destroyUpgradeTimeout: 100 };
  await using server = await startFixture(runtime, "server", {
    choice: { otherUpgrades: true, options },
  });
  using tcp = await askUpgrade(server, "/theirs");
  const { status, headers } = await tcp.response();
  assertEquals([status, headers.get("upgrade")], [101, "theirs"]);
  const client = await clients.connect(server, { transports: ["websocket"] });
  assertEquals(await ask(client, "echo", 1), 1);
});

testOnBoth(
  "Upgrades that nobody answers are ended after destroyUpgradeTimeout",
  async (runtime) => {
    // Twice the default: one that did not count would end the connection far too early.
    const options = { destroyUpgradeTimeout: 2_000 };
    await using server = await startFixture(runtime, "server", { choice: { options } });
    const start = performance.now();
    using tcp = await askUpgrade(server, "/nobody");
    await tcp.ended(10_000);
    const waited = performance.now() - start;
    assert(waited > 1_900, `ended after ${waited} ms`);
  },
);

testOnBoth(
  "Upgrades that nobody answers stay with destroyUpgrade: false",
  async (runtime, clients) => {
    const options = { destroyUpgrade: false, destroyUpgradeTimeout: 100 };
    await using server = await startFixture(runtime, "server", { choice: { options } });
    using tcp = await askUpgrade(server, "/nobody");
    await staysPending("the end of an upgrade", tcp.ended(10_000), 500);
    await clients.connect(server, { transports: ["websocket"] });
  },
);

testOnBoth(
  "A neighbour on the same HTTP server that is slow to decide keeps its upgrades",
  async (runtime, clients) => {
    const options = { destroyUpgradeTimeout: 50 };
    await using server = await startFixture(runtime, "server", {
      choice: { neighbour: true, options },
    });
    const client = clients.open(server, { path: "/slow", transports: ["websocket"] });
    const heard = new Promise((resolve) => client.on("hello", resolve));
    const hello = await within("a message of the neighbour", heard);
    assertEquals(hello, "neighbour");
  },
);

testOnBoth("A peer that resets an upgrade, ours or not, does no harm", async (runtime, clients) => {
  const choice = { otherUpgrades: true };
  await using server = await startFixture(runtime, "server", { choice });
  const answered = { "/socket.io/?EIO=4&transport=x": "connection_error", "/theirs": "theirs" };
  for (const [target, kind] of Object.entries(answered)) {
    for (let count = 1; count <= 10; count++) {
      const socket = connect(server.port, "127.0.0.1");
      socket.write(
        `GET ${target} HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n`,
      );
      await eventually(kind, () => server.reportsOf({ kind }).length === count || undefined);
      socket.resetAndDestroy();
    }
  }
  const client = await clients.connect(server, { transports: ["websocket"] });
  assertEquals(await ask(client, "echo", 1), 1);
});

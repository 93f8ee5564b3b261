/** Tests several Socket.IO servers and several HTTP servers together, and listeners that come later. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { ask } from "../runtime/case_context.ts";
import { WAYS } from "../runtime/entry_process.ts";
import { ask as askHttp } from "../support/raw_engine.ts";
import { RawTcp } from "../support/raw_tcp.ts";
import { eventually, staysPending } from "../support/waiting.ts";
import type { UsersChoice } from "./fixtures/users.ts";
import { startFixture, testOnBoth } from "./fixture_process.ts";

const HANDSHAKE = "/socket.io/?EIO=4&transport=";

testOnBoth(
  "closeHttpServer given to one attach() counts for that HTTP server only",
  async (runtime) => {
    const choice: UsersChoice = { attachOptions: { closeHttpServer: false } };
    await using server = await startFixture(runtime, "users", { choice });
    await server.report({ kind: "second" });
    await askHttp(`${server.url}/do/close`);
    const { first, second } = await server.report({ kind: "closed" });
    assertEquals([first, second], [true, false]);
    assertEquals((await askHttp(`${server.url}/app`)).text, "app");
  },
);

testOnBoth(
  "destroyUpgrade given to one attach() counts for that HTTP server only",
  async (runtime) => {
    for (const attachOptions of [{ destroyUpgrade: false }, { destroyUpgradeTimeout: 60_000 }]) {
      const choice: UsersChoice = { options: { destroyUpgradeTimeout: 100 }, attachOptions };
      await using server = await startFixture(runtime, "users", { choice });
      const { port } = await server.report({ kind: "second" });
      const headers = ["Connection: Upgrade", "Upgrade: websocket"];
      using kept = await RawTcp.open(server.port);
      await kept.request("GET", "/nobody", { headers });
      using ended = await RawTcp.open(Number(port));
      await ended.request("GET", "/nobody", { headers });
      await ended.ended();
      await staysPending("the end of an upgrade", kept.ended(10_000), 300);
    }
  },
);

testOnBoth(
  "Of two servers with one path, the one attached last takes requests and upgrades",
  async (runtime, clients) => {
    const choice: UsersChoice = { paths: ["/socket.io", "/socket.io"] };
    await using server = await startFixture(runtime, "users", { choice });
    for (const transports of WAYS) {
      const client = await clients.connect(server, { transports: [...transports] });
      await eventually("the last transport", () => {
        return client.io.engine.transport.name === transports.at(-1) || undefined;
      });
      assertEquals(await ask(client, "echo", 1), 1);
      client.disconnect();
    }
    const indexes = server.reportsOf({ kind: "connection" }).map(({ index }) => index);
    assertEquals(indexes, [1, 1, 1]);
  },
);

testOnBoth(
  "Twelve servers on one HTTP server cause no warnings of its sockets",
  async (runtime, clients) => {
    const paths = Array.from({ length: 12 }, (_value, index) => `/path-${index}`);
    const server = await startFixture(runtime, "users", { choice: { paths } });
    try {
      for (const path of ["/path-0", "/path-11"]) {
        const client = await clients.connect(server, { path, transports: ["websocket"] });
        assertEquals(await ask(client, "echo", 1), 1);
      }
    } finally {
      await server.stop();
    }
    assert(!/listeners added to \[\w*Socket\]/.test(server.output), server.output);
  },
);

testOnBoth(
  "A listener that comes later and answers slowly is not cut off, also on our path",
  async (runtime) => {
    const choice: UsersChoice = { slowListener: true };
    await using server = await startFixture(runtime, "users", { choice });
    for (const target of ["/socket.io/socket.io.js", `${HANDSHAKE}polling`]) {
      const { status, text } = await askHttp(`${server.url}${target}`);
      assertEquals([status, text], [200, "first,second"]);
    }
    assertEquals(server.reportsOf({ kind: "handler_error" }), []);
  },
);

testOnBoth("attach() of a server that is closed throws a StateError", async (runtime) => {
  await using server = await startFixture(runtime, "users");
  await askHttp(`${server.url}/do/attach%20when%20closed`);
  const { name, message } = await server.report({ kind: "attach" });
  assertEquals(name, "StateError");
  assertStringIncludes(String(message), "closed");
});

/** Tests the plugin of Fastify. */
import { assertEquals } from "@std/assert";
import { ask } from "../runtime/case_context.ts";
import { WAYS } from "../runtime/entry_process.ts";
import { ask as askHttp, RawPolling } from "../support/raw_engine.ts";
import { startFixture, testOnBoth } from "./fixture_process.ts";

testOnBoth(
  "Fastify answers its routes and its 404, and clients are served beside it",
  async (runtime, clients) => {
    await using server = await startFixture(runtime, "fastify");
    assertEquals((await server.report({ kind: "decorated" })).isSame, true);
    assertEquals((await askHttp(`${server.url}/hello`)).text, "hello of Fastify");
    assertEquals((await askHttp(`${server.url}/missing`)).status, 404);
    const headers = { "content-type": "application/json" };
    const posted = await askHttp(`${server.url}/json`, { method: "POST", headers, body: "[1]" });
    assertEquals(posted.text, "[1]");
    for (const transports of WAYS) {
      const client = await clients.connect(server, { transports: [...transports] });
      assertEquals(await ask(client, "echo", { a: 1 }), { a: 1 });
    }
  },
);

testOnBoth(
  "Clients are served on every address that Fastify listens on",
  async (runtime, clients) => {
    await using server = await startFixture(runtime, "fastify");
    const url = `http://127.0.0.2:${server.port}`;
    assertEquals((await askHttp(`${url}/hello`)).text, "hello of Fastify");
    for (const transports of WAYS) {
      const client = await clients.connect({ url }, { transports: [...transports] });
      assertEquals(await ask(client, "echo", { a: 1 }), { a: 1 });
    }
  },
);

testOnBoth(
  "Closing Fastify ends the sessions first, whatever they wait for",
  async (runtime, clients) => {
    await using server = await startFixture(runtime, "fastify");
    const polling = await RawPolling.start(server.url);
    await polling.join();
    const poll = polling.poll();
    const client = await clients.connect(server, { transports: ["websocket"] });
    client.emit("close fastify");
    assertEquals((await server.report({ kind: "fastify closed" })).count, 0);
    assertEquals((await poll).status, 200);
    const reasons = server.reportsOf({ kind: "disconnect" }).map(({ reason }) => reason);
    assertEquals(reasons, ["server shutting down", "server shutting down"]);
    assertEquals(await server.ended(), 0);
  },
);

testOnBoth("io.close() leaves the HTTP server to Fastify", async (runtime, clients) => {
  await using server = await startFixture(runtime, "fastify");
  const client = await clients.connect(server, { transports: ["websocket"] });
  client.emit("close io");
  assertEquals((await server.report({ kind: "io closed" })).listening, true);
  assertEquals((await askHttp(`${server.url}/hello`)).text, "hello of Fastify");
  assertEquals((await askHttp(`${server.url}/socket.io/?EIO=4&transport=polling`)).status, 503);
});

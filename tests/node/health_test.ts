/** Tests of probes on the Node entry: listeners of `node:http`, Express, and `Request`s. */
import { assertEquals } from "@std/assert";
// @ts-types="@types/express"
import express from "express";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Server } from "../../src/runtime/node.ts";
import { ask } from "../support/raw_engine.ts";

/** Express looks up files when it is first used, and keeps them. */
const UNSANITIZED = { sanitizeOps: false, sanitizeResources: false };

Deno.test("healthHandler on Node is ready while one of the HTTP servers listens", async () => {
  const http = createServer((request, response) => health(request, response));
  const io = new Server(http);
  const health = io.healthHandler();
  const web = async (path: string): Promise<unknown[]> => {
    const response = health(new Request(`http://localhost${path}`));
    return [response.status, await response.json()];
  };
  assertEquals(await web("/ready"), [503, { status: "starting", connections: 0 }]);
  assertEquals((await web("/live"))[0], 200);
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
  assertEquals(await web("/ready"), [200, { status: "ok", connections: 0 }]);
  const url = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
  const { status, headers, text } = await ask(`${url}/health/ready?x`);
  assertEquals([status, text], [200, '{"status":"ok","connections":0}']);
  assertEquals([headers.get("cache-control"), headers.get("content-type")], [
    "no-store",
    "application/json",
  ]);
  assertEquals((await ask(`${url}/health/live`, { method: "HEAD" })).text, "");
  assertEquals((await ask(`${url}/health/live`, { method: "POST" })).status, 405);
  await io.close();
  assertEquals(await web("/live"), [503, { status: "closed", connections: 0 }]);
});

Deno.test("A server on Node that is attached nowhere is ready", async () => {
  const io = new Server();
  assertEquals(io.health.ready, true);
  await io.close();
});

Deno.test("drain() on Node leaves the HTTP server alone, which close() then closes", async () => {
  const http = createServer((_request, response) => void response.end("mine"));
  const io = new Server(http);
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
  assertEquals(await io.drain(), { closed: 0, forced: 0 });
  assertEquals((await ask(`${url}/other`)).text, "mine");
  const { status, headers } = await ask(`${url}/socket.io/?EIO=4&transport=polling`);
  assertEquals([status, headers.get("connection")], [503, "close"]);
  assertEquals([http.listening, io.health.live], [true, false]);
  await io.close();
  assertEquals(http.listening, false);
});

Deno.test(
  "healthHandler is mounted in Express as a route and as a middleware",
  UNSANITIZED,
  async () => {
    const app = express();
    const http = createServer(app);
    const io = new Server(http);
    app.use("/health", io.healthHandler());
    app.get("/probes/ready", io.healthHandler());
    await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
    const url = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
    for (const path of ["/health/ready", "/health/live", "/probes/ready"]) {
      assertEquals([path, (await ask(url + path)).text], [path, '{"status":"ok","connections":0}']);
    }
    await io.drain();
    assertEquals((await ask(`${url}/probes/ready`)).status, 503);
    await io.close();
  },
);

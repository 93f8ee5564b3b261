/** Tests of `io.health`, and of the answers to probes. */
import { assert, assertEquals } from "@std/assert";
import { answerHealth } from "../../src/server/health.ts";
import { connected } from "../support/in_process_client.ts";
import { TestServer } from "../support/in_process_server.ts";

/** What is answered to a probe: status, body, headers that matter. */
async function probe(io: TestServer, path: string, method = "GET"): Promise<unknown[]> {
  const response = io.healthHandler()(new Request(`http://localhost${path}`, { method }));
  assertEquals(response.headers.get("cache-control"), "no-store");
  assertEquals(response.headers.get("content-type"), "application/json");
  const text = await response.text();
  return [response.status, text === "" ? text : JSON.parse(text)];
}

Deno.test("Server.health is ready and live, then live only, then neither", async () => {
  const { io, client, socket } = await connected();
  const { health } = io;
  const look = async (): Promise<unknown[]> => [
    [health.ready, health.live],
    await probe(io, "/health/ready"),
    await probe(io, "/health/live"),
  ];
  const ok = { status: "ok", connections: 1 };
  assertEquals(await look(), [[true, true], [200, ok], [200, ok]]);
  assertEquals([Deno.inspect(health), JSON.stringify(health)], [
    "{ ready: true, live: true }",
    '{"ready":true,"live":true}',
  ]);
  socket.timeout(10_000).emit("question", () => {});
  const draining = io.drain();
  const left = { status: "draining", connections: 1 };
  assertEquals(await look(), [[false, true], [503, left], [200, left]]);
  assertEquals(Deno.inspect(health), "{ ready: false, live: true }");
  await client.send("30[]");
  await io.world.advance(1_000);
  await io.world.advance(50); // its connection is seen to have ended
  await draining;
  const closed = { status: "closed", connections: 0 };
  assertEquals(await look(), [[false, false], [503, closed], [503, closed]]);
});

Deno.test("Server.health is not ready as soon as the server closes, also for its listeners", async () => {
  for (const end of ["drain", "close"] as const) {
    const { io, socket } = await connected();
    const seen: boolean[] = [];
    socket.on("disconnecting", () => seen.push(io.health.ready, io.health.live));
    const ending = io[end]();
    await io.world.advance(1_000);
    await ending;
    assertEquals([end, seen], [end, [false, end === "drain"]]);
  }
});

Deno.test("Server.health cannot be changed, and is the same object each time", () => {
  const io = new TestServer();
  const { health } = io;
  assert(health === io.health);
  assert(Object.isFrozen(health));
  assertEquals(Object.keys(health), ["ready", "live"]);
});

Deno.test("Server.health is not ready while nobody listens, and says so", async () => {
  class Silent extends TestServer {
    isListening = false;

    protected override get listening(): boolean {
      return this.isListening;
    }
  }
  const io = new Silent();
  const starting = { status: "starting", connections: 0 };
  assertEquals(await probe(io, "/ready"), [503, starting]);
  assertEquals(await probe(io, "/live"), [200, starting]);
  io.isListening = true;
  assertEquals([io.health.ready, (await probe(io, "/ready"))[0]], [true, 200]);
});

Deno.test("healthHandler answers by the last segment of the path, whatever stands before and behind", async () => {
  const io = new TestServer();
  for (const path of ["/ready", "/a/b/live", "/health/ready?from=kubelet/live", "/x/live#ready"]) {
    assertEquals([path, (await probe(io, path))[0]], [path, 200]);
  }
  for (const path of ["/", "/health", "/readyz", "/ready/", "/health?ready", "/health?a=/ready"]) {
    assertEquals([path, await probe(io, path)], [path, [404, { status: "unknown" }]]);
  }
});

Deno.test("healthHandler answers HEAD without a body, and refuses other methods", async () => {
  const io = new TestServer();
  assertEquals(await probe(io, "/ready", "HEAD"), [200, ""]);
  assertEquals(await probe(io, "/ready", "POST"), [405, { status: "unknown" }]);
  const source = { ready: true, live: true, connections: 0, status: "ok" } as const;
  const { headers } = answerHealth(source, "DELETE", "/live");
  assertEquals(headers.at(-1), ["allow", "GET, HEAD"]);
});

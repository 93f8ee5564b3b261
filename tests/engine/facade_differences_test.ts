/** Tests where `io.engine` and `socket.conn` differ from the reference on purpose. */
import { assert, assertEquals, assertThrows } from "@std/assert";
import { CorsPolicy } from "../../src/engine/cors.ts";
import { resolveCookie } from "../../src/engine/cookie.ts";
import type { HeaderRecord } from "../../src/engine/api.ts";
import { InProcessEngine } from "../support/in_process_engine.ts";

const POLLING = "EIO=4&transport=polling";

Deno.test("engine tells of a session of polling before the headers of its first answer", async () => {
  const engine = new InProcessEngine();
  const heard: string[] = [];
  engine.server.engine
    .on("initial_headers", () => heard.push("initial_headers"))
    .on("headers", () => heard.push("headers"))
    .on("connection", () => heard.push("connection"));
  await engine.connect();
  assertEquals(heard, ["connection", "initial_headers", "headers"]);
});

Deno.test("Listeners of headers see neither the cookie nor the length, nor headers of CORS", async () => {
  const cors = new CorsPolicy({ origin: "https://a.example" }, () => {});
  const engine = new InProcessEngine({ cors, cookie: resolveCookie(true) });
  const seen: string[] = [];
  const look = (headers: HeaderRecord): void => {
    seen.push(...Object.keys(headers).map((name) => name.toLowerCase()));
  };
  engine.server.engine.on("initial_headers", look).on("headers", look);
  const { headers } = await engine.ask(POLLING);
  assert(seen.includes("content-type"));
  const hidden = ["set-cookie", "access-control-allow-origin"];
  for (const name of hidden) assert(headers.has(name), name);
  assertEquals(seen.filter((name) => ["content-length", ...hidden].includes(name)), []);
});

Deno.test("What conn tells of its state cannot be set", async () => {
  const engine = new InProcessEngine();
  const { conn } = (await engine.connect()).link;
  for (const change of [{ readyState: "closed" }, { upgrading: true }, { upgraded: true }]) {
    assertThrows(() => Object.assign(conn, change), TypeError);
  }
  assertEquals([conn.readyState, conn.upgrading, conn.upgraded], ["open", false, false]);
});

Deno.test("conn shows no packet for what is malformed, and its end has an error", async () => {
  const engine = new InProcessEngine();
  const session = await engine.connect();
  const heard: unknown[] = [];
  session.link.conn
    .on("packet", (packet) => heard.push(packet))
    .on("close", (reason, description) => heard.push(reason, description instanceof Error));
  await engine.post(session, "x");
  assertEquals(heard, ["parse error", true]);
});

Deno.test("conn shows no close packet of a WebSocket, which ends the session", async () => {
  const engine = new InProcessEngine();
  const socket = await engine.connectWebSocket();
  const heard: unknown[] = [];
  engine.session().link.conn
    .on("packet", (packet) => heard.push(packet))
    .on("close", (reason) => heard.push(reason));
  socket.receive("1");
  assertEquals(heard, ["transport close"]);
});

Deno.test("WebSockets can be opened after engine.close, too", async () => {
  const engine = new InProcessEngine();
  await engine.connectWebSocket();
  engine.server.engine.close();
  assertEquals(engine.server.clientsCount, 0);
  await engine.connectWebSocket();
  assertEquals(engine.server.clientsCount, 1);
});

Deno.test("The answer to a WebSocket handshake has no headers of CORS", async () => {
  const engine = new InProcessEngine({ cors: new CorsPolicy(true, () => {}) });
  const { status, headers } = await engine.askUpgrade("EIO=4&transport=websocket");
  assertEquals([status, headers.get("access-control-allow-origin")], [101, null]);
  const { headers: polled } = await engine.ask(POLLING);
  assertEquals(polled.get("access-control-allow-origin"), "*");
});

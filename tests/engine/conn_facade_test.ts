/** Tests `socket.conn`: what users see of an engine session, and its events. */
import { Buffer } from "node:buffer";
import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import { TransportError } from "../../src/base/errors.ts";
import type { EngineSocket, EngineSocketEvents } from "../../src/engine/ports.ts";
import { InProcessEngine, type RecordedSession, settle } from "../support/in_process_engine.ts";

const EVENTS = [
  "packet",
  "packetCreate",
  "data",
  "message",
  "heartbeat",
  "flush",
  "drain",
  "upgrading",
  "upgrade",
  "close",
] as const satisfies readonly (keyof EngineSocketEvents)[];

/** Records every event of the façade, with its arguments. */
function record(conn: EngineSocket): unknown[][] {
  const heard: unknown[][] = [];
  for (const event of EVENTS) {
    conn.on(event, (...args: unknown[]) => void heard.push([event, ...args]));
  }
  return heard;
}

async function polling(): Promise<[InProcessEngine, RecordedSession]> {
  const engine = new InProcessEngine();
  return [engine, await engine.connect()];
}

Deno.test("conn shows the session as it is", async () => {
  const engine = new InProcessEngine({ session: { closeTimeoutMs: 100 } });
  const session = await engine.connect();
  const { conn } = session.link;
  assertStrictEquals(session.link.conn, conn);
  assertEquals([conn.id, conn.protocol, conn.remoteAddress], ["id1", 4, "192.0.2.1"]);
  assertEquals([conn.upgraded, conn.upgrading, conn.readyState], [false, false, "open"]);
  assertEquals(conn.request.url, "/socket.io/?EIO=4&transport=polling");
  const { transport } = conn;
  assertEquals([transport.name, transport.writable], ["polling", false]);
  const poll = engine.poll(session);
  await settle();
  assertEquals(transport.writable, true);
  session.send("a");
  await poll;
  conn.close();
  assertEquals(conn.readyState, "closing");
  await engine.clock.advanceAsync(150);
  assertEquals(conn.readyState, "closed");
});

Deno.test("conn announces what the peer sends", async () => {
  const [engine, session] = await polling();
  const heard = record(session.link.conn);
  await engine.post(session, "4a\x1ebAQI=\x1e6");
  const bytes = new Uint8Array([1, 2]);
  assertEquals(heard, [
    ["packet", { type: "message", data: "a" }],
    ["data", "a"],
    ["message", "a"],
    ["packet", { type: "message", data: bytes }],
    ["data", bytes],
    ["message", bytes],
    ["packet", { type: "noop" }],
  ]);
});

Deno.test("conn announces messages after the floor above has taken them", async () => {
  const [engine, session] = await polling();
  const steps: string[] = [];
  session.onMessage = (data) => steps.push(`above ${data}`);
  session.link.conn.on("data", (data) => steps.push(`data ${data}`));
  session.link.conn.on("message", (data) => steps.push(`message ${data}`));
  await engine.post(session, "4a\x1e4b");
  assertEquals(steps, ["above a", "data a", "message a", "above b", "data b", "message b"]);
});

Deno.test("conn announces what is sent, when it is queued and when it leaves", async () => {
  const [engine, session] = await polling();
  const heard = record(session.link.conn);
  const bytes = new Uint8Array([1]);
  session.send("a", bytes);
  session.send("b");
  assertEquals(heard.splice(0), [
    ["packetCreate", { type: "message", data: "a" }],
    ["packetCreate", { type: "message", data: bytes }],
    ["packetCreate", { type: "message", data: "b" }],
  ]);
  await engine.poll(session);
  assertEquals(heard, [["flush"], ["drain"]]);
});

Deno.test("conn announces pings and pongs", async () => {
  const [engine, session] = await polling();
  const heard = record(session.link.conn);
  const poll = engine.poll(session);
  await engine.clock.advanceAsync(25_000);
  assertEquals((await poll).body, "2");
  assertEquals(heard.splice(0), [["packetCreate", { type: "ping" }], ["flush"], ["drain"]]);
  await engine.post(session, "3");
  assertEquals(heard, [["packet", { type: "pong" }], ["heartbeat"]]);
});

Deno.test("conn announces an upgrade, with the transport that takes over", async () => {
  const [engine, session] = await polling();
  const { conn } = session.link;
  const heard: unknown[][] = [];
  for (const event of ["upgrading", "upgrade"] as const) {
    conn.on(event, ({ name }) => {
      heard.push([event, name, conn.transport.name, conn.upgrading, conn.upgraded]);
    });
  }
  const socket = (await engine.webSocket(session)).open();
  assertEquals([heard, conn.upgrading], [[], true]);
  socket.receive("2probe");
  assertEquals(heard, [["upgrading", "websocket", "polling", true, false]]);
  socket.receive("5");
  assertEquals(heard.slice(1), [["upgrade", "websocket", "websocket", false, true]]);
  assertEquals(conn.transport.writable, true);
  socket.bufferedAmount = 1;
  assertEquals(conn.transport.writable, false);
});

Deno.test("conn announces the end last and once, with reason and description", async () => {
  const cases: [end: (engine: InProcessEngine, session: RecordedSession) => unknown, string][] = [
    [(_engine, { link }) => link.conn.close(true), "forced close"],
    [(engine, session) => engine.post(session, "1"), "transport close"],
    [(engine, session) => engine.post(session, "x"), "parse error"],
    [(engine, session) => engine.post(session, "2"), "transport error"],
    [(engine) => engine.clock.advanceAsync(45_100), "ping timeout"],
    [(engine) => engine.server.shutDown(), "forced close"],
  ];
  for (const [end, reason] of cases) {
    const [engine, session] = await polling();
    const steps: unknown[] = [];
    session.link.conn.on("close", (...args) => {
      steps.push(session.closes.length, engine.server.clientsCount, ...args);
    });
    await end(engine, session);
    session.link.conn.close(true);
    assertEquals(steps, [1, 0, reason, session.closes[0]?.[1]]);
    assertEquals(session.reason, reason);
  }
});

Deno.test("conn tells the error that a WebSocket failed with", async () => {
  const engine = new InProcessEngine();
  const socket = await engine.connectWebSocket();
  const heard = record(engine.session().link.conn);
  const error = new TransportError("reset", "websocket");
  socket.end(error);
  socket.end();
  assertEquals(heard, [["close", "transport error", error]]);
  assertStrictEquals(heard[0]?.[2], error);
});

Deno.test("conn hears nothing of what came before it was asked for", async () => {
  const [engine, session] = await polling();
  await engine.post(session, "4a");
  const heard = record(session.link.conn);
  await engine.post(session, "4b");
  assertEquals(heard.length, 3);
});

Deno.test("conn.send and conn.write send raw messages", async () => {
  const [engine, session] = await polling();
  const { conn } = session.link;
  assertStrictEquals(conn.send("a").write("b"), conn);
  conn.send(new Uint8Array([1]));
  assertEquals((await engine.poll(session)).body, "4a\x1e4b\x1ebAQ==");
  conn.close(true);
  conn.send("nobody");
  assertEquals(session.link.bufferedAmount, 0);
});

Deno.test("conn.send takes a copy of binary data", async () => {
  const [engine, session] = await polling();
  // Of a Buffer `slice` is a view.
  for (const bytes of [new Uint8Array([1, 2]), Buffer.from([1, 2])]) {
    session.link.conn.send(bytes);
    bytes.fill(9);
    assertEquals((await engine.poll(session)).body, "bAQI=", bytes.constructor.name);
  }
});

Deno.test("conn.close sends what is queued first", async () => {
  const [engine, session] = await polling();
  const { conn } = session.link;
  session.send("a");
  session.send("b");
  assertStrictEquals(conn.close(), conn);
  assertEquals([conn.readyState, session.reason], ["closing", undefined]);
  assertEquals((await engine.poll(session)).body, "4a\x1e4b");
  assertEquals((await engine.poll(session)).body, "1");
  assertEquals([conn.readyState, session.reason], ["closed", "forced close"]);
});

Deno.test("conn.close with discard ends the session at once", async () => {
  const [engine, session] = await polling();
  const { conn } = session.link;
  session.send("a");
  assertStrictEquals(conn.close(true), conn);
  assertEquals([conn.readyState, session.reason], ["closed", "forced close"]);
  assertEquals([session.link.bufferedAmount, engine.clock.waiting], [0, 0]);
  assertEquals((await engine.poll(session)).status, 400);
});

Deno.test("A listener of conn that fails is reported, and the next one is called", async () => {
  const [engine, session] = await polling();
  const { conn } = session.link;
  const heard: string[] = [];
  for (const event of EVENTS) {
    conn.on(event, () => {
      throw new Error(event);
    });
    conn.on(event, () => void heard.push(event));
  }
  conn.on("heartbeat", () => Promise.reject(new Error("late")) as unknown as void);
  await engine.post(session, "4a\x1e3");
  session.send("b");
  await engine.poll(session);
  const socket = (await engine.webSocket(session)).open();
  socket.receive("2probe", "5", "1");
  await settle();
  const expected = [
    "packet",
    "data",
    "message",
    "packet",
    "heartbeat",
    "packetCreate",
    "flush",
    "drain",
    "upgrading",
    "upgrade",
    "close",
  ];
  assertEquals(heard, expected);
  const failures = engine.failures.map(([error, event]) => `${event}: ${(error as Error).message}`);
  const thrown = expected.map((event) => `${event}: ${event}`);
  assertEquals(failures.sort(), [...thrown, "heartbeat: late"].sort());
});

Deno.test("conn.once hears one event, conn.off takes a listener away", async () => {
  const [engine, session] = await polling();
  const { conn } = session.link;
  const heard: string[] = [];
  const listener = (data: unknown): void => void heard.push(`on ${data}`);
  assertStrictEquals(conn.once("data", (data) => heard.push(`once ${data}`)), conn);
  conn.on("data", listener);
  await engine.post(session, "4a\x1e4b");
  assertStrictEquals(conn.off("data", listener), conn);
  await engine.post(session, "4c");
  assertEquals(heard, ["once a", "on a", "on b"]);
});

Deno.test("A listener of conn may close the session in the middle of its event", async () => {
  for (const event of ["packet", "data", "packetCreate", "flush", "drain"] as const) {
    const [engine, session] = await polling();
    session.link.conn.on(event, () => void session.link.close(true));
    const poll = engine.poll(session);
    await settle();
    await engine.post(session, "4a");
    session.send("b");
    assert((await poll).body.length > 0, event);
    assertEquals([session.closes.length, engine.server.clientsCount], [1, 0], event);
    assertEquals(engine.failures, []);
  }
});

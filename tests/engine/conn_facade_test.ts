/** Tests `socket.conn`: what users see of an engine session, and its events. */
import { Buffer } from "node:buffer";
import { assert, assertEquals, assertStrictEquals, fail } from "@std/assert";
import { TransportError } from "../../src/base/errors.ts";
import type { EngineSocket, EngineSocketEvents, EngineTransport } from "../../src/engine/api.ts";
import type { EnginePacket } from "../../src/wire/engine_packet.ts";
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

Deno.test("conn announces messages before the floor above takes them", async () => {
  const [engine, session] = await polling();
  const steps: string[] = [];
  session.onMessage = (data) => steps.push(`above ${data}`);
  session.link.conn.on("data", (data) => steps.push(`data ${data}`));
  session.link.conn.on("message", (data) => steps.push(`message ${data}`));
  await engine.post(session, "4a\x1e4b");
  assertEquals(steps, ["data a", "message a", "above a", "data b", "message b", "above b"]);
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
  const left = [
    { type: "message", data: "a" },
    { type: "message", data: bytes },
    { type: "message", data: "b" },
  ];
  assertEquals(heard, [["flush", left], ["drain"]]);
});

Deno.test("conn announces pings and pongs", async () => {
  const [engine, session] = await polling();
  const heard = record(session.link.conn);
  const poll = engine.poll(session);
  await engine.clock.advanceAsync(25_000);
  assertEquals((await poll).body, "2");
  const ping = { type: "ping" };
  assertEquals(heard.splice(0), [["packetCreate", ping], ["flush", [ping]], ["drain"]]);
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

Deno.test("conn observes its session only while somebody wants to know", async () => {
  const [engine, session] = await polling();
  const { session: own } = engine.server.sessions.get(session.link.id) ?? fail("no session");
  const { conn } = session.link;
  const listener = (): void => {};
  conn.on("data", listener).on("message", listener).on("close", listener);
  assertEquals(own.observed, false);
  for (const event of ["packet", "packetCreate", "heartbeat", "flush", "drain"] as const) {
    conn.on(event, listener);
    assertEquals(own.observed, true, event);
    conn.off(event, listener);
    assertEquals(own.observed, false, event);
  }
  conn.once("packet", listener);
  await engine.post(session, "4a");
  assertEquals(own.observed, false);
  conn.once("upgrade", listener);
  assertEquals(own.observed, true);
  (await engine.webSocket(session)).open().receive("2probe", "5");
  assertEquals([own.observed, conn.listenerCount("upgrade")], [false, 0]);
});

Deno.test("A flush shows what has left, and not what waits for the next poll", async () => {
  const engine = new InProcessEngine({ session: { maxPayloadBytes: 10 } });
  const session = await engine.connect();
  session.send("before");
  const heard = record(session.link.conn).splice(0);
  session.link.conn.on("flush", (buffer) => heard.push(buffer.map(({ data }) => data)));
  session.send("1234567");
  session.send("7654321", new Uint8Array([1]));
  for (const body of ["4before", "41234567", "47654321\x1ebAQ=="]) {
    assertEquals((await engine.poll(session)).body, body);
  }
  assertEquals(heard, [[], ["1234567"], ["7654321", new Uint8Array([1])]]);
});

Deno.test("A flush does not show what was sent while nobody listened", async () => {
  const [engine, session] = await polling();
  const { conn } = session.link;
  const heard: unknown[] = [];
  const listener = (buffer: readonly EnginePacket[]): void => {
    heard.push(buffer.map(({ data }) => data));
  };
  conn.on("flush", listener);
  session.send("a");
  conn.off("flush", listener);
  session.send("b");
  await engine.poll(session);
  conn.on("flush", listener);
  session.send("c");
  await engine.poll(session);
  assertEquals(heard, [["c"]]);
});

Deno.test("conn tells nobody that the handshake leaves", async () => {
  const heard: unknown[][] = [];
  const engine = new InProcessEngine();
  engine.server.engine.on("connection", (conn) => heard.push(record(conn)));
  await engine.connect();
  await engine.connectWebSocket();
  assertEquals(heard, [[], []]);
});

Deno.test("conn tells that packets leave which were queued before anybody listened", async () => {
  const engine = new InProcessEngine();
  engine.server.engine.on("connection", () => {});
  const session = await engine.connect();
  session.send("a");
  const heard: string[] = [];
  session.link.conn.on("drain", () => heard.push("drain"));
  await engine.poll(session);
  assertEquals(heard, ["drain"]);
});

Deno.test("conn shows binary data in the class of the runtime, in each of its events", async () => {
  const toBinary = (bytes: Uint8Array<ArrayBuffer>): Buffer<ArrayBuffer> =>
    Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const engine = new InProcessEngine({ toBinary });
  const session = await engine.connect();
  const seen: unknown[] = [];
  const { conn } = session.link;
  conn.on("packet", ({ data }) => seen.push(data)).on("data", (data) => seen.push(data));
  conn.on("packetCreate", ({ data }) => seen.push(data));
  conn.on("flush", ([packet]) => seen.push(packet?.data));
  await engine.post(session, "bAQI=");
  session.send(new Uint8Array([1, 2]));
  await engine.poll(session);
  assertEquals(seen, Array(4).fill(Buffer.from([1, 2])));
  assert(seen.every((data) => data instanceof Buffer));
});

Deno.test("conn.transport is one object for each transport, and shows its own state", async () => {
  const [engine, session] = await polling();
  const { conn } = session.link;
  const before = conn.transport;
  const seen: EngineTransport[] = [];
  conn.on("upgrading", (transport) => seen.push(transport));
  conn.on("upgrade", (transport) => seen.push(transport));
  assertEquals([before.readyState, before.protocol, before.sid], ["open", 4, conn.id]);
  const socket = (await engine.webSocket(session)).open();
  socket.receive("2probe");
  const [candidate] = seen;
  assertEquals([candidate?.name, candidate?.readyState, candidate?.writable], [
    "websocket",
    "open",
    true,
  ]);
  assertStrictEquals(conn.transport, before);
  socket.end();
  assertEquals([candidate?.readyState, candidate?.writable], ["closed", false]);
  (await engine.webSocket(session)).open().receive("2probe", "5");
  assertStrictEquals(seen.at(-1), conn.transport);
  assertEquals([before.name, before.readyState, before.writable], ["polling", "closed", false]);
  conn.close(true);
  assertEquals(conn.transport.readyState, "closed");
});

Deno.test("conn.server is the engine, and conn.request can be forgotten", async () => {
  const [engine, session] = await polling();
  const { conn } = session.link;
  assertStrictEquals(conn.server, engine.server.engine);
  assertStrictEquals(conn.request, session.link.userRequest);
  // As the documents of the reference advise, to have its memory back.
  Object.assign(conn, { request: null });
  assertEquals([conn.request, session.link.userRequest], [null, null]);
  assertEquals(conn.remoteAddress, "192.0.2.1");
});

/** Tests the upgrade from long-polling to a WebSocket, from request to last frame. */
import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import { TransportError } from "../../src/base/errors.ts";
import {
  assertRefused,
  type FakeWebSocket,
  InProcessEngine,
  type InProcessOptions,
  type RecordedSession,
  type Reply,
  settle,
} from "../support/in_process_engine.ts";

interface UpgradeSetting {
  readonly engine: InProcessEngine;
  readonly session: RecordedSession;
  readonly socket: FakeWebSocket;
}

/** A polling session and a WebSocket for it that was answered with 101 and is not open yet. */
async function offered(options: InProcessOptions = {}): Promise<UpgradeSetting> {
  const engine = new InProcessEngine(options);
  const session = await engine.connect();
  return { engine, session, socket: await engine.webSocket(session) };
}

function isPending(reply: Promise<Reply>): () => Promise<boolean> {
  let pending = true;
  reply.then(() => pending = false);
  return async () => {
    await settle();
    return pending;
  };
}

Deno.test("A session moves from polling to a WebSocket, and loses nothing", async () => {
  const { engine, session, socket } = await offered();
  const poll = engine.poll(session);
  const pending = isPending(poll);
  socket.open();
  assert(await pending());
  socket.receive("2probe");
  assertEquals(socket.frames, ["3probe"]);
  assertEquals((await poll).body, "6");
  session.send("before");
  assertEquals((await engine.post(session, "4last post")).body, "ok");
  socket.receive("5");
  session.send("after");
  await settle();
  assertEquals(socket.frames, ["3probe", "4before", "4after"]);
  socket.receive("4first frame", new Uint8Array([1]), "3");
  assertEquals(session.messages, ["last post", "first frame", new Uint8Array([1])]);
  assertEquals([session.link.conn.upgraded, session.link.conn.upgrading], [true, false]);
  assertEquals([session.closes, socket.closes, engine.server.clientsCount], [[], [], 1]);
});

Deno.test("A GET that waits when the upgrade is done is released", async () => {
  const { engine, session, socket } = await offered();
  socket.open().receive("2probe");
  const poll = engine.poll(session);
  const pending = isPending(poll);
  await pending();
  socket.receive("5");
  assertEquals((await poll).body, "6");
  assertEquals((await engine.poll(session)).status, 400);
  assertEquals(engine.refusals[0]?.context.name, "TRANSPORT_MISMATCH");
  assertEquals(session.link.state, "open");
});

Deno.test("A peer that keeps polling during an upgrade is slowed down", async () => {
  const { engine, session, socket } = await offered();
  socket.open().receive("2probe");
  assertEquals((await engine.poll(session)).body, "6");
  const poll = engine.poll(session);
  const pending = isPending(poll);
  await engine.clock.advanceAsync(99);
  assert(await pending());
  await engine.clock.advanceAsync(51);
  assertEquals((await poll).body, "6");
});

Deno.test("A GET that was aborted before it came is no reason to go on with an upgrade", async () => {
  const { engine, session, socket } = await offered();
  socket.open().receive("2probe");
  assertEquals((await engine.poll(session, { signal: AbortSignal.abort() })).status, 400);
  assertEquals([session.reason, socket.closes], ["transport error", [undefined]]);
});

Deno.test("A message during an upgrade leaves with the GET that waits", async () => {
  const { engine, session, socket } = await offered();
  socket.open().receive("2probe");
  await engine.poll(session);
  const poll = engine.poll(session);
  await settle();
  session.send("now");
  assertEquals((await poll).body, "4now");
  assertEquals(socket.frames, ["3probe"]);
});

Deno.test("A second WebSocket of a session is closed, during and after the upgrade", async () => {
  const { engine, session, socket } = await offered();
  socket.open().receive("2probe");
  const during = (await engine.webSocket(session)).open();
  assertEquals(during.closes, [undefined]);
  socket.receive("5");
  const after = (await engine.webSocket(session)).open();
  assertEquals(after.closes, [undefined]);
  for (const second of [during, after]) {
    second.receive("2probe", "5", "4stray", "1");
    second.end(new TransportError("reset", "websocket"));
    assertEquals(second.frames, []);
  }
  socket.receive("4mine");
  assertEquals([session.messages, session.closes, socket.closes], [["mine"], [], []]);
});

Deno.test("A second WebSocket of a session that began on one is closed", async () => {
  const engine = new InProcessEngine();
  const socket = await engine.connectWebSocket();
  const session = engine.session();
  const second = (await engine.webSocket(session)).open();
  assertEquals([second.closes, socket.closes, session.closes], [[undefined], [], []]);
});

Deno.test("A WebSocket for a session that was closed meanwhile is closed", async () => {
  for (const discard of [false, true]) {
    const { engine, session, socket } = await offered();
    session.link.close(discard);
    await engine.clock.advanceAsync(discard ? 0 : 30_100);
    socket.open();
    assertEquals(socket.closes, [undefined]);
    socket.receive("2probe", "5", "4stray");
    socket.end();
    assertEquals([socket.frames, session.messages, session.closes.length], [[], [], 1]);
    assertEquals([engine.server.clientsCount, engine.clock.waiting], [0, 0]);
  }
});

Deno.test("A session that ends takes the WebSocket that tries to take over with it", async () => {
  const { engine, session, socket } = await offered();
  socket.open().receive("2probe");
  await engine.post(session, "1");
  assertEquals([session.reason, socket.closes], ["transport close", [undefined]]);
  socket.receive("5", "4stray");
  socket.end();
  assertEquals([session.closes.length, session.messages], [1, []]);
  assertEquals([engine.server.clientsCount, engine.clock.waiting], [0, 0]);
});

Deno.test("An upgrade that is not finished in time is given up, and polling goes on", async () => {
  for (const frames of [[], ["2probe"]]) {
    const { engine, session, socket } = await offered();
    socket.open().receive(...frames);
    await engine.clock.advanceAsync(9_999);
    assertEquals(socket.closes, []);
    await engine.clock.advanceAsync(51);
    assertEquals([socket.closes, session.link.conn.upgrading], [[undefined], false]);
    socket.receive("5", "4stray");
    socket.end();
    session.send("still here");
    assertEquals((await engine.poll(session)).body, "4still here");
    assertEquals([session.messages, session.link.state], [[], "open"]);
  }
});

Deno.test("A WebSocket that says something else is closed, and polling goes on", async () => {
  for (const frame of ["4message", "2", "x", "", "1", new Uint8Array([1]), "2probe2"]) {
    const { engine, session, socket } = await offered();
    socket.open().receive(frame);
    assertEquals([socket.closes, session.messages, session.closes], [[undefined], [], []]);
    const again = (await engine.webSocket(session)).open();
    again.receive("2probe", "5");
    await settle();
    assertEquals(session.link.conn.transport.name, "websocket");
  }
});

Deno.test("A WebSocket that breaks during the upgrade leaves polling alone", async () => {
  for (const error of [undefined, new TransportError("reset", "websocket")]) {
    const { engine, session, socket } = await offered();
    socket.open().receive("2probe");
    socket.end(error);
    assertEquals([session.closes, session.link.conn.upgrading], [[], false]);
    assertEquals((await engine.post(session, "4a")).status, 200);
  }
});

Deno.test("A WebSocket that never opens leaves nothing behind", async () => {
  const { engine, session, socket } = await offered();
  const other = await engine.webSocket();
  for (const never of [socket, other]) {
    never.receive("2probe", "5", "4stray");
    never.end();
    assertEquals([never.writes, never.closes], [[], []]);
  }
  assertEquals([engine.server.clientsCount, session.messages], [1, []]);
  assertEquals(session.link.conn.upgrading, false);
});

Deno.test("After the upgrade the end of the WebSocket is the end of the session", async () => {
  const error = new TransportError("reset", "websocket");
  for (const [cause, reason] of [[undefined, "transport close"], [error, "transport error"]]) {
    const { engine, session, socket } = await offered();
    socket.open().receive("2probe", "5");
    assert(cause === undefined || cause instanceof TransportError);
    socket.end(cause);
    assertEquals(session.closes.length, 1);
    assertStrictEquals(session.closes[0]?.[1], cause);
    assertEquals<string | undefined>(session.reason, String(reason));
    assertEquals([engine.server.clientsCount, engine.clock.waiting], [0, 0]);
  }
});

Deno.test("A close asked for during an upgrade sends what is queued over the WebSocket", async () => {
  const { session, socket } = await offered();
  socket.open().receive("2probe");
  session.send("last");
  session.link.close(false);
  assertEquals(session.link.state, "closing");
  socket.receive("5");
  await settle();
  assertEquals(socket.frames, ["3probe", "4last"]);
  assertEquals([socket.closes, session.reason], [[undefined], "forced close"]);
});

Deno.test("A runtime that cannot upgrade a request refuses it", async () => {
  const failure = new TypeError("no Sec-WebSocket-Key");
  const engine = new InProcessEngine({ upgradeFailure: () => failure });
  const session = await engine.connect();
  const context = { name: "TRANSPORT_HANDSHAKE_ERROR", error: failure };
  const refusal = { code: 3, message: "Bad request", context, upgrade: true };
  for (const query of ["", `&sid=${session.link.id}`]) {
    const reply = await engine.askUpgrade(`EIO=4&transport=websocket${query}`);
    assertRefused(engine, reply, refusal);
    assertStrictEquals(engine.refusals.at(-1)?.context.error, failure);
  }
  assertEquals(engine.server.clientsCount, 1);
  assertEquals([session.link.state, session.link.conn.upgrading], ["open", false]);
});

Deno.test("A message on a WebSocket may have maxPayloadBytes and no more", async () => {
  const engine = new InProcessEngine({ session: { maxPayloadBytes: 10 } });
  const socket = await engine.connectWebSocket();
  const session = engine.session();
  socket.receive("4".padEnd(10, "x"), new Uint8Array(10));
  assertEquals([session.messages.length, session.closes], [2, []]);
  socket.receive("4".padEnd(11, "x"));
  assertEquals([session.messages.length, session.reason], [2, "transport error"]);
  assertEquals(socket.closes[0], 1009);
});

Deno.test("A malformed frame ends a session on a WebSocket", async () => {
  for (const frame of ["", "x", "7", "b!"]) {
    const engine = new InProcessEngine();
    const socket = await engine.connectWebSocket();
    socket.receive("4a", frame, "4b");
    assertEquals([engine.session().messages, engine.session().reason], [["a"], "parse error"]);
    assertEquals(socket.closes, [undefined]);
    socket.end();
    assertEquals([engine.session().closes.length, engine.server.clientsCount], [1, 0]);
  }
});

Deno.test("A WebSocket gets what one turn emits in one write", async () => {
  const engine = new InProcessEngine();
  const socket = await engine.connectWebSocket();
  const session = engine.session();
  const bytes = new Uint8Array([1]);
  session.send("a");
  session.send("b", bytes);
  session.send("c");
  assertEquals(socket.writes.length, 1);
  await settle();
  assertEquals(socket.writes.slice(1), [["4a", "4b", bytes, "4c"]]);
});

Deno.test("A WebSocket gets it within the turn, without waiting for its end", async () => {
  const engine = new InProcessEngine({ manualTurns: true });
  const socket = await engine.connectWebSocket();
  assertEquals(socket.writes.length, 1);
  engine.session().send("a");
  await settle();
  assertEquals(socket.frames.slice(1), ["4a"]);
});

Deno.test("A WebSocket that is full gets no more until it has drained", async () => {
  const engine = new InProcessEngine({ session: { highWaterBytes: 100 } });
  const socket = await engine.connectWebSocket();
  const session = engine.session();
  socket.bufferedAmount = 100;
  session.send("a");
  await settle();
  assertEquals([socket.writes.length, session.link.bufferedAmount], [1, 102]);
  engine.clock.advance(1000);
  assertEquals(socket.writes.length, 1);
  socket.bufferedAmount = 0;
  engine.clock.advance(32);
  assertEquals(socket.writes.slice(1), [["4a"]]);
  engine.clock.advance(32);
  session.link.close(true);
  assertEquals(engine.clock.waiting, 0);
});

Deno.test("A WebSocket that drains is looked at again when its peer sends something", async () => {
  const engine = new InProcessEngine({ session: { highWaterBytes: 100 } });
  const socket = await engine.connectWebSocket();
  socket.bufferedAmount = 100;
  engine.session().send("a");
  await settle();
  socket.bufferedAmount = 0;
  socket.receive("4hello");
  await settle();
  assertEquals(socket.writes.slice(1), [["4a"]]);
});

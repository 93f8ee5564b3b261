/** Tests the life of sessions in the engine: their table, their end at every moment, shut-down. */
import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import { TransportError } from "../../src/base/errors.ts";
import { resolveCookie } from "../../src/engine/cookie.ts";
import { CorsPolicy } from "../../src/engine/cors.ts";
import { EncodedPacket } from "../../src/wire/encoded_packet.ts";
import {
  InProcessEngine,
  pollingQuery,
  type RecordedSession,
  type Reply,
  settle,
  SlowBody,
} from "../support/in_process_engine.ts";
import { settingsOf } from "../support/engine_settings.ts";

const POLLING = "EIO=4&transport=polling";
const WEBSOCKET = "EIO=4&transport=websocket";

/** What is left of all that was opened. */
function left({ server, clock }: InProcessEngine): number[] {
  return [server.clientsCount, server.deadlines.pending, clock.waiting];
}

function gate(): { readonly passed: Promise<void>; readonly open: () => void } {
  let open = (): void => {};
  const passed = new Promise<void>((resolve) => open = resolve);
  return { passed, open: () => open() };
}

Deno.test("A session is pinged, and ends with 'ping timeout' when no pong comes", async () => {
  const engine = new InProcessEngine();
  const socket = await engine.connectWebSocket();
  await engine.clock.advanceAsync(25_000);
  assertEquals(socket.frames.slice(1), ["2"]);
  socket.receive("3");
  await engine.clock.advanceAsync(25_050);
  assertEquals(socket.frames.slice(1), ["2", "2"]);
  await engine.clock.advanceAsync(19_900);
  assertEquals(engine.session().reason, undefined);
  await engine.clock.advanceAsync(200);
  assertEquals([engine.session().reason, socket.closes], ["ping timeout", [undefined]]);
  assertEquals(left(engine), [0, 0, 0]);
});

Deno.test("Sessions have nothing to do with each other", async () => {
  const engine = new InProcessEngine();
  const [first, second] = [await engine.connect(), await engine.connect()];
  const polls = [engine.poll(first), engine.poll(second)];
  await settle();
  first.send("to the first");
  await engine.post(second, "4from the second");
  second.send("to the second");
  assertEquals((await Promise.all(polls)).map(({ body }) => body), [
    "4to the first",
    "4to the second",
  ]);
  await engine.post(first, "?");
  assertEquals([first.messages, second.messages], [[], ["from the second"]]);
  assertEquals([first.reason, second.reason], ["parse error", undefined]);
});

Deno.test("A session is out of the table before the floor above hears of its end", async () => {
  const engine = new InProcessEngine();
  const counts: number[] = [];
  const session = await engine.connect();
  session.onClosed = () => {
    counts.push(engine.server.clientsCount);
    engine.server.engine.generateId = () => session.link.id;
    session.link.close(true);
    assertEquals([session.link.state, session.send("late")], ["closed", "closed"]);
  };
  await engine.post(session, "1");
  assertEquals([counts, session.closes.length], [[0], 1]);
  assertEquals((await engine.connect()).link.id, session.link.id);
  assertEquals(engine.server.clientsCount, 1);
});

/** As the `Buffer` of some runtimes: another kind of view of the same bytes. */
class OwnBytes extends Uint8Array<ArrayBuffer> {}

Deno.test("Binary messages become what users expect, once, without a copy", async () => {
  const turned: Uint8Array[] = [];
  const engine = new InProcessEngine({
    toBinary: (bytes) => {
      turned.push(bytes);
      return new OwnBytes(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    },
  });
  const session = await engine.connect();
  const frame = new Uint8Array([0, 1, 2, 3]).subarray(1, 3);
  const socket = await engine.connectWebSocket();
  const onWebSocket = engine.session();
  const heard: unknown[] = [];
  for (const { link } of engine.sessions) {
    link.conn.on("data", (data) => heard.push(data));
    link.conn.on("message", (data) => heard.push(data));
  }
  socket.receive("4text", frame, "2");
  await engine.post(session, "4text\x1ebAQI=\x1e3");
  for (const { messages } of [onWebSocket, session]) {
    const [text, bytes] = messages;
    assertEquals([text, messages.length], ["text", 2]);
    assert(bytes instanceof OwnBytes);
    assertEquals([...bytes], [1, 2]);
  }
  assertEquals(turned.length, 2);
  assertStrictEquals(turned[0], frame);
  assertStrictEquals((onWebSocket.messages[1] as OwnBytes).buffer, frame.buffer);
  assertStrictEquals((session.messages[1] as OwnBytes).buffer, turned[1]?.buffer);
  const [, , data, message, , , dataByPolling, messageByPolling] = heard;
  for (const one of [data, message]) assertStrictEquals(one, onWebSocket.messages[1]);
  for (const one of [dataByPolling, messageByPolling]) {
    assertStrictEquals(one, session.messages[1]);
  }
});

Deno.test("Binary messages that are sent do not become something else", async () => {
  const engine = new InProcessEngine({
    toBinary: () => {
      throw new Error("must not be called");
    },
  });
  const socket = await engine.connectWebSocket();
  const bytes = new Uint8Array([1]);
  engine.session().send(bytes);
  await settle();
  assertStrictEquals(socket.frames.at(-1), bytes);
});

Deno.test("Other settings hold for requests from then on; open sessions keep theirs", async () => {
  const engine = new InProcessEngine();
  const [before, socket] = [await engine.connect(), await engine.connectWebSocket()];
  engine.server.configure(settingsOf({
    session: { pingIntervalMs: 100, pingTimeoutMs: 50, maxPayloadBytes: 500, upgrades: [] },
    transports: ["polling"],
    initialPacket: EncodedPacket.message(["welcome"]),
    allowRequest: ({ query }) => query.who !== "nobody",
    cors: new CorsPolicy(true, () => {}),
    cookie: resolveCookie(true),
    bodyTimeoutMs: 70,
  }));
  assertEquals((await engine.askUpgrade(WEBSOCKET)).status, 400);
  assertEquals((await engine.ask(`${POLLING}&who=nobody`)).status, 403);
  const { body, headers } = await engine.ask(POLLING);
  const [open, welcome] = body.split("\x1e");
  const { pingInterval, pingTimeout, maxPayload, upgrades } = JSON.parse(open?.slice(1) ?? "");
  assertEquals([pingInterval, pingTimeout, maxPayload, upgrades], [100, 50, 500, []]);
  assertEquals(welcome, "4welcome");
  assertEquals(headers.get("set-cookie"), "io=id3; Path=/; HttpOnly; SameSite=Lax");
  assertEquals(headers.get("access-control-allow-origin"), "*");
  const after = engine.session();
  const slow = new SlowBody();
  const post = engine.post(before, slow.stream);
  await engine.clock.advanceAsync(70);
  assertEquals((await post).status, 408);
  await engine.clock.advanceAsync(200);
  assertEquals([after.reason, socket.closes], ["ping timeout", []]);
  await engine.clock.advanceAsync(24_800);
  assertEquals(socket.frames.slice(1), ["2"]);
});

Deno.test("A link keeps the request of its handshake", async () => {
  const engine = new InProcessEngine();
  const session = await engine.connect({ headers: { "x-first": "1" } });
  await engine.post(session, "4a", { headers: { "x-first": "2" } });
  assertEquals(session.link.request.headers["x-first"], "1");
  assertEquals(session.link.request.query.transport, "polling");
});

Deno.test("A session that is closed while it opens is told to the floor above, once", async () => {
  for (const discard of [true, false]) {
    const engine = new InProcessEngine({ onOpened: ({ link }) => link.close(discard) });
    assert((await engine.ask(POLLING)).status > 0);
    await engine.connectWebSocket();
    await engine.clock.advanceAsync(30_100);
    assertEquals(engine.sessions.map(({ reason }) => reason), ["forced close", "forced close"]);
    assertEquals(engine.sessions.map(({ closes }) => closes.length), [1, 1]);
    assertEquals(left(engine), [0, 0, 0]);
  }
});

Deno.test("A listener of connections may close the session at once", async () => {
  for (const discard of [true, false]) {
    const engine = new InProcessEngine();
    engine.server.engine.on("connection", (conn) => void conn.close(discard));
    assert((await engine.ask(POLLING)).status > 0);
    const socket = await engine.connectWebSocket();
    assertEquals(socket.closes.length, 1);
    await engine.clock.advanceAsync(30_100);
    assertEquals(engine.sessions.map(({ closes }) => closes.length), [1, 1]);
    assertEquals(left(engine), [0, 0, 0]);
    assertEquals(engine.failures, []);
  }
});

Deno.test("A close before the first answer has left answers the handshake", async () => {
  for (const discard of [true, false]) {
    const engine = new InProcessEngine({ manualTurns: true });
    const handshake = engine.ask(POLLING);
    await settle();
    engine.session().link.close(discard);
    await engine.endTurn();
    assertEquals((await handshake).status, 200);
    assertEquals((await handshake).body.startsWith("0{"), true);
  }
});

Deno.test("A close from above reaches a peer that polls, now or later", async () => {
  for (const waits of [true, false]) {
    const engine = new InProcessEngine();
    const session = await engine.connect();
    let poll: Promise<Reply> | undefined;
    if (waits) poll = engine.poll(session);
    await settle();
    session.link.close(false);
    assertEquals(session.link.state, waits ? "closed" : "closing");
    poll ??= engine.poll(session);
    assertEquals((await poll).body, "1");
    assertEquals([session.closes.length, session.reason], [1, "forced close"]);
    assertEquals(left(engine), [0, 0, 0]);
  }
});

Deno.test("A session that is closing takes no message, and ends with the peer's close", async () => {
  const engine = new InProcessEngine();
  const session = await engine.connect();
  session.link.close(false);
  assertEquals(session.send("late"), "closed");
  assertEquals((await engine.post(session, "4a")).status, 200);
  assertEquals([session.messages, session.closes], [[], []]);
  assertEquals((await engine.post(session, "1")).status, 200);
  assertEquals(session.closes.length, 1);
  assertEquals(left(engine), [0, 0, 0]);
});

Deno.test("A close from above ends by itself after closeTimeout", async () => {
  const engine = new InProcessEngine({ session: { closeTimeoutMs: 1000 } });
  const session = await engine.connect();
  session.send("never fetched");
  session.link.close(false);
  await engine.clock.advanceAsync(999);
  assertEquals([session.link.state, session.closes], ["closing", []]);
  await engine.clock.advanceAsync(51);
  assertEquals([session.reason, left(engine)], ["forced close", [0, 0, 0]]);
});

Deno.test("A close from above on a WebSocket sends what is queued, and does not wait", async () => {
  const engine = new InProcessEngine();
  const socket = await engine.connectWebSocket();
  const session = engine.session();
  session.send("last");
  session.link.close(false);
  assertEquals([socket.frames.at(-1), socket.closes], ["4last", [undefined]]);
  assertEquals([session.reason, left(engine)], ["forced close", [0, 0, 0]]);
  socket.receive("4late");
  socket.end(new TransportError("reset", "websocket"));
  assertEquals([session.messages, session.closes.length], [[], 1]);
});

Deno.test("An opening that fails is reported, and leaves nothing behind", async () => {
  const failure = new Error("no decoder");
  const engine = new InProcessEngine({
    onOpened: () => {
      throw failure;
    },
  });
  assertEquals((await engine.ask(POLLING)).status, 500);
  assertStrictEquals(engine.failures[0]?.[0], failure);
  const socket = await engine.connectWebSocket();
  assertStrictEquals(engine.failures[1]?.[0], failure);
  assert(socket.closes.length > 0);
  assertEquals(left(engine), [0, 0, 0]);
});

Deno.test("shutDown answers everything that waits", async () => {
  const engine = new InProcessEngine();
  const session = await engine.connect();
  const poll = engine.poll(session);
  const body = new SlowBody().push("4a");
  const post = engine.post(session, body.stream);
  const candidate = (await engine.webSocket(session)).open();
  candidate.receive("2probe");
  assertEquals((await poll).body, "6");
  const second = engine.poll(session);
  const socket = await engine.connectWebSocket();
  engine.server.shutDown();
  assertEquals((await second).body, "1");
  assertEquals((await post).status, 400);
  assertEquals([candidate.closes, socket.closes], [[undefined], [undefined]]);
  assertEquals(engine.sessions.map(({ reason }) => reason), ["forced close", "forced close"]);
  assertEquals(engine.sessions.map(({ closes }) => closes.length), [1, 1]);
  assert(body.cancelled);
  assertEquals(left(engine), [0, 0, 0]);
});

Deno.test("shutDown does not wait for what is queued", async () => {
  const engine = new InProcessEngine();
  const [open, closing] = [await engine.connect(), await engine.connect()];
  for (const session of [open, closing]) session.send("never fetched");
  closing.link.close(false);
  engine.server.shutDown();
  assertEquals([open.reason, closing.reason], ["forced close", "forced close"]);
  assertEquals(left(engine), [0, 0, 0]);
});

Deno.test("After shutDown every request gets 503", async () => {
  const engine = new InProcessEngine();
  const session = await engine.connect();
  engine.server.shutDown();
  engine.server.shutDown();
  const post = { method: "POST", body: "4a" };
  const replies = [
    await engine.ask(POLLING),
    await engine.ask(pollingQuery(session.link.id)),
    await engine.ask(pollingQuery(session.link.id), post),
    await engine.ask("nonsense", { method: "DELETE" }),
    await engine.askUpgrade(WEBSOCKET),
  ];
  assertEquals(replies.map(({ status }) => status), [503, 503, 503, 503, 503]);
  assertEquals([engine.sessions.length, engine.sockets.length], [1, 0]);
});

Deno.test("A handshake that is under way at shutDown opens no session", async () => {
  for (const where of ["allowRequest", "generateId", "middleware"] as const) {
    const { passed, open } = gate();
    const allowRequest = (): Promise<boolean> => passed.then(() => true);
    const engine = new InProcessEngine(where === "allowRequest" ? { allowRequest } : {});
    const facade = engine.web;
    if (where === "generateId") facade.generateId = () => passed.then(() => "late");
    if (where === "middleware") facade.use((_request, _info, next) => void passed.then(next));
    const replies = [engine.ask(POLLING), engine.askUpgrade(WEBSOCKET)];
    await settle();
    engine.server.shutDown();
    open();
    await settle();
    for (const socket of engine.sockets) socket.open();
    assertEquals([engine.sessions.length, left(engine)], [0, [0, 0, 0]], where);
    assertEquals((await Promise.all(replies)).map(({ status }) => status), [503, 503], where);
  }
});

Deno.test("A WebSocket that opens after shutDown is closed", async () => {
  const engine = new InProcessEngine();
  const socket = await engine.webSocket();
  engine.server.shutDown();
  socket.open();
  await settle();
  assertEquals([engine.sessions.length, left(engine)], [0, [0, 0, 0]]);
  assertEquals([socket.writes, socket.closes], [[], [undefined]]);
});

const endings: readonly ((engine: InProcessEngine, session: RecordedSession) => unknown)[] = [
  (_engine, { link }) => link.close(true),
  (engine, session) => engine.post(session, "1"),
  (engine, session) => engine.post(session, "?"),
  (engine, session) => engine.poll(session, { signal: AbortSignal.abort() }),
  async (engine, session) => {
    (await engine.webSocket(session)).open().receive("2probe", "5", "1");
  },
  async (engine, session) => {
    const socket = (await engine.webSocket(session)).open();
    socket.receive("2probe", "5");
    socket.end();
  },
  (_engine, { link }) => link.close(false),
];

Deno.test("10,000 sessions that came and went leave nothing behind", async () => {
  const engine = new InProcessEngine();
  for (let count = 0; count < 10_000; count++) {
    if (count % 8 === 7) (await engine.webSocket()).open().end();
    else await endings[count % 8]?.(engine, await engine.connect());
  }
  assertEquals(engine.server.clientsCount, 1250);
  await engine.clock.advanceAsync(30_100);
  assertEquals(engine.sessions.length, 10_000);
  assert(engine.sessions.every(({ closes }) => closes.length === 1));
  assertEquals(left(engine), [0, 0, 0]);
  assertEquals(engine.failures, []);
});

Deno.test("An error above the engine is reported, also when the server was shut down before", async () => {
  const failure = new Error("the floor above failed");
  const engine: InProcessEngine = new InProcessEngine({
    onOpened: () => {
      engine.server.shutDown();
      throw failure;
    },
  });
  assertEquals((await engine.ask(POLLING)).status, 500);
  assertEquals(engine.failures, [[failure, "internal error"]]);
});

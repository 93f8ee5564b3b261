/** Tests `io.engine`: ids, events, headers of answers. */
import { assert, assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { HANDSHAKE_MESSAGES } from "../../src/base/wire_texts.ts";
import { resolveCookie } from "../../src/engine/cookie.ts";
import { EngineFacade } from "../../src/engine/engine_facade.ts";
import type { EngineSocket, HeaderRecord } from "../../src/engine/api.ts";
import { EncodedPacket } from "../../src/wire/encoded_packet.ts";
import type { EnginePacket } from "../../src/wire/engine_packet.ts";
import { assertRefused, InProcessEngine, settle } from "../support/in_process_engine.ts";
import { settingsOf } from "../support/engine_settings.ts";

const POLLING = "EIO=4&transport=polling";
const WEBSOCKET = "EIO=4&transport=websocket";

Deno.test("engine.generateId makes the id, at once or later, from the request", async () => {
  const engine = new InProcessEngine();
  engine.web.generateId = ({ query }) => `sync-${query.who}`;
  assertEquals((await engine.ask(`${POLLING}&who=a`)).status, 200);
  engine.web.generateId = ({ query }) => Promise.resolve(`async-${query.who}`);
  assertEquals((await engine.ask(`${POLLING}&who=b`)).status, 200);
  assertEquals((await engine.askUpgrade(`${WEBSOCKET}&who=c`)).status, 101);
  engine.sockets[0]?.open();
  const ids = engine.sessions.map(({ link }) => link.id as string);
  assertEquals(ids, ["sync-a", "async-b", "async-c"]);
  const { body } = await engine.ask(`${POLLING}&who=d`);
  assertEquals(JSON.parse(body.slice(1)).sid, "async-d");
});

Deno.test("Handshake is refused when generateId throws or rejects", async () => {
  const failure = new Error("no more ids");
  const fails = [
    () => {
      throw failure;
    },
    () => Promise.reject(failure),
  ];
  for (const generateId of fails) {
    const engine = new InProcessEngine();
    engine.server.engine.generateId = generateId;
    const context = { name: "ID_GENERATION_ERROR", error: failure };
    const refusal = { code: 3, message: "Bad request", context };
    assertRefused(engine, await engine.ask(POLLING), refusal);
    assertRefused(engine, await engine.askUpgrade(WEBSOCKET), { ...refusal, upgrade: true });
    assertStrictEquals(engine.refusals[0]?.context.error, failure);
    assertEquals(engine.server.clientsCount, 0);
  }
});

Deno.test("Handshake is refused when generateId gives no id, or one that is taken", async () => {
  const engine = new InProcessEngine();
  const session = await engine.connect();
  for (const wrong of ["", session.link.id, undefined, null, 5, {}, Symbol("id")]) {
    // Users of JavaScript can give anything.
    engine.server.engine.generateId = () => wrong as string;
    assertEquals((await engine.ask(POLLING)).status, 400);
    assertEquals((await engine.askUpgrade(WEBSOCKET)).status, 400);
    const context = engine.refusals.at(-1)?.context;
    assertEquals(context?.name, "ID_GENERATION_ERROR");
    assert(context?.error instanceof TypeError);
  }
  assertEquals([engine.server.clientsCount, session.link.state], [1, "open"]);
});

Deno.test("Handshakes at the same time do not get the same id by polling", async () => {
  const engine = new InProcessEngine();
  engine.server.engine.generateId = () => "same";
  const replies = await Promise.all([engine.ask(POLLING), engine.ask(POLLING)]);
  assertEquals(replies.map(({ status }) => status).sort(), [200, 400]);
  assertEquals([engine.sessions.length, engine.server.clientsCount], [1, 1]);
});

Deno.test("Handshakes at the same time do not get the same id by WebSocket", async () => {
  const engine = new InProcessEngine();
  engine.server.engine.generateId = () => "same";
  await engine.askUpgrade(WEBSOCKET);
  await engine.askUpgrade(WEBSOCKET);
  for (const socket of engine.sockets) socket.open();
  await settle();
  assertEquals([engine.sessions.length, engine.server.clientsCount], [1, 1]);
  assertEquals(engine.refusals.map(({ context }) => context.name), ["ID_GENERATION_ERROR"]);
  const others = engine.sockets.slice(1);
  assert(others.every(({ closes }) => closes.length === 1));
  for (const socket of others) socket.end();
  assertEquals(engine.server.clientsCount, 1);
});

Deno.test("engine.clientsCount counts the sessions that are open", async () => {
  const engine = new InProcessEngine();
  const facade = engine.server.engine;
  const counts = [facade.clientsCount];
  const session = await engine.connect();
  counts.push(facade.clientsCount);
  const socket = await engine.connectWebSocket();
  counts.push(facade.clientsCount);
  socket.end();
  counts.push(facade.clientsCount);
  await engine.post(session, "1");
  counts.push(facade.clientsCount);
  assertEquals(counts, [0, 1, 2, 1, 0]);
});

Deno.test("engine announces connections, after the floor above has taken them", async () => {
  const steps: string[] = [];
  const engine = new InProcessEngine({ onOpened: ({ link }) => steps.push(`opened ${link.id}`) });
  const conns: EngineSocket[] = [];
  engine.server.engine.on("connection", (conn) => {
    steps.push(`connection ${conn.id} ${engine.server.clientsCount}`);
    conns.push(conn);
  });
  await engine.connect();
  await engine.connectWebSocket();
  assertEquals(steps, ["opened id1", "connection id1 1", "opened id2", "connection id2 2"]);
  assertEquals(engine.sessions.map(({ begun }) => begun), [1, 1]);
  assertStrictEquals(conns[0], engine.session(0).link.conn);
  assertEquals(conns.map(({ transport }) => transport.name), ["polling", "websocket"]);
});

Deno.test("A session begins after its connection was announced, unless that has ended it", async () => {
  const engine = new InProcessEngine();
  const begun: unknown[] = [];
  engine.server.engine.on("connection", (conn) => {
    begun.push(engine.session(begun.length).begun);
    if (begun.length === 2) conn.close(true);
  });
  await engine.connect();
  await engine.connectWebSocket();
  assertEquals(begun, [0, 0]);
  assertEquals(engine.sessions.map((session) => [session.begun, session.reason]), [
    [1, undefined],
    [0, "forced close"],
  ]);
});

Deno.test("engine.once hears one event, engine.off takes a listener away", async () => {
  const engine = new InProcessEngine();
  const heard: string[] = [];
  const listener = (): void => void heard.push("on");
  const facade = engine.server.engine
    .once("connection", () => heard.push("once"))
    .on("connection", listener);
  assertStrictEquals(facade, engine.server.engine);
  assertEquals(facade.listeners("connection").length, 2);
  await engine.connect();
  assertStrictEquals(facade.off("connection", listener), facade);
  await engine.connect();
  assertEquals(heard, ["once", "on"]);
  assertEquals(facade.listeners("connection"), []);
});

Deno.test("A listener of the engine that fails is reported, and the next one is called", async () => {
  const engine = new InProcessEngine();
  const [thrown, rejected] = [new Error("thrown"), new Error("rejected")];
  const heard: string[] = [];
  const facade = engine.server.engine;
  facade.on("connection", () => {
    throw thrown;
  });
  facade.on("connection", () => Promise.reject(rejected) as unknown as void);
  facade.on("connection", () => void heard.push("connection"));
  facade.on("headers", () => {
    throw thrown;
  });
  facade.on("headers", (headers) => void (headers["x-next"] = "1"));
  facade.on("connection_error", () => {
    throw thrown;
  });
  const reply = await engine.ask(POLLING);
  assertEquals([reply.status, reply.headers.get("x-next")], [200, "1"]);
  assertEquals((await engine.ask("transport=x")).status, 400);
  assertEquals(heard, ["connection"]);
  assertEquals(engine.failures.map(([error, event]) => [(error as Error).message, event]).sort(), [
    ["rejected", "connection"],
    ["thrown", "connection"],
    ["thrown", "connection_error"],
    ["thrown", "headers"],
  ]);
});

Deno.test("Listeners of headers and initial_headers add to every answer of a session", async () => {
  const engine = new InProcessEngine();
  const heard: string[] = [];
  const facade = engine.web;
  facade.on("initial_headers", (headers, request) => {
    heard.push(`initial ${request.query.transport}`);
    headers["x-initial"] = "1";
  });
  facade.on("headers", (headers, request) => {
    heard.push(`${request.method} ${request.query.transport}`);
    headers["x-each"] = ["a", "b"];
  });
  const of = ({ headers }: { readonly headers: Headers }): unknown[] => [
    headers.get("x-initial"),
    headers.get("x-each"),
  ];
  assertEquals(of(await engine.ask(POLLING)), ["1", "a, b"]);
  const session = engine.session();
  session.send("a");
  assertEquals(of(await engine.poll(session)), [null, "a, b"]);
  assertEquals(of(await engine.post(session, "4a")), [null, "a, b"]);
  assertEquals(of(await engine.webSocket(session)), [null, "a, b"]);
  assertEquals(of(await engine.webSocket()), ["1", "a, b"]);
  assertEquals(heard, [
    "initial polling",
    "GET polling",
    "GET polling",
    "POST polling",
    "GET websocket",
    "initial websocket",
    "GET websocket",
  ]);
});

Deno.test("A listener of headers sees and replaces what the engine answers", async () => {
  const engine = new InProcessEngine();
  engine.server.engine.on("headers", (headers: HeaderRecord) => {
    assertEquals(headers["cache-control"], "no-store");
    headers["cache-control"] = "no-store, private";
  });
  const { headers } = await engine.ask(POLLING);
  assertEquals(headers.get("cache-control"), "no-store, private");
  assertEquals(engine.failures, []);
});

Deno.test("A cookie of an initial_headers listener does not replace the engine's own", async () => {
  const engine = new InProcessEngine({ cookie: resolveCookie(true) });
  engine.server.engine.on("initial_headers", (headers: HeaderRecord) => {
    headers["set-cookie"] = "mine=1";
  });
  const { headers } = await engine.ask(POLLING);
  const own = "io=id1; Path=/; HttpOnly; SameSite=Lax";
  assertEquals(headers.getSetCookie().sort(), [own, "mine=1"]);
});

Deno.test("A header that cannot be sent is reported and left out, and the request is answered", async () => {
  for (const [name, value] of [["x-broken", "line\nfeed"], ["x-bell", "a\u0007"], ["x y", "1"]]) {
    const engine = new InProcessEngine();
    engine.server.engine.on("headers", (headers: HeaderRecord) => {
      headers[String(name)] = String(value);
      headers["x-next"] = "1";
    });
    const { status, headers } = await engine.ask(POLLING);
    assertEquals([status, headers.get("x-next"), [...headers.keys()].includes(String(name))], [
      200,
      "1",
      false,
    ]);
    assertEquals(engine.failures.length, 1);
  }
});

Deno.test("An id that the cookie cannot hold is reported, and the request is answered", async () => {
  const cookie = resolveCookie({ encode: (value) => value });
  const engine = new InProcessEngine({ cookie });
  engine.server.engine.generateId = () => "with; blank";
  const seen: number[] = [];
  engine.ask(POLLING).then(({ status }) => seen.push(status));
  engine.askUpgrade(WEBSOCKET).then(({ status }) => seen.push(status));
  await settle();
  assertEquals(seen.length, 2, "a handshake was never answered");
  assertEquals([engine.failures.length, engine.refusals.length], [2, 2]);
});

Deno.test("engine.close ends all sessions at once and takes new ones", async () => {
  const engine = new InProcessEngine();
  const session = await engine.connect();
  const poll = engine.poll(session);
  const socket = await engine.connectWebSocket();
  await settle();
  assertStrictEquals(engine.server.engine.close(), engine.server.engine);
  assertEquals(engine.server.clientsCount, 0);
  assertEquals(engine.sessions.map(({ reason }) => reason), ["forced close", "forced close"]);
  assertEquals((await poll).body, "1");
  assertEquals(socket.closes, [undefined]);
  await engine.connect();
  assertEquals(engine.server.clientsCount, 1);
});

Deno.test("engine.clients is a live view of the sessions that cannot be changed", async () => {
  const engine = new InProcessEngine();
  const { clients } = engine.server.engine;
  assertEquals(Object.keys(clients), []);
  const session = await engine.connect();
  const { id, conn } = session.link;
  await engine.connectWebSocket();
  assertStrictEquals(Reflect.get(clients, id), conn);
  assertEquals(Object.keys(clients), ["id1", "id2"]);
  assertEquals(["id1" in clients, "id3" in clients, "toString" in clients], [true, false, false]);
  assertEquals([Object.hasOwn(clients, id), Object.hasOwn(clients, "id3")], [true, false]);
  const writable = clients as Record<string | symbol, unknown>;
  assertEquals(writable[Symbol.iterator], undefined);
  const changes = [
    () => writable.id1 = 1,
    () => writable.id3 = 1,
    () => delete writable.id1,
    () => Object.defineProperty(writable, "id3", { value: 1 }),
    () => Object.setPrototypeOf(writable, {}),
    () => Object.freeze(writable),
  ];
  for (const change of changes) assertThrows(change, TypeError);
  assertEquals(Object.entries(clients).map(([key, { id }]) => [key, id]), [
    ["id1", "id1"],
    ["id2", "id2"],
  ]);
  conn.close(true);
  assertEquals([Object.keys(clients), Reflect.get(clients, id)], [["id2"], undefined]);
});

Deno.test("engine.opts shows the options, frozen, and those that replace them", async () => {
  const engine = new InProcessEngine();
  const { opts } = engine.server.engine;
  assertEquals(opts, {
    pingInterval: 25_000,
    pingTimeout: 20_000,
    upgradeTimeout: 10_000,
    maxHttpBufferSize: 1_000_000,
    transports: ["polling", "websocket"],
    allowUpgrades: true,
    allowEIO3: false,
    initialPacket: undefined,
    cookie: false,
  });
  assertThrows(() => Object.assign(opts, { pingTimeout: 1 }), TypeError);
  engine.server.configure(settingsOf({
    cookie: resolveCookie({ name: "sid" }),
    initialPacket: EncodedPacket.message(["hello"]),
    session: { upgrades: [] },
  }));
  const later = engine.server.engine.opts;
  assertEquals([later.cookie, later.initialPacket, later.allowUpgrades], [
    { name: "sid" },
    "hello",
    false,
  ]);
  await engine.connect();
});

Deno.test("engine.upgrades tells what a session may move to", () => {
  const { engine } = new InProcessEngine().server;
  assertEquals([engine.upgrades("polling"), engine.upgrades("websocket")], [["websocket"], []]);
  const alone = new InProcessEngine({ session: { upgrades: [] } }).server.engine;
  assertEquals(alone.upgrades("polling"), []);
});

Deno.test("engine announces what all sessions flush, those that were there before too", async () => {
  const engine = new InProcessEngine();
  const facade = engine.server.engine;
  const before = await engine.connect();
  const heard: unknown[] = [];
  const onFlush = (conn: EngineSocket, buffer: readonly EnginePacket[]): void => {
    heard.push(["flush", conn.id, buffer.length]);
  };
  const onDrain = (conn: EngineSocket): void => void heard.push(["drain", conn.id]);
  facade.on("flush", onFlush).on("drain", onDrain);
  before.send("a");
  before.send("b");
  await engine.poll(before);
  await engine.connectWebSocket();
  assertEquals(heard, [["flush", "id1", 2], ["drain", "id1"], ["flush", "id2", 1], [
    "drain",
    "id2",
  ]]);
  facade.off("flush", onFlush).off("drain", onDrain);
  const observed = [...engine.server.sessions.values()].map(({ session }) => session.observed);
  assertEquals(observed, [false, false]);
});

Deno.test("engine.removeAllListeners takes users' listeners away, and the engine goes on", async () => {
  const engine = new InProcessEngine();
  const heard: string[] = [];
  engine.server.engine.on("connection", () => heard.push("connection"));
  engine.server.engine.removeAllListeners();
  assertEquals(engine.server.engine.eventNames(), []);
  const session = await engine.connect();
  await engine.post(session, "4a");
  assertEquals([heard, session.messages], [[], ["a"]]);
});

Deno.test("The class of engine has the codes of refusals, and their texts", () => {
  assertEquals(
    Object.entries(EngineFacade.errors).map(([name, code]) => [
      name,
      EngineFacade.errorMessages[code],
    ]),
    Object.entries(HANDSHAKE_MESSAGES),
  );
  assertStrictEquals(new InProcessEngine().server.engine.constructor, EngineFacade);
});

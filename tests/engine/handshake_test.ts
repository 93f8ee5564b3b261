/** Tests which requests are refused, and how, and what a handshake answers. */
import { assert, assertEquals } from "@std/assert";
import { HANDSHAKE_CODES, requestedProtocol } from "../../src/engine/handshake.ts";
import { resolveCookie } from "../../src/engine/cookie.ts";
import { EncodedPacket } from "../../src/wire/encoded_packet.ts";
import {
  assertRefused,
  type ExpectedRefusal,
  InProcessEngine,
  type InProcessOptions,
  type RequestOptions,
  settle,
} from "../support/in_process_engine.ts";
import { snapshotOf } from "../support/web_request.ts";

const UPGRADE = { upgrade: "websocket" };

/** Asserts that the request is refused, and that nothing is left of it. */
async function refuses(
  query: string,
  expected: ExpectedRefusal,
  request: RequestOptions = {},
  options: InProcessOptions = {},
): Promise<void> {
  const engine = new InProcessEngine(options);
  assertRefused(engine, await engine.ask(query, request), expected);
  assertEquals(engine.refusals.length, 1);
  assertEquals(engine.refusals[0]?.req.url, `/socket.io/?${query}`);
  assertEquals(engine.server.clientsCount, 0);
  assertEquals(engine.sessions.length + engine.sockets.length + engine.clock.waiting, 0);
  assertEquals(engine.failures, []);
}

Deno.test("Handshake refuses transports that it does not know", async () => {
  const queries: [query: string, transport: string | undefined][] = [
    ["EIO=4", undefined],
    ["EIO=4&transport=", ""],
    ["EIO=4&transport=foo", "foo"],
    ["EIO=4&transport=__proto__", "__proto__"],
    ["EIO=4&transport=constructor", "constructor"],
    ["EIO=4&transport=Polling", "Polling"],
    ["EIO=4&transport=webtransport", "webtransport"],
    ["EIO=4&transport=polling&transport=foo", "foo"],
    ["EIO=4&transport=0", "0"],
  ];
  for (const [query, transport] of queries) {
    const refusal = { code: 0, message: "Transport unknown", context: { transport } };
    await refuses(query, refusal);
    await refuses(query, refusal, { method: "POST", body: "4a" });
    await refuses(query, { ...refusal, upgrade: true }, { headers: UPGRADE });
  }
});

Deno.test("Handshake refuses transports that are switched off", async () => {
  const refusal = { code: 0, message: "Transport unknown" };
  await refuses("EIO=4&transport=polling", { ...refusal, context: { transport: "polling" } }, {}, {
    transports: ["websocket"],
  });
  await refuses(
    "EIO=4&transport=websocket",
    { ...refusal, context: { transport: "websocket" }, upgrade: true },
    { headers: UPGRADE },
    { transports: ["polling"] },
  );
});

Deno.test("Handshake refuses session ids that it does not know", async () => {
  for (const sid of ["nope", "__proto__", "constructor", "hasOwnProperty", "0"]) {
    const refusal = { code: 1, message: "Session ID unknown", context: { sid } };
    await refuses(`EIO=4&transport=polling&sid=${sid}`, refusal);
    await refuses(`EIO=4&transport=polling&sid=id1&sid=${sid}`, refusal);
    await refuses(`EIO=4&transport=polling&sid=${sid}`, refusal, { method: "POST", body: "4a" });
    await refuses(`EIO=4&transport=polling&sid=${sid}`, refusal, { method: "DELETE" });
    await refuses(
      `EIO=4&transport=websocket&sid=${sid}`,
      { ...refusal, upgrade: true },
      { headers: UPGRADE },
    );
  }
});

Deno.test("Handshake is by GET only", async () => {
  for (const method of ["POST", "OPTIONS", "HEAD", "PUT", "DELETE", "PATCH"]) {
    const refusal = { code: 2, message: "Bad handshake method", context: { method } };
    await refuses("EIO=4&transport=polling", refusal, { method });
    await refuses("EIO=4&transport=polling&sid=", refusal, { method });
    await refuses("EIO=4&transport=websocket", refusal, { method, headers: UPGRADE });
  }
});

Deno.test("Handshake refuses a transport that the request cannot carry", async () => {
  const context = { name: "TRANSPORT_HANDSHAKE_ERROR" };
  const refusal = { code: 3, message: "Bad request", context };
  await refuses("EIO=4&transport=websocket", refusal);
  await refuses("EIO=4&transport=websocket", refusal, { headers: { upgrade: "h2c" } });
  const upgrade = { ...refusal, upgrade: true };
  await refuses("EIO=4&transport=polling", upgrade, { headers: UPGRADE });
  await refuses("EIO=4&transport=websocket&transport=polling", upgrade, { headers: UPGRADE });
});

Deno.test("Handshake refuses other protocol revisions than 4", async () => {
  for (const eio of ["", "EIO=3&", "EIO=&", "EIO=4&EIO=3&", "EIO=04&", "EIO=5&", "eio=4&"]) {
    const message = "Unsupported protocol version";
    const refusal = { code: 5, message, context: { protocol: 3 } };
    await refuses(`${eio}transport=polling`, refusal);
    const upgrade = { ...refusal, upgrade: true };
    await refuses(`${eio}transport=websocket`, upgrade, { headers: UPGRADE });
  }
});

Deno.test("Handshake refuses an origin with control characters", async () => {
  for (const origin of ["http://a\x01.example", "http://a\x7f", "\x1f"]) {
    const context = { name: "INVALID_ORIGIN", origin };
    const refusal = { code: 3, message: "Bad request", context };
    await refuses("EIO=4&transport=polling", refusal, { headers: { origin } });
    await refuses("EIO=4&transport=polling&sid=nope", refusal, { headers: { origin } });
    const headers = { origin, ...UPGRADE };
    await refuses("EIO=4&transport=websocket", { ...refusal, upgrade: true }, { headers });
  }
  const engine = new InProcessEngine();
  for (const origin of ["http://a.example", "null", "http://\xe9.example", "a\tb ~"]) {
    assertEquals(
      (await engine.ask("EIO=4&transport=polling", { headers: { origin } })).status,
      200,
    );
  }
});

Deno.test("Handshake names the first fault only", async () => {
  const origin = "\x01";
  const all = { method: "POST", headers: { origin } };
  const unknown = { code: 0, message: "Transport unknown", context: { transport: "x" } };
  await refuses("EIO=3&transport=x&sid=nope", unknown, all);
  const context = { name: "INVALID_ORIGIN", origin };
  await refuses("EIO=3&transport=polling&sid=nope", {
    code: 3,
    message: "Bad request",
    context,
  }, all);
  const sid = { code: 1, message: "Session ID unknown", context: { sid: "nope" } };
  await refuses("EIO=3&transport=polling&sid=nope", sid, { method: "POST" });
  const method = { code: 2, message: "Bad handshake method", context: { method: "POST" } };
  await refuses("EIO=3&transport=websocket", method, { method: "POST" });
});

Deno.test("Requests of a session must name its transport", async () => {
  const engine = new InProcessEngine();
  const polling = await engine.connect();
  const socket = await engine.connectWebSocket();
  const onWebSocket = engine.session();
  const cases: [sid: string, transport: string, previousTransport: string, upgrade: boolean][] = [
    [polling.link.id, "websocket", "polling", false],
    [onWebSocket.link.id, "polling", "websocket", false],
    [polling.link.id, "polling", "polling", true],
    [onWebSocket.link.id, "polling", "websocket", true],
  ];
  for (const [sid, transport, previousTransport, upgrade] of cases) {
    const query = `EIO=4&transport=${transport}&sid=${sid}`;
    const reply = await engine.ask(query, upgrade ? { headers: UPGRADE } : {});
    const context = { name: "TRANSPORT_MISMATCH", transport, previousTransport };
    assertRefused(engine, reply, { code: 3, message: "Bad request", context, upgrade });
  }
  assertEquals(engine.server.clientsCount, 2);
  assertEquals(socket.closes, []);
});

Deno.test("Requests of a session must name its protocol revision", async () => {
  const engine = new InProcessEngine();
  const session = await engine.connect();
  const context = { name: "PROTOCOL_MISMATCH", protocol: 3, previousProtocol: 4 };
  const refusal = { code: 3, message: "Bad request", context };
  for (const eio of ["EIO=3&", "", "EIO=4&EIO=3&"]) {
    const query = `${eio}transport=polling&sid=${session.link.id}`;
    assertRefused(engine, await engine.ask(query), refusal);
    assertRefused(engine, await engine.ask(query, { method: "POST", body: "4a" }), refusal);
    const upgrade = `${eio}transport=websocket&sid=${session.link.id}`;
    assertRefused(engine, await engine.askUpgrade(upgrade), { ...refusal, upgrade: true });
  }
  assertEquals(session.link.state, "open");
  assertEquals(session.messages, []);
  assertEquals(engine.sockets, []);
});

Deno.test("Of repeated query parameters the last one counts", async () => {
  const engine = new InProcessEngine();
  const opened = await engine.ask("EIO=3&EIO=4&transport=websocket&transport=polling&sid=x&sid=");
  assertEquals(opened.status, 200);
  const session = engine.session();
  const query = `EIO=4&transport=foo&transport=polling&sid=nope&sid=${session.link.id}`;
  assertEquals((await engine.ask(query, { method: "POST", body: "4a" })).body, "ok");
  assertEquals(session.messages, ["a"]);
});

Deno.test("Handshake by polling answers the open packet", async () => {
  const engine = new InProcessEngine();
  const { status, type, body, headers } = await engine.ask("EIO=4&transport=polling&t=x");
  assertEquals([status, type], [200, "text/plain; charset=UTF-8"]);
  assertEquals(headers.get("cache-control"), "no-store");
  assertEquals(headers.get("set-cookie"), null);
  const open = {
    sid: "id1",
    upgrades: ["websocket"],
    pingInterval: 25_000,
    pingTimeout: 20_000,
    maxPayload: 1_000_000,
  };
  assertEquals(body, `0${JSON.stringify(open)}`);
  const { link } = engine.session();
  assertEquals([link.id as string, link.state, link.bufferedAmount], ["id1", "open", 0]);
  assertEquals(link.request.url, "/socket.io/?EIO=4&transport=polling&t=x");
  assertEquals(link.request.remoteAddress, "192.0.2.1");
});

Deno.test("Handshake by polling announces no upgrade when there is none", async () => {
  const engine = new InProcessEngine({ session: { upgrades: [] } });
  const { body } = await engine.ask("EIO=4&transport=polling");
  assertEquals(JSON.parse(body.slice(1)).upgrades, []);
});

Deno.test("Handshake by WebSocket opens the session when the socket is open", async () => {
  const engine = new InProcessEngine();
  for (const upgrade of ["websocket", "WebSocket"]) {
    const reply = await engine.ask("EIO=4&transport=websocket", { headers: { upgrade } });
    assertEquals(reply.status, 101);
  }
  const socket = engine.sockets[1];
  assert(socket);
  socket.receive("4early");
  // What waits is the end of both handshakes.
  assertEquals([engine.server.clientsCount, engine.sessions.length, engine.clock.waiting], [
    0,
    0,
    1,
  ]);
  socket.open();
  await settle();
  assertEquals(engine.server.clientsCount, 1);
  const open = {
    sid: "id2",
    upgrades: [],
    pingInterval: 25_000,
    pingTimeout: 20_000,
    maxPayload: 1_000_000,
  };
  assertEquals(socket.writes, [[`0${JSON.stringify(open)}`]]);
  socket.receive("4now");
  assertEquals(engine.session().messages, ["now"]);
});

Deno.test("Handshake sets the cookie on its own answer only, on either transport", async () => {
  const engine = new InProcessEngine({ cookie: resolveCookie({ name: "sid", secure: true }) });
  const text = (id: string): string => `sid=${id}; Path=/; HttpOnly; Secure; SameSite=Lax`;
  const { headers } = await engine.ask("EIO=4&transport=polling");
  assertEquals(headers.getSetCookie(), [text("id1")]);
  const session = engine.session();
  session.send("a");
  assertEquals((await engine.poll(session)).headers.getSetCookie(), []);
  assertEquals((await engine.post(session, "4a")).headers.getSetCookie(), []);
  assertEquals((await engine.webSocket(session)).headers.getSetCookie(), []);
  assertEquals((await engine.webSocket()).headers.getSetCookie(), [text("id2")]);
  assertEquals((await engine.ask("transport=polling")).headers.getSetCookie(), []);
});

Deno.test("Handshake sends the initial packet right after the open packet", async () => {
  const binary = new Uint8Array([1, 2, 3]);
  for (const [initialPacket, part] of [["hi", "4hi"], [binary, "bAQID"]] as const) {
    const engine = new InProcessEngine({
      initialPacket: EncodedPacket.message([initialPacket]),
      onOpened: (session) => session.send("later"),
    });
    const { body } = await engine.ask("EIO=4&transport=polling");
    assertEquals(body.split("\x1e").slice(1), [part, "4later"]);
    const socket = await engine.connectWebSocket();
    assertEquals(socket.writes.length, 1);
    const frame = initialPacket === binary ? binary : part;
    assertEquals(socket.frames.slice(1), [frame, "4later"]);
  }
});

Deno.test("HANDSHAKE_CODES are the numbers of the protocol", () => {
  assertEquals({ ...HANDSHAKE_CODES }, {
    UNKNOWN_TRANSPORT: 0,
    UNKNOWN_SID: 1,
    BAD_HANDSHAKE_METHOD: 2,
    BAD_REQUEST: 3,
    FORBIDDEN: 4,
    UNSUPPORTED_PROTOCOL_VERSION: 5,
  });
  assert(Object.isFrozen(HANDSHAKE_CODES));
});

Deno.test("requestedProtocol takes everything but 4 for 3, unless that would be right", () => {
  const asked = (right: number): unknown[] =>
    ["EIO=4", "EIO=3", "", "EIO=44", "EIO=%34", "EIO=4&EIO="].map((query) =>
      requestedProtocol(
        snapshotOf(new Request(`http://localhost/?${query}`)),
        (protocol) => protocol === right,
      )
    );
  assertEquals(asked(0), [4, 3, 3, 3, 4, 3]);
  assertEquals(asked(3), [4, "3", undefined, "44", 4, ""]);
});

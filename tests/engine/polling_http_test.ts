/** Tests long-polling over HTTP: waiting GETs, POSTs and their bodies, overlaps, aborts. */
import { assert, assertEquals } from "@std/assert";
import { EncodedPacket } from "../../src/wire/encoded_packet.ts";
import {
  InProcessEngine,
  pollingQuery,
  type Reply,
  settle,
  SlowBody,
} from "../support/in_process_engine.ts";

const TEXT = "text/plain; charset=UTF-8";

/** What there is of an answer that need not have come yet. */
function watch(reply: Promise<Reply>): { status: number; body: string } {
  const seen = { status: 0, body: "" };
  reply.then(({ status, body }) => Object.assign(seen, { status, body }));
  return seen;
}

Deno.test("A GET waits until there is something to send", async () => {
  const engine = new InProcessEngine();
  const session = await engine.connect();
  const reply = engine.poll(session);
  const seen = watch(reply);
  await settle();
  assertEquals(seen.status, 0);
  session.send("hello");
  const { status, type, body, headers } = await reply;
  assertEquals([status, type, body], [200, TEXT, "4hello"]);
  assertEquals(headers.get("cache-control"), "no-store");
});

Deno.test("A GET takes all that was queued, in order, with binary as base64", async () => {
  const engine = new InProcessEngine();
  const session = await engine.connect();
  session.send("one");
  session.send("two", new Uint8Array([0, 255]), new Uint8Array());
  session.send("\u20ac");
  assertEquals((await engine.poll(session)).body, "4one\x1e4two\x1ebAP8=\x1eb\x1e4\u20ac");
  assertEquals(session.link.bufferedAmount, 0);
});

Deno.test("What is emitted in one turn leaves in one answer", async () => {
  const engine = new InProcessEngine({ manualTurns: true });
  const handshake = engine.ask("EIO=4&transport=polling");
  await settle();
  const session = engine.session();
  session.send("with the handshake");
  await engine.endTurn();
  assertEquals((await handshake).body.split("\x1e")[1], "4with the handshake");
  const reply = engine.poll(session);
  const seen = watch(reply);
  await settle();
  session.send("a");
  await settle();
  session.send("b", new Uint8Array([1]));
  session.send("c");
  await settle();
  assertEquals(seen.status, 0);
  await engine.endTurn();
  assertEquals((await reply).body, "4a\x1e4b\x1ebAQ==\x1e4c");
});

Deno.test("A volatile message leaves over polling only while a GET waits", async () => {
  const engine = new InProcessEngine();
  const session = await engine.connect();
  const volatile = EncodedPacket.message(["v"]);
  assertEquals(session.link.send(volatile, true), "dropped");
  const reply = engine.poll(session);
  await settle();
  assertEquals(session.link.send(volatile, true), "queued");
  assertEquals((await reply).body, "4v");
});

Deno.test("An answer is cut at maxPayloadBytes, and the next GET takes the rest", async () => {
  const engine = new InProcessEngine({ session: { maxPayloadBytes: 10 } });
  const session = await engine.connect();
  for (const text of ["aaaa", "bbb", "c", "too long for one"]) session.send(text);
  assertEquals((await engine.poll(session)).body, "4aaaa\x1e4bbb");
  assertEquals((await engine.poll(session)).body, "4c");
  assertEquals((await engine.poll(session)).body, "4too long for one");
});

Deno.test("A second GET ends the session; both are answered", async () => {
  const engine = new InProcessEngine();
  const session = await engine.connect();
  const first = engine.poll(session);
  await settle();
  assertEquals((await engine.poll(session)).status, 400);
  const { status, body } = await first;
  assertEquals([status, body], [200, "1"]);
  assertEquals([session.reason, session.cause], ["transport error", "overlap from client"]);
  assertEquals((await engine.poll(session)).body, '{"code":1,"message":"Session ID unknown"}');
});

Deno.test("A GET that its peer aborts ends the session, and is answered", async () => {
  const engine = new InProcessEngine();
  const session = await engine.connect();
  const stop = new AbortController();
  const reply = engine.poll(session, { signal: stop.signal });
  await settle();
  session.send("nobody reads this");
  stop.abort();
  assertEquals((await reply).status, 400);
  assertEquals(session.closes.length, 1);
  assertEquals(session.reason, "transport error");
  assertEquals(session.cause, "poll connection closed prematurely");
  assertEquals([engine.server.clientsCount, engine.clock.waiting], [0, 0]);
});

Deno.test("A GET that was aborted before it came ends the session, and is answered", async () => {
  const engine = new InProcessEngine();
  const session = await engine.connect();
  session.send("queued");
  assertEquals((await engine.poll(session, { signal: AbortSignal.abort() })).status, 400);
  assertEquals(session.reason, "transport error");
  const handshake = await engine.ask("EIO=4&transport=polling", { signal: AbortSignal.abort() });
  assertEquals(handshake.status, 400);
  assertEquals(engine.session().reason, "transport error");
  assertEquals([engine.server.clientsCount, engine.clock.waiting], [0, 0]);
});

Deno.test("An abort after the answer changes nothing", async () => {
  const engine = new InProcessEngine();
  const session = await engine.connect();
  const stop = new AbortController();
  session.send("a");
  await engine.poll(session, { signal: stop.signal });
  const next = engine.poll(session);
  const seen = watch(next);
  await settle();
  stop.abort();
  await settle();
  assertEquals([session.link.state, seen.status], ["open", 0]);
  session.send("b");
  assertEquals((await next).body, "4b");
});

Deno.test("A GET leaves no listener on the signal of its request", async () => {
  const engine = new InProcessEngine();
  const session = await engine.connect();
  const request = new Request(`http://localhost/socket.io/?${pollingQuery(session.link.id)}`);
  const { signal } = request;
  const listeners = new Set<unknown>();
  const add = signal.addEventListener.bind(signal);
  const remove = signal.removeEventListener.bind(signal);
  signal.addEventListener = (type: string, listener: EventListener): void => {
    listeners.add(listener);
    add(type, listener);
  };
  signal.removeEventListener = (type: string, listener: EventListener): void => {
    listeners.delete(listener);
    remove(type, listener);
  };
  const response = engine.server.handle(engine.callOf(request));
  await settle();
  assertEquals(listeners.size, 1);
  session.send("a");
  assertEquals(await (await response).text(), "4a");
  assertEquals(listeners.size, 0);
});

Deno.test("A POST gives its packets to the session, in order", async () => {
  const engine = new InProcessEngine();
  const session = await engine.connect();
  const { status, type, body, headers } = await engine.post(
    session,
    "4one\x1ebAP8=\x1e3\x1e4\x1e4\u20ac",
    { headers: { "content-type": "text/plain;charset=UTF-8" } },
  );
  assertEquals([status, type, body], [200, "text/html", "ok"]);
  assertEquals(headers.get("cache-control"), "no-store");
  assertEquals(session.messages, ["one", new Uint8Array([0, 255]), "", "\u20ac"]);
});

Deno.test("A malformed POST ends the session after the packets before the fault", async () => {
  for (const fault of ["7x", "x", "", "b!", "4b\x1e\x1e4c"]) {
    const engine = new InProcessEngine();
    const session = await engine.connect();
    const poll = engine.poll(session);
    await settle();
    assertEquals((await engine.post(session, `4a\x1e${fault}\x1e4z`)).status, 400);
    assertEquals(session.messages.filter((data) => data !== "b"), ["a"]);
    assertEquals(session.reason, "parse error");
    assertEquals((await poll).body, "1");
    assertEquals(engine.failures, []);
  }
});

Deno.test("A POST without a body is malformed", async () => {
  const engine = new InProcessEngine();
  const session = await engine.connect();
  const query = pollingQuery(session.link.id);
  assertEquals((await engine.ask(query, { method: "POST" })).status, 400);
  assertEquals(session.reason, "parse error");
});

Deno.test("A POST of application/octet-stream gets 400 and ends the session", async () => {
  const spellings = [
    "application/octet-stream",
    "Application/OCTET-Stream",
    "application/octet-stream; charset=utf-8",
    "application/octet-stream ;a=b",
    "\tapplication/octet-stream",
  ];
  for (const type of spellings) {
    const engine = new InProcessEngine();
    const session = await engine.connect();
    const poll = engine.poll(session);
    await settle();
    const reply = await engine.post(session, "4a", { headers: { "content-type": type } });
    assertEquals([reply.status, session.messages], [400, []]);
    assertEquals([session.reason, session.cause], ["transport error", "invalid content"]);
    assertEquals((await poll).body, "1");
    assertEquals(engine.server.clientsCount, 0);
  }
});

Deno.test("A POST of another type that is not text is taken as text", async () => {
  const engine = new InProcessEngine();
  const session = await engine.connect();
  for (const type of ["application/octet-streams", "image/png", "x-application/octet-stream"]) {
    const reply = await engine.post(session, "4a", { headers: { "content-type": type } });
    assertEquals(reply.status, 200);
  }
  assertEquals(session.messages, ["a", "a", "a"]);
});

Deno.test("A POST over maxPayloadBytes gets 413 and the session lives on", async () => {
  const engine = new InProcessEngine({ session: { maxPayloadBytes: 10 } });
  const session = await engine.connect();
  const announced = { headers: { "content-length": "11" } };
  assertEquals((await engine.post(session, "4".padEnd(11, "x"), announced)).status, 413);
  const body = new SlowBody().push("4xxxxx").push("xxxxx");
  assertEquals((await engine.post(session, body.stream)).status, 413);
  assert(body.cancelled);
  assertEquals([session.link.state, session.messages], ["open", []]);
  assertEquals((await engine.post(session, "4".padEnd(10, "x"))).status, 200);
  assertEquals(session.messages, ["xxxxxxxxx"]);
  assertEquals((await engine.post(session, "4\u20ac\u20ac\u20ac")).status, 200);
  assertEquals((await engine.post(session, "4\u20ac\u20ac\u20acx")).status, 413);
});

Deno.test("A POST whose body does not end in time gets 408 and ends the session", async () => {
  const engine = new InProcessEngine({ bodyTimeoutMs: 5000 });
  const session = await engine.connect();
  const body = new SlowBody().push("4a");
  const reply = engine.post(session, body.stream);
  const seen = watch(reply);
  await engine.clock.advanceAsync(4999);
  assertEquals([seen.status, session.reason], [0, undefined]);
  await engine.clock.advanceAsync(1);
  assertEquals((await reply).status, 408);
  assertEquals([session.reason, session.messages], ["transport error", []]);
  assertEquals(session.cause, "data request was not finished in time");
  assert(body.cancelled);
  assertEquals(engine.clock.waiting, 0);
});

Deno.test("A POST whose peer goes away ends the session, and is answered", async () => {
  const engine = new InProcessEngine();
  const session = await engine.connect();
  const body = new SlowBody().push("4a");
  const reply = engine.post(session, body.stream);
  await settle();
  body.fail(new Error("connection reset"));
  assertEquals((await reply).status, 400);
  assertEquals([session.reason, session.messages], ["transport error", []]);
  assertEquals(session.cause, "data request connection closed prematurely");
  assertEquals([engine.server.clientsCount, engine.clock.waiting], [0, 0]);
});

Deno.test("A second POST ends the session; both and a waiting GET are answered", async () => {
  for (const type of ["text/plain", "application/octet-stream"]) await assertOverlap(type);
});

async function assertOverlap(type: string): Promise<void> {
  const engine = new InProcessEngine();
  const session = await engine.connect();
  const poll = engine.poll(session);
  const body = new SlowBody().push("4a");
  const first = engine.post(session, body.stream);
  await settle();
  const headers = { "content-type": type };
  assertEquals((await engine.post(session, "4b", { headers })).status, 400);
  assertEquals((await first).status, 400);
  assertEquals((await poll).body, "1");
  assert(body.cancelled);
  assertEquals([session.closes.length, session.messages], [1, []]);
  const overlap = "data request overlap from client";
  assertEquals([session.reason, session.cause], ["transport error", overlap]);
  assertEquals(engine.clock.waiting, 0);
}

Deno.test("POSTs one after the other, and beside a GET, do not overlap", async () => {
  const engine = new InProcessEngine();
  const session = await engine.connect();
  const poll = engine.poll(session);
  for (const text of ["a", "b", "c"]) {
    const body = new SlowBody().push("4");
    const reply = engine.post(session, body.stream);
    await settle();
    body.push(text).end();
    assertEquals((await reply).status, 200);
  }
  assertEquals(session.messages, ["a", "b", "c"]);
  session.send("answer");
  assertEquals((await poll).body, "4answer");
});

Deno.test("A close from above ends a POST under way", async () => {
  const engine = new InProcessEngine();
  const session = await engine.connect();
  const body = new SlowBody().push("4a");
  const reply = engine.post(session, body.stream);
  await settle();
  session.link.close(true);
  assertEquals((await reply).status, 400);
  assert(body.cancelled);
  assertEquals([session.reason, session.messages], ["forced close", []]);
  assertEquals(engine.clock.waiting, 0);
});

Deno.test("Packets after the one that made the session end are not taken", async () => {
  for (const discard of [true, false]) {
    const engine = new InProcessEngine();
    const session = await engine.connect();
    session.onMessage = () => session.link.close(discard);
    const reply = await engine.post(session, "4a\x1e4b\x1e4c");
    assertEquals([reply.status, session.messages], [200, ["a"]]);
  }
});

Deno.test("A close packet in a POST ends the session and releases the GET", async () => {
  const engine = new InProcessEngine();
  const session = await engine.connect();
  const poll = engine.poll(session);
  await settle();
  const { status, body } = await engine.post(session, "4a\x1e1\x1e4b");
  assertEquals([status, body, (await poll).body], [200, "ok", "6"]);
  assertEquals([session.messages, session.reason], [["a"], "transport close"]);
});

Deno.test("Other methods than GET and POST get 405 and change nothing", async () => {
  const engine = new InProcessEngine();
  const session = await engine.connect();
  for (const method of ["PUT", "DELETE", "PATCH", "OPTIONS", "HEAD"]) {
    const { status, headers } = await engine.ask(pollingQuery(session.link.id), { method });
    assertEquals([status, headers.get("allow")], [405, "GET, POST"]);
  }
  assertEquals(session.link.state, "open");
});

Deno.test("A POST that is refused unread has its body cancelled", async () => {
  const engine = new InProcessEngine();
  const session = await engine.connect();
  const bodies = [new SlowBody(), new SlowBody()];
  const headers = { "content-type": "application/octet-stream" };
  const [binary, unknown] = bodies;
  assert(binary && unknown);
  await engine.post(session, binary.stream, { headers });
  await engine.post(session, unknown.stream);
  assertEquals(engine.refusals.map(({ code }) => code), [1]);
  assertEquals(bodies.map(({ cancelled }) => cancelled), [true, true]);
});

Deno.test("Polling requests of a session on a WebSocket are refused, and change nothing", async () => {
  const engine = new InProcessEngine();
  const socket = await engine.connectWebSocket();
  const session = engine.session();
  const query = `EIO=4&transport=websocket&sid=${session.link.id}`;
  assertEquals((await engine.ask(query)).status, 400);
  assertEquals((await engine.ask(query, { method: "POST", body: "4a" })).status, 400);
  const headers = { "content-type": "application/octet-stream" };
  assertEquals((await engine.ask(query, { method: "POST", body: "4a", headers })).status, 400);
  assertEquals([session.link.state, session.messages, socket.closes], ["open", [], []]);
});

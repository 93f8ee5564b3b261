/** Tests long-polling of revision 3 over HTTP: answers and bodies of text and of bytes. */
import { assert, assertEquals } from "@std/assert";
import { askV3, connectV3, queryV3, type ReplyV3, webSocketV3 } from "../support/engine_v3.ts";
import {
  InProcessEngine,
  type InProcessOptions,
  settle,
  SlowBody,
} from "../support/in_process_engine.ts";
import type { RecordedSession } from "../support/in_process_engine.ts";

const TEXT = "text/plain; charset=UTF-8";
const BYTES = "application/octet-stream";

const bytes = (...values: readonly (number | string)[]): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(
    values.flatMap((it) => typeof it === "number" ? [it] : [...new TextEncoder().encode(it)]),
  );

/** One text packet and one of bytes. */
const PAYLOAD = bytes(0, 3, 255, "4é", 1, 3, 255, 4, 7, 8);
const HEARD = ["é", Uint8Array.of(7, 8)];

/** How clients, and proxies between, may write the type. */
const SPELLINGS: readonly string[] = [
  "application/octet-stream",
  "Application/OCTET-Stream",
  "application/octet-stream; charset=utf-8",
  "application/octet-stream ;a=b",
  "\tapplication/octet-stream",
];

async function opened(
  options: InProcessOptions = {},
  more = "",
): Promise<{ engine: InProcessEngine; session: RecordedSession }> {
  const engine = new InProcessEngine({ allowEIO3: true, ...options });
  return { engine, session: await connectV3(engine, more) };
}

function poll(engine: InProcessEngine, session: RecordedSession): Promise<ReplyV3> {
  return askV3(engine, queryV3(session));
}

function post(
  engine: InProcessEngine,
  session: RecordedSession,
  body: BodyInit,
  type = BYTES,
): Promise<ReplyV3> {
  const headers = { "content-type": type };
  return askV3(engine, queryV3(session), { method: "POST", body, headers });
}

Deno.test("A handshake of revision 3 is answered with an open packet in a payload of text", async () => {
  const engine = new InProcessEngine({ allowEIO3: true });
  for (const more of ["", "&b64=1"]) {
    const { status, type, body } = await askV3(engine, queryV3(undefined, more));
    assertEquals([status, type], [200, TEXT]);
    const [, length = "", open = ""] = /^(\d+):0(\{.*\})$/.exec(String(body)) ?? [];
    assertEquals([Number(length), JSON.parse(open).sid], [
      open.length + 1,
      engine.session().link.id,
    ]);
  }
});

Deno.test("A GET of revision 3 is answered in text while that is ASCII, else in bytes", async () => {
  const { engine, session } = await opened();
  session.send("a");
  session.send("b");
  assertEquals(await poll(engine, session), { status: 200, type: TEXT, body: "2:4a2:4b" });
  session.send("é");
  session.send(Uint8Array.of(7, 8));
  assertEquals(await poll(engine, session), { status: 200, type: BYTES, body: PAYLOAD });
  session.send("c");
  assertEquals((await poll(engine, session)).type, TEXT);
});

Deno.test("A GET of a client that asked for base64 is answered in text, whatever is sent", async () => {
  const { engine, session } = await opened({}, "&b64=1");
  session.send("é", Uint8Array.of(7, 8));
  assertEquals(await poll(engine, session), { status: 200, type: TEXT, body: "2:4é6:b4Bwg=" });
});

Deno.test("A POST of revision 3 may be bytes, however its type is written", async () => {
  for (const type of SPELLINGS) {
    const { engine, session } = await opened();
    const reply = await post(engine, session, PAYLOAD, type);
    assertEquals(reply, { status: 200, type: "text/html", body: "ok" }, type);
    assertEquals([session.messages, session.link.state], [HEARD, "open"]);
  }
});

Deno.test("A POST of revision 3 of another type is text", async () => {
  const { engine, session } = await opened();
  for (const type of ["text/plain;charset=UTF-8", "application/octet-streams", "image/png", ""]) {
    assertEquals((await post(engine, session, "2:4é6:b4Bwg=", type)).status, 200);
    assertEquals(session.messages.splice(0), HEARD);
  }
});

Deno.test("A POST of bytes ends a session of revision 4, in whose answers there are none either", async () => {
  for (const type of SPELLINGS) {
    const engine = new InProcessEngine({ allowEIO3: true });
    const session = await engine.connect();
    const waiting = engine.poll(session);
    await settle();
    const reply = await engine.post(session, PAYLOAD, { headers: { "content-type": type } });
    assertEquals([reply.status, session.messages], [400, []]);
    assertEquals([session.reason, session.cause], ["transport error", "invalid content"]);
    assertEquals([(await waiting).body, engine.server.clientsCount], ["1", 0]);
  }
});

Deno.test("A malformed POST of revision 3 ends the session after the packets before the fault", async () => {
  const faults: readonly [body: BodyInit, type: string][] = [
    [bytes(0, 2, 255, "4a", 7), BYTES],
    [bytes(0, 2, 255, "4a", 1, 9, 255, 4), BYTES],
    ["2:4ax", "text/plain"],
    ["2:4a4\x1e4b", "text/plain"],
    ["2:4a", BYTES],
  ];
  for (const [body, type] of faults) {
    const { engine, session } = await opened();
    const waiting = poll(engine, session);
    await settle();
    assertEquals((await post(engine, session, body, type)).status, 400);
    // Text in the place of bytes is not even a mark.
    assertEquals(session.messages, type === BYTES && body === "2:4a" ? [] : ["a"]);
    assertEquals(session.reason, "parse error");
    assertEquals([(await waiting).body, engine.server.clientsCount], ["1:1", 0]);
    assertEquals(engine.failures, []);
  }
});

Deno.test("A POST of text without a body is malformed; one of bytes holds no packets", async () => {
  const { engine, session } = await opened();
  assertEquals((await post(engine, session, new Uint8Array(0))).status, 200);
  assertEquals((await post(engine, session, "0:", "text/plain")).status, 200);
  assertEquals([session.link.state, session.messages], ["open", []]);
  assertEquals((await post(engine, session, "", "text/plain")).status, 400);
  assertEquals(session.reason, "parse error");
});

Deno.test("A POST of bytes over maxPayloadBytes gets 413 and the session lives on", async () => {
  const { engine, session } = await opened({ session: { maxPayloadBytes: 10 } });
  const query = queryV3(session);
  const headers = { "content-type": BYTES, "content-length": "11" };
  const announced = await askV3(engine, query, { method: "POST", body: PAYLOAD, headers });
  assertEquals(announced.status, 413);
  const body = new SlowBody().push("x".repeat(6)).push("x".repeat(5));
  assertEquals((await post(engine, session, body.stream)).status, 413);
  assert(body.cancelled);
  assertEquals([session.link.state, session.messages, engine.clock.waiting > 0], [
    "open",
    [],
    true,
  ]);
  assertEquals((await post(engine, session, bytes(1, 7, 255, 4, 1, 2, 3, 4, 5, 6))).status, 200);
  assertEquals(session.messages, [Uint8Array.of(1, 2, 3, 4, 5, 6)]);
});

Deno.test("A POST of bytes that does not end in time gets 408 and ends the session", async () => {
  const { engine, session } = await opened({ bodyTimeoutMs: 5_000 });
  const body = new SlowBody().push("\0");
  const reply = post(engine, session, body.stream);
  await engine.clock.advanceAsync(4_999);
  assertEquals(session.reason, undefined);
  await engine.clock.advanceAsync(1);
  assertEquals((await reply).status, 408);
  assertEquals([session.reason, session.messages], ["transport error", []]);
  assertEquals(session.cause, "data request was not finished in time");
  assertEquals([body.cancelled, engine.clock.waiting], [true, 0]);
});

Deno.test("A POST of bytes whose peer goes away ends the session, and is answered", async () => {
  const { engine, session } = await opened();
  const body = new SlowBody().push("\0");
  const reply = post(engine, session, body.stream);
  await settle();
  body.fail(new Error("connection reset"));
  assertEquals([(await reply).status, session.reason], [400, "transport error"]);
  assertEquals(session.cause, "data request connection closed prematurely");
});

Deno.test("A second POST ends a session of revision 3; both and a waiting GET are answered", async () => {
  const { engine, session } = await opened();
  const waiting = poll(engine, session);
  const body = new SlowBody().push("\0");
  const first = post(engine, session, body.stream);
  await settle();
  assertEquals((await post(engine, session, PAYLOAD)).status, 400);
  assertEquals([(await first).status, (await waiting).body, body.cancelled], [400, "1:1", true]);
  assertEquals([session.messages, session.closes.length], [[], 1]);
});

Deno.test("A client of revision 3 pings by POST, and has its pong by the GET that waits", async () => {
  const { engine, session } = await opened();
  const waiting = poll(engine, session);
  await settle();
  assertEquals((await post(engine, session, "1:2", "text/plain")).status, 200);
  assertEquals(await waiting, { status: 200, type: TEXT, body: "1:3" });
});

Deno.test("A client of revision 3 that is not heard any more is let go, on every transport", async () => {
  for (const way of ["polling", "websocket", "upgraded"] as const) {
    const engine = new InProcessEngine({ allowEIO3: true });
    if (way === "websocket") await webSocketV3(engine);
    else {
      const session = await connectV3(engine);
      if (way === "upgraded") (await webSocketV3(engine, session)).receive("2probe", "5");
    }
    engine.clock.advance(44_900);
    assertEquals(engine.server.clientsCount, 1, way);
    engine.clock.advance(200);
    assertEquals([engine.session().reason, engine.server.clientsCount], ["ping timeout", 0], way);
    assertEquals(engine.clock.waiting, 0);
  }
});

Deno.test("An upgrade of revision 3 releases the waiting GET, and messages go on in order", async () => {
  const { engine, session } = await opened();
  const waiting = poll(engine, session);
  await settle();
  const socket = await webSocketV3(engine, session);
  socket.receive("2probe");
  assertEquals(await waiting, { status: 200, type: TEXT, body: "1:6" });
  await post(engine, session, "2:4a", "text/plain");
  socket.receive("5", "4b", Uint8Array.of(4, 7, 8), "2");
  await settle();
  assertEquals(session.messages, ["a", "b", Uint8Array.of(7, 8)]);
  assertEquals(socket.frames, ["3probe", "3"]);
  assertEquals([session.link.conn.upgraded, session.link.conn.transport.name], [true, "websocket"]);
});

Deno.test("Binary data of clients of revision 3 reaches users as the runtime's kind of bytes", async () => {
  class OwnBytes extends Uint8Array<ArrayBuffer> {}
  const toBinary = (data: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> =>
    new OwnBytes(data.buffer, data.byteOffset, data.byteLength);
  const { engine, session } = await opened({ toBinary });
  await post(engine, session, PAYLOAD);
  await post(engine, session, "6:b4Bwg=", "text/plain");
  const [, first, second] = session.messages;
  for (const data of [first, second]) {
    assert(data instanceof OwnBytes);
    assertEquals([...data], [7, 8]);
  }
});

Deno.test("A megabyte of pings, of empty packets or of lengths is answered in linear time (CVE-2020-36048)", async () => {
  const million = 1_000_000;
  const fill = (unit: string): string => unit.repeat(Math.floor(million / unit.length));
  const cases: readonly (readonly [body: string, status: number])[] = [
    [fill("1:2"), 200],
    [fill("0:"), 200],
    [fill("99999999:"), 400],
    [fill("9"), 400],
    [fill("2:4a") + "1:2".repeat(100_000), 413],
  ];
  for (const [body, status] of cases) {
    const { engine, session } = await opened();
    const start = performance.now();
    assertEquals(
      (await post(engine, session, body, "text/plain")).status,
      status,
      body.slice(0, 9),
    );
    if (status === 200) {
      // What was answered to the pings leaves within maxPayloadBytes.
      const waiting = poll(engine, session);
      session.send("next");
      const { body: answer } = await waiting;
      assert(answer.length <= million && answer.length > 0);
    }
    assert(performance.now() - start < 3_000, body.slice(0, 9));
    assertEquals(session.reason, status === 400 ? "parse error" : undefined);
  }
});

Deno.test("A client of revision 3 that pings and never reads is let go", async () => {
  const { engine, session } = await opened();
  const pings = "1:2".repeat(333_333);
  let posts = 0;
  while (session.reason === undefined && posts < 10) {
    posts++;
    await post(engine, session, pings, "text/plain");
    await settle();
  }
  assertEquals([session.reason, posts], ["transport error", 2]);
  assert(session.cause?.startsWith("slow consumer"), session.cause);
});

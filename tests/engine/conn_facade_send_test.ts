/** Tests what `socket.conn` does for users: sending raw messages, and closing. */
import { Buffer } from "node:buffer";
import { assertEquals, assertStrictEquals, assertThrows, fail } from "@std/assert";
import { InProcessEngine, type RecordedSession } from "../support/in_process_engine.ts";

async function polling(): Promise<[InProcessEngine, RecordedSession]> {
  const engine = new InProcessEngine();
  return [engine, await engine.connect()];
}

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

Deno.test("conn.send calls back once the message was handed over, with the transport", async () => {
  const engine = new InProcessEngine({ session: { maxPayloadBytes: 10 } });
  const session = await engine.connect();
  const { conn } = session.link;
  const sent: unknown[] = [];
  conn.send("1234567", { compress: false }, (transport) => sent.push("first", transport));
  conn.write("7654321", () => sent.push("second"));
  // What is no function is passed over.
  conn.send("third", {}, "no function" as unknown as () => void);
  assertEquals(sent, []);
  await engine.poll(session);
  assertEquals(sent, ["first", conn.transport]);
  await engine.poll(session);
  assertEquals(sent.slice(2), ["second"]);
  const { session: own } = engine.server.sessions.get(session.link.id) ?? fail("no session");
  assertEquals(own.observed, false);
  conn.send("late", () => sent.push("late")).close(true);
  conn.send("later", () => sent.push("later"));
  assertEquals(sent.length, 3);
});

Deno.test("A callback of conn.send that throws is reported, and the next one is called", async () => {
  const [engine, session] = await polling();
  const failure = new Error("callback");
  let calls = 0;
  session.link.conn.send("a", () => {
    throw failure;
  });
  session.link.conn.send("b", () => void calls++);
  await engine.poll(session);
  assertEquals([calls, engine.failures], [1, [[failure, "drain"]]]);
});

Deno.test("conn.send takes text and binary data of any class, and refuses what is neither", async () => {
  const [engine, session] = await polling();
  const { conn } = session.link;
  conn.send("").send(new Uint8Array([1]).buffer).send(new DataView(new Uint8Array([2]).buffer));
  assertEquals((await engine.poll(session)).body, "4\x1ebAQ==\x1ebAg==");
  for (const wrong of [undefined, null, 5, {}, []]) {
    // Users of JavaScript can give anything.
    assertThrows(() => conn.send(wrong as unknown as string), TypeError, "Cannot send message");
  }
  assertEquals(session.link.bufferedAmount, 0);
});

Deno.test("Callbacks of conn.send come before drain by polling, after it by WebSocket", async () => {
  const [engine, session] = await polling();
  const log: string[] = [];
  const watch = ({ link: { conn } }: RecordedSession): void => {
    conn.on("drain", () => log.push("drain"));
    conn.send("a", () => log.push("callback"));
  };
  watch(session);
  await engine.poll(session);
  assertEquals(log.splice(0), ["callback", "drain"]);
  await engine.connectWebSocket();
  watch(engine.session(1));
  await engine.clock.advanceAsync(1);
  assertEquals(log, ["drain", "callback"]);
});

Deno.test("Nothing is told of a session that a callback of conn.send has closed but its end", async () => {
  const [engine, session] = await polling();
  const { conn } = session.link;
  const log: string[] = [];
  conn.on("drain", () => log.push("drain"));
  conn.on("close", () => log.push("close"));
  conn.send("a", () => conn.close(true));
  await engine.poll(session);
  assertEquals(log, ["close"]);
});

/** Tests what the engine is given of an IncomingMessage: its snapshot, and its body. */
import { Buffer } from "node:buffer";
import { IncomingMessage } from "node:http";
import { Socket } from "node:net";
import { setImmediate } from "node:timers";
import { assertEquals, assertStrictEquals } from "@std/assert";
import type { BodySink } from "../../src/engine/call.ts";
import { NodeBody, snapshotOf } from "../../src/runtime/node/node_request.ts";

/** A request that has no connection. */
function request(
  headers: IncomingMessage["headers"] = {},
  url = "/socket.io/?EIO=4",
): IncomingMessage & { _query?: unknown } {
  return Object.assign(new IncomingMessage(new Socket()), { url, method: "GET", headers });
}

/** Writes down what comes. */
class RecordingSink implements BodySink {
  readonly events: string[] = [];

  chunk(bytes: Uint8Array): void {
    this.events.push(`chunk ${new TextDecoder().decode(bytes)}`);
  }

  end(): void {
    this.events.push("end");
  }

  failed(cause: unknown): void {
    this.events.push(`failed ${cause instanceof Error}`);
  }
}

/** Lets streams do what they do when the turn is over. */
function settle(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}

Deno.test("snapshotOf() copies the request, and gives it the query of the reference", () => {
  const raw = request({ host: "a", "set-cookie": ["x=1", "y=2"], via: undefined }, "/p?q=1&q=2#f");
  const snapshot = snapshotOf(raw);
  assertEquals({ ...snapshot.headers }, { host: "a", "set-cookie": "x=1, y=2" });
  assertEquals([snapshot.url, snapshot.method, snapshot.secure], ["/p?q=1&q=2", "GET", false]);
  assertStrictEquals(snapshot.raw, raw);
  assertStrictEquals(raw._query, snapshot.query);
});

Deno.test("snapshotOf() keeps a query that somebody else has parsed", () => {
  const raw = Object.assign(request(), { _query: { parsed: "before" } });
  snapshotOf(raw);
  assertEquals(raw._query, { parsed: "before" });
});

Deno.test("NodeBody gives the pieces and the end, once", async () => {
  const raw = request({ "content-length": "6" });
  const sink = new RecordingSink();
  new NodeBody(raw).read(sink);
  raw.push(Buffer.from("one"));
  raw.push(Buffer.from("two"));
  raw.push(null);
  await settle();
  raw.destroy();
  await settle();
  assertEquals(sink.events, ["chunk one", "chunk two", "end"]);
});

Deno.test("NodeBody gives bytes also where somebody has set an encoding", async () => {
  const raw = request({ "content-length": "2" });
  raw.setEncoding("utf8");
  const sink = new RecordingSink();
  new NodeBody(raw).read(sink);
  raw.push(Buffer.from("ä"));
  raw.push(null);
  await settle();
  assertEquals(sink.events, ["chunk ä", "end"]);
});

Deno.test("NodeBody that somebody else has read is empty", async () => {
  const raw = request({ "content-length": "3" });
  raw.push(Buffer.from("one"));
  raw.push(null);
  raw.resume();
  await settle();
  const sink = new RecordingSink();
  new NodeBody(raw).read(sink);
  assertEquals(sink.events, ["end"]);
});

Deno.test("NodeBody fails once when the connection breaks off, or has broken off", async () => {
  const raw = request({ "content-length": "3" });
  const [sink, late] = [new RecordingSink(), new RecordingSink()];
  new NodeBody(raw).read(sink);
  raw.push(Buffer.from("o"));
  await settle();
  raw.destroy(new Error("reset"));
  await settle();
  assertEquals(sink.events, ["chunk o", "failed true"]);
  new NodeBody(raw).read(late);
  assertEquals(late.events, ["failed true"]);
});

Deno.test("NodeBody gives nothing after cancel(), and throws away what still comes", async () => {
  const raw = request({ "transfer-encoding": "chunked" });
  const sink = new RecordingSink();
  const body = new NodeBody(raw);
  body.read(sink);
  raw.push(Buffer.from("one"));
  await settle();
  body.cancel();
  body.cancel();
  raw.push(Buffer.from("two"));
  raw.push(null);
  await settle();
  assertEquals([sink.events, raw.readableEnded], [["chunk one"], true]);
});

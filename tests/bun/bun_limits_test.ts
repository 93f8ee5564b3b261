/** Tests of the limits on Bun: what comes in, what goes out, how long, and whose limit it is. */
import { assert, assertEquals, assertLess, assertMatch } from "@std/assert";
import { ask as askHttp, RawPolling, RawWebSocket } from "../support/raw_engine.ts";
import { clientFrame, RawTcp } from "../support/raw_tcp.ts";
import type { ServerProcess } from "../support/server_process.ts";
import { staysPending } from "../support/waiting.ts";
import { ask } from "../runtime/case_context.ts";
import { startServer, test } from "./bun_process.ts";
import { FrameReader, type ReadFrame } from "./frame_reader.ts";

const TARGET = "/socket.io/?EIO=4&transport=websocket";
const LIMIT = 1_000_000;
const MEGABYTE = 1_000_000;

/** The WebSockets of a user, by what they are limited to. */
const OWN = {
  none: {},
  unlimited: { websocket: {} },
  narrow: { websocket: { backpressureLimit: 65_536, closeOnBackpressureLimit: true } },
} as const;

/** A session over TCP that has joined the main namespace. */
async function joined(server: ServerProcess): Promise<FrameReader> {
  const reader = await FrameReader.open(server.port, TARGET);
  await reader.send("40");
  let frame: ReadFrame | undefined;
  do frame = await reader.frame(); while (!textOf(frame).startsWith("40"));
  return reader;
}

function textOf(frame: ReadFrame | undefined): string {
  return new TextDecoder().decode(frame?.start);
}

/** The code of a Close frame. */
function closeCode(frame: ReadFrame | undefined): number {
  assertEquals(frame?.opcode, 8);
  const [high = 0, low = 0] = frame?.start ?? [];
  return high * 256 + low;
}

/** The sum of the bytes with which the server fills an attachment. */
function filledSum(size: number): number {
  let sum = 0;
  for (let at = 0; at < size; at += 4096) sum += (at / 4096) % 251;
  return sum;
}

Deno.test("A poll and a slow body outlive the idle timeout of HTTP", async () => {
  await using server = await startServer({
    serve: { idleTimeout: 1 },
    options: { pingInterval: 6_500 }, // the first ping may be a tenth of it early
  });
  const session = await RawPolling.start(server.url);
  await session.join();
  using slow = await RawTcp.open(server.port);
  const other = await RawPolling.start(server.url);
  await slow.request("POST", other.url().slice(server.url.length), {
    headers: ["Content-Length: 2"],
    body: "4",
  });
  const waited = performance.now();
  assertEquals(await session.poll().then(({ status, text }) => [status, text]), [200, "2"]);
  assertLess(5_000, performance.now() - waited);
  await slow.write("0");
  const { status, body } = await slow.response();
  assertEquals([status, body], [200, "ok"]);
});

Deno.test("A body that does not come in bodyTimeout ends its session", async () => {
  await using server = await startServer({ options: { bodyTimeout: 100 } });
  const session = await RawPolling.start(server.url);
  await session.join();
  using slow = await RawTcp.open(server.port);
  await slow.request("POST", session.url().slice(server.url.length), {
    headers: ["Content-Length: 2"],
    body: "4",
  });
  assertEquals((await slow.response()).status, 408);
  const { reason } = await server.report({ kind: "disconnect" });
  assertEquals(reason, "transport error");
});

Deno.test("A message over the limit is refused by Bun with 1009, whole, in fragments, by its head", async () => {
  await using server = await startServer();
  const half = new Uint8Array(LIMIT / 2 + 1);
  const head = new Uint8Array([0x82, 0xff, 0, 0, 0, 0, 0x7f, 0, 0, 0, 0, 0, 0, 0]);
  const attempts: readonly (readonly Uint8Array[])[] = [
    [clientFrame(0x82, new Uint8Array(LIMIT + 1))],
    [clientFrame(0x81, "4".repeat(LIMIT + 1))],
    [clientFrame(0x02, half), clientFrame(0x80, half)],
    [head],
  ];
  for (const [index, frames] of attempts.entries()) {
    using reader = await joined(server);
    await reader.write(...frames);
    const rest = await reader.rest();
    assertEquals([index, closeCode(rest.at(-1))], [index, 1009]);
    const { reason, description } = await server.report({ kind: "disconnect" });
    assertEquals([reason, description], ["transport error", "Received too big message"]);
    server.reports.length = 0;
  }
  const line = "A limit was exceeded: maxHttpBufferSize: Received too big message";
  assertEquals(server.output.trimEnd(), line);
});

test("A message at the limit is taken", async (clients) => {
  await using server = await startServer();
  const client = await clients.connect(server, { transports: ["websocket"] });
  const answer = await ask(client, "echo", new Uint8Array(LIMIT));
  assertEquals((answer as Uint8Array).byteLength, LIMIT);
});

test("Each side keeps to its own limit of messages, whichever is larger", async (clients) => {
  for (const [maxPayloadLength, ours] of [[undefined, LIMIT], [5 * LIMIT, LIMIT], [100, LIMIT]]) {
    const websocket = maxPayloadLength === undefined ? {} : { maxPayloadLength };
    await using server = await startServer({ websocket });
    const theirs = maxPayloadLength ?? 16_777_216;
    const client = await clients.connect(server, { transports: ["websocket"] });
    assertEquals(await ask(client, "echo", 1), 1);

    await using socket = await RawWebSocket.open(`${server.webSocketUrl}/own`);
    socket.send("a".repeat(theirs));
    assertEquals(await socket.text(), `mine: string ${theirs}`);
    socket.send("é".repeat(theirs / 2 + 1));
    assertEquals((await socket.ended()).code, 1009);
    await using binary = await RawWebSocket.open(`${server.webSocketUrl}/own`);
    binary.send(new Uint8Array(theirs + 1));
    assertEquals((await binary.ended()).code, 1009);

    await using session = await RawWebSocket.start(server.url);
    await session.join();
    session.send(new Uint8Array((ours ?? 0) + 1));
    assertEquals((await session.ended()).code, 1009);
    const { reason } = await server.report({ kind: "disconnect" });
    assertEquals(reason, "transport error");
    assertMatch(server.output, /^A limit was exceeded: maxHttpBufferSize: .+$/);
  }
});

Deno.test("A body over the limit is answered with 413, however it is sent, and the process goes on", async () => {
  await using server = await startServer();
  for (const framing of ["Content-Length: 1000001", "Transfer-Encoding: chunked"]) {
    const session = await RawPolling.start(server.url);
    using tcp = await RawTcp.open(server.port);
    const chunk = "4".repeat(LIMIT + 1);
    const body = framing.startsWith("C")
      ? chunk
      : `${chunk.length.toString(16)}\r\n${chunk}\r\n0\r\n\r\n`;
    await tcp.request("POST", session.url().slice(server.url.length), { headers: [framing], body });
    assertEquals([framing, (await tcp.response()).status], [framing, 413]);
  }
  assertEquals((await askHttp(`${server.url}/socket.io/?EIO=4&transport=polling`)).status, 200);
});

Deno.test("Bun takes bodies up to the limit of the server where that is above its own", async () => {
  for (const maxHttpBufferSize of [200 * MEGABYTE, LIMIT]) {
    await using server = await startServer({ options: { maxHttpBufferSize } });
    const session = await RawPolling.start(server.url);
    using tcp = await RawTcp.open(server.port);
    await tcp.request("POST", session.url().slice(server.url.length), {
      headers: ["Content-Length: 190000000"],
    });
    const answer = tcp.response().then(({ status }) => status);
    if (maxHttpBufferSize === LIMIT) assertEquals(await answer, 413);
    else {
      await staysPending("a refusal", answer, 300);
      answer.catch(() => {}); // It never comes: the test goes away.
    }
  }
});

for (const [name, choice] of Object.entries(OWN)) {
  Deno.test(`100 MB in one turn arrive whole at a peer that cannot take them at once, own WebSockets: ${name}`, async () => {
    await using server = await startServer(choice);
    using reader = await joined(server);
    const sizes = [...Array.from({ length: 10 }, () => 10 * MEGABYTE), 0, 5, 0];
    await reader.send(`42${JSON.stringify(["attach", sizes, true])}`);
    const frames = await reader.rest(30_000);
    assertMatch(textOf(frames[0]), /^4513-\["attached",/);
    assertEquals(frames.slice(1, -2).map(({ length }) => length), sizes);
    for (const { length, sum } of frames.slice(1, -2)) assertEquals(sum, filledSum(length));
    assertEquals(textOf(frames.at(-2)), "41");
    closeCode(frames.at(-1));
    const { reason } = await server.report({ kind: "disconnect" });
    assertEquals(reason, "server namespace disconnect");
    assertEquals(server.output, "");
  });

  Deno.test(`A peer that does not read is let go, own WebSockets: ${name}`, async () => {
    await using server = await startServer({ ...choice, options: { maxBufferedBytes: 1_048_576 } });
    using reader = await joined(server);
    await reader.send('42["flood"]');
    const { reason, description } = await server.report({ kind: "disconnect" }, 10_000);
    assertEquals(reason, "transport error");
    assertMatch(String(description), /^slow consumer: /);
    const { sent } = await server.report({ kind: "flooded" });
    // What the kernel holds for both ends, and three times the limit.
    assertLess(Number(sent), 24 * MEGABYTE);
    assert(server.alive);
  });
}

Deno.test("JSON that costs Bun an array for each object is refused, by both transports", async () => {
  await using server = await startServer({});
  const heavy = `2["echo",${Array.from({ length: 90_000 }, () => '{"999":0}').join(",")}]`;
  using reader = await joined(server);
  await reader.send(`4${heavy}`);
  const first = await server.report({ kind: "disconnect" });
  const peer = await RawPolling.start(server.url);
  await peer.join();
  await peer.post(`4${heavy}`);
  const second = await server.report({ kind: "disconnect" });
  assertEquals([first.reason, second.reason], ["forced close", "forced close"]);
  assertMatch(server.output, /maxConnectionMemory is 67108864/);
  const fresh = await RawPolling.start(server.url);
  await fresh.join();
  assert(server.alive);
});

Deno.test("A message that Bun drops, since the user has set another limit, ends the session", async () => {
  await using server = await startServer({ over: { backpressureLimit: 65_536 } });
  using reader = await joined(server);
  const sizes = Array.from({ length: 10 }, () => 10 * MEGABYTE);
  await reader.send(`42${JSON.stringify(["attach", sizes, false])}`);
  const { reason, description } = await server.report({ kind: "disconnect" });
  assertEquals(reason, "transport error");
  assertMatch(String(description), /^Bun has dropped a message: /);
  const frames = await reader.rest(20_000);
  assertEquals(closeCode(frames.at(-1)), 1011);
  assertLess(frames.length, sizes.length);
});

Deno.test("The backpressure limit of the user holds for WebSockets of the user", async () => {
  for (const closeOnBackpressureLimit of [false, true]) {
    const websocket = { backpressureLimit: 65_536, closeOnBackpressureLimit };
    await using server = await startServer({ websocket });
    using reader = await FrameReader.open(server.port, "/own");
    await reader.send("flood 20000000 20000000 20000000");
    const { results } = await server.report({ kind: "own sent" });
    assertEquals(results, "-1 0 0");
    if (closeOnBackpressureLimit) await server.report({ kind: "own closed" });
    else assertEquals((await reader.frame(20_000))?.length, 20_000_000);
  }
});

/** Tests WebSockets on Node: what goes in, what comes out, and peers that break the rules. */
import { assert, assertEquals } from "@std/assert";
import { ask } from "../runtime/case_context.ts";
import { RawPolling, RawWebSocket } from "../support/raw_engine.ts";
import { clientFrame, RawTcp } from "../support/raw_tcp.ts";
import { eventually, within } from "../support/waiting.ts";
import { startFixture, testOnBoth } from "./fixture_process.ts";

const TARGET = "/socket.io/?EIO=4&transport=websocket";
const TEXT = 0x81;
/** A close frame, a character a byte. */
const CLOSE_1009 = "\x88\x02\x03\xf1";

testOnBoth(
  "Binary data reaches handlers as Buffers of exactly these bytes",
  async (runtime, clients) => {
    await using server = await startFixture(runtime, "server");
    for (const transports of [["websocket"], ["polling"]]) {
      const client = await clients.connect(server, { transports });
      for (const size of [0, 1, 1_024, 70_000]) {
        const value = new Uint8Array(size);
        assertEquals(await ask(client, "kind", value), ["Buffer", size]);
      }
      const sent = Uint8Array.from({ length: 100 }, (_value, index) => index);
      const echoed = await ask(client, "echo", [sent, sent.subarray(90)]) as Uint8Array[];
      assertEquals(echoed.map((it) => [...it]), [[...sent], [...sent.subarray(90)]]);
    }
  },
);

testOnBoth("Many messages of one turn arrive whole and in order", async (runtime, clients) => {
  await using server = await startFixture(runtime, "server");
  const client = await clients.connect(server, { transports: ["websocket"] });
  const seen: unknown[] = [];
  client.on("one", (index: number, value: string | Uint8Array) => {
    const size = (index * 7_919) % 70_000;
    const isRight = typeof value === "string"
      ? value === "é😀".repeat(size / 4)
      : value.byteLength === size && value.every((byte) => byte === index % 256);
    seen.push(isRight ? index : `wrong: ${index}`);
  });
  client.emit("many", 200);
  await eventually("all messages", () => seen.length === 200 || undefined);
  assertEquals(seen, Array.from({ length: 200 }, (_value, index) => index));
});

testOnBoth(
  "A message over maxHttpBufferSize is refused with 1009, before it is complete",
  async (runtime) => {
    const options = { maxHttpBufferSize: 1_000 };
    await using server = await startFixture(runtime, "server", { choice: { options } });
    const socket = await RawWebSocket.start(server.url);
    await socket.join();
    socket.send("x".repeat(2_000));
    assertEquals((await socket.ended()).code, 1009);
    const { reason, description } = await server.report({ kind: "disconnect" });
    assertEquals([reason, description], ["transport error", "Max payload size exceeded"]);

    // In pieces of which none is too large, and of which the last never comes.
    using tcp = await RawTcp.open(server.port);
    await tcp.upgrade(TARGET);
    await tcp.readUntil("}");
    await tcp.write(clientFrame(0x01, "x".repeat(600)));
    await tcp.write(clientFrame(0x00, "x".repeat(600)));
    await tcp.readUntil(CLOSE_1009);
    // Announced, and not sent.
    using other = await RawTcp.open(server.port);
    await other.upgrade(TARGET);
    await other.readUntil("}");
    await other.write(Uint8Array.of(TEXT, 0xff, 0, 0, 0, 0xff, 0, 0, 0, 0));
    await other.readUntil(CLOSE_1009);
  },
);

const BROKEN: readonly (readonly [string, Uint8Array])[] = [
  ["a frame without a mask", clientFrame(TEXT, "40", false)],
  ["a reserved bit", clientFrame(0xc1, "40")],
  ["an unknown opcode", clientFrame(0x83, "40")],
  ["malformed UTF-8", clientFrame(TEXT, Uint8Array.of(0x34, 0xff, 0xfe))],
  ["a continuation of nothing", clientFrame(0x80, "40")],
  ["a control frame that is too long", clientFrame(0x89, "x".repeat(126))],
];

for (const [what, frame] of BROKEN) {
  testOnBoth(`${what} closes the WebSocket, also with the handshake`, async (runtime) => {
    await using server = await startFixture(runtime, "server");
    for (const isTogether of [false, true]) {
      using tcp = await RawTcp.open(server.port);
      if (isTogether) {
        await tcp.write(concat(UPGRADE_LINES, frame));
        assertEquals((await tcp.response()).status, 101);
      } else {
        await tcp.upgrade(TARGET);
        await tcp.write(frame);
      }
      await tcp.webSocketEnded();
      await tcp.ended();
    }
    await using socket = await RawWebSocket.start(server.url);
    assert((await socket.join()).startsWith("40{"));
  });
}

const UPGRADE_LINES = [
  `GET ${TARGET} HTTP/1.1`,
  "Host: a",
  "Connection: Upgrade",
  "Upgrade: websocket",
  "Sec-WebSocket-Version: 13",
  "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
  "\r\n",
].join("\r\n");

function concat(text: string, bytes: Uint8Array): Uint8Array {
  return Uint8Array.from([...new TextEncoder().encode(text), ...bytes]);
}

testOnBoth(
  "A handshake that is not valid is refused, and told to connection_error",
  async (runtime) => {
    await using server = await startFixture(runtime, "server");
    for (const [wrong, right] of [["Key: short", "Version: 13"], ["Version: 7", KEY]]) {
      using tcp = await RawTcp.open(server.port);
      await tcp.request("GET", TARGET, {
        headers: [
          "Connection: Upgrade",
          "Upgrade: websocket",
          `Sec-WebSocket-${wrong}`,
          `Sec-WebSocket-${right}`,
        ],
      });
      const { status, headers } = await tcp.response();
      assertEquals([status, headers.get("sec-websocket-version")], [400, "13, 8"]);
      await tcp.ended();
    }
    const names = server.reportsOf({ kind: "connection_error" }).map(({ name }) => name);
    assertEquals(names, ["TRANSPORT_HANDSHAKE_ERROR", "TRANSPORT_HANDSHAKE_ERROR"]);
  },
);

const KEY = "Key: dGhlIHNhbXBsZSBub25jZQ==";

testOnBoth("An upgrade to something else is answered as if it were none", async (runtime) => {
  await using server = await startFixture(runtime, "server");
  using tcp = await RawTcp.open(server.port);
  const headers = ["Connection: Upgrade", "Upgrade: h2c"];
  await tcp.request("GET", "/socket.io/?EIO=4&transport=polling", { headers });
  const { status, body } = await tcp.response();
  assertEquals([status, body.slice(0, 7)], [200, '0{"sid"']);
  await tcp.ended();
});

testOnBoth(
  "An upgrade that is pipelined behind a waiting poll does no harm",
  async (runtime, clients) => {
    await using server = await startFixture(runtime, "server");
    for (const transport of ["unknown", "websocket"]) {
      const polling = await RawPolling.start(server.url);
      await polling.join();
      using tcp = await RawTcp.open(server.port);
      const { pathname, search } = new URL(polling.url());
      const upgrade = UPGRADE_LINES.replace("transport=websocket", `transport=${transport}`);
      await tcp.write(`GET ${pathname}${search} HTTP/1.1\r\nHost: a\r\n\r\n${upgrade}`);
      // Neither an answer nor a WebSocket has a place behind an answer that is owed: it is cut.
      await tcp.ended();
      await polling.post('42["disconnect me"]');
    }
    const client = await clients.connect(server, { transports: ["websocket"] });
    assertEquals(await ask(client, "echo", 1), 1);
  },
);

testOnBoth("A peer that vanishes during the handshake does no harm", async (runtime, clients) => {
  await using server = await startFixture(runtime, "server", { choice: { functions: true } });
  for (let count = 0; count < 20; count++) {
    const tcp = await RawTcp.open(server.port);
    await tcp.write(count % 2 ? UPGRADE_LINES : UPGRADE_LINES.replace("EIO=4", "EIO=4&sid=none"));
    tcp.close();
  }
  const client = await clients.connect(server, { transports: ["websocket"] });
  assertEquals(await ask(client, "echo", 1), 1);
});

testOnBoth("A reader that stops is closed, and nobody waits for it", async (runtime, clients) => {
  const options = { maxBufferedBytes: 1_048_576 };
  await using server = await startFixture(runtime, "server", { choice: { options } });
  using tcp = await RawTcp.open(server.port);
  await tcp.upgrade(TARGET);
  await tcp.write(clientFrame(TEXT, "40"));
  await tcp.write(clientFrame(TEXT, '42["flood"]'));
  const { reason } = await server.report({ kind: "disconnect" }, 20_000);
  assertEquals(reason, "transport error");
  const client = await clients.connect(server, { transports: ["websocket"] });
  assertEquals(await ask(client, "echo", 1), 1);
});

testOnBoth("A client that closes or vanishes is a transport close", async (runtime, clients) => {
  await using server = await startFixture(runtime, "server");
  const client = await clients.connect(server, { transports: ["websocket"] });
  client.io.engine.close();
  assertEquals((await server.report({ kind: "disconnect" })).reason, "transport close");
  const tcp = await RawTcp.open(server.port);
  await tcp.upgrade(TARGET);
  await tcp.write(clientFrame(TEXT, "40"));
  await within("an answer", tcp.readUntil("40{"));
  tcp.close();
  await eventually("the second end", () => {
    return server.reportsOf({ kind: "disconnect", reason: "transport close" }).length === 2 ||
      undefined;
  });
});

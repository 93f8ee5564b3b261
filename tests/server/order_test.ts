/** Tests that what one turn sends leaves in order, in one answer or write, and arrives whatever its size. */
import { assert, assertEquals } from "@std/assert";
import { base64Encode } from "../../src/base/bytes.ts";
import type { Frame } from "../../src/wire/engine_packet.ts";
import {
  type Connected,
  connected,
  joined,
  type RawClient,
  TRANSPORTS,
} from "../support/in_process_client.ts";
import type { TestServer } from "../support/in_process_server.ts";

const HOLE = '{"_placeholder":true,"num":0}';

/** Sends one of everything, and gives what a client in the rooms "a" and "b" must get. */
function sendMix({ io, socket }: Pick<Connected, "io" | "socket">): readonly Frame[] {
  io.emit("1");
  socket.emit("2");
  io.to("a").to("b").emit("3", Uint8Array.of(3));
  socket.emit("4", () => {});
  io.to("b").timeout(100).emit("5", () => {});
  io.except("a").emit("not to this one");
  socket.emit("6", Uint8Array.of(6));
  io.local.emit("7");
  socket.compress(false).send("8");
  return [
    '2["1"]',
    '2["2"]',
    `51-["3",${HOLE}]`,
    Uint8Array.of(3),
    '20["4"]',
    '21["5"]',
    `51-["6",${HOLE}]`,
    Uint8Array.of(6),
    '2["7"]',
    '2["message","8"]',
  ];
}

Deno.test("A turn's mix of emits, broadcasts and acks leaves in one answer to a poll", async () => {
  const { io, client, socket } = await connected({ transport: "polling" });
  await socket.join(["a", "b"]);
  const before = client.answers;
  const mix = sendMix({ io, socket });
  assertEquals(await client.take(), mix);
  assertEquals(client.answers, before + 1);
});

Deno.test("A turn's mix of emits, broadcasts and acks leaves in one write to a WebSocket", async () => {
  const { io, client, socket } = await connected();
  await socket.join(["a", "b"]);
  const before = client.webSocket?.writes.length ?? NaN;
  const mix = sendMix({ io, socket });
  assertEquals(await client.take(), mix);
  assertEquals(client.webSocket?.writes.length, before + 1);
});

Deno.test("Where frames are joined, a turn that goes on in microtasks leaves in one write", async () => {
  const { io, client, socket } = await connected({}, {}, { joinsFrames: true });
  const before = client.webSocket?.writes.length ?? NaN;
  socket.emit("1");
  await io.world.microtasks();
  io.emit("2");
  await io.world.microtasks();
  assertEquals(client.webSocket?.writes.length, before);
  assertEquals(await client.take(), ['2["1"]', '2["2"]']);
  assertEquals(client.webSocket?.writes.length, before + 1);
});

Deno.test("Where frames are not joined, what is emitted leaves before the turn goes on", async () => {
  const { io, client, socket } = await connected();
  const before = client.webSocket?.writes.length ?? NaN;
  socket.emit("1");
  await io.world.microtasks();
  assertEquals(client.webSocket?.writes.length, before + 1);
});

Deno.test("A turn that goes on in microtasks still leaves in one answer to a poll", async () => {
  const { io, client, socket } = await connected({ transport: "polling" });
  const before = client.answers;
  socket.emit("1");
  await io.world.microtasks();
  io.emit("2");
  await io.world.microtasks();
  assertEquals(client.answers, before);
  assertEquals(await client.take(), ['2["1"]', '2["2"]']);
  assertEquals(client.answers, before + 1);
});

for (const transport of TRANSPORTS) {
  Deno.test(`What a handler emits, broadcasts and answers keeps its order (${transport})`, async () => {
    const { io, client, socket } = await connected({ transport });
    socket.on("ask", (answer: (value: unknown) => void) => {
      socket.emit("before");
      answer(1);
      io.emit("between");
      socket.emit("after");
    });
    await client.send('20["ask"]', '21["ask"]');
    const round = (id: number): string[] => [
      '2["before"]',
      `3${id}[1]`,
      '2["between"]',
      '2["after"]',
    ];
    assertEquals(await client.take(), [...round(0), ...round(1)]);
  });

  Deno.test(`A session's namespaces share its order (${transport})`, async () => {
    const { io, client, socket } = await connected({ transport });
    io.of("/a");
    await client.join("/a");
    io.emit("1");
    io.of("/a").emit("2");
    socket.emit("3");
    assertEquals(await client.take(), ['2["1"]', '2/a,["2"]', '2["3"]']);
  });

  Deno.test(`Each recipient of overlapping broadcasts has its own order (${transport})`, async () => {
    const { io, client, socket } = await connected({ transport });
    const other = await joined(io, { transport });
    await socket.join("a");
    await other.socket.join(["a", "b"]);
    io.to("a").emit("1");
    other.socket.emit("2");
    io.to("b").emit("3");
    socket.emit("4");
    io.emit("5");
    const only = (...names: readonly number[]): string[] => names.map((name) => `2["${name}"]`);
    assertEquals(await client.take(), only(1, 4, 5));
    assertEquals(await other.client.take(), only(1, 2, 3, 5));
  });
}

Deno.test("Order is kept over an upgrade", async () => {
  const { io, client, socket } = await connected({ transport: "polling" });
  socket.emit("1");
  const probing = client.probe();
  io.emit("2");
  await probing;
  socket.emit("3");
  io.emit("4");
  await client.upgrade();
  socket.emit("5");
  assertEquals(await client.take(), [1, 2, 3, 4, 5].map((name) => `2["${name}"]`));
  assertEquals(socket.conn.transport.name, "websocket");
});

Deno.test("What is sent while no GET waits leaves with the next, in order", async () => {
  const { io, client, socket } = await connected({ transport: "polling" });
  client.pause();
  io.emit("takes the GET");
  await client.take();
  for (let turn = 0; turn < 3; turn++) {
    socket.emit(`direct ${turn}`);
    io.emit(`broadcast ${turn}`);
    await io.world.settle();
  }
  const before = client.answers;
  client.resume();
  assertEquals(
    await client.take(),
    [0, 1, 2].flatMap((turn) => [`2["direct ${turn}"]`, `2["broadcast ${turn}"]`]),
  );
  assertEquals(client.answers, before + 1);
});

// --- size ---

const MEGABYTE = 1_000_000;

/** Lets a client read until it has `count` messages or nothing comes any more. */
async function readAll(
  io: TestServer,
  client: RawClient,
  count: number,
): Promise<readonly Frame[]> {
  const messages: Frame[] = [];
  for (let round = 0; round < 200 && messages.length < count; round++) {
    client.webSocket?.drain();
    messages.push(...await client.take());
    await io.world.advance(32);
  }
  return messages;
}

/** The three ways in which a client may be reached, each ready to be sent to. */
const reading: Readonly<Record<string, () => Promise<Connected>>> = {
  polling: () => connected({ transport: "polling" }),
  async websocket(): Promise<Connected> {
    const connection = await connected();
    if (connection.client.webSocket !== undefined) connection.client.webSocket.holds = true;
    return connection;
  },
  async "an upgrade"(): Promise<Connected> {
    const connection = await connected({ transport: "polling" });
    await connection.client.probe();
    return connection;
  },
};

for (const [name, connect] of Object.entries(reading)) {
  Deno.test(`20 MB in one turn reach a client that reads, over ${name}`, async () => {
    const { io, client, socket } = await connect();
    const sent: string[] = [];
    for (let part = 0; part < 20; part++) {
      const text = String.fromCharCode(97 + part).repeat(MEGABYTE);
      sent.push(`2["x","${text}"]`);
      if (part % 2 === 0) socket.emit("x", text);
      else io.emit("x", text);
    }
    if (name === "an upgrade") await upgradeSlowly(client);
    const messages = await readAll(io, client, sent.length);
    assert(messages.length === sent.length && messages.every((text, part) => text === sent[part]));
    assertEquals([socket.connected, client.isClosed, io.world.errors], [true, false, []]);
  });

  Deno.test(`20 MB in one turn of small packets reach a client that reads, over ${name}`, async () => {
    const { io, client, socket } = await connect();
    const text = "x".repeat(2_000);
    for (let part = 0; part < 10_000; part++) socket.emit(String(part), text);
    if (name === "an upgrade") await upgradeSlowly(client);
    const messages = await readAll(io, client, 10_000);
    const inOrder = messages.every((packet, part) => packet === `2["${part}","${text}"]`);
    assertEquals([messages.length, inOrder, socket.connected], [10_000, true, true]);
  });

  Deno.test(`One emit of 5 MB, of text or bytes, reaches a client over ${name}`, async () => {
    const { io, client, socket } = await connect();
    const text = "x".repeat(5 * MEGABYTE);
    const bytes = new Uint8Array(5 * MEGABYTE).fill(7);
    socket.emit("x", text);
    io.emit("x", bytes);
    if (name === "an upgrade") await upgradeSlowly(client);
    const [first, head, body, ...rest] = await readAll(io, client, 3);
    assert(first === `2["x","${text}"]`);
    assertEquals([head, rest], [`51-["x",${HOLE}]`, []]);
    assert(body instanceof Uint8Array && base64Encode(body) === base64Encode(bytes));
    assertEquals(socket.connected, true);
  });
}

async function upgradeSlowly(client: RawClient): Promise<void> {
  if (client.webSocket !== undefined) client.webSocket.holds = true;
  await client.upgrade();
}

Deno.test("An answer to a poll is cut at maxHttpBufferSize, between packets", async () => {
  const { io, client, socket } = await connected({ transport: "polling" }, {
    maxHttpBufferSize: 1000,
  });
  const before = client.answers;
  for (let part = 0; part < 10; part++) socket.emit("x", "y".repeat(290));
  io.emit("z", "y".repeat(5000));
  socket.emit("last");
  assertEquals((await client.take()).length, 12);
  // Three of 300 bytes fit, then the big one goes alone, and what follows it.
  assertEquals(client.answers - before, 4 + 1 + 1);
});

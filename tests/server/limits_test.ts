/** Tests of the option `limits` over a whole server: each limit, by each key, with each action. */
import { assert, assertEquals, assertThrows } from "@std/assert";
import { StateError } from "../../src/base/errors.ts";
import { joined, type RawClient } from "../support/in_process_client.ts";
import { TestServer } from "../support/in_process_server.ts";
import { enter, limitedServer } from "../support/limited_server.ts";

type Limit = "packets" | "bytes" | "events" | "joins";
type Scope = "perSocket" | "perAddress" | "perUser";

const SCOPES: readonly Scope[] = ["perSocket", "perAddress", "perUser"];
const ACTIONS = ["disconnect", "drop"] as const;

/** What a client was told of limits so far, and nothing else. */
async function notices(client: RawClient): Promise<readonly unknown[]> {
  const told = (await client.take()).filter((item) =>
    String(item).startsWith('2["limit_exceeded"')
  );
  return told.map((item) => (JSON.parse(String(item).slice(1)) as unknown[])[1]);
}

/** What one use of each limit is, and so many of them that a second one is above the limit. */
const USES: Readonly<Record<Limit, (client: RawClient) => Promise<void>>> = {
  // A client has used up two packets by joining: none, the bucket has filled up since.
  packets: (client) => client.send('2["x"]'),
  bytes: (client) => client.send(`2["x","${"y".repeat(94)}"]`),
  events: (client) => client.send('2["x"]'),
  joins: (client) => client.send(`0/n${client.inbox.length}${Math.random()},`),
};

/** A rate that lets one use pass in a second, and a burst of one use. */
const RATES: Readonly<Record<Limit, { readonly rate: number; readonly burst: number }>> = {
  packets: { rate: 1, burst: 1 },
  bytes: { rate: 103, burst: 103 },
  events: { rate: 1, burst: 1 },
  joins: { rate: 1, burst: 1 },
};

const LIMITS = Object.keys(USES) as readonly Limit[];

for (const limit of LIMITS) {
  for (const scope of SCOPES) {
    for (const onExceeded of ACTIONS) {
      Deno.test(`limits.${limit}.${scope} counts, and lets the offender ${onExceeded}`, async () => {
        const io = limitedServer({ [limit]: { [scope]: RATES[limit] }, onExceeded });
        io.of(/./);
        const use = USES[limit];
        const offender = await enter(io);
        await io.world.advance(5_000);
        // Who shares the allowance, and who does not.
        const addressOf = { perSocket: "192.0.2.1", perAddress: "192.0.2.1", perUser: "192.0.2.9" };
        const userOf = { perSocket: "u1", perAddress: "u9", perUser: "u1" };
        const mate = await enter(io, userOf[scope], addressOf[scope]);
        await io.world.advance(5_000);
        const stranger = await enter(io, "u2", "192.0.2.2");
        await io.world.advance(5_000);
        let heard = 0;
        for (const { socket } of [offender, mate, stranger]) socket.on("x", () => heard++);

        await use(offender.client);
        assertEquals([offender.socket.connected, await notices(offender.client)], [true, []]);
        await use(stranger.client);
        assertEquals([stranger.socket.connected, await notices(stranger.client)], [true, []]);

        const shares = scope !== "perSocket";
        const second = shares ? mate : offender;
        await use(second.client);
        assertEquals(second.socket.connected, onExceeded === "drop");
        assertEquals(io.counters.get("limits_exceeded", `limits.${limit}`), 1);
        if (limit !== "joins") {
          assertEquals(await notices(second.client), [{ limit, retryAfter: 1_000 }]);
          assertEquals(heard, 2);
        }
        if (onExceeded === "disconnect") {
          assertEquals(second.client.isClosed, true);
        } else {
          await io.world.advance(1_000);
          await use(second.client);
          if (limit !== "joins") assertEquals(heard, 3);
          assertEquals(io.counters.get("limits_exceeded", `limits.${limit}`), 1);
        }
        await io.close();
      });
    }
  }
}

Deno.test("A client that is above a limit is told once a second, and every excess is counted", async () => {
  const io = limitedServer({ events: { perSocket: { rate: 0.1, burst: 1 } }, onExceeded: "drop" });
  const { client } = await enter(io);
  await client.send('2["x"]');
  for (let second = 0; second < 3; second++) {
    for (let count = 0; count < 100; count++) await client.send('2["x"]');
    assertEquals(await notices(client), [{ limit: "events", retryAfter: 10_000 - 1_000 * second }]);
    await io.world.advance(1_000);
  }
  assertEquals(io.counters.get("limits_exceeded", "limits.events"), 300);
  assertEquals(io.counters.get("packets_dropped", "limit"), 300);
  const lines = io.world.logger.lines.map(({ message }) => message);
  assertEquals(lines, [
    'A limit was exceeded: limits.events: a client from "192.0.2.1" is not listened to',
  ]);
  await io.close();
});

Deno.test("A client that is disconnected is told why first, and is let go in the same turn", async () => {
  for (const transport of ["polling", "websocket"] as const) {
    const io = limitedServer({ events: { perSocket: { rate: 1, burst: 2 } } });
    const { client, socket } = await enter(io, "u1", "192.0.2.1", transport);
    const ends: unknown[] = [];
    const heard: unknown[] = [];
    socket.on("x", (value) => heard.push(value));
    socket.on("disconnect", (reason) => ends.push(reason));
    await client.send('2["x",1]', '2["x",2]', '2["x",3]', '2["x",4]');
    assertEquals([heard, ends], [[1, 2], ["server namespace disconnect"]]);
    assertEquals(await client.take(), [
      '2["limit_exceeded",{"limit":"events","retryAfter":1000}]',
      "1",
    ]);
    await io.world.settle();
    assertEquals([io.engine.clientsCount, client.isClosed], [0, true]);
    await io.close();
    assertEquals(io.world.clock.waiting, 0);
  }
});

Deno.test("A packet with attachments is dropped whole, wherever it goes above the limit", async () => {
  for (let burst = 1; burst <= 3; burst++) {
    const packets = { perSocket: { rate: 1, burst } };
    const io = limitedServer({ packets, onExceeded: "drop" });
    const { client, socket } = await enter(io);
    const heard: unknown[] = [];
    socket.on("x", (...values) => void heard.push(values.length));
    await io.world.advance(5_000);
    const event = '52-["x",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]';
    await client.send(event, Uint8Array.of(1), Uint8Array.of(2));
    assertEquals([heard, socket.connected], [burst === 3 ? [2] : [], true]);
    await io.world.advance(5_000);
    await client.send('2["x"]');
    assertEquals([heard.at(-1), socket.connected], [0, true]);
    await io.close();
  }
});

Deno.test("With drop, what keeps a session alive or ends it is never dropped", async () => {
  const io = limitedServer({
    packets: { perSocket: { rate: 0.001, burst: 1 } },
    onExceeded: "drop",
  });
  const { client, socket } = await enter(io);
  const joinedIn = await client.take();
  assertEquals(joinedIn, []);
  await io.world.advance(25_000);
  for (let count = 0; count < 100; count++) await client.sendPackets("3");
  await io.world.advance(24_000);
  assert(socket.connected);
  await client.send("1");
  assertEquals(socket.connected, false);
  await io.close();
});

Deno.test("A flood below messages is above the limit too", async () => {
  for (const limit of ["packets", "bytes"] as const) {
    const io = limitedServer({ [limit]: { perSocket: { rate: 10, burst: 1_000 } } });
    const { client, socket } = await enter(io);
    for (let count = 0; count < 20; count++) await client.sendPackets(`3${"x".repeat(20)}`);
    assertEquals(socket.connected, true);
    for (let count = 0; count < 1_000; count++) await client.sendPackets(`3${"x".repeat(20)}`);
    assertEquals([socket.connected, client.isClosed], [false, true]);
    await io.close();
  }
});

Deno.test("Packets of a payload are counted one by one", async () => {
  const io = limitedServer({ packets: { perSocket: { rate: 1, burst: 5 } } });
  const { client, socket } = await enter(io, "u1", "192.0.2.1", "polling");
  let heard = 0;
  socket.on("x", () => heard++);
  await io.world.advance(5_000);
  assertEquals(await client.post(Array.from({ length: 100 }, () => '42["x"]').join("\x1e")), 200);
  assertEquals([heard, socket.connected], [5, false]);
  await io.close();
});

Deno.test("A message of more bytes than the burst is taken when nothing else was lately", async () => {
  const io = limitedServer({ bytes: { perSocket: { rate: 100, burst: 100 } }, onExceeded: "drop" });
  const { client, socket } = await enter(io);
  let heard = 0;
  socket.on("x", () => heard++);
  await io.world.advance(5_000);
  await client.send(`2["x","${"y".repeat(294)}"]`);
  await io.world.advance(2_000);
  await client.send('2["x"]');
  assertEquals(heard, 1);
  await io.world.advance(200);
  await client.send('2["x"]');
  assertEquals(heard, 2);
  await io.close();
});

Deno.test("Attachments of more bytes than the burst are never taken, however long a client has been silent", async () => {
  const io = limitedServer({ bytes: { perSocket: { rate: 100, burst: 100 } }, onExceeded: "drop" });
  const { client, socket } = await enter(io);
  let heard = 0;
  socket.on("x", () => heard++);
  for (const size of [200, 200, 50]) {
    await io.world.advance(5_000);
    await client.send('51-["x",{"_placeholder":true,"num":0}]', new Uint8Array(size));
  }
  assertEquals([heard, io.counters.get("limits_exceeded", "limits.bytes")], [1, 2]);
  await io.close();
});

Deno.test("A namespace that is asked for too soon is refused in words that clients understand", async () => {
  for (const onExceeded of ACTIONS) {
    const io = limitedServer({ joins: { perSocket: { rate: 1, burst: 2 } }, onExceeded });
    io.of("/a");
    io.of("/b");
    const { client } = await enter(io);
    await client.join("/a");
    await client.send("0/b,");
    const refusal =
      '4/b,{"message":"Too many requests","data":{"limit":"joins","retryAfter":1000}}';
    const ends = onExceeded === "drop" ? [] : ["1", "1/a,"];
    assertEquals(await client.take(), [refusal, ...ends]);
    assertEquals(io.counters.get("namespaces_refused", "limit"), 1);
    if (onExceeded === "drop") {
      await io.world.advance(1_000);
      await client.join("/b");
    }
    await io.close();
  }
});

Deno.test("A room that a socket is in already is no join", async () => {
  const io = limitedServer({ joins: { perSocket: { rate: 1, burst: 2 } } });
  const { socket } = await joined(io);
  for (let times = 0; times < 5; times++) socket.join("a");
  assertEquals([...socket.rooms], [socket.id, "a"]);
  await io.close();
});

Deno.test("Rooms count as joins, but for the socket's own", async () => {
  const io = limitedServer({ joins: { perSocket: { rate: 1, burst: 3 } }, onExceeded: "drop" });
  const { client, socket } = await enter(io);
  void socket.join(["a", "b"]);
  const error = assertThrows(() => void socket.join("c"), StateError, "limits.joins is exceeded");
  assertEquals(error.code, "limit-exceeded");
  assertEquals([...socket.rooms], [socket.id, "a", "b"]);
  assertEquals(await notices(client), [{ limit: "joins", retryAfter: 1_000 }]);
  await io.world.advance(1_000);
  void socket.join("c");
  assertEquals(socket.rooms.size, 4);
  await io.close();
});

Deno.test("With disconnect, a room too many ends the client", async () => {
  const io = limitedServer({ joins: { perSocket: { rate: 1, burst: 2 } } });
  const { client, socket } = await enter(io);
  void socket.join("a");
  void socket.join("b");
  assertEquals([socket.connected, socket.rooms.size], [false, 0]);
  assertEquals(await client.take(), [
    '2["limit_exceeded",{"limit":"joins","retryAfter":1000}]',
    "1",
  ]);
  await io.close();
});

Deno.test("Sockets of one client in several namespaces share what is counted per socket", async () => {
  const io = limitedServer({ events: { perSocket: { rate: 1, burst: 2 } }, onExceeded: "drop" });
  io.of("/a");
  const { client } = await enter(io);
  await client.join("/a");
  await client.send('2["x"]', '2/a,["x"]', '2/a,["x"]');
  assertEquals(await client.take(), [
    '2/a,["limit_exceeded",{"limit":"events","retryAfter":1000}]',
  ]);
  await io.close();
});

Deno.test("A packet is charged to its limit of packets and to that of bytes, or to none", async () => {
  const limits = {
    packets: { perSocket: { rate: 1, burst: 2 } },
    bytes: { perSocket: { rate: 100, burst: 100 } },
  };
  const io = limitedServer({ ...limits, onExceeded: "drop" });
  const { client, socket } = await enter(io);
  let heard = 0;
  socket.on("x", () => heard++);
  await io.world.advance(5_000);
  const large = `2["x","${"y".repeat(80)}"]`;
  // The first leaves one packet and a few bytes; what has too many costs no packet.
  await client.send(large, large, large, '2["x"]');
  assertEquals(heard, 2);
  assertEquals(io.counters.get("limits_exceeded", "limits.bytes"), 2);
  assertEquals(io.counters.get("limits_exceeded", "limits.packets"), 0);
  await client.send('2["x"]');
  assertEquals([heard, io.counters.get("limits_exceeded", "limits.packets")], [2, 1]);
  await io.close();
});

Deno.test("Without limits a connection has no account, and its session no meter", async () => {
  const io = new TestServer();
  const { client, socket } = await joined(io);
  let heard = 0;
  socket.on("x", () => heard++);
  for (let count = 0; count < 1_000; count++) await client.send('2["x"]');
  for (let room = 0; room < 100; room++) void socket.join(`room ${room}`);
  assertEquals([heard, socket.rooms.size], [1_000, 101]);
  assertEquals([...io.counters], []);
  await io.close();
});

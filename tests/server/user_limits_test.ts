/** Tests of limits that connections share: who a user is, and what is remembered of it. */
import { assertEquals } from "@std/assert";
import { RawClient } from "../support/in_process_client.ts";
import { TestServer } from "../support/in_process_server.ts";
import { enter, limitedServer } from "../support/limited_server.ts";

Deno.test("userKey may wait for a socket, and the first key counts for the connection", async () => {
  const asked: unknown[] = [];
  const io = new TestServer({
    limits: {
      events: { perUser: { rate: 1, burst: 1 } },
      userKey: (_request, socket) => {
        asked.push(socket?.data.user);
        return socket?.data.user as string | undefined;
      },
      onExceeded: "drop",
    },
  });
  io.of("/late").use((socket, next) => {
    socket.data.user = socket.handshake.auth.user;
    next();
  });
  const heard: string[] = [];
  io.of("/late").on("connection", (socket) => void socket.on("x", () => heard.push(socket.id)));
  const clients = [await RawClient.open(io), await RawClient.open(io)];
  for (const client of clients) {
    await client.join();
    await client.join("/late", { user: "u1" });
    await client.send('2/late,["x"]');
  }
  assertEquals(heard.length, 1);
  assertEquals(asked, [undefined, undefined, undefined, "u1", undefined, "u1"]);
  await io.close();
});

Deno.test("A userKey that fails, or gives what is no key, is reported and counts for nobody", async () => {
  const answers: (() => unknown)[] = [
    () => {
      throw new Error("no database");
    },
    () => 7,
    () => "x".repeat(257),
    () => Promise.resolve("u1"),
  ];
  for (const answer of answers) {
    const io = new TestServer({
      limits: {
        handshakes: { perUser: { rate: 1, burst: 1 } },
        // What a program in JavaScript may give.
        userKey: () => answer() as string,
      },
    });
    await RawClient.open(io);
    await RawClient.open(io);
    assertEquals(io.engine.clientsCount, 2);
    assertEquals(io.world.errors.length, 2);
    await io.close();
  }
  for (const nothing of [undefined, null, ""]) {
    const io = new TestServer({
      limits: { handshakes: { perUser: { rate: 1, burst: 1 } }, userKey: () => nothing },
    });
    await RawClient.open(io);
    await RawClient.open(io);
    assertEquals([io.engine.clientsCount, io.world.errors.length], [2, 0]);
    await io.close();
  }
});

Deno.test("A session that has ended holds no allowance of an address or a user", async () => {
  const rate = { rate: 1, burst: 1 };
  const io = limitedServer({
    events: { perAddress: rate, perUser: rate },
    connectionsPerAddress: 1,
    onExceeded: "drop",
  });
  for (let count = 0; count < 5; count++) {
    const { client, socket } = await enter(io);
    let heard = 0;
    socket.on("x", () => heard++);
    await client.send('2["x"]', '2["x"]');
    // What the last connection has used up counts for this one, too.
    assertEquals(heard, count % 2 === 0 ? 1 : 0);
    await client.leave();
    if (count % 2 === 1) await io.world.advance(1_000);
  }
  await io.close();
});

Deno.test("Connections of a user share an allowance, whoever comes and goes, as long as one is left", async () => {
  const io = limitedServer({ events: { perUser: { rate: 1, burst: 2 } }, onExceeded: "drop" });
  let heard = 0;
  io.on("connection", (socket) => void socket.on("x", () => heard++));
  // New keys look at old ones, and forget those that nobody holds.
  const pass = async (): Promise<void> => {
    for (let key = 0; key < 20; key++) {
      const { client } = await enter(io, `passer-by ${key}`);
      await client.leave();
    }
  };
  const first = await enter(io);
  await pass();
  const second = await enter(io);
  for (const { client } of [first, second]) await client.send('2["x"]', '2["x"]');
  assertEquals(heard, 2);
  await first.client.leave();
  await io.world.advance(2_000);
  await pass();
  const third = await enter(io);
  for (const { client } of [second, third]) await client.send('2["x"]', '2["x"]');
  assertEquals(heard, 4);
  await io.close();
});

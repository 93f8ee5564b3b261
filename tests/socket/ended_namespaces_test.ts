/** Tests of what a client still sends to a namespace that the server has disconnected it from. */
import { assert, assertEquals, assertFalse, assertNotEquals } from "@std/assert";
import { joined, RawClient, socketOf, TRANSPORTS } from "../support/in_process_client.ts";
import type { TransportName } from "../../src/session/ports.ts";
import type { ServerOptions } from "../../src/server/server_options.ts";
import type { Frame } from "../../src/wire/engine_packet.ts";
import { TestServer } from "../support/in_process_server.ts";

/** A client in "/" and "/a", whose socket in "/a" the server has just disconnected. */
async function endedIn(
  options: ServerOptions = {},
  transport: TransportName = "websocket",
): Promise<{
  readonly io: TestServer;
  readonly client: RawClient;
  readonly log: unknown[];
}> {
  const io = new TestServer(options);
  const log: unknown[] = [];
  io.of("/a").on("connection", (socket) => {
    socket.onAny((name) => log.push(name));
    socket.on("disconnect", (reason) => log.push(reason));
  });
  io.on("connection", (socket) => {
    socket.on("hello", (reply: (text: string) => void) => reply("still here"));
  });
  const { client } = await joined(io, { transport });
  const socket = socketOf(io.of("/a"), await client.join("/a"));
  socket.timeout(1000).emit("ask", (error: unknown) => log.push(["answer", error === null]));
  await client.take();
  socket.disconnect();
  return { io, client, log };
}

/** What the server hears of the end: the answer that is awaited ends in its error. */
const ENDED = ["server namespace disconnect", ["answer", false]];

for (const transport of TRANSPORTS) {
  const crossing: Readonly<Record<string, readonly Frame[]>> = {
    "an event": ['2/a,["late"]'],
    "an event that wants an answer": ['2/a,7["late"]'],
    "an event with attachments": [
      '51-/a,["late",{"_placeholder":true,"num":0}]',
      new Uint8Array([1]),
    ],
    "a DISCONNECT": ["1/a,"],
    "a CONNECT_ERROR": ['4/a,{"message":"x"}'],
    "a row of packets": ['2/a,["late"]', '2/a,["later"]', "1/a,", "1/a,"],
  };
  for (const [what, packets] of Object.entries(crossing)) {
    Deno.test(`After the server has ended a namespace, ${what} is passed over (${transport})`, async () => {
      const { io, client, log } = await endedIn({}, transport);
      await client.send(...packets, '21["hello"]');
      assertEquals(await client.take(), ["1/a,", '31["still here"]']);
      assertEquals([log, client.isClosed], [ENDED, false]);
      assertEquals([io.of("/").sockets.size, io.of("/a").sockets.size], [1, 0]);
      assertEquals(io.world.errors, []);
    });
  }

  Deno.test(`After the server has ended the only namespace, a late event leaves the client open (${transport})`, async () => {
    const io = new TestServer();
    const { client, socket } = await joined(io, { transport });
    socket.disconnect();
    await client.send('2["crossed the DISCONNECT"]');
    assertEquals([await client.take(), client.isClosed], [["1"], false]);
    assertEquals(io.engine.clientsCount, 1);
  });
}

Deno.test("An answer that comes after the server has ended the namespace reaches nobody", async () => {
  const { client, log, io } = await endedIn();
  await client.send('3/a,0["x"]');
  assertEquals([log, client.isClosed], [ENDED, false]);
  await io.world.advance(1100);
  assertEquals(log, ENDED);
});

Deno.test("A new CONNECT brings an ended namespace back, with another socket", async () => {
  const { io, client, log } = await endedIn();
  const again = await client.join("/a");
  await client.send('2/a,["again"]');
  assertEquals(log, [...ENDED, "again"]);
  assertEquals([...io.of("/a").sockets.keys()], [again]);
});

Deno.test("A client is closed again for senseless packets once it has left the namespace itself", async () => {
  const { client } = await endedIn();
  await client.join("/a");
  await client.send("1/a,");
  assertFalse(client.isClosed);
  await client.send('2/a,["gone astray"]');
  assert(client.isClosed);
});

Deno.test("A client that was refused when it came back to an ended namespace is closed for senseless packets", async () => {
  const { io, client } = await endedIn();
  io.of("/a").use((_socket, next) => next(new Error("no")));
  await client.send("0/a,");
  assertEquals((await client.take()).at(-1), '4/a,{"message":"no"}');
  await client.send('2/a,["gone astray"]');
  assert(client.isClosed);
});

Deno.test("Only the namespaces that the server has ended are passed over", async () => {
  const { client } = await endedIn();
  await client.send('2/b,["never there"]');
  assert(client.isClosed);
});

Deno.test("What one client has ended is nobody else's", async () => {
  const { io, client } = await endedIn();
  const other = await joined(io);
  await other.client.send('2/a,["never there"]');
  assertEquals([client.isClosed, other.client.isClosed], [false, true]);
});

Deno.test("A client is closed that sends to more ended namespaces than it may be in", async () => {
  const io = new TestServer({ maxNamespaces: 3 });
  const names = ["/a", "/b", "/c", "/d"];
  for (const name of names) io.of(name);
  const client = await RawClient.open(io);
  for (const name of names) socketOf(io.of(name), await client.join(name)).disconnect();
  for (const name of names.slice(0, 3)) await client.send(`2${name},["late"]`);
  assertFalse(client.isClosed);
  await client.send('2/d,["late"]');
  assert(client.isClosed);
});

Deno.test("A namespace that was ended again and again takes the place of one", async () => {
  const io = new TestServer({ maxNamespaces: 2 });
  for (const name of ["/a", "/b"]) io.of(name);
  const client = await RawClient.open(io);
  const ids = new Set<string>();
  for (let count = 0; count < 5; count++) {
    const id = await client.join("/a");
    ids.add(id);
    socketOf(io.of("/a"), id).disconnect();
  }
  socketOf(io.of("/b"), await client.join("/b")).disconnect();
  await client.send('2/b,["late"]', '2/a,["late"]');
  assertEquals([ids.size, client.isClosed], [5, false]);
  assertNotEquals(await client.join("/a"), [...ids][4]);
});

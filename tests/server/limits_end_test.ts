/** Tests of how clients above a limit end, and of what a session still takes while it closes. */
import { assert, assertEquals } from "@std/assert";
import type { Limits } from "../../src/server/limits.ts";
import { type Connected, connected, type RawClient, stall } from "../support/in_process_client.ts";
import { TestServer } from "../support/in_process_server.ts";

/** The time that a client has to fetch why, and one tick of the wheel, in milliseconds. */
const GONE_MS = 1_050;

const ONE_EVENT: Limits = { events: { perSocket: { rate: 0.1, burst: 1 } } };

/** A body of a POST that stalls after 50 pieces: what it begins with, then bytes; with what is done to it. */
function bodyOf(
  first: string,
): { readonly body: ReadableStream<Uint8Array>; readonly log: string[] } {
  const log: string[] = [];
  const body = new ReadableStream<Uint8Array>({
    async pull(controller): Promise<void> {
      log.push("read");
      if (log.length > 50) await new Promise(() => {});
      controller.enqueue(new TextEncoder().encode(log.length === 1 ? first : "x"));
    },
    cancel: () => void log.push("cancelled"),
  }, { highWaterMark: 0 });
  return { body, log };
}

/** Posts such a body; gives the status, and what was done with the body. */
async function post(
  { server, sid }: RawClient,
  first = "4",
): Promise<readonly [status: number, text: string, log: readonly string[]]> {
  const { body, log } = bodyOf(first);
  const url = `http://localhost/socket.io/?EIO=4&transport=polling&sid=${sid}`;
  // What Deno and Node want to know of bodies that are streams.
  const init = { method: "POST", body, duplex: "half" };
  const answer = server.fetch(new Request(url, init));
  await server.world.settle();
  const response = await Promise.race([answer, Promise.resolve(undefined)]);
  if (response === undefined) throw new Error(`There is no answer: ${log.join()}`);
  return [response.status, await response.text(), log];
}

/** A client that polls when it is told to, and is now above its limit. */
async function exceeded(): Promise<Connected> {
  const scene = await connected({ transport: "polling", polls: true }, { limits: ONE_EVENT });
  const { client, io } = scene;
  client.pause();
  await client.send('2["x"]');
  io.emit("hello");
  await io.world.settle();
  assertEquals(client.inbox.splice(0), ['2["hello"]']);
  assertEquals(await client.post('42["x"]\x1e42["x"]\x1e42["x"]'), 200);
  return scene;
}

Deno.test("A client above a limit that does not poll has its POSTs refused, unread, and is gone in a second", async () => {
  const { io, client, socket } = await exceeded();
  assertEquals([socket.connected, io.engine.clientsCount], [false, 1]);
  for (let count = 0; count < 50; count++) {
    assertEquals(await post(client), [400, "", ["cancelled"]]);
  }
  await io.world.advance(GONE_MS - 100);
  assertEquals([(await post(client))[0], io.engine.clientsCount], [400, 1]);
  await io.world.advance(100);
  assertEquals(io.engine.clientsCount, 0);
  const [status, text] = await post(client);
  assertEquals([status, text], [400, '{"code":1,"message":"Session ID unknown"}']);
  assertEquals(io.counters.get("limits_exceeded", "limits.events"), 1);
  assertEquals([io.world.clock.waiting, io.world.errors], [0, []]);
  await io.close();
});

Deno.test("A client above a limit that polls within a second is told why, then the end", async () => {
  const { io, client } = await exceeded();
  await io.world.advance(900);
  const [notice, end] = await client.poll();
  assertEquals([notice?.startsWith('42["limit_exceeded"'), end], [true, "41"]);
  assertEquals(await client.poll(), ["1"]);
  assertEquals([io.engine.clientsCount, io.world.clock.waiting], [0, 0]);
  await io.close();
});

Deno.test("A WebSocket client above a limit that reads nothing is gone in a second", async () => {
  const { io, client, socket } = await connected({}, { limits: ONE_EVENT });
  const { webSocket } = client;
  assert(webSocket !== undefined);
  webSocket.holds = true;
  for (let count = 0; count < 6; count++) {
    socket.emit("much", "x".repeat(2_000_000));
    await io.world.settle();
  }
  await client.send('2["x"]', '2["x"]', '2["x"]', "nonsense");
  assertEquals([socket.connected, io.engine.clientsCount], [false, 1]);
  await io.world.advance(GONE_MS);
  assertEquals([io.engine.clientsCount, client.isClosed, io.world.clock.waiting], [0, true, 0]);
  assertEquals(io.counters.get("packets_refused", "malformed"), 0);
  await io.close();
});

Deno.test("A client that is let join too many rooms by the server is gone in a second as well", async () => {
  const limits: Limits = { joins: { perSocket: { rate: 0.1, burst: 2 } } };
  const { io, client, socket } = await connected({ transport: "polling" }, { limits });
  await stall(client);
  for (const room of ["a", "b", "c"]) void socket.join(room);
  assertEquals([socket.connected, io.engine.clientsCount], [false, 1]);
  await io.world.advance(GONE_MS);
  assertEquals([io.engine.clientsCount, client.isClosed], [0, false]);
  await io.close();
});

Deno.test("A session that closes for another reason answers POSTs well, and hears the peer's close alone", async () => {
  const { io, client, socket } = await connected({ transport: "polling" });
  await stall(client);
  let heard = 0;
  socket.onAny(() => heard++);
  socket.disconnect(true);
  // A published client takes another status for a lost connection, and comes back.
  const [status, text, log] = await post(client, `42["x","${"y".repeat(50)}"]`);
  assertEquals([status, text, log], [200, "ok", ["read", "cancelled"]]);
  assertEquals(await client.post(`42["x","${"y".repeat(50_000)}"]`), 200);
  assertEquals(await client.post('42["x"]'), 200);
  assertEquals([heard, io.engine.clientsCount, [...io.counters].length], [0, 1, 1]);
  assertEquals(await client.post("1"), 200);
  assertEquals([io.engine.clientsCount, io.world.clock.waiting], [0, 0]);
  await io.close();
});

Deno.test("A session that closes gives what is queued whatever is posted meanwhile", async () => {
  const { io, client, socket } = await connected({ transport: "polling" });
  await stall(client);
  socket.emit("last words");
  socket.disconnect(true);
  await client.post('42["x"]');
  assertEquals(await client.poll(), ['42["last words"]', "41"]);
  assertEquals([await client.poll(), io.engine.clientsCount], [["1"], 0]);
  await io.close();
});

Deno.test("Clients of revision 3 that close with a form are heard while their session closes", async () => {
  const io = new TestServer({ allowEIO3: true, cors: { origin: "*" } });
  const base = "http://localhost/socket.io/?EIO=3&transport=polling&j=0";
  const opening = io.fetch(new Request(base));
  await io.world.settle();
  const [, sid] = /\\"sid\\":\\"([^\\]+)\\"/.exec(await (await opening).text()) ?? [];
  assert(sid !== undefined);
  io.disconnectSockets(true);
  await io.world.settle();
  assertEquals(io.engine.clientsCount, 1);
  const headers = { "content-type": "application/x-www-form-urlencoded" };
  const init = { method: "POST", headers, body: "d=1%3A1" };
  const answer = await io.fetch(new Request(`${base}&sid=${sid}`, init));
  assertEquals([answer.status, io.engine.clientsCount], [200, 0]);
  await io.close();
});

for (const onExceeded of ["drop", "disconnect"] as const) {
  Deno.test(`A client above a limit is told why, whatever policy drops events (${onExceeded})`, async () => {
    const { io, client, socket } = await connected({ transport: "polling" }, {
      bufferPolicy: "dropNewest",
      maxBufferedPackets: 2,
      limits: { events: { perSocket: { rate: 0.1, burst: 1 } }, onExceeded },
    });
    await stall(client);
    for (let number = 0; number < 5; number++) socket.emit("n", number);
    await io.world.settle();
    assertEquals(io.counters.get("packets_dropped", "dropNewest"), 3);
    await client.post('42["x"]\x1e42["x"]');
    const packets = await client.poll();
    assertEquals(packets.filter((packet) => packet.includes("limit_exceeded")).length, 1);
    await io.close();
  });
}

/** Tests of the one budget of a connection: what clients send and have not finished. */
import { assert, assertEquals } from "@std/assert";
import { heldBytesOf } from "../../src/socket/held_bytes.ts";
import { connected, RawClient } from "../support/in_process_client.ts";
import { TestServer } from "../support/in_process_server.ts";

const LIMIT = "maxConnectionMemory";

Deno.test("A client whose attachments do not fit into its budget is ended, with the limit's name", async () => {
  const { io, client, socket } = await connected({}, { maxConnectionMemory: 100_000 });
  const ends: unknown[] = [];
  socket.on("disconnect", (reason, error) => {
    ends.push(reason, (error as { readonly limit?: string }).limit);
  });
  await client.send('52-["x",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]');
  await client.send(new Uint8Array(100_000));
  assertEquals(ends, ["transport error", LIMIT]);
  assert(client.isClosed);
  assertEquals(io.counters.get("limits_exceeded", LIMIT), 1);
});

Deno.test("A client may send attachments for ever, one packet after another", async () => {
  const { client, socket } = await connected({}, { maxConnectionMemory: 100_000 });
  let heard = 0;
  socket.on("x", () => heard++);
  for (let round = 0; round < 20; round++) {
    await client.send('52-["x",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]');
    await client.send(new Uint8Array(40_000), new Uint8Array(40_000));
  }
  assertEquals([heard, client.isClosed], [20, false]);
});

Deno.test("A client whose auth in all its namespaces does not fit into its budget is ended", async () => {
  const io = new TestServer({ maxConnectionMemory: 100_000 });
  io.of(/^\/n/);
  const client = await RawClient.open(io);
  const auth = { token: "x".repeat(30_000) };
  for (const name of ["/n1", "/n2", "/n3"]) await client.join(name, auth);
  await client.send(`0/n4,${JSON.stringify(auth)}`);
  assert(client.isClosed);
  assertEquals(io.counters.get("limits_exceeded", LIMIT), 1);
  assertEquals(io.of("/n1").sockets.size, 0);
});

Deno.test("Auth is free again when a namespace is left, when it is refused, and when it is unknown", async () => {
  const io = new TestServer({ maxConnectionMemory: 100_000 });
  io.of("/a");
  io.of("/b").use((_socket, next) => next(new Error("no")));
  const client = await RawClient.open(io);
  const auth = { token: "x".repeat(60_000) };
  for (let round = 0; round < 5; round++) {
    await client.join("/a", auth);
    await client.send("1/a,");
    await client.send(`0/b,${JSON.stringify(auth)}`, `0/c,${JSON.stringify(auth)}`);
  }
  assertEquals(client.isClosed, false);
});

Deno.test("Auth counts while a middleware decides, and is free when the client asks anew", async () => {
  const io = new TestServer({ maxConnectionMemory: 100_000 });
  const held: (() => void)[] = [];
  io.use((_socket, next) => void held.push(next));
  const client = await RawClient.open(io);
  const connect = `0${JSON.stringify({ token: "x".repeat(40_000) })}`;
  await client.send(connect, connect);
  for (const next of held.splice(0)) next();
  await io.world.settle();
  assertEquals([client.isClosed, io.of("/").sockets.size], [false, 1]);
  await client.send("1");
  await client.send(connect, connect);
  assertEquals(client.isClosed, false);
  await client.send(connect);
  assert(client.isClosed);
});

Deno.test("A body that does not fit into the budget is answered with 413, and ends the session", async () => {
  const options = { maxConnectionMemory: 100_000, maxHttpBufferSize: 1_000_000 };
  const { io, client, socket } = await connected({ transport: "polling" }, options);
  const ends: unknown[] = [];
  socket.on("disconnect", (reason) => ends.push(reason));
  assertEquals(await client.post(`42["x","${"x".repeat(90_000)}"]`), 200);
  assertEquals(await client.post(`42["x","${"x".repeat(100_000)}"]`), 413);
  assertEquals(ends, ["transport error"]);
  assertEquals(io.counters.get("limits_exceeded", LIMIT), 1);
});

Deno.test("heldBytesOf counts text, keys, bytes and the number of values, at any depth", () => {
  assertEquals(heldBytesOf({}), 32);
  assertEquals(heldBytesOf({ key: "text" }), 2 * 32 + 3 + 4);
  assertEquals(heldBytesOf([1, null, [true]]), 5 * 32);
  assertEquals(heldBytesOf(new Uint8Array(100)), 132);
  let deep: unknown = 1;
  for (let depth = 0; depth < 100_000; depth++) deep = [deep];
  assertEquals(heldBytesOf(deep), 100_001 * 32);
});

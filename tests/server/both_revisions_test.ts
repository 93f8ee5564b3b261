/** Tests a server with clients of both revisions: broadcasts, rooms, and what each of them is sent. */
import { assert, assertEquals } from "@std/assert";
import type { Socket } from "../../src/socket/api.ts";
import type { Frame } from "../../src/wire/engine_packet.ts";
import { joined } from "../support/in_process_client.ts";
import { joinedV3, serverV3 } from "../support/in_process_client_v3.ts";
import type { TestServer } from "../support/in_process_server.ts";

/** A client of either revision, as far as these tests need it. */
interface Someone {
  readonly socket: Socket;
  readonly client: {
    take(): Promise<readonly Frame[]>;
    send(...messages: readonly Frame[]): Promise<void>;
    readonly isClosed: boolean;
  };
}

/** One client of each kind: revision, transport, and base64 where there is that. */
async function oneOfEach(io: TestServer): Promise<Readonly<Record<string, Someone>>> {
  return {
    "4 by WebSocket": await joined(io),
    "4 by polling": await joined(io, { transport: "polling" }),
    "3 by WebSocket": await joinedV3(io),
    "3 by WebSocket, base64": await joinedV3(io, { base64: true }),
    "3 by polling": await joinedV3(io, { transport: "polling" }),
    "3 by polling, base64": await joinedV3(io, { transport: "polling", base64: true }),
  };
}

/** What each of them has got; text as its reader takes it, escapes or not. */
async function taken(all: Readonly<Record<string, Someone>>): Promise<Record<string, unknown[]>> {
  const got: Record<string, unknown[]> = {};
  for (const [name, { client }] of Object.entries(all)) {
    const frames = await client.take();
    got[name] = frames.map((frame) => typeof frame === "string" ? readText(frame) : frame);
  }
  return got;
}

function readText(frame: string): unknown {
  const at = frame.indexOf("[");
  return [frame.slice(0, at), JSON.parse(frame.slice(at))];
}

function allGot(
  all: Readonly<Record<string, Someone>>,
  frames: unknown[],
): Record<string, unknown[]> {
  return Object.fromEntries(Object.keys(all).map((name) => [name, frames]));
}

Deno.test("A broadcast reaches clients of both revisions, over polling and WebSockets", async () => {
  const io = serverV3();
  const all = await oneOfEach(io);
  io.emit("all", "é😀", 1);
  assertEquals(await taken(all), allGot(all, [["2", ["all", "é😀", 1]]]));
  assertEquals(Object.values(all).map(({ socket }) => socket.conn.protocol), [4, 4, 3, 3, 3, 3]);
});

Deno.test("A room may hold clients of both revisions, and be left by each", async () => {
  const io = serverV3();
  const all = await oneOfEach(io);
  for (const { socket } of Object.values(all)) await socket.join("room");
  const [first] = Object.values(all);
  first?.socket.to("room").emit("others");
  const got = await taken(all);
  assertEquals(Object.values(got).map((it) => it.length), [0, 1, 1, 1, 1, 1]);
  for (const { socket } of Object.values(all).slice(0, -1)) await socket.leave("room");
  io.to("room").emit("last");
  assertEquals(Object.values(await taken(all)).map((it) => it.length), [0, 0, 0, 0, 0, 1]);
  assertEquals((await io.in("room").fetchSockets()).length, 1);
});

Deno.test("Binary data is broadcast to clients of both revisions, whole and in order", async () => {
  const io = serverV3();
  const all = await oneOfEach(io);
  const data = [Uint8Array.of(4, 1), new Uint8Array(0), Uint8Array.of(0, 255)];
  io.emit("data", data[0], "é", { nested: data[1] }, data[2]);
  io.emit("after");
  const place = (num: number): unknown => ({ _placeholder: true, num });
  const header = ["data", place(0), "é", { nested: place(1) }, place(2)];
  const frames = [["53-", header], ...data, ["2", ["after"]]];
  assertEquals(await taken(all), allGot(all, frames));
});

Deno.test("What clients send is the same to handlers, whichever revision they speak", async () => {
  const io = serverV3();
  const heard: unknown[] = [];
  io.on("connection", (socket) => {
    socket.on("data", (...args: unknown[]) => heard.push([socket.id, ...args]));
  });
  const all = await oneOfEach(io);
  const bytes = Uint8Array.of(4, 255);
  for (const { client } of Object.values(all)) {
    await client.send('51-["data","é😀",{"_placeholder":true,"num":0}]', bytes);
  }
  assertEquals(heard, Object.values(all).map(({ socket }) => [socket.id, "é😀", bytes]));
});

Deno.test("Clients of both revisions answer a broadcast that asks for acks", async () => {
  const io = serverV3();
  const all = await oneOfEach(io);
  const answers: Promise<unknown[]> = io.timeout(1_000).emitWithAck("question");
  const got = await taken(all);
  for (const [name, { client }] of Object.entries(all)) {
    const [[head]] = got[name] as [[string]];
    await client.send(`3${head.slice(1)}${JSON.stringify([name])}`);
  }
  assertEquals((await answers).sort(), Object.keys(all).sort());
});

Deno.test("A broadcast is encoded once, however many clients of either revision get it", async () => {
  const io = serverV3();
  let looks = 0;
  const value = { toJSON: () => ++looks };
  io.emit("nobody", value);
  const once = looks;
  const all = { ...await oneOfEach(io), another: await joinedV3(io) };
  looks = 0;
  io.emit("all", value);
  await taken(all);
  assertEquals(looks, once);
});

Deno.test("A volatile broadcast is dropped for clients of either revision that could not take it at once", async () => {
  const io = serverV3();
  const all = await oneOfEach(io);
  io.emit("first");
  io.volatile.emit("second");
  const got = await taken(all);
  for (const [name, frames] of Object.entries(got)) {
    assert(frames.length === 1, `${name}: ${JSON.stringify(frames)}`);
  }
  io.volatile.emit("third");
  assertEquals(await taken(all), allGot(all, [["2", ["third"]]]));
});

Deno.test("Clients of both revisions are disconnected together, in bulk and when the server closes", async () => {
  const io = serverV3();
  const ends: unknown[] = [];
  io.on("connection", (socket) => {
    socket.on("disconnect", (reason) => ends.push([socket.conn.protocol, reason]));
  });
  const all = await oneOfEach(io);
  io.disconnectSockets(true);
  await io.world.settle();
  const reason = "server namespace disconnect";
  assertEquals(ends.splice(0), [4, 4, 3, 3, 3, 3].map((protocol) => [protocol, reason]));
  assertEquals(
    [io.engine.clientsCount, Object.values(all).every(({ client }) => client.isClosed)],
    [0, true],
  );

  await oneOfEach(io);
  void io.close();
  await io.world.settle();
  assertEquals(ends, [4, 4, 3, 3, 3, 3].map((protocol) => [protocol, "server shutting down"]));
  assertEquals([io.engine.clientsCount, io.world.clock.waiting], [0, 0]);
});

Deno.test("A client of revision 3 that goes silent is gone from its rooms, one of revision 4 that answers is not", async () => {
  const io = serverV3({ pingInterval: 1_000, pingTimeout: 400 });
  const v3 = await joinedV3(io, { transport: "polling" });
  const v4 = await joined(io);
  const reasons: unknown[] = [];
  v3.socket.on("disconnect", (reason: unknown) => reasons.push(reason));
  await io.world.advance(1_000);
  v4.client.webSocket?.receive("3");
  await io.world.advance(500);
  assertEquals([reasons, v4.socket.connected, io.of("/").sockets.size], [
    ["ping timeout"],
    true,
    1,
  ]);
});

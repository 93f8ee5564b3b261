/** Tests clients of revision 3 that leave and come back, or ask again: their sockets have the same id. */
import { assert, assertEquals, assertFalse, assertNotStrictEquals } from "@std/assert";
import type { Socket } from "../../src/socket/api.ts";
import { joinedV3, type RawClientV3, serverV3 } from "../support/in_process_client_v3.ts";
import { socketOf } from "../support/in_process_client.ts";
import type { TestServer } from "../support/in_process_server.ts";

/** One request to join, as its middleware has it. */
interface Attempt {
  readonly socket: Socket;
  /** Lets the socket in, or not. */
  readonly next: (error?: Error) => void;
}

/** A client that has asked for "/a" twice while a middleware decides. */
async function askedTwice(
  onAttempt: (socket: Socket, index: number) => void = () => {},
): Promise<
  { io: TestServer; client: RawClientV3; first: Attempt; second: Attempt; log: string[] }
> {
  const io = serverV3();
  const log: string[] = [];
  const attempts: Attempt[] = [];
  const nsp = io.of("/a");
  for (const event of ["join-room", "leave-room", "delete-room"] as const) {
    nsp.adapter.on(event, (room: string) => log.push(`${event} ${room.replace(/#.*/, "#sid")}`));
  }
  nsp.use((socket, next) => {
    onAttempt(socket, attempts.length);
    attempts.push({ socket, next });
    log.push(`attempt ${attempts.length}`);
  });
  nsp.on("connection", (socket) => {
    log.push("connection");
    socket.on("disconnect", (reason) => log.push(`disconnect ${reason}`));
  });
  const { client } = await joinedV3(io);
  await client.send("0/a?try=1", "0/a?try=2");
  const [first, second] = attempts;
  assert(first !== undefined && second !== undefined);
  return { io, client, first, second, log };
}

/** Rooms of this id, as the adapter has them. */
function roomsOf(io: TestServer, id: string): string[] {
  return [...io.of("/a").adapter.socketRooms(id) ?? []];
}

Deno.test("A client of revision 3 that comes back has the same id, and none of the rooms that it had", async () => {
  const io = serverV3();
  io.of("/a");
  const { client, socket } = await joinedV3(io);
  await client.send("0/a");
  const id = `/a#${client.sid}`;
  const before = socketOf(io.of("/a"), id);
  for (const it of [socket, before]) {
    await it.join(["x", "y"]);
    it.data.kept = true;
  }
  await client.take();
  await client.send("1/a", "1", "0/a", "0");
  assertEquals(await client.take(), ["0/a,", "0"]);
  for (const [nsp, old] of [[io.of("/a"), before], [io.of("/"), socket]] as const) {
    const after = socketOf(nsp, old.id);
    assertNotStrictEquals(after, old);
    assertEquals([[...after.rooms], after.data, after.connected], [[old.id], {}, true]);
    assertEquals([old.connected, nsp.sockets.size, nsp.adapter.rooms.size], [false, 1, 1]);
  }
});

Deno.test("The socket that a client of revision 3 has left changes nothing for the one that has its id", async () => {
  const io = serverV3();
  io.of("/a");
  const { client } = await joinedV3(io);
  await client.send("0/a");
  const id = `/a#${client.sid}`;
  const old = socketOf(io.of("/a"), id);
  let answer: (value: string) => void = () => {};
  old.on("ask", (reply: typeof answer) => answer = reply);
  await client.send('2/a,1["ask"]', "1/a", "0/a");
  await client.take();
  const after = socketOf(io.of("/a"), id);
  await after.join("x");
  await old.join("y");
  await old.leave("x");
  await old.leave(id);
  await old.leaveAll();
  old.emit("lost");
  answer("lost");
  old.disconnect();
  old.disconnect(true);
  assertEquals([await client.take(), client.isClosed], [[], false]);
  assertEquals([after.connected, [...after.rooms], io.of("/a").sockets.get(id)], [
    true,
    [id, "x"],
    after,
  ]);
  io.of("/a").to("x").emit("to x");
  assertEquals(await client.take(), ['2/a,["to x"]']);
});

Deno.test("An ack for a socket that a client of revision 3 has left does not reach the one that has its id", async () => {
  const io = serverV3();
  io.of("/a");
  const { client } = await joinedV3(io);
  await client.send("0/a");
  const id = `/a#${client.sid}`;
  const answers: unknown[] = [];
  socketOf(io.of("/a"), id).emit("question", (value: unknown) => answers.push(["old", value]));
  await client.send("1/a", "0/a");
  socketOf(io.of("/a"), id).emit("question", (value: unknown) => answers.push(["new", value]));
  await client.send('3/a,0["first"]', '3/a,1["second"]');
  assertEquals([answers, client.isClosed], [[["new", "second"]], false]);
});

Deno.test("The first request is given up before the second starts, and its rooms with it", async () => {
  const { io, client, first, second, log } = await askedTwice((socket, index) => {
    // Rooms that a middleware joins before it lets the socket in.
    if (index === 0) void socket.join(["of the first", "admins"]);
  });
  const id = `/a#${client.sid}`;
  assertEquals([first.socket.id, second.socket.id], [id, id]);
  assertEquals(log, [
    "join-room of the first",
    "join-room admins",
    "attempt 1",
    "leave-room of the first",
    "delete-room of the first",
    "leave-room admins",
    "delete-room admins",
    "attempt 2",
  ]);
  assertEquals(roomsOf(io, id), []);
  second.next();
  assertEquals(await client.take(), ["0/a,"]);
  const socket = socketOf(io.of("/a"), id);
  assertEquals([socket === second.socket, [...socket.rooms]], [true, [id]]);
  assertEquals(socket.handshake.auth, { try: "2" });
  io.of("/a").to("admins").emit("secret");
  assertEquals(await client.take(), []);
});

for (const order of ["before", "after"] as const) {
  for (const error of [undefined, new Error("late")]) {
    const what = error === undefined ? "lets in" : "refuses";
    Deno.test(`A first request that its middleware ${what} late, ${order} the second is let in, harms nobody`, async () => {
      const { io, client, first, second } = await askedTwice();
      const id = `/a#${client.sid}`;
      if (order === "before") first.next(error);
      await io.world.settle();
      assertEquals([await client.take(), io.of("/a").sockets.size], [[], 0]);
      second.next();
      await io.world.settle();
      if (order === "after") first.next(error);
      assertEquals(await client.take(), ["0/a,"]);
      const socket = socketOf(io.of("/a"), id);
      assertEquals([socket === second.socket, socket.connected, [...socket.rooms]], [true, true, [
        id,
      ]]);
      assertEquals([first.socket.connected, client.isClosed], [false, false]);
      await client.send('2/a,["still in"]');
      assertFalse(client.isClosed);
    });
  }
}

Deno.test("What a first request joins after the second has started is joined by nobody", async () => {
  const { io, client, first, second } = await askedTwice();
  const id = `/a#${client.sid}`;
  await first.socket.join("late");
  assertEquals(roomsOf(io, id), []);
  await second.socket.join("own");
  await first.socket.join("late");
  await first.socket.leave("own");
  await first.socket.leaveAll();
  second.next();
  await client.take();
  await first.socket.join("later");
  assertEquals(roomsOf(io, id), ["own", id]);
});

Deno.test("A first request that is refused after the second came is not told to the client", async () => {
  const { client, first, second } = await askedTwice();
  first.next(new Error("first"));
  second.next(new Error("second"));
  assertEquals(await client.take(), ['4/a,"second"']);
});

Deno.test("A client of revision 3 that goes while both requests wait leaves nothing behind", async () => {
  const { io, client, first, second, log } = await askedTwice((socket) => void socket.join("x"));
  client.webSocket?.drop();
  await io.world.settle();
  first.next();
  second.next();
  await io.world.settle();
  assertEquals([io.of("/a").sockets.size, io.of("/a").adapter.rooms.size], [0, 0]);
  assertEquals(roomsOf(io, `/a#${client.sid}`), []);
  assertFalse(log.includes("connection"));
});

Deno.test("The main namespace can be asked for again while a middleware decides of the first time", async () => {
  const io = serverV3();
  const attempts: (() => void)[] = [];
  io.use((socket, next) => {
    if (attempts.length === 0) void socket.join("of the first");
    attempts.push(next);
  });
  const opened = io.fetch(new Request("http://localhost/socket.io/?EIO=3&transport=polling"));
  await io.world.settle();
  const [, sid = ""] = /"sid":"([^"]+)"/.exec(await (await opened).text()) ?? [];
  const url = `http://localhost/socket.io/?EIO=3&transport=polling&sid=${sid}`;
  await (await io.fetch(new Request(url, { method: "POST", body: "2:40" }))).text();
  assertEquals([attempts.length, io.of("/").adapter.rooms.size], [2, 0]);
  for (const next of attempts) next();
  await io.world.settle();
  const socket = socketOf(io.of("/"), sid);
  assertEquals([[...socket.rooms], io.of("/").sockets.size], [[sid], 1]);
});

Deno.test("A dynamic namespace that empties between two requests is there for the second", async () => {
  for (const cleansUp of [true, false]) {
    const io = serverV3({ cleanupEmptyChildNamespaces: cleansUp });
    const attempts: Attempt[] = [];
    io.of(/^\/dyn$/).use((socket, next) => void attempts.push({ socket, next }));
    const { client } = await joinedV3(io);
    await client.send("0/dyn", "0/dyn");
    assertEquals(attempts.length, 2);
    attempts[0]?.next();
    attempts[1]?.next();
    assertEquals(await client.take(), ["0/dyn,"]);
    const socket = socketOf(io.of("/dyn"), `/dyn#${client.sid}`);
    assertEquals([socket === attempts[1]?.socket, [...socket.rooms]], [true, [socket.id]]);
    await client.send("1/dyn");
    assertEquals(io.of("/dyn").sockets.size, 0);
  }
});

Deno.test("A rule that decides late of two requests lets the client in once", async () => {
  const io = serverV3();
  const rules: (() => void)[] = [];
  io.of((_name, _auth, next) => void rules.push(() => next(null, true)));
  const { client } = await joinedV3(io);
  await client.send("0/dyn?try=1", "0/dyn?try=2");
  for (const allow of rules.toReversed()) allow();
  assertEquals(await client.take(), ["0/dyn,"]);
  const { auth } = socketOf(io.of("/dyn"), `/dyn#${client.sid}`).handshake;
  assertEquals([auth, client.isClosed], [{ try: "2" }, false]);
});

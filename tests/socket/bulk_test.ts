/** Tests of what is done to many sockets of one server at once. */
import { assert, assertEquals, assertRejects, assertStrictEquals, assertThrows } from "@std/assert";
import type { Adapter, AdapterContext } from "../../src/socket/adapter.ts";
import type { Socket } from "../../src/socket/api.ts";
import { memoryAdapter } from "../../src/socket/memory_adapter.ts";
import { type Connected, joined, RawClient } from "../support/in_process_client.ts";
import { TestServer } from "../support/in_process_server.ts";

type Member = Omit<Connected, "io">;

/** A server with three members of its main namespace: in "a", in "a" and "b", in "b". */
async function group(
  io: TestServer = new TestServer(),
): Promise<{ readonly io: TestServer; readonly members: readonly [Member, Member, Member] }> {
  const members = [await joined(io), await joined(io), await joined(io)] as const;
  const rooms = [["a"], ["a", "b"], ["b"]];
  members.forEach(({ socket }, index) => void socket.join(rooms[index] ?? []));
  return { io, members };
}

/** Rooms of a socket but its own. */
function roomsOf(socket: Socket): readonly string[] {
  return [...socket.rooms].filter((room) => room !== socket.id);
}

Deno.test("fetchSockets gives the socket instances themselves, in the order of their coming", async () => {
  const { io, members } = await group();
  for (const found of [await io.fetchSockets(), await io.of("/").fetchSockets()]) {
    assertEquals(found.length, 3);
    found.forEach((socket, index) => assertStrictEquals<unknown>(socket, members[index]?.socket));
  }
});

Deno.test("fetchSockets and allSockets select by rooms", async () => {
  const { io, members: [one, two, three] } = await group();
  const ids = async (operator: ReturnType<TestServer["in"]>): Promise<string[]> => {
    const found = (await operator.fetchSockets()).map(({ id }) => id);
    assertEquals(await operator.allSockets(), new Set(found));
    return found;
  };
  assertEquals(await ids(io.in("a")), [one.socket.id, two.socket.id]);
  assertEquals(await ids(io.in(["a", "b"]).except("b")), [one.socket.id]);
  assertEquals(await ids(io.except("a")), [three.socket.id]);
  assertEquals(await ids(one.socket.to("b")), [two.socket.id, three.socket.id]);
  assertEquals(await ids(io.in("nobody")), []);
  assertEquals(await ids(io.of("/empty").local), []);
  assertEquals((await io.allSockets()).size, 3);
});

Deno.test("fetchSockets passes over sockets that are not let in yet", async () => {
  const { io } = await group();
  io.use((socket) => void socket.join("a"));
  const client = await RawClient.open(io);
  await client.send("0");
  assertEquals([(await io.fetchSockets()).length, io.of("/").adapter.sids.size], [3, 4]);
});

Deno.test("socketsJoin and socketsLeave have happened when they return", async () => {
  const { io, members } = await group();
  const rooms = (): unknown => members.map(({ socket }) => roomsOf(socket));
  io.in("a").socketsJoin(["c", "d"]);
  assertEquals(rooms(), [["a", "c", "d"], ["a", "b", "c", "d"], ["b"]]);
  io.of("/").in("c").except("b").socketsLeave("d");
  assertEquals(rooms(), [["a", "c"], ["a", "b", "c", "d"], ["b"]]);
  io.socketsLeave(["a", "b", "nobody's"]);
  assertEquals(rooms(), [["c"], ["c", "d"], []]);
  io.socketsJoin("all");
  assertEquals(rooms(), [["c", "all"], ["c", "d", "all"], ["all"]]);
});

Deno.test("socketsLeave takes sockets out of the room that selects them", async () => {
  const { io, members } = await group();
  io.in("a").socketsLeave("a");
  assertEquals(members.map(({ socket }) => roomsOf(socket)), [[], ["b"], ["b"]]);
  assertEquals(io.of("/").adapter.rooms.has("a"), false);
});

Deno.test("disconnectSockets disconnects those who are selected, after what was emitted before", async () => {
  const { io, members } = await group();
  const reasons: unknown[] = [];
  for (const { socket } of members) socket.on("disconnect", (reason) => reasons.push(reason));
  io.emit("last");
  io.in("a").disconnectSockets();
  assertEquals(reasons, Array(2).fill("server namespace disconnect"));
  const packets = await Promise.all(members.map(({ client }) => client.take()));
  assertEquals(packets, [['2["last"]', "1"], ['2["last"]', "1"], ['2["last"]']]);
  assertEquals(members.map(({ client }) => client.isClosed), [false, false, false]);
});

Deno.test("disconnectSockets with close ends the connections, and their other sockets", async () => {
  const { io, members: [one, two, three] } = await group();
  io.of("/other");
  await one.client.join("/other");
  io.in("a").disconnectSockets(true);
  await io.world.settle();
  assertEquals([one, two, three].map(({ client }) => client.isClosed), [true, true, false]);
  assertEquals([io.of("/other").sockets.size, io.engine.clientsCount], [0, 1]);
  io.disconnectSockets(true);
  await io.world.settle();
  assertEquals(io.engine.clientsCount, 0);
});

Deno.test("disconnectSockets passes over sockets that a disconnect listener has ended", async () => {
  const { io, members: [one, two] } = await group();
  let count = 0;
  for (const { socket } of [one, two]) {
    socket.on("disconnect", () => {
      count++;
      io.in("a").disconnectSockets();
    });
  }
  io.in("a").disconnectSockets();
  assertEquals([count, io.of("/").sockets.size, io.world.errors], [2, 1, []]);
});

Deno.test("A bulk join that is too much for one socket is reported with it, and the others join", async () => {
  const { io, members } = await group(new TestServer({ maxRoomsPerSocket: 4 }));
  const [, full] = members;
  const reports: unknown[] = [];
  io.on("handler_error", (error, context) => reports.push([error.message, context]));
  io.socketsJoin(["c", "d"]);
  assertEquals(members.map(({ socket }) => roomsOf(socket)), [
    ["a", "c", "d"],
    ["a", "b"],
    ["b", "c", "d"],
  ]);
  const message = assertThrows(() => full.socket.join(["c", "d"]), Error).message;
  assertEquals(reports, [
    [message, { event: "join", namespace: "/", socketId: full.socket.id }],
  ]);
});

Deno.test("A listener of rooms that disconnects during a bulk join keeps nobody else back", async () => {
  const { io, members: [one, two, three] } = await group();
  io.of("/").adapter.on("join-room", (room, id) => {
    if (room === "c" && id === one.socket.id) one.socket.disconnect();
  });
  io.socketsJoin(["c", "d"]);
  assertEquals([roomsOf(one.socket), roomsOf(two.socket), roomsOf(three.socket)], [
    [],
    ["a", "b", "c", "d"],
    ["b", "c", "d"],
  ]);
  assertEquals(io.of("/").adapter.sids.has(one.socket.id), false);
});

/** A server whose adapters have other methods. */
function serverWith(methods: (context: AdapterContext) => Partial<Adapter>): TestServer {
  return new TestServer({
    adapter: (context) => Object.assign(memoryAdapter(context), methods(context)),
  });
}

/** Throws, whatever it is asked. */
function fail(): never {
  throw new Error("the broker is away");
}

Deno.test("fetchSockets rejects where its adapter throws or rejects", async () => {
  const failing = [fail, () => Promise.reject(new Error("the broker is away"))];
  for (const fetchSockets of failing) {
    const { io } = await group(serverWith(() => ({ fetchSockets })));
    for (const ask of [() => io.fetchSockets(), () => io.in("a").allSockets()]) {
      await assertRejects(ask, Error, "the broker is away");
    }
    assertEquals(io.world.errors, []);
  }
});

Deno.test("Bulk methods throw to their caller what their adapter throws", async () => {
  const { io, members } = await group(
    serverWith(() => ({ addSockets: fail, delSockets: fail, disconnectSockets: fail })),
  );
  assertThrows(() => io.socketsJoin("c"), Error, "the broker is away");
  assertThrows(() => io.in("a").socketsLeave("a"), Error, "the broker is away");
  assertThrows(() => io.disconnectSockets(true), Error, "the broker is away");
  assert(members.every(({ socket }) => socket.connected));
});

Deno.test("A bulk join whose adapter rejects or throws for a socket is reported with that socket", async () => {
  for (const how of ["throws", "rejects"]) {
    const io = serverWith((context) => {
      const own = memoryAdapter(context);
      const addAll = (id: string, rooms: ReadonlySet<string>): void | Promise<void> => {
        if (!rooms.has("c")) return own.addAll(id, rooms);
        return how === "throws" ? fail() : Promise.reject(new Error("the broker is away"));
      };
      // The index is that of `own`, and so are the methods that read it.
      return {
        addAll,
        socketRooms: (id) => own.socketRooms(id),
        addSockets: (selection, rooms) => own.addSockets(selection, rooms),
      };
    });
    const { members } = await group(io);
    const reports: unknown[] = [];
    io.on("handler_error", (error, { event, socketId }) => {
      reports.push([error.message, event, socketId]);
    });
    io.socketsJoin("c");
    await io.world.settle();
    assertEquals(reports, members.map(({ socket }) => ["the broker is away", "join", socket.id]));
  }
});

Deno.test("A bulk leave whose adapter throws for a socket is reported with it, room by room", async () => {
  const io = serverWith(() => ({ del: fail }));
  const { socket } = await joined(io);
  await socket.join(["a", "b"]);
  const reports: unknown[] = [];
  io.on("handler_error", (_error, { event, socketId }) => reports.push([event, socketId]));
  io.socketsLeave(["a", "b"]);
  assertEquals(reports, Array(2).fill(["leave", socket.id]));
});

Deno.test("socket.leaveAll leaves all rooms, its own too, before it returns", async () => {
  const { io, members: [, two] } = await group();
  const told: string[] = [];
  io.of("/").adapter.on("leave-room", (room, id) => void told.push(`${room} ${id}`));
  const { id } = two.socket;
  assertEquals(two.socket.leaveAll(), undefined);
  assertEquals([two.socket.rooms.size, two.socket.connected], [0, true]);
  assertEquals(told, [`${id} ${id}`, `a ${id}`, `b ${id}`]);
  io.to(id).emit("lost");
  io.emit("kept");
  assertEquals(await two.client.take(), ['2["kept"]']);
  await two.client.leave();
  assertEquals(io.of("/").adapter.sids.size, 2);
});

Deno.test("socket.leaveAll waits for an adapter that takes its time", async () => {
  const held: (() => void)[] = [];
  const io = serverWith(() => ({
    del: () => new Promise<void>((resolve) => held.push(resolve)),
  }));
  const { socket } = await joined(io);
  await socket.join("a");
  let isDone = false;
  const leaving = Promise.resolve(socket.leaveAll()).then(() => isDone = true);
  held[0]?.();
  await io.world.settle();
  assertEquals([held.length, isDone], [2, false]);
  held[1]?.();
  await leaving;
});

Deno.test("socket.adapter is the adapter of its namespace", async () => {
  const io = new TestServer();
  io.of("/a");
  for (const nsp of ["/", "/a"]) {
    const { socket } = await joined(io, {}, nsp);
    assertStrictEquals(socket.adapter, io.of(nsp).adapter);
  }
});

/** Tests of the one order in which sockets end, whatever ends them. */
import { assertEquals, assertInstanceOf } from "@std/assert";
import { ProtocolError, TransportError } from "../../src/base/errors.ts";
import type { Socket } from "../../src/socket/api.ts";
import type { TransportName } from "../../src/session/ports.ts";
import { type Connected, connected, joined, TRANSPORTS } from "../support/in_process_client.ts";
import { TestServer } from "../support/in_process_server.ts";

/** A way in which a socket ends. */
interface End {
  readonly name: string;
  readonly reason: string;
  /** The class of what listeners get as description. */
  readonly description?: abstract new (...args: never[]) => Error;
  /** The transport without which there is no such end. */
  readonly only?: TransportName;
  /** Whether the session lives on. */
  readonly sessionStays?: boolean;
  /** Ends the socket. */
  run(connection: Connected): unknown;
}

const ends: readonly End[] = [
  {
    name: "a DISCONNECT of the client",
    reason: "client namespace disconnect",
    sessionStays: true,
    run: ({ client }) => client.send("1"),
  },
  {
    name: "socket.disconnect()",
    reason: "server namespace disconnect",
    sessionStays: true,
    run: ({ socket }) => socket.disconnect(),
  },
  {
    name: "socket.disconnect(true)",
    reason: "server namespace disconnect",
    run: ({ socket }) => socket.disconnect(true),
  },
  {
    name: "a client that closes",
    reason: "transport close",
    run: ({ client }) => client.leave(),
  },
  {
    name: "a network that fails",
    reason: "transport error",
    description: TransportError,
    only: "websocket",
    run: ({ client }) => client.webSocket?.drop("reset"),
  },
  {
    name: "two GETs at a time",
    reason: "transport error",
    description: TransportError,
    only: "polling",
    run: ({ client }) => client.poll().catch(() => {}),
  },
  {
    name: "a client that answers no ping",
    reason: "ping timeout",
    run: ({ io }) => io.world.advance(25_000 + 20_000 + 100),
  },
  {
    name: "an Engine.IO packet that is none",
    reason: "parse error",
    description: ProtocolError,
    run: ({ client }) => client.sendPackets("?"),
  },
  {
    name: "a Socket.IO packet that is none",
    reason: "forced close",
    run: ({ client }) => client.send("?"),
  },
  {
    name: "a packet that makes no sense",
    reason: "forced close",
    run: ({ client }) => client.send("0"),
  },
  {
    name: "socket.conn.close()",
    reason: "forced close",
    run: ({ socket }) => socket.conn.close(),
  },
  {
    name: "io.engine.close()",
    reason: "forced close",
    run: ({ io }) => io.engine.close(),
  },
  {
    name: "io.close()",
    reason: "server shutting down",
    run: ({ io }) => io.close(),
  },
];

/** Where a socket stands, wherever that can be seen. */
function standing({ id, nsp, connected, disconnected, rooms }: Socket): unknown {
  const { adapter, sockets } = nsp;
  return {
    connected,
    disconnected,
    rooms: [...rooms],
    isInSockets: sockets.has(id),
    isInSids: adapter.sids.has(id),
    isInRoom: adapter.rooms.get("r")?.has(id) ?? false,
  };
}

/** Where a socket stands that is all there, or not there at all. */
function whole(id: string, isThere: boolean): unknown {
  return {
    connected: isThere,
    disconnected: !isThere,
    rooms: isThere ? [id, "r"] : [],
    isInSockets: isThere,
    isInSids: isThere,
    isInRoom: isThere,
  };
}

for (const transport of TRANSPORTS) {
  for (const end of ends) {
    if (end.only !== undefined && end.only !== transport) continue;
    Deno.test(`A socket ends in one order by ${end.name} (${transport})`, async () => {
      const connection = await connected({ transport });
      const { io, socket } = connection;
      const { id } = socket;
      await socket.join("r");
      const log: unknown[][] = [];
      const descriptions: unknown[] = [];
      for (const event of ["disconnecting", "disconnect"] as const) {
        socket.on(event, (reason, description) => {
          log.push([event, reason, standing(socket)]);
          descriptions.push(description);
        });
      }
      io.of("/").adapter.on("leave-room", (room) => {
        log.push(["leave-room", room, socket.connected, io.of("/").sockets.has(id)]);
      });
      await end.run(connection);
      await io.world.settle();
      assertEquals(log, [
        ["disconnecting", end.reason, whole(id, true)],
        ["leave-room", id, true, true],
        ["leave-room", "r", true, true],
        ["disconnect", end.reason, whole(id, false)],
      ]);
      assertEquals(descriptions[0], descriptions[1]);
      if (end.description === undefined) assertEquals(descriptions, [undefined, undefined]);
      else assertInstanceOf(descriptions[0], end.description);
      assertEquals(io.engine.clientsCount, end.sessionStays === true ? 1 : 0);
      assertEquals(io.world.errors, []);
    });
  }

  Deno.test(`A socket has ended when the call that ends it returns (${transport})`, async () => {
    const calls: readonly ((connection: Connected) => unknown)[] = [
      ({ socket }) => socket.disconnect(),
      ({ socket }) => socket.disconnect(true),
      ({ io }) => void io.close(),
      ({ io }) => io.engine.close(),
      ({ socket }) => socket.conn.close(true),
    ];
    for (const call of calls) {
      const connection = await connected({ transport });
      const { socket, io } = connection;
      let isTold = false;
      socket.on("disconnect", () => isTold = true);
      call(connection);
      assertEquals([isTold, standing(socket)], [true, whole(socket.id, false)]);
      await io.world.settle();
    }
  });
}

/** A socket with a neighbour in its room "r", and another client. */
async function neighbours(): Promise<{
  readonly io: TestServer;
  readonly one: Omit<Connected, "io">;
  readonly two: Omit<Connected, "io">;
}> {
  const io = new TestServer();
  const [one, two] = [await joined(io), await joined(io)];
  await one.socket.join("r");
  await two.socket.join("r");
  return { io, one, two };
}

Deno.test("A handler of disconnecting may say goodbye to the rooms, and to its own client", async () => {
  const { one, two } = await neighbours();
  one.socket.on("disconnecting", () => {
    one.socket.to("r").emit("goodbye");
    one.socket.emit("last words");
    for (const room of one.socket.rooms) one.socket.to(room).emit("left", room);
  });
  one.socket.disconnect();
  assertEquals(await two.client.take(), ['2["goodbye"]', '2["left","r"]']);
  assertEquals(await one.client.take(), ["1", '2["last words"]']);
});

Deno.test("A handler of disconnect reaches the others, and its own client no more", async () => {
  const { io, one, two } = await neighbours();
  one.socket.on("disconnect", () => {
    one.socket.emit("too late");
    io.to(one.socket.id).emit("nobody");
    io.to("r").emit("left");
    one.socket.broadcast.emit("gone");
  });
  one.socket.disconnect();
  assertEquals(await two.client.take(), ['2["left"]', '2["gone"]']);
  assertEquals(await one.client.take(), ["1"]);
});

Deno.test("A handler that joins while its socket ends leaves nothing behind", async () => {
  const { io, one } = await neighbours();
  for (const event of ["disconnecting", "disconnect"] as const) {
    one.socket.on(event, () => void one.socket.join(`late ${event}`));
  }
  one.socket.disconnect();
  const { adapter } = io.of("/");
  assertEquals([adapter.sids.has(one.socket.id), adapter.sids.size], [false, 1]);
  assertEquals([...adapter.rooms.keys()].filter((room) => room.startsWith("late")), []);
});

Deno.test("A room listener that joins while the socket ends leaves nothing behind", async () => {
  const { io, one } = await neighbours();
  const { adapter } = io.of("/");
  adapter.on("leave-room", (_room, id) => {
    void io.of("/").sockets.get(id)?.join("late");
  });
  one.socket.disconnect();
  assertEquals([adapter.sids.has(one.socket.id), adapter.rooms.has("late")], [false, false]);
});

Deno.test("A handler that closes again while its socket ends changes nothing", async () => {
  const closers: readonly ((socket: Socket, io: TestServer) => void)[] = [
    (socket) => void socket.disconnect(),
    (socket) => void socket.disconnect(true),
    (socket) => void socket.conn.close(true),
    (_socket, io) => void io.engine.close(),
    (_socket, io) => void io.close(),
  ];
  for (const closer of closers) {
    const { io, one } = await neighbours();
    const log: unknown[] = [];
    for (const event of ["disconnecting", "disconnect"] as const) {
      one.socket.on(event, (reason) => {
        closer(one.socket, io);
        log.push([event, reason, one.socket.connected]);
      });
    }
    one.socket.disconnect();
    const reason = "server namespace disconnect";
    assertEquals(log, [["disconnecting", reason, true], ["disconnect", reason, false]]);
    await io.world.settle();
    assertEquals(io.world.errors, []);
  }
});

Deno.test("A handler that fails while its socket ends keeps it from nothing", async () => {
  const { io, one } = await neighbours();
  const log: string[] = [];
  for (const event of ["disconnecting", "disconnect"] as const) {
    one.socket.on(event, () => {
      throw new Error(event);
    });
    one.socket.on(event, () => log.push(event));
  }
  await one.client.leave();
  assertEquals(log, ["disconnecting", "disconnect"]);
  assertEquals([io.of("/").sockets.size, io.engine.clientsCount, io.world.errors.length], [
    1,
    1,
    2,
  ]);
});

Deno.test("A handler that disconnects a neighbour on the same session ends both, once", async () => {
  const io = new TestServer();
  io.of("/a");
  const { client, socket } = await joined(io);
  await client.join("/a");
  const [other] = io.of("/a").sockets.values();
  const log: unknown[] = [];
  socket.on("disconnect", (reason) => {
    log.push(["/", reason]);
    other?.disconnect();
  });
  other?.on("disconnect", (reason) => log.push(["/a", reason]));
  await client.leave();
  assertEquals(log, [["/", "transport close"], ["/a", "server namespace disconnect"]]);
});

Deno.test("A socket that was told to hang up sends what is queued with the next GET", async () => {
  const { io, client, socket } = await connected({ transport: "polling" });
  client.pause();
  io.emit("takes the GET");
  await client.take();
  socket.emit("last");
  socket.disconnect(true);
  assertEquals([socket.connected, io.engine.clientsCount], [false, 1]);
  assertEquals(await client.poll(), ['42["last"]', "41"]);
  assertEquals([await client.poll(), io.engine.clientsCount], [["1"], 0]);
});

Deno.test("A socket that was told to hang up is gone after closeTimeout, read or not", async () => {
  const { io, client, socket } = await connected({ transport: "polling" }, { closeTimeout: 3000 });
  client.pause();
  io.emit("takes the GET");
  await client.take();
  socket.disconnect(true);
  await io.world.advance(2999);
  assertEquals(io.engine.clientsCount, 1);
  await io.world.advance(51);
  assertEquals(io.engine.clientsCount, 0);
});

/** Tests of what becomes of errors in users' code: nothing is swallowed, and nothing else ends. */
import { assert, assertEquals, assertInstanceOf, assertStrictEquals } from "@std/assert";
import type { Socket } from "../../src/socket/api.ts";
import { connected, joined, RawClient, TRANSPORTS } from "../support/in_process_client.ts";
import { type LogLine, TestServer } from "../support/in_process_server.ts";

/** A place where users' code may fail, and what is told of it. */
interface Place {
  readonly name: string;
  readonly event: string;
  /** Whether the context has the id of the socket. */
  readonly hasSocket: boolean;
  /** Puts failing code there before the client connects. */
  before?(io: TestServer, fail: () => unknown): void;
  /** Puts failing code there, and has it called. */
  after?(
    io: TestServer,
    socket: Socket,
    fail: () => unknown,
    client: RawClient,
  ): unknown;
}

const places: readonly Place[] = [
  {
    name: "a listener of an event",
    event: "tell",
    hasSocket: true,
    after(_io, socket, fail, client): unknown {
      socket.on("tell", fail);
      return client.send('2/a,["tell"]');
    },
  },
  {
    name: "a once listener",
    event: "tell",
    hasSocket: true,
    after(_io, socket, fail, client): unknown {
      socket.once("tell", fail);
      return client.send('2/a,["tell"]');
    },
  },
  {
    name: "a listener of every event",
    event: "tell",
    hasSocket: true,
    after(_io, socket, fail, client): unknown {
      socket.onAny(fail);
      return client.send('2/a,["tell"]');
    },
  },
  {
    name: "a listener of outgoing events",
    event: "told",
    hasSocket: true,
    after: (_io, socket, fail): unknown => socket.onAnyOutgoing(fail).emit("told"),
  },
  {
    name: "a listener of outgoing events, at a broadcast",
    event: "told",
    hasSocket: true,
    after(io, socket, fail): unknown {
      socket.onAnyOutgoing(fail);
      return io.of("/a").emit("told");
    },
  },
  {
    name: "an acknowledgement callback",
    event: "ask",
    hasSocket: true,
    after(_io, socket, fail, client): unknown {
      socket.emit("ask", fail);
      return client.send("3/a,0[]");
    },
  },
  {
    name: "an acknowledgement callback after its timeout",
    event: "ask",
    hasSocket: true,
    after(io, socket, fail): unknown {
      socket.timeout(10).emit("ask", fail);
      return io.world.advance(100);
    },
  },
  {
    name: "an acknowledgement callback of a broadcast",
    event: "ask",
    hasSocket: false,
    after(io, _socket, fail, client): unknown {
      io.of("/a").timeout(10).emit("ask", fail);
      return client.send("3/a,0[]");
    },
  },
  {
    name: "an acknowledgement callback of a server-side emit",
    event: "ask",
    hasSocket: false,
    after: (io, _socket, fail): unknown => io.of("/a").serverSideEmit("ask", fail),
  },
  {
    name: "a connection listener",
    event: "connection",
    hasSocket: true,
    before: (io, fail): void => void io.of("/a").on("connection", fail as () => void),
  },
  {
    name: "a middleware of an event",
    event: "tell",
    hasSocket: true,
    after(_io, socket, fail, client): unknown {
      socket.use(fail as () => void);
      return client.send('2/a,["tell"]');
    },
  },
  {
    name: "a disconnect listener",
    event: "disconnect",
    hasSocket: true,
    after(_io, socket, fail, client): unknown {
      socket.on("disconnect", fail as () => void);
      return client.send("1/a,");
    },
  },
  {
    name: "a listener of room events",
    event: "join-room",
    hasSocket: false,
    after(io, socket, fail): unknown {
      io.of("/a").adapter.on("join-room", fail as () => void);
      return socket.join("r");
    },
  },
  {
    name: "a listener of new namespaces",
    event: "new_namespace",
    hasSocket: false,
    before: (io, fail): void => void io.on("new_namespace", fail as () => void),
  },
];

const failures: Readonly<Record<string, (error: Error) => () => unknown>> = {
  throws: (error) => () => {
    throw error;
  },
  rejects: (error) => () => Promise.reject(error),
};

/** Lets the code at a place fail; gives the ids of those involved. */
async function failAt(
  place: Place,
  io: TestServer,
  fail: () => unknown,
): Promise<{ readonly socketId: string }> {
  place.before?.(io, fail);
  const { client, socket } = await joined(io);
  io.of("/a");
  await client.join("/a");
  const [inA] = io.of("/a").sockets.values();
  assert(inA !== undefined);
  await place.after?.(io, inA, fail, client);
  await io.world.settle();
  await assertAlive(socket, client);
  return { socketId: inA.id };
}

/** The session lives on, and the socket in "/" works. */
async function assertAlive(socket: Socket, client: RawClient): Promise<void> {
  let isHeard = false;
  socket.once("alive", () => isHeard = true);
  await client.send('2["alive"]');
  assertEquals([isHeard, client.isClosed], [true, false]);
}

for (const place of places) {
  for (const [how, makeFailing] of Object.entries(failures)) {
    Deno.test(`Where ${place.name} ${how}, handler_error tells error and context`, async () => {
      const io = new TestServer();
      const error = new Error("boom");
      const log: unknown[][] = [];
      io.on("handler_error", (...args) => log.push(args));
      const { socketId } = await failAt(place, io, makeFailing(error));
      // The listener of new namespaces belongs to the main one.
      const namespace = place.event === "new_namespace" ? "/" : "/a";
      const context = { event: place.event, namespace, ...(place.hasSocket ? { socketId } : {}) };
      assertEquals(log.map(([, given]) => given), [context]);
      assertStrictEquals(log[0]?.[0], error);
      assertEquals(io.world.errors, []);
    });

    Deno.test(`Where ${place.name} ${how}, the error is logged once, with its stack`, async () => {
      const io = new TestServer();
      const error = new Error("boom");
      const { socketId } = await failAt(place, io, makeFailing(error));
      assertEquals(io.world.logger.lines.map(({ level }) => level), ["error"]);
      const [{ message, args }] = io.world.errors as readonly [LogLine];
      assertEquals(args, [error]);
      assertInstanceOf(args[0], Error);
      assert(args[0].stack?.includes("boom"));
      assert(message.includes(`"${place.event}"`), message);
      assert(place.event === "new_namespace" || message.includes('"/a"'), message);
      assertEquals(message.includes(socketId), place.hasSocket);
    });
  }
}

Deno.test("A middleware of a namespace that fails is told with its namespace", async () => {
  const io = new TestServer();
  const log: unknown[] = [];
  io.of("/a").use(() => {
    throw new Error("boom");
  });
  io.on("handler_error", (error, context) => log.push([error.message, context.namespace]));
  const client = await RawClient.open(io);
  await client.send("0/a,");
  assertEquals([log, io.world.errors], [[["boom", "/a"]], []]);
});

Deno.test("handler_error of the namespace is told instead of that of the server", async () => {
  const io = new TestServer();
  const log: unknown[] = [];
  io.on("handler_error", () => log.push("server"));
  io.of("/a").on("handler_error", (error) => log.push(["namespace", error.message]));
  for (const name of ["/", "/a"]) {
    io.of(name).on("connection", () => {
      throw new Error(name);
    });
  }
  const { client } = await joined(io);
  await client.join("/a");
  assertEquals([log, io.world.errors], [["server", ["namespace", "/a"]], []]);
});

Deno.test("handler_error gets an Error whatever was thrown", async () => {
  const { io, client, socket } = await connected();
  const log: Error[] = [];
  io.on("handler_error", (error) => log.push(error));
  const values: unknown[] = ["text", 7, undefined, null, { message: "like an error" }];
  for (const value of values) {
    socket.once("x", () => {
      throw value;
    });
    await client.send('2["x"]');
  }
  assertEquals(log.map((error) => error instanceof Error), values.map(() => true));
  assertEquals(log.map(({ cause }) => cause), values);
  assertEquals(log[0]?.message, "text");
});

Deno.test("handler_error that fails itself is logged, and told to nobody again", async () => {
  for (const makeFailing of Object.values(failures)) {
    const { io, client, socket } = await connected();
    const second = new Error("in handler_error");
    const log: string[] = [];
    io.on("handler_error", (error) => {
      log.push(error.message);
      return makeFailing(second)() as void;
    });
    io.on("handler_error", (error) => void log.push(`next ${error.message}`));
    socket.on("x", () => {
      throw new Error("first");
    });
    await client.send('2["x"]');
    assertEquals(log, ["first", "next first"]);
    assertEquals(io.world.errors.map(({ args }) => args), [[second]]);
    await assertAlive(socket, client);
  }
});

Deno.test("A handler that fails keeps no other listener and no other event back", async () => {
  for (const transport of TRANSPORTS) {
    const { client, socket, io } = await connected({ transport });
    const log: string[] = [];
    socket.on("x", () => {
      throw new Error("boom");
    });
    socket.on("x", () => log.push("x"));
    socket.on("y", () => log.push("y"));
    await client.send('2["x"]', '2["y"]');
    assertEquals([log, io.world.errors.length], [["x", "y"], 1]);
  }
});

Deno.test("A connection listener that fails leaves the socket connected", async () => {
  const io = new TestServer();
  const log: boolean[] = [];
  io.on("connection", () => {
    throw new Error("boom");
  });
  io.on("connection", (socket) => log.push(socket.connected));
  const { socket } = await joined(io);
  assertEquals([log, socket.connected], [[true], true]);
});

/**
 * Every kind of users' code that a server calls fails, in every way: one report of the right kind, and
 * the next client is served.
 */
import { assert, assertEquals, assertThrows } from "@std/assert";
import type { ServerOptions } from "../../src/server/server_options.ts";
import type { Adapter, AdapterContext } from "../../src/socket/adapter.ts";
import type { Socket } from "../../src/socket/api.ts";
import { memoryAdapter } from "../../src/socket/memory_adapter.ts";
import { BOOM, failureCounts, FAILURES, handshakeStatus } from "../support/failing_code.ts";
import { RawClient } from "../support/in_process_client.ts";
import { TestServer } from "../support/in_process_server.ts";

/** Users' code that fails once, when the test says so, and does what is right otherwise. */
type Fail = <T>(otherwise: T) => T;

interface Place {
  readonly name: string;
  /** What it is counted under. */
  readonly kind: string;
  readonly options?: (fail: Fail) => ServerOptions;
  readonly prepare?: (io: TestServer, fail: Fail) => void;
  /** Has it called, with a client that is connected; without it a client that connects does. */
  readonly call?: (io: TestServer, socket: Socket, client: RawClient) => unknown;
  /** Whether only a throw can be: a promise would be no failure. */
  readonly throwsOnly?: true;
}

/** A memory adapter with a method that may fail first. */
function adapterOf(fail: Fail, method: keyof Adapter): (context: AdapterContext) => Adapter {
  return (context) => {
    const adapter = memoryAdapter(context);
    const own = adapter[method] as (...args: unknown[]) => unknown;
    const failing = (...args: unknown[]): unknown => fail(Reflect.apply(own, adapter, args));
    return Object.assign(adapter, { [method]: failing });
  };
}

function adapterPlace(
  method: keyof Adapter,
  call: NonNullable<Place["call"]>,
): Place {
  const options = (fail: Fail): ServerOptions => ({ adapter: adapterOf(fail, method) });
  return { name: `adapter.${method}`, kind: "adapter", options, call };
}

function corsPlace(name: string, cors: (fail: Fail) => unknown): Place {
  // The types of the option do not know what a function may do wrong.
  const options = (fail: Fail): ServerOptions => ({ cors: cors(fail) }) as ServerOptions;
  return { name, kind: "cors", options };
}

const places: readonly Place[] = [
  {
    name: "allowRequest",
    kind: "allowRequest",
    options: (fail) => ({ allowRequest: () => fail(true) }),
  },
  {
    name: "allowRequest after it has answered",
    kind: "allowRequest",
    options: (fail) => ({
      allowRequest: (_request, answer): void => {
        answer(null, true);
        return fail(undefined);
      },
    }),
  },
  corsPlace("the cors function", (fail) => () => fail({ origin: "*" })),
  corsPlace("the origin function", (fail) => ({ origin: () => fail(true) })),
  {
    name: "generateId",
    kind: "generateId",
    prepare: (io, fail): void => {
      io.engine.generateId = () => fail(crypto.randomUUID());
    },
  },
  {
    name: "a middleware of the engine",
    kind: "middleware",
    prepare: (io, fail): void => {
      io.engine.use((_request, _info, next) => {
        const result = fail(undefined);
        if (result === undefined) next();
        return result;
      });
    },
  },
  {
    name: "a middleware of the engine after next",
    kind: "middleware",
    prepare: (io, fail): void => {
      io.engine.use((_request, _info, next) => {
        next();
        return fail(undefined);
      });
    },
  },
  ...(["connection", "headers", "initial_headers"] as const).map((event): Place => ({
    name: `a listener of ${event} of the engine`,
    kind: "listener",
    prepare: (io, fail) => void io.engine.on(event, () => void fail(undefined)),
    throwsOnly: true,
  })),
  {
    name: "a listener of connection_error of the engine",
    kind: "listener",
    prepare: (io, fail) => void io.engine.on("connection_error", () => fail(undefined)),
    call: (io) => io.fetch(new Request("http://localhost/socket.io/?transport=pigeon")),
  },
  ...(["packet", "data", "message", "packetCreate", "flush", "drain", "close"] as const).map((
    event,
  ): Place => ({
    name: `a listener of ${event} of a session`,
    kind: "listener",
    prepare: (io, fail): void => {
      io.engine.on("connection", (conn) => conn.on(event, () => fail(undefined)));
    },
    call: async (_io, socket, client): Promise<void> => {
      await client.send('2["x"]');
      socket.emit("y");
      await client.take();
      socket.conn.close(true);
    },
  })),
  {
    name: "a callback of conn.send",
    kind: "listener",
    prepare: (io, fail): void => {
      io.on(
        "connection",
        (socket) => void socket.conn.send("4x", undefined, () => fail(undefined)),
      );
    },
  },
  {
    name: "a rule of dynamic namespaces",
    kind: "namespaceRule",
    prepare: (io, fail): void => {
      io.of((_name, _auth, next) => {
        const result = fail(undefined);
        if (result === undefined) next(null, true);
        return result;
      });
    },
    call: (_io, _socket, client) => client.send("0/dynamic,"),
  },
  {
    name: "a middleware of a namespace",
    kind: "middleware",
    prepare: (io, fail): void => {
      io.of("/a").use((_socket, next) => {
        const result = fail(undefined);
        if (result === undefined) next();
        return result;
      });
    },
    call: (_io, _socket, client) => client.send("0/a,"),
  },
  {
    name: "a middleware of events, after next",
    kind: "middleware",
    prepare: (io, fail): void => {
      io.on("connection", (socket) => {
        socket.use((_event, next) => {
          next();
          return fail(undefined);
        });
      });
    },
  },
  ...(["disconnecting", "disconnect"] as const).map((event): Place => ({
    name: `a listener of ${event}`,
    kind: "listener",
    prepare: (io, fail): void => {
      io.on("connection", (socket) => void socket.once(event, () => fail(undefined)));
    },
    call: (_io, socket) => socket.disconnect(),
  })),
  {
    name: "a listener of a socket's signal",
    kind: "abort",
    prepare: (io, fail): void => {
      io.on("connection", (socket) => {
        socket.signal.addEventListener("abort", () => fail(undefined));
      });
    },
    call: (_io, socket) => socket.disconnect(),
  },
  {
    name: "a function that gives keys",
    kind: "handlerMode",
    options: (fail) => ({ handlerMode: () => fail("key") }),
    call: (_io, _socket, client) => client.send('2["x"]'),
  },
  {
    name: "a callback that gets its error when the client leaves",
    kind: "ack",
    prepare: (io, fail): void => {
      io.on("connection", (socket) => {
        socket.timeout(1000).emit("ask", () => fail(undefined));
      });
    },
    call: (_io, socket) => socket.disconnect(),
  },
  {
    name: "a callback of io.close",
    kind: "close",
    prepare: (io, fail): void => {
      io.of("/").on("close me", () => void io.close(() => fail(undefined)));
    },
    call: (io) =>
      (io.of("/") as unknown as { emitUntyped(...args: unknown[]): void }).emitUntyped(
        {},
        "close me",
        [],
      ),
  },
  adapterPlace("broadcast", (io) => io.emit("x")),
  adapterPlace("broadcastWithAck", (io) => io.timeout(10).emit("x", () => {})),
  adapterPlace("addSockets", (io) => io.socketsJoin("room")),
  adapterPlace("delSockets", (io) => io.socketsLeave("room")),
  adapterPlace("disconnectSockets", (io) => io.disconnectSockets()),
  adapterPlace("serverSideEmit", (io) => io.serverSideEmit("x")),
  adapterPlace("serverCount", (io) => io.timeout(10).emit("x", () => {})),
  adapterPlace("addAll", (_io, socket) => void socket.join("room")),
  adapterPlace("del", (_io, socket) => void socket.leave("room")),
  adapterPlace("delAll", (_io, socket) => socket.disconnect()),
  adapterPlace("close", (io) => io.close()),
];

/** Lets the code at a place fail once. */
async function failAt(place: Place, fails: () => unknown): Promise<TestServer> {
  let isArmed = false;
  const fail = (otherwise: unknown): unknown => {
    if (!isArmed) return otherwise;
    isArmed = false;
    return fails();
  };
  const io = new TestServer(place.options?.(fail as Fail));
  place.prepare?.(io, fail as Fail);
  if (place.call === undefined) {
    isArmed = true;
    const client = await RawClient.open(io, { transport: "polling" }).catch(() => undefined);
    await client?.send("0", '2["x"]');
  } else {
    const client = await RawClient.open(io);
    await client.join("/");
    const [socket] = io.of("/").sockets.values();
    assert(socket !== undefined);
    isArmed = true;
    try {
      await place.call(io, socket, client);
    } catch (error) {
      // An adapter that throws at once throws to the code of the user that has called it.
      assertEquals([error, place.kind], [BOOM, "adapter"]);
      return io;
    }
  }
  await io.world.settle();
  await io.world.advance(100);
  assertEquals(isArmed, false, "the code was never called");
  return io;
}

for (const place of places) {
  for (const [how, fails] of Object.entries(FAILURES)) {
    if (place.throwsOnly && how !== "throws") continue;
    Deno.test(`Where ${place.name} ${how}, it is reported once, and the next client is served`, async () => {
      const io = await failAt(place, fails);
      const isThrownToCaller = Object.keys(failureCounts(io)).length === 0;
      if (isThrownToCaller) assertEquals([place.kind, how], ["adapter", "throws"]);
      else assertEquals(failureCounts(io), { [place.kind]: 1 });
      const errors = io.world.errors.map(({ args }) => args);
      // A key that is a promise is told of as such.
      const isWrongKey = place.kind === "handlerMode" && how !== "throws";
      assertEquals(
        isWrongKey ? errors.length : errors,
        isWrongKey ? 1 : isThrownToCaller ? [] : [[BOOM]],
      );
      if (await handshakeStatus(io) === 503) return; // closed by the test
      const client = await RawClient.open(io);
      await client.send("0", '2["y"]');
      assertEquals([client.isClosed, io.of("/").sockets.size >= 1], [false, true]);
    });
  }
}

Deno.test("What emitted data throws when it is read goes to who emits, and nothing is sent", async () => {
  const io = new TestServer();
  const client = await RawClient.open(io);
  await client.join("/");
  const [socket] = io.of("/").sockets.values();
  const fail = (): never => {
    throw BOOM;
  };
  const hostile = [
    Object.defineProperty({}, "x", { get: fail, enumerable: true }),
    { toJSON: fail },
    new Proxy({}, { ownKeys: fail, get: fail }),
  ];
  for (const value of hostile) {
    assertThrows(() => socket?.emit("x", value), Error, "boom");
    assertThrows(() => io.emit("x", [value]), Error, "boom");
  }
  socket?.on("ask", (answer: (value: unknown) => void) => answer(hostile[0]));
  await client.send('21["ask"]');
  assertEquals([await client.take(), failureCounts(io)], [[], { listener: 1 }]);
});

for (const [how, fails] of Object.entries(FAILURES)) {
  Deno.test(`A logger that ${how}, and a console too, end nothing`, async () => {
    const io = new TestServer();
    io.world.logger.error = fails as () => void;
    io.world.logger.warn = fails as () => void;
    const lines: unknown[][] = [];
    const { error } = console;
    // deno-lint-ignore no-console -- one that fails is the matter here
    console.error = (...args: unknown[]): void => {
      lines.push(args);
      if (lines.length === 1) throw new Error("no console either");
    };
    try {
      const client = await RawClient.open(io);
      await client.join("/");
      const [socket] = io.of("/").sockets.values();
      socket?.on("x", () => Promise.reject(BOOM));
      await client.send('2["x"]');
      await io.fetch(new Request("http://localhost/socket.io/?transport=pigeon"));
      await io.world.settle();
      assertEquals(client.isClosed, false);
      assert(lines.length >= 2);
    } finally {
      // deno-lint-ignore no-console -- one that fails is the matter here
      console.error = error;
    }
  });
}

Deno.test("handler_error and the logger get an Error of whatever is thrown, however hostile", async () => {
  const io = new TestServer();
  const client = await RawClient.open(io);
  await client.join("/");
  const [socket] = io.of("/").sockets.values();
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  const hostile = new Proxy({}, {
    getPrototypeOf: () => {
      throw BOOM;
    },
  });
  for (const value of [proxy, hostile, Symbol("x"), undefined]) {
    socket?.once("x", () => {
      throw value;
    });
    await client.send('2["x"]');
  }
  assertEquals(io.world.errors.map(({ args }) => args[0] instanceof Error), [
    true,
    true,
    true,
    true,
  ]);
});

Deno.test("A thousand handlers that reject at once make a thousand reports", async () => {
  const io = new TestServer();
  const heard: unknown[] = [];
  io.on("handler_error", (_error, { event }) => heard.push(event));
  const client = await RawClient.open(io);
  await client.join("/");
  const [socket] = io.of("/").sockets.values();
  socket?.on("x", (index: number) => Promise.reject(new Error(String(index))));
  await client.send(...Array.from({ length: 1_000 }, (_, index) => `2["x",${index}]`));
  assertEquals([heard.length, failureCounts(io)], [1_000, { listener: 1_000 }]);
  assertEquals([client.isClosed, io.world.errors], [false, []]);
});

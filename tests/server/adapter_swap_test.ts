/** Tests of `io.adapter()`: what makes the adapters, and what happens when that changes. */
import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertNotStrictEquals,
  assertStrictEquals,
  assertThrows,
} from "@std/assert";
import type { Adapter, AdapterContext, AdapterFactory } from "../../src/socket/adapter.ts";
import { memoryAdapter } from "../../src/socket/memory_adapter.ts";
import { joined, RawClient } from "../support/in_process_client.ts";
import { TestServer } from "../support/in_process_server.ts";

/** A factory whose adapters write down that they are made and closed. */
function watched(log: string[], label: string): AdapterFactory {
  return (context) => {
    log.push(`${label} made for ${context.namespace}`);
    return Object.assign(memoryAdapter(context), {
      close: () => void log.push(`${label} closed for ${context.namespace}`),
    });
  };
}

/** Sockets and their rooms, as the adapter of a namespace has them. */
function tables(io: TestServer, nsp = "/"): unknown {
  const { rooms, sids } = io.of(nsp).adapter;
  return [new Map(rooms), new Map(sids)];
}

Deno.test("io.adapter() gives what makes the adapters", () => {
  assertStrictEquals(new TestServer().adapter(), memoryAdapter);
  const factory = watched([], "own");
  const io = new TestServer({ adapter: factory });
  assertStrictEquals(io.adapter(), factory);
  const next = watched([], "next");
  assertStrictEquals(io.adapter(next), io);
  assertStrictEquals(io.adapter(), next);
});

Deno.test("io.adapter(factory) gives all namespaces another adapter, and those to come", async () => {
  const log: string[] = [];
  const io = new TestServer({ adapter: watched(log, "old") });
  io.of("/a");
  io.of(/^\/room-/);
  await joined(io, {}, "/room-1");
  log.length = 0;
  io.adapter(watched(log, "new"));
  await io.world.settle();
  const names = ["/", "/a", "/room-1"];
  assertEquals(
    log.filter((line) => line.includes("made")),
    names.map((it) => `new made for ${it}`),
  );
  assertEquals(
    log.filter((line) => line.includes("closed")),
    names.map((it) => `old closed for ${it}`),
  );
  io.of("/b");
  await joined(io, {}, "/room-2");
  assertEquals(log.slice(6), ["new made for /b", "new made for /room-2"]);
});

Deno.test("io.adapter(factory) leaves sockets in their rooms", async () => {
  const io = new TestServer();
  io.of("/a");
  const [one, two] = [await joined(io), await joined(io)];
  const other = await joined(io, {}, "/a");
  void one.socket.join(["x", "y"]);
  void two.socket.join("y");
  void two.socket.leave(two.socket.id);
  void other.socket.join("x");
  const before = [io.of("/").adapter, tables(io), tables(io, "/a")];
  io.adapter((context) => memoryAdapter(context));
  assertNotStrictEquals<unknown>(io.of("/").adapter, before[0]);
  assertEquals([tables(io), tables(io, "/a")], before.slice(1));
  assertStrictEquals(one.socket.adapter, io.of("/").adapter);
  assertEquals([...two.socket.rooms], ["y"]);
  io.to("x").emit("x");
  io.of("/a").to("x").emit("a");
  io.to("y").emit("y");
  const packets = await Promise.all([one, two, other].map(({ client }) => client.take()));
  assertEquals(packets, [['2["x"]', '2["y"]'], ['2["y"]'], ['2/a,["a"]']]);
});

Deno.test("A socket that has left all its rooms stays in the namespace when the adapter changes", async () => {
  const io = new TestServer();
  const { client, socket } = await joined(io);
  void socket.leaveAll();
  io.adapter((context) => memoryAdapter(context));
  io.emit("to all");
  assertEquals(await client.take(), ['2["to all"]']);
  await client.leave();
  assertEquals(io.of("/").adapter.sids.size, 0);
});

Deno.test("Sockets join, leave and end in the new adapter", async () => {
  const io = new TestServer();
  const { client, socket } = await joined(io);
  const old = io.of("/").adapter;
  io.adapter((context) => memoryAdapter(context));
  const told: string[] = [];
  const { adapter } = io.of("/");
  adapter.on("join-room", (room) => void told.push(`join ${room}`));
  adapter.on("leave-room", (room) => void told.push(`leave ${room}`));
  void socket.join("x");
  await client.leave();
  assertEquals(told, ["join x", `leave ${socket.id}`, "leave x"]);
  assertEquals([adapter.sids.size, adapter.rooms.size], [0, 0]);
  assertEquals(old.rooms.has("x"), false);
});

Deno.test("A client that is being let in when the adapter changes keeps the rooms it has joined", async () => {
  const io = new TestServer();
  const held: (() => void)[] = [];
  io.use((socket, next) => {
    void socket.join("early");
    held.push(next);
  });
  const client = await RawClient.open(io);
  await client.send("0");
  io.adapter((context) => memoryAdapter(context));
  held[0]?.();
  await io.world.settle();
  const [socket] = io.of("/").sockets.values();
  assertEquals([...socket?.rooms ?? []].sort(), ["early", socket?.id ?? ""].sort());
});

Deno.test("A client that goes away after the adapter has changed leaves nothing, though it was not let in yet", async () => {
  const io = new TestServer();
  io.use((socket) => void socket.join("early"));
  const client = await RawClient.open(io);
  await client.send("0");
  io.adapter((context) => memoryAdapter(context));
  await client.leave();
  assertEquals(tables(io), [new Map(), new Map()]);
});

Deno.test("Answers that are awaited when the adapter changes still come", async () => {
  const io = new TestServer();
  const { client } = await joined(io);
  const answers = io.timeout(1000).emitWithAck("ask");
  io.adapter((context) => memoryAdapter(context));
  await client.send('30["here"]');
  assertEquals(await answers, ["here"]);
});

/** As the class of the reference's package: it asks its namespace for the encoder of its server. */
class ReferenceAdapter {
  readonly nsp: { readonly server: { readonly encoder: unknown } };
  readonly encoder: unknown;

  constructor(nsp: ReferenceAdapter["nsp"]) {
    this.nsp = nsp;
    this.encoder = nsp.server.encoder;
  }
}

/** What a server has before and after it was given what it refuses. */
function refusal(io: TestServer, factory: unknown): TypeError {
  const before = [io.adapter(), ...["/", "/a"].map((name) => io.of(name).adapter)];
  const error = assertThrows(() => io.adapter(factory as AdapterFactory), TypeError);
  const after = [io.adapter(), ...["/", "/a"].map((name) => io.of(name).adapter)];
  after.forEach((value, index) => assertStrictEquals(value, before[index]));
  return error;
}

Deno.test("io.adapter refuses what makes no adapter of ours, and nothing has changed then", async () => {
  const io = new TestServer();
  io.of("/a");
  const { client, socket } = await joined(io);
  void socket.join("x");
  const before = tables(io);
  const wrong: readonly (readonly [factory: unknown, text: string])[] = [
    [null, "adapter must be a function that makes an Adapter of @godwit/io"],
    ["redis", "adapter must be a function that makes an Adapter of @godwit/io"],
    [class Redis {}, "found a class"],
    [ReferenceAdapter, "found"],
    [(nsp: ReferenceAdapter["nsp"]) => new ReferenceAdapter(nsp), "it has thrown"],
    [
      (context: AdapterContext) =>
        Object.assign(memoryAdapter(context), { persistSession: () => {} }),
      "found one of the reference",
    ],
    [
      (context: AdapterContext) =>
        Object.assign(memoryAdapter(context), { fetchSockets: undefined }),
      "found one without fetchSockets",
    ],
    [() => undefined, "found one without addAll"],
    [() => Promise.resolve(), "found one without addAll"],
  ];
  for (const [factory, text] of wrong) {
    const { message } = refusal(io, factory);
    assert(message.includes(text), `${message} has not: ${text}`);
  }
  assertEquals(tables(io), before);
  io.to("x").emit("x");
  assertEquals([await client.take(), io.world.errors], [['2["x"]'], []]);
});

Deno.test("A factory that throws for one namespace changes none, whatever it made before", async () => {
  const log: string[] = [];
  const io = new TestServer({ adapter: watched(log, "old") });
  io.of("/a");
  const { socket } = await joined(io);
  void socket.join("x");
  const before = tables(io);
  const cause = new Error("no more connections");
  const half: AdapterFactory = (context) => {
    if (context.namespace === "/a") throw cause;
    return watched(log, "half")(context);
  };
  const error = refusal(io, half);
  assertStrictEquals(error.cause, cause);
  await io.world.settle();
  assertEquals([log.includes("old closed for /"), tables(io)], [false, before]);
  io.of("/b");
  assertEquals(log.at(-1), "old made for /b");
});

Deno.test("An adapter that was made in vain is closed", async () => {
  const log: string[] = [];
  const io = new TestServer();
  io.of("/a");
  refusal(io, (context: AdapterContext) => {
    if (context.namespace === "/a") throw new Error("no more connections");
    return watched(log, "half")(context);
  });
  await io.world.settle();
  assertEquals(log, ["half made for /", "half closed for /"]);
});

Deno.test("An old adapter that cannot be closed is reported with its namespace", async () => {
  const failing = [
    () => {
      throw new Error("sync");
    },
    () => Promise.reject(new Error("async")),
  ];
  for (const close of failing) {
    const io = new TestServer({
      adapter: (context) => Object.assign(memoryAdapter(context), { close }),
    });
    const reports: unknown[] = [];
    io.on("handler_error", (error, context) => reports.push([error.message, context]));
    const { client } = await joined(io);
    io.adapter(memoryAdapter);
    await io.world.settle();
    assertEquals(reports.length, 1);
    assertEquals(reports.map((report) => (report as unknown[])[1]), [
      { event: "adapter", namespace: "/" },
    ]);
    io.emit("x");
    assertEquals(await client.take(), ['2["x"]']);
  }
});

Deno.test("A new adapter that does not take one socket over is reported with it, and takes the others", async () => {
  for (const how of ["throws", "rejects"]) {
    const io = new TestServer();
    const [lost, kept] = [await joined(io), await joined(io)];
    const reports: unknown[] = [];
    io.on("handler_error", (error, context) => reports.push([error.message, context]));
    io.adapter((context): Adapter => {
      const own = memoryAdapter(context);
      const addAll = own.addAll.bind(own);
      return Object.assign(own, {
        addAll: (id: string, rooms: ReadonlySet<string>): void | Promise<void> => {
          if (id !== lost.socket.id) return addAll(id, rooms);
          if (how === "rejects") return Promise.reject(new Error("full"));
          throw new Error("full");
        },
      });
    });
    await io.world.settle();
    assertEquals(reports, [
      ["full", { event: "join", namespace: "/", socketId: lost.socket.id }],
    ]);
    io.emit("x");
    assertEquals([await kept.client.take(), await lost.client.take()], [['2["x"]'], []]);
  }
});

Deno.test("io.close closes the adapter that is there, and not again the ones before", async () => {
  const log: string[] = [];
  const io = new TestServer({ adapter: watched(log, "old") });
  io.adapter(watched(log, "new"));
  await io.close();
  assertEquals(log.filter((line) => line.includes("closed")), [
    "old closed for /",
    "new closed for /",
  ]);
});

Deno.test("An adapter that is put in from its own room listener takes over once", async () => {
  const io = new TestServer();
  const { socket } = await joined(io);
  const next: AdapterFactory = (context) => memoryAdapter(context);
  io.of("/").adapter.on("join-room", () => void io.adapter(next));
  void socket.join("x");
  assertStrictEquals(io.adapter(), next);
  assertEquals([...socket.rooms], [socket.id, "x"]);
  assertInstanceOf(io.of("/").adapter.rooms, Map);
});

Deno.test("A socket that ends while it is handed over is in no adapter", async () => {
  const io = new TestServer();
  const [first, second] = [await joined(io), await joined(io)];
  io.adapter((context) => {
    const next = memoryAdapter(context);
    next.on("join-room", (_room, id) => {
      if (id === first.socket.id) second.socket.disconnect();
    });
    return next;
  });
  const { id } = first.socket;
  assertEquals(tables(io), [new Map([[id, new Set([id])]]), new Map([[id, new Set([id])]])]);
});

Deno.test("An adapter that a factory gives again goes on", async () => {
  const log: string[] = [];
  const known = new Map<string, Adapter>();
  const make = watched(log, "same");
  const factory: AdapterFactory = (context) => {
    const adapter = known.get(context.namespace) ?? make(context);
    known.set(context.namespace, adapter);
    return adapter;
  };
  const io = new TestServer({ adapter: factory });
  const { socket } = await joined(io);
  io.adapter(factory);
  await io.world.settle();
  assertEquals(log, ["same made for /"]);
  assertEquals([...io.of("/").adapter.sids.keys()], [socket.id]);
});

Deno.test("An adapter in use is not closed when a factory that gives it again fails later", () => {
  const log: string[] = [];
  const known = new Map<string, Adapter>();
  const make = watched(log, "own");
  let fails = false;
  const factory: AdapterFactory = (context) => {
    if (fails && context.namespace === "/a") throw new Error("no broker");
    const adapter = known.get(context.namespace) ?? make(context);
    known.set(context.namespace, adapter);
    return adapter;
  };
  const io = new TestServer({ adapter: factory });
  io.of("/a");
  fails = true;
  assertThrows(() => io.adapter(factory), TypeError);
  assertEquals(log, ["own made for /", "own made for /a"]);
});

Deno.test("A namespace that goes while adapters change closes each of its own once", async () => {
  const log: string[] = [];
  const io = new TestServer({
    cleanupEmptyChildNamespaces: true,
    adapter: watched(log, "old"),
  });
  io.of(/^\/room-/);
  await joined(io);
  const { socket } = await joined(io, {}, "/room-1");
  const make = watched(log, "new");
  io.adapter((context) => {
    const next = make(context);
    if (context.namespace === "/") next.on("join-room", () => void socket.disconnect());
    return next;
  });
  await io.world.settle();
  const ended = log.filter((line) => line.includes("closed"));
  assertEquals(ended.sort(), [
    "new closed for /room-1",
    "old closed for /",
    "old closed for /room-1",
  ]);
});

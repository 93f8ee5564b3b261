import {
  assert,
  assertEquals,
  assertFalse,
  assertInstanceOf,
  assertStrictEquals,
  assertThrows,
} from "@std/assert";
import { Decoder, Encoder } from "socket.io-parser";
import type { Adapter, AdapterContext, RoomEvents } from "../../src/socket/adapter.ts";
import { Namespace } from "../../src/socket/api.ts";
import { memoryAdapter } from "../../src/socket/memory_adapter.ts";
import type { Parser } from "../../src/wire/parser_codec.ts";
import { connected, joined, RawClient, TRANSPORTS } from "../support/in_process_client.ts";
import { TestServer } from "../support/in_process_server.ts";

function poll(io: TestServer, path = "/socket.io/"): Promise<Response> {
  const answer = io.fetch(new Request(`http://localhost${path}?EIO=4&transport=polling`));
  return io.world.settle().then(() => answer);
}

Deno.test("Server shares the listeners of its main namespace", async () => {
  const io = new TestServer();
  const log: string[] = [];
  io.on("connection", () => log.push("server"));
  io.sockets.on("connection", () => log.push("namespace"));
  io.of("/").once("connection", () => log.push("once"));
  assertEquals([io.listenerCount("connection"), io.sockets.listenerCount("connection")], [3, 3]);
  await joined(io);
  await joined(io);
  assertEquals(log, ["server", "namespace", "once", "server", "namespace"]);
});

Deno.test("Server emits to its main namespace, in all ways", async () => {
  const io = new TestServer();
  const { client, socket } = await joined(io);
  const other = await joined(io, {}, "/").then(({ client }) => client);
  assertEquals(io.emit("a", 1), true);
  assertStrictEquals(io.send("b"), io);
  assertStrictEquals(io.write("c"), io);
  io.to(socket.id).emit("d");
  io.in(socket.id).emit("e");
  io.except(socket.id).emit("f");
  io.compress(false).to(socket.id).emit("g");
  io.local.to(socket.id).emit("h");
  const all = ['2["a",1]', '2["message","b"]', '2["message","c"]'];
  const named = ["d", "e", "g", "h"].map((name) => `2["${name}"]`);
  assertEquals(await client.take(), [...all, ...named]);
  assertEquals(await other.take(), [...all, '2["f"]']);
  io.volatile.emit("i");
  assertEquals(await client.take(), ['2["i"]']);
  assertEquals(io.sockets, io.of("/"));
  assertInstanceOf(io.sockets, Namespace);
});

Deno.test("Server.use adds a middleware to the main namespace only", async () => {
  const io = new TestServer();
  const log: string[] = [];
  io.of("/a");
  assertStrictEquals(
    io.use((socket, next) => {
      log.push(socket.nsp.name);
      next();
    }),
    io,
  );
  const { client } = await joined(io);
  await client.join("/a");
  assertEquals(log, ["/"]);
});

Deno.test("Server.path says which requests are its own, and can be set", () => {
  const io = new TestServer();
  assertEquals(io.path(), "/socket.io");
  const ours = (...paths: string[]): boolean[] => paths.map((path) => io.isOurs(path));
  assertEquals(
    ours("/socket.io/", "/socket.io/x", "/socket.io", "/socket.iox/", "/", "/elsewhere/socket.io/"),
    [true, true, false, false, false, false],
  );
  assertStrictEquals(io.path("/realtime/"), io);
  assertEquals(io.path(), "/realtime");
  assertEquals(ours("/realtime/", "/socket.io/"), [true, false]);
});

Deno.test("Server with addTrailingSlash false takes its path without a slash too", () => {
  const io = new TestServer({ addTrailingSlash: false, path: "/rt" });
  assertEquals(["/rt", "/rt/", "/rtx"].map((path) => io.isOurs(path)), [true, true, false]);
});

Deno.test("Server.engine counts the sessions and ends them", async () => {
  for (const transport of TRANSPORTS) {
    const io = new TestServer();
    const { socket, client } = await joined(io, { transport });
    assertEquals(io.engine.clientsCount, 1);
    const reasons: string[] = [];
    socket.on("disconnect", (reason) => reasons.push(reason));
    io.engine.close();
    await io.world.settle();
    assertEquals([reasons, client.isClosed, io.engine.clientsCount], [["forced close"], true, 0]);
    assertEquals((await poll(io)).status, 200);
  }
});

Deno.test("Server gives each namespace an adapter from its factory, with a context", async () => {
  const contexts: AdapterContext[] = [];
  const io = new TestServer({
    adapter: (context) => {
      contexts.push(context);
      return memoryAdapter(context);
    },
  });
  io.of("/a");
  assertEquals(contexts.map(({ namespace }) => namespace), ["/", "/a"]);
  for (const { local, handlerFailed } of contexts) {
    assertEquals([typeof local.deliver, typeof local.deliverWithAck], ["function", "function"]);
    assertEquals(typeof handlerFailed, "function");
  }
  const { client } = await joined(io);
  io.emit("x");
  assertEquals(await client.take(), ['2["x"]']);
});

Deno.test("Server lets an adapter answer for other servers", async () => {
  const seen: unknown[] = [];
  const io = new TestServer({
    adapter: (context): Adapter => {
      const adapter = memoryAdapter(context);
      return Object.assign(adapter, {
        serverCount: () => Promise.resolve(2),
        serverSideEmit: (args: readonly unknown[], wantsAnswers: boolean) => {
          seen.push([args, wantsAnswers]);
          return Promise.resolve(["from afar"]);
        },
      });
    },
  });
  io.serverSideEmit("tell", 1);
  assertEquals(await io.serverSideEmitWithAck("ask"), ["from afar"]);
  assertEquals(seen, [[["tell", 1], false], [["ask"], true]]);
});

Deno.test("Server reports an adapter that fails, and tells who waits", async () => {
  const io = new TestServer({
    adapter: (context): Adapter =>
      Object.assign(memoryAdapter(context), {
        serverCount: () => Promise.reject(new Error("no count")),
        serverSideEmit: () => Promise.reject(new Error("no others")),
      }),
  });
  const calls: unknown[] = [];
  io.serverSideEmit(
    "ask",
    (error: Error, answers: unknown) => calls.push([error.message, answers]),
  );
  io.serverSideEmit("tell");
  const outcome = await io.serverSideEmitWithAck("ask").catch((error) => error);
  assertEquals([calls, outcome.message], [[["no others", []]], "no others"]);
  io.timeout(100).emit("ask", (error: Error) => calls.push(error.message));
  await io.world.advance(200);
  assertEquals(calls.slice(1), ["operation has timed out"]);
  const errors = io.world.errors.map(({ args: [error] }) => String(error));
  assertEquals(errors, ["Error: no others", "Error: no count"]);
});

Deno.test("Server refuses a class made for the reference's adapter package", () => {
  class Adapter {
    readonly nsp: unknown;

    constructor(nsp: unknown) {
      this.nsp = nsp;
    }
  }
  // What a program that moves over may still pass.
  const adapter = Adapter as unknown as (context: AdapterContext) => never;
  assertThrows(() => new TestServer({ adapter }), TypeError, "adapter");
});

Deno.test("Room events fire for joins, leaves and ends, and the maps are live", async () => {
  const io = new TestServer();
  const { adapter } = io.of("/");
  const log: unknown[] = [];
  const names: readonly (keyof RoomEvents)[] = [
    "create-room",
    "join-room",
    "leave-room",
    "delete-room",
  ];
  for (const name of names) {
    adapter.on(name, (...args: unknown[]) => void log.push([name, ...args]));
  }
  const { rooms, sids } = adapter;
  const { socket, client } = await joined(io);
  const { id } = socket;
  await socket.join("a");
  assertEquals([rooms.get("a"), sids.get(id)], [new Set([id]), new Set([id, "a"])]);
  await socket.leave("a");
  await client.leave();
  assertEquals(log, [
    ["create-room", id],
    ["join-room", id, id],
    ["create-room", "a"],
    ["join-room", "a", id],
    ["leave-room", "a", id],
    ["delete-room", "a"],
    ["leave-room", id, id],
    ["delete-room", id],
  ]);
  assertEquals([rooms.size, sids.size], [0, 0]);
  assertStrictEquals(io.of("/").adapter.rooms, rooms);
});

Deno.test("Server speaks by a custom parser", async () => {
  // The published parser, whose type says less than it can do.
  const parser = { Encoder, Decoder } as unknown as Parser;
  for (const transport of TRANSPORTS) {
    const { client, socket } = await connected({ transport }, { parser });
    const calls: unknown[] = [];
    socket.on("ask", (value: unknown, answer: (value: unknown) => void) => {
      calls.push(value);
      answer(new Uint8Array([2]));
    });
    await client.send('51-7["ask",{"_placeholder":true,"num":0}]', new Uint8Array([1]));
    assertEquals(calls, [new Uint8Array([1])]);
    const hole = '{"_placeholder":true,"num":0}';
    assertEquals(await client.take(), [`61-7[${hole}]`, new Uint8Array([2])]);
    await client.send("nonsense");
    assertEquals([client.isClosed, socket.connected], [true, false]);
  }
});

/** Several packets in one message, one in each line. */
class LinesDecoder extends Decoder {
  override add(text: string): void {
    for (const line of text.split("\n")) super.add(line);
  }
}

Deno.test("Server takes several packets of a custom parser from one message, in order", async () => {
  // The published parser, whose type says less than it can do.
  const parser = { Encoder, Decoder: LinesDecoder } as unknown as Parser;
  const { client, socket } = await connected({}, { parser });
  const log: string[] = [];
  socket.on("a", () => log.push("a"));
  socket.on("end", () => {
    log.push("end");
    socket.disconnect(true);
  });
  await client.send('2["a"]\n2["a"]\n2["end"]\n2["a"]');
  assertEquals([log, client.isClosed], [["a", "a", "end"], true]);
  const second = await connected({}, { parser });
  second.socket.on("a", () => log.push("second"));
  await second.client.send('2["a"]\nnonsense\n2["a"]');
  assertEquals([log.slice(3), second.socket.connected], [["second"], false]);
});

Deno.test("Server runs no middleware for what came in one message with the end", async () => {
  // The published parser, whose type says less than it can do.
  const parser = { Encoder, Decoder: LinesDecoder } as unknown as Parser;
  for (const transport of TRANSPORTS) {
    const { io, client, socket } = await connected({ transport }, { parser });
    const log: string[] = [];
    io.use((_socket, next) => {
      log.push("middleware");
      next();
    });
    socket.on("end", () => void socket.disconnect(true));
    await client.send('2["end"]\n0');
    assertEquals([log, io.engine.clientsCount], [[], 0]);
  }
});

Deno.test("Server destroys the decoder of a custom parser with its session", async () => {
  let destroyed = 0;
  class CountingDecoder extends Decoder {
    override destroy(): void {
      destroyed++;
      super.destroy();
    }
  }
  // The published parser, whose type says less than it can do.
  const parser = { Encoder, Decoder: CountingDecoder } as unknown as Parser;
  const { client } = await connected({}, { parser });
  assertEquals(destroyed, 0);
  await client.leave();
  assertEquals(destroyed, 1);
});

Deno.test("Server keeps maxAttachments and maxAttachmentsBytes", async () => {
  const hole = (num: number): string => `{"_placeholder":true,"num":${num}}`;
  const few = await connected({}, { maxAttachments: 1 });
  await few.client.send(`52-["x",${hole(0)},${hole(1)}]`);
  assertFalse(few.socket.connected);
  const small = await connected({}, { maxAttachmentsBytes: 3 });
  await small.client.send(`52-["x",${hole(0)},${hole(1)}]`, new Uint8Array(3));
  assert(small.socket.connected);
  await small.client.send(new Uint8Array(1));
  assertFalse(small.socket.connected);
});

Deno.test("Server greets every session with the initialPacket", async () => {
  for (const transport of TRANSPORTS) {
    const io = new TestServer({ initialPacket: "welcome" });
    const client = await RawClient.open(io, { transport });
    assertEquals(await client.take(), ["welcome"]);
  }
});

Deno.test("Server gives every socket an id of its own, that is not the session's", async () => {
  const io = new TestServer();
  const ids = new Set<string>();
  for (let count = 0; count < 20; count++) {
    const { socket, client } = await joined(io);
    ids.add(socket.id).add(client.sid);
    assertEquals(socket.id.length, 22);
  }
  assertEquals(ids.size, 40);
});

Deno.test("Server warns of nothing and logs nothing where nothing is wrong", async () => {
  const { io, client, socket } = await connected();
  socket.on("x", () => {});
  await client.send('2["x"]', "1");
  await client.leave();
  await io.close();
  assertEquals(io.world.logger.lines, []);
});

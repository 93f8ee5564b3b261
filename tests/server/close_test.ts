/** Tests of `io.close()`. */
import { assert, assertEquals } from "@std/assert";
import type { Adapter } from "../../src/socket/adapter.ts";
import { memoryAdapter } from "../../src/socket/memory_adapter.ts";
import { connected, joined, RawClient, TRANSPORTS } from "../support/in_process_client.ts";
import { TestServer } from "../support/in_process_server.ts";

/** A server that has more to close, and says when it was asked to. */
class LayeredServer extends TestServer {
  readonly log: string[] = [];
  /** What its own closing comes to. */
  outcome: () => Promise<Error | undefined> = () => Promise.resolve(undefined);

  protected override closed(): Promise<Error | undefined> {
    this.log.push("closed");
    return this.outcome();
  }
}

Deno.test("Server.close ends all sockets of all namespaces, then its promise and its callback", async () => {
  for (const transport of TRANSPORTS) {
    const io = new TestServer();
    io.of("/a");
    const log: unknown[] = [];
    for (const nsp of [io.of("/"), io.of("/a")]) {
      nsp.on("connection", (socket) => {
        socket.on("disconnect", (reason) => log.push([nsp.name, reason]));
      });
    }
    const { client } = await joined(io, { transport });
    await client.join("/a");
    const idle = await RawClient.open(io, { transport });
    const closing = io.close((...args) => log.push(["callback", ...args]));
    assertEquals(log, [["/", "server shutting down"], ["/a", "server shutting down"]]);
    assertEquals(io.engine.clientsCount, 0);
    assertEquals(await closing, undefined);
    assertEquals(log.slice(2), [["callback"]]);
    await io.world.settle();
    assertEquals([client.isClosed, idle.isClosed, io.world.errors], [true, true, []]);
  }
});

Deno.test("Server.close refuses every later request with 503", async () => {
  const { io, client } = await connected({ transport: "polling" });
  await io.close();
  const url = "http://localhost/socket.io/?EIO=4&transport=polling";
  const requests = [
    new Request(url),
    new Request(`${url}&sid=${client.sid}`),
    new Request(`${url}&sid=${client.sid}`, { method: "POST", body: "2" }),
    new Request(url.replace("polling", "websocket"), { headers: { upgrade: "websocket" } }),
  ];
  for (const request of requests) assertEquals((await io.fetch(request)).status, 503);
  assertEquals(io.engine.clientsCount, 0);
});

Deno.test("Server.close lets no handshake through that was under way", async () => {
  const answers: ((error: null, success: boolean) => void)[] = [];
  const io = new TestServer({ allowRequest: (_request, answer) => void answers.push(answer) });
  const url = "http://localhost/socket.io/?EIO=4&transport=";
  const polling = io.fetch(new Request(`${url}polling`));
  const webSocket = io.fetch(
    new Request(`${url}websocket`, { headers: { upgrade: "websocket" } }),
  );
  await io.world.settle();
  await io.close();
  for (const answer of answers) answer(null, true);
  await io.world.settle();
  for (const socket of io.world.webSockets) socket.open();
  assertEquals([answers.length, io.engine.clientsCount], [2, 0]);
  assertEquals([(await polling).status, (await webSocket).status], [503, 503]);
});

Deno.test("Server.close opens no session on a WebSocket that was not open yet", async () => {
  const io = new TestServer();
  const url = "http://localhost/socket.io/?EIO=4&transport=websocket";
  await io.fetch(new Request(url, { headers: { upgrade: "websocket" } }));
  await io.close();
  const [socket] = io.world.webSockets;
  socket?.open();
  await io.world.settle();
  assertEquals([io.engine.clientsCount, socket?.isClosed], [0, true]);
});

Deno.test("Server.close lets nobody in whose middleware decides later", async () => {
  const io = new TestServer();
  const held: (() => void)[] = [];
  io.use((_socket, next) => void held.push(next));
  io.on("connection", () => {
    throw new Error("must not be let in");
  });
  const client = await RawClient.open(io);
  await client.send("0");
  await io.close();
  held[0]?.();
  await io.world.settle();
  assertEquals([io.of("/").sockets.size, io.world.errors], [0, []]);
});

Deno.test("Server.close called again does no more, and is fulfilled too", async () => {
  const { io, socket } = await connected();
  const log: string[] = [];
  socket.on("disconnect", () => log.push("disconnect"));
  const both = [
    io.close(() => log.push("first")),
    io.close(() => log.push("second")),
  ];
  await Promise.all(both);
  await io.close(() => log.push("third"));
  assertEquals(log, ["disconnect", "first", "second", "third"]);
});

Deno.test("Server.close waits for adapters, and reports those that fail", async () => {
  const log: unknown[] = [];
  const closers: Readonly<Record<string, () => void | Promise<void>>> = {
    "/": () => Promise.resolve().then(() => void log.push("closed /")),
    "/rejects": () => Promise.reject(new Error("async")),
    "/throws": () => {
      throw new Error("sync");
    },
    "/last": () => void log.push("closed /last"),
  };
  const io = new TestServer({
    adapter: (context): Adapter =>
      Object.assign(memoryAdapter(context), { close: () => closers[context.namespace]?.() }),
  });
  for (const name of Object.keys(closers)) io.of(name);
  await io.close((...args) => log.push(["callback", ...args.map(String)]));
  assertEquals(log.slice(0, 2).sort(), ["closed /", "closed /last"]);
  const errors = io.world.errors.map(({ args: [error] }) => String(error));
  assertEquals(errors.sort(), ["Error: async", "Error: sync"]);
  const [callback] = log.slice(2) as [unknown[]];
  assertEquals(callback[0], "callback");
  assert(callback.length === 2, "the callback gets an error if closing failed");
});

Deno.test("Server.close closes what the runtime has beside, after sessions and adapters", async () => {
  const io: LayeredServer = new LayeredServer({
    adapter: (context): Adapter =>
      Object.assign(memoryAdapter(context), {
        close: async () => {
          await Promise.resolve();
          io.log.push("adapter");
        },
      }),
  });
  const { socket } = await joined(io);
  socket.on("disconnect", () => io.log.push("disconnect"));
  const { promise, resolve } = Promise.withResolvers<undefined>();
  io.outcome = () => promise;
  const closing = io.close((...args) => io.log.push(`callback ${args.length}`));
  await io.world.settle();
  const soFar = ["disconnect", "adapter", "closed"];
  assertEquals([io.log, io.engine.clientsCount], [soFar, 0]);
  resolve(undefined);
  await closing;
  assertEquals(io.log, [...soFar, "callback 0"]);
});

Deno.test("Server.close gives its callback what could not be closed beside", async () => {
  const io = new LayeredServer();
  const failure = new Error("Server is not running.");
  io.outcome = () => Promise.resolve(failure);
  const given: unknown[] = [];
  assertEquals(await io.close((...args) => given.push(...args)), undefined);
  assertEquals(given, [failure]);
});

Deno.test("Server.close closes what the runtime has beside each time it is called", async () => {
  const io = new LayeredServer();
  const failures: (Error | undefined)[] = [undefined, new Error("not running")];
  io.outcome = () => Promise.resolve(failures.shift());
  const given: unknown[][] = [];
  await io.close((...args) => given.push(args));
  await io.close((...args) => given.push(args.map(String)));
  await io.close();
  assertEquals(io.log, ["closed", "closed", "closed"]);
  assertEquals(given, [[], ["Error: not running"]]);
});

Deno.test("Server.close closes what the runtime has beside, also when an adapter fails", async () => {
  const io = new LayeredServer({
    adapter: (context): Adapter =>
      Object.assign(memoryAdapter(context), { close: () => Promise.reject(new Error("adapter")) }),
  });
  io.outcome = () => Promise.resolve(new Error("beside"));
  const given: unknown[] = [];
  await io.close((...args) => given.push(...args.map(String)));
  assertEquals([io.log, given], [["closed"], ["Error: adapter"]]);
});

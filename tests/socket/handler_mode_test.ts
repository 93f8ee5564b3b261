/** Tests of the modes in which the events of one socket run beside one another. */
import { assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { LimitError } from "../../src/base/errors.ts";
import type { HandlerMode, Socket } from "../../src/socket/api.ts";
import type { ServerOptions } from "../../src/server/server_options.ts";
import { type Connected, connected, joined } from "../support/in_process_client.ts";
import { TestServer } from "../support/in_process_server.ts";

interface Held extends Connected {
  /** What has begun and ended, in order. */
  readonly log: string[];
  /** Ends the handler of a value. */
  readonly end: (value: string, error?: Error) => Promise<void>;
}

/** A socket whose handlers of "work" last until the test ends them. */
async function held(options: ServerOptions = {}): Promise<Held> {
  const found = await connected({}, options);
  const log: string[] = [];
  const ends = new Map<string, (error?: Error) => void>();
  found.socket.on("work", (value: string) => {
    log.push(`+${value}`);
    return new Promise<void>((resolve, reject) => {
      ends.set(value, (error) => {
        log.push(`-${value}`);
        if (error === undefined) resolve();
        else reject(error);
      });
    });
  });
  const end = async (value: string, error?: Error): Promise<void> => {
    ends.get(value)?.(error);
    await found.io.world.settle();
  };
  return { ...found, log, end };
}

function work(...values: string[]): string[] {
  return values.map((value) => `2["work","${value}"]`);
}

Deno.test("Handlers run concurrently when nothing is said", async () => {
  const { client, log } = await held();
  await client.send(...work("a", "b"));
  assertEquals(log, ["+a", "+b"]);
});

Deno.test("In the mode serial the next event waits for the promises of the one before", async () => {
  const { client, socket, log, end } = await held({ handlerMode: "serial" });
  socket.on("quick", () => void log.push("quick"));
  await client.send(...work("a"), '2["quick"]', ...work("b"));
  assertEquals(log, ["+a"]);
  await end("a");
  assertEquals(log, ["+a", "-a", "quick", "+b"]);
  await end("b");
  await client.send('2["quick"]');
  assertEquals(log.slice(4), ["-b", "quick"]);
});

Deno.test("In the mode serial a handler that rejects is reported, and the next event runs", async () => {
  const { io, client, log, end } = await held({ handlerMode: "serial" });
  await client.send(...work("a", "b"));
  await end("a", new Error("boom"));
  assertEquals(log, ["+a", "-a", "+b"]);
  assertEquals(io.world.errors.map(({ args }) => String(args[0])), ["Error: boom"]);
});

Deno.test("In the mode serial acknowledgements do not wait: a handler may ask its client", async () => {
  const { client, socket } = await held({ handlerMode: "serial" });
  const answers: unknown[] = [];
  socket.on("ask me", async () => void answers.push(await socket.emitWithAck("question")));
  await client.send('2["ask me"]', '2["ask me"]');
  assertEquals(await client.take(), ['20["question"]']);
  await client.send('30["first"]');
  assertEquals([answers, await client.take()], [["first"], ['21["question"]']]);
});

Deno.test("In the mode serial an event is over when all its handlers are: listeners, catch-alls, middlewares", async () => {
  const { client, io, socket } = await connected({}, { handlerMode: "serial" });
  const log: string[] = [];
  const gates: (() => void)[] = [];
  const gate = (name: string): Promise<void> => {
    log.push(name);
    return new Promise((resolve) => gates.push(resolve));
  };
  socket.onAny(() => gate("any"));
  socket.use(async (_event, next) => {
    await gate("before");
    next();
    await gate("after");
  });
  socket.on("x", () => gate("first"));
  socket.on("x", () => gate("second"));
  await client.send('2["x",1]', '2["x",2]');
  const perEvent = ["any", "before", "after", "first", "second"];
  assertEquals(log, ["any", "before"]);
  for (let opened = 0; opened < perEvent.length; opened++) {
    assertEquals(log.filter((name) => name === "any").length, 1);
    gates[opened]?.();
    await io.world.settle();
  }
  assertEquals(log, [...perEvent, "any", "before"]);
});

Deno.test("In the mode serial an event that a middleware refuses is over with its error listeners", async () => {
  const { client, io, socket, log, end } = await held({ handlerMode: "serial" });
  const gates: (() => void)[] = [];
  socket.use(([event], next) => next(event === "bad" ? new Error("no") : undefined));
  socket.on("error", () => new Promise<void>((resolve) => gates.push(resolve)));
  await client.send('2["bad"]', ...work("a"));
  assertEquals(log, []);
  gates[0]?.();
  await io.world.settle();
  assertEquals(log, ["+a"]);
  await end("a");
});

Deno.test("In the mode serial a middleware that throws, and one that calls next later, keep the order", async () => {
  const { client, io, socket, log, end } = await held({ handlerMode: "serial" });
  const nexts: (() => void)[] = [];
  socket.use(([event], next) => {
    if (event === "throw") throw new Error("boom");
    if (event === "later") nexts.push(next);
    else next();
  });
  socket.on("later", () => void log.push("later"));
  await client.send('2["throw"]', '2["later"]', ...work("a"));
  assertEquals([log, io.world.errors.length, nexts.length], [[], 1, 1]);
  nexts[0]?.();
  await io.world.settle();
  assertEquals(log, ["later", "+a"]);
  await end("a");
});

Deno.test("A key runs the events that share it one after the other, and others at once", async () => {
  const calls: unknown[][] = [];
  const mode: HandlerMode = (event, socket, args) => {
    calls.push([event, socket.connected, ...args]);
    const key = String(args[0])[0];
    return key === "x" ? undefined : key;
  };
  const { client, log, end } = await held({ handlerMode: mode });
  await client.send(...work("a1", "b1", "a2", "x1", "x2", "b2"));
  assertEquals(log, ["+a1", "+b1", "+x1", "+x2"]);
  await end("b1");
  assertEquals(log.slice(4), ["-b1", "+b2"]);
  assertEquals(calls[0], ["work", true, "a1"]);
});

Deno.test("A function that gives no key, or fails, is reported; its events keep their order", async () => {
  const fails: Readonly<Record<string, () => unknown>> = {
    throws: () => {
      throw new Error("boom");
    },
    rejects: () => Promise.reject(new Error("boom")),
    "gives an object": () => ({}),
  };
  for (const [how, fail] of Object.entries(fails)) {
    const { io, client, log, end } = await held({ handlerMode: fail as HandlerMode });
    await client.send(...work("a", "b"));
    assertEquals([log, io.world.errors.length], [["+a"], 2], how);
    await end("a");
    assertEquals(log, ["+a", "-a", "+b"], how);
    assertEquals(io.counters.get("handler_errors", "handlerMode"), 2);
  }
});

Deno.test("handlerMode of a socket counts more than that of its namespace, that more than the option", async () => {
  const io = new TestServer({ handlerMode: "serial" });
  const nsp = io.of("/");
  const beginnings = async (choose: (socket: Socket) => void): Promise<number> => {
    const { client, socket } = await joined(io);
    choose(socket);
    let begun = 0;
    socket.on("work", () => {
      begun++;
      return new Promise(() => {});
    });
    await client.send(...work("a", "b"));
    return begun;
  };
  assertEquals(await beginnings(() => {}), 1);
  assertEquals(
    await beginnings((socket) => assertStrictEquals(socket.handlerMode("concurrent"), socket)),
    2,
  );
  assertStrictEquals(nsp.handlerMode("concurrent"), nsp);
  assertEquals(await beginnings(() => {}), 2);
  assertEquals(await beginnings((socket) => socket.handlerMode("serial")), 1);
});

Deno.test("handlerMode of the server is that of its main namespace, and of no other", async () => {
  const io = new TestServer();
  assertStrictEquals(io.handlerMode("serial"), io);
  const { client, socket } = await joined(io);
  io.of("/a");
  const id = await client.join("/a");
  const begun: string[] = [];
  for (const each of [socket, io.of("/a").sockets.get(id)]) {
    each?.on("work", () => {
      begun.push(each.nsp.name);
      return new Promise(() => {});
    });
  }
  await client.send(...work("a", "b"), '2/a,["work"]', '2/a,["work"]');
  assertEquals(begun, ["/", "/a", "/a"]);
});

Deno.test("Children have the mode of their parent", async () => {
  const io = new TestServer();
  io.of(/^\/room-/).handlerMode("serial");
  let begun = 0;
  const { client } = await joined(io);
  const id = await client.join("/room-1");
  io.of("/room-1").sockets.get(id)?.on("work", () => {
    begun++;
    return new Promise(() => {});
  });
  await client.send('2/room-1,["work"]', '2/room-1,["work"]');
  assertEquals(begun, 1);
});

Deno.test("handlerMode refuses what is no mode", async () => {
  const { io, socket } = await connected();
  for (const value of ["parallel", undefined, null, 1, {}]) {
    assertThrows(() => socket.handlerMode(value as HandlerMode), TypeError, "handlerMode");
    assertThrows(() => io.of("/").handlerMode(value as HandlerMode), TypeError, "handlerMode");
    assertThrows(() => io.handlerMode(value as HandlerMode), TypeError, "handlerMode");
  }
});

Deno.test("A change of mode leaves what waits where it is", async () => {
  const { client, socket, log, end } = await held({ handlerMode: "serial" });
  await client.send(...work("a", "b"));
  socket.handlerMode("concurrent");
  await client.send(...work("c"));
  assertEquals(log, ["+a", "+c"]);
  await end("a");
  assertEquals(log, ["+a", "+c", "-a", "+b"]);
});

Deno.test("More than maxPendingEvents that waits ends the session, and is counted", async () => {
  const options: ServerOptions = { handlerMode: "serial", maxPendingEvents: 3 };
  const { io, client, socket, log, end } = await held(options);
  const ends: unknown[] = [];
  socket.on("disconnect", (reason, description) => ends.push(reason, description));
  await client.send(...work("a", "b", "c", "d"));
  assertEquals([log, client.isClosed, ends], [["+a"], false, []]);
  await client.send(...work("e"));
  const [reason, error] = ends;
  assertEquals([reason, error instanceof LimitError && error.limit], [
    "transport error",
    "maxPendingEvents",
  ]);
  const counted = io.counters.get("limits_exceeded", "maxPendingEvents");
  assertEquals([io.engine.clientsCount, counted], [0, 1]);
  await end("a");
  assertEquals(log, ["+a", "-a"]);
});

Deno.test("Bytes of events that wait count for maxConnectionMemory, as long as they wait", async () => {
  const options: ServerOptions = {
    handlerMode: "serial",
    maxHttpBufferSize: 1_000,
    maxBufferedBytes: 1_000,
    maxAttachmentsBytes: 1_000,
    maxConnectionMemory: 10_000,
  };
  const { io, client, log, end } = await held(options);
  const long = (name: string): string[] => work(name + "x".repeat(900));
  for (let round = 0; round < 5; round++) {
    await client.send(...work(`${round}`), ...["a", "b", "c"].flatMap(long), ...work("last"));
    await end(`${round}`);
    for (const name of ["a", "b", "c"]) await end(name + "x".repeat(900));
    await end("last");
  }
  assertEquals([log.length, client.isClosed], [50, false]);
  await client.send(...work("stuck"));
  for (let sent = 0; sent < 20 && !client.isClosed; sent++) await client.send(...long("a"));
  assertEquals(client.isClosed, true);
  assertEquals(io.counters.get("limits_exceeded", "maxConnectionMemory"), 1);
});

Deno.test("What waits is dropped when the socket ends", async () => {
  const { io, client, socket, log, end } = await held({ handlerMode: "serial" });
  const seen: unknown[] = [];
  socket.onAny((_name, value) => void seen.push(value));
  await client.send(...work("a", "b", "c"));
  await client.leave();
  await end("a");
  assertEquals([log, seen, io.world.errors], [["+a", "-a"], ["a"], []]);
});

Deno.test("A server that drains lets events that wait have their turn, for a while", async () => {
  const { io, client, log, end } = await held({ handlerMode: "serial" });
  await io.world.advance(10_000);
  await client.send(...work("a", "b"));
  const draining = io.drain({ timeout: 20_000, jitter: 0 });
  await io.world.advance(1_000);
  assertEquals([log, client.isClosed], [["+a"], false]);
  await end("a");
  assertEquals(log, ["+a", "-a", "+b"]);
  for (let second = 0; second < 6; second++) await io.world.advance(1_000);
  assertEquals(await draining, { closed: 1, forced: 0 });
});

Deno.test("A listener that ends the socket is followed by no event that waits", async () => {
  const { client, socket, log } = await held({ handlerMode: "serial" });
  socket.on("leave", () => void socket.disconnect());
  await client.send('2["leave"]', ...work("a"));
  assertEquals(log, []);
});

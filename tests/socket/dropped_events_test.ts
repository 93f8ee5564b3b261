/** Tests of acknowledgements that do not come because their event was dropped, or who was asked has gone. */
import { assert, assertEquals, assertInstanceOf, assertRejects } from "@std/assert";
import { AckTimeoutError, EventDroppedError } from "../../src/base/errors.ts";
import { Cluster } from "../support/cluster_adapter.ts";
import { connected, joined, RawClient, stall } from "../support/in_process_client.ts";
import { TestServer } from "../support/in_process_server.ts";

/** One tick of the wheel: how late bad news may be. */
const TICK_MS = 50;

for (const bufferPolicy of ["dropOldest", "dropNewest"] as const) {
  Deno.test(`${bufferPolicy}: who awaits the answer to an event that was dropped is told at once`, async () => {
    const options = { bufferPolicy, maxBufferedPackets: 1 };
    const { io, client, socket } = await connected({ transport: "polling" }, options);
    await stall(client);
    const log: unknown[] = [];
    // This one is kept where the newest are dropped, the last one where the oldest are.
    socket.emit("first", () => log.push("plain"));
    socket.emit("plain", () => log.push("plain"));
    socket.timeout(1_000).emit("limited", (error: unknown) => log.push(error));
    socket.emitWithAck("promised").catch((error) => log.push(error));
    socket.emit("last", () => log.push("plain"));
    await io.world.advance(TICK_MS);
    assertEquals(log.length, 2);
    for (const error of log) {
      assertInstanceOf(error, EventDroppedError);
      assertEquals([error.reason, error.code], [bufferPolicy, "event-dropped"]);
      assertEquals(
        error.message,
        `the event was dropped (${bufferPolicy}): the client does not read fast enough`,
      );
    }
    assertEquals(io.counters.get("packets_dropped", bufferPolicy), 4);
    assertEquals(io.world.errors, []);
  });
}

Deno.test("An answer that cannot come any more has no place among those that are awaited", async () => {
  const options = { bufferPolicy: "dropOldest", maxBufferedPackets: 2, maxPendingAcks: 3 } as const;
  const { io, client, socket } = await connected({ transport: "polling" }, options);
  await stall(client);
  const errors: unknown[] = [];
  for (let number = 0; number < 100; number++) {
    socket.emitWithAck("n", number).catch((error) => errors.push(error));
    await io.world.settle();
  }
  await io.world.advance(TICK_MS);
  assertEquals(errors.length, 98);
  assert(errors.every((error) => error instanceof EventDroppedError));
});

Deno.test("A volatile event that cannot leave has no answer, and who awaits it is told", async () => {
  const { io, client, socket } = await connected({ transport: "polling" });
  await stall(client);
  const log: unknown[] = [];
  socket.volatile.emit("n", () => log.push("plain"));
  socket.volatile.withSignal(new AbortController().signal).emit("n", (error: unknown) => {
    log.push(error instanceof EventDroppedError);
  });
  assertEquals(log, [], "not before the emit has returned");
  const answer = socket.volatile.emitWithAck("n");
  const rejected = assertRejects(() => answer, EventDroppedError);
  await io.world.advance(TICK_MS);
  const error = await rejected;
  assertEquals([error.reason, log], ["volatile", [true]]);
});

Deno.test("What a middleware asks that cannot leave is told, also before there is a socket", async () => {
  const io = new TestServer();
  const errors: unknown[] = [];
  io.use((socket, next) => {
    socket.emit("first");
    socket.volatile.emitWithAck("n").catch((error) => errors.push(error));
    next();
  });
  const client = await RawClient.open(io, { transport: "polling" });
  await client.post("40");
  await io.world.advance(TICK_MS);
  assertEquals(errors.map((error) => error instanceof EventDroppedError), [true]);
});

Deno.test("A broadcast does not wait for a client whose copy was dropped", async () => {
  const options = { bufferPolicy: "dropOldest", maxBufferedPackets: 1 } as const;
  const { io, client } = await connected({ transport: "polling" }, options);
  const { client: other } = await joined(io);
  await stall(client);
  const answers = io.timeout(10_000).emitWithAck("question");
  io.emit("next");
  await io.world.settle();
  const asked = (await other.take()).map(String).find((text) => text.includes("question"));
  await other.send(`3${/^2(\d+)/.exec(asked ?? "")?.[1]}["yes"]`);
  await io.world.advance(TICK_MS);
  const error = await assertRejects(() => answers, AckTimeoutError);
  assertEquals(error.responses, ["yes"]);
  assertEquals(io.world.clock.now() < 10_000, true);
});

for (const what of ["leave", "close"] as const) {
  Deno.test(`A broadcast with acknowledgement ends when all who were asked have gone (${what})`, async () => {
    const { io, client } = await connected();
    const log: unknown[] = [];
    const limited = io.timeout(10_000).emitWithAck("question");
    io.timeout(10_000).emit("question", (error: unknown, answers: unknown) => {
      log.push(error instanceof AckTimeoutError, answers);
    });
    await io.world.settle();
    if (what === "leave") await client.leave();
    else await io.close();
    const error = await assertRejects(() => limited, AckTimeoutError);
    assertEquals([error.responses, log], [[], [true, []]]);
  });
}

Deno.test("What a middleware has asked the socket is told of when it is dropped, too", async () => {
  const io = new TestServer({ bufferPolicy: "dropOldest", maxBufferedPackets: 2 });
  const errors: unknown[] = [];
  io.use((socket) => {
    for (let count = 0; count < 4; count++) {
      socket.timeout(1000).emit("ask", (error: unknown) => errors.push(error));
    }
  });
  const client = await RawClient.open(io, { transport: "polling", polls: false });
  await client.send("0");
  await io.world.advance(TICK_MS);
  assertEquals(errors.map((error) => error instanceof EventDroppedError), [true, true]);
});

/** Two servers that know of each other. */
function startPair(): readonly [here: TestServer, there: TestServer] {
  const [here, there] = new Cluster().start(2);
  assert(here !== undefined && there !== undefined);
  return [here, there];
}

Deno.test("Servers of a cluster tell each other who will not answer", async () => {
  const [here, there] = startPair();
  const [near, far] = [await joined(here), await joined(there)];
  const answers = here.timeout(10_000).emitWithAck("ask");
  await near.client.send('30["near"]');
  await far.client.leave();
  const error = await assertRejects(() => answers, AckTimeoutError);
  assertEquals([error.responses, there.world.clock.nextAt], [["near"], Infinity]);
});

Deno.test("Who ends while another server's question goes round keeps no one else from answering", async () => {
  const [here, there] = startPair();
  const [first, second] = [await joined(there), await joined(there)];
  first.socket.onAnyOutgoing(() => first.socket.disconnect());
  const answers = here.timeout(10_000).emitWithAck("ask");
  await here.world.settle();
  await second.client.send('30["second"]');
  const error = await assertRejects(() => answers, AckTimeoutError);
  assertEquals(error.responses, ["second"]);
});

Deno.test("A server of a cluster that closes waits for no answers of others, and keeps no timer", async () => {
  const [here, there] = startPair();
  const [near, far] = [await joined(here), await joined(there)];
  const ask = (io: TestServer): Promise<unknown> => io.timeout(10_000).emitWithAck("ask");
  const [own, others] = [ask(here), ask(there)];
  await near.client.send('30["near"]', '31["near"]');
  await here.close();
  const error = await assertRejects(() => own, AckTimeoutError);
  assertEquals([error.responses, here.world.clock.nextAt], [["near"], Infinity]);
  await far.client.send('30["late"]', '31["far"]');
  assertEquals(await others, ["near", "far"]);
});

Deno.test("A broadcast of a listener that hears of the end asks nobody, and has no answers and no error", async () => {
  for (const event of ["disconnecting", "disconnect"] as const) {
    const { io, socket } = await connected();
    const calls: unknown[][] = [];
    socket.on(event, () => {
      socket.broadcast.timeout(1000).emit("ask", (...args: unknown[]) => calls.push(args));
    });
    await io.close();
    assertEquals([calls, io.world.clock.nextAt], [[[null, []]], Infinity], event);
  }
});

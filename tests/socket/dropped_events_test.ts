/** Tests of acknowledgements that do not come because their event was dropped, or who was asked has gone. */
import { assert, assertEquals, assertInstanceOf, assertRejects } from "@std/assert";
import { AckTimeoutError, EventDroppedError } from "../../src/base/errors.ts";
import { connected, joined, type RawClient } from "../support/in_process_client.ts";
import type { TestServer } from "../support/in_process_server.ts";

/** Lets a client read nothing any more, and takes the GET that waits from it. */
async function stall(io: TestServer, client: RawClient): Promise<void> {
  client.pause();
  io.emit("taken");
  await io.world.settle();
}

for (const bufferPolicy of ["dropOldest", "dropNewest"] as const) {
  Deno.test(`${bufferPolicy}: who awaits the answer to an event that was dropped is told at once`, async () => {
    const options = { bufferPolicy, maxBufferedPackets: 1 };
    const { io, client, socket } = await connected({ transport: "polling" }, options);
    await stall(io, client);
    const log: unknown[] = [];
    // This one is kept where the newest are dropped, the last one where the oldest are.
    socket.emit("first", () => log.push("plain"));
    socket.emit("plain", () => log.push("plain"));
    socket.timeout(1_000).emit("limited", (error: unknown) => log.push(error));
    socket.emitWithAck("promised").catch((error) => log.push(error));
    socket.emit("last", () => log.push("plain"));
    await io.world.settle();
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
  await stall(io, client);
  const errors: unknown[] = [];
  for (let number = 0; number < 100; number++) {
    socket.emitWithAck("n", number).catch((error) => errors.push(error));
    await io.world.settle();
  }
  assertEquals(errors.length, 98);
  assert(errors.every((error) => error instanceof EventDroppedError));
});

Deno.test("A volatile event that cannot leave has no answer, and who awaits it is told", async () => {
  const { io, client, socket } = await connected({ transport: "polling" });
  await stall(io, client);
  const log: unknown[] = [];
  socket.volatile.emit("n", () => log.push("plain"));
  socket.volatile.withSignal(new AbortController().signal).emit("n", (error: unknown) => {
    log.push(error instanceof EventDroppedError);
  });
  assertEquals(log, [], "not before the emit has returned");
  const error = await assertRejects(() => socket.volatile.emitWithAck("n"), EventDroppedError);
  assertEquals([error.reason, log], ["volatile", [true]]);
});

Deno.test("A broadcast does not wait for a client whose copy was dropped", async () => {
  const options = { bufferPolicy: "dropOldest", maxBufferedPackets: 1 } as const;
  const { io, client } = await connected({ transport: "polling" }, options);
  const { client: other } = await joined(io);
  await stall(io, client);
  const answers = io.timeout(10_000).emitWithAck("question");
  io.emit("next");
  await io.world.settle();
  const asked = (await other.take()).map(String).find((text) => text.includes("question"));
  await other.send(`3${/^2(\d+)/.exec(asked ?? "")?.[1]}["yes"]`);
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

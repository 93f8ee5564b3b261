/** Tests of how draining and closing go together: who gets which promise, and what ends what. */
import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import type { Adapter } from "../../src/socket/adapter.ts";
import { memoryAdapter } from "../../src/socket/memory_adapter.ts";
import { connected, joined } from "../support/in_process_client.ts";
import { TestServer } from "../support/in_process_server.ts";

Deno.test("Server.drain called again gives the same promise, and close() ends it at once", async () => {
  const { io, client, socket } = await connected();
  const log: unknown[] = [];
  socket.emit("question", () => {});
  socket.on("disconnect", (...args) => {
    log.push(args);
    void io.drain();
    void io.close(() => log.push("closed by a listener"));
  });
  const draining = io.drain({ reason: "first" });
  assert(io.drain({ timeout: 1 }) === draining);
  await io.world.advance(1_000);
  assertEquals(client.isClosed, false);
  const closing = io.close(() => log.push("closed"));
  assertEquals([client.isClosed, io.engine.clientsCount], [true, 0]);
  await closing;
  assertEquals(await draining, { closed: 0, forced: 1 });
  assertEquals(log[0], ["server shutting down", "first"]);
  assertEquals(log.slice(1).sort(), ["closed", "closed by a listener"]);
  assert(io.drain() === draining);
  assertEquals(io.world.clock.waiting, 0);
});

Deno.test("Server.drain can be called by a listener that it calls", async () => {
  const { io, socket } = await connected();
  let again: Promise<unknown> | undefined;
  socket.on("disconnecting", () => again = io.drain());
  const draining = io.drain();
  await io.world.advance(1_000);
  await draining;
  assert(again === draining);
});

Deno.test("Server.drain of a closed server is over, and closing a drained one does no more", async () => {
  const closed = new TestServer();
  await closed.close();
  assertEquals(await closed.drain(), { closed: 0, forced: 0 });
  const again = closed.drain();
  assert(closed.drain() === again);
  const { io, socket } = await connected();
  let ends = 0;
  socket.on("disconnect", () => ends++);
  const draining = io.drain();
  await io.world.advance(1_000);
  await draining;
  await io.close();
  assertEquals(ends, 1);
});

Deno.test("Server.drain frees the adapters before it is over, and reports those that fail", async () => {
  const log: string[] = [];
  const io = new TestServer({
    adapter: (context): Adapter =>
      Object.assign(memoryAdapter(context), {
        close: async () => {
          await Promise.resolve();
          log.push(`closed ${context.namespace}`);
          if (context.namespace === "/bad") throw new Error("no");
        },
      }),
  });
  io.of("/bad");
  assertEquals(await io.drain(), { closed: 0, forced: 0 });
  assertEquals(log, ["closed /", "closed /bad"]);
  assertEquals(io.world.errors.length, 1);
});

Deno.test("Server.drain leaves alone what the runtime has beside", async () => {
  let closes = 0;
  class LayeredServer extends TestServer {
    protected override closed(): Promise<Error | undefined> {
      closes++;
      return Promise.resolve(undefined);
    }
  }
  const io = new LayeredServer();
  await io.drain();
  assertEquals(closes, 0);
  await io.close();
  assertEquals(closes, 1);
});

Deno.test("Server.drain with wrong options rejects, names all faults, and begins nothing", async () => {
  const io = new TestServer();
  const options = {
    timeout: -1,
    batch: 0,
    jitter: 0.5,
    reason: "é".repeat(62),
    signal: {},
    jiter: 1,
    retries: 3,
  };
  const error = await assertRejects(
    // The types do not allow them either.
    () => io.drain(options as unknown as { readonly timeout: number }),
    TypeError,
  );
  assertEquals(error.message.split("\n  "), [
    "Cannot use options of drain(): 7 faults",
    "timeout must be an integer of 0–2147483647 ms, found -1",
    "batch must be an integer of 1 or more clients, or Infinity, found 0",
    "jitter must be an integer of 0–2147483647 ms, found 0.5",
    `reason must be a string of at most 123 bytes of UTF-8, found ${
      JSON.stringify("é".repeat(62))
    }`,
    "signal must be an AbortSignal, found an object",
    '"jiter" is not an option, did you mean "jitter"',
    '"retries" is not an option, those are timeout, batch, jitter, reason, signal',
  ]);
  await joined(io);
  assertEquals(io.health.ready, true);
  const draining = io.drain({ reason: "é".repeat(61) + "x", batch: Infinity });
  await io.close();
  await draining;
  assertMatch(`${io.world.logger.lines.map(({ message }) => message)}`, /^$/);
});

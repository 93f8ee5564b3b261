/** Tests of how many lines failing handlers have: none is lost in silence, and nobody can flood a log. */
import { assertEquals } from "@std/assert";
import { HandlerLines } from "../../src/server/handler_lines.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { joined } from "../support/in_process_client.ts";
import { TestServer } from "../support/in_process_server.ts";

const LAST = " (the next ones within a minute are only counted)";

function lines({ world }: TestServer): readonly string[] {
  return world.logger.lines.map(({ message }) => message.replace(/, socket .*? failed/, " failed"));
}

Deno.test("A handler that a peer lets fail at will has ten lines a minute, and all of it is counted", async () => {
  const io = new TestServer();
  io.on("connection", (socket) => {
    socket.on("x", () => {
      throw new Error("boom");
    });
  });
  const flood = async (times: number): Promise<void> => {
    const { client } = await joined(io);
    for (let count = 0; count < times; count++) await client.send('2["x"]');
    await client.leave();
  };
  await flood(200);
  const line = 'A handler for "x" in namespace "/" failed';
  assertEquals(lines(io), [...Array<string>(9).fill(`${line}:`), `${line}${LAST}:`]);
  assertEquals(io.counters.get("handler_errors", "listener"), 200);
  await io.world.advance(60_000);
  await flood(1);
  assertEquals(lines(io).slice(10), [`${line} (190 more since the last such line):`]);
  await io.close();
});

Deno.test("Listeners of handler_error are told of every failure, and their own failures have as few lines", async () => {
  const io = new TestServer();
  let told = 0;
  io.on("handler_error", () => {
    told++;
    throw new Error("the reporter failed");
  });
  const { client, socket } = await joined(io);
  socket.on("x", () => Promise.reject(new Error("boom")));
  for (let count = 0; count < 50; count++) await client.send('2["x"]');
  assertEquals(told, 50);
  assertEquals(lines(io).length, 10);
  assertEquals(io.counters.get("handler_errors", "handler_error"), 50);
  await io.close();
});

Deno.test("Names that a peer makes up leave each event that fails its lines, and come to a bounded number", async () => {
  const io = new TestServer();
  const { client, socket } = await joined(io);
  socket.onAny(() => {
    throw new Error("boom");
  });
  for (let count = 0; count < 500; count++) await client.send(`2["made up ${count}"]`);
  // A hundred events with a line each, and ten that the others share.
  assertEquals(lines(io).length, 110);
  assertEquals(lines(io).at(-1), `A handler for "made up 109" in namespace "/" failed${LAST}:`);
  // Another kind of code is not concerned.
  socket.emit("ask", () => {
    throw new Error("boom");
  });
  await client.send("30[]");
  assertEquals(lines(io).at(-1), 'A handler for "ask" in namespace "/" failed:');
  await io.close();
});

Deno.test("HandlerLines forgets events that have been quiet, and tells what those had no line for", () => {
  const clock = new FakeClock();
  const quotas = new HandlerLines(clock);
  for (let count = 0; count < 12; count++) quotas.take("listener", "noisy");
  for (let count = 0; count < 99; count++) quotas.take("ack", `quiet ${count}`);
  assertEquals(quotas.take("listener", "new"), "");
  clock.advance(60_000);
  for (let count = 0; count < 100; count++) {
    assertEquals(quotas.take("listener", `later ${count}`), "");
  }
  assertEquals(quotas.take("listener", "one more"), " (2 more since the last such line)");
});

Deno.test("HandlerLines keeps the begin of a name only, which a peer may have made as long as a message", () => {
  const clock = new FakeClock();
  const quotas = new HandlerLines(clock);
  const long = "x".repeat(100_000);
  for (let count = 0; count < 10; count++) quotas.take("listener", `${long}${count}`);
  assertEquals(quotas.take("listener", `${long}another`), undefined, "they share their lines");
  assertEquals(quotas.take("listener", "x"), "");
});

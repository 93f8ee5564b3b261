/** Tests what becomes of the answer to a poll that the peer never reads. */
import { connect, type Socket } from "node:net";
import { assertEquals } from "@std/assert";
import { RawPolling } from "../support/raw_engine.ts";
import { eventually, within } from "../support/waiting.ts";
import { startFixture } from "./fixture_process.ts";

/** Sends a request and reads nothing. */
async function askDeaf(port: number, target: string): Promise<Socket> {
  const socket = connect(port, "127.0.0.1");
  socket.on("error", () => {});
  socket.pause();
  await within("a connection", new Promise<void>((resolve) => socket.once("connect", resolve)));
  socket.write(`GET ${target} HTTP/1.1\r\nHost: a\r\n\r\n`);
  return socket;
}

// Only Node lets a program replace the timers that modules import from it.
Deno.test("node: An answer that the peer never reads does not keep its connection", async () => {
  await using server = await startFixture("node", "users", { choice: { hasty: true } });
  const polling = await RawPolling.start(server.url);
  await polling.join();
  const { pathname, search } = new URL(polling.url());
  await polling.post('42["much"]');
  const deaf = await askDeaf(server.port, pathname + search);
  const { localPort } = deaf;
  try {
    await server.report({ kind: "connections", gone: localPort }, 10_000);
  } finally {
    deaf.destroy();
  }
});

Deno.test("node: An answer that the peer reads late, but in time, arrives whole", async () => {
  await using server = await startFixture("node", "users");
  const polling = await RawPolling.start(server.url);
  await polling.join();
  const { pathname, search } = new URL(polling.url());
  await polling.post('42["much"]');
  const deaf = await askDeaf(server.port, pathname + search);
  await polling.post("3"); // which is answered after the poll was
  let received = 0;
  deaf.on("data", (bytes) => void (received += bytes.length));
  deaf.resume();
  await eventually("the whole answer", () => received > 8_000_000 || undefined);
  assertEquals(server.reportsOf({ kind: "connections", gone: deaf.localPort }), []);
  deaf.destroy();
});

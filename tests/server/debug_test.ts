/** Tests of what DEBUG shows. */
import { assert, assertEquals } from "@std/assert";
import { joined, RawClient } from "../support/in_process_client.ts";
import { TestServer } from "../support/in_process_server.ts";

/** Lets a server do what its scopes tell of. */
async function exercise(debugPattern: string): Promise<readonly string[]> {
  const io = new TestServer({}, debugPattern);
  const { client, socket } = await joined(io);
  socket.on("error", () => {});
  await client.send('2["hello"]');
  await client.send("9 not a packet\n\u001b[31m");
  const astray = await RawClient.open(io);
  await astray.send('2["x"]');
  const silent = await RawClient.open(io);
  await io.world.advance(45_100);
  assert(silent.isClosed);
  await io.fetch(new Request("http://localhost/socket.io/?EIO=4&transport=polling&sid=unknown"));
  assertEquals(io.world.logger.lines.map(({ message }) => message.slice(0, 36)), [
    "Refused a packet: malformed: Cannot ",
    "Refused a packet: invalid-state: eve",
    "A limit was exceeded: connectTimeout",
    "Refused a request: unknown-sid: Sess",
  ]);
  return io.world.debugLines;
}

Deno.test("DEBUG scopes are silent by default, and where the pattern is another's", async () => {
  for (const pattern of ["", "express:*", "-*", "socket.io", "*,-socket.io*,-engine*"]) {
    assertEquals([pattern, await exercise(pattern)], [pattern, []]);
  }
});

Deno.test("DEBUG scopes write lines that begin with the scope's name", async () => {
  const lines = await exercise("*");
  assert(lines.length > 0);
  for (const line of lines) assert(/^ {2}(engine|socket\.io)(:[a-z-]+)? \S/.test(line), line);
  const scopes = new Set(lines.map((line) => line.trim().split(" ", 1)[0]));
  assertEquals([...scopes].sort(), [
    "engine",
    "engine:socket",
    "engine:ws",
    "socket.io:client",
    "socket.io:namespace",
    "socket.io:socket",
  ]);
});

Deno.test("DEBUG=socket.io:client tells why a client is closed", async () => {
  const lines = await exercise("socket.io:client");
  assertEquals(lines.map((line) => line.slice(0, 60)), [
    "  socket.io:client connecting to namespace /",
    "  socket.io:client invalid packet format: Cannot decode sock",
    "  socket.io:client client close with reason forced close",
    "  socket.io:client invalid state (packet type: event)",
    "  socket.io:client client close with reason forced close",
    "  socket.io:client no namespace joined yet, close the client",
    "  socket.io:client client close with reason forced close",
  ]);
});

Deno.test("DEBUG=engine tells why a request is refused", async () => {
  const lines = await exercise("engine");
  assertEquals(lines.at(-1), '  engine refused: Session ID unknown {"sid":"unknown"}');
});

Deno.test("DEBUG=socket.io:socket tells of an event without listener", async () => {
  const io = new TestServer({}, "socket.io:socket");
  const { client } = await joined(io);
  await client.send('2["nobody listens"]');
  assertEquals(
    io.world.debugLines.at(-1),
    "  socket.io:socket ignore event nobody listens: it has no listener",
  );
});

Deno.test("DEBUG lines are one line each, whatever a client sends", async () => {
  for (const line of await exercise("*")) {
    // deno-lint-ignore no-control-regex -- control characters are what must not be there
    assert(!/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/.test(line), JSON.stringify(line));
  }
});

/** Tests of what each scope of `DEBUG` tells of, under the names that users of the reference know. */
import { assert, assertEquals } from "@std/assert";
import { joined, RawClient } from "../support/in_process_client.ts";
import { TestServer } from "../support/in_process_server.ts";

/** Has a server do all that a scope tells of, and gives the lines of this pattern. */
async function linesOf(pattern: string): Promise<readonly string[]> {
  const io = new TestServer({}, pattern);
  io.of("/closed").use((_socket, next) => next(new Error("not today")));
  io.of(/^\/child-\d+$/);
  const { client } = await joined(io);
  await client.send("0/closed,");
  await client.send("0/child-1,");
  await client.send('2["nobody listens"]');
  await joined(io, { transport: "polling" });
  await io.fetch(new Request("http://localhost/socket.io/?EIO=4&transport=polling&sid=nobody"));
  const astray = await RawClient.open(io);
  await astray.send('2["before CONNECT"]');
  await io.close();
  return io.world.debugLines;
}

/** A scope, and the beginnings of lines that it must write. */
const SCOPES: Readonly<Record<string, readonly string[]>> = {
  engine: ["handshake by websocket", "handshake by polling", "refused: Session ID unknown"],
  "engine:socket": ["open by websocket", "open by polling", "closed"],
  "engine:polling": ["POST request"],
  "engine:ws": ["handshake"],
  "socket.io:server": ["initializing namespace /closed", "closing all namespaces"],
  "socket.io:client": ["connecting to namespace /", "invalid state", "client close with reason"],
  "socket.io:namespace": ["adding socket to nsp /", "middleware error"],
  "socket.io:parent-namespace": ["creating child namespace /child-1"],
  "socket.io:socket": ["ignore event nobody listens"],
};

Deno.test("Each scope of DEBUG tells what it is about, and no other scope does", async () => {
  for (const [scope, beginnings] of Object.entries(SCOPES)) {
    const lines = await linesOf(scope);
    for (const line of lines) assert(line.startsWith(`  ${scope} `), line);
    for (const beginning of beginnings) {
      const wanted = `  ${scope} ${beginning}`;
      assert(
        lines.some((line) => line.startsWith(wanted)),
        `${wanted}\nnot in\n${lines.join("\n")}`,
      );
    }
  }
});

Deno.test("DEBUG has the nine scopes of the reference that this server has something to tell in", async () => {
  const lines = await linesOf("*");
  const scopes = new Set(lines.map((line) => line.trim().split(" ", 1)[0]));
  assertEquals([...scopes].sort(), Object.keys(SCOPES).sort());
});

Deno.test("DEBUG of scopes that only the reference has stays silent", async () => {
  const others = [
    "engine:transport",
    "engine:webtransport",
    "engine:uws",
    "socket.io:broadcast-operator",
    "socket.io:adapter-uws",
    "socket.io-adapter",
    "socket.io-parser",
  ];
  assertEquals(await linesOf(others.join(",")), []);
});

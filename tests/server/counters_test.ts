/** Tests of what a server counts, and what it says of it. */
import { assert, assertEquals } from "@std/assert";
import { joined, RawClient } from "../support/in_process_client.ts";
import { TestServer } from "../support/in_process_server.ts";

/** What was counted, as `name cause: value`, in alphabetical order. */
function counts({ counters }: TestServer): readonly string[] {
  return [...counters].map(({ name, cause, value }) => `${name} ${cause}: ${value}`).sort();
}

function lines({ world }: TestServer): readonly string[] {
  return world.logger.lines.map(({ message }) => message);
}

Deno.test("Server.counters tells of ends, and says nothing of everyday ones", async () => {
  const io = new TestServer();
  const { socket } = await joined(io);
  socket.disconnect();
  const { client } = await joined(io);
  await client.send("1");
  await client.send("0/elsewhere,");
  await io.close();
  assertEquals(counts(io), [
    "namespaces_refused unknown: 1",
    "sessions_closed forced close: 2",
    "sockets_disconnected client namespace disconnect: 1",
    "sockets_disconnected server namespace disconnect: 1",
  ]);
  assertEquals(lines(io), ['Refused a namespace: unknown: "/elsewhere"']);
});

Deno.test("Server.counters tells of refused requests by their cause, once a minute in a line", async () => {
  const io = new TestServer();
  const ask = (query: string): Promise<Response> =>
    Promise.resolve(io.fetch(new Request(`http://localhost/socket.io/?${query}`)));
  for (let times = 0; times < 3; times++) await ask("EIO=4&transport=pig%0Aeon");
  await ask("EIO=4&transport=polling&sid=secret");
  await io.world.advance(60_000);
  await ask("EIO=4&transport=__proto__");
  await io.close();
  await ask("EIO=4&transport=polling");
  assertEquals(counts(io), [
    "requests_refused closed: 1",
    "requests_refused unknown-sid: 1",
    "requests_refused unknown-transport: 4",
  ]);
  assertEquals(lines(io), [
    'Refused a request: unknown-transport: Transport unknown, transport "pig\\neon"',
    "Refused a request: unknown-sid: Session ID unknown",
    'Refused a request: unknown-transport: Transport unknown, transport "__proto__"' +
    " (2 more since the last such line)",
  ]);
});

Deno.test("Server.counters tells of packets that make no sense, and of limits", async () => {
  const io = new TestServer({ maxHttpBufferSize: 100, maxAttachments: 1 });
  const { client } = await joined(io);
  await client.send('52-["x",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]');
  const astray = await RawClient.open(io);
  await astray.send('2["x"]');
  const large = await RawClient.open(io);
  await large.send("x".repeat(101));
  assert(client.isClosed && astray.isClosed && large.isClosed);
  assertEquals(counts(io), [
    "limits_exceeded maxAttachments: 1",
    "limits_exceeded maxHttpBufferSize: 1",
    "packets_refused invalid-state: 1",
    "packets_refused limit: 1",
    "sessions_closed forced close: 2",
    "sessions_closed transport error: 1",
    "sockets_disconnected forced close: 1",
  ]);
  await io.close();
});

Deno.test("Server.counters counts failures of handlers, heard or not", async () => {
  const io = new TestServer();
  const { client, socket } = await joined(io);
  socket.on("x", () => {
    throw new Error("no");
  });
  await client.send('2["x"]');
  io.on("handler_error", () => {});
  await client.send('2["x"]');
  assertEquals(io.counters.get("handler_errors", "listener"), 2);
  assertEquals(io.counters.get("handler_errors", "elsewhere"), 0);
  await io.close();
});

Deno.test("A logger that fails when it is told of a refusal ends nothing", async () => {
  const io = new TestServer();
  io.world.logger.warn = () => {
    throw new Error("disk full");
  };
  const response = await io.fetch(new Request("http://localhost/socket.io/?transport=pigeon"));
  assertEquals(response.status, 400);
  await io.close();
});

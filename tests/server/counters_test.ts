/** Tests of what a server counts, and what it says of it. */
import { assert, assertEquals } from "@std/assert";
import { joined, RawClient, stall } from "../support/in_process_client.ts";
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

Deno.test("Server.counters tells of everyday ends in quiet lines, once a minute each", async () => {
  const io = new TestServer();
  io.of("/closed").use((_socket, next) => next(new Error("no")));
  for (let times = 0; times < 3; times++) {
    const { client, socket } = await joined(io, { transport: "polling" });
    await client.send("0/closed,");
    client.pause();
    socket.volatile.emit("tick");
    socket.volatile.emit("tick");
    await client.leave();
  }
  assertEquals([lines(io), io.world.logger.quiet.toSorted()], [[], [
    'Disconnected a socket: transport close: of "/"',
    'Dropped a packet: volatile: a client from "203.0.113.7"',
    'Ended a session: transport close: a client from "203.0.113.7"',
    'Refused a namespace: middleware: "/closed"',
  ]]);
  await io.close();
});

/** What a peer does too slowly or too much, and how that is counted and told. */
const EXCESSES: readonly {
  readonly what: string;
  readonly exceed: (io: TestServer) => Promise<unknown>;
  readonly counts: readonly string[];
  readonly line: string;
}[] = [
  {
    what: "events that a policy drops",
    exceed: async (io) => {
      const { client, socket } = await joined(io, { transport: "polling" });
      await stall(client);
      socket.buffering({ bufferPolicy: "dropOldest", maxBufferedPackets: 1 });
      for (let number = 0; number < 4; number++) socket.emit("n", number);
      await io.world.settle();
    },
    counts: ["packets_dropped dropOldest: 3"],
    line: 'Dropped a packet: dropOldest: a client from "203.0.113.7"',
  },
  {
    what: "no namespace in time",
    exceed: async (io) => {
      await RawClient.open(io);
      await io.world.advance(45_050);
    },
    counts: ["limits_exceeded connectTimeout: 1", "sessions_closed forced close: 1"],
    line: "A limit was exceeded: connectTimeout: a client has joined no namespace",
  },
  {
    what: "no pong in time",
    exceed: async (io) => {
      const { client } = await joined(io, { transport: "polling" });
      client.pause();
      for (let second = 0; second < 46; second++) await io.world.advance(1_000);
    },
    counts: [
      "limits_exceeded pingTimeout: 1",
      "sessions_closed ping timeout: 1",
      "sockets_disconnected ping timeout: 1",
    ],
    line: 'A limit was exceeded: pingTimeout: a client from "203.0.113.7"',
  },
  {
    what: "one namespace too many",
    exceed: async (io) => {
      const { client } = await joined(io);
      await client.send("0/elsewhere,");
    },
    counts: [
      "limits_exceeded maxNamespaces: 1",
      "sessions_closed forced close: 1",
      "sockets_disconnected forced close: 1",
    ],
    line: 'A limit was exceeded: maxNamespaces: "/elsewhere"',
  },
];

for (const { what, exceed, counts: wanted, line } of EXCESSES) {
  Deno.test(`Server.counters tells, once, of ${what}`, async () => {
    const io = new TestServer({ maxNamespaces: 1 });
    await exceed(io);
    assertEquals([counts(io), lines(io)], [wanted, [line]]);
    await io.close();
  });
}

Deno.test("Server.counters tells of a user's function that decides too late as of its limit", async () => {
  const io = new TestServer({ allowRequest: () => new Promise(() => {}), connectTimeout: 1_000 });
  const answer = io.fetch(new Request("http://localhost/socket.io/?EIO=4&transport=polling"));
  await io.world.settle();
  await io.world.advance(1_050);
  assertEquals((await answer).status, 400);
  assertEquals(counts(io), [
    "limits_exceeded connectTimeout: 1",
    "requests_refused handshake-timeout: 1",
  ]);
  assertEquals(lines(io), [
    'A limit was exceeded: connectTimeout: Bad request, waitedFor "allowRequest"',
  ]);
  await io.close();
});

/** Asks for a WebSocket beside a session, and does not open it. */
async function knock(io: TestServer, { sid }: { readonly sid: string }): Promise<void> {
  const url = `http://localhost/socket.io/?EIO=4&transport=websocket&sid=${sid}`;
  const headers = { upgrade: "websocket", connection: "Upgrade" };
  await io.fetch(new Request(url, { headers }));
}

/** What goes wrong with an upgrade, and how it is counted and told. */
const UPGRADES: readonly {
  readonly what: string;
  readonly fail: (io: TestServer, client: RawClient) => Promise<void>;
  readonly count: string;
  readonly line: string;
}[] = [
  {
    what: "one that was probed and is not finished",
    fail: async (io, client) => {
      await client.probe();
      await io.world.advance(10_050);
    },
    count: "limits_exceeded upgradeTimeout: 1",
    line: "A limit was exceeded: upgradeTimeout: the WebSocket of an upgrade",
  },
  {
    what: "one whose WebSocket never opens",
    fail: async (io, client) => {
      await knock(io, client);
      await io.world.advance(10_050);
    },
    count: "limits_exceeded upgradeTimeout: 1",
    line: "A limit was exceeded: upgradeTimeout: a WebSocket did not open after its handshake",
  },
  {
    what: "one that says too much",
    fail: async (io, client) => {
      await client.probe();
      client.webSocket?.receive("x".repeat(5_001));
      await io.world.settle();
      assertEquals(client.webSocket?.closeCode, 1009);
    },
    count: "limits_exceeded maxHttpBufferSize: 1",
    line: "A limit was exceeded: maxHttpBufferSize: the WebSocket of an upgrade",
  },
  {
    what: "one that is none",
    fail: async (io, client) => {
      await client.probe();
      client.webSocket?.receive("4a");
      await io.world.settle();
    },
    count: "requests_refused upgrade: 1",
    line:
      "Refused a request: upgrade: its session takes none now, or it said what is no part of one",
  },
  {
    what: "a second one",
    fail: async (io, client) => {
      await client.probe();
      await knock(io, client);
      const second = io.world.webSockets.at(-1);
      second?.open();
      await io.world.settle();
      assertEquals([second?.isClosed, client.webSocket?.isClosed], [true, false]);
      await client.upgrade();
    },
    count: "requests_refused upgrade: 1",
    line:
      "Refused a request: upgrade: its session takes none now, or it said what is no part of one",
  },
];

for (const { what, fail, count, line } of UPGRADES) {
  Deno.test(`Server.counters tells of upgrades that fail, once: ${what}`, async () => {
    const io = new TestServer({ maxHttpBufferSize: 5_000 });
    const { client, socket } = await joined(io, { transport: "polling" });
    await fail(io, client);
    assertEquals([counts(io), lines(io), socket.connected], [[count], [line], true]);
    await io.close();
    assertEquals(io.world.clock.waiting, 0);
  });
}

Deno.test("Server.counters tells of an upgrade that the connection has no memory for", async () => {
  const io = new TestServer({ maxConnectionMemory: 6_000, maxHttpBufferSize: 3_000 });
  const { client, socket } = await joined(io, { transport: "polling" });
  await client.send(`52-["x",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]`);
  await client.send(new Uint8Array(2_000));
  await knock(io, client);
  io.world.webSockets[0]?.open();
  assertEquals([counts(io), lines(io), socket.connected], [
    ["limits_exceeded maxConnectionMemory: 1"],
    ["A limit was exceeded: maxConnectionMemory: the WebSocket of an upgrade"],
    true,
  ]);
  await io.close();
});

Deno.test("Server.counters says nothing of an upgrade whose peer goes away", async () => {
  const io = new TestServer();
  const { client } = await joined(io, { transport: "polling" });
  await client.probe();
  client.webSocket?.drop();
  await knock(io, client);
  io.world.webSockets.at(-1)?.drop("reset");
  await io.world.advance(10_050);
  assertEquals([counts(io), lines(io)], [[], []]);
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

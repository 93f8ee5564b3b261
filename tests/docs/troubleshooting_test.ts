/**
 * Tests that `docs/troubleshooting.md` quotes this server as it speaks, and that its links lead
 * somewhere.
 *
 * - Each text is taken from a server at work and then looked for in the page.
 * - What browsers, clients, proxies and runtimes say is not tested here.
 */
import { assert, assertEquals, assertThrows } from "@std/assert";
import type { ConnectionError } from "../../src/engine/api.ts";
import * as msgpack from "../../src/extra/msgpack.ts";
import type { ServerOptions } from "../../src/server/server_options.ts";
import { joined, RawClient, socketOf } from "../support/in_process_client.ts";
import { CLIENT_ADDRESS, type LogLine, TestServer } from "../support/in_process_server.ts";

const page = await Deno.readTextFile(new URL("../../docs/troubleshooting.md", import.meta.url));

/** The page without line breaks and marks of quotations. */
const text = page.replace(/\n>? */g, " ");

function assertQuoted(quotation: string): void {
  assert(text.includes(quotation), `Not in the page: ${quotation}`);
}

/** A warning as the page has it, which cannot know the address of the client. */
function withoutAddress(message: string): string {
  assert(message.includes(CLIENT_ADDRESS), message);
  return message.replace(CLIENT_ADDRESS, "ADDRESS");
}

/** The anchor that GitHub gives a heading. */
function anchor(heading: string): string {
  return heading.toLowerCase().replace(/[^\p{L}\p{N}\s_-]/gu, "").replaceAll(" ", "-");
}

Deno.test("Every link of the page leads to one of its headings", () => {
  const anchors = [...page.matchAll(/^#+ (.+)$/gm)].map(([, heading = ""]) => anchor(heading));
  const targets = [...page.matchAll(/\]\(#([^)]*)\)/g)].map(([, target = ""]) => target);
  assert(targets.length > 50);
  assertEquals(targets.filter((target) => !anchors.includes(target)), []);
  assertEquals(anchors.filter((it, index) => anchors.indexOf(it) !== index), []);
});

Deno.test("Every message of the page is in its contents, in the words of its heading", () => {
  const contents = page.slice(
    page.indexOf("## Contents"),
    page.indexOf("## The browser's console"),
  );
  const messages = page.slice(0, page.indexOf("## Behind a proxy"));
  const headings = [...messages.matchAll(/^### (.+)$/gm)].map(([, heading = ""]) => heading);
  const missing = headings.filter((it) => !contents.includes(`[${it}](#${anchor(it)})`));
  assert(headings.length > 40);
  assertEquals(missing, []);
});

/** A request that is refused, and what the page says of it. */
interface Refusal {
  readonly options?: ServerOptions;
  readonly prepare?: (server: TestServer) => void;
  readonly query: string;
  readonly init?: RequestInit;
  readonly status: number;
  readonly body: string;
  /** `name` of the context. */
  readonly name?: string;
}

/** A parser's decoder that reads nothing. */
class Refusing {
  on(): void {}
  add(): never {
    throw new TypeError("no");
  }
  destroy(): void {}
}

const webSocket = { upgrade: "websocket", connection: "Upgrade", host: "io.example" };
const asJson = (code: number, message: string): string => JSON.stringify({ code, message });

const refusals: Readonly<Record<string, Refusal>> = {
  "without a transport": { query: "EIO=4", status: 400, body: asJson(0, "Transport unknown") },
  "without a revision and a transport": {
    query: "",
    status: 400,
    body: asJson(0, "Transport unknown"),
  },
  "over a transport that is off": {
    options: { transports: ["websocket"] },
    query: "EIO=4&transport=polling",
    status: 400,
    body: asJson(0, "Transport unknown"),
  },
  "of an unknown session": {
    query: "EIO=4&transport=polling&sid=x",
    status: 400,
    body: asJson(1, "Session ID unknown"),
  },
  "of a preflight without cors": {
    query: "EIO=4&transport=polling",
    init: { method: "OPTIONS" },
    status: 400,
    body: asJson(2, "Bad handshake method"),
  },
  "for a WebSocket without the headers of the upgrade": {
    query: "EIO=4&transport=websocket",
    status: 400,
    body: asJson(3, "Bad request"),
    name: "TRANSPORT_HANDSHAKE_ERROR",
  },
  "that a middleware refuses": {
    prepare: (server) => void server.engine.use((_request, _info, next) => next(new Error("no"))),
    query: "EIO=4&transport=polling",
    status: 400,
    body: asJson(3, "Bad request"),
    name: "MIDDLEWARE_FAILURE",
  },
  "whose id is of no use": {
    prepare: (server) => void (server.engine.generateId = () => ""),
    query: "EIO=4&transport=polling",
    status: 400,
    body: asJson(3, "Bad request"),
    name: "ID_GENERATION_ERROR",
  },
  "that allowRequest forgets to answer": {
    options: { allowRequest: (_request) => {} },
    query: "EIO=4&transport=polling",
    status: 403,
    body: asJson(4, "Forbidden"),
  },
  "for a WebSocket from an origin that is not listed": {
    options: { cors: { origin: ["https://app.example"] } },
    query: "EIO=4&transport=websocket",
    init: { headers: { ...webSocket, origin: "https://other.example" } },
    status: 400,
    body: "Forbidden",
    name: "ORIGIN_NOT_ALLOWED",
  },
  "for a WebSocket from a page of this host when a proxy names another": {
    options: { cors: { origin: ["https://app.example"] } },
    query: "EIO=4&transport=websocket",
    init: { headers: { ...webSocket, host: "127.0.0.1:3000", origin: "https://io.example" } },
    status: 400,
    body: "Forbidden",
    name: "ORIGIN_NOT_ALLOWED",
  },
  "of a client of Socket.IO 2": {
    query: "EIO=3&transport=polling",
    status: 400,
    body: asJson(5, "Unsupported protocol version"),
  },
  "that names no revision": {
    options: { allowEIO3: true },
    query: "transport=polling",
    status: 400,
    body: asJson(5, "Unsupported protocol version"),
  },
  "for a script of a page that is not known": {
    options: { allowEIO3: true },
    query: "EIO=3&transport=polling&j=0",
    status: 403,
    body: asJson(4, "Forbidden"),
    name: "ORIGIN_NOT_ALLOWED",
  },
};

for (const [what, { options, prepare, query, init, ...wanted }] of Object.entries(refusals)) {
  Deno.test(`The page has the answer to a request ${what}`, async () => {
    const server = new TestServer(options);
    const errors: ConnectionError[] = [];
    server.engine.on("connection_error", (error) => errors.push(error));
    prepare?.(server);
    const response = await server.fetch(new Request(`http://a/socket.io/?${query}`, init));
    const name = errors[0]?.context.name;
    assertEquals(
      { status: response.status, body: await response.text(), name },
      { status: wanted.status, body: wanted.body, name: wanted.name },
    );
    assertQuoted(wanted.body);
    if (wanted.name !== undefined) assertQuoted(`\`${wanted.name}\``);
  });
}

Deno.test("The page has what the server says, once each, of revisions that it does not serve", async () => {
  const server = new TestServer();
  for (const query of ["EIO=3&", "EIO=3&", "", ""]) {
    await server.fetch(new Request(`http://a/socket.io/?${query}transport=polling`));
  }
  const warnings = adviceOf(server);
  assertEquals(warnings.length, 2);
  for (const { message } of warnings) assertQuoted(withoutAddress(message));
  const other = new TestServer();
  await other.fetch(new Request("http://a/socket.io/?EIO=5&transport=polling"));
  const [{ message = "" } = {}] = adviceOf(other);
  const [found = "nothing"] = /with EIO=\S+(?=:)/.exec(message) ?? [];
  assertQuoted(`\`${found}\``);
});

/** What an operator is told once, beside the lines that count refusals. */
function adviceOf({ world }: TestServer): readonly LogLine[] {
  return world.logger.lines.filter(({ message }) => message.endsWith("Said once."));
}

const parserCases: readonly (readonly [string, ServerOptions, string | Uint8Array<ArrayBuffer>])[] =
  [
    ["JSON reaches msgpack", { parser: msgpack }, "0"],
    ["msgpack reaches JSON", {}, new Uint8Array([0x80])],
    ["a parser of one's own refuses", { parser: { ...msgpack, Decoder: Refusing } }, "0"],
  ];

for (const [what, options, frame] of parserCases) {
  Deno.test(`The page has what the server says once when ${what}`, async () => {
    const server = new TestServer(options);
    for (let count = 0; count < 2; count++) await (await RawClient.open(server)).send(frame);
    const warnings = adviceOf(server);
    assertEquals(warnings.length, 1);
    const [{ message } = { message: "" }] = warnings;
    const [, reason = "nothing"] = /\((.*)\)/.exec(message) ?? [];
    assertQuoted(message.replace(reason, "…"));
    assertQuoted(`\`${reason}\``);
  });
}

Deno.test("The page has what the server says once of JSONP that it refuses", async () => {
  const server = new TestServer({ allowEIO3: true });
  const url = "http://a/socket.io/?EIO=3&transport=polling&j=0";
  for (const path of ["/", "/page"]) {
    const headers = { referer: `https://app.example${path}` };
    await server.fetch(new Request(url, { headers }));
  }
  const warnings = adviceOf(server);
  assertEquals(warnings.length, 1);
  for (const { message } of warnings) assertQuoted(message);
});

Deno.test("A client of Socket.IO 0.9 is answered as the page says", async () => {
  const server = new TestServer({ allowEIO3: true });
  const response = await server.fetch(new Request("http://a/socket.io/1/?t=1"));
  assertEquals(await response.text(), asJson(0, "Transport unknown"));
  assertQuoted("Clients of 0.9 speak another protocol and get code 0");
});

Deno.test("A WebSocket from a page of the server's own host needs no listing", async () => {
  const server = new TestServer({ cors: { origin: ["https://app.example"] } });
  const headers = { ...webSocket, origin: "https://io.example" };
  const url = "http://a/socket.io/?EIO=4&transport=websocket";
  assertEquals((await server.fetch(new Request(url, { headers }))).status, 200);
});

Deno.test("The page has the two contexts of a request that does not fit its session", async () => {
  const server = new TestServer();
  const { sid } = await RawClient.open(server, { transport: "polling", polls: false });
  const names: unknown[] = [];
  server.engine.on("connection_error", ({ context }) => names.push(context.name));
  for (const query of ["EIO=4&transport=websocket", "EIO=3&transport=polling"]) {
    const response = await server.fetch(new Request(`http://a/socket.io/?${query}&sid=${sid}`));
    assertEquals(await response.text(), asJson(3, "Bad request"));
  }
  assertEquals(names, ["TRANSPORT_MISMATCH", "PROTOCOL_MISMATCH"]);
  for (const name of names) assertQuoted(`\`${name}\``);
  server.engine.close();
});

const wrongOptions: readonly Record<string, unknown>[] = [
  { cors: { origin: "https://app.example/" }, connectionStateRecovery: {} },
  { httpCompression: true },
  { perMessageDeflate: true },
  { serveClient: true },
  { wsEngine: {} },
  { pingIntervall: 1 },
  { transports: ["websocket", "webtransport"] },
];

for (const options of wrongOptions) {
  Deno.test(`The page has what ${JSON.stringify(options)} is refused with`, () => {
    const error = assertThrows(() => new TestServer(options), TypeError);
    for (const line of error.message.split("\n").slice(1)) assertQuoted(line.trim());
  });
}

Deno.test("The page has what an HTTP server in the place of options is refused with", () => {
  const httpServer: Record<string, unknown> = { listen: () => {} };
  const { message } = assertThrows(() => new TestServer(httpServer), TypeError);
  assertQuoted(`\`${message.slice(0, message.indexOf(","))}, …\``);
});

Deno.test("The page has what parent namespaces do not support", () => {
  const parent = new TestServer().of(/^\/room-/);
  const { message } = assertThrows(() => parent.fetchSockets(), Error);
  assertQuoted(`### ${message}`);
  for (const name of ["emit", "socketsJoin", "socketsLeave", "disconnectSockets"] as const) {
    assertEquals(typeof parent[name], "function");
    assertQuoted(`\`${name}()\``);
  }
});

Deno.test("An origin without a scheme is taken, as the page warns", () => {
  assert(new TestServer({ cors: { origin: "localhost:5173" } }));
  assertQuoted('`"localhost:5173"` is taken and never matches');
});

Deno.test("The page has the errors of emit and join", async () => {
  const server = new TestServer({ maxPendingAcks: 1, maxRoomsPerSocket: 2 });
  const { socket } = await joined(server);
  const cycle: unknown[] = [];
  cycle.push(cycle);
  socket.emit("ask", () => {});
  const calls: readonly (() => unknown)[] = [
    () => server.emit("ask", () => {}),
    () => socket.emit("ask", () => {}),
    () => socket.join(["a", "b"]),
    () => socket.emit("big", 1n),
    () => socket.emit("blob", new Blob([])),
    () => socket.emit("cycle", cycle),
    () => socket.emit("disconnect"),
  ];
  for (const call of calls) {
    const { message } = assertThrows(call, Error);
    const limits = message.replace(/\b(?:is|found) \d+/g, (it) => it.replace(/\d+/, "…"));
    assertQuoted(`\`${limits.replace(/ of its arrayBuffer\(\).*/, " of its arrayBuffer() …")}`);
  }
  server.engine.close();
});

Deno.test("The page has what a socket is told of packets that end it", async () => {
  const server = new TestServer();
  const client = await RawClient.open(server);
  const socket = socketOf(server.sockets, await client.join());
  const messages: string[] = [];
  socket.on("error", (error) => messages.push(error.message));
  await client.send('511-["many"]');
  assertEquals(messages.length, 1);
  for (const message of messages) assertQuoted(message);
});

Deno.test("The page has what DEBUG tells of clients that join nothing, or too much", async () => {
  const server = new TestServer({ maxNamespaces: 1 }, "socket.io:client");
  server.of("/more");
  await RawClient.open(server);
  await server.world.advance(45_000);
  const greedy = await RawClient.open(server);
  await greedy.join();
  await greedy.send("0/more");
  const lines = server.world.debugLines.map((line) => line.replace("  socket.io:client ", ""));
  const wanted = [
    "no namespace joined yet, close the client",
    "too many namespaces, close the client",
  ];
  assertEquals(lines.filter((line) => wanted.includes(line)), wanted);
  for (const line of wanted) assertQuoted(line);
});

Deno.test("The page has the line for an error in a handler", async () => {
  const server = new TestServer();
  const client = await RawClient.open(server);
  const socket = socketOf(server.sockets, await client.join());
  socket.on("message", () => {
    throw new Error("no such user");
  });
  await client.send('2["message"]');
  assertEquals(server.world.errors.map(({ message }) => message), [
    `A handler for "message" in namespace "/", socket ${socket.id} failed:`,
  ]);
  assertQuoted('A handler for "message" in namespace "/", socket ');
});

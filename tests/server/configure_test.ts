/** Tests of options that come later than the constructor, as with an HTTP server on some runtimes. */
import { assert, assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import type { EngineRequest } from "../../src/engine/handshake_info.ts";
import type { ResolvedOptions } from "../../src/server/options.ts";
import type { ServerOptions } from "../../src/server/server_options.ts";
import { joined, RawClient } from "../support/in_process_client.ts";
import { TestServer } from "../support/in_process_server.ts";

/** A server whose options may come later. */
class LateServer extends TestServer {
  override configure(later: ServerOptions<EngineRequest>): void {
    super.configure(later);
  }

  get resolved(): Readonly<ResolvedOptions> {
    return this.options;
  }

  /** The open packet, the rest of the first answer, and its headers. */
  async handshake(
    headers: Record<string, string> = {},
  ): Promise<{ open: Record<string, unknown>; rest: string[]; status: number; headers: Headers }> {
    const url = `http://localhost${this.path()}/?EIO=4&transport=polling`;
    const answer = this.fetch(new Request(url, { headers }));
    await this.world.settle();
    const response = await answer;
    const [first = "", ...rest] = (await response.text()).split("\x1e");
    const open = response.status === 200 ? JSON.parse(first.slice(1)) : {};
    return { open, rest, status: response.status, headers: response.headers };
  }
}

/** What a program in JavaScript may pass. */
function untyped(options: Readonly<Record<string, unknown>>): ServerOptions {
  return options;
}

/** Asserts that these options are refused, and that nothing has changed. */
function refuses(io: LateServer, options: Readonly<Record<string, unknown>>): string {
  const before = [io.path(), io.connectTimeout()];
  const { resolved } = io;
  const { message } = assertThrows(() => io.configure(untyped(options)), TypeError);
  assertStrictEquals(io.resolved, resolved);
  assertEquals([io.path(), io.connectTimeout()], before);
  return message;
}

Deno.test("Options of the engine that come later hold for sessions from then on", async () => {
  const io = new LateServer();
  const before = await RawClient.open(io);
  io.configure({
    pingInterval: 1_000,
    pingTimeout: 500,
    maxHttpBufferSize: 300,
    allowUpgrades: false,
    cookie: { name: "node" },
    cors: { origin: "https://app.example" },
    initialPacket: "welcome",
    allowRequest: ({ remoteAddress, headers }) =>
      remoteAddress !== "" && headers["x-no"] === undefined,
  });
  const { open, rest, headers } = await io.handshake({ origin: "https://app.example" });
  const { pingInterval, pingTimeout, maxPayload, upgrades } = open;
  assertEquals([pingInterval, pingTimeout, maxPayload, upgrades], [1_000, 500, 300, []]);
  assertEquals(rest, ["4welcome"]);
  assertEquals(headers.get("set-cookie")?.split("=")[0], "node");
  assertEquals(headers.get("access-control-allow-origin"), "https://app.example");
  assertEquals((await io.handshake({ "x-no": "1" })).status, 403);
  assertEquals(io.resolved.pingInterval, 1_000);
  const after = await RawClient.open(io);
  await io.world.advance(1_050);
  await io.world.advance(550);
  assertEquals([before.control, after.control, after.isClosed], [[], ["2"], true]);
  await io.world.advance(23_500);
  assertEquals([before.control, before.isClosed], [["2"], false]);
});

Deno.test("Sessions that are open keep the limits they have", async () => {
  const io = new LateServer();
  const before = await joined(io, { transport: "polling" });
  io.configure({ maxHttpBufferSize: 10, bodyTimeout: 50 });
  const event = `42["x","${"y".repeat(50)}"]`;
  const calls: unknown[] = [];
  before.socket.on("x", (text: string) => calls.push(text.length));
  assertEquals(await before.client.post(event), 413);
  const { client, socket } = await joined(io);
  await client.send(event.slice(1));
  assert(client.isClosed && !socket.connected && before.socket.connected);
});

Deno.test("What the constructor was given counts more than what comes later", async () => {
  const io = new LateServer({ path: "/mine", pingInterval: 1_000, cors: false, cookie: false });
  io.configure({ path: "/late", pingInterval: 5, pingTimeout: 7, cors: true, cookie: true });
  assertEquals([io.path(), io.isOurs("/mine/"), io.isOurs("/late/")], ["/mine", true, false]);
  const { open, headers } = await io.handshake({ origin: "https://app.example" });
  assertEquals([open.pingInterval, open.pingTimeout], [1_000, 7]);
  assertEquals([headers.get("set-cookie"), headers.get("access-control-allow-origin")], [
    null,
    null,
  ]);
  const { pingInterval, pingTimeout, path } = io.resolved;
  assertEquals([pingInterval, pingTimeout, path], [1_000, 7, "/mine"]);
});

Deno.test("A path that comes later is the server's, one that does not come is not", () => {
  const io = new LateServer();
  io.configure({ path: "/late/", addTrailingSlash: false });
  assertEquals(io.path(), "/late");
  assertEquals(["/late", "/late/", "/socket.io/"].map((it) => io.isOurs(it)), [true, true, false]);
  io.path("/set");
  io.configure({ pingTimeout: 7 });
  assertEquals([io.path(), io.isOurs("/set/")], ["/set", true]);
});

Deno.test("Options of the namespaces are refused when they come later", () => {
  const io = new LateServer();
  const late = {
    adapter: () => {},
    cleanupEmptyChildNamespaces: true,
    connectTimeout: 5,
    handlerMode: "serial",
    limits: {},
    logger: console,
    maxAttachments: 5,
    maxAttachmentsBytes: 5,
    maxDynamicNamespaces: 5,
    maxNamespaces: 5,
    maxPendingAcks: 5,
    maxPendingEvents: 5,
    maxPendingSessions: 5,
    maxRoomsPerSocket: 5,
    parser: {},
  };
  for (const [name, value] of Object.entries(late)) {
    assertEquals(
      refuses(io, { pingInterval: 5, [name]: value }),
      `Cannot attach: give ${name} to the constructor of Server`,
    );
  }
  assertEquals(
    refuses(io, late),
    `Cannot attach: give ${Object.keys(late).join(", ")} to the constructor of Server`,
  );
  const rest = Object.keys(io.resolved).filter((name) => !(name in late));
  assertEquals(rest, [
    "path",
    "addTrailingSlash",
    "transports",
    "allowUpgrades",
    "allowEIO3",
    "pingInterval",
    "pingTimeout",
    "upgradeTimeout",
    "maxHttpBufferSize",
    "bodyTimeout",
    "closeTimeout",
    "maxBufferedBytes",
    "maxBufferedPackets",
    "bufferPolicy",
    "maxConnectionMemory",
    "maxConnections",
    "trustProxy",
    "allowRequest",
    "cors",
    "cookie",
    "initialPacket",
  ]);
});

Deno.test("Wrong options that come later are refused, all at once, and change nothing", async () => {
  const io = new LateServer({ cors: { origin: "https://app.example" }, pingTimeout: 500 });
  const wrong: readonly (readonly [Readonly<Record<string, unknown>>, ...parts: string[]])[] = [
    [{ path: "late", pingInterval: 5 }, "path must be"],
    [{ path: "/late", pingInterval: 0, cookie: 1 }, "pingInterval must be", "cookie must be"],
    [{ pingTimeout: "500" }, "pingTimeout must be"],
    [{ path: "/late", pingIntervall: 5 }, 'did you mean "pingInterval"'],
    [{ path: "/late", perMessageDeflate: true }, "perMessageDeflate cannot be"],
    [{ cors: { orign: "*" } }, "orign"],
    [{ transports: [] }, "transports must be"],
  ];
  for (const [options, ...parts] of wrong) {
    const message = refuses(io, options);
    for (const part of parts) assert(message.includes(part), message);
  }
  for (const nothing of [3000, "x", []]) {
    // What a program in JavaScript may pass.
    assertThrows(() => io.configure(nothing as unknown as ServerOptions), TypeError);
  }
  const { open, headers } = await io.handshake({ origin: "https://app.example" });
  assertEquals([open.pingInterval, open.pingTimeout], [25_000, 500]);
  assertEquals(headers.get("access-control-allow-origin"), "https://app.example");
});

Deno.test("Names that nobody knows are warned of once, when they come", () => {
  const io = new LateServer(untyped({ nobody: 1 }));
  assertEquals(io.world.logger.lines.length, 1);
  io.configure(untyped({ nothing: 1, pingInterval: 5 }));
  assertEquals(io.world.logger.lines.slice(1), [{
    level: "warn",
    message: 'Options of Server that are unknown and have no effect: "nothing"',
    args: [],
  }]);
  assertEquals(io.resolved.pingInterval, 5);
});

Deno.test("A function of cors that comes later and fails is reported", async () => {
  const io = new LateServer();
  const failure = new Error("no database");
  io.configure({
    cors: () => {
      throw failure;
    },
  });
  assertEquals((await io.handshake()).status, 400);
  assertEquals(io.world.errors.map(({ args: [error] }) => error), [failure]);
});

Deno.test("maxHttpBufferSize that comes later bounds the attachments of later sessions", async () => {
  const io = new LateServer();
  const before = await joined(io);
  io.configure({ maxHttpBufferSize: 400 });
  const after = await joined(io);
  const hole = (num: number): string => `{"_placeholder":true,"num":${num}}`;
  const header = `56-["x",${[0, 1, 2, 3, 4, 5].map(hole).join(",")}]`;
  for (const { client } of [before, after]) {
    await client.send(header);
    for (let count = 0; count < 6; count++) await client.send(new Uint8Array(350));
  }
  assertEquals([before.socket.connected, after.socket.connected], [true, false]);
});

Deno.test("Options that come later are neither changed nor kept", async () => {
  const io = new LateServer();
  const later = { initialPacket: Uint8Array.of(1, 2), transports: ["polling" as const] };
  const before = structuredClone(later);
  io.configure(Object.freeze(later));
  assertEquals(later, before);
  later.initialPacket[0] = 9;
  Object.assign(later.transports, ["websocket"]);
  assertEquals((await io.handshake()).rest, ["bAQI="]);
});

Deno.test("An option whose value is undefined was not given, neither before nor now", () => {
  const io = new LateServer({ pingInterval: undefined, path: undefined, pingTimeout: 3 } as never);
  io.configure(
    { pingInterval: 5, path: "/late", pingTimeout: undefined, parser: undefined } as never,
  );
  const { pingInterval, pingTimeout } = io.resolved;
  assertEquals([io.path(), pingInterval, pingTimeout], ["/late", 5, 3]);
});

Deno.test("What the constructor was given counts as it was then", async () => {
  const initialPacket = Uint8Array.of(1, 2);
  const given = { pingInterval: 1_000, transports: ["polling" as const], initialPacket };
  const io = new LateServer(given);
  Object.assign(given, { pingInterval: 5, allowRequest: () => false, path: "/other" });
  Object.assign(given.transports, ["websocket"]);
  initialPacket[0] = 9;
  io.configure({ pingTimeout: 7 });
  const { open, rest, status } = await io.handshake();
  assertEquals([status, open.pingInterval, open.pingTimeout, rest], [200, 1_000, 7, ["bAQI="]]);
});

/**
 * Tests of what becomes of options that are right: what the engine is given of them, that they are
 * copied, and those that can be judged only in use (logger, adapter, parser).
 */
import { assert, assertEquals, assertMatch, assertStrictEquals, assertThrows } from "@std/assert";
import { Decoder, Encoder } from "socket.io-parser";
import type { Logger } from "../../src/base/log.ts";
import { type CookieOptions, resolveCookie, serializeCookie } from "../../src/engine/cookie.ts";
import { engineSettings, resolveServerOptions } from "../../src/server/options.ts";
import { TrustedProxies } from "../../src/engine/trusted_proxies.ts";
import type { ServerOptions } from "../../src/server/server_options.ts";
import type { AdapterContext, AdapterFactory } from "../../src/socket/adapter.ts";
import { memoryAdapter } from "../../src/socket/memory_adapter.ts";
import type { Parser } from "../../src/wire/parser_codec.ts";
import { connected, joined, RawClient } from "../support/in_process_client.ts";
import { TestServer } from "../support/in_process_server.ts";
import { snapshotOf } from "../support/web_request.ts";

const ORIGIN = "https://app.example";

function settings(
  given: ServerOptions = {},
  onCorsError: (error: Error) => void = () => {},
): ReturnType<typeof engineSettings> {
  return engineSettings(resolveServerOptions(given, () => {}), onCorsError);
}

Deno.test("engineSettings gives the engine its numbers, frozen", () => {
  const { session, ...rest } = settings();
  assertEquals(session, {
    pingIntervalMs: 25_000,
    pingTimeoutMs: 20_000,
    upgradeTimeoutMs: 10_000,
    closeTimeoutMs: 30_000,
    maxPayloadBytes: 1_000_000,
    buffering: { maxBytes: 16_777_216, maxPackets: Infinity, policy: "close" },
    maxConnectionMemory: 67_108_864,
    highWaterBytes: 8_388_608,
    upgrades: ["websocket"],
  });
  assert(Object.isFrozen(session) && Object.isFrozen(session.upgrades));
  assertEquals(rest, {
    allowEIO3: false,
    transports: ["polling", "websocket"],
    admissionTimeoutMs: 45_000,
    bodyTimeoutMs: 20_000,
    initialPacket: undefined,
    allowRequest: undefined,
    cors: undefined,
    cookie: undefined,
    maxConnections: Infinity,
    trustProxy: new TrustedProxies(0),
  });
  const { session: other, bodyTimeoutMs } = settings({
    pingInterval: 1,
    pingTimeout: 2,
    upgradeTimeout: 3,
    closeTimeout: 4,
    bodyTimeout: 5,
    maxHttpBufferSize: 6,
    maxBufferedBytes: 7,
    maxBufferedPackets: 8,
    bufferPolicy: "dropNewest",
    maxConnectionMemory: 9,
  });
  const { pingIntervalMs, pingTimeoutMs, upgradeTimeoutMs, closeTimeoutMs } = other;
  assertEquals(
    [pingIntervalMs, pingTimeoutMs, upgradeTimeoutMs, closeTimeoutMs, bodyTimeoutMs],
    [1, 2, 3, 4, 5],
  );
  assertEquals([other.maxPayloadBytes, other.highWaterBytes], [6, 4]);
  assertEquals(settings({ maxBufferedBytes: 7 }).session.highWaterBytes, 7);
  assertEquals(other.buffering, { maxBytes: 7, maxPackets: 8, policy: "dropNewest" });
  assertEquals(other.maxConnectionMemory, 9);
  assertEquals(settings({ maxBufferedBytes: Infinity }).session.highWaterBytes, 8_388_608);
});

Deno.test("engineSettings lets a connection hold all that its other limits allow", () => {
  const memory = (given: ServerOptions): number => settings(given).session.maxConnectionMemory;
  assertEquals(memory({ maxHttpBufferSize: 100_000_000 }), 100_000_000 + 500_000_000 + 16_777_216);
  assertEquals(memory({ maxAttachmentsBytes: 100_000_000 }), 1_000_000 + 100_000_000 + 16_777_216);
  assertEquals(memory({ maxBufferedBytes: Infinity }), Infinity);
  assertEquals(memory({ maxBufferedBytes: 100_000_000, maxConnectionMemory: 5 }), 5);
});

Deno.test("engineSettings announces an upgrade only where there is something to upgrade to", () => {
  const upgrades = (given: ServerOptions): readonly string[] => settings(given).session.upgrades;
  assertEquals(upgrades({ allowUpgrades: false }), []);
  assertEquals(upgrades({ transports: ["polling"] }), []);
  assertEquals(upgrades({ transports: ["websocket", "polling"] }), ["websocket"]);
});

Deno.test("engineSettings has no CORS rules for false, those of the package cors for true and a star", async () => {
  assertEquals([settings().cors, settings({ cors: false }).cors], [undefined, undefined]);
  const request = snapshotOf(new Request("http://localhost/", { headers: { origin: ORIGIN } }));
  const headers = async (given: ServerOptions, onError?: (error: Error) => void) =>
    (await settings(given, onError).cors?.apply(request))?.headers;
  const any = [["Access-Control-Allow-Origin", "*"]] as const;
  assertEquals(await headers({ cors: true }), any);
  assertEquals(await headers({ cors: {} }), any);
  assertEquals(await headers({ cors: "*" }), any);
  assertEquals(await headers({ cors: () => ({}) }), any);
  const errors: string[] = [];
  const failing = (): never => {
    throw new Error("mine");
  };
  assertEquals(await headers({ cors: failing }, ({ message }) => void errors.push(message)), []);
  assertEquals(errors, ["mine"]);
});

Deno.test("engineSettings makes a cookie of true, with the documented attributes", () => {
  const text = (cookie: boolean | CookieOptions): string => {
    const resolved = settings({ cookie }).cookie;
    assert(resolved !== undefined);
    return serializeCookie("sid", resolved);
  };
  assertEquals(settings({ cookie: false }).cookie, undefined);
  assertEquals(text(true), "io=sid; Path=/; HttpOnly; SameSite=Lax");
  assertEquals(text({}), text(true));
  assertEquals(
    text({ name: "a", path: false, httpOnly: false, sameSite: "none" }),
    "a=sid; SameSite=None",
  );
  assertEquals(resolveCookie(undefined), undefined);
});

Deno.test("Server leaves its options as they are, and takes a copy", async () => {
  const given = {
    path: "/rt",
    transports: ["polling"] as ("polling" | "websocket")[],
    cors: { origin: [ORIGIN], methods: ["GET"] },
    cookie: { name: "a" },
    initialPacket: Uint8Array.of(1, 2),
    pingInterval: 1_000,
  };
  const before = structuredClone(given);
  const io = new TestServer(Object.freeze(given));
  assertEquals(given, before);
  given.transports.push("websocket");
  given.cors.origin[0] = "https://evil.example";
  given.cookie.name = "b";
  given.initialPacket[0] = 9;
  const url = "http://localhost/rt/?EIO=4&transport=polling";
  const answer = io.fetch(new Request(url, { headers: { origin: ORIGIN } }));
  await io.world.settle();
  const { headers } = await answer;
  assertEquals(headers.get("access-control-allow-origin"), ORIGIN);
  assertEquals(headers.get("set-cookie")?.split("=")[0], "a");
  const body = await (await answer).text();
  assert(body.includes('"upgrades":[]') && body.endsWith("\x1ebAQI="), body);
  const headersOfUpgrade = { upgrade: "websocket", origin: ORIGIN };
  const request = new Request(url.replace("polling", "websocket"), { headers: headersOfUpgrade });
  assertEquals((await io.fetch(request)).status, 400);
});

Deno.test("Server reads its options once: replacing them later has no effect", async () => {
  const given: Record<string, unknown> = { path: "/rt", pingInterval: 1_000, pingTimeout: 500 };
  const io = new TestServer(given as ServerOptions);
  Object.assign(given, { path: "/x", pingInterval: 5, pingTimeout: 5, allowRequest: () => false });
  assertEquals([io.path(), io.isOurs("/rt/")], ["/rt", true]);
  const client = await RawClient.open(io);
  await io.world.advance(950);
  await io.world.advance(100);
  assertEquals([client.control, client.isClosed], [["2"], false]);
});

Deno.test("Server bounds the bytes of attachments by five times maxHttpBufferSize", async () => {
  const hole = (_: unknown, num: number): string => `{"_placeholder":true,"num":${num}}`;
  const holds = async (options: ServerOptions, sizes: readonly number[]): Promise<boolean> => {
    const { client, socket } = await connected({}, options);
    await client.send(`5${sizes.length}-["x",${sizes.map(hole).join(",")}]`);
    for (const size of sizes) await client.send(new Uint8Array(size));
    return socket.connected;
  };
  const small = { maxHttpBufferSize: 400 };
  assert(await holds(small, [400, 400, 400, 400, 400]));
  assert(!await holds(small, [400, 400, 400, 400, 400, 1]));
  assert(await holds({ ...small, maxAttachmentsBytes: 2_001 }, [400, 400, 400, 400, 400, 1]));
  assert(!await holds({ ...small, maxAttachmentsBytes: 1 }, [2]));
});

type Message<T> = T extends (...args: never[]) => unknown ? never : T;

/** The shape of the Logger of `@std/log`: methods on the prototype, that need their object. */
class StandardLogger {
  readonly #lines: string[] = [];

  get lines(): readonly string[] {
    return this.#lines;
  }

  debug<T>(message: () => T, ...args: unknown[]): T | undefined;
  debug<T>(message: Message<T>, ...args: unknown[]): T;
  debug<T>(message: Message<T> | (() => T), ...args: unknown[]): T | undefined {
    return this.#log("debug", message, args);
  }

  info<T>(message: () => T, ...args: unknown[]): T | undefined;
  info<T>(message: Message<T>, ...args: unknown[]): T;
  info<T>(message: Message<T> | (() => T), ...args: unknown[]): T | undefined {
    return this.#log("info", message, args);
  }

  warn<T>(message: () => T, ...args: unknown[]): T | undefined;
  warn<T>(message: Message<T>, ...args: unknown[]): T;
  warn<T>(message: Message<T> | (() => T), ...args: unknown[]): T | undefined {
    return this.#log("warn", message, args);
  }

  error<T>(message: () => T, ...args: unknown[]): T | undefined;
  error<T>(message: Message<T>, ...args: unknown[]): T;
  error<T>(message: Message<T> | (() => T), ...args: unknown[]): T | undefined {
    return this.#log("error", message, args);
  }

  #log<T>(level: string, message: Message<T> | (() => T), args: unknown[]): T | undefined {
    this.#lines.push([level, message, ...args.map(String)].join(" "));
    return undefined;
  }
}

Deno.test("Server takes the console, and a logger whose methods need their object", async () => {
  assertStrictEquals(resolveServerOptions({ logger: console }, () => {}).logger, console);
  const logger = new StandardLogger();
  const given: { logger: Logger } = { logger };
  const io = new TestServer(Object.assign(given, { nobody: 1 }));
  given.logger = console;
  io.on("connection", () => {
    throw new Error("mine");
  });
  await joined(io);
  const [warning, error, ...more] = logger.lines;
  assertEquals(warning, 'warn Options of Server that are unknown and have no effect: "nobody"');
  assertMatch(error ?? "", /^error A handler for "connection" in .* failed: Error: mine$/);
  assertEquals(more, []);
});

/** The adapter of the reference as far as it matters here: it wants a namespace with a server. */
class ReferenceAdapter {
  readonly rooms = new Map<string, Set<string>>();
  readonly sids = new Map<string, Set<string>>();
  readonly encoder: unknown;

  constructor(readonly nsp: { readonly server: { readonly encoder: unknown } }) {
    this.encoder = nsp.server.encoder;
  }

  persistSession(): void {}
}

function adapterRefusal(factory: (context: never) => unknown): TypeError {
  // What a program in JavaScript may pass.
  const adapter = factory as AdapterFactory;
  const error = assertThrows(() => new TestServer({ adapter }), TypeError);
  assert(error.message.includes("adapter") && error.message.includes("@godwit/io"), error.message);
  return error;
}

Deno.test("Server refuses adapters that were made for the reference", () => {
  adapterRefusal(ReferenceAdapter as unknown as () => unknown);
  const thrown = adapterRefusal((nsp: ReferenceAdapter["nsp"]) => new ReferenceAdapter(nsp));
  assert(thrown.cause instanceof TypeError);
  // One that does not look at its namespace before it is used.
  const lazy = (context: AdapterContext): unknown =>
    Object.assign(memoryAdapter(context), { persistSession: () => {} });
  assert(adapterRefusal(lazy).message.endsWith("found one of the reference"));
});

Deno.test("Server refuses an adapter that misses something, and says what", () => {
  const names = ["addAll", "broadcast", "broadcastWithAck", "close", "del", "delAll", "off"];
  names.push("on", "once", "serverCount", "serverSideEmit", "socketRooms");
  names.push("fetchSockets", "addSockets", "delSockets", "disconnectSockets");
  const accepted = names.filter((name) => {
    const factory = (context: AdapterContext): unknown =>
      Object.defineProperty(memoryAdapter(context), name, { value: undefined });
    try {
      assert(adapterRefusal(factory).message.endsWith(`found one without ${name}`));
      return false;
    } catch (error) {
      if (error instanceof Error && error.message.includes("to throw")) return true;
      throw error;
    }
  });
  assertEquals(accepted, []);
  for (const nothing of [undefined, null, Promise.resolve(), 1]) adapterRefusal(() => nothing);
});

Deno.test("Server checks a parser before it serves anybody", async () => {
  const parser = { Encoder, Decoder } as unknown as Parser;
  const { client, io } = await connected({}, { parser });
  io.emit("x", Uint8Array.of(1));
  assertEquals(await client.take(), ['51-["x",{"_placeholder":true,"num":0}]', Uint8Array.of(1)]);
  const wrong = { parser: { Encoder, Decoder: Encoder } } as unknown as ServerOptions;
  const { message } = assertThrows(() => new TestServer(wrong), TypeError);
  assert(message.includes("parser.Decoder must have the method"), message);
});

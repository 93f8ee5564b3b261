/**
 * Tests of the rules of the server's options: what is taken, what is refused and in which words.
 * What becomes of options that are right: `options_effect_test.ts`.
 */
import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { Decoder, Encoder } from "socket.io-parser";
import {
  type ResolvedOptions,
  resolveServerOptions,
  SERVER_OPTIONS,
} from "../../src/server/options.ts";
import type { ServerOptions } from "../../src/server/server_options.ts";
import { TestServer } from "../support/in_process_server.ts";

const DEFAULTS: ResolvedOptions = {
  path: "/socket.io",
  addTrailingSlash: true,
  transports: ["polling", "websocket"],
  allowUpgrades: true,
  allowEIO3: false,
  pingInterval: 25_000,
  pingTimeout: 20_000,
  upgradeTimeout: 10_000,
  connectTimeout: 45_000,
  maxHttpBufferSize: 1_000_000,
  bodyTimeout: 20_000,
  closeTimeout: 30_000,
  maxBufferedBytes: 16_777_216,
  maxBufferedPackets: Infinity,
  bufferPolicy: "close",
  maxConnectionMemory: undefined,
  maxAttachments: 10,
  maxAttachmentsBytes: undefined,
  cleanupEmptyChildNamespaces: false,
  maxNamespaces: 1_000,
  maxDynamicNamespaces: 10_000,
  maxPendingSessions: 10_000,
  maxConnections: Infinity,
  maxPendingAcks: 10_000,
  maxRoomsPerSocket: 10_000,
  maxPendingEvents: 10_000,
  handlerMode: "concurrent",
  trustProxy: false,
  limits: undefined,
  allowRequest: undefined,
  cors: undefined,
  cookie: false,
  initialPacket: undefined,
  parser: undefined,
  adapter: undefined,
  logger: undefined,
};

/** Checks options that nothing is to be said about. */
function resolve(given: unknown): Readonly<ResolvedOptions> {
  return resolveServerOptions(given, (message) => {
    throw new Error(`Unexpected warning: ${message}`);
  });
}

/** The lines of the one error, without its head. */
function faults(given: unknown): readonly string[] {
  const error = assertThrows(() => resolve(given), TypeError);
  const [head, ...lines] = error.message.split("\n  ");
  const count = lines.length === 1 ? "1 fault" : `${lines.length} faults`;
  assertEquals(head, `Cannot use options of Server: ${count}`);
  return lines;
}

/** What a program in JavaScript may pass. */
function untyped(options: Readonly<Record<string, unknown>>): ServerOptions {
  return options;
}

Deno.test("Server has the documented defaults, whatever stands for 'not given'", () => {
  const nothing = Object.fromEntries(Object.keys(DEFAULTS).map((name) => [name, undefined]));
  for (const given of [undefined, {}, nothing, Object.create({ path: "/inherited" })]) {
    const resolved = resolve(given);
    assertEquals(resolved, DEFAULTS);
    assert(Object.isFrozen(resolved) && Object.isFrozen(resolved.transports));
  }
});

/** A value that no rule takes, and how a message shows it. */
type WrongValue = readonly [value: unknown, found: string];

const BOOLEAN = "a boolean";
const MS = "an integer of 1–2147483647 ms";
const BYTES = "an integer of 1 or more bytes";
const WRONG_MS: readonly WrongValue[] = [
  [0, "0"],
  [-1, "-1"],
  [1.5, "1.5"],
  [NaN, "NaN"],
  [2 ** 31, "2147483648"],
  [Infinity, "Infinity"],
  ["1000", '"1000"'],
  [1n, "1n"],
  [null, "null"],
];

/** For each option: what is wanted, then wrong values and how they are shown. */
const WRONG: readonly [keyof ResolvedOptions, wanted: string, readonly WrongValue[]][] = [
  ["path", "a path as it stands in a URL: from the first slash, percent-encoded, without query", [
    ["", '""'],
    ["socket.io", '"socket.io"'],
    ["/a b", '"/a b"'],
    ["/a?b", '"/a?b"'],
    ["/a#b", '"/a#b"'],
    [/x/, "an object"],
    [null, "null"],
  ]],
  ["allowEIO3", BOOLEAN, [[1, "1"], ["true", '"true"'], [null, "null"]]],
  ["addTrailingSlash", BOOLEAN, [[0, "0"], ["false", '"false"'], [null, "null"]]],
  ["transports", 'a list of "polling", "websocket" or both', [
    [[], "an array"],
    ["polling", '"polling"'],
    [null, "null"],
    [{ 0: "polling", length: 1 }, "an object"],
  ]],
  ["allowUpgrades", BOOLEAN, [[1, "1"], ["true", '"true"'], [[], "an array"]]],
  ["pingInterval", MS, WRONG_MS],
  ["pingTimeout", MS, WRONG_MS],
  ["upgradeTimeout", MS, WRONG_MS],
  ["connectTimeout", MS, WRONG_MS],
  ["bodyTimeout", MS, WRONG_MS],
  ["closeTimeout", MS, WRONG_MS],
  ["maxHttpBufferSize", BYTES, [[0, "0"], [1e6 + 0.5, "1000000.5"], ["1mb", '"1mb"'], [
    Infinity,
    "Infinity",
  ]]],
  ["maxBufferedBytes", `${BYTES}, or Infinity`, [[0, "0"], [-Infinity, "-Infinity"], [
    2 ** 53,
    "9007199254740992",
  ]]],
  ["maxBufferedPackets", "an integer of 1 or more, or Infinity", [[0, "0"], [1.5, "1.5"]]],
  ["bufferPolicy", 'one of "close", "dropOldest", "dropNewest"', [["drop", '"drop"'], [
    null,
    "null",
  ]]],
  ["maxConnectionMemory", `${BYTES}, or Infinity`, [[0, "0"], [-1, "-1"], ["64M", '"64M"']]],
  ["maxAttachments", "an integer of 0–1000", [[-1, "-1"], [1001, "1001"], [true, "true"]]],
  ["maxAttachmentsBytes", BYTES, [[0, "0"], [Infinity, "Infinity"], [null, "null"]]],
  ["cleanupEmptyChildNamespaces", BOOLEAN, [[1, "1"], ["true", '"true"'], [null, "null"]]],
  ["maxNamespaces", "an integer of 1–1000000", [[0, "0"], [1e6 + 1, "1000001"], ["9", '"9"']]],
  ["maxDynamicNamespaces", "an integer of 1 or more, or Infinity", [[0, "0"], [NaN, "NaN"]]],
  ["maxPendingSessions", "an integer of 1 or more, or Infinity", [[0, "0"], ["1", '"1"']]],
  ["maxConnections", "an integer of 1 or more, or Infinity", [[0, "0"], [1.5, "1.5"]]],
  ["trustProxy", "false, a number of proxies up to 32, or a list of their addresses and ranges", [
    [-1, "-1"],
    [1.5, "1.5"],
    [33, "33"],
    [{}, "an object"],
    [null, "null"],
  ]],
  ["limits", "an object", [[1, "1"], [[], "an array"], [null, "null"], [false, "false"]]],
  ["maxPendingAcks", "an integer of 1 or more, or Infinity", [[-1, "-1"], [1.5, "1.5"]]],
  ["maxRoomsPerSocket", "an integer of 1 or more, or Infinity", [[0, "0"], [null, "null"]]],
  ["maxPendingEvents", "an integer of 1 or more, or Infinity", [[0, "0"], [null, "null"]]],
  ["handlerMode", '"concurrent", "serial" or a function that gives a key', [
    ["parallel", '"parallel"'],
    [true, "true"],
    [null, "null"],
  ]],
  ["allowRequest", "a function", [[true, "true"], [{}, "an object"], [null, "null"]]],
  ["initialPacket", "a string or a Uint8Array", [
    [1, "1"],
    [new ArrayBuffer(1), "an object"],
    [new Uint16Array(1), "an object"],
  ]],
  ["adapter", "a function that makes an Adapter of @godwit/io, see AdapterFactory", [
    [{}, "an object"],
    ["redis", '"redis"'],
    [class RedisAdapter {}, "a class"],
    [class extends Map {}, "a class"],
  ]],
  ["logger", "an object with the methods debug, info, warn, error", [
    [{}, "an object"],
    [{ ...console, warn: undefined }, "an object"],
    [{ ...console, debug: "x" }, "an object"],
    [() => {}, "a function"],
    [[], "an array"],
  ]],
];

Deno.test("Server refuses every wrong value by name, with what is wanted and what was found", () => {
  for (const [name, wanted, values] of WRONG) {
    for (const [value, found] of values) {
      assertEquals(faults({ [name]: value }), [`${name} must be ${wanted}, found ${found}`]);
    }
  }
  const tested = new Set([...WRONG.map(([name]) => name), "cors", "cookie", "parser"]);
  assertEquals(Object.keys(SERVER_OPTIONS.rules).filter((name) => !tested.has(name)), []);
});

Deno.test("Server names each wrong member of cors, cookie and parser", () => {
  const throwing = class {
    constructor() {
      throw new Error("not yet");
    }
  };
  const cases: readonly [given: Readonly<Record<string, unknown>>, ...start: string[]][] = [
    [{ cors: null }, "cors must be"],
    [{ cors: "https://app.example" }, "cors must be"],
    [{ cors: ["*"] }, "cors must be"],
    [{ cors: { origin: 1, maxAge: "1" } }, "cors.origin must be", "cors.maxAge must be"],
    [{ cors: { origins: "http://a" } }, "cors.origins is not an option, cors.origin is"],
    [{ cors: { credentials: "yes" } }, 'cors.credentials must be a boolean, found "yes"'],
    [{ cookie: "io" }, 'cookie must be a boolean or an object, found "io"'],
    [{ cookie: { name: "a b", secure: 1 } }, "cookie.name must be", "cookie.secure must be"],
    [{ cookie: { sameSite: "all" } }, 'cookie.sameSite must be a boolean, "lax", "strict" or'],
    [{ parser: {} }, "parser.Encoder must be a class"],
    [{ parser: null }, "parser must be an object with the classes Encoder and Decoder"],
    [{ parser: { Encoder, Decoder: {} } }, "parser.Decoder must be a class"],
    [{ parser: { Encoder, Decoder: class {} } }, "parser.Decoder must have the method on"],
    [{ parser: { Encoder: Decoder, Decoder } }, "parser.Encoder must have the method encode"],
    [{ parser: { Encoder: throwing, Decoder } }, "parser.Encoder must be a class that can be"],
  ];
  for (const [given, ...starts] of cases) {
    const lines = faults(given);
    assertEquals(
      lines.map((line, at) => line.startsWith(starts[at] ?? "-")),
      starts.map(() => true),
    );
  }
});

Deno.test("Server refuses a misspelt member of cors and cookie, as it would let everybody in", () => {
  for (
    const [given, name] of [
      [{ cors: { orign: "https://app.example" } }, "orign"],
      [{ cookie: { samesite: "strict" } }, "samesite"],
      [{ cookie: { httponly: true } }, "httponly"],
    ] as const
  ) {
    assert(faults(given)[0]?.includes(name));
  }
});

Deno.test("Server says which transport it does not have", () => {
  const [line] = faults({ transports: ["polling", "webtransport"] });
  assert(line?.includes('"webtransport"'), line);
});

Deno.test("Server takes the ends of every range", () => {
  const ends: readonly Partial<ResolvedOptions>[] = [
    { pingInterval: 1, pingTimeout: 1, upgradeTimeout: 1, connectTimeout: 1 },
    { pingInterval: 2_147_483_647, pingTimeout: 2_147_483_647, upgradeTimeout: 2_147_483_647 },
    { bodyTimeout: 1, closeTimeout: 1, maxHttpBufferSize: 1, maxBufferedBytes: 1 },
    { maxBufferedBytes: Infinity, maxAttachments: 0, maxAttachmentsBytes: 1, path: "/" },
    { maxBufferedPackets: 1, maxConnectionMemory: 1, bufferPolicy: "dropNewest" },
    { maxBufferedPackets: Infinity, maxConnectionMemory: Infinity, bufferPolicy: "dropOldest" },
    { maxAttachments: 1_000, maxAttachmentsBytes: Number.MAX_SAFE_INTEGER },
    { maxHttpBufferSize: Number.MAX_SAFE_INTEGER, path: "/a/b/", addTrailingSlash: false },
    { transports: ["websocket"], allowUpgrades: false, cors: false, cookie: true },
    { cleanupEmptyChildNamespaces: true },
  ];
  for (const given of ends) {
    assertEquals(resolve(given), { ...DEFAULTS, ...given });
    new TestServer(given as ServerOptions);
  }
  assertEquals(resolve({ transports: ["polling", "polling"] }).transports, ["polling"]);
});

Deno.test('Server takes cors: "*" as short for { origin: "*" }', () => {
  assertEquals(resolve({ cors: "*" }).cors, { origin: "*" });
});

Deno.test("Server tells of all faults at once", () => {
  const given = { path: "x", pingTimeout: 0, cookie: 1, serveClient: true, CORS: {}, unknown: 1 };
  assertEquals(faults(given).map((line) => line.split(" ")[0]), [
    "path",
    "pingTimeout",
    "cookie",
    "serveClient",
    '"CORS"',
  ]);
});

Deno.test("Server refuses options that are no object", () => {
  for (const [given, found] of [[null, "null"], ["3000", '"3000"'], [[], "an array"]] as const) {
    const error = assertThrows(() => resolve(given), TypeError);
    assertEquals(error.message, `Cannot use options of Server: must be an object, found ${found}`);
  }
});

Deno.test("Server says where to go with an HTTP server or a port", () => {
  const app = (): void => {};
  for (const given of [3000, { listen: app }, Object.assign(app, { listen: app })]) {
    const { message } = assertThrows(() => resolve(given), TypeError);
    assertStringIncludes(message, "the Server of @godwit/io/node takes an HTTP server or a port");
  }
});

Deno.test("Server refuses near misses and says what was meant", () => {
  const misses = {
    pingTimeot: "pingTimeout",
    CORS: "cors",
    transport: "transports",
    cookies: "cookie",
    maxHttpBuffersize: "maxHttpBufferSize",
    allowEio3: "allowEIO3",
    Logger: "logger",
    adaptor: "adapter",
    perMessageDeflat: "perMessageDeflate",
  };
  for (const [name, meant] of Object.entries(misses)) {
    assertEquals(faults({ [name]: false }), [
      `"${name}" is not an option, did you mean "${meant}"`,
    ]);
  }
});

Deno.test("Server warns once, through its logger, of names that nobody knows", () => {
  const io = new TestServer(untyped({ maxPayload: 1, agent: {}, ["evil\n\u001b[31m"]: 1 }));
  const [line, ...more] = io.world.logger.lines;
  assertEquals(more, []);
  assertEquals(line, {
    level: "warn",
    message: String
      .raw`Options of Server that are unknown and have no effect: "maxPayload", "agent", "evil\n\u001b[31m"`,
    args: [],
  });
  assertEquals(new TestServer().world.logger.lines, []);
});

Deno.test("Server refuses what is not delivered, and takes that it is switched off", () => {
  const wanted: Readonly<Record<string, readonly unknown[]>> = {
    serveClient: [true, 1, null],
    connectionStateRecovery: [{}, true, { maxDisconnectionDuration: 1 }],
    perMessageDeflate: [true, { threshold: 1024 }],
    httpCompression: [true, {}],
    destroyUpgrade: [true],
    destroyUpgradeTimeout: [1000],
    wsEngine: [class {}, "ws", false],
  };
  assertEquals(Object.keys(SERVER_OPTIONS.refused ?? {}).sort(), Object.keys(wanted).sort());
  for (const [name, values] of Object.entries(wanted)) {
    for (const value of values) {
      const [line, ...more] = faults({ [name]: value });
      assert(line?.startsWith(`${name} cannot be `) && /: .{10,}/.test(line), line);
      assertEquals(more, []);
    }
    assertEquals(resolve({ [name]: undefined }), DEFAULTS);
    if (!["wsEngine", "destroyUpgradeTimeout"].includes(name)) {
      assertEquals(resolve({ [name]: false }), DEFAULTS);
    }
  }
});

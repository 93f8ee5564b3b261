import { assert, assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import {
  booleanRule,
  customRule,
  functionRule,
  integerRule,
  objectRule,
  oneOfRule,
  type OptionTable,
  resolveKnownOptions,
  resolveOptions,
  stringRule,
} from "../../src/base/option_rules.ts";

type Allow = (name: string) => boolean;

/** What options of a user come to: one member for each rule. */
interface Resolved {
  readonly serveClient: boolean;
  readonly pingInterval: number;
  readonly maxBuffer: number;
  readonly upgradeTimeout: number | undefined;
  readonly path: string;
  readonly sameSite: "lax" | "strict" | false;
  readonly allow: Allow | undefined;
  readonly adapter: { readonly name: string } | undefined;
  readonly transports: readonly string[];
}

const TABLE: OptionTable<Resolved> = {
  rules: {
    serveClient: booleanRule({ default: true }),
    pingInterval: integerRule({ default: 25_000, min: 1, max: 2 ** 31 - 1, unit: "ms" }),
    maxBuffer: integerRule({ default: 1024, min: 0, unit: "bytes", allowInfinity: true }),
    upgradeTimeout: integerRule({ default: undefined, min: 1 }),
    path: stringRule({
      default: "/socket.io",
      wanted: "a string that begins with /",
      check: (text) => text.startsWith("/"),
    }),
    sameSite: oneOfRule({ values: ["lax", "strict", false], default: "lax" }),
    allow: functionRule(),
    adapter: objectRule({
      wanted: "an object with a name",
      check: (value) => "name" in value && typeof value.name === "string",
    }),
    transports: customRule({
      default: ["polling"],
      wanted: "an array",
      read: (value, name) => {
        if (!Array.isArray(value)) return undefined;
        const wrong = value.filter((each) => typeof each !== "string");
        return wrong.length === 0
          ? { value: [...value] }
          : { faults: wrong.map((each) => `${name} may not hold ${each}`) };
      },
    }),
  },
  refused: {
    wsEngine: { reason: "this runtime brings its own" },
    deflate: { reason: "use the other entry", accepts: [false, 0] },
  },
  relations: [
    ({ pingInterval, upgradeTimeout }) =>
      upgradeTimeout !== undefined && upgradeTimeout > pingInterval
        ? `upgradeTimeout must not be above pingInterval, found ${upgradeTimeout}`
        : undefined,
  ],
};

const DEFAULTS: Resolved = {
  serveClient: true,
  pingInterval: 25_000,
  maxBuffer: 1024,
  upgradeTimeout: undefined,
  path: "/socket.io",
  sameSite: "lax",
  allow: undefined,
  adapter: undefined,
  transports: ["polling"],
};

function resolve(given: unknown): Readonly<Resolved> {
  return resolveOptions("Server", TABLE, given, (message) => {
    throw new Error(`Unexpected warning: ${message}`);
  });
}

/** The lines of the error, without its head. */
function faults(given: unknown): readonly string[] {
  const error = assertThrows(() => resolve(given), TypeError);
  const [head, ...lines] = error.message.split("\n  ");
  const count = lines.length === 1 ? "1 fault" : `${lines.length} faults`;
  assertEquals(head, `Cannot use options of Server: ${count}`);
  return lines;
}

Deno.test("resolveOptions fills in the defaults, in the order of the rules, and freezes", () => {
  for (const given of [undefined, {}, { path: undefined, adapter: undefined }]) {
    const resolved = resolve(given);
    assertEquals(resolved, DEFAULTS);
    assertEquals(Object.keys(resolved), Object.keys(TABLE.rules));
    assert(Object.isFrozen(resolved));
  }
});

Deno.test("resolveOptions takes every right value and leaves what was given as it was", () => {
  const allow: Allow = () => true;
  const given = {
    serveClient: false,
    pingInterval: 2 ** 31 - 1,
    maxBuffer: Infinity,
    upgradeTimeout: 1,
    path: "/",
    sameSite: false,
    allow,
    adapter: { name: "x" },
    transports: ["websocket"],
    wsEngine: false,
    deflate: 0,
  };
  const before = { ...given };
  const resolved = resolve(given);
  const { wsEngine: _engine, deflate: _deflate, ...expected } = given;
  assertEquals(resolved, expected as unknown as Resolved);
  assertStrictEquals(resolved.allow, allow);
  assertStrictEquals(resolved.adapter, given.adapter);
  assertEquals(given, before);
});

Deno.test("resolveOptions tells of all faults at once: name, wanted, found", () => {
  const given = {
    serveClient: "yes",
    pingInterval: 0.5,
    maxBuffer: -1,
    upgradeTimeout: Infinity,
    path: "x".repeat(100),
    sameSite: "none",
    allow: {},
    adapter: [],
    transports: ["a", 1, null],
    wsEngine: () => {},
    deflate: true,
    pingIntreval: 1,
  };
  assertEquals(faults(given), [
    'serveClient must be a boolean, found "yes"',
    "pingInterval must be an integer of 1–2147483647 ms, found 0.5",
    "maxBuffer must be an integer of 0 or more bytes, or Infinity, found -1",
    "upgradeTimeout must be an integer of 1 or more, found Infinity",
    `path must be a string that begins with /, found "${"x".repeat(64)}"…`,
    'sameSite must be one of "lax", "strict", false, found "none"',
    "allow must be a function, found an object",
    "adapter must be an object with a name, found an array",
    "transports may not hold 1",
    "transports may not hold null",
    "wsEngine cannot be a function: this runtime brings its own",
    "deflate cannot be true: use the other entry",
    '"pingIntreval" is not an option, did you mean "pingInterval"',
  ]);
});

Deno.test("resolveOptions refuses each wrong kind of value", () => {
  const wrong: readonly (readonly [keyof Resolved, readonly unknown[]])[] = [
    ["serveClient", [null, 0, 1, "true", {}]],
    ["pingInterval", [null, 0, -1, NaN, Infinity, 2 ** 31, "25000", 1n, [], true]],
    ["maxBuffer", [null, -1, NaN, -Infinity, 2 ** 53, "Infinity"]],
    ["path", [null, "", "x", 1, ["/"]]],
    ["sameSite", [null, true, "LAX", ""]],
    ["allow", [null, "f", {}]],
    ["adapter", [null, "x", [], {}, { name: 1 }, () => {}]],
    ["transports", [null, "polling", {}]],
  ];
  for (const [name, values] of wrong) {
    for (const value of values) {
      const [line, ...more] = faults({ [name]: value });
      assert(line?.startsWith(`${name} must be `), line);
      assertEquals(more, []);
    }
  }
});

Deno.test("resolveOptions asks relations only when every value by itself is right", () => {
  assertEquals(faults({ pingInterval: 5, upgradeTimeout: 10 }), [
    "upgradeTimeout must not be above pingInterval, found 10",
  ]);
  assertEquals(faults({ pingInterval: 5, upgradeTimeout: 10, path: "x" }).length, 1);
  // A name that is nearly right, or a refused option, does not hide a relation.
  assertEquals(faults({ pingInterval: 5, upgradeTimeout: 10, paths: "/", wsEngine: 1 }).length, 3);
});

Deno.test("resolveOptions refuses options that are no object", () => {
  for (
    const [given, found] of [[null, "null"], [5, "5"], [[], "an array"], ["x", '"x"']] as const
  ) {
    const error = assertThrows(() => resolve(given), TypeError);
    assertEquals(error.message, `Cannot use options of Server: must be an object, found ${found}`);
  }
});

Deno.test("resolveOptions takes a name that is nearly known for a fault", () => {
  for (
    const [name, meant] of [
      ["PATH", "path"],
      ["paths", "path"],
      ["pingintervall", "pingInterval"],
      ["serve_client", "serveClient"],
      ["wsengine", "wsEngine"],
    ] as const
  ) {
    assertEquals(faults({ [name]: false }), [
      `"${name}" is not an option, did you mean "${meant}"`,
    ]);
  }
  // A variable that was not set is no option that was given.
  assertEquals(resolve({ paths: undefined }), DEFAULTS);
});

Deno.test("resolveOptions warns once of all names that are unknown", () => {
  const warnings: string[] = [];
  const warn = (message: string): void => void warnings.push(message);
  assertEquals(resolveOptions("Server", TABLE, { foo: 1, "b\nr": 2, path: "/" }, warn), {
    ...DEFAULTS,
    path: "/",
  });
  assertEquals(warnings, [
    String.raw`Options of Server that are unknown and have no effect: "foo", "b\nr"`,
  ]);
  const many = Object.fromEntries(Array.from({ length: 25 }, (_, index) => [`x${index}`, 1]));
  resolveOptions("Server", TABLE, many, warn);
  assert(warnings[1]?.endsWith('"x9" and 15 more'), warnings[1]);
  assertEquals(warnings.length, 2);
});

Deno.test("resolveKnownOptions has all unknown names among the faults, and shows ten of them", () => {
  const resolveKnown = (given: unknown): unknown => resolveKnownOptions("ask()", TABLE, given);
  assertEquals(resolveKnown({ path: "/" }), { ...DEFAULTS, path: "/" });
  assertEquals(resolveKnown(undefined), DEFAULTS);
  const names = Object.keys(DEFAULTS).join(", ");
  const error = assertThrows(() => resolveKnown({ foo: 1, pathh: 2, pingInterval: 0 }), TypeError);
  assertEquals(error.message.split("\n  "), [
    "Cannot use options of ask(): 3 faults",
    faults({ pingInterval: 0 })[0],
    '"pathh" is not an option, did you mean "path"',
    `"foo" is not an option, those are ${names}`,
  ]);
  const many = Object.fromEntries(Array.from({ length: 25 }, (_, index) => [`x${index}`, 1]));
  assertThrows(() => resolveKnown(many), TypeError, "10 faults");
});

Deno.test("resolveOptions does not warn when it throws", () => {
  assertEquals(faults({ foo: 1, pingInterval: 0 }).length, 1);
});

Deno.test("resolveOptions looks at own properties only, whatever their names", () => {
  const warnings: string[] = [];
  const given: unknown = JSON.parse(
    '{"__proto__":{"path":"/evil"},"constructor":{"x":1},"toString":1,"hasOwnProperty":2}',
  );
  const resolved = resolveOptions("Server", TABLE, given, (message) => void warnings.push(message));
  assertEquals(resolved, DEFAULTS);
  assertStrictEquals(Object.getPrototypeOf(resolved), Object.prototype);
  assertEquals(warnings.length, 1);
  assertEquals(resolve(Object.create({ path: "/inherited" })), DEFAULTS);
  assertEquals(({} as { path?: unknown }).path, undefined);
});

Deno.test("resolveOptions reads each property once", () => {
  let reads = 0;
  const given = {
    get path(): string {
      reads++;
      return "/once";
    },
  };
  assertEquals([resolve(given).path, reads], ["/once", 1]);
});

Deno.test("A rule tells its kind, what it wants and its default", () => {
  assertEquals(
    Object.values(TABLE.rules).map((rule) => rule.kind),
    [
      "boolean",
      "integer",
      "integer",
      "integer",
      "string",
      "one of",
      "function",
      "object",
      "custom",
    ],
  );
  assertEquals(TABLE.rules.maxBuffer.default, 1024);
  assertEquals(stringRule({ default: undefined }).wanted, "a string");
});

Deno.test("A table that does not fit the resolved form does not compile", () => {
  const rules: OptionTable<{ readonly a: number }>["rules"] = {
    // @ts-expect-error: the default may not be undefined where the resolved form has a number
    a: integerRule({ default: undefined, min: 0 }),
  };
  // @ts-expect-error: a rule is missing
  const missing: OptionTable<{ readonly a: number; readonly b: string }>["rules"] = {
    a: integerRule({ default: 1, min: 0 }),
  };
  assertEquals([Object.keys(rules), Object.keys(missing)], [["a"], ["a"]]);
});

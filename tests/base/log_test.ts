import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import fc from "fast-check";
import { consoleLogger, DebugScopes, type Logger } from "../../src/base/log.ts";

function isOn(pattern: string | undefined, name: string): boolean {
  return new DebugScopes(pattern, () => {}).scope(name).enabled;
}

/** The line that a scope named `s` writes, without its head. */
function line(message: string, ...args: unknown[]): string {
  const lines: string[] = [];
  new DebugScopes("*", (each) => lines.push(each)).scope("s").log(message, ...args);
  assertEquals([lines.length, lines[0]?.slice(0, 4)], [1, "  s "]);
  return lines[0]?.slice(4) ?? "";
}

Deno.test("DebugScopes switches on what the pattern names", () => {
  const cases: readonly (readonly [string | undefined, string, boolean])[] = [
    [undefined, "a", false],
    ["", "a", false],
    ["*", "a", true],
    ["*", "", true],
    ["a", "a", true],
    ["a", "ab", false],
    ["a", "A", false],
    ["a,b", "b", true],
    ["a b", "b", true],
    [" a ,\n\tb , ", "b", true],
    ["engine*", "engine", true],
    ["engine*", "engine:ws", true],
    ["engine:*", "engine", false],
    ["*:ws", "engine:ws", true],
    ["*:ws", "engine:ws:frame", false],
    ["e*e:*s", "engine:ws", true],
    ["a*a", "a", false],
    ["a*a", "aa", true],
    ["*a*b*", "xbxa", false],
    ["*a*b*", "xaxb", true],
    ["*ab*ab", "abab", true],
    ["*ab*ab", "xab", false],
    ["**", "x", true],
    ["a.c", "abc", false],
    ["*,-engine:ws", "engine:ws", false],
    ["-engine:ws,*", "engine:ws", false],
    ["-engine:ws,*", "engine", true],
    ["*,-engine*", "engine:ws", false],
    ["-engine", "socket", false],
    ["socket.io*,engine*,-engine:ws", "socket.io:server", true],
  ];
  for (const [pattern, name, expected] of cases) {
    assertEquals(isOn(pattern, name), expected, `${pattern} and ${name}`);
  }
});

Deno.test("DebugScopes matches as the plain definition of the wildcard does", () => {
  const matches = (name: string, pattern: string): boolean => {
    if (pattern === "") return name === "";
    if (pattern[0] === "*") {
      return matches(name, pattern.slice(1)) || (name !== "" && matches(name.slice(1), pattern));
    }
    return name[0] === pattern[0] && matches(name.slice(1), pattern.slice(1));
  };
  const text = (units: string, maxLength: number): fc.Arbitrary<string> =>
    fc.array(fc.constantFrom(...units), { maxLength }).map((parts) => parts.join(""));
  fc.assert(
    fc.property(text("ab", 8), text("ab**", 7), (name, pattern) => {
      assertEquals(isOn(pattern, name), pattern !== "" && matches(name, pattern));
    }),
    { numRuns: 2_000 },
  );
});

Deno.test("DebugScopes takes no time for a pattern that makes others backtrack", () => {
  assertEquals(isOn("*a".repeat(5_000) + "b", "a".repeat(100_000)), false);
});

Deno.test("A scope that is off is one shared object that writes nothing", () => {
  const lines: string[] = [];
  const write = (each: string): void => void lines.push(each);
  const scopes = new DebugScopes("on", write);
  const off = scopes.scope("off");
  assertStrictEquals(off, scopes.scope("other"));
  assertStrictEquals(off, new DebugScopes(undefined, write).scope("on"));
  off.log("%s", "nothing");
  assertEquals([off.enabled, scopes.scope("on").enabled, lines], [false, true, []]);
});

Deno.test("A scope writes its name and the message with its arguments", () => {
  const lines: string[] = [];
  const scope = new DebugScopes("engine*", (each) => lines.push(each)).scope("engine:ws");
  scope.log("plain");
  scope.log("%s has %d", "x", 3);
  assertEquals(lines, ["  engine:ws plain", "  engine:ws x has 3"]);
});

Deno.test("A debug line formats each kind of argument", () => {
  assertEquals(line("%s|%s|%s", "a b", 1, null), "a b|1|null");
  assertEquals(line("%d|%d", "42", {}), "42|NaN");
  assertEquals(line("%j|%o", { a: [1, "x"] }, { b: null }), '{"a":[1,"x"]}|{"b":null}');
  assertEquals(line("%j %o", 'a"b', "c"), String.raw`"a\"b" "c"`);
  assertEquals(line("%o %o %o", undefined, 7n, Symbol("s")), "undefined 7 Symbol(s)");
  assertEquals(line("100%% %x %", "left"), "100% %x % left");
  assertEquals(line("no place", 1, { a: 1 }, "x"), 'no place 1 {"a":1} x');
  assertEquals(line("%s and %s", "only one"), "only one and %s");
  // What is put in is not looked at again.
  assertEquals(line("%s %s", "%s", "b"), "%s b");
});

Deno.test("A debug line cuts what is long, keeps one line and shows an error's stack", () => {
  const long = "x".repeat(300);
  assertEquals(line("%s", long), `${"x".repeat(256)}…`);
  assertEquals(line("%j", { long }).length, 257);
  assertEquals(line("%s", "a\nb\x1b[0m"), String.raw`a\u000ab\u001b[0m`);
  const error = new Error("broke");
  assertEquals(line("%s", error), error.stack);
  const huge = new Error("y".repeat(10_000));
  assert(line("%o", huge).length < 5_000);
});

Deno.test("A debug line is written even of values that cannot be turned into text", () => {
  const cycle: Record<string, unknown> = {};
  cycle.self = cycle;
  const hostile = {
    toString(): string {
      throw new Error("no");
    },
    toJSON(): string {
      throw new Error("no");
    },
  };
  assertEquals(line("%j %s %o", cycle, hostile, hostile), "[object] [object] [object]");
  assertEquals(line("%d", Symbol("s")), "[symbol]");
  assertEquals(line("%s", Object.create(null)), "[object]");
  const error = new Error("x");
  Object.defineProperty(error, "stack", {
    get(): string {
      throw new Error("no");
    },
  });
  assertEquals(line("%o", error), "[object]");
  assertEquals(line("%o", Object.assign(new Error("x"), { stack: 5 })), "5");
  assertEquals(line("%o", { toJSON: () => undefined }), "[object Object]");
});

Deno.test("consoleLogger writes to the console that is there when it is called, but no debug lines", () => {
  const logger = consoleLogger();
  const calls: unknown[][] = [];
  const { console } = globalThis;
  const note = (level: string) => (...args: unknown[]): void => void calls.push([level, ...args]);
  const stand: Logger = {
    debug: note("debug"),
    info: note("info"),
    warn: note("warn"),
    error: note("error"),
  };
  globalThis.console = stand as typeof console;
  try {
    logger.debug("a", 1);
    logger.info("b");
    logger.warn("c", 2, 3);
    logger.error("d", "x");
  } finally {
    globalThis.console = console;
  }
  // What is for those who look for a fault is left out.
  assertEquals(calls, [["info", "b"], ["warn", "c", 2, 3], ["error", "d", "x"]]);
});

Deno.test("The console is a Logger as it is", () => {
  const logger: Logger = globalThis.console;
  assertEquals(typeof logger.debug, "function");
});

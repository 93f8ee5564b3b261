import { assert, assertEquals, assertNotStrictEquals, assertThrows } from "@std/assert";
import { EventEmitter } from "node:events";
import fc from "fast-check";
import { type EventName, type Listener, Listeners } from "../../src/base/listeners.ts";

/** Emits as the users' emitters do. */
function emit(listeners: Listeners, name: EventName, ...args: unknown[]): void {
  for (const listener of listeners.snapshot(name) ?? []) Reflect.apply(listener, "self", args);
}

function noting(log: string[], name: string): Listener {
  return () => void log.push(name);
}

Deno.test("Listeners calls in the order of adding, prepended ones first", () => {
  const listeners = new Listeners();
  const log: string[] = [];
  listeners.add("x", noting(log, "b"));
  listeners.add("x", noting(log, "c"));
  listeners.prepend("x", noting(log, "a"));
  listeners.prependOnce("x", noting(log, "once first"));
  listeners.addOnce("x", noting(log, "once last"));
  listeners.add("y", noting(log, "other event"));
  emit(listeners, "x");
  assertEquals(log, ["once first", "a", "b", "c", "once last"]);
  log.length = 0;
  emit(listeners, "x");
  assertEquals(log, ["a", "b", "c"]);
});

Deno.test("Listeners hands arguments, this and the result through a once listener", () => {
  const listeners = new Listeners();
  const calls: unknown[] = [];
  listeners.addOnce("x", function (this: unknown, ...args: unknown[]): string {
    calls.push(this, args);
    return "result";
  });
  const [wrapper] = listeners.snapshot("x") ?? [];
  assert(wrapper !== undefined);
  assertEquals(Reflect.apply(wrapper, "self", [1, 2]), "result");
  assertEquals(calls, ["self", [1, 2]]);
});

Deno.test("A once listener is gone when it is called, and called once in nested emits", () => {
  const listeners = new Listeners();
  const log: number[] = [];
  listeners.addOnce("x", () => {
    log.push(listeners.count("x"));
    emit(listeners, "x");
  });
  const outer = listeners.snapshot("x") ?? [];
  emit(listeners, "x");
  for (const listener of outer) Reflect.apply(listener, undefined, []);
  assertEquals([log, listeners.has("x")], [[0], false]);
});

Deno.test("Once listeners of one function are removed each by its own call", () => {
  const listeners = new Listeners();
  const log: string[] = [];
  const listener = noting(log, "called");
  listeners.addOnce("x", listener);
  listeners.add("x", listener);
  listeners.addOnce("x", listener);
  emit(listeners, "x");
  assertEquals([log.length, listeners.rawList("x")], [3, [listener]]);
});

Deno.test("Listeners removes the one that was added last, wrapped or not", () => {
  const listeners = new Listeners();
  const log: string[] = [];
  const a = noting(log, "a");
  const b = noting(log, "b");
  for (const listener of [a, b, a]) listeners.add("x", listener);
  assert(listeners.remove("x", a));
  assertEquals(listeners.list("x"), [a, b]);
  listeners.addOnce("x", a);
  assert(listeners.remove("x", a));
  assertEquals(listeners.rawList("x"), [a, b]);
  listeners.addOnce("x", b);
  const wrapper = listeners.rawList("x").at(-1);
  assert(wrapper !== undefined && listeners.remove("x", wrapper));
  assertEquals([listeners.remove("x", noting(log, "c")), listeners.remove("y", a)], [false, false]);
  assertEquals(listeners.rawList("x"), [a, b]);
});

Deno.test("Adding and removing during an emit takes effect from the next one on", () => {
  const listeners = new Listeners();
  const log: string[] = [];
  const b = noting(log, "b");
  listeners.add("x", () => {
    log.push("a");
    listeners.remove("x", b);
    listeners.add("x", noting(log, "c"));
  });
  listeners.add("x", b);
  emit(listeners, "x");
  assertEquals(log, ["a", "b"]);
  emit(listeners, "x");
  assertEquals(log, ["a", "b", "a", "c"]);
});

Deno.test("Listeners hands out the same array until the list changes, and never changes it", () => {
  const listeners = new Listeners();
  const [a, b] = [noting([], "a"), noting([], "b")];
  assertEquals(listeners.snapshot("x"), undefined);
  listeners.add("x", a);
  const first = listeners.snapshot("x");
  assert(first !== undefined && first === listeners.snapshot("x"));
  listeners.add("x", b);
  listeners.prepend("x", b);
  listeners.remove("x", a);
  assertEquals([first, listeners.snapshot("x")], [[a], [b, b]]);
  listeners.list("x").length = 0;
  listeners.rawList("x").length = 0;
  assertEquals(listeners.count("x"), 2);
});

Deno.test("Listeners knows names, counts and originals", () => {
  const listeners = new Listeners();
  const symbol = Symbol("event");
  const [a, b] = [noting([], "a"), noting([], "b")];
  listeners.addOnce("x", a);
  listeners.add("x", b);
  listeners.add("x", a);
  listeners.add(symbol, a);
  listeners.add("__proto__", a);
  assertEquals(listeners.names(), ["x", symbol, "__proto__"]);
  assertEquals([listeners.count("x"), listeners.count("x", a), listeners.count("none")], [3, 2, 0]);
  assertEquals(listeners.list("x"), [a, b, a]);
  const [wrapper] = listeners.rawList("x");
  assertNotStrictEquals(wrapper, a);
  assertEquals((wrapper as { listener?: unknown } | undefined)?.listener, a);
  assertEquals([listeners.has("toString"), listeners.list("constructor")], [false, []]);
});

Deno.test("A number names the same event as its text", () => {
  const listeners = new Listeners();
  const a = noting([], "a");
  const one = 1 as unknown as EventName;
  listeners.add(one, a);
  listeners.add("1", a);
  assertEquals([listeners.names(), listeners.snapshot("1")], [["1"], [a, a]]);
  assert(listeners.remove(one, a));
  assertEquals([listeners.count(one), listeners.has(one)], [1, true]);
});

Deno.test("An event without listeners is forgotten", () => {
  const listeners = new Listeners();
  const a = noting([], "a");
  for (const name of ["x", "y", "z"]) listeners.add(name, a);
  listeners.remove("x", a);
  listeners.removeAll("y");
  assertEquals([listeners.names(), listeners.has("x"), listeners.snapshot("y")], [
    ["z"],
    false,
    undefined,
  ]);
  listeners.removeAll();
  assertEquals(listeners.names(), []);
});

Deno.test("A listener's own property named listener does not make it a wrapper", () => {
  const listeners = new Listeners();
  const inner = noting([], "inner");
  const own: Listener = Object.assign(noting([], "own"), { listener: inner });
  listeners.add("x", own);
  assertEquals([listeners.list("x"), listeners.remove("x", inner)], [[own], false]);
});

Deno.test("Listeners refuses what is not a function and stays as it was", () => {
  const listeners = new Listeners();
  for (const value of [undefined, null, "text", {}]) {
    const wrong = value as unknown as Listener;
    for (const method of ["add", "addOnce", "prepend", "prependOnce"] as const) {
      assertThrows(() => listeners[method]("x", wrong), TypeError, "Cannot add listener: must be");
    }
  }
  assertEquals(listeners.names(), []);
});

const METHODS = {
  add: "on",
  addOnce: "once",
  prepend: "prependListener",
  prependOnce: "prependOnceListener",
  remove: "off",
} as const;
const methodNames = Object.keys(METHODS) as (keyof typeof METHODS)[];

Deno.test("Listeners behaves as Node's EventEmitter under any run of changes and emits", () => {
  const change = fc.record({
    do: fc.constantFrom(...methodNames, "emit" as const),
    which: fc.nat({ max: 3 }),
    event: fc.constantFrom("x", "y"),
  });
  const script = fc.array(change, { maxLength: 40 });
  const reactions = fc.array(fc.option(change), { maxLength: 10 });
  fc.assert(fc.property(script, reactions, (changes, onCall) => {
    const [ours, theirs] = [new Listeners(), new EventEmitter()];
    theirs.setMaxListeners(0);
    const logs: [string[], string[]] = [[], []];
    const sides = [
      (each: typeof changes[number], all: readonly Listener[]): void => {
        const listener = all[each.which] as Listener;
        if (each.do === "emit") emit(ours, each.event);
        else ours[each.do](each.event, listener);
      },
      (each: typeof changes[number], all: readonly Listener[]): void => {
        const listener = all[each.which] as (...args: unknown[]) => void;
        if (each.do === "emit") theirs.emit(each.event);
        else theirs[METHODS[each.do]](each.event, listener);
      },
    ];
    for (const [side, apply] of sides.entries()) {
      const log = logs[side as 0 | 1];
      const reaction = [...onCall];
      const all: Listener[] = [0, 1, 2, 3].map((which) => () => {
        log.push(String(which));
        const next = reaction.shift();
        if (next !== null && next !== undefined && next.do !== "emit") apply(next, all);
      });
      for (const each of changes) apply(each, all);
      log.push(...["x", "y"].map((event) => {
        const list = side === 0 ? ours.list(event) : theirs.listeners(event);
        return list.map((listener) => all.indexOf(listener as Listener)).join();
      }));
    }
    assertEquals(logs[0], logs[1]);
  }));
});

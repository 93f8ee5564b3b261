/** Tests the listener methods of what fires a few events of its own. */
import { assert, assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { Emitter } from "../../src/base/emitter.ts";
import type { ListenerMethods } from "../../src/base/listener_methods.ts";
import { compiles, type Equal, expectType } from "../types/expect.ts";

interface Events {
  count: (value: number) => void;
  done: () => void;
}

class Counter extends Emitter<Events> {
  readonly changes: (string | symbol)[] = [];
  readonly failures: [error: unknown, event: string][] = [];

  fire(value: number): void {
    this.announceTo(
      {
        handlerFailed: (error, event) => void this.failures.push([error, event]),
      },
      "count",
      value,
    );
  }

  protected override listenersChanged(event: string | symbol): void {
    this.changes.push(event);
  }
}

Deno.test("Emitter calls listeners in the order in which they were added, prepended ones first", () => {
  const counter = new Counter();
  const calls: string[] = [];
  const note = (name: string) => (value: number): void => void calls.push(`${name} ${value}`);
  counter.on("count", note("on")).addListener("count", note("add")).once("count", note("once"));
  counter.prependListener("count", note("prepend"));
  assertStrictEquals(counter.prependOnceListener("count", note("prepend once")), counter);
  counter.fire(1);
  counter.fire(2);
  const again = ["prepend 2", "on 2", "add 2"];
  assertEquals(calls, ["prepend once 1", "prepend 1", "on 1", "add 1", "once 1", ...again]);
});

Deno.test("Emitter gives listeners itself as this, and reports those that fail", () => {
  const counter = new Counter();
  const failure = new Error("listener");
  const seen: unknown[] = [];
  counter.on("count", () => {
    throw failure;
  });
  counter.on("count", function (this: unknown): void {
    seen.push(this);
  });
  counter.fire(1);
  assertEquals([seen, counter.failures], [[counter], [[failure, "count"]]]);
});

Deno.test("Emitter removes one listener, those of an event, or all", () => {
  const counter = new Counter();
  const listener = (): void => {};
  counter.on("count", listener).on("count", listener).once("count", listener);
  counter.off("count", listener).removeListener("count", listener);
  assertEquals(counter.listenerCount("count"), 1);
  counter.off("count", () => {}).off("done", listener);
  assertEquals(counter.listenerCount("count"), 1);
  counter.on("done", listener).on("custom", listener);
  assertStrictEquals(counter.removeAllListeners("done"), counter);
  assertEquals(counter.eventNames(), ["count", "custom"]);
  counter.removeAllListeners();
  assertEquals(counter.eventNames(), []);
});

Deno.test("Emitter tells its listeners, as they were added and as they are kept", () => {
  const counter = new Counter();
  const [a, b] = [(): void => {}, (): void => {}];
  const name = Symbol("name");
  counter.on("count", a).once("count", b).on(name, a);
  assertEquals(counter.listeners("count"), [a, b]);
  const [first, second] = counter.rawListeners("count");
  assertStrictEquals(first, a);
  assert(second !== b);
  assertStrictEquals(Reflect.get(second ?? {}, "listener"), b);
  counter.listeners("count").pop();
  counter.rawListeners("count").pop();
  assertEquals([counter.listenerCount("count"), counter.listenerCount("count", b)], [2, 1]);
  assertEquals([counter.listenerCount("done"), counter.listeners("done")], [0, []]);
  assertEquals(counter.eventNames(), ["count", name]);
});

Deno.test("Emitter keeps the number of setMaxListeners", () => {
  const counter = new Counter();
  assertEquals(counter.getMaxListeners(), 10);
  assertStrictEquals(counter.setMaxListeners(0), counter);
  assertEquals(counter.getMaxListeners(), 0);
});

Deno.test("Emitter refuses what is no function, and stays as it is", () => {
  const counter = new Counter();
  // Users of JavaScript can give anything.
  const wrong = "no function" as unknown as () => void;
  const adds = ["on", "once", "addListener", "prependListener", "prependOnceListener"] as const;
  for (const add of adds) {
    assertThrows(() => counter[add]("count", wrong), TypeError, "Cannot add listener");
  }
  assertEquals([counter.eventNames(), counter.changes], [[], []]);
});

Deno.test("Emitter tells the class that extends it of each change, and of no call without one", () => {
  const counter = new Counter();
  const listener = (): void => {};
  counter.on("count", listener).prependOnceListener("done", listener).off("count", () => {});
  assertEquals(counter.changes.splice(0), ["count", "done"]);
  counter.removeAllListeners();
  assertEquals(counter.changes, ["count", "done"]);
});

Deno.test("Known events type their listeners, others are taken as they are", () => {
  compiles((methods: ListenerMethods<Events>) => {
    methods.on("count", (value) => expectType<Equal<typeof value, number>>());
    methods.prependOnceListener("count", (value) => expectType<Equal<typeof value, number>>());
    methods.on("custom", (text: string) => text.length);
    methods.once(Symbol("custom"), () => {});
    expectType<Equal<ReturnType<typeof methods.eventNames>, (string | symbol)[]>>();
    const listeners = methods.listeners("count");
    expectType<Equal<typeof listeners, ((value: number) => void)[]>>();
    // @ts-expect-error these events are the library's to fire
    methods.emit("count", 1);
    // @ts-expect-error a listener is a function
    methods.on("count", "listener");
  });
});

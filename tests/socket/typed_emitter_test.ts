import { assert, assertEquals, assertFalse, assertStrictEquals, assertThrows } from "@std/assert";
import type { HandlerErrorSink } from "../../src/base/invoke.ts";
import { Listeners } from "../../src/base/listeners.ts";
import { TypedEmitter } from "../../src/socket/typed_emitter.ts";

interface Events {
  hello: (name: string) => void;
  count: (...numbers: number[]) => void;
}

interface Reserved {
  end: (reason: string) => void;
}

class Emitter extends TypedEmitter<Events, Reserved> {
  readonly failures: [unknown, string][] = [];
  readonly #sink: HandlerErrorSink = {
    handlerFailed: (error, event) => this.failures.push([error, event]),
  };

  get shared(): Listeners {
    return this.listenerList;
  }

  end(reason: string): boolean {
    return this.emitReserved(this.#sink, "end", reason);
  }

  fire(event: string | symbol, ...args: unknown[]): boolean {
    return this.emitUntyped(this.#sink, event, args);
  }
}

/** Listeners that write down who was called with what. */
function recorder(): { calls: string[]; listener: (id: string) => (name: string) => void } {
  const calls: string[] = [];
  return { calls, listener: (id) => (name) => void calls.push(`${id}:${name}`) };
}

Deno.test("TypedEmitter calls listeners in order, with the arguments and itself as this", () => {
  const emitter = new Emitter();
  const calls: unknown[] = [];
  emitter.on("count", function (this: unknown, ...numbers): void {
    calls.push([this, numbers]);
  });
  emitter.addListener("count", (...numbers) => calls.push(numbers));
  assert(emitter.fire("count", 1, 2));
  assertEquals(calls, [[emitter, [1, 2]], [1, 2]]);
});

Deno.test("TypedEmitter puts prepended listeners first", () => {
  const emitter = new Emitter();
  const { calls, listener } = recorder();
  emitter.on("hello", listener("on"))
    .prependListener("hello", listener("first"))
    .prependOnceListener("hello", listener("once"));
  emitter.fire("hello", "a");
  emitter.fire("hello", "b");
  assertEquals(calls, ["once:a", "first:a", "on:a", "first:b", "on:b"]);
});

Deno.test("TypedEmitter calls a once listener once", () => {
  const emitter = new Emitter();
  const { calls, listener } = recorder();
  emitter.once("hello", listener("once"));
  assert(emitter.fire("hello", "a"));
  assertFalse(emitter.fire("hello", "b"));
  assertEquals(calls, ["once:a"]);
});

Deno.test("TypedEmitter tells whether there was a listener", () => {
  const emitter = new Emitter();
  assertFalse(emitter.end("done"));
  emitter.on("end", () => {});
  assert(emitter.end("done"));
});

Deno.test("TypedEmitter reports what listeners throw or reject, and calls the others", async () => {
  const emitter = new Emitter();
  const reasons: string[] = [];
  emitter.on("end", () => {
    throw new RangeError("thrown");
  });
  emitter.on("end", async () => {
    await Promise.reject(new RangeError("rejected"));
  });
  emitter.on("end", (reason) => void reasons.push(reason));
  assert(emitter.end("done"));
  assertEquals(reasons, ["done"]);
  await new Promise<void>((resolve) => queueMicrotask(resolve));
  await Promise.resolve();
  assertEquals(emitter.failures, [
    [new RangeError("thrown"), "end"],
    [new RangeError("rejected"), "end"],
  ]);
});

Deno.test("TypedEmitter names an event that is a symbol when its listener fails", () => {
  const emitter = new Emitter();
  const event = Symbol("secret");
  emitter.addListener(event, () => {
    throw new RangeError("thrown");
  });
  emitter.fire(event);
  assertEquals(emitter.failures.map(([, name]) => name), ["Symbol(secret)"]);
});

Deno.test("TypedEmitter removes one listener, or all", () => {
  const emitter = new Emitter();
  const { calls, listener } = recorder();
  const first = listener("first");
  emitter.on("hello", first).on("hello", first).on("hello", listener("other"));
  assertStrictEquals(emitter.off("hello", first), emitter);
  emitter.fire("hello", "a");
  assertStrictEquals(emitter.removeListener("hello", first), emitter);
  emitter.removeListener("hello", first);
  emitter.fire("hello", "b");
  assertEquals(calls, ["first:a", "other:a", "other:b"]);

  emitter.on("end", () => {});
  emitter.removeAllListeners("hello");
  assertEquals(emitter.eventNames(), ["end"]);
  emitter.removeAllListeners();
  assertEquals(emitter.eventNames(), []);
});

Deno.test("TypedEmitter lists and counts listeners", () => {
  const emitter = new Emitter();
  const once = (): void => {};
  const always = (): void => {};
  emitter.on("hello", always).on("hello", always).once("hello", once);
  assertEquals(emitter.listeners("hello"), [always, always, once]);
  assertEquals(emitter.listenerCount("hello"), 3);
  assertEquals(emitter.listenerCount("hello", always), 2);
  assertEquals(emitter.listenerCount("unknown"), 0);

  const raw = emitter.rawListeners("hello");
  assertEquals(raw.slice(0, 2), [always, always]);
  assertStrictEquals((raw[2] as unknown as { listener: unknown }).listener, once);

  emitter.listeners("hello").length = 0;
  assertEquals(emitter.listenerCount("hello"), 3);
});

Deno.test("TypedEmitter keeps the number of setMaxListeners, and has no limit", () => {
  const emitter = new Emitter();
  assertEquals(emitter.getMaxListeners(), 10);
  assertStrictEquals(emitter.setMaxListeners(1), emitter);
  assertEquals(emitter.getMaxListeners(), 1);
  for (let added = 0; added < 3; added++) emitter.on("hello", () => {});
  assertEquals(emitter.listenerCount("hello"), 3);
});

Deno.test("TypedEmitter refuses a listener that is not a function, and stays as it was", () => {
  const emitter = new Emitter();
  const wrong = "listener" as unknown as () => void;
  for (
    const add of [
      () => emitter.on("hello", wrong),
      () => emitter.once("hello", wrong),
      () => emitter.addListener("hello", wrong),
      () => emitter.prependListener("hello", wrong),
      () => emitter.prependOnceListener("hello", wrong),
    ]
  ) {
    assertThrows(add, TypeError, 'Cannot add listener: must be a function, found "listener"');
  }
  assertEquals(emitter.eventNames(), []);
});

Deno.test("TypedEmitters that were given one list share their listeners", () => {
  const namespace = new Emitter();
  const server = new Emitter(namespace.shared);
  const { calls, listener } = recorder();
  server.on("hello", listener("server"));
  namespace.fire("hello", "a");
  server.fire("hello", "b");
  assertEquals(calls, ["server:a", "server:b"]);
  assertEquals(new Emitter(new Listeners()).listenerCount("hello"), 0);
});

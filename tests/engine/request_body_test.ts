import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import fc from "fast-check";
import type { Cancel, Clock } from "../../src/base/clock.ts";
import { type BodyOptions, type BodyResult, readTextBody } from "../../src/engine/request_body.ts";

/** A clock that stands still until it is told the time. */
class StillClock implements Clock {
  readonly timers = new Map<() => void, number>();
  #now = 0;

  now(): number {
    return this.#now;
  }

  wallTime(): number {
    return this.#now;
  }

  after(ms: number, callback: () => void): Cancel {
    this.timers.set(callback, this.#now + ms);
    return () => void this.timers.delete(callback);
  }

  advance(ms: number): void {
    this.#now += ms;
    for (const [callback, at] of this.timers) {
      if (at > this.#now) continue;
      this.timers.delete(callback);
      callback();
    }
  }
}

/** A body under the test's control: chunks are given when asked for, and nothing is buffered. */
class Sender {
  readonly clock = new StillClock();
  readonly #chunks: Uint8Array<ArrayBuffer>[];
  readonly #endless: boolean;
  #controller: ReadableStreamDefaultController<Uint8Array<ArrayBuffer>> | undefined;
  /** How many chunks were taken. */
  pulls = 0;
  cancelled = false;

  /** An endless sender waits after its last chunk. */
  constructor(chunks: readonly Uint8Array<ArrayBuffer>[], { endless = false } = {}) {
    this.#chunks = [...chunks];
    this.#endless = endless;
  }

  request(headers: HeadersInit = {}): Request {
    const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
      start: (controller) => void (this.#controller = controller),
      pull: (controller) => {
        const chunk = this.#chunks.shift();
        if (chunk !== undefined) {
          this.pulls += 1;
          controller.enqueue(chunk);
        } else if (!this.#endless) controller.close();
        else return new Promise(() => {});
      },
      cancel: () => void (this.cancelled = true),
    }, { highWaterMark: 0 });
    return new Request("http://localhost/", { method: "POST", body, headers });
  }

  fail(error: Error): void {
    this.#controller?.error(error);
  }

  read(options: Partial<BodyOptions> = {}, headers: HeadersInit = {}): Promise<BodyResult> {
    const defaults = { limitBytes: 1000, timeoutMs: 5000, clock: this.clock };
    return readTextBody(this.request(headers), { ...defaults, ...options });
  }
}

function bytes(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}

function ok(text: string): BodyResult {
  return { outcome: "ok", text };
}

/** Lets all that is due run: reads of a stream take several microtasks. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 50; turn++) await Promise.resolve();
}

Deno.test("readTextBody gives the text of a body in one chunk", async () => {
  assertEquals(await new Sender([bytes("4hello")]).read(), ok("4hello"));
});

Deno.test("readTextBody gives an empty text when there is no body or an empty one", async () => {
  const options = { limitBytes: 10, timeoutMs: 1, clock: new StillClock() };
  assertEquals(await readTextBody(new Request("http://localhost/"), options), ok(""));
  assertEquals(await new Sender([]).read(), ok(""));
  assertEquals(await new Sender([bytes(""), bytes("")]).read(), ok(""));
});

Deno.test("readTextBody gives an empty text when the body was read or is being read", async () => {
  const sender = new Sender([bytes("abc")]);
  const options = { limitBytes: 10, timeoutMs: 1, clock: sender.clock };
  const used = sender.request();
  await used.text();
  assertEquals(await readTextBody(used, options), ok(""));
  const locked = new Sender([bytes("abc")]).request();
  locked.body?.getReader();
  assertEquals(await readTextBody(locked, options), ok(""));
  const begun = new Sender([bytes("abc"), bytes("def")]).request();
  const reader = begun.body?.getReader();
  await reader?.read();
  reader?.releaseLock();
  assertEquals(await readTextBody(begun, options), ok(""));
});

Deno.test("readTextBody keeps a byte order mark", async () => {
  assertEquals(await new Sender([bytes("\ufeff4a")]).read(), ok("\ufeff4a"));
  const cut = [...bytes("\ufeff4a\ufeff")].map((byte) => Uint8Array.of(byte));
  assertEquals(await new Sender(cut).read(), ok("\ufeff4a\ufeff"));
});

Deno.test("readTextBody replaces malformed UTF-8 by U+FFFD", async () => {
  const malformed = [Uint8Array.of(0x34, 0xff, 0x61), Uint8Array.of(0xe2, 0x82)];
  assertEquals(await new Sender(malformed).read(), ok("4\ufffda\ufffd"));
  assertEquals(await new Sender([Uint8Array.of(0xf0, 0x9f)]).read(), ok("\ufffd"));
});

Deno.test("readTextBody accepts exactly the limit and refuses one byte more", async () => {
  for (const announced of [true, false]) {
    for (const size of [1, 3, 1000]) {
      const chunks = [];
      for (let from = 0; from < 1000; from += size) {
        chunks.push(bytes("x".repeat(Math.min(size, 1000 - from))));
      }
      const right = new Sender(chunks);
      const length = (bytes: number): HeadersInit =>
        announced ? { "content-length": `${bytes}` } : {};
      assertEquals(await right.read({}, length(1000)), ok("x".repeat(1000)));
      const over = new Sender([...chunks, bytes("x")]);
      assertEquals(await over.read({}, length(1001)), { outcome: "tooLarge" });
      assert(over.cancelled);
      assertEquals(over.clock.timers.size, 0);
    }
  }
});

Deno.test("readTextBody counts bytes, not characters", async () => {
  const body = bytes("\u00e9".repeat(5));
  assertEquals(await new Sender([body]).read({ limitBytes: 10 }), ok("\u00e9".repeat(5)));
  assertEquals(await new Sender([body]).read({ limitBytes: 9 }), { outcome: "tooLarge" });
});

Deno.test("readTextBody reads nothing of a body that is announced too large", async () => {
  for (const announced of ["1001", "99999999999999999999999"]) {
    const sender = new Sender([bytes("x")], { endless: true });
    const result = await sender.read({}, { "content-length": announced });
    assertEquals(result, { outcome: "tooLarge" });
    assertEquals(sender.pulls, 0);
    assert(sender.cancelled);
    assertEquals(sender.clock.timers.size, 0);
  }
});

Deno.test("readTextBody counts when the announced length is malformed or too small", async () => {
  for (const announced of ["1", "-1", "1e9", "0x7fffffff", "many"]) {
    const headers = { "content-length": announced };
    assertEquals(await new Sender([bytes("abc")]).read({}, headers), ok("abc"));
    const over = new Sender([bytes("x".repeat(1001))]);
    assertEquals(await over.read({}, headers), { outcome: "tooLarge" });
  }
});

Deno.test("readTextBody takes no chunk more once the limit is passed", async () => {
  const sender = new Sender(Array.from({ length: 100 }, () => bytes("x".repeat(400))));
  assertEquals(await sender.read(), { outcome: "tooLarge" });
  await settle();
  assertEquals(sender.pulls, 3);
  assert(sender.cancelled);
});

Deno.test("readTextBody gives up after timeoutMs, however many bytes come", async () => {
  const sender = new Sender([bytes("a"), bytes("b")], { endless: true });
  const result = sender.read();
  let ended = false;
  result.then(() => ended = true);
  await settle();
  sender.clock.advance(4999);
  await settle();
  assert(!ended && !sender.cancelled);
  sender.clock.advance(1);
  assertEquals(await result, { outcome: "timedOut" });
  assert(sender.cancelled);
  assertEquals(sender.clock.timers.size, 0);
});

Deno.test("readTextBody does not wait for a sender that never takes the cancellation", async () => {
  const body = new ReadableStream({ cancel: () => new Promise<void>(() => {}) });
  const request = new Request("http://localhost/", { method: "POST", body });
  const clock = new StillClock();
  const result = readTextBody(request, { limitBytes: 10, timeoutMs: 1, clock });
  clock.advance(1);
  assertEquals(await result, { outcome: "timedOut" });
});

Deno.test("readTextBody survives a sender that fails to cancel", async () => {
  const body = new ReadableStream({ cancel: () => Promise.reject(new Error("gone")) });
  const request = new Request("http://localhost/", { method: "POST", body });
  const clock = new StillClock();
  const result = readTextBody(request, { limitBytes: 10, timeoutMs: 1, clock });
  clock.advance(1);
  assertEquals(await result, { outcome: "timedOut" });
  await settle();
});

Deno.test("readTextBody tells that the peer went away in the middle", async () => {
  const sender = new Sender([bytes("a")], { endless: true });
  const result = sender.read();
  await settle();
  const gone = new Error("connection reset");
  sender.fail(gone);
  assertEquals(await result, { outcome: "aborted", cause: gone });
  assertEquals(sender.clock.timers.size, 0);
});

Deno.test("readTextBody ends when its signal fires in the middle", async () => {
  const sender = new Sender([bytes("a")], { endless: true });
  const controller = new AbortController();
  const result = sender.read({ signal: controller.signal });
  await settle();
  controller.abort("session closed");
  assertEquals(await result, { outcome: "aborted", cause: "session closed" });
  assert(sender.cancelled);
  assertEquals(sender.clock.timers.size, 0);
});

Deno.test("readTextBody reads nothing when its signal has fired before", async () => {
  const sender = new Sender([bytes("a")]);
  const result = await sender.read({ signal: AbortSignal.abort("over") });
  assertEquals(result, { outcome: "aborted", cause: "over" });
  assertEquals(sender.pulls, 0);
  assert(sender.cancelled);
});

Deno.test("readTextBody leaves neither timer nor listener behind", async () => {
  const { signal } = new AbortController();
  const listeners = new Set<unknown>();
  const add = signal.addEventListener.bind(signal);
  const remove = signal.removeEventListener.bind(signal);
  signal.addEventListener = (type: string, listener: EventListener): void => {
    listeners.add(listener);
    add(type, listener);
  };
  signal.removeEventListener = (type: string, listener: EventListener): void => {
    listeners.delete(listener);
    remove(type, listener);
  };
  const sender = new Sender([bytes("abc")], { endless: false });
  const result = sender.read({ signal });
  assertEquals(listeners.size, 1);
  assertEquals(sender.clock.timers.size, 1);
  assertEquals(await result, ok("abc"));
  assertEquals(listeners.size, 0);
  assertEquals(sender.clock.timers.size, 0);
  assert(!sender.cancelled);
});

Deno.test("readTextBody keeps its first outcome when others follow", async () => {
  const sender = new Sender([bytes("a")], { endless: true });
  const controller = new AbortController();
  const result = sender.read({ signal: controller.signal });
  await settle();
  sender.clock.advance(5000);
  controller.abort();
  sender.fail(new Error("late"));
  assertEquals(await result, { outcome: "timedOut" });
});

Deno.test("readTextBody refuses a stream of something else than bytes", async () => {
  // Bypasses the type on purpose: a Request that is made in the process may hold anything.
  const chunks = ["text"] as unknown as Uint8Array<ArrayBuffer>[];
  const sender = new Sender(chunks, { endless: true });
  const result = await sender.read();
  assertStrictEquals(result.outcome, "aborted");
  assert(result.outcome === "aborted" && result.cause instanceof TypeError);
  assert(sender.cancelled);
});

Deno.test("readTextBody gives the same text wherever the body is cut", async () => {
  const part = fc.oneof(
    fc.string({ unit: "grapheme" }).map(bytes),
    fc.uint8Array({ maxLength: 8 }),
    fc.constant(bytes("\ufeff")),
  );
  const cuts = fc.array(fc.nat({ max: 200 }), { maxLength: 20 });
  await fc.assert(fc.asyncProperty(fc.array(part), cuts, async (parts, at) => {
    const whole = Uint8Array.from(parts.flatMap((bytes) => [...bytes]));
    const ends = [
      ...at.filter((end) => end < whole.length).toSorted((a, b) => a - b),
      whole.length,
    ];
    const chunks = ends.map((end, index) => whole.slice(ends[index - 1] ?? 0, end));
    const expected = new TextDecoder("utf-8", { ignoreBOM: true }).decode(whole);
    assertEquals(await new Sender(chunks).read({ limitBytes: whole.length }), ok(expected));
  }));
});

Deno.test("readTextBody gives the same text from chunks around the size of its stage", async () => {
  const whole = bytes("\u20ac\u00e9x".repeat(20_000));
  const expected = new TextDecoder().decode(whole);
  const sizes = fc.array(fc.constantFrom(1, 2, 7, 16_383, 16_384, 16_385, 40_000), {
    minLength: 1,
    maxLength: 5,
  });
  await fc.assert(
    fc.asyncProperty(sizes, async (steps) => {
      const chunks = [];
      let from = 0;
      // Steps of few bytes only come before larger ones, as there would be too many.
      for (const size of [...steps, ...Array<number>(10).fill(20_000)]) {
        chunks.push(whole.slice(from, from += size));
      }
      assertEquals(await new Sender(chunks).read({ limitBytes: whole.length }), ok(expected));
    }),
    { numRuns: 30 },
  );
});

Deno.test("readTextBody copies small chunks together", async () => {
  const chunks = Array.from({ length: 40_000 }, (_, index) => Uint8Array.of(97 + index % 26));
  const decode = TextDecoder.prototype.decode;
  let decoded = 0;
  TextDecoder.prototype.decode = function (input, options): string {
    decoded += 1;
    return decode.call(this, input, options);
  };
  try {
    const result = await new Sender(chunks).read({ limitBytes: 40_000 });
    assert(result.outcome === "ok");
    assertEquals(result.text.length, 40_000);
    assertEquals(result.text.slice(0, 27), "abcdefghijklmnopqrstuvwxyza");
    assertEquals(decoded, 4); // two full stages, the rest, and the end
  } finally {
    TextDecoder.prototype.decode = decode;
  }
});

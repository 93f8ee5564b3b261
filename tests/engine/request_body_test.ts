/** Tests of reading a body as text: bounds, times, ends, and what comes after the end. */
import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import fc from "fast-check";
import { type BodyOptions, type BodyResult, readBody } from "../../src/engine/request_body.ts";
import { PushedBody } from "../support/fake_call.ts";
import { FakeClock } from "../support/fake_clock.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** A body under the test's control, and the reading of it. */
class Reading {
  readonly clock = new FakeClock();
  readonly body = new PushedBody();
  readonly stop = new AbortController();
  /** Listeners of the signal that are still there. */
  readonly listeners = new Set<unknown>();
  /** How it ended, once it has. */
  result: BodyResult | undefined;

  constructor() {
    const { signal } = this.stop;
    const add = signal.addEventListener.bind(signal);
    const remove = signal.removeEventListener.bind(signal);
    signal.addEventListener = (type: string, listener: EventListener): void => {
      this.listeners.add(listener);
      add(type, listener);
    };
    signal.removeEventListener = (type: string, listener: EventListener): void => {
      this.listeners.delete(listener);
      remove(type, listener);
    };
  }

  async start(options: Partial<BodyOptions> = {}): Promise<BodyResult> {
    const { clock, stop: { signal } } = this;
    const defaults = { announcedBytes: 0, limitBytes: 1000, timeoutMs: 5000, clock, signal };
    this.result = await readBody(this.body, { ...defaults, ...options });
    assertEquals([clock.waiting, this.listeners.size], [0, 0], "a timer or a listener is left");
    return this.result;
  }
}

/** Reads a body that is pushed whole, in these pieces, as soon as somebody reads. */
function readPushed(
  pieces: readonly (string | Bytes)[],
  options: Partial<BodyOptions> = {},
): Promise<BodyResult> {
  const { reading } = pushing(pieces);
  return reading.start(options);
}

function pushing(pieces: readonly (string | Bytes)[]): { reading: Reading; body: PushedBody } {
  const reading = new Reading();
  const { body } = reading;
  body.onRead = () => {
    for (const piece of pieces) body.push(piece);
    body.end();
  };
  return { reading, body };
}

function bytes(text: string): Bytes {
  return new TextEncoder().encode(text);
}

function ok(text: string): BodyResult {
  return { outcome: "ok", data: text };
}

/** Lets all that is due run. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 10; turn++) await Promise.resolve();
}

/** Counts how often something is decoded, until it is told to stop. */
function countDecoded(): { decoded: number; restore(): void } {
  const decode = TextDecoder.prototype.decode;
  const count = {
    decoded: 0,
    restore(): void {
      TextDecoder.prototype.decode = decode;
    },
  };
  TextDecoder.prototype.decode = function (input, options): string {
    count.decoded += 1;
    return decode.call(this, input, options);
  };
  return count;
}

Deno.test("readBody gives the text of a body in one piece", async () => {
  assertEquals(await readPushed(["4hello"]), ok("4hello"));
});

Deno.test("readBody gives an empty text when nothing comes, or nothing but empty pieces", async () => {
  assertEquals(await readPushed([]), ok(""));
  assertEquals(await readPushed(["", ""]), ok(""));
});

Deno.test("readBody puts pieces together in the order in which they come", async () => {
  const reading = new Reading();
  const result = reading.start();
  for (const piece of ["4a", "", "\u20ac", "b", "\x1e4c"]) {
    reading.body.push(piece);
    await settle();
    assertEquals(reading.result, undefined);
  }
  reading.body.end();
  assertEquals(await result, ok("4a\u20acb\x1e4c"));
  assertEquals([reading.body.reads, reading.body.cancels], [1, 0]);
});

Deno.test("readBody keeps a byte order mark", async () => {
  assertEquals(await readPushed(["\ufeff4a"]), ok("\ufeff4a"));
  const cut = [...bytes("\ufeff4a\ufeff")].map((byte) => Uint8Array.of(byte));
  assertEquals(await readPushed(cut), ok("\ufeff4a\ufeff"));
});

Deno.test("readBody replaces malformed UTF-8 by U+FFFD", async () => {
  const malformed = [Uint8Array.of(0x34, 0xff, 0x61), Uint8Array.of(0xe2, 0x82)];
  assertEquals(await readPushed(malformed), ok("4\ufffda\ufffd"));
  assertEquals(await readPushed([Uint8Array.of(0xf0, 0x9f)]), ok("\ufffd"));
});

Deno.test("readBody accepts exactly the limit and refuses one byte more", async () => {
  for (const announced of [true, false]) {
    for (const size of [1, 3, 1000]) {
      const pieces: string[] = [];
      for (let from = 0; from < 1000; from += size) {
        pieces.push("x".repeat(Math.min(size, 1000 - from)));
      }
      const length = (bytes: number): number => announced ? bytes : 0;
      const right = pushing(pieces);
      assertEquals(
        await right.reading.start({ announcedBytes: length(1000) }),
        ok("x".repeat(1000)),
      );
      assertEquals(right.body.cancels, 0);
      const over = pushing([...pieces, "x"]);
      const result = await over.reading.start({ announcedBytes: length(1001) });
      assertEquals(result, { outcome: "tooLarge" });
      assertEquals([over.body.reads, over.body.cancels], [announced ? 0 : 1, 1]);
    }
  }
});

Deno.test("readBody counts bytes, not characters", async () => {
  const text = "\u00e9".repeat(5);
  assertEquals(await readPushed([text], { limitBytes: 10 }), ok(text));
  assertEquals(await readPushed([text], { limitBytes: 9 }), { outcome: "tooLarge" });
});

Deno.test("readBody reads nothing of a body that is announced too large", async () => {
  for (const announcedBytes of [1001, 1e23, Infinity]) {
    const reading = new Reading();
    assertEquals(await reading.start({ announcedBytes }), { outcome: "tooLarge" });
    assertEquals([reading.body.reads, reading.body.cancels], [0, 1]);
  }
});

Deno.test("readBody counts when less was announced than comes", async () => {
  for (const announcedBytes of [0, 1, 999]) {
    assertEquals(await readPushed(["abc"], { announcedBytes }), ok("abc"));
    const over = await readPushed(["x".repeat(1001)], { announcedBytes });
    assertEquals(over, { outcome: "tooLarge" });
  }
});

Deno.test("readBody takes no piece more once the limit is passed", async () => {
  const reading = new Reading();
  const result = reading.start();
  for (let count = 0; count < 100; count++) reading.body.push("x".repeat(400));
  reading.body.end();
  assertEquals(await result, { outcome: "tooLarge" });
  assertEquals(reading.body.cancels, 1);
});

Deno.test("readBody does nothing with pieces that it does not take", async () => {
  const count = countDecoded();
  try {
    const pieces = ["a", "b", new Uint8Array(100_000)];
    assertEquals(await readPushed(pieces), { outcome: "tooLarge" });
    const late = new Reading();
    const result = late.start({ limitBytes: 1_000_000 });
    late.clock.advance(5000);
    for (let count = 0; count < 3; count++) late.body.push(new Uint8Array(100_000));
    assertEquals(await result, { outcome: "timedOut" });
    assertEquals(count.decoded, 0);
  } finally {
    count.restore();
  }
});

Deno.test("readBody gives up after timeoutMs, however many bytes come", async () => {
  const reading = new Reading();
  const result = reading.start();
  for (let ms = 0; ms < 4999; ms++) {
    if (ms % 100 === 0) reading.body.push("a");
    reading.clock.advance(1);
  }
  await settle();
  assertEquals([reading.result, reading.body.cancels], [undefined, 0]);
  reading.clock.advance(1);
  assertEquals(await result, { outcome: "timedOut" });
  assertEquals(reading.body.cancels, 1);
});

Deno.test("readBody tells that the peer went away in the middle", async () => {
  const reading = new Reading();
  const result = reading.start();
  const gone = new Error("connection reset");
  reading.body.push("a").fail(gone);
  assertEquals(await result, { outcome: "aborted", cause: gone });
});

Deno.test("readBody tells that the peer had gone before anything came", async () => {
  const reading = new Reading();
  const gone = new Error("connection reset");
  reading.body.onRead = () => reading.body.fail(gone);
  const result = await reading.start();
  assert(result.outcome === "aborted");
  assertStrictEquals(result.cause, gone);
});

Deno.test("readBody ends when its signal fires in the middle", async () => {
  const reading = new Reading();
  const result = reading.start();
  reading.body.push("a");
  reading.stop.abort("session closed");
  assertEquals(await result, { outcome: "aborted", cause: "session closed" });
  assertEquals(reading.body.cancels, 1);
});

Deno.test("readBody reads nothing when its signal has fired before", async () => {
  for (const announcedBytes of [0, 1001]) {
    const reading = new Reading();
    reading.stop.abort("over");
    assertEquals(await reading.start({ announcedBytes }), { outcome: "aborted", cause: "over" });
    assertEquals([reading.body.reads, reading.body.cancels], [0, 1]);
  }
});

Deno.test("readBody leaves neither timer nor listener behind", async () => {
  const reading = new Reading();
  const result = reading.start();
  assertEquals([reading.listeners.size, reading.clock.waiting], [1, 1]);
  reading.body.push("abc").end();
  assertEquals([reading.listeners.size, reading.clock.waiting], [0, 0]);
  assertEquals(await result, ok("abc"));
  assertEquals(reading.body.cancels, 0);
});

Deno.test("readBody works without a signal", async () => {
  const body = new PushedBody();
  const clock = new FakeClock();
  const limits = { announcedBytes: 0, limitBytes: 10, timeoutMs: 1, clock };
  const result = readBody(body, limits);
  body.push("4a").end();
  assertEquals([await result, clock.waiting], [ok("4a"), 0]);
});

const ends: Readonly<Record<string, readonly [end: (it: Reading) => void, result: BodyResult]>> = {
  "its end": [({ body }) => body.end(), ok("a")],
  "a break": [({ body }) => body.fail("gone"), { outcome: "aborted", cause: "gone" }],
  "too many bytes": [({ body }) => void body.push(new Uint8Array(1000)), { outcome: "tooLarge" }],
  "the time": [({ clock }) => clock.advance(5000), { outcome: "timedOut" }],
  "the signal": [({ stop }) => stop.abort("closed"), { outcome: "aborted", cause: "closed" }],
};

for (const [name, [first, expected]] of Object.entries(ends)) {
  Deno.test(`readBody keeps its first outcome, ${name}, whatever follows`, async () => {
    const reading = new Reading();
    const result = reading.start();
    reading.body.push("a");
    first(reading);
    const { cancels } = reading.body;
    for (const [second] of Object.values(ends)) second(reading);
    reading.body.push("late");
    assertEquals(await result, expected);
    assertEquals(reading.body.cancels, cancels, "a body is cancelled once");
    assertEquals(cancels, name === "its end" ? 0 : 1);
  });
}

Deno.test("readBody takes a body that calls back inside its cancellation", async () => {
  for (const again of ["fail", "end", "push"] as const) {
    const reading = new Reading();
    const result = reading.start();
    reading.body.onCancel = () => {
      if (again === "push") reading.body.push(new Uint8Array(2000));
      else if (again === "fail") reading.body.fail("again");
      else reading.body.end();
    };
    reading.clock.advance(5000);
    assertEquals([await result, reading.body.cancels], [{ outcome: "timedOut" }, 1]);
  }
});

Deno.test("readBody gives the same text wherever the body is cut", async () => {
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
    const pieces = ends.map((end, index) => whole.slice(ends[index - 1] ?? 0, end));
    const expected = new TextDecoder("utf-8", { ignoreBOM: true }).decode(whole);
    assertEquals(await readPushed(pieces, { limitBytes: whole.length }), ok(expected));
  }));
});

Deno.test("readBody gives the same text from pieces around the size of its stage", async () => {
  const whole = bytes("\u20ac\u00e9x".repeat(20_000));
  const expected = new TextDecoder().decode(whole);
  const sizes = fc.array(fc.constantFrom(1, 2, 7, 16_383, 16_384, 16_385, 40_000), {
    minLength: 1,
    maxLength: 5,
  });
  await fc.assert(
    fc.asyncProperty(sizes, async (steps) => {
      const pieces = [];
      let from = 0;
      // Steps of few bytes only come before larger ones, as there would be too many.
      for (const size of [...steps, ...Array<number>(10).fill(20_000)]) {
        pieces.push(whole.slice(from, from += size));
      }
      assertEquals(await readPushed(pieces, { limitBytes: whole.length }), ok(expected));
    }),
    { numRuns: 30 },
  );
});

Deno.test("readBody copies small pieces together", async () => {
  const pieces = Array.from({ length: 40_000 }, (_, index) => Uint8Array.of(97 + index % 26));
  const count = countDecoded();
  try {
    const result = await readPushed(pieces, { limitBytes: 40_000 });
    assert(result.outcome === "ok");
    assertEquals(result.data.length, 40_000);
    assertEquals(result.data.slice(0, 27), "abcdefghijklmnopqrstuvwxyza");
    assertEquals(count.decoded, 4); // two full stages, the rest, and the end
  } finally {
    count.restore();
  }
});

/** Tests of reading a body as bytes: what `request_body_test.ts` tests of text. */
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { type BodyOptions, type BodyResult, readBody } from "../../src/engine/request_body.ts";
import { engineV3 } from "../../src/wire/engine_v3.ts";
import type { EnginePacket } from "../../src/wire/engine_packet.ts";
import { PushedBody } from "../support/fake_call.ts";
import { FakeClock } from "../support/fake_clock.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** Starts to read a body as bytes. */
function start(
  options: Partial<BodyOptions> = {},
): { body: PushedBody; clock: FakeClock; result: Promise<BodyResult> } {
  const body = new PushedBody();
  const clock = new FakeClock();
  const limits = { announcedBytes: 0, limitBytes: 1_000_000, timeoutMs: 5_000 };
  return { body, clock, result: readBody(body, { ...limits, clock, isBinary: true, ...options }) };
}

async function readPieces(
  pieces: readonly Uint8Array[],
  options: Partial<BodyOptions> = {},
): Promise<BodyResult> {
  const { body, clock, result } = start(options);
  for (const piece of pieces) body.push(piece);
  body.end();
  const read = await result;
  assertEquals(clock.waiting, 0);
  return read;
}

function ok(data: Bytes): BodyResult {
  return { outcome: "ok", data };
}

/** A body of this length, no two neighbouring bytes alike. */
function pattern(length: number): Bytes {
  return new Uint8Array(length).map((_, index) => (index * 31) % 251);
}

/** Cut into pieces of these sizes, over and over. */
function cut(whole: Uint8Array, sizes: readonly number[]): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  let from = 0;
  for (let turn = 0; from < whole.length; turn++) {
    const size = sizes[turn % sizes.length] ?? 1;
    pieces.push(whole.subarray(from, from + size));
    from += size;
  }
  return pieces;
}

Deno.test("readBody gives the bytes of a body, also those that are no text", async () => {
  const all = Uint8Array.from({ length: 256 }, (_, index) => index);
  assertEquals(await readPieces([all]), ok(all));
  assertEquals(
    await readPieces([Uint8Array.of(0xef, 0xbb, 0xbf)]),
    ok(Uint8Array.of(0xef, 0xbb, 0xbf)),
  );
});

Deno.test("readBody gives no bytes when nothing comes, or nothing but empty pieces", async () => {
  assertEquals(await readPieces([]), ok(new Uint8Array()));
  assertEquals(await readPieces([new Uint8Array(), new Uint8Array()]), ok(new Uint8Array()));
});

Deno.test("readBody gives the same bytes wherever the body is cut", async () => {
  const sizes = fc.array(fc.constantFrom(1, 2, 7, 100, 16_383, 16_384, 16_385, 40_000), {
    minLength: 1,
    maxLength: 4,
  });
  const lengths = fc.constantFrom(0, 1, 255, 16_383, 16_384, 16_385, 32_768, 32_769, 70_000);
  await fc.assert(
    fc.asyncProperty(lengths, sizes, async (length, cuts) => {
      const whole = pattern(length);
      assertEquals(await readPieces(cut(whole, cuts)), ok(whole));
    }),
    { numRuns: 60 },
  );
});

Deno.test("A payload of bytes holds the same packets wherever the body is cut", async () => {
  const packet = fc.uint8Array({ maxLength: 20 }).map((data): EnginePacket => ({
    type: "message",
    data: new Uint8Array(data),
  }));
  await fc.assert(
    fc.asyncProperty(
      fc.array(packet, { maxLength: 6 }),
      fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1 }),
      async (packets, cuts) => {
        const parts = packets.flatMap(({ data }) => {
          const length = 1 + (data?.length ?? 0);
          return [1, ...[...String(length)].map(Number), 255, 4, ...data as Bytes];
        });
        const read = await readPieces(cut(Uint8Array.from(parts), cuts));
        assert(read.outcome === "ok");
        assertEquals([...engineV3.decodePayload(read.data)], packets);
      },
    ),
    { numRuns: 100 },
  );
});

Deno.test("readBody gives bytes that share no memory with the pieces they came in", async () => {
  const piece = pattern(10);
  const { body, result } = start();
  body.push(piece);
  piece.fill(0);
  body.push(piece).end();
  const read = await result;
  assertEquals(read, ok(Uint8Array.of(...pattern(10), ...new Uint8Array(10))));
});

Deno.test("readBody accepts exactly the limit in bytes and refuses one more, announced or not", async () => {
  for (const announced of [true, false]) {
    for (const size of [1, 3, 1_000]) {
      const whole = pattern(1_000);
      const announcedBytes = announced ? 1_000 : 0;
      const options = { announcedBytes, limitBytes: 1_000 };
      assertEquals(await readPieces(cut(whole, [size]), options), ok(whole));
      const { body, clock, result } = start({ limitBytes: 999, announcedBytes: announced ? 1 : 0 });
      for (const piece of cut(whole, [size])) body.push(piece);
      assertEquals([await result, body.cancels, clock.waiting], [{ outcome: "tooLarge" }, 1, 0]);
    }
  }
});

Deno.test("readBody reads nothing of bytes that are announced too large", async () => {
  const { body, clock, result } = start({ announcedBytes: 1_000_001 });
  assertEquals(await result, { outcome: "tooLarge" });
  assertEquals([body.reads, body.cancels, clock.waiting], [0, 1, 0]);
});

Deno.test("readBody gives up on bytes after timeoutMs, and when they break off", async () => {
  const late = start();
  late.body.push(pattern(10));
  late.clock.advance(5_000);
  assertEquals([await late.result, late.body.cancels], [{ outcome: "timedOut" }, 1]);
  const cause = new Error("connection reset");
  const gone = start();
  gone.body.push(pattern(10));
  gone.body.fail(cause);
  assertEquals(await gone.result, { outcome: "aborted", cause });
  assertEquals([late.clock.waiting, gone.clock.waiting], [0, 0]);
});

Deno.test("readBody copies a megabyte of single bytes together in linear time", async () => {
  const whole = pattern(1_000_000);
  const begin = performance.now();
  const read = await readPieces(cut(whole, [1]));
  assert(performance.now() - begin < 3_000);
  assert(read.outcome === "ok" && typeof read.data !== "string");
  assertEquals(read.data.length, 1_000_000);
  assert(read.data.every((byte, index) => byte === whole[index]));
  // Twice the limit at most is held.
  assert(read.data.buffer.byteLength <= 2_097_152);
});

import { assert, assertEquals } from "@std/assert";
import { Buffer } from "node:buffer";
import fc from "fast-check";
import { LimitError, PacketError } from "../../src/base/errors.ts";
import * as parser from "../../src/extra/msgpack.ts";
import { parserCodec, type ParserPacket } from "../../src/wire/parser_codec.ts";
import { MSGPACK_DECODE_DIFFERENCES } from "../extra/known_differences.ts";
import {
  decodeOurs,
  decodePublished,
  encodeOurs,
  encodePublished,
  eventFrame,
} from "../extra/published_msgpack.ts";

const RUNS = { numRuns: 2_000 };
const MEGABYTE = 1_000_000;

const bytes = fc.uint8Array({ maxLength: 40 }).map((array) => new Uint8Array(array));

/** Binary data that fills its buffer: of a part, the published encoder sends more than was given. */
const binary = fc.oneof(
  bytes,
  bytes.map((array) => array.buffer),
  bytes.map((array) => Buffer.from(array)),
  bytes.map((array) => new DataView(array.buffer)),
  fc.float32Array({ maxLength: 3 }).map((array) => new Float32Array(array)),
);

/** Whole numbers are within 64 bits: others are a known difference. */
const number = fc.oneof(
  fc.integer(),
  fc.maxSafeInteger(),
  fc.double().filter((value) => !Number.isInteger(value) || Math.abs(value) < 2 ** 63),
  fc.constantFrom(-0, NaN, 2 ** 32, 2 ** 53, 2 ** 63, 2 ** 64 - 2048, -(2 ** 63)),
);

const text = fc.oneof(
  fc.string(),
  fc.string({ unit: "binary" }).filter((value) => value.isWellFormed()),
  fc.string({ minLength: 190, maxLength: 300 }).map((value) => `\ufeff${value}`),
);

const odd = fc.oneof(
  fc.constantFrom(undefined, null, true, false),
  fc.date({ noInvalidDate: false }),
  fc.constantFrom(0, 1, 2).map((kind) => [new Map([[1, 2]]), Object("boxed"), /x/][kind]),
);

const key = fc.oneof(fc.string({ maxLength: 3 }), fc.constantFrom("toString", "0", "-1", "é"))
  .filter((name) => name !== "__proto__");

class Converting {
  readonly #value: unknown;

  constructor(value: unknown) {
    this.#value = value;
  }

  toJSON(): unknown {
    return this.#value;
  }
}

const { tree: anything } = fc.letrec<{ tree: unknown; leaf: unknown }>((tie) => ({
  leaf: fc.oneof(text, number, odd, binary),
  tree: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    tie("leaf"),
    fc.array(tie("tree"), { maxLength: 4 }),
    fc.array(tie("leaf"), { maxLength: 20, size: "max" }),
    fc.dictionary(key, fc.oneof(tie("tree"), fc.constant(() => 1)), { maxKeys: 18 }),
    tie("tree").map((value) => new Converting(value)),
    tie("tree").map((value) => ({ toJSON: value })),
  ),
}));

/** Packets of every type, with or without what they may leave out. */
const packet: fc.Arbitrary<ParserPacket> = fc.oneof(
  fc.record({
    type: fc.constantFrom(2, 3),
    nsp: fc.constantFrom("/", "/admin", "/é"),
    data: fc.array(anything, { maxLength: 4 }),
    id: fc.option(fc.nat(), { nil: undefined }),
  }, { requiredKeys: ["type", "nsp", "data"] }) as fc.Arbitrary<ParserPacket>,
  fc.record({
    type: fc.constantFrom(0, 4),
    nsp: fc.constantFrom("/", "/admin"),
    data: fc.dictionary(key, anything),
  }).filter(({ data }) => typeof data.toJSON !== "function"),
);

/** Bytes that begin a value of every kind, so that random frames get far. */
const head = fc.constantFrom(
  ...[0x80, 0x81, 0x90, 0x91, 0x92, 0xa0, 0xa1, 0xa3, 0xc0, 0xc1, 0xc2, 0xc4, 0xc5, 0xc6, 0xc7],
  ...[0xc8, 0xc9, 0xca, 0xcb, 0xcc, 0xcf, 0xd3, 0xd4, 0xd5, 0xd7, 0xd8, 0xd9, 0xda, 0xdb, 0xdc],
  ...[0xdd, 0xde, 0xdf, 0xff, 0x00, 0x01, 0x05],
);
const noise = fc.array(fc.oneof(head, fc.integer({ min: 0, max: 255 })), {
  maxLength: 60,
  size: "max",
});

/** A valid frame with one place changed. */
const mutated = fc.tuple(packet, fc.nat(), fc.nat(3), noise).map(
  ([valid, position, removed, inserted]) => {
    const frame = encodeOurs(valid);
    const at = position % (frame.length + 1);
    return Uint8Array.from([...frame.slice(0, at), ...inserted, ...frame.slice(at + removed)]);
  },
);

const anyFrame = fc.oneof(
  noise.map((values) => Uint8Array.from(values)),
  noise.map((values) => eventFrame(values)),
  mutated,
);

function checkSame(frame: Uint8Array): void {
  const ours = decodeOurs(frame);
  // The published decoder takes memory for whatever length an array or an extension of 32 bits
  // announces, up to gigabytes, before it finds out that the bytes are not there.
  const isHuge = frame.includes(0xc9) || frame.includes(0xdd);
  if (ours.kind === "refused" && isHuge) return;
  const theirs = decodePublished(frame);
  if (ours.kind === "refused") {
    const isKnown = MSGPACK_DECODE_DIFFERENCES.some(({ message }) => message.test(ours.message));
    assert(theirs.kind === "refused" || isKnown, `${ours.message}: ${frame}`);
  } else assertEquals(ours, theirs, String(frame));
}

Deno.test("msgpack: what is encoded is byte by byte what the published encoder gives", () => {
  fc.assert(
    fc.property(packet, (value) => assertEquals(encodeOurs(value), encodePublished(value))),
    RUNS,
  );
});

Deno.test("msgpack: what either side encodes, both read alike", () => {
  fc.assert(
    fc.property(packet, (value) => {
      const frame = encodeOurs(value);
      assertEquals(decodeOurs(frame).kind, "packet");
      assertEquals(decodeOurs(frame), decodePublished(frame));
    }),
    RUNS,
  );
});

Deno.test("msgpack: any bytes give what the published decoder gives, but for the known differences", () => {
  fc.assert(fc.property(anyFrame, checkSame), { numRuns: 10_000 });
});

Deno.test("msgpack: any bytes give packets or a ProtocolError, and leave nothing behind", () => {
  const codec = parserCodec(parser);
  const next = encodeOurs({ type: 2, nsp: "/", data: ["next"] });
  fc.assert(
    fc.property(fc.array(anyFrame, { maxLength: 4 }), (frames) => {
      const decoder = codec.createDecoder();
      for (const frame of frames) {
        try {
          decoder.push(frame);
        } catch (error) {
          assert(error instanceof PacketError || error instanceof LimitError, String(error));
        }
        assertEquals(decoder.pendingBytes, 0);
        assertEquals(decoder.push(next)?.type, "event");
      }
    }),
    RUNS,
  );
});

Deno.test("msgpack: a frame that is cut anywhere is refused", () => {
  fc.assert(
    fc.property(packet, fc.nat(), (value, position) => {
      const frame = encodeOurs(value);
      const outcome = decodeOurs(frame.subarray(0, position % frame.length));
      assert(outcome.kind === "refused" && /expected more than/.test(outcome.message));
    }),
    RUNS,
  );
});

Deno.test("msgpack: decoding never changes the frame, and encoding never changes the packet", () => {
  fc.assert(
    fc.property(packet, (value) => {
      const before = Deno.inspect(value, { depth: 99, iterableLimit: 999 });
      const frame = encodeOurs(value);
      assertEquals(Deno.inspect(value, { depth: 99, iterableLimit: 999 }), before);
      const copy = frame.slice();
      decodeOurs(frame);
      assertEquals(frame, copy);
    }),
    { numRuns: 500 },
  );
});

/** Hostile or heavy arguments of about `size` bytes, by name. */
const HEAVY: Readonly<Record<string, (size: number) => readonly number[]>> = {
  "arrays in one another": (size) => new Array(size).fill(0x91),
  "maps in one another": (size) => new Array(size).fill(0).map((_, at) => at % 2 ? 0xc0 : 0x81),
  "heads of arrays of 65,535 values in one another": (size) =>
    new Array(size / 3).fill([0xdc, 0xff, 0xff]).flat(),
  "empty maps": (size) => [...arrayHead(size), ...new Array(size).fill(0x80)],
  "short texts that are not ASCII": (size) => [
    ...arrayHead(size / 3),
    ...new Array(size / 3).fill([0xa2, 0xc3, 0xa9]).flat(),
  ],
  "binary data without bytes": (size) => [
    ...arrayHead(size / 2),
    ...new Array(size / 2).fill([0xc4, 0]).flat(),
  ],
  "extensions": (size) => [
    ...arrayHead(size / 3),
    ...new Array(size / 3).fill([0xd4, 0, 0]).flat(),
  ],
  "keys that are all alike": (size) => [
    0xdf,
    ...arrayHead(size / 3).slice(1),
    ...new Array(size / 3).fill([0xa1, 0x61, 0xc0]).flat(),
  ],
  "long texts that begin with U+FEFF": (size) => {
    const one = [0xd9, 201, 0xef, 0xbb, 0xbf, ...new Array(198).fill(0x61)];
    const count = Math.floor(size / one.length);
    return [...arrayHead(count), ...new Array(count).fill(one).flat()];
  },
};

function arrayHead(count: number): readonly number[] {
  return [0xdd, ...[24, 16, 8, 0].map((shift) => (Math.floor(count) >>> shift) & 0xff)];
}

/** Milliseconds that one frame takes. */
function timeOf(frame: Uint8Array): number {
  const begin = performance.now();
  decodeOurs(frame);
  return performance.now() - begin;
}

for (const [name, make] of Object.entries(HEAVY)) {
  Deno.test(`msgpack: a megabyte of ${name} is decoded or refused in linear time`, () => {
    const frame = eventFrame(make(MEGABYTE - MEGABYTE % 6));
    assert(timeOf(frame) < 5_000); // by the square it would be minutes
  });
}

Deno.test("msgpack: a length that is not there allocates nothing", () => {
  for (const first of [0xc6, 0xc9, 0xdb, 0xdd, 0xdf]) {
    for (const length of [[0xff, 0xff, 0xff, 0xff], [0x00, 0x0f, 0x42, 0x00], [0, 0, 0, 9]]) {
      const frame = eventFrame([first, ...length]);
      const begin = performance.now();
      for (let time = 0; time < 100; time++) assertEquals(decodeOurs(frame).kind, "refused");
      assert(performance.now() - begin < 500);
    }
  }
});

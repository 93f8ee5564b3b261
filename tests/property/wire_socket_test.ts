import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { ProtocolError } from "../../src/base/errors.ts";
import type { Frame } from "../../src/wire/engine_packet.ts";
import { jsonCodec } from "../../src/wire/json_codec.ts";
import type { SocketPacket } from "../../src/wire/socket_packet.ts";
import { SOCKET_DECODE_DIFFERENCES } from "../wire/known_differences.ts";
import { decodeOurs, decodePublished, encodeOurs, encodePublished } from "../wire/published.ts";
import {
  bytes,
  eventsAndAcks,
  explain,
  mutatedOf,
  nearlyPacketOf,
  plainTree,
} from "./socket_arbitraries.ts";

const RUNS = { numRuns: 2_000 };

const textUnits = fc.oneof(
  { weight: 4, arbitrary: fc.string() },
  { weight: 2, arbitrary: fc.string({ unit: "binary" }) },
  {
    weight: 1,
    arbitrary: fc.constantFrom("", "\0", "\u2028\u2029", "\ud800", "x\udfffy", "__proto__", "é€😀"),
  },
);

/** Binary data of every kind, some of it in the middle of its buffer. */
const binary = fc.oneof(
  bytes,
  bytes.map((array) => array.subarray(1)),
  bytes.map((array) => array.buffer),
  bytes.map((array) => new DataView(array.buffer, 0, Math.floor(array.length / 2))),
  fc.float32Array({ maxLength: 3 }),
  fc.constant(0).map(() => new BigUint64Array(1)),
);

/** Leaves that JSON turns into something else, or into nothing. */
const odd = fc.oneof(
  fc.constantFrom(undefined, NaN, -0, Infinity, Symbol("s"), () => 1),
  fc.date({ noInvalidDate: false }),
  fc.constantFrom(0, 1, 2).map((kind) =>
    kind === 0 ? new Map([[1, 2]]) : kind === 1 ? Object("boxed") : Object(7)
  ),
);

const key = fc.oneof(
  fc.string({ maxLength: 3 }),
  fc.constantFrom("__proto__", "constructor", "toString", "_placeholder", "num", "0", "-1"),
);

/** Objects with any keys as own ones, `__proto__` included. */
function objectOf(value: fc.Arbitrary<unknown>): fc.Arbitrary<object> {
  const entries = fc.array(fc.tuple(key, value), { maxLength: 4 });
  return fc.tuple(entries, fc.boolean()).map(([members, plain]) => {
    const object: object = plain ? {} : Object.create(null);
    for (const [name, member] of members) {
      Object.defineProperty(object, name, {
        value: member,
        enumerable: true,
        configurable: true,
        writable: true,
      });
    }
    return object;
  });
}

function sparse(items: readonly unknown[]): unknown[] {
  const array: unknown[] = [];
  items.forEach((item, index) => array[index * 2] = item);
  return array;
}

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
  leaf: fc.oneof(
    textUnits,
    fc.double(),
    fc.integer(),
    fc.boolean(),
    fc.constant(null),
    odd,
    binary,
  ),
  tree: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    tie("leaf"),
    fc.array(tie("tree"), { maxLength: 4 }),
    fc.array(tie("tree"), { maxLength: 3 }).map(sparse),
    objectOf(tie("tree")),
    tie("tree").map((value) => new Converting(value)),
    tie("tree").map((value) => ({ toJSON: () => value, ignored: 1 })),
    tie("tree").map((value) => ({ toJSON: value })),
  ),
}));

const plain = plainTree(4);

const namespace = fc.constantFrom("/", "/admin", "/a/b?x=1", "/é");
const name = fc.oneof(fc.constantFrom("x", "echo", ""), fc.integer());

function packetOf(value: fc.Arbitrary<unknown>): fc.Arbitrary<SocketPacket> {
  return eventsAndAcks({ namespace, name, value });
}

function checkSame(frames: readonly Frame[]): void {
  const ours = decodeOurs(frames);
  const theirs = decodePublished(frames);
  const first = frames[0];
  if (typeof first === "string") {
    if (explain(SOCKET_DECODE_DIFFERENCES, first, ours, theirs) !== undefined) return;
  }
  if (ours.kind === "refused" || theirs.kind === "refused") {
    assertEquals(ours.kind, theirs.kind, JSON.stringify(frames));
  } else assertEquals(ours, theirs, JSON.stringify(frames));
}

const nearlyPacket = nearlyPacketOf(
  ["/", "/a,", "/a", "/,", ",", "/a,/b,", "/é,"],
  plain,
);
const mutated = mutatedOf(packetOf(plain));
const attachments = fc.array(bytes, { maxLength: 3 });

Deno.test("Any text gives what the published decoder gives, but for the known differences", () => {
  const text = fc.oneof(nearlyPacket, mutated, textUnits);
  fc.assert(
    fc.property(text, attachments, (first, rest) => checkSame([first, ...rest])),
    RUNS,
  );
});

Deno.test("Any frames give packets or a ProtocolError, and an error leaves nothing behind", () => {
  const frame: fc.Arbitrary<Frame> = fc.oneof(nearlyPacket, mutated, bytes);
  fc.assert(
    fc.property(fc.array(frame, { maxLength: 8 }), (frames) => {
      const decoder = jsonCodec({ maxAttachments: 3, maxAttachmentsBytes: 20 }).createDecoder();
      for (const part of frames) {
        try {
          const packet = decoder.push(part);
          if (packet !== undefined) assertEquals(decoder.pendingBytes, 0);
          assertEquals(decoder.next(), undefined);
        } catch (error) {
          if (!(error instanceof ProtocolError)) throw error;
          assertEquals(decoder.pendingBytes, 0);
          assertEquals(decoder.push('2["y"]')?.type, "event");
        }
      }
    }),
    RUNS,
  );
});

Deno.test("What is encoded is byte by byte what the published encoder gives", () => {
  fc.assert(
    fc.property(packetOf(anything), (packet) => {
      assertEquals(attempt(encodeOurs, packet), attempt(encodePublished, packet));
    }),
    RUNS,
  );
});

Deno.test("A packet that is encoded and decoded is the same packet", () => {
  fc.assert(
    fc.property(packetOf(plain), (packet) => {
      const decoder = jsonCodec({ maxAttachments: Infinity }).createDecoder();
      const results = encodeOurs(packet).map((frame) => decoder.push(frame));
      assertEquals(results.pop(), packet);
      assert(results.every((result) => result === undefined));
    }),
    RUNS,
  );
});

Deno.test("Encoding changes neither the packet nor, later, what was encoded", () => {
  fc.assert(
    fc.property(packetOf(plain), (packet) => {
      const before = structuredClone(packet);
      const frames = encodeOurs(packet);
      assertEquals(packet, before);
      const copy = structuredClone(frames);
      overwrite(packet);
      assertEquals(frames, copy);
    }),
    RUNS,
  );
});

/** Frames, or the kind of error: a BigInt may only come to light in `JSON.stringify`. */
function attempt(
  encode: (packet: SocketPacket) => readonly Frame[],
  packet: SocketPacket,
): readonly Frame[] | string {
  try {
    return [...encode(packet)];
  } catch (error) {
    return error instanceof Error ? error.name : String(error);
  }
}

/** Fills every byte array with other bytes. */
function overwrite(value: unknown): void {
  if (value instanceof Uint8Array) {
    value.forEach((byte, index) => value[index] = byte ^ 0xff);
  } else if (typeof value === "object" && value !== null) {
    Object.values(value).forEach(overwrite);
  }
}

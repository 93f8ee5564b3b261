/** Tests that what a frame takes in memory is bounded by its bytes, whatever is in it. */
import { assert, assertEquals, assertThrows } from "@std/assert";
import { Buffer } from "node:buffer";
import { LimitError } from "../../src/base/errors.ts";
import { Decoder, Encoder } from "../../src/extra/msgpack.ts";
import { extractAttachments } from "../../src/wire/attachments.ts";
import { heapOf, HEAVY_VALUES, weigh } from "./heavy_frames.ts";
import {
  decodeOurs,
  decodePublished,
  encodeOurs,
  eventFrame,
  eventOf,
} from "./published_msgpack.ts";

/** Bytes of the heap for each byte of a frame: measured are 77 at most. */
const MAX_FACTOR = 80;

for (const [name, value] of Object.entries(HEAVY_VALUES)) {
  Deno.test(`msgpack: a frame of ${name} takes ${MAX_FACTOR} times its bytes at most`, () => {
    // A small one first, so that what the engine keeps for itself is there already.
    weigh(value, 50_000);
    const { frame, use } = weigh(value, 990_000);
    assert(use === undefined || use.held < MAX_FACTOR * frame, Deno.inspect(use));
  });
}

Deno.test("msgpack: objects keyed by ids are read as by the published parser, in its order", () => {
  const ids = [0, 1, 7, 255, 1_000, 1_023, 5_000, 2 ** 31, 2 ** 32 - 2, 2 ** 32 - 1, 1.7e12];
  const values: readonly unknown[] = [
    ...ids.map((id) => ({ [id]: { [id]: [{ [id]: Buffer.from([1]) }] } })),
    Object.fromEntries(ids.map((id) => [id, id])),
    {
      b: 1,
      255: 2,
      a: 3,
      7: 4,
      "1a": 5,
      "007": 6,
      "-1": 7,
      "1.5": 8,
      "\0": 9,
      "\x007": 10,
      "": 11,
    },
    Object.fromEntries(new Array(3_000).fill(0).map((_, index) => [2_999 - index, index])),
    [{ 255: new Date(5), 254: [undefined], 253: new Uint8Array([1]).buffer, 252: {} }],
  ];
  for (const value of values) {
    const frame = encodeOurs(eventOf(value));
    assertEquals(decodeOurs(frame), decodePublished(frame));
    assertEquals(JSON.stringify(decodeOurs(frame)), JSON.stringify(decodePublished(frame)));
  }
});

Deno.test("msgpack: keys that are numbers are read as by the published parser", () => {
  const keys: readonly (readonly number[])[] = [
    [0],
    [0x7f],
    [0xff],
    [0xcc, 255],
    [0xcd, 3, 255],
    [0xce, 0xff, 0xff, 0xff, 0xfe],
    [0xcf, 0, 0, 1, 0, 0, 0, 0, 0],
    [0xcb, 0x3f, 0xf8, 0, 0, 0, 0, 0, 0],
    [0xcb, 0x80, 0, 0, 0, 0, 0, 0, 0],
    [0xca, 0x7f, 0xc0, 0, 0],
  ];
  const same = [0x83, 5, 1, 0xa1, 0x35, 2, 0xa2, 0x00, 0x35, 3];
  const all = [0x80 + keys.length, ...keys.flatMap((key) => [...key, 0xc0])];
  for (const bytes of [...keys.map((key) => [0x81, ...key, 0xc0]), same, all]) {
    const frame = eventFrame(bytes);
    assertEquals(decodeOurs(frame).kind, "packet");
    assertEquals(JSON.stringify(decodeOurs(frame)), JSON.stringify(decodePublished(frame)));
  }
});

Deno.test("msgpack: 10,000 objects of one small id each pass with default options", () => {
  const value = new Array(10_000).fill(0).map((_, index) => ({ [1_000 + index % 24]: index }));
  const outcome = decodeOurs(encodeOurs(eventOf(value)));
  assertEquals(outcome, { kind: "packet", packet: eventOf(value) });
});

Deno.test("msgpack: binary data counts as four values, undefined and dates as one", () => {
  const decoder = new Decoder({ maxElements: 20 });
  // The packet has 10 values besides.
  const ok = [[0xc4, 0], [0xc4, 0], [0xd4, 0, 0], [0xd7, 0, 0, 0, 0, 0, 0, 0, 0, 0]];
  decoder.add(eventFrame([0x90 + ok.length, ...ok.flat()]));
  for (const one of [[0xc4, 0], [0xc7, 0, 0], [0xd4, 1, 0], [0xd5, 0, 1, 1], [0xc5, 0, 0]]) {
    const error = assertThrows(
      () => decoder.add(eventFrame([0x93, ...one, ...one, ...one])),
      LimitError,
    );
    assertEquals([error.limit, error.max], ["maxElements", 20]);
  }
});

Deno.test("What was received with small ids as keys is sent on without taking a thousand times as much", () => {
  const received = JSON.parse(`[${new Array(20_000).fill('{"1023":0}').join()}]`) as unknown[];
  const encoder = new Encoder();
  const inMsgpack = heapOf(() => encoder.encode({ type: 2, nsp: "/", data: ["x", received] }));
  const inJson = heapOf(() => extractAttachments(["x", received, new Uint8Array(1)]));
  // With lists from 0 on it were 250 million.
  assert(inMsgpack.peak < 50_000_000, `${inMsgpack.peak}`);
  assert(inJson.held < 20_000_000, `${inJson.held}`);
});

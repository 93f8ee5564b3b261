/**
 * What takes most memory for its bytes: arguments for frames of msgpack, each a row of one value again
 * and again, and how much of the heap they take when they are decoded.
 */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { Decoder } from "../../src/extra/msgpack.ts";
import { LimitError } from "../../src/base/errors.ts";
import { eventFrame } from "./published_msgpack.ts";

/** Bytes of one value, by its number in the row. */
export type HeavyValue = (index: number) => readonly number[];

const NIL = 0xc0;

/** A printable character, another for each number up to 60. */
function letter(index: number): number {
  return 0x41 + index % 60;
}

function mapOf(...keys: readonly (readonly number[])[]): readonly number[] {
  return [0x80 + keys.length, ...keys.flatMap((key) => [...key, NIL])];
}

function textOf(text: string): readonly number[] {
  return [0xa0 + text.length, ...new TextEncoder().encode(text)];
}

function uint16(number: number): readonly number[] {
  return [0xcd, number >> 8, number & 0xff];
}

/** The rows, by name. */
export const HEAVY_VALUES: Readonly<Record<string, HeavyValue>> = {
  "integer of one byte": () => [1],
  "float": (index) => [0xcb, 0x3f, 0xf1, 1, 1, 1, index >> 16, (index >> 8) & 0xff, index & 0xff],
  "empty text": () => [0xa0],
  "text of 2 characters": (index) => [0xa2, letter(index), letter(index / 60)],
  "text of 1 wide character": () => [0xa3, 0xe2, 0x82, 0xac],
  "empty array": () => [0x90],
  "array of 1": () => [0x91, NIL],
  "1,000 arrays in one another": () => [...new Array<number>(1_000).fill(0x91), NIL],
  "empty map": () => [0x80],
  "map of 1": () => mapOf(textOf("a")),
  "map of 1, each of another key": (i) =>
    mapOf([0xa3, letter(i), letter(i / 60), letter(i / 3_600)]),
  "map of 15": () => mapOf(...[..."abcdefghijklmno"].map(textOf)),
  "900 maps in one another": () => [
    ...new Array<number[]>(900).fill([0x81, 0xa1, 0x61]).flat(),
    NIL,
  ],
  "map with the key 1": () => mapOf([1]),
  "map with the key 3": () => mapOf([3]),
  "map with the key 15": () => mapOf([15]),
  "map with the key 127": () => mapOf([127]),
  "map with the key 255": () => mapOf([0xcc, 255]),
  "map with the key 1023": () => mapOf(uint16(1_023)),
  "map with the key 8192": () => mapOf(uint16(8_192)),
  "map with the key '7'": () => mapOf(textOf("7")),
  "map with the key '255'": () => mapOf(textOf("255")),
  "map with the keys 1023, 2500, 3300": () => mapOf(...[1_023, 2_500, 3_300].map(uint16)),
  "map with the keys 0 to 14": () => mapOf(...new Array(15).fill(0).map((_, index) => [index])),
  "map with the keys 14 to 0": () =>
    mapOf(...new Array(15).fill(0).map((_, index) => [14 - index])),
  "map with a key of 32 bits": (i) => mapOf([0xce, 0x80, 0, (i >> 8) & 0xff, i & 0xff]),
  "map with a negative key": () => mapOf([0xff]),
  "map with a float as key": (i) => mapOf([0xca, 1, i >> 16, (i >> 8) & 0xff, i & 0xff]),
  "bin, empty": () => [0xc4, 0],
  "bin of 1 byte": () => [0xc4, 1, 1],
  "bin of 4 bytes": () => [0xc4, 4, 1, 1, 1, 1],
  "ArrayBuffer, empty": () => [0xc7, 0, 0],
  "ArrayBuffer of 1 byte": () => [0xc7, 1, 0, 1],
  "undefined": () => [0xd4, 0, 0],
  "date": (index) => [0xd7, 0, 0, 0, 0, 1, 0, 0, index & 0xff, 2],
  "foreign extension, empty": () => [0xc7, 0, 1],
  "foreign extension of 1 byte": () => [0xd4, 1, 1],
  "foreign extension of 4 bytes": () => [0xd6, 1, 1, 1, 1, 1],
};

/** Bytes of the heap. */
export interface HeapUse {
  /** In the end. */
  readonly held: number;
  /** Before the waste of making it is collected. */
  readonly peak: number;
}

/** What became of a frame. */
export interface Weighed {
  /** Bytes of the frame. */
  readonly frame: number;
  /** What its packet takes; undefined when the frame is over a limit. */
  readonly use: HeapUse | undefined;
}

/** Decodes a frame of about `size` bytes with as many of a value, and weighs the packet. */
export function weigh(value: HeavyValue, size: number): Weighed {
  const frame = heavyFrame(value, size);
  let packet: unknown;
  const decoder = new Decoder().on("decoded", (decoded) => packet = decoded);
  try {
    const use = heapOf(() => {
      decoder.add(frame);
      return packet;
    });
    return { frame: frame.length, use };
  } catch (error) {
    if (error instanceof LimitError) return { frame: frame.length, use: undefined };
    throw error;
  }
}

/** Weighs what is made. */
export function heapOf(make: () => unknown): HeapUse {
  const collect = collector();
  collect();
  const before = Deno.memoryUsage().heapUsed;
  const made = make();
  const peak = Deno.memoryUsage().heapUsed - before;
  collect();
  const held = Deno.memoryUsage().heapUsed - before;
  // Also keeps it until here.
  if (made === undefined) throw new TypeError("Expected something to weigh");
  return { held, peak };
}

function heavyFrame(value: HeavyValue, size: number): Uint8Array {
  const bytes = new Uint8Array(size);
  let at = 5;
  let count = 0;
  for (let next = value(0); at + next.length <= size; next = value(++count)) {
    bytes.set(next, at);
    at += next.length;
  }
  bytes[0] = 0xdd;
  new DataView(bytes.buffer).setUint32(1, count);
  return eventFrame(bytes.subarray(0, at));
}

let collectNow: (() => void) | undefined;

function collector(): () => void {
  if (collectNow === undefined) {
    setFlagsFromString("--expose-gc");
    collectNow = runInNewContext("gc") as () => void;
  }
  return collectNow;
}

/**
 * New inputs out of old ones.
 *
 * Invariants
 * - The seed and the inputs decide what comes out.
 * - What is given is not changed, and nothing longer than `MAX_INPUT_BYTES` comes out.
 */
import type { SeededRandom } from "./random.ts";

/** The longest input: long enough for the bounds that the decoders count up to, bar the largest. */
export const MAX_INPUT_BYTES = 24_576;

type Bytes = Uint8Array<ArrayBuffer>;
type Mutation = (input: Bytes, help: Help) => Bytes;

/** What mutations draw from. */
interface Help {
  readonly random: SeededRandom;
  readonly tokens: readonly Bytes[];
  readonly others: readonly Bytes[];
}

const encoder = new TextEncoder();

/** Bytes at the edges of what formats tell apart. */
const EDGE_BYTES: readonly number[] = [
  ...[0, 1, 4, 9, 0x0a, 0x1e, 0x22, 0x2d, 0x2f, 0x30, 0x39, 0x3a, 0x5b, 0x62, 0x7b, 0x7f],
  ...[0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xc1, 0xc4, 0xc7, 0xd4, 0xd7, 0xd9, 0xdc, 0xde],
  ...[0xdf, 0xe0, 0xed, 0xef, 0xfe, 0xff],
];

/** Numbers at the edges, as text. */
const EDGE_NUMBERS: readonly Bytes[] = [
  ...["0", "1", "-1", "00", "9", "10", "11", "127", "128", "255", "256", "1024", "10000"],
  ...["65535", "65536", "2147483647", "4294967295", "4294967296", "9007199254740991"],
  ...["9007199254740992", "99999999999999999999", "1e3", "0.5", "-0", "1e999"],
].map((text) => encoder.encode(text));

/** Texts that readers stumble over: byte order marks, line separators, halves of pairs, reserved names. */
const ODD_TEXTS: readonly Bytes[] = [
  ...["\ufeff", "\u2028", "é", "€", "😀", "\0", "\u202e", "\r\n", "%00", "%E2%28", "%", "\\n"],
  ...["__proto__", "constructor", "prototype", "toString", "hasOwnProperty", "length", "splice"],
  ...["null", "true", "[]", "{}", "[[", "]]", '"', "\\u0000", "\\ud800", '{"__proto__":{"x":1}}'],
].map((text) => encoder.encode(text)).concat([
  Uint8Array.of(0xed, 0xa0, 0x80),
  Uint8Array.of(0xc3),
  Uint8Array.of(0xf4, 0x90, 0x80, 0x80),
]);

function joined(...parts: readonly Uint8Array[]): Bytes {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

function inserted(input: Bytes, at: number, piece: Uint8Array, removed = 0): Bytes {
  return joined(input.subarray(0, at), piece, input.subarray(at + removed));
}

/** A place in the input and a few bytes from there. */
function range({ length }: Bytes, random: SeededRandom): readonly [start: number, end: number] {
  const start = random.below(length + 1);
  const most = random.oneIn(4) ? length - start : Math.min(8, length - start);
  return [start, start + random.below(most + 1)];
}

function changedByte(input: Bytes, { random }: Help): Bytes {
  if (input.length === 0) return Uint8Array.of(random.below(256));
  const copy = input.slice();
  const at = random.below(copy.length);
  const bit = 1 << random.below(8);
  copy[at] = random.oneIn(2) ? (copy[at] ?? 0) ^ bit : random.pick(EDGE_BYTES);
  return copy;
}

function withToken(input: Bytes, { random, tokens }: Help): Bytes {
  if (tokens.length === 0) return input;
  const [start, end] = range(input, random);
  return inserted(input, start, random.pick(tokens), random.oneIn(2) ? end - start : 0);
}

function withOddText(input: Bytes, { random }: Help): Bytes {
  return inserted(input, random.below(input.length + 1), random.pick(ODD_TEXTS));
}

function without(input: Bytes, { random }: Help): Bytes {
  const [start, end] = range(input, random);
  return joined(input.subarray(0, start), input.subarray(end));
}

function truncated(input: Bytes, { random }: Help): Bytes {
  return input.slice(0, random.below(input.length + 1));
}

function repeated(input: Bytes, { random }: Help): Bytes {
  const [start, end] = range(input, random);
  const piece = input.subarray(start, end);
  const times = random.oneIn(8) ? 1 + random.below(2_000) : 1 + random.below(6);
  const most = Math.max(0, Math.floor((MAX_INPUT_BYTES - input.length) / (piece.length || 1)));
  return inserted(input, end, joined(...new Array(Math.min(times, most)).fill(piece)));
}

function spliced(input: Bytes, { random, others }: Help): Bytes {
  const other = others.length === 0 ? input : random.pick(others);
  const [start, end] = range(other, random);
  const piece = random.oneIn(2) ? other.subarray(start) : other.subarray(start, end);
  const at = random.below(input.length + 1);
  return random.oneIn(2) ? joined(input.subarray(0, at), piece) : inserted(input, at, piece);
}

/** Puts a number at an edge in the place of one that is there. */
function renumbered(input: Bytes, help: Help): Bytes {
  const { random } = help;
  const isDigit = (at: number): boolean => (input[at] ?? 0) >= 0x30 && (input[at] ?? 0) <= 0x39;
  const starts = [...input.keys()].filter((at) => isDigit(at) && !isDigit(at - 1));
  if (starts.length === 0) return withLength(input, help);
  const start = random.pick(starts);
  let end = start;
  while (isDigit(end)) end++;
  return inserted(input, start, random.pick(EDGE_NUMBERS), end - start);
}

/** Writes a length of 1, 2 or 4 bytes over what is there. */
function withLength(input: Bytes, { random }: Help): Bytes {
  const size = random.pick([1, 2, 4]);
  const value = random.pick([0, 1, 0x7f, 0xff, 0xffff, 0xffffffff, input.length, random.below(64)]);
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value);
  return inserted(input, random.below(input.length + 1), bytes.subarray(4 - size), size);
}

const MUTATIONS: readonly Mutation[] = [
  changedByte,
  changedByte,
  withToken,
  withToken,
  withOddText,
  without,
  truncated,
  repeated,
  spliced,
  renumbered,
  withLength,
];

/** Makes inputs for one target. */
export class Mutator {
  readonly #random: SeededRandom;
  readonly #tokens: readonly Bytes[];

  /** @param dictionary pieces that the target's inputs are made of */
  constructor(random: SeededRandom, dictionary: readonly (string | Bytes)[]) {
    this.#random = random;
    this.#tokens = dictionary.map((it) => typeof it === "string" ? encoder.encode(it) : it);
  }

  /** A new input out of one of these, or out of two. */
  next(inputs: readonly Bytes[]): Bytes {
    const random = this.#random;
    const help: Help = { random, tokens: this.#tokens, others: inputs };
    // What was found last is tried more: it has been changed least.
    const newest = inputs.slice(-8);
    let input = inputs.length === 0
      ? new Uint8Array()
      : random.pick(random.oneIn(3) ? newest : inputs);
    for (let rounds = 1 + random.below(5); rounds > 0; rounds--) {
      input = random.pick(MUTATIONS)(input, help).slice(0, MAX_INPUT_BYTES);
    }
    return input;
  }
}

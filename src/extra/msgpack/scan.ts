/**
 * Looks over a frame of msgpack before anything of it is decoded.
 *
 * Invariants
 * - Nothing is allocated that a number in the frame asks for: what arrays, maps, texts and binary data
 *   announce is compared with the bytes that are there, all open announcements together.
 * - Each byte is looked at a fixed number of times, and nothing recurses: the peer chooses the depth,
 *   and the stack is ours.
 * - What a frame that passes holds in memory is bounded: 80 bytes for each value that is counted, in
 *   V8, and what texts and binary data hold. Binary data counts for what it takes besides.
 * - A frame that passes is one whole value of known formats, with text in UTF-8, within the limits. The
 *   library, which decodes it then, cannot run out of bytes.
 *
 * Source: MessagePack specification, "Formats"; Encoding Standard for UTF-8.
 */
import { LimitError, PacketError } from "../../base/errors.ts";

/** Bounds of a frame. */
export interface FrameLimits {
  /** Levels of arrays and maps below the packet. */
  readonly maxDepth: number;
  /** Values of all kinds, keys included; binary data counts as `VALUES_PER_BINARY`. */
  readonly maxElements: number;
}

/** What must be known of a frame before it is decoded. */
export interface FrameShape {
  /** Whether binary data is inside, be it in an extension. */
  readonly hasBinary: boolean;
  /** The first byte of each extension, in their order: it tells formats apart that hold the same. */
  readonly extensions: readonly number[];
  /** Where long texts begin whose first character is U+FEFF: see `decode.ts`. */
  readonly markedTexts: readonly number[];
}

/** From this length on the library decodes text with a `TextDecoder`, which drops a leading U+FEFF. */
const LONG_TEXT = 201;

/** Up to this length a text is looked through here: that is faster than a call of the runtime. */
const SHORT_TEXT = 24;

/** What binary data counts for: with its buffer it takes about as much memory as four empty maps. */
const VALUES_PER_BINARY = 4;

/** First byte of an extension of 1 byte, and of one of 8: `undefined` and dates, when the type is 0. */
const FIXED_1 = 0xd4;
const FIXED_8 = 0xd7;

/** What `#value` answers for a value without others in it. */
const SINGLE = -1;

/** Bytes that follow the first one, by that byte, for formats of a fixed size. */
const FIXED_BYTES: ReadonlyMap<number, number> = new Map([
  [0xc0, 0],
  [0xc2, 0],
  [0xc3, 0],
  [0xca, 4],
  [0xcb, 8],
  [0xcc, 1],
  [0xcd, 2],
  [0xce, 4],
  [0xcf, 8],
  [0xd0, 1],
  [0xd1, 2],
  [0xd2, 4],
  [0xd3, 8],
]);

/**
 * Checks a frame.
 *
 * @throws {PacketError} when it is not exactly one value, complete and well formed
 * @throws {LimitError} when it is over a limit
 */
export function scanFrame(bytes: Uint8Array, limits: FrameLimits): FrameShape {
  const scan = new FrameScan(bytes, limits);
  scan.run();
  return scan;
}

class FrameScan implements FrameShape {
  readonly #bytes: Uint8Array;
  readonly #limits: FrameLimits;
  #at = 0;
  /** What counts so far, values that are announced included; and those that have not begun. */
  #counted = 1;
  #awaited = 1;
  hasBinary = false;
  readonly extensions: number[] = [];
  readonly markedTexts: number[] = [];

  constructor(bytes: Uint8Array, limits: FrameLimits) {
    this.#bytes = bytes;
    this.#limits = limits;
  }

  run(): void {
    const { maxDepth } = this.#limits;
    // For each array or map around: how many of its values are still to come after this one.
    const around: number[] = [];
    let left = 1;
    for (;;) {
      while (left === 0) {
        const outer = around.pop();
        if (outer === undefined) return this.#end();
        left = outer;
      }
      left--;
      const inner = this.#value();
      if (inner === SINGLE) continue;
      if (around.length > maxDepth) throw new LimitError("maxDepth", maxDepth, around.length);
      around.push(left);
      left = inner;
    }
  }

  #end(): void {
    const rest = this.#bytes.length - this.#at;
    if (rest > 0) throw this.#error(`expected the end, found ${rest} more bytes`);
  }

  /** Passes over one value, or over the head of an array or map: then how many values are in it. */
  #value(): number {
    this.#awaited--;
    const head = this.#bytes[this.#at];
    if (head === undefined) throw this.#truncated();
    this.#at++;
    if (head < 0x80 || head > 0xdf) return SINGLE;
    if (head < 0x90) return this.#container(2 * (head & 0x0f));
    if (head < 0xa0) return this.#container(head & 0x0f);
    if (head < 0xc0) return this.#text(this.#at - 1, head & 0x1f);
    return this.#format(head);
  }

  #format(head: number): number {
    const start = this.#at - 1;
    const fixed = FIXED_BYTES.get(head);
    if (fixed !== undefined) return this.#skip(fixed);
    if (head >= 0xd4 && head <= 0xd8) return this.#extension(head, 1 << (head - 0xd4));
    switch (head) {
      case 0xc4:
      case 0xc5:
      case 0xc6:
        return this.#binary(this.#uint(1 << (head - 0xc4)));
      case 0xc7:
      case 0xc8:
      case 0xc9:
        return this.#extension(head, this.#uint(1 << (head - 0xc7)));
      case 0xd9:
      case 0xda:
      case 0xdb:
        return this.#text(start, this.#uint(1 << (head - 0xd9)));
      case 0xdc:
      case 0xdd:
        return this.#container(this.#uint(2 << (head - 0xdc)));
      case 0xde:
      case 0xdf:
        return this.#container(2 * this.#uint(2 << (head - 0xde)));
      default:
        throw this.#error("found a byte that begins no value");
    }
  }

  /** Takes the announcement of `values` values. */
  #container(values: number): number {
    this.#count(values);
    this.#awaited += values;
    // A value takes one byte at least.
    if (this.#awaited > this.#bytes.length - this.#at) throw this.#truncated();
    return values;
  }

  #count(values: number): void {
    const { maxElements } = this.#limits;
    this.#counted += values;
    if (this.#counted > maxElements) {
      throw new LimitError("maxElements", maxElements, this.#counted);
    }
  }

  #binary(length: number): number {
    this.hasBinary = true;
    this.#count(VALUES_PER_BINARY - 1);
    return this.#skip(length);
  }

  #extension(head: number, length: number): number {
    this.extensions.push(head);
    const type = this.#uint(1);
    if (type === 0 && (head === FIXED_1 || head === FIXED_8)) return this.#skip(length);
    return this.#binary(length);
  }

  #text(start: number, length: number): number {
    const from = this.#at;
    this.#skip(length);
    if (length <= SHORT_TEXT && isAscii(this.#bytes, from, this.#at)) return SINGLE;
    if (!isUtf8(this.#bytes.subarray(from, this.#at))) {
      throw this.#error("expected text in UTF-8", from);
    }
    if (length >= LONG_TEXT && startsWithMark(this.#bytes, from)) this.markedTexts.push(start);
    return SINGLE;
  }

  #skip(length: number): number {
    if (length > this.#bytes.length - this.#at) throw this.#truncated();
    this.#at += length;
    return SINGLE;
  }

  /** The whole number of `size` bytes that comes next, most significant byte first. */
  #uint(size: number): number {
    const from = this.#at;
    this.#skip(size);
    let number = 0;
    for (let index = from; index < this.#at; index++) {
      number = number * 0x100 + (this.#bytes[index] ?? 0);
    }
    return number;
  }

  #truncated(): PacketError {
    return this.#error(`expected more than ${this.#bytes.length} bytes`);
  }

  #error(problem: string, offset: number = this.#at): PacketError {
    return new PacketError(`Cannot decode socket packet: ${problem}`, { offset });
  }
}

function isAscii(bytes: Uint8Array, start: number, end: number): boolean {
  for (let index = start; index < end; index++) {
    if ((bytes[index] ?? 0) >= 0x80) return false;
  }
  return true;
}

let utf8: TextDecoder | undefined;

function isUtf8(bytes: Uint8Array): boolean {
  utf8 ??= new TextDecoder("utf-8", { fatal: true });
  try {
    utf8.decode(bytes);
    return true;
  } catch {
    return false;
  }
}

/** Whether the text that begins there begins with U+FEFF. */
function startsWithMark(bytes: Uint8Array, start: number): boolean {
  return bytes[start] === 0xef && bytes[start + 1] === 0xbb && bytes[start + 2] === 0xbf;
}

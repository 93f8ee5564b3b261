/**
 * How the bytes of an input are read as what a decoder takes.
 *
 * Invariants
 * - Any bytes can be read, and those of the corpus can be read by people where the format is text.
 */
import type { Frame } from "../../src/wire/engine_packet.ts";
import { ProtocolError } from "../../src/base/errors.ts";
import { BrokenPromise } from "./target.ts";

const LINE_FEED = 0x0a;
/** In front of a line that is binary. */
const HASH = 0x23;

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** The bytes as text, with U+FFFD for what is no UTF-8. */
export function textOf(bytes: Uint8Array): string {
  return decoder.decode(bytes);
}

/** Text below U+0100 as bytes, one for each character. */
export function latin(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

/** The lines of an input. */
export function linesOf(input: Uint8Array<ArrayBuffer>): readonly Uint8Array<ArrayBuffer>[] {
  const lines: Uint8Array<ArrayBuffer>[] = [];
  let start = 0;
  for (let end = input.indexOf(LINE_FEED); end !== -1; end = input.indexOf(LINE_FEED, start)) {
    lines.push(input.subarray(start, end));
    start = end + 1;
  }
  lines.push(input.subarray(start));
  return lines;
}

/** One frame for each line: binary behind a `#`, text otherwise. */
export function framesOf(input: Uint8Array<ArrayBuffer>): readonly Frame[] {
  return linesOf(input).map((line) => line[0] === HASH ? line.slice(1) : textOf(line));
}

/** The value, or undefined when the peer was found to be at fault; anything else is thrown. */
export function unlessRefused<T>(decode: () => T): T | undefined {
  try {
    return decode();
  } catch (error) {
    if (error instanceof ProtocolError) return undefined;
    throw new BrokenPromise(`Expected a ProtocolError, found ${error}`, { cause: error });
  }
}

/** The value, or undefined when a caller of ours was found to be at fault. */
export function unlessCallerError<T>(encode: () => T): T | undefined {
  try {
    return encode();
  } catch (error) {
    if (error instanceof TypeError || error instanceof RangeError) return undefined;
    throw new BrokenPromise(`Expected a TypeError or a RangeError, found ${error}`, {
      cause: error,
    });
  }
}

/** What `JSON.parse` makes of the text, undefined when it is none. */
export function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** A value as one line in which everything shows that a peer can tell apart; bytes as base64. */
export function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, item: unknown) => {
    if (item instanceof Uint8Array) return { $bytes: item.toBase64() };
    if (item instanceof ArrayBuffer) return { $buffer: new Uint8Array(item).toBase64() };
    if (item === undefined) return { $undefined: true };
    if (typeof item === "number" && !Number.isFinite(item)) return { $number: String(item) };
    return Object.is(item, -0) ? { $number: "-0" } : item;
  });
}

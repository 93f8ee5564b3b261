/**
 * The default codec: Socket.IO packets as JSON text, with binary data in messages of its own.
 *
 * Invariants
 * - A text message is read from left to right with character codes and one `JSON.parse`; nothing is
 *   read twice, and a header is bounded before it is used.
 * - While attachments are awaited only binary messages are taken, and at no other time are they.
 * - After an error the decoder awaits nothing.
 * - What it refuses beyond the published parser is listed in tests/wire/known_differences.ts.
 *
 * Source: Socket.IO protocol, revision 5, section "Packet encoding"; advisories GHSA-xfhh-g9f5-x4m4,
 * GHSA-qm95-pgcg-qqfq, GHSA-677m-j7p3-52f9 and CVE-2026-69185 for the headers.
 */
import { utf8Length } from "../base/bytes.ts";
import { LimitError, PacketError, quote } from "../base/errors.ts";
import { extractAttachments, hasBinary, restoreAttachments } from "./attachments.ts";
import type { Codec, Decoder, DecoderOptions } from "./codec.ts";
import type { Frame } from "./engine_packet.ts";
import { checkNsp, type CodecLimits, MAX_ACK_ID_DIGITS, resolveCodecLimits } from "./limits.ts";
import {
  BINARY_ACK,
  BINARY_EVENT,
  SOCKET_PACKET_DIGITS,
  type SocketPacket,
  toSocketPacket,
} from "./socket_packet.ts";

/** What reading a text may cost beside its size, where the runtime makes that a matter of its keys. */
export interface JsonBudget {
  /** Bytes that a text may take, estimated; counting may stop above `enough`. */
  readonly memoryOf: (text: string, enough: number) => number;
  /** The most that one text may take, in bytes. */
  readonly maxBytes: number;
  /** The name of that limit. */
  readonly limit: string;
}

/**
 * The codec of clients that were given no `parser`.
 *
 * @param limits bounds for its decoders; what is left out has its default
 * @param budget bounds what reading JSON may cost; without one nothing is looked at
 * @throws {RangeError} when a bound is out of its range
 */
export function jsonCodec(limits?: Partial<CodecLimits>, budget?: JsonBudget): Codec {
  const resolved = resolveCodecLimits(limits);
  return Object.freeze({
    encode,
    toAscii,
    createDecoder({ namespaceQueries = false }: DecoderOptions = {}): Decoder {
      return new JsonDecoder(resolved, namespaceQueries, budget);
    },
  });
}

function encode(packet: SocketPacket): readonly Frame[] {
  const { type, nsp } = packet;
  if (type === "event" || type === "ack") {
    if (hasBinary(packet.data)) return encodeBinary(packet);
    const header = SOCKET_PACKET_DIGITS[type] + address(nsp, packet.id);
    return [header + stringify(packet.data)];
  }
  const header = SOCKET_PACKET_DIGITS[type] + address(nsp, undefined);
  if (type === "disconnect" || packet.data === undefined || packet.data === null) return [header];
  return [header + stringify(packet.data)];
}

function encodeBinary(packet: SocketPacket & { type: "event" | "ack" }): readonly Frame[] {
  const { data, attachments } = extractAttachments(packet.data);
  const text = address(packet.nsp, packet.id) + stringify(data);
  // A toJSON method or a getter may give binary data when looked at and none when taken.
  if (attachments.length === 0) return [SOCKET_PACKET_DIGITS[packet.type] + text];
  const type = packet.type === "event" ? BINARY_EVENT : BINARY_ACK;
  return [`${type}${attachments.length}-${text}`, ...attachments];
}

function address(nsp: string, id: number | undefined): string {
  const namespace = nsp === "/" ? "" : nsp + ",";
  return id === undefined ? namespace : namespace + id;
}

function stringify(data: unknown): string {
  // A toJSON method may make a value that is no JSON at all, whatever the declared type says.
  const text = JSON.stringify(data) as string | undefined;
  if (text === undefined) {
    throw new TypeError("Cannot encode socket packet: data must not turn into undefined");
  }
  return text;
}

/** Escapes what is not ASCII in the JSON of a packet; the name of a namespace has no such form. */
function toAscii(text: string): string {
  const dash = digitsEnd(text, 1);
  const start = text.charCodeAt(dash) === DASH ? dash + 1 : 1;
  const json = text.charCodeAt(start) === SLASH ? namespaceEnd(text, start) : start;
  // deno-lint-ignore no-control-regex -- all of ASCII, from its first character
  return text.slice(0, json) + text.slice(json).replace(/[^\x00-\x7f]/g, escapeUnit);
}

function escapeUnit(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

const ZERO = 0x30;
const NINE = 0x39;
const SLASH = 0x2f;
const DASH = 0x2d;
const QUOTE = 0x22;
const BRACKET = 0x5b;
const BRACE = 0x7b;

/** A packet whose attachments have not all come. */
interface Unfinished {
  readonly packet: SocketPacket & { type: "event" | "ack" };
  readonly expected: number;
  readonly attachments: Uint8Array<ArrayBuffer>[];
}

class JsonDecoder implements Decoder {
  readonly #limits: CodecLimits;
  readonly #hasQueries: boolean;
  readonly #budget: JsonBudget | undefined;
  #unfinished: Unfinished | undefined;
  #textBytes = 0;
  #attachmentBytes = 0;

  constructor(limits: CodecLimits, hasQueries: boolean, budget: JsonBudget | undefined) {
    this.#limits = limits;
    this.#hasQueries = hasQueries;
    this.#budget = budget;
  }

  get pendingBytes(): number {
    return this.#textBytes + this.#attachmentBytes;
  }

  push(frame: Frame): SocketPacket | undefined {
    if (typeof frame !== "string") return this.#takeAttachment(frame);
    if (this.#unfinished !== undefined) {
      this.reset();
      throw new PacketError("Cannot decode socket packet: expected an attachment, found text");
    }
    return this.#takeText(frame);
  }

  next(): SocketPacket | undefined {
    return undefined;
  }

  reset(): void {
    this.#unfinished = undefined;
    this.#textBytes = 0;
    this.#attachmentBytes = 0;
  }

  #takeText(text: string): SocketPacket | undefined {
    const type = text.charCodeAt(0) - ZERO;
    // The character code of an empty text is NaN, which is in no range.
    if (!(type >= 0 && type <= BINARY_ACK)) {
      throw new PacketError(
        `Cannot decode socket packet: type must be 0–6, found ${quote(text.charAt(0))}`,
        { offset: 0 },
      );
    }
    if (type >= BINARY_EVENT) return this.#takeBinaryHeader(text, type);
    return this.#readPacket(text, 1, type);
  }

  #takeBinaryHeader(text: string, type: number): undefined {
    const dash = digitsEnd(text, 1);
    if (text.charCodeAt(dash) !== DASH) {
      throw new PacketError(
        "Cannot decode socket packet: attachment count must be digits followed by a dash",
        { offset: 1 },
      );
    }
    const expected = Number(text.slice(1, dash));
    const { maxAttachments } = this.#limits;
    if (expected > maxAttachments) {
      throw new LimitError("maxAttachments", maxAttachments, expected);
    }
    if (expected < 1) {
      throw new PacketError(
        `Cannot decode socket packet: attachment count must be 1–${maxAttachments}, found 0`,
        { offset: 1 },
      );
    }
    // Only events and acks have these types.
    const packet = this.#readPacket(text, dash + 1, type) as Unfinished["packet"];
    this.#unfinished = { packet, expected, attachments: [] };
    this.#textBytes = utf8Length(text);
    return undefined;
  }

  #takeAttachment(bytes: Uint8Array<ArrayBuffer>): SocketPacket | undefined {
    const unfinished = this.#unfinished;
    if (unfinished === undefined) {
      throw new PacketError("Cannot decode socket packet: expected text, found an attachment");
    }
    const total = this.#attachmentBytes + bytes.byteLength;
    const { maxAttachmentsBytes } = this.#limits;
    if (total > maxAttachmentsBytes) {
      this.reset();
      throw new LimitError("maxAttachmentsBytes", maxAttachmentsBytes, total);
    }
    unfinished.attachments.push(bytes);
    if (unfinished.attachments.length < unfinished.expected) {
      this.#attachmentBytes = total;
      return undefined;
    }
    this.reset();
    restoreAttachments(unfinished.packet.data, unfinished.attachments);
    return unfinished.packet;
  }

  /** Reads namespace, acknowledgement id and data, which begin at `start`. */
  #readPacket(text: string, start: number, type: number): SocketPacket {
    let index = start;
    let nsp = "/";
    if (text.charCodeAt(index) === SLASH) {
      const end = namespaceEnd(text, index);
      nsp = text.slice(index, end);
      checkNsp(nsp, this.#limits, this.#hasQueries);
      index = Math.min(end + 1, text.length);
    }
    const idEnd = digitsEnd(text, index);
    const id = idEnd === index ? undefined : readId(text, index, idEnd);
    if (this.#budget !== undefined) checkMemory(text, this.#budget);
    return toSocketPacket(type, nsp, id, readJson(text, idEnd));
  }
}

/** Where the namespace that begins at `start` ends: at a comma, or with the text. */
function namespaceEnd(text: string, start: number): number {
  const comma = text.indexOf(",", start);
  return comma === -1 ? text.length : comma;
}

/** Where the digits that begin at `start` end; `start` when there are none. */
function digitsEnd(text: string, start: number): number {
  let index = start;
  for (; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code < ZERO || code > NINE) break;
  }
  return index;
}

function readId(text: string, start: number, end: number): number {
  const id = end - start > MAX_ACK_ID_DIGITS ? Infinity : Number(text.slice(start, end));
  if (Number.isSafeInteger(id)) return id;
  throw new PacketError(
    `Cannot decode socket packet: ack id must be a safe integer, found ${
      quote(text.slice(start, end))
    }`,
    { offset: start },
  );
}

function checkMemory(text: string, { memoryOf, maxBytes, limit }: JsonBudget): void {
  const bytes = memoryOf(text, maxBytes);
  if (bytes > maxBytes) throw new LimitError(limit, maxBytes, bytes);
}

/** Data is an array, an object or a string, and begins at once: undefined when there is none. */
function readJson(text: string, start: number): unknown {
  if (start === text.length) return undefined;
  const code = text.charCodeAt(start);
  if (code === BRACKET || code === BRACE || code === QUOTE) {
    try {
      return JSON.parse(text.slice(start));
    } catch {
      // The runtime's message would repeat what the peer sent; ours says where.
    }
  }
  throw new PacketError("Cannot decode socket packet: data must be JSON", { offset: start });
}

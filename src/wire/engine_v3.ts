/**
 * Engine.IO revision 3 on the wire: WebSocket frames, and payloads of text and of bytes.
 *
 * Three codecs, for what clients may ask payloads to be: `engineV3`, `engineV3Base64` with base64 in the
 * place of binary data, and `engineV3Bytes` without payloads of text. They read the same.
 *
 * Invariants
 * - A payload is read once, from left to right; lengths are bounded before they are used, and a packet
 *   is cut out only when it is there whole. Lengths of text count UTF-16 units, those of bytes bytes.
 * - Data cut out of a payload or frame is a copy: nobody who keeps it keeps the rest.
 * - Text that a client of Socket.IO 1 would spoil is never sent in a payload of text where it can be
 *   helped: those clients decode UTF-8 once more there. With `engineV3` a payload that is not all ASCII
 *   is binary, in which every client reads UTF-8 once; with `engineV3Base64` text is written in ASCII
 *   by `toAscii` where the packet has it.
 *
 * Source: Engine.IO protocol, revision 3, section "Encoding"; engine.io-parser 1.3 and 2.2.
 */
import { base64Encode, utf8Encode, utf8Length, wtf8Decode } from "../base/bytes.ts";
import { PacketError } from "../base/errors.ts";
import { encodedTwice } from "./encoded_twice.ts";
import type { EncodedPacket } from "./encoded_packet.ts";
import type { EngineCodec } from "./engine_codec.ts";
import {
  emptyPacket,
  ENGINE_PACKET_DIGITS,
  type EnginePacket,
  type Frame,
  readBase64,
  readTextPacket,
} from "./engine_packet.ts";

const ZERO = 0x30;
const NINE = 0x39;
const COLON = 0x3a;
/** `b`: in front of the type of a packet whose data is base64. */
const BASE64 = 0x62;
/** The type of a message as a byte, in front of binary data. */
const MESSAGE = 4;
/** In front of a packet of a binary payload: what follows is text. */
const TEXT_MARK = 0;
/** In front of a packet of a binary payload: what follows is bytes. */
const BYTES_MARK = 1;
/** Behind the digits of a length in a binary payload. */
const LENGTH_END = 255;
/** Digits of a length: as many as 2^32 has, which no payload reaches. */
const MAX_LENGTH_DIGITS = 10;

/** Engine.IO revision 3, spoken by clients of Socket.IO 1 and 2. */
export const engineV3: EngineCodec = Object.freeze({
  separatorBytes: 0,
  decodeFrame,
  *decodePayload(body: Frame): Generator<EnginePacket, void, undefined> {
    yield* typeof body === "string" ? textPackets(body, encodedTwice(body)) : binaryPackets(body);
  },
  webSocketFrames(packet: EncodedPacket): readonly Frame[] {
    const forms = packet.wireForms(engineV3);
    return forms.frames ??= buildFrames(packet, withType);
  },
  payloadBytes(packet: EncodedPacket): number {
    // A mark, digits, their end and a type for each part; a packet without parts has a type alone.
    return packet.byteLength + (packet.parts.length || 1) * (MAX_LENGTH_DIGITS + 3);
  },
  encodePayload(packets: readonly EncodedPacket[]): Frame {
    if (packets.every(isAscii)) return packets.map(asciiPart).join("");
    return concat(packets.map(binaryPart));
  },
});

/** The same for clients that read answers as bytes only. */
export const engineV3Bytes: EngineCodec = Object.freeze({
  ...engineV3,
  encodePayload(packets: readonly EncodedPacket[]): Frame {
    return concat(packets.map(binaryPart));
  },
});

/** The same for clients that asked for base64: nothing that they get is binary. */
export const engineV3Base64: EngineCodec = Object.freeze({
  separatorBytes: 0,
  decodeFrame,
  decodePayload: engineV3.decodePayload,
  webSocketFrames(packet: EncodedPacket): readonly Frame[] {
    const forms = packet.wireForms(engineV3Base64);
    return forms.frames ??= buildFrames(packet, inBase64);
  },
  payloadBytes(packet: EncodedPacket): number {
    const forms = packet.wireForms(engineV3Base64);
    if (forms.payloadBytes < 0) forms.payloadBytes = utf8Length(base64Part(packet));
    return forms.payloadBytes;
  },
  encodePayload(packets: readonly EncodedPacket[]): string {
    return packets.map(base64Part).join("");
  },
});

function decodeFrame(frame: Frame): EnginePacket {
  return typeof frame === "string" ? readText(frame) : readBytes(frame, 0, frame.byteLength);
}

/** Packets as `<length>:<packet>`; one of length 0 says nothing, as in a payload of no packets. */
function* textPackets(
  body: string,
  undo: (text: string) => string = unchanged,
): Generator<EnginePacket, void, undefined> {
  if (body === "") throw emptyPacket(0);
  let index = 0;
  while (index < body.length) {
    const start = index;
    for (let code = body.charCodeAt(index); code >= ZERO && code <= NINE;) {
      code = body.charCodeAt(++index);
    }
    const digits = body.slice(start, index);
    if (body.charCodeAt(index) !== COLON) throw lengthError(start);
    const end = index + 1 + readLength(digits, start);
    if (end > body.length) throw cutShort(start);
    if (end > index + 1) yield readText(undo(body.slice(index + 1, end)));
    index = end;
  }
}

/** Packets as `<mark><digits as bytes><255><packet>`. */
function* binaryPackets(
  body: Uint8Array<ArrayBuffer>,
): Generator<EnginePacket, void, undefined> {
  let index = 0;
  while (index < body.byteLength) {
    const start = index;
    const mark = body[index++];
    if (mark !== TEXT_MARK && mark !== BYTES_MARK) {
      throw new PacketError(
        `Cannot decode engine payload: a packet must begin with 0 or 1, found ${mark}`,
        { offset: start },
      );
    }
    let digits = "";
    for (let byte = body[index++]; byte !== LENGTH_END; byte = body[index++]) {
      if (byte === undefined || byte > 9 || digits.length === MAX_LENGTH_DIGITS) {
        throw lengthError(start + 1);
      }
      digits += byte;
    }
    const end = index + readLength(digits, start + 1);
    if (end > body.byteLength) throw cutShort(start);
    yield mark === TEXT_MARK
      ? readText(readUtf8(body.subarray(index, end), index))
      : readBytes(body, index, end);
    index = end;
  }
}

function unchanged(text: string): string {
  return text;
}

function readLength(digits: string, offset: number): number {
  if (digits === "" || digits.length > MAX_LENGTH_DIGITS) throw lengthError(offset);
  return Number(digits);
}

function readText(text: string): EnginePacket {
  if (text.charCodeAt(0) !== BASE64) return readTextPacket(text, 0, text.length);
  if (text.charCodeAt(1) !== ZERO + MESSAGE) throw binaryTypeError(1);
  return { type: "message", data: readBase64(text, 2, text.length) };
}

/** Published clients send no binary packet but messages. */
function readBytes(bytes: Uint8Array<ArrayBuffer>, start: number, end: number): EnginePacket {
  if (start === end) throw emptyPacket(start);
  if (bytes[start] !== MESSAGE) throw binaryTypeError(start);
  return { type: "message", data: new Uint8Array(bytes.subarray(start + 1, end)) };
}

/** Clients of Socket.IO 1 encode half a surrogate pair by itself; published servers take that. */
function readUtf8(bytes: Uint8Array, offset: number): string {
  const text = wtf8Decode(bytes);
  if (text !== undefined) return text;
  throw new PacketError("Cannot decode engine payload: text must be UTF-8", { offset });
}

function lengthError(offset: number): PacketError {
  return new PacketError(
    `Cannot decode engine payload: a length must be 1–${MAX_LENGTH_DIGITS} digits and their end`,
    { offset },
  );
}

function cutShort(offset: number): PacketError {
  return new PacketError("Cannot decode engine payload: a packet is shorter than its length", {
    offset,
  });
}

function binaryTypeError(offset: number): PacketError {
  return new PacketError("Cannot decode engine packet: a binary packet must be a message", {
    offset,
  });
}

function buildFrames(
  packet: EncodedPacket,
  binary: (data: Uint8Array<ArrayBuffer>) => Frame,
): readonly Frame[] {
  const digit = ENGINE_PACKET_DIGITS[packet.type];
  const { parts } = packet;
  if (parts.length === 0) return [digit];
  return parts.map((part) => typeof part === "string" ? digit + part : binary(part));
}

function withType(data: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(1 + data.byteLength);
  bytes[0] = MESSAGE;
  bytes.set(data, 1);
  return bytes;
}

function inBase64(data: Uint8Array): string {
  return `b${MESSAGE}${base64Encode(data)}`;
}

function withLength(text: string): string {
  return `${text.length}:${text}`;
}

/** Whether the packet has text alone, and no character in it that takes more than one byte. */
function isAscii(packet: EncodedPacket): boolean {
  let units = packet.parts.length === 0 ? 1 : 0;
  for (const part of packet.parts) {
    if (typeof part !== "string") return false;
    units += 1 + part.length;
  }
  return packet.byteLength === units;
}

/** What `isAscii` is true of, for a payload of text. */
function asciiPart(packet: EncodedPacket): string {
  const forms = packet.wireForms(engineV3);
  return forms.payloadText ??= buildTextPart(packet, unchanged);
}

function base64Part(packet: EncodedPacket): string {
  const forms = packet.wireForms(engineV3Base64);
  return forms.payloadText ??= buildTextPart(packet, packet.toAscii ?? unchanged);
}

function buildTextPart(packet: EncodedPacket, change: (text: string) => string): string {
  const digit = ENGINE_PACKET_DIGITS[packet.type];
  if (packet.parts.length === 0) return withLength(digit);
  return packet.parts
    .map((part) => withLength(typeof part === "string" ? digit + change(part) : inBase64(part)))
    .join("");
}

function binaryPart(packet: EncodedPacket): Uint8Array<ArrayBuffer> {
  const forms = packet.wireForms(engineV3);
  return forms.payloadBinary ??= concat(buildFrames(packet, withType).flatMap(marked));
}

/** A frame as a binary payload has it, in pieces. */
function marked(frame: Frame): readonly Uint8Array<ArrayBuffer>[] {
  const isText = typeof frame === "string";
  const data = isText ? utf8Encode(frame) : frame;
  const digits = [...String(data.byteLength)].map(Number);
  const head = Uint8Array.of(isText ? TEXT_MARK : BYTES_MARK, ...digits, LENGTH_END);
  return [head, data];
}

function concat(pieces: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  let length = 0;
  for (const piece of pieces) length += piece.byteLength;
  const bytes = new Uint8Array(length);
  let offset = 0;
  for (const piece of pieces) {
    bytes.set(piece, offset);
    offset += piece.byteLength;
  }
  return bytes;
}

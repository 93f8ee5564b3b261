/**
 * The words of Engine.IO: what a packet is, and what its types are called on the wire.
 *
 * Invariants
 * - A packet is a readonly value; `type` comes first and decides the shape of the rest.
 * - Only a message carries binary data; every other packet carries text or nothing.
 * - The digits, and how text packets begin with them, are the same in revisions 3 and 4.
 *
 * Source: Engine.IO protocol, revisions 3 and 4, section "Protocol", table of packet types.
 */
import { base64Decode, utf8Length } from "../base/bytes.ts";
import { PacketError, quote } from "../base/errors.ts";

/** One WebSocket message, or the contents of one Engine.IO message: text or exact bytes. */
export type Frame = string | Uint8Array<ArrayBuffer>;

/** What an Engine.IO packet is for. */
export type EnginePacketType =
  | "open"
  | "close"
  | "ping"
  | "pong"
  | "message"
  | "upgrade"
  | "noop";

/** The packets that are not messages: they steer the session and carry text at most. */
export type EngineControlType = Exclude<EnginePacketType, "message">;

/** One Engine.IO packet. */
export type EnginePacket =
  | { readonly type: "message"; readonly data: Frame }
  | { readonly type: EngineControlType; readonly data?: string };

/** The packet types in the order of their digits, `0` to `6`. */
export const ENGINE_PACKET_TYPES: readonly EnginePacketType[] = Object.freeze(
  ["open", "close", "ping", "pong", "message", "upgrade", "noop"] as const,
);

/** The digit that stands for a packet type on the wire. */
export const ENGINE_PACKET_DIGITS: Readonly<Record<EnginePacketType, string>> = Object.freeze({
  open: "0",
  close: "1",
  ping: "2",
  pong: "3",
  message: "4",
  upgrade: "5",
  noop: "6",
});

/** Whether a frame has more bytes than `limit`; text is counted as UTF-8, and only when it is close. */
export function exceeds(frame: Frame, limit: number): boolean {
  if (typeof frame !== "string") return frame.byteLength > limit;
  // A UTF-16 code unit takes one to three bytes.
  return frame.length > limit || (frame.length * 3 > limit && utf8Length(frame) > limit);
}

/** Whether a frame is the packet that closes the session; told without reading the rest of it. */
export function isClose(frame: Frame): boolean {
  return typeof frame === "string" && frame.startsWith(ENGINE_PACKET_DIGITS.close);
}

const DIGIT_ZERO = 0x30;

/**
 * Reads the packet that takes up `text` from `start` to `end`: a digit, then text. Both revisions have
 * it so; what follows a `b` is for the codec to read.
 *
 * @throws {PacketError} when there is nothing, or no digit of a packet type
 */
export function readTextPacket(text: string, start: number, end: number): EnginePacket {
  if (start === end) throw emptyPacket(start);
  const type = ENGINE_PACKET_TYPES[text.charCodeAt(start) - DIGIT_ZERO];
  if (type === undefined) {
    throw new PacketError(
      `Cannot decode engine packet: type must be 0–6 or b, found ${quote(text.charAt(start))}`,
      { offset: start },
    );
  }
  if (type === "message") return { type, data: text.slice(start + 1, end) };
  return end - start > 1 ? { type, data: text.slice(start + 1, end) } : { type };
}

/**
 * Reads the base64 that takes up the text from `start` to `end`.
 *
 * @throws {PacketError} when it is not that
 */
export function readBase64(text: string, start: number, end: number): Uint8Array<ArrayBuffer> {
  const data = base64Decode(text.slice(start, end));
  if (data !== undefined) return data;
  throw new PacketError("Cannot decode engine packet: binary data must be valid base64", {
    offset: start,
  });
}

/** The fault of a packet that has no type. */
export function emptyPacket(offset: number): PacketError {
  return new PacketError("Cannot decode engine packet: a packet must not be empty", { offset });
}

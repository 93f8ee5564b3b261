/**
 * The words of Engine.IO: what a packet is, and what its types are called on the wire.
 *
 * Invariants
 * - A packet is a readonly value; `type` comes first and decides the shape of the rest.
 * - Only a message carries binary data; every other packet carries text or nothing.
 * - The digits are the same in revisions 3 and 4 of the protocol.
 *
 * Source: Engine.IO protocol, revision 4, section "Protocol", table of packet types.
 */
import { utf8Length } from "../base/bytes.ts";

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

/**
 * Where Godwit differs on purpose from the parsers of Engine.IO revision 3 and of its clients, as data.
 *
 * Invariants
 * - Every difference has a reason, and an example that shows it; a test fails when the example no
 *   longer differs.
 * - The differential tests accept these differences and no others.
 */
import type { Frame } from "../../src/wire/engine_packet.ts";
import { type DecodeDifference, SOCKET_DECODE_DIFFERENCES } from "./known_differences.ts";

/** A difference in what is read of a frame or payload. */
export interface EngineV3Difference {
  readonly name: string;
  /** Why the published behaviour is not followed. */
  readonly reason: string;
  /** What Godwit does: refuse, give empty data, or give the packets in front of what both refuse. */
  readonly godwit: "refused" | "empty data" | "packets before";
  /** How Godwit says that it refuses. */
  readonly message?: string;
  /** Whether what is found where Godwit stops may be read in another way. */
  readonly concerns: (rest: Frame) => boolean;
  readonly example: Frame;
}

const isText = (rest: Frame): rest is string => typeof rest === "string";
const isBytes = (rest: Frame): boolean => typeof rest !== "string";
const bytes = (...values: number[]): Uint8Array<ArrayBuffer> => Uint8Array.from(values);

/** Engine.IO packets, in frames and in payloads, against engine.io-parser 2.2.1. */
export const ENGINE_V3_PACKET_DIFFERENCES: readonly EngineV3Difference[] = [
  {
    name: "message without data",
    reason: "a message always has data, be it empty; the published parser leaves it undefined",
    godwit: "empty data",
    concerns: (rest) => rest === "4",
    example: "4",
  },
  {
    name: "malformed base64",
    reason: "damaged data must not be delivered; the published parser skips what it cannot read",
    godwit: "refused",
    message: "binary data must be valid base64",
    concerns: (rest) => isText(rest) && rest.startsWith("b4"),
    example: "b4AQ*=",
  },
  {
    name: "base64 of another type",
    reason: "published clients send messages in base64 and nothing else; a ping with bytes is none",
    godwit: "refused",
    message: "a binary packet must be a message",
    concerns: (rest) => isText(rest) && /^b(?!4)/.test(rest),
    example: "b2AQ==",
  },
  {
    name: "bytes of another type",
    reason:
      "published clients send messages in bytes and nothing else; the published parser gives " +
      "a packet without a type for a byte that stands for none",
    godwit: "refused",
    message: "a binary packet must be a message",
    concerns: (rest) => !isText(rest) && rest[0] !== 4,
    example: bytes(9, 1),
  },
  {
    name: "no bytes",
    reason: "a packet has a type; the published parser gives one without",
    godwit: "refused",
    message: "a packet must not be empty",
    concerns: (rest) => !isText(rest) && rest.byteLength === 0,
    example: bytes(),
  },
];

/** Engine.IO payloads, against engine.io-parser 2.2.1. */
export const ENGINE_V3_PAYLOAD_DIFFERENCES: readonly EngineV3Difference[] = [
  {
    name: "length in other words",
    reason: "a length is 1–10 plain digits; the published parser takes any text that Number takes",
    godwit: "refused",
    message: "a length must be",
    concerns: (rest) => isText(rest) && !/^\d{1,10}:/.test(rest),
    example: " 1e0:2",
  },
  {
    name: "length of other bytes",
    reason:
      "a length is 1–10 bytes from 0 to 9; the published parser strings together any bytes, " +
      "and loses its place",
    godwit: "refused",
    message: "a length must be",
    concerns: isBytes,
    example: bytes(1, ...new Array(11).fill(0), 2, 255, 4, 1),
  },
  {
    name: "other mark",
    reason:
      "a packet of a binary payload begins with 0 or 1; the published parser takes all but 0 " +
      "for bytes",
    godwit: "refused",
    message: "a packet must begin with 0 or 1",
    concerns: isBytes,
    example: bytes(2, 2, 255, 4, 1),
  },
  {
    name: "packet cut short",
    reason: "a packet is there whole or not at all; the published parser gives what there is of it",
    godwit: "refused",
    message: "a packet is shorter than its length",
    concerns: isBytes,
    example: bytes(1, 9, 255, 4, 1),
  },
  {
    name: "base64 that is not even UTF-8",
    reason: "damaged data must not be delivered; the published parser skips what it cannot read",
    godwit: "refused",
    message: "text must be UTF-8",
    concerns: isBytes,
    example: bytes(0, 4, 255, 0x62, 0x34, 0xff, 0x41),
  },
  {
    name: "packets before the fault",
    reason: "packets in front of a fault are given in every payload; the published parser gives " +
      "none of a binary one",
    godwit: "packets before",
    concerns: isBytes,
    example: bytes(0, 1, 255, 0x32, 0, 255, 0, ...new Array(200).fill(1)),
  },
];

/** Those of socket.io-parser 4.2.7 that its predecessor has as well. */
const KEPT = SOCKET_DECODE_DIFFERENCES;

/** Socket.IO packets of revision 4, against socket.io-parser 3.4.5. */
export const SOCKET_V4_DECODE_DIFFERENCES: readonly DecodeDifference[] = [
  ...KEPT,
  {
    name: "unknown type",
    reason: "what has no type is refused; the published parser makes an ERROR packet of it",
    pattern: /^[^0-6]/,
    godwit: "refused",
    example: { text: "7", attachments: 0 },
  },
  {
    name: "null or a list in place of an object",
    reason: "data of CONNECT is an object, and of ERROR an object or a string, as in revision 5",
    pattern: /^[04](?:\/[^,]*,)?\d*(?:null|\[)/s,
    godwit: "refused",
    example: { text: "0[]", attachments: 0 },
  },
  {
    name: "reserved event name",
    reason: "no client may play the events of the server itself, as in revision 5",
    pattern:
      /^(?:2|5\d+-)(?:\/[^,]*,)?\d*\[\s*"(?:connect|connect_error|disconnect|disconnecting|newListener|removeListener)"/,
    godwit: "refused",
    example: { text: '2["disconnecting"]', attachments: 0 },
  },
];

/**
 * The parsers of Engine.IO revision 3, and of the Socket.IO protocol of its clients, as oracles.
 *
 * Invariants
 * - An outcome is a plain value without classes of either side, as in `published.ts`.
 * - The published packages have no types: what is used of them is written down here.
 */
import publishedV1 from "engine.io-parser-v1";
import publishedV3 from "engine.io-parser-v3";
import publishedSocketV4 from "socket.io-parser-v4";
import { Buffer } from "node:buffer";
import { PacketError } from "../../src/base/errors.ts";
import type { EngineCodec } from "../../src/wire/engine_codec.ts";
import type { EnginePacket, Frame } from "../../src/wire/engine_packet.ts";
import { SOCKET_PACKET_DIGITS, type SocketPacket } from "../../src/wire/socket_packet.ts";
import { firstDecoded, type Outcome, type PayloadOutcome, toFrame } from "./published.ts";

/** A packet as the published parsers have it: binary data is of any kind, a type may be missing. */
interface LoosePacket {
  readonly type: string | undefined;
  readonly data?: unknown;
}

interface EngineParser {
  encodePacket(
    packet: LoosePacket,
    supportsBinary: boolean,
    utf8encode: boolean,
    callback: (encoded: unknown) => void,
  ): void;
  decodePacket(data: unknown, binaryType?: string, utf8decode?: boolean): LoosePacket;
  encodePayload(
    packets: readonly LoosePacket[],
    supportsBinary: boolean,
    callback: (encoded: unknown) => void,
  ): void;
  encodePayloadAsBinary(
    packets: readonly LoosePacket[],
    callback: (encoded: unknown) => void,
  ): void;
  decodePayload(
    data: unknown,
    binaryType: undefined,
    callback: (packet: LoosePacket) => boolean | void,
  ): void;
}

interface SocketParser {
  readonly Encoder: new () => {
    encode(packet: object, callback: (frames: readonly unknown[]) => void): void;
  };
  readonly Decoder: new () => {
    on(event: "decoded", listener: (packet: object) => void): void;
    add(frame: unknown): void;
  };
}

const V3: EngineParser = publishedV3;
const V1: EngineParser = publishedV1;
const SOCKET_V4: SocketParser = publishedSocketV4;

/** The parsers of clients: engine.io-parser 2.2.1 and 1.3.2. */
export type EngineParserName = "2.x" | "1.x";

const PARSERS: Readonly<Record<EngineParserName, EngineParser>> = { "2.x": V3, "1.x": V1 };

/** What comes back from a parser that answers by a callback at once. */
function answerOf(ask: (callback: (answer: unknown) => void) => void): Frame {
  let answer: unknown;
  ask((value) => answer = value);
  return toFrame(answer);
}

/** A copy that may be changed; the published parsers know binary data by other classes than ours. */
function loose({ type, data }: EnginePacket): LoosePacket {
  return { type, data: typeof data === "object" ? Buffer.from(data) : data };
}

/** The published frame of a packet. */
export function frameV3Published(packet: EnginePacket, base64: boolean): Frame {
  return answerOf((callback) => V3.encodePacket(loose(packet), !base64, false, callback));
}

/** The published payload: text for a client that asked for base64, or where there is no binary data. */
export function payloadV3Written(
  packets: readonly EnginePacket[],
  base64: boolean,
  parser: EngineParserName = "2.x",
): Frame {
  const copies = packets.map(loose);
  return answerOf((callback) => PARSERS[parser].encodePayload(copies, !base64, callback));
}

/** The published payload in bytes, whatever is in it. */
export function binaryPayloadV3Written(packets: readonly EnginePacket[]): Frame {
  const copies = packets.map(loose);
  return answerOf((callback) => V3.encodePayloadAsBinary(copies, callback));
}

/** What the published parser makes of one frame. */
export function frameV3Read(frame: Frame): PayloadOutcome {
  return toOutcome((take) => void take(V3.decodePacket(frame)));
}

/** What a published parser makes of a payload. */
export function payloadV3Read(body: Frame, parser: EngineParserName = "2.x"): PayloadOutcome {
  return toOutcome((take) => PARSERS[parser].decodePayload(body, undefined, take));
}

/** What a reading of ours came to, and why it was refused, if it was. */
export interface OwnOutcome extends PayloadOutcome {
  readonly fault: PacketError | undefined;
}

/** What we make of a payload; anything but a `PacketError` is thrown. */
export function payloadV3Ours(body: Frame, codec: EngineCodec): OwnOutcome {
  return collectOwn(() => codec.decodePayload(body));
}

/** What we make of a frame; anything but a `PacketError` is thrown. */
export function frameV3Ours(frame: Frame, codec: EngineCodec): OwnOutcome {
  return collectOwn(() => [codec.decodeFrame(frame)]);
}

function collectOwn(read: () => Iterable<EnginePacket>): OwnOutcome {
  const packets: EnginePacket[] = [];
  try {
    for (const packet of read()) packets.push(packet);
  } catch (fault) {
    if (!(fault instanceof PacketError)) throw fault;
    return { packets, refused: true, fault };
  }
  return { packets, refused: false, fault: undefined };
}

/** Packets up to the first "parser error"; what has no type is of type "unknown". */
function toOutcome(read: (take: (packet: LoosePacket) => boolean | void) => void): PayloadOutcome {
  const packets: { type: string; data?: Frame }[] = [];
  let refused = false;
  read(({ type = "unknown", data }) => {
    if (refused) return false;
    if (type === "error") {
      refused = true;
      return false;
    }
    packets.push(data === undefined ? { type } : { type, data: toFrame(data) });
  });
  return { packets, refused };
}

const TYPE_NAMES = Object.keys(SOCKET_PACKET_DIGITS);
/** From the type of an event or ack to that of one with attachments. */
const TO_BINARY = 3;

/** What the published decoder of revision 4 makes of these frames. */
export function decodeSocketV4(frames: readonly Frame[]): Outcome {
  return firstDecoded(new SOCKET_V4.Decoder(), frames, (type) => {
    const known = type % TYPE_NAMES.length;
    return TYPE_NAMES[type >= TYPE_NAMES.length ? known + 2 : known];
  });
}

/** The frames that a server of Socket.IO 2 sends, which says itself what has binary data. */
export function encodeSocketV4(packet: SocketPacket): readonly Frame[] {
  const { type, ...rest } = structuredClone(packet);
  const hasAttachments = "data" in packet && holdsBytes(packet.data) &&
    (type === "event" || type === "ack");
  const digit = SOCKET_PACKET_DIGITS[type] + (hasAttachments ? TO_BINARY : 0);
  let frames: readonly unknown[] = [];
  new SOCKET_V4.Encoder().encode({ type: digit, ...rest }, (encoded) => frames = encoded);
  return frames.map(toFrame);
}

function holdsBytes(value: unknown): boolean {
  if (value instanceof Uint8Array) return true;
  return typeof value === "object" && value !== null && Object.values(value).some(holdsBytes);
}

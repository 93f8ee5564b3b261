/**
 * The published parsers as oracles: the same questions put to them and to us, the same kind of answer.
 *
 * Invariants
 * - An outcome is a plain value without classes of either side, so that two may be compared.
 */
import { decodePacket, decodePayload, type Packet } from "engine.io-parser";
import { Decoder as PublishedDecoder, Encoder as PublishedEncoder } from "socket.io-parser";
import { ProtocolError } from "../../src/base/errors.ts";
import type { DecoderOptions } from "../../src/wire/codec.ts";
import { engineV4 } from "../../src/wire/engine_v4.ts";
import type { EnginePacket, Frame } from "../../src/wire/engine_packet.ts";
import { jsonCodec } from "../../src/wire/json_codec.ts";
import { SOCKET_PACKET_DIGITS, type SocketPacket } from "../../src/wire/socket_packet.ts";

/** What became of some frames: a packet, a refusal, or neither yet. */
export type Outcome =
  | { readonly kind: "packet"; readonly packet: Record<string, unknown> }
  | { readonly kind: "refused"; readonly message: string }
  | { readonly kind: "pending" };

const TYPE_NAMES = Object.keys(SOCKET_PACKET_DIGITS);
const codec = jsonCodec();

/** What is used of the published decoders, of whatever version. */
interface LooseDecoder {
  on(event: "decoded", listener: (packet: object) => void): unknown;
  add(frame: Frame): unknown;
}

/**
 * What a published decoder makes of these frames; the first packet or refusal counts.
 *
 * @param nameOf the name of a type, which the decoder gives as a number
 */
export function firstDecoded(
  decoder: LooseDecoder,
  frames: readonly Frame[],
  nameOf: (type: number) => string | undefined,
): Outcome {
  let packet: Record<string, unknown> | undefined;
  decoder.on("decoded", (value) => packet = { ...value });
  try {
    for (const frame of frames) {
      decoder.add(frame);
      if (packet !== undefined) break;
    }
  } catch (error) {
    return { kind: "refused", message: error instanceof Error ? error.message : String(error) };
  }
  if (packet === undefined) return { kind: "pending" };
  const { type, ...rest } = packet;
  return { kind: "packet", packet: tidy({ type: nameOf(Number(type)), ...rest }) };
}

/** What the published decoder makes of these frames. */
export function decodePublished(frames: readonly Frame[]): Outcome {
  return firstDecoded(new PublishedDecoder(), frames, (type) => TYPE_NAMES[type]);
}

/** What our decoder makes of these frames; anything but a protocol error is thrown. */
export function decodeOurs(frames: readonly Frame[], options: DecoderOptions = {}): Outcome {
  const decoder = codec.createDecoder(options);
  try {
    for (const frame of frames) {
      const packet = decoder.push(frame);
      if (packet !== undefined) return { kind: "packet", packet: tidy({ ...packet }) };
    }
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    return { kind: "refused", message: error.message };
  }
  return { kind: "pending" };
}

/** The published encoder's frames, binary ones as exact `Uint8Array`s. */
export function encodePublished(packet: SocketPacket): Frame[] {
  const { type, ...rest } = packet;
  const input = { type: SOCKET_PACKET_DIGITS[type], ...rest };
  const frames: unknown[] = new PublishedEncoder().encode(
    input as Parameters<PublishedEncoder["encode"]>[0],
  );
  return frames.map(toFrame);
}

/** Our encoder's frames. */
export function encodeOurs(packet: SocketPacket): readonly Frame[] {
  return codec.encode(packet);
}

/** Packets of a payload up to the first that is refused. */
export interface PayloadOutcome {
  readonly packets: readonly { readonly type: string; readonly data?: Frame }[];
  readonly refused: boolean;
}

/** What the published parser makes of a polling payload. */
export function payloadPublished(body: string): PayloadOutcome {
  return toPayloadOutcome(decodePayload(body));
}

/** What the published parser makes of one frame. */
export function framePublished(frame: Frame): PayloadOutcome {
  return toPayloadOutcome([decodePacket(frame)]);
}

/** What we make of a polling payload; anything but a protocol error is thrown. */
export function payloadOurs(body: string): PayloadOutcome {
  return collect(() => engineV4.decodePayload(body));
}

/** What we make of one frame; anything but a protocol error is thrown. */
export function frameOurs(frame: Frame): PayloadOutcome {
  return collect(() => [engineV4.decodeFrame(frame)]);
}

function collect(read: () => Iterable<EnginePacket>): PayloadOutcome {
  const packets: EnginePacket[] = [];
  try {
    for (const packet of read()) packets.push(packet);
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    return { packets, refused: true };
  }
  return { packets, refused: false };
}

function toPayloadOutcome(decoded: readonly Packet[]): PayloadOutcome {
  const packets: { type: string; data?: Frame }[] = [];
  for (const { type, data } of decoded) {
    if (type === "error") return { packets, refused: true };
    packets.push(data === undefined ? { type } : { type, data: toFrame(data) });
  }
  return { packets, refused: false };
}

/** Without members that are undefined. */
export function tidy(value: Record<string, unknown>): Record<string, unknown> {
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  return Object.fromEntries(members);
}

/** Text, or binary data of any kind as an exact `Uint8Array`. */
export function toFrame(value: unknown): Frame {
  if (typeof value === "string") return value;
  if (value instanceof ArrayBuffer) return new Uint8Array(value.slice(0));
  if (ArrayBuffer.isView(value)) {
    return new Uint8Array(value.buffer.slice(0) as ArrayBuffer, value.byteOffset, value.byteLength)
      .slice();
  }
  throw new TypeError(`Cannot compare: expected text or binary data, found ${String(value)}`);
}

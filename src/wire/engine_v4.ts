/**
 * Engine.IO revision 4 on the wire: WebSocket frames, and payloads for long-polling.
 *
 * Invariants
 * - Text is looked at once, from left to right; a payload is cut up only as far as its reader goes.
 * - A binary message is `b` and base64 in a payload, and a frame of its own on a WebSocket.
 * - The bytes of a payload part are counted without building it.
 *
 * Source: Engine.IO protocol, revision 4, sections "Packet encoding", "HTTP long-polling" and
 * "WebSocket".
 */
import { base64Encode, utf8Length } from "../base/bytes.ts";
import { PacketError } from "../base/errors.ts";
import type { EncodedPacket } from "./encoded_packet.ts";
import type { EngineCodec } from "./engine_codec.ts";
import {
  ENGINE_PACKET_DIGITS,
  type EnginePacket,
  type Frame,
  readBase64,
  readTextPacket,
} from "./engine_packet.ts";

/** Between packets of a payload: the ASCII record separator, which JSON text never contains. */
const SEPARATOR = "\x1e";
/** `b`: in front of a binary message in base64. */
const BASE64 = 0x62;

/** Engine.IO revision 4, spoken by clients of Socket.IO 3 and 4. */
export const engineV4: EngineCodec = Object.freeze({
  separatorBytes: SEPARATOR.length,

  decodeFrame(frame: Frame): EnginePacket {
    if (typeof frame !== "string") return { type: "message", data: frame };
    return decodeText(frame, 0, frame.length);
  },

  *decodePayload(body: Frame): Generator<EnginePacket, void, undefined> {
    if (typeof body !== "string") {
      throw new PacketError("Cannot decode engine payload: expected text, found bytes");
    }
    let start = 0;
    for (
      let end = body.indexOf(SEPARATOR);
      end !== -1;
      end = body.indexOf(SEPARATOR, start)
    ) {
      yield decodeText(body, start, end);
      start = end + 1;
    }
    yield decodeText(body, start, body.length);
  },

  webSocketFrames(packet: EncodedPacket): readonly Frame[] {
    const forms = packet.wireForms(engineV4);
    return forms.frames ??= buildFrames(packet);
  },

  payloadBytes(packet: EncodedPacket): number {
    const forms = packet.wireForms(engineV4);
    if (forms.payloadBytes < 0) forms.payloadBytes = countPayloadPart(packet);
    return forms.payloadBytes;
  },

  encodePayload(packets: readonly EncodedPacket[]): string {
    const [first] = packets;
    if (packets.length === 1 && first !== undefined) return payloadPart(first);
    return packets.map(payloadPart).join(SEPARATOR);
  },
});

/**
 * Reads the packet that takes up `text` from `start` to `end`. Published clients put `b` only into
 * payloads; the published parser takes it from any frame.
 */
function decodeText(text: string, start: number, end: number): EnginePacket {
  if (start < end && text.charCodeAt(start) === BASE64) {
    return { type: "message", data: readBase64(text, start + 1, end) };
  }
  return readTextPacket(text, start, end);
}

function buildFrames(packet: EncodedPacket): readonly Frame[] {
  const digit = ENGINE_PACKET_DIGITS[packet.type];
  const { parts } = packet;
  if (parts.length === 0) return [digit];
  const first = parts[0];
  // Nearly every packet is one text: no closure, no second pass.
  if (parts.length === 1 && typeof first === "string") return [digit + first];
  return parts.map((part) => typeof part === "string" ? digit + part : part);
}

function payloadPart(packet: EncodedPacket): string {
  const forms = packet.wireForms(engineV4);
  return forms.payloadText ??= buildPayloadPart(packet);
}

function buildPayloadPart(packet: EncodedPacket): string {
  const digit = ENGINE_PACKET_DIGITS[packet.type];
  if (packet.parts.length === 0) return digit;
  let text = "";
  for (const part of packet.parts) {
    if (text !== "") text += SEPARATOR;
    text += typeof part === "string" ? digit + part : "b" + base64Encode(part);
  }
  return text;
}

function countPayloadPart(packet: EncodedPacket): number {
  const { parts } = packet;
  if (parts.length === 0) return 1;
  // One type byte for each part and one separator between two of them.
  let bytes = parts.length * 2 - 1;
  for (const part of parts) {
    bytes += typeof part === "string" ? utf8Length(part) : Math.ceil(part.byteLength / 3) * 4;
  }
  return bytes;
}

/**
 * The codecs of both Engine.IO revisions: frames and payloads, read and written again.
 */
import { EncodedPacket } from "../../../src/wire/encoded_packet.ts";
import type { EngineCodec } from "../../../src/wire/engine_codec.ts";
import { type EnginePacket, exceeds, type Frame } from "../../../src/wire/engine_packet.ts";
import { engineV3, engineV3Base64, engineV3Bytes } from "../../../src/wire/engine_v3.ts";
import { engineV4 } from "../../../src/wire/engine_v4.ts";
import { utf8Encode, utf8Length } from "../../../src/base/bytes.ts";
import { canonical, framesOf, latin, linesOf, textOf, unlessRefused } from "../inputs.ts";
import { type FuzzTarget, promised } from "../target.ts";

const SEPARATOR = "\x1e";

function sizeOf(frame: Frame): number {
  return typeof frame === "string" ? utf8Length(frame) : frame.byteLength;
}

/** Reads a payload as far as it goes, and counts what comes out: never more than went in. */
function readPayload(codec: EngineCodec, body: Frame): readonly EnginePacket[] {
  const packets: EnginePacket[] = [];
  unlessRefused(() => {
    for (const packet of codec.decodePayload(body)) packets.push(packet);
  });
  const read = packets.reduce((sum, { data = "" }) => sum + data.length, 0);
  promised(packets.length + read <= body.length + 1, `${packets.length} packets hold ${read}`);
  return packets;
}

function toEncoded({ type, data }: EnginePacket): EncodedPacket {
  return type === "message" ? EncodedPacket.message([data]) : EncodedPacket.control(type, data);
}

/** The bytes of a packet are counted without being built, and may be counted too high, never too low. */
function checkSizes(codec: EngineCodec, packet: EncodedPacket): void {
  const frames = codec.webSocketFrames(packet);
  const written = frames.reduce((sum, frame) => sum + sizeOf(frame), 0);
  promised(packet.byteLength <= written, `${packet.byteLength} counted, ${written} written`);
  const payload = sizeOf(codec.encodePayload([packet]));
  promised(payload <= codec.payloadBytes(packet), `payload of ${payload} bytes was counted less`);
  for (const frame of frames) {
    const size = sizeOf(frame);
    promised(!exceeds(frame, size) && exceeds(frame, size - 1), `${size} bytes are told wrong`);
  }
}

/** What was read is written, and read again: it must say the same. */
function checkWritten(codec: EngineCodec, packets: readonly EnginePacket[]): void {
  const encoded = packets.map(toEncoded);
  for (const [index, packet] of encoded.entries()) {
    checkSizes(codec, packet);
    const again = codec.webSocketFrames(packet).map((frame) => codec.decodeFrame(frame));
    promised(canonical(again) === canonical([packets[index]]), "a frame is read as another packet");
  }
  if (encoded.length === 0) return;
  const again = [...codec.decodePayload(codec.encodePayload(encoded))];
  promised(canonical(again) === canonical(packets), "a payload is read as other packets");
}

/** A parted message, as one with attachments is, in every form that it can take. */
function checkParts(codec: EngineCodec, frames: readonly Frame[]): void {
  const parts = frames.filter((frame) => typeof frame !== "string" || !frame.includes(SEPARATOR));
  if (parts.length === 0) return;
  const message = EncodedPacket.message(parts);
  checkSizes(codec, message);
  const again = [...codec.decodePayload(codec.encodePayload([message]))];
  const expected = parts.map((data) => ({ type: "message", data }));
  promised(canonical(again) === canonical(expected), "a message in parts is read as another one");
}

/** Engine.IO 4. */
export const engineV4Target: FuzzTarget = {
  name: "engine_v4",
  promise: "Any frame or body gives packets or a ProtocolError, and packets survive being written",
  dictionary: ["0", "1", "2probe", "3", "4", "5", "6", "b", "bAQI=", SEPARATOR, "42[", "="],
  run(input): void {
    const body = textOf(input);
    checkWritten(engineV4, readPayload(engineV4, body));
    for (const frame of framesOf(input)) {
      const packet = unlessRefused(() => engineV4.decodeFrame(frame));
      const hasSeparator = typeof packet?.data === "string" && packet.data.includes(SEPARATOR);
      if (packet !== undefined && !hasSeparator) checkWritten(engineV4, [packet]);
    }
    checkParts(engineV4, framesOf(input));
    promised(
      unlessRefused(() => [...engineV4.decodePayload(input)]) === undefined,
      "bytes are text",
    );
  },
};

/**
 * Whether clients of Socket.IO 1 could have written it: then it is read once more as UTF-8, and comes
 * back as something else.
 */
function mayBeTwice(packets: readonly EnginePacket[]): boolean {
  return packets.some(({ data }) => typeof data === "string" && /[\x80-\uffff]/.test(data));
}

/** Engine.IO 3, all three forms. */
export const engineV3Target: FuzzTarget = {
  name: "engine_v3",
  promise: "Any frame or body gives packets or a ProtocolError, and packets survive being written",
  dictionary: [
    ...["1:2", "6:4hello", "0:", "10:b4AQIDBA==", "b4", "99999999:"],
    ...["\x00\x01\xff2", "\x01\x02\xff\x04a", "\xff4", "\xed\xa0\x80"].map(latin),
  ],
  run(input): void {
    const texts = readPayload(engineV3, textOf(input));
    const bytes = readPayload(engineV3, input);
    for (const packets of [texts, bytes]) {
      if (packets.some(({ data }) => typeof data === "string" && !data.isWellFormed())) continue;
      checkWritten(engineV3Bytes, packets);
      if (mayBeTwice(packets)) continue;
      checkWritten(engineV3, packets);
      checkWritten(engineV3Base64, packets);
    }
    const frames = linesOf(input).flatMap((line): Frame[] => [textOf(line), line]);
    for (const frame of frames) {
      const packet = unlessRefused(() => engineV3.decodeFrame(frame));
      if (packet !== undefined) checkWritten(engineV3Bytes, [packet]);
    }
    checkParts(engineV3Bytes, frames);
    checkTwice(textOf(input));
  },
};

/** What a client of Socket.IO 1 sends of a text, with a character for each byte. */
function checkTwice(text: string): void {
  const twice = Array.from(utf8Encode(text), (byte) => String.fromCharCode(byte)).join("");
  const body = `${twice.length + 1}:4${twice}`;
  const [packet] = readPayload(engineV3, body);
  promised(packet?.data === text, "text that was encoded twice is read as another one");
}

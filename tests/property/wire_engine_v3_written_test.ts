/** Properties of what is written of Engine.IO revision 3, and of what clients of both ages write. */
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { EncodedPacket } from "../../src/wire/encoded_packet.ts";
import {
  ENGINE_PACKET_TYPES,
  type EngineControlType,
  type EnginePacket,
  type Frame,
} from "../../src/wire/engine_packet.ts";
import { engineV3, engineV3Base64 } from "../../src/wire/engine_v3.ts";
import { jsonCodec } from "../../src/wire/json_codec.ts";
import { frameBytes } from "../support/fake_sink.ts";
import {
  binaryPayloadV3Written,
  frameV3Published,
  frameV3Read,
  payloadV3Ours,
  payloadV3Read,
  payloadV3Written,
} from "../wire/published_v3.ts";
import { bytes, CODECS, isUtf8, latin, text, wellFormed } from "./engine_v3_arbitraries.ts";

const RUNS = { numRuns: 1_500 };
const isBase64 = (codec: unknown): boolean => codec === engineV3Base64;

const { toAscii } = jsonCodec();
const messageOf = (parts: readonly Frame[]): EncodedPacket => EncodedPacket.message(parts);

function packetsOf(content: fc.Arbitrary<string>): fc.Arbitrary<EncodedPacket[]> {
  const packet = fc.oneof(
    {
      weight: 3,
      arbitrary: fc.array<Frame>(content, { minLength: 1, maxLength: 2 }).map(messageOf),
    },
    fc.array<Frame>(fc.oneof(content, bytes), { minLength: 1, maxLength: 4 }).map(messageOf),
    fc.tuple(
      fc.constantFrom(...ENGINE_PACKET_TYPES.filter((type) => type !== "message")),
      fc.option(content.filter((value) => value !== ""), { nil: undefined }),
    ).map(([type, data]) => EncodedPacket.control(type as EngineControlType, data)),
  );
  return fc.array(packet, { minLength: 1, maxLength: 4 });
}

function meaning({ type, parts }: EncodedPacket): EnginePacket[] {
  if (type === "message") return parts.map((data) => ({ type, data }));
  const [data] = parts;
  return [typeof data === "string" ? { type, data } : { type }];
}

/** As the published parser has it: a message of no text has no data. */
function published(packets: readonly EnginePacket[]): unknown[] {
  return packets.map(({ type, data }) =>
    data === "" ? { type } : { type, ...data !== undefined && { data } }
  );
}

Deno.test("Packets are written as the published parser writes them, and read by both as they were", () => {
  fc.assert(
    fc.property(packetsOf(wellFormed), (packets) => {
      const meant = packets.flatMap(meaning);
      for (const codec of CODECS) {
        const frames = packets.flatMap((packet) => codec.webSocketFrames(packet));
        assertEquals(frames, meant.map((packet) => frameV3Published(packet, isBase64(codec))));
        assertEquals(frames.map((frame) => codec.decodeFrame(frame)), meant);
        assertEquals(frames.flatMap((frame) => frameV3Read(frame).packets), published(meant));
        const body = codec.encodePayload(packets);
        const isText = typeof body === "string";
        assert(isText || !isBase64(codec));
        const theirs = isText ? payloadV3Written(meant, true) : binaryPayloadV3Written(meant);
        assertEquals(body, theirs);
        assertEquals<unknown>(payloadV3Read(body), { packets: published(meant), refused: false });
        if (!isText || !isUtf8(body)) assertEquals([...codec.decodePayload(body)], meant);
      }
    }),
    RUNS,
  );
});

Deno.test("What the published parser writes is read as it was meant", () => {
  fc.assert(
    fc.property(packetsOf(text), (packets) => {
      const meant = packets.flatMap(meaning);
      for (const [base64, codec] of CODECS.entries()) {
        for (const packet of meant) {
          assertEquals(codec.decodeFrame(frameV3Published(packet, base64 === 1)), packet);
        }
        const body = payloadV3Written(meant, base64 === 1);
        if (typeof body !== "string" || isUtf8(body)) continue;
        assertEquals([...codec.decodePayload(body)], meant);
      }
      const binary = binaryPayloadV3Written(meant);
      const sound = meant.map(soundPacket);
      for (const codec of CODECS) assertEquals([...codec.decodePayload(binary)], sound);
    }),
    RUNS,
  );
});

Deno.test("No text that is not ASCII is sent in a payload of text to a client that may have another", () => {
  fc.assert(
    fc.property(packetsOf(text), (packets) => {
      const body = engineV3.encodePayload(packets);
      const hasOther = packets.some(({ parts }) => parts.some((part) => !isAsciiText(part)));
      assertEquals(typeof body === "object", hasOther);
    }),
    RUNS,
  );
});

Deno.test("A client of 1.x reads what is written as it was meant, and we what it writes", () => {
  fc.assert(
    fc.property(packetsOf(text), (packets) => {
      const sound = packets.flatMap(meaning).map(soundPacket);
      const body = engineV3.encodePayload(packets);
      assertEquals<unknown>(payloadV3Read(body, "1.x").packets, published(sound));
      const meant = packets.flatMap(meaning);
      for (const base64 of [false, true]) {
        const written = payloadV3Written(meant, base64, "1.x");
        assertEquals(typeof written === "string", base64);
        // In ASCII there is nothing to undo, and nothing that can be mistaken.
        const codec = base64 ? engineV3Base64 : engineV3;
        assertEquals([...codec.decodePayload(written)], sound);
      }
    }),
    RUNS,
  );
});

Deno.test("Text of a client of 2.x is told right, unless all of it is UTF-8 byte by byte", () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(text, latin), { minLength: 1, maxLength: 3 }), (texts) => {
      const meant = texts.map((data): EnginePacket => ({ type: "message", data }));
      const body = String(payloadV3Written(meant, true));
      const read = payloadV3Ours(body, engineV3Base64);
      if (!isUtf8(body)) {
        assertEquals<unknown>(read, { packets: meant, refused: false, fault: undefined });
      } else assertEquals(read.packets.length, meant.length);
    }),
    RUNS,
  );
});

Deno.test("JSON for clients that asked for base64 is read right whether they decode once or twice", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(text, bytes), { minLength: 1, maxLength: 3 }), (events) => {
      const packets = events.map(([value, data], index) => {
        const json = index % 2 === 0 ? ["x", value] : ["x", value, data];
        return EncodedPacket.message(
          jsonCodec().encode({ type: "event", nsp: "/", data: ["x", ...json] }),
          toAscii,
        );
      });
      const meant = packets.flatMap(meaning).map(({ data }) => jsonOf(data));
      const body = engineV3Base64.encodePayload(packets);
      assert(isAsciiText(body));
      for (const parser of ["1.x", "2.x"] as const) {
        const { packets: read, refused } = payloadV3Read(body, parser);
        assertEquals([read.map(({ data }) => jsonOf(data)), refused], [meant, false]);
      }
      const ours = [...engineV3Base64.decodePayload(body)];
      assertEquals(ours.map(({ data }) => jsonOf(data)), meant);
    }),
    RUNS,
  );
});

Deno.test("No payload is larger than what was counted for it", () => {
  fc.assert(
    fc.property(packetsOf(text), fc.boolean(), (packets, escapes) => {
      const given = escapes && toAscii !== undefined
        ? packets.map((packet) =>
          packet.type === "message" ? EncodedPacket.message(packet.parts, toAscii) : packet
        )
        : packets;
      for (const codec of CODECS) {
        let counted = 0;
        for (const packet of given) counted += codec.payloadBytes(packet);
        const sent = frameBytes(codec.encodePayload(given));
        assert(sent <= counted, `${sent} bytes are sent, ${counted} counted`);
        if (isBase64(codec)) assertEquals(sent, counted);
      }
    }),
    RUNS,
  );
});

function isAsciiText(frame: Frame): boolean {
  return typeof frame === "string" && /^[\0-\x7f]*$/.test(frame);
}

/** UTF-8 has no place for half a surrogate pair. */
function soundPacket(packet: EnginePacket): EnginePacket {
  return typeof packet.data === "string" ? { ...packet, data: packet.data.toWellFormed() } : packet;
}

/** What a message says: its JSON, without the digits in front, or its bytes. */
function jsonOf(data: Frame | undefined): unknown {
  return typeof data === "string" ? JSON.parse(data.slice(data.indexOf("["))) : data;
}

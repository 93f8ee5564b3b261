import { assert, assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { PacketError } from "../../src/base/errors.ts";
import { EncodedPacket } from "../../src/wire/encoded_packet.ts";
import type { EnginePacket, Frame } from "../../src/wire/engine_packet.ts";
import { engineV3, engineV3Base64 } from "../../src/wire/engine_v3.ts";
import { jsonCodec } from "../../src/wire/json_codec.ts";
import { frameBytes } from "../support/fake_sink.ts";
import {
  ENGINE_V3_PACKET_DIFFERENCES,
  ENGINE_V3_PAYLOAD_DIFFERENCES,
  SOCKET_V4_DECODE_DIFFERENCES,
} from "./known_differences_v3.ts";
import { decodeOurs } from "./published.ts";
import {
  decodeSocketV4,
  frameV3Ours,
  frameV3Read,
  payloadV3Ours,
  payloadV3Read,
} from "./published_v3.ts";

const CODECS = { engineV3, engineV3Base64 };
const BYTES = new Uint8Array([1, 2, 3, 4]);
const TEXT_AND_BINARY: readonly Frame[] = ["€", BYTES, new Uint8Array(0)];
const { toAscii } = jsonCodec();

const bytes = (...values: readonly (number | string)[]): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(
    values.flatMap((it) => typeof it === "number" ? [it] : [...new TextEncoder().encode(it)]),
  );

const message = (...parts: Frame[]): EncodedPacket => EncodedPacket.message(parts);

/** The last packet that is read, and how the reading ended. */
function readAll(codec: typeof engineV3, body: Frame): { count: number; error?: unknown } {
  let count = 0;
  try {
    for (const _packet of codec.decodePayload(body)) count++;
  } catch (error) {
    return { count, error };
  }
  return { count };
}

Deno.test("engineV3 differs from the published parser in packets as listed", () => {
  for (const { name, godwit, message, concerns, example } of ENGINE_V3_PACKET_DIFFERENCES) {
    assert(concerns(example), name);
    const theirs = frameV3Read(example);
    assertEquals(theirs.refused, false, name);
    for (const codec of Object.values(CODECS)) {
      const ours = frameV3Ours(example, codec);
      assertEquals(ours.refused, godwit === "refused", name);
      assertEquals(ours.fault?.message.includes(message ?? ""), message && true, name);
      if (godwit === "empty data") {
        assertEquals([theirs.packets, ours.packets], [[{ type: "message" }], [{
          type: "message",
          data: "",
        }]]);
      }
    }
  }
});

Deno.test("engineV3 differs from the published parser in payloads as listed", () => {
  for (const { name, godwit, message, concerns, example } of ENGINE_V3_PAYLOAD_DIFFERENCES) {
    assert(concerns(example), name);
    const theirs = payloadV3Read(example);
    for (const codec of Object.values(CODECS)) {
      const ours = payloadV3Ours(example, codec);
      assert(ours.refused, name);
      if (godwit === "refused") {
        assertEquals([theirs.refused, theirs.packets.length > 0], [false, true], name);
        assertEquals(ours.packets, []);
        assert(ours.fault?.message.includes(message ?? "?"), name);
      } else {
        assertEquals([theirs.refused, theirs.packets], [true, []], name);
        assert(ours.packets.length > 0, name);
      }
    }
  }
});

Deno.test("jsonCodec differs from the published decoder of revision 4 as listed", () => {
  for (const { name, pattern, godwit, example } of SOCKET_V4_DECODE_DIFFERENCES) {
    assert(pattern.test(example.text), name);
    const attachments = Array.from({ length: example.attachments }, () => new Uint8Array(0));
    const frames = [example.text, ...attachments];
    const [ours, theirs] = [decodeOurs(frames), decodeSocketV4(frames)];
    if (godwit === "refused") assertEquals([ours.kind, theirs.kind], ["refused", "packet"], name);
    else if (godwit === "accepted") {
      assertEquals([ours.kind, theirs.kind], ["packet", "refused"], name);
    } else assert(JSON.stringify(ours) !== JSON.stringify(theirs), name);
  }
});

Deno.test("engineV3 reads and writes a session's first payloads as clients expect them", () => {
  const open = EncodedPacket.control("open", '{"sid":"x"}');
  const [connect, noop] = [message("0"), EncodedPacket.control("noop")];
  for (const codec of Object.values(CODECS)) {
    assertEquals(codec.encodePayload([open, connect]), '12:0{"sid":"x"}2:40');
    assertEquals(codec.encodePayload([noop]), "1:6");
    assertEquals(codec.encodePayload([]), "");
    assertEquals([...codec.decodePayload("1:1")], [{ type: "close" }]);
    assertEquals(codec.separatorBytes, 0);
  }
});

Deno.test("engineV3 writes ASCII as text, and everything as bytes once a packet needs them", () => {
  assertEquals(engineV3.encodePayload([message("a"), message("b", "c")]), "2:4a2:4b2:4c");
  assertEquals(
    engineV3.encodePayload([message("a"), message("é"), message(BYTES)]),
    bytes(0, 2, 255, "4a", 0, 3, 255, "4é", 1, 5, 255, 4, 1, 2, 3, 4),
  );
  assertEquals(
    engineV3.encodePayload([message(...TEXT_AND_BINARY), EncodedPacket.control("pong", "probe")]),
    bytes(0, 4, 255, "4€", 1, 5, 255, 4, ...BYTES, 1, 1, 255, 4, 0, 6, 255, "3probe"),
  );
  const long = message("x".repeat(122) + "é");
  assertEquals(
    engineV3.encodePayload([long]),
    bytes(0, 1, 2, 5, 255, "4" + "x".repeat(122) + "é"),
  );
});

Deno.test("engineV3Base64 writes text alone, lengths in UTF-16 units, and ASCII where it can", () => {
  assertEquals(
    engineV3Base64.encodePayload([message(...TEXT_AND_BINARY)]),
    "2:4€10:b4AQIDBA==2:b4",
  );
  assertEquals(engineV3Base64.encodePayload([message("😀")]), "3:4😀");
  const event = EncodedPacket.message(['2["é😀"]', BYTES], toAscii);
  assertEquals(
    engineV3Base64.encodePayload([event]),
    '24:42["\\u00e9\\ud83d\\ude00"]10:b4AQIDBA==',
  );
  // WebSockets spoil nothing.
  assertEquals(engineV3Base64.webSocketFrames(event), ['42["é😀"]', "b4AQIDBA=="]);
  assertEquals(
    engineV3.encodePayload([EncodedPacket.message(["é"], toAscii)]),
    bytes(0, 3, 255, "4é"),
  );
});

Deno.test("engineV3 puts a type in front of binary frames, and leaves the packet's bytes alone", () => {
  const packet = message(BYTES);
  assertEquals(engineV3.webSocketFrames(packet), [bytes(4, 1, 2, 3, 4)]);
  assertEquals(engineV3Base64.webSocketFrames(packet), ["b4AQIDBA=="]);
  assertEquals(packet.parts, [BYTES]);
});

Deno.test("engineV3 and engineV3Base64 keep their forms of one packet apart, and build each once", () => {
  const packet = message("é", BYTES);
  const written = Object.values(CODECS).map((codec) => codec.encodePayload([packet]));
  assertEquals(written, [
    bytes(0, 3, 255, "4é", 1, 5, 255, 4, 1, 2, 3, 4),
    "2:4é10:b4AQIDBA==",
  ]);
  for (const codec of Object.values(CODECS)) {
    assertStrictEquals(codec.webSocketFrames(packet), codec.webSocketFrames(packet));
  }
  packet.wireForms(engineV3).payloadBinary = bytes(7);
  packet.wireForms(engineV3Base64).payloadText = "kept";
  assertEquals(engineV3.encodePayload([packet]), bytes(7));
  assertEquals(engineV3Base64.encodePayload([packet]), "kept");
  // The text of a packet that is in a payload with others is another form.
  assertEquals(engineV3.encodePayload([message("a")]), "2:4a");
});

Deno.test("engineV3 counts no fewer bytes than it sends, engineV3Base64 as many", () => {
  for (let size = 0; size < 12; size++) {
    for (const part of ["x".repeat(size), "é".repeat(size), new Uint8Array(size)]) {
      const packet = EncodedPacket.message([part, "a"], toAscii);
      const sent = frameBytes(engineV3.encodePayload([packet]));
      assert(engineV3.payloadBytes(packet) >= sent);
      assert(engineV3.payloadBytes(packet) <= sent + 24);
      const text = engineV3Base64.encodePayload([packet]);
      assertEquals(engineV3Base64.payloadBytes(packet), frameBytes(text));
    }
  }
  for (const packet of [EncodedPacket.control("noop"), EncodedPacket.control("open", "é")]) {
    assert(engineV3.payloadBytes(packet) >= frameBytes(engineV3.encodePayload([packet])));
  }
});

Deno.test("engineV3 reads a payload no further than its reader goes", () => {
  for (const body of ["2:4a9:x", bytes(0, 2, 255, "4a", 9)]) {
    for (const codec of Object.values(CODECS)) {
      const packets = codec.decodePayload(body)[Symbol.iterator]();
      assertEquals<unknown>(packets.next().value, { type: "message", data: "a" });
      const error = assertThrows(() => packets.next(), PacketError);
      assertEquals(error.offset, typeof body === "string" ? 4 : 5);
      assertEquals(packets.next().done, true);
    }
  }
});

Deno.test("engineV3 gives bytes that share no memory with the body they came in", () => {
  const body = bytes(1, 3, 255, 4, 7, 8, 0, 1, 255, "2");
  const frame = bytes(4, 7, 8);
  for (const codec of Object.values(CODECS)) {
    const [first] = codec.decodePayload(body);
    for (const packet of [first, codec.decodeFrame(frame)]) {
      assert(packet?.data instanceof Uint8Array);
      assertEquals([packet.data, packet.data.buffer.byteLength], [bytes(7, 8), 2]);
      packet.data.fill(0);
    }
  }
  assertEquals([body[4], frame[1]], [7, 7]);
});

Deno.test("engineV3 refuses bytes that announce more than 2^32, however it is written", () => {
  const texts = ["99999999999:4", "4294967296:4", "00000000001:4", "1".repeat(400) + ":4"];
  for (const codec of Object.values(CODECS)) {
    for (const text of texts) {
      assertThrows(() => [...codec.decodePayload(text)], PacketError);
      const digits = [...text.slice(0, -2)].map(Number);
      assertThrows(() => [...codec.decodePayload(bytes(0, ...digits, 255, "4"))], PacketError);
    }
  }
});

Deno.test("engineV3 refuses a message that quotes no more than a little of the peer's", () => {
  const hostile = "x".repeat(1_000);
  for (const body of [hostile, `1000:${hostile}`, `1003:b4*${hostile}`, `${"1".repeat(1_000)}:4`]) {
    const error = assertThrows(() => [...engineV3.decodePayload(body)], PacketError);
    assert(error.message.length < 160, error.message);
    assertEquals(error.closeReason, "parse error");
  }
});

const MILLION = 1_000_000;
const repeated = (unit: string): string => unit.repeat(MILLION / unit.length);

/** CVE-2020-36048: bodies of a megabyte, and how many packets there are in them before the end. */
const LARGE: readonly (readonly [body: Frame, packets: number])[] = [
  [repeated("1:2"), Math.floor(MILLION / 3)],
  [repeated("99999999:"), 0],
  [repeated("9:"), 0],
  [repeated("0:"), 0],
  [repeated("1"), 0],
  [repeated(":"), 0],
  [repeated("é"), 0],
  ["1:2".repeat(1_000) + repeated("5"), 1_000],
  [`${MILLION}:4${"é".repeat(MILLION - 1)}`, 1],
  [`${MILLION + 1}:4${"\u00c3\u00a9".repeat(MILLION / 2)}`, 1],
  [`${MILLION}:b4${"A".repeat(MILLION - 2)}`, 1],
  [`${MILLION}:b4${"*".repeat(MILLION - 2)}`, 0],
];

/** Reads each body with every codec: so many packets are in it, before what is refused. */
function assertLinear(bodies: readonly (readonly [Frame, number])[]): void {
  for (const [body, packets] of bodies) {
    for (const codec of Object.values(CODECS)) {
      const start = performance.now();
      const { count, error } = readAll(codec, body);
      assert(performance.now() - start < 2_000, String(body.slice(0, 10)));
      assert(error === undefined || error instanceof PacketError);
      assertEquals(count, packets, String(body.slice(0, 10)));
    }
  }
}

Deno.test("engineV3 reads a megabyte of small, empty or endless packets in linear time", () => {
  assertLinear(LARGE);
});

Deno.test("engineV3 reads a megabyte of small, empty or endless packets of bytes in linear time", () => {
  const fill = (...unit: readonly number[]): Uint8Array<ArrayBuffer> => {
    const body = new Uint8Array(MILLION - MILLION % unit.length);
    return body.map((_, index) => unit[index % unit.length] ?? 0);
  };
  const large: readonly (readonly [Uint8Array<ArrayBuffer>, number])[] = [
    [fill(0, 1, 255, 0x32), MILLION / 4],
    [fill(1, 1, 255, 4), MILLION / 4],
    [fill(0, 9, 9, 9, 9, 9, 9, 9, 9, 255), 0],
    [fill(0, 0, 255), 0],
    [fill(1, 0, 255), 0],
    [fill(0), 0],
    [fill(1), 0],
    [fill(9), 0],
    [fill(255), 0],
    [fill(0, 255), 0],
  ];
  assertLinear(large);
});

Deno.test("engineV3 frames hold what control packets say, text alone", () => {
  const types = ["open", "close", "ping", "pong", "upgrade", "noop"] as const;
  for (const codec of Object.values(CODECS)) {
    const frames = types.map((type) => codec.webSocketFrames(EncodedPacket.control(type)));
    assertEquals(frames, [["0"], ["1"], ["2"], ["3"], ["5"], ["6"]]);
    const probe = codec.webSocketFrames(EncodedPacket.control("pong", "probe"));
    assertEquals(probe, ["3probe"]);
    const read: EnginePacket = codec.decodeFrame("3probe");
    assertEquals<unknown>(read, { type: "pong", data: "probe" });
  }
});

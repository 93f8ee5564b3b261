import { assertEquals, assertInstanceOf, assertStrictEquals, assertThrows } from "@std/assert";
import { PacketError } from "../../src/base/errors.ts";
import { EncodedPacket } from "../../src/wire/encoded_packet.ts";
import type { EnginePacket, Frame } from "../../src/wire/engine_packet.ts";
import { engineV4 } from "../../src/wire/engine_v4.ts";
import { ENGINE_DECODE_DIFFERENCES } from "./known_differences.ts";
import { frameBytes } from "../support/fake_sink.ts";
import { frameOurs, framePublished } from "./published.ts";

const TEXT_AND_BINARY: readonly Frame[] = ["€", new Uint8Array([1, 2, 3, 4]), new Uint8Array(0)];

Deno.test("engineV4 differs from the published parser as listed", () => {
  for (const { name, pattern, godwit, example } of ENGINE_DECODE_DIFFERENCES) {
    assertEquals(pattern.test(example.text), true, name);
    assertEquals(framePublished(example.text).refused, false, name);
    const ours = frameOurs(example.text);
    assertEquals(ours.refused, godwit === "refused", name);
    if (godwit === "empty data") assertEquals(ours.packets, [{ type: "message", data: "" }]);
  }
});

Deno.test("engineV4.decodePayload reads no further than its reader goes", () => {
  const packets = engineV4.decodePayload("4a\x1e\x1e")[Symbol.iterator]();
  assertEquals<unknown>(packets.next().value, { type: "message", data: "a" });
  const error = assertThrows(() => packets.next(), PacketError, "must not be empty");
  assertEquals(error.offset, 3);
  assertEquals(packets.next().done, true);
});

Deno.test("engineV4.decodePayload tells where a malformed packet is", () => {
  const read: EnginePacket[] = [];
  const error = assertThrows(() => {
    for (const packet of engineV4.decodePayload("2\x1e4b\x1e9\x1e4c")) read.push(packet);
  }, PacketError);
  assertEquals(error.message, 'Cannot decode engine packet: type must be 0–6 or b, found "9"');
  assertEquals(error.offset, 5);
  assertEquals<unknown>(read, [{ type: "ping" }, { type: "message", data: "b" }]);
});

Deno.test("engineV4.decodePayload takes a million packets in linear time", () => {
  const body = "2\x1e".repeat(1_000_000) + "2";
  const start = performance.now();
  let count = 0;
  for (const packet of engineV4.decodePayload(body)) count += packet.type === "ping" ? 1 : 0;
  assertEquals(count, 1_000_001);
  assertEquals(performance.now() - start < 2_000, true);
});

Deno.test("engineV4.decodeFrame hands binary frames on as they are", () => {
  const bytes = new Uint8Array([1]);
  const packet = engineV4.decodeFrame(bytes);
  assertEquals(packet.type, "message");
  assertStrictEquals(packet.data, bytes);
});

Deno.test("engineV4.decodeFrame refuses base64 that is malformed", () => {
  for (const text of ["bA", "bAQ=", "b====", "bAQ*=", "b AQ==", "bAQ==x", "b€"]) {
    const error = assertThrows(() => engineV4.decodeFrame(text));
    assertInstanceOf(error, PacketError, text);
    assertEquals(error.closeReason, "parse error");
  }
});

Deno.test("engineV4 writes a message with attachments as one frame or packet for each part", () => {
  const packet = EncodedPacket.message(TEXT_AND_BINARY);
  assertEquals(engineV4.webSocketFrames(packet), ["4€", ...TEXT_AND_BINARY.slice(1)]);
  assertEquals(engineV4.encodePayload([packet]), "4€\x1ebAQIDBA==\x1eb");
  assertStrictEquals(engineV4.webSocketFrames(packet)[1], TEXT_AND_BINARY[1]);
});

Deno.test("engineV4 counts the bytes of a payload part without building it", () => {
  for (let size = 0; size < 7; size++) {
    for (const parts of [["€\ud800"], [new Uint8Array(size)], ["x", new Uint8Array(size), "é"]]) {
      const packet = EncodedPacket.message(parts);
      const bytes = engineV4.payloadBytes(packet);
      assertEquals(packet.wireForms(engineV4).payloadText, undefined);
      assertEquals(bytes, frameBytes(engineV4.encodePayload([packet])));
    }
  }
  assertEquals(engineV4.payloadBytes(EncodedPacket.control("noop")), 1);
  assertEquals(engineV4.payloadBytes(EncodedPacket.control("open", "é")), 3);
});

Deno.test("engineV4 writes control packets with and without data", () => {
  const types = ["open", "close", "ping", "pong", "upgrade", "noop"] as const;
  const frames = types.map((type) => engineV4.webSocketFrames(EncodedPacket.control(type)));
  assertEquals(frames, [["0"], ["1"], ["2"], ["3"], ["5"], ["6"]]);
  assertEquals(engineV4.encodePayload([EncodedPacket.control("pong", "probe")]), "3probe");
  assertEquals(engineV4.webSocketFrames(EncodedPacket.control("ping", "probe")), ["2probe"]);
});

Deno.test("engineV4.encodePayload puts separators between packets only", () => {
  const message = EncodedPacket.message(["a"]);
  const [ping, noop] = [EncodedPacket.control("ping"), EncodedPacket.control("noop")];
  assertEquals(engineV4.encodePayload([]), "");
  assertEquals(engineV4.encodePayload([message]), "4a");
  assertEquals(engineV4.encodePayload([message, ping, noop]), "4a\x1e2\x1e6");
});

Deno.test("engineV4.decodePayload refuses bytes", () => {
  const read = (): unknown[] => [...engineV4.decodePayload(Uint8Array.of(0x34, 0x61))];
  assertThrows(read, PacketError, "expected text, found bytes");
});

import { assertEquals, assertNotStrictEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { EncodedPacket } from "../../src/wire/encoded_packet.ts";
import { engineV4 } from "../../src/wire/engine_v4.ts";

Deno.test("EncodedPacket counts UTF-8 and a type byte for text, and binary as it is", () => {
  const packet = EncodedPacket.message(["aé€😀\ud800", new Uint8Array(5)]);
  assertEquals(packet.byteLength, 1 + (1 + 2 + 3 + 4 + 3) + 5);
  assertEquals(packet.byteLength, 19);
  assertEquals(EncodedPacket.message([""]).byteLength, 1);
  assertEquals(EncodedPacket.control("noop").byteLength, 1);
  assertEquals(EncodedPacket.control("open", "é").byteLength, 3);
});

Deno.test("EncodedPacket gives the same frames and the same payload part to every recipient", () => {
  const packet = EncodedPacket.message(["a", new Uint8Array([1])]);
  const frames = engineV4.webSocketFrames(packet);
  const part = engineV4.encodePayload([packet]);
  assertStrictEquals(engineV4.webSocketFrames(packet), frames);
  assertStrictEquals(engineV4.encodePayload([packet]), part);
  const forms = packet.wireForms(engineV4);
  assertStrictEquals(forms.payloadText, part);
  forms.payloadText = "4kept";
  assertEquals(engineV4.encodePayload([packet]), "4kept");
});

Deno.test("EncodedPacket keeps the forms of several codecs apart", () => {
  const packet = EncodedPacket.message(["a"]);
  const [first, second, third] = [{}, {}, {}];
  const forms = [first, second, third].map((codec) => packet.wireForms(codec));
  assertEquals(new Set(forms).size, 3);
  for (const [index, codec] of [first, second, third].entries()) {
    assertStrictEquals(packet.wireForms(codec), forms[index]);
  }
  assertNotStrictEquals(forms[0], packet.wireForms(engineV4));
});

Deno.test("EncodedPacket.message refuses a message without parts", () => {
  assertThrows(() => EncodedPacket.message([]), TypeError, "at least one part");
});

Deno.test("EncodedPacket says its type and its parts", () => {
  const parts = ["a"];
  assertStrictEquals(EncodedPacket.message(parts).parts, parts);
  assertEquals(EncodedPacket.message(parts).type, "message");
  assertEquals(EncodedPacket.control("ping").type, "ping");
  assertEquals(EncodedPacket.control("pong", "probe").parts, ["probe"]);
});

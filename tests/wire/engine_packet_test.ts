import { assertEquals } from "@std/assert";
import {
  ENGINE_PACKET_DIGITS,
  ENGINE_PACKET_TYPES,
  exceeds,
} from "../../src/wire/engine_packet.ts";

Deno.test("exceeds counts the bytes of text and of binary data", () => {
  const frames = ["", "abcd", "éé", "€", "😀", "\ud800", new Uint8Array(4)];
  for (const frame of frames) {
    const bytes = typeof frame === "string" ? new TextEncoder().encode(frame).length : frame.length;
    for (let limit = 0; limit < 14; limit++) assertEquals(exceeds(frame, limit), bytes > limit);
  }
});

Deno.test("ENGINE_PACKET_TYPES and ENGINE_PACKET_DIGITS say the same", () => {
  const digits = ENGINE_PACKET_TYPES.map((type) => ENGINE_PACKET_DIGITS[type]);
  assertEquals(digits.join(""), "0123456");
  assertEquals(Object.keys(ENGINE_PACKET_DIGITS), [...ENGINE_PACKET_TYPES]);
});

/** Tests that each known difference of the msgpack parser is one, and is what its row says. */
import { assert, assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import { MSGPACK_DECODE_DIFFERENCES, MSGPACK_ENCODE_DIFFERENCES } from "./known_differences.ts";
import {
  decodeOurs,
  decodePublished,
  encodeOurs,
  encodePublished,
  eventFrame,
  eventOf,
} from "./published_msgpack.ts";

for (const { name, message, example } of MSGPACK_DECODE_DIFFERENCES) {
  Deno.test(`msgpack differs from the published decoder: ${name}`, () => {
    const frame = eventFrame(example);
    assertEquals(decodePublished(frame).kind, "packet");
    const outcome = decodeOurs(frame);
    assert(outcome.kind === "refused" && message.test(outcome.message), Deno.inspect(outcome));
  });
}

for (const { name, example, godwit } of MSGPACK_ENCODE_DIFFERENCES) {
  Deno.test(`msgpack differs from the published encoder: ${name}`, () => {
    const packet = eventOf(example());
    const published = encodePublished(packet);
    if (godwit === "refused") {
      assertThrows(() => encodeOurs(packet), Error, "Cannot encode socket packet: ");
      return;
    }
    const frame = encodeOurs(packet);
    assertNotEquals(frame, published);
    assertEquals(decodePublished(frame), { kind: "packet", packet: eventOf(godwit) });
  });
}

Deno.test("Known differences of msgpack have unique names and a reason", () => {
  for (const rows of [MSGPACK_DECODE_DIFFERENCES, MSGPACK_ENCODE_DIFFERENCES]) {
    const names = rows.map(({ name }) => name);
    assertEquals(new Set(names).size, names.length);
    assert(rows.every(({ reason }) => reason.length > 0));
  }
});

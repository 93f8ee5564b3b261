import { assert, assertEquals, assertThrows } from "@std/assert";
import { ProtocolError } from "../../src/base/errors.ts";
import { Decoder, Encoder, type ParserPacket } from "../../src/extra/msgpack.ts";
import type { Vector } from "../wire/vectors.ts";
import { fromTagged } from "./tagged_json.ts";

const file = new URL("../vectors/msgpack_packet.json", import.meta.url);
const vectors: readonly Vector[] = JSON.parse(Deno.readTextFileSync(file));

function decode(frame: unknown): unknown {
  let packet: unknown;
  const decoder = new Decoder();
  decoder.on("decoded", (value) => packet = value);
  decoder.add(frame);
  return packet;
}

Deno.test("Encoder writes packets as the vectors say, and Decoder reads them again", () => {
  const encoder = new Encoder({ binary: "ext" });
  let count = 0;
  for (const { name, direction, input, output } of vectors) {
    if (direction !== "encode") continue;
    const [frame = new Uint8Array(0)] = encoder.encode(fromTagged(input) as ParserPacket);
    assertEquals([name, [...frame]], [name, [...fromTagged(output) as Uint8Array]]);
    assertEquals((decode(frame) as ParserPacket).type, (input as ParserPacket).type);
    count++;
  }
  assert(count > 20);
});

Deno.test("Decoder reads frames as the vectors say", () => {
  let count = 0;
  for (const { name, direction, input, output, error } of vectors) {
    if (direction !== "decode") continue;
    const frame = fromTagged(input);
    if (error !== undefined) assertThrows(() => decode(frame), ProtocolError);
    else assertEquals([name, decode(frame)], [name, fromTagged(output)]);
    count++;
  }
  assert(count > 15);
});

Deno.test("Vectors of msgpack have unique names, a source, and an answer", () => {
  const names = vectors.map(({ direction, name }) => `${direction} ${name}`);
  assertEquals(new Set(names).size, names.length);
  for (const vector of vectors) {
    assert("output" in vector || "error" in vector, vector.name);
    assert(vector.source.length > 0);
  }
});

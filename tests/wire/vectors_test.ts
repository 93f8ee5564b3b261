import { assert, assertEquals, assertThrows } from "@std/assert";
import { ProtocolError } from "../../src/base/errors.ts";
import { EncodedPacket } from "../../src/wire/encoded_packet.ts";
import type { EngineControlType, EnginePacket, Frame } from "../../src/wire/engine_packet.ts";
import { engineV4 } from "../../src/wire/engine_v4.ts";
import { jsonCodec } from "../../src/wire/json_codec.ts";
import type { SocketPacket } from "../../src/wire/socket_packet.ts";
import { readVectors, type Vector } from "./vectors.ts";

function each(name: string, direction: Vector["direction"], check: (vector: Vector) => void): void {
  const vectors = readVectors(name).filter((vector) => vector.direction === direction);
  assert(vectors.length > 0);
  for (const vector of vectors) {
    try {
      check(vector);
    } catch (error) {
      throw new Error(`vector "${vector.name}" of ${name}`, { cause: error });
    }
  }
}

function encoded(packet: EnginePacket): EncodedPacket {
  return packet.type === "message"
    ? EncodedPacket.message([packet.data])
    : EncodedPacket.control(packet.type as EngineControlType, packet.data);
}

Deno.test("engineV4 reads frames as the vectors say", () => {
  each("engine_packet", "decode", ({ input, output, error }) => {
    if (error !== undefined) {
      assertThrows(() => engineV4.decodeFrame(input as Frame), ProtocolError);
    } else assertEquals<unknown>(engineV4.decodeFrame(input as Frame), output);
  });
});

Deno.test("engineV4 writes frames as the vectors say", () => {
  each("engine_packet", "encode", ({ input, output }) => {
    assertEquals<unknown>(engineV4.webSocketFrames(encoded(input as EnginePacket)), [output]);
  });
});

Deno.test("engineV4 reads payloads as the vectors say, packets before an error included", () => {
  each("engine_payload", "decode", ({ input, output, error }) => {
    const packets: EnginePacket[] = [];
    function read(): void {
      for (const packet of engineV4.decodePayload(input as string)) packets.push(packet);
    }
    if (error === undefined) read();
    else assertThrows(read, ProtocolError);
    assertEquals<unknown>(packets, output);
  });
});

Deno.test("engineV4 writes payloads as the vectors say", () => {
  each("engine_payload", "encode", ({ input, output }) => {
    assertEquals<unknown>(engineV4.encodePayload((input as EnginePacket[]).map(encoded)), output);
  });
});

Deno.test("jsonCodec reads packets as the vectors say", () => {
  each("socket_packet", "decode", ({ input, output, error }) => {
    const decoder = jsonCodec().createDecoder();
    function read(): SocketPacket | undefined {
      let packet: SocketPacket | undefined;
      for (const frame of input as Frame[]) packet = decoder.push(frame);
      return packet;
    }
    if (error !== undefined) {
      assertThrows(read, ProtocolError);
      assertEquals(decoder.pendingBytes, 0);
    } else if (output === null) assertEquals(read(), undefined);
    else {assertEquals<unknown>({ data: undefined, ...read() }, {
        data: undefined,
        ...output as object,
      });}
  });
});

Deno.test("jsonCodec writes packets as the vectors say", () => {
  each("socket_packet", "encode", ({ input, output }) => {
    assertEquals<unknown>(jsonCodec().encode(input as SocketPacket), output);
  });
});

Deno.test("vectors have unique names, a source, and a published answer wherever ours differs", () => {
  for (const file of ["engine_packet", "engine_payload", "socket_packet"]) {
    const vectors = readVectors(file);
    const names = vectors.map(({ direction, name }) => `${direction} ${name}`);
    assertEquals(new Set(names).size, names.length);
    for (const vector of vectors) {
      assert("output" in vector || "error" in vector, vector.name);
      assert(vector.source.length > 0);
    }
  }
});

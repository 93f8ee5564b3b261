/** Tests Engine.IO revision 4, and the Socket.IO protocol of its clients, by the golden vectors. */
import { assert, assertEquals } from "@std/assert";
import type { EnginePacket } from "../../src/wire/engine_packet.ts";
import { engineV4 } from "../../src/wire/engine_v4.ts";
import { jsonCodec } from "../../src/wire/json_codec.ts";
import type { SocketPacket } from "../../src/wire/socket_packet.ts";
import { checkFrame, checkPacket, checkPayload, encoded } from "./vector_checks.ts";
import { eachVector as each, readVectors } from "./vectors.ts";

Deno.test("engineV4 reads frames as the vectors say", () => {
  each("engine_packet", "decode", (vector) => checkFrame(engineV4, vector));
});

Deno.test("engineV4 writes frames as the vectors say", () => {
  each("engine_packet", "encode", ({ input, output }) => {
    assertEquals<unknown>(engineV4.webSocketFrames(encoded(input as EnginePacket)), [output]);
  });
});

Deno.test("engineV4 reads payloads as the vectors say, packets before an error included", () => {
  each("engine_payload", "decode", (vector) => checkPayload(engineV4, vector));
});

Deno.test("engineV4 writes payloads as the vectors say", () => {
  each("engine_payload", "encode", ({ input, output }) => {
    assertEquals<unknown>(engineV4.encodePayload((input as EnginePacket[]).map(encoded)), output);
  });
});

Deno.test("jsonCodec reads packets as the vectors say", () => {
  each("socket_packet", "decode", (vector) => checkPacket(jsonCodec().createDecoder(), vector));
});

Deno.test("jsonCodec writes packets as the vectors say", () => {
  each("socket_packet", "encode", ({ input, output }) => {
    assertEquals<unknown>(jsonCodec().encode(input as SocketPacket), output);
  });
});

Deno.test("vectors have unique names, a source, and a published answer wherever ours differs", () => {
  const v3 = ["engine_v3_packet", "engine_v3_payload", "socket_v4_packet"];
  for (const file of ["engine_packet", "engine_payload", "socket_packet", ...v3]) {
    const vectors = readVectors(file);
    const names = vectors.map(({ direction, name }) => `${direction} ${name}`);
    assertEquals(new Set(names).size, names.length);
    for (const vector of vectors) {
      assert("output" in vector || "error" in vector, vector.name);
      assert(vector.source.length > 0);
    }
  }
});

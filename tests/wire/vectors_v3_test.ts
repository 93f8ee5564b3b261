/** Tests Engine.IO revision 3, and the Socket.IO protocol of its clients, by the golden vectors. */
import { assertEquals } from "@std/assert";
import type { EngineCodec } from "../../src/wire/engine_codec.ts";
import type { EnginePacket } from "../../src/wire/engine_packet.ts";
import { engineV3, engineV3Base64 } from "../../src/wire/engine_v3.ts";
import { jsonCodec } from "../../src/wire/json_codec.ts";
import type { SocketPacket } from "../../src/wire/socket_packet.ts";
import { checkFrame, checkPacket, checkPayload, encoded } from "./vector_checks.ts";
import { eachVector, type Vector } from "./vectors.ts";

/** The codecs that a vector is about: both read the same. */
function readers({ base64 }: Vector): readonly EngineCodec[] {
  return base64 === true ? [engineV3Base64] : [engineV3, engineV3Base64];
}

function writer({ base64 }: Vector): EngineCodec {
  return base64 === true ? engineV3Base64 : engineV3;
}

Deno.test("engineV3 and engineV3Base64 read frames as the vectors say", () => {
  eachVector("engine_v3_packet", "decode", (vector) => {
    for (const codec of readers(vector)) checkFrame(codec, vector);
  });
});

Deno.test("engineV3 and engineV3Base64 write frames as the vectors say", () => {
  eachVector("engine_v3_packet", "encode", (vector) => {
    const packet = encoded(vector.input as EnginePacket);
    assertEquals<unknown>(writer(vector).webSocketFrames(packet), [vector.output]);
  });
});

Deno.test("engineV3 and engineV3Base64 read payloads as the vectors say, packets before an error included", () => {
  eachVector("engine_v3_payload", "decode", (vector) => {
    for (const codec of readers(vector)) checkPayload(codec, vector);
  });
});

Deno.test("engineV3 and engineV3Base64 write payloads as the vectors say", () => {
  eachVector("engine_v3_payload", "encode", (vector) => {
    const packets = (vector.input as EnginePacket[]).map(encoded);
    assertEquals<unknown>(writer(vector).encodePayload(packets), vector.output);
  });
});

Deno.test("jsonCodec reads packets of revision 4 as the vectors say", () => {
  eachVector("socket_v4_packet", "decode", (vector) => {
    checkPacket(jsonCodec().createDecoder({ namespaceQueries: true }), vector);
  });
});

Deno.test("jsonCodec writes packets of revision 4 as the vectors say", () => {
  eachVector("socket_v4_packet", "encode", ({ input, output }) => {
    assertEquals<unknown>(jsonCodec().encode(input as SocketPacket), output);
  });
});

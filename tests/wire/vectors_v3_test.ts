/** Tests Engine.IO revision 3, and the Socket.IO protocol of its clients, by the golden vectors. */
import { assert, assertEquals, assertThrows } from "@std/assert";
import { PacketError, ProtocolError } from "../../src/base/errors.ts";
import { EncodedPacket } from "../../src/wire/encoded_packet.ts";
import type { EngineCodec } from "../../src/wire/engine_codec.ts";
import type { EngineControlType, EnginePacket, Frame } from "../../src/wire/engine_packet.ts";
import { engineV3, engineV3Base64 } from "../../src/wire/engine_v3.ts";
import { jsonCodec } from "../../src/wire/json_codec.ts";
import type { SocketPacket } from "../../src/wire/socket_packet.ts";
import { eachVector, type Vector } from "./vectors.ts";

function encoded(packet: EnginePacket): EncodedPacket {
  return packet.type === "message"
    ? EncodedPacket.message([packet.data])
    : EncodedPacket.control(packet.type as EngineControlType, packet.data);
}

/** The codecs that a vector is about: both read the same. */
function readers({ base64 }: Vector): readonly EngineCodec[] {
  return base64 === true ? [engineV3Base64] : [engineV3, engineV3Base64];
}

function writer({ base64 }: Vector): EngineCodec {
  return base64 === true ? engineV3Base64 : engineV3;
}

Deno.test("engineV3 and engineV3Base64 read frames as the vectors say", () => {
  eachVector("engine_v3_packet", "decode", (vector) => {
    for (const codec of readers(vector)) {
      const read = (): EnginePacket => codec.decodeFrame(vector.input as Frame);
      if (vector.error !== undefined) assertThrows(read, PacketError);
      else assertEquals<unknown>(read(), vector.output);
    }
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
    for (const codec of readers(vector)) {
      const packets: EnginePacket[] = [];
      const read = (): void => {
        for (const packet of codec.decodePayload(vector.input as Frame)) packets.push(packet);
      };
      if (vector.error === undefined) read();
      else assertThrows(read, PacketError);
      assertEquals<unknown>(packets, vector.output);
    }
  });
});

Deno.test("engineV3 and engineV3Base64 write payloads as the vectors say", () => {
  eachVector("engine_v3_payload", "encode", (vector) => {
    const packets = (vector.input as EnginePacket[]).map(encoded);
    assertEquals<unknown>(writer(vector).encodePayload(packets), vector.output);
  });
});

Deno.test("jsonCodec reads packets of revision 4 as the vectors say", () => {
  eachVector("socket_v4_packet", "decode", ({ input, output, error }) => {
    const decoder = jsonCodec().createDecoder({ namespaceQueries: true });
    const read = (): SocketPacket | undefined => {
      let packet: SocketPacket | undefined;
      for (const frame of input as Frame[]) packet = decoder.push(frame);
      return packet;
    };
    if (error !== undefined) {
      assertThrows(read, ProtocolError);
      assertEquals(decoder.pendingBytes, 0);
      return;
    }
    const packet = read();
    if (output === null) assertEquals(packet, undefined);
    else {
      assert(packet !== undefined);
      assertEquals<unknown>({ data: undefined, ...packet }, { data: undefined, ...output });
    }
  });
});

Deno.test("jsonCodec writes packets of revision 4 as the vectors say", () => {
  eachVector("socket_v4_packet", "encode", ({ input, output }) => {
    assertEquals<unknown>(jsonCodec().encode(input as SocketPacket), output);
  });
});

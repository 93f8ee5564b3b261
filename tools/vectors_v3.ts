/**
 * Makes the golden vectors of Engine.IO revision 3, and of the Socket.IO protocol of its clients.
 *
 * Invariants
 * - Those of `make_vectors.ts`; the reasons come from tests/wire/known_differences_v3.ts.
 * - A vector with `base64` is one of a client that asked for base64, and what is written is for that
 *   client; what is read is the same with and without, unless it says otherwise.
 */
import type { EnginePacket } from "../src/wire/engine_packet.ts";
import {
  ENGINE_V3_PACKET_DIFFERENCES,
  ENGINE_V3_PAYLOAD_DIFFERENCES,
  type EngineV3Difference,
  SOCKET_V4_DECODE_DIFFERENCES,
} from "../tests/wire/known_differences_v3.ts";
import type { PayloadOutcome } from "../tests/wire/published.ts";
import {
  decodeSocketV4,
  encodeSocketV4,
  frameV3Published,
  frameV3Read,
  payloadV3Read,
  payloadV3Written,
} from "../tests/wire/published_v3.ts";
import type { Vector } from "../tests/wire/vectors.ts";
import { applied } from "./apply_difference.ts";
import {
  ENGINE_V1_TEXTS,
  ENGINE_V3_ENCODE_CASES,
  ENGINE_V3_FRAME_CASES,
  ENGINE_V3_PAYLOAD_CASES,
  ENGINE_V3_PAYLOAD_ENCODE_CASES,
  type EngineV3Case,
  SOCKET_V4_DECODE_CASES,
  SOCKET_V4_ENCODE_CASES,
} from "./vector_cases_v3.ts";

const ENGINE = "engine.io-parser 2.2.1";
const ENGINE_V1 = "engine.io-parser 1.3.2";
const SOCKET = "socket.io-parser 3.4.5";
const DIFFERENCES = [...ENGINE_V3_PACKET_DIFFERENCES, ...ENGINE_V3_PAYLOAD_DIFFERENCES];

/** Frames of both kinds of client. */
export function engineV3FrameVectors(): readonly Vector[] {
  const decode = ENGINE_V3_FRAME_CASES.map((it): Vector => {
    const { packets, refused } = frameV3Read(it.input);
    return vectorOf(it, refused ? { error: "parser error" } : { output: packets[0] });
  });
  const encode = ENGINE_V3_ENCODE_CASES.map(({ name, packet }): Vector => ({
    ...{ name, source: ENGINE, direction: "encode", input: packet },
    output: frameV3Published(packet, false),
  }));
  const base64 = ENGINE_V3_ENCODE_CASES.map(({ name, packet }): Vector => ({
    ...{ name: `${name}, base64`, source: ENGINE, direction: "encode", input: packet },
    ...{ base64: true, output: frameV3Published(packet, true) },
  }));
  return [...decode, ...encode, ...base64];
}

/** Payloads of both kinds of client, and of clients that encode text twice. */
export function engineV3PayloadVectors(): readonly Vector[] {
  const decode = ENGINE_V3_PAYLOAD_CASES.map((it): Vector => {
    return vectorOf(it, resultOf(payloadV3Read(it.input)));
  });
  const twice = ENGINE_V1_TEXTS.map(({ name, texts }): Vector => {
    const packets = texts.map((data): EnginePacket => ({ type: "message", data }));
    const input = payloadV3Written(packets, true, "1.x");
    return {
      ...{ name, source: ENGINE_V1, direction: "decode", input },
      ...{ base64: true, output: payloadV3Read(input, "1.x").packets },
    };
  });
  const encode = ENGINE_V3_PAYLOAD_ENCODE_CASES.map(({ name, packets }): Vector => ({
    ...{ name, source: ENGINE, direction: "encode", input: packets },
    output: payloadV3Written(packets, false),
  }));
  const base64 = ENGINE_V3_PAYLOAD_ENCODE_CASES.map(({ name, packets }): Vector => ({
    ...{ name: `${name}, base64`, source: ENGINE, direction: "encode", input: packets },
    ...{ base64: true, output: payloadV3Written(packets, true) },
  }));
  return [...decode, ...twice, ...encode, ...base64];
}

/** Packets of the Socket.IO protocol, revision 4. */
export function socketV4Vectors(): readonly Vector[] {
  const decode = SOCKET_V4_DECODE_CASES.map(({ name, frames, difference }): Vector => {
    const outcome = decodeSocketV4(frames);
    const head = { name, source: SOCKET, direction: "decode" as const, input: frames };
    const result = outcome.kind === "refused"
      ? { error: outcome.message }
      : { output: outcome.kind === "pending" ? null : outcome.packet };
    return applied(head, result, difference, SOCKET_V4_DECODE_DIFFERENCES);
  });
  const encode = SOCKET_V4_ENCODE_CASES.map(({ name, packet }): Vector => ({
    ...{ name, source: SOCKET, direction: "encode", input: packet },
    output: encodeSocketV4(packet),
  }));
  return [...decode, ...encode];
}

function resultOf({ packets, refused }: PayloadOutcome): Pick<Vector, "output" | "error"> {
  return refused ? { output: packets, error: "parser error" } : { output: packets };
}

/** A vector of something to read, with Godwit's answer where a known difference is named. */
function vectorOf(
  { name, input, difference }: EngineV3Case,
  published: Pick<Vector, "output" | "error">,
): Vector {
  const head: Vector = { name, source: ENGINE, direction: "decode", input };
  if (difference === undefined) return { ...head, ...published };
  const known = DIFFERENCES.find((candidate: EngineV3Difference) => candidate.name === difference);
  if (known === undefined) throw new RangeError(`Cannot find difference: ${difference}`);
  if (known.godwit === "empty data") {
    return { ...head, output: { ...published.output as object, data: "" }, published };
  }
  const before = Array.isArray(published.output) ? { output: [] } : {};
  return { ...head, ...before, error: known.reason, published };
}

/**
 * Writes tests/vectors/*.json: what the published parsers read and write, for the cases below.
 *
 * Invariants
 * - The output depends on the cases and on the published packages only, so that a diff shows what a
 *   new version of them changed.
 * - Where Godwit differs on purpose, `output` or `error` is Godwit's and `published` is theirs; the
 *   reason comes from tests/wire/known_differences.ts and tests/extra/known_differences.ts.
 * - Binary data is written as `{ "$bytes": "<base64>" }`; what else the vectors of msgpack hold that
 *   JSON does not is said in tests/extra/tagged_json.ts.
 *
 * Run: deno run --allow-read --allow-env --allow-write=tests/vectors tools/make_vectors.ts
 */
import { encodePacket, encodePayload, type RawData } from "engine.io-parser";
import { base64Encode } from "../src/base/bytes.ts";
import {
  type DecodeDifference,
  ENGINE_DECODE_DIFFERENCES,
  SOCKET_DECODE_DIFFERENCES,
} from "../tests/wire/known_differences.ts";
import {
  decodePublished,
  encodePublished,
  framePublished,
  payloadPublished,
} from "../tests/wire/published.ts";
import {
  ENGINE_ENCODE_CASES,
  ENGINE_FRAME_CASES,
  ENGINE_PAYLOAD_CASES,
  ENGINE_PAYLOAD_ENCODE_CASES,
  SOCKET_DECODE_CASES,
  SOCKET_ENCODE_CASES,
} from "./vector_cases.ts";
import { type MsgpackVector, msgpackVectors } from "./msgpack_vectors.ts";

interface Vector {
  readonly name: string;
  readonly source: string;
  readonly direction: "encode" | "decode";
  readonly input: unknown;
  readonly output?: unknown;
  readonly error?: string;
  /** Set where Godwit differs. */
  readonly published?: unknown;
}

const ENGINE = "engine.io-parser 5.2.3";
const SOCKET = "socket.io-parser 4.2.7";

function engineFrameVectors(): Vector[] {
  const decode = ENGINE_FRAME_CASES.map(({ name, input, difference }): Vector => {
    const { packets, refused } = framePublished(input);
    const head = { name, source: ENGINE, direction: "decode" as const, input };
    const result = refused ? { error: "parser error" } : { output: packets[0] };
    return applied(head, result, difference, ENGINE_DECODE_DIFFERENCES);
  });
  const encode = ENGINE_ENCODE_CASES.map(({ name, packet }): Vector => {
    let output: RawData | undefined;
    encodePacket(packet, true, (encoded) => output = encoded);
    return { name, source: ENGINE, direction: "encode", input: packet, output };
  });
  return [...decode, ...encode];
}

function enginePayloadVectors(): Vector[] {
  const decode = ENGINE_PAYLOAD_CASES.map(({ name, input, difference }): Vector => {
    const { packets, refused } = payloadPublished(input);
    const head = { name, source: ENGINE, direction: "decode" as const, input };
    const result = refused ? { output: packets, error: "parser error" } : { output: packets };
    return applied(head, result, difference, ENGINE_DECODE_DIFFERENCES);
  });
  const encode = ENGINE_PAYLOAD_ENCODE_CASES.map(({ name, packets }): Vector => {
    let output: string | undefined;
    encodePayload([...packets], (encoded) => output = encoded);
    return { name, source: ENGINE, direction: "encode", input: packets, output };
  });
  return [...decode, ...encode];
}

function socketVectors(): Vector[] {
  const decode = SOCKET_DECODE_CASES.map(({ name, frames, difference }): Vector => {
    const outcome = decodePublished(frames);
    const head = { name, source: SOCKET, direction: "decode" as const, input: frames };
    const result = outcome.kind === "refused"
      ? { error: outcome.message }
      : { output: outcome.kind === "pending" ? null : outcome.packet };
    return applied(head, result, difference, SOCKET_DECODE_DIFFERENCES);
  });
  const encode = SOCKET_ENCODE_CASES.map(({ name, packet }): Vector => ({
    name,
    source: SOCKET,
    direction: "encode",
    input: packet,
    output: encodePublished(packet),
  }));
  return [...decode, ...encode];
}

/** The vector with Godwit's answer where a known difference is named. */
function applied(
  head: Pick<Vector, "name" | "source" | "direction" | "input">,
  published: { readonly output?: unknown; readonly error?: string },
  name: string | undefined,
  differences: readonly DecodeDifference[],
): Vector {
  if (name === undefined) return { ...head, ...published };
  const difference = differences.find((candidate) => candidate.name === name);
  if (difference === undefined) throw new RangeError(`Cannot find difference: ${name}`);
  const { godwit, reason } = difference;
  if (godwit === "refused") return { ...head, error: reason, published };
  const output = { ...published.output as Record<string, unknown> };
  if (godwit === "without id") delete output.id;
  if (godwit === "empty data") output.data = "";
  return { ...head, output, published };
}

/** Binary data as base64, at any depth. */
function toJson(value: unknown): unknown {
  if (ArrayBuffer.isView(value)) {
    return {
      $bytes: base64Encode(
        new Uint8Array(value.buffer as ArrayBuffer, value.byteOffset, value.byteLength),
      ),
    };
  }
  if (Array.isArray(value)) return value.map(toJson);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, toJson(member)]));
}

function write(name: string, vectors: readonly (Vector | MsgpackVector)[]): void {
  const url = new URL(`../tests/vectors/${name}.json`, import.meta.url);
  Deno.writeTextFileSync(url, JSON.stringify(vectors.map(toJson), null, 2) + "\n");
}

if (import.meta.main) {
  write("engine_packet", engineFrameVectors());
  write("engine_payload", enginePayloadVectors());
  write("socket_packet", socketVectors());
  write("msgpack_packet", msgpackVectors());
}

import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { EncodedPacket } from "../../src/wire/encoded_packet.ts";
import {
  ENGINE_PACKET_TYPES,
  type EngineControlType,
  type EnginePacket,
  type Frame,
} from "../../src/wire/engine_packet.ts";
import { engineV4 } from "../../src/wire/engine_v4.ts";
import { ENGINE_DECODE_DIFFERENCES } from "../wire/known_differences.ts";
import {
  frameOurs,
  framePublished,
  payloadOurs,
  type PayloadOutcome,
  payloadPublished,
} from "../wire/published.ts";

const RUNS = { numRuns: 2_000 };
const SEPARATOR = "\x1e";

const bytes = fc.uint8Array({ maxLength: 12 }).map((array) => new Uint8Array(array));
const text = fc.oneof(
  fc.string(),
  fc.string({ unit: "binary" }),
  fc.constantFrom("", "\ud800", "\udc00x", "\0", "é€😀"),
);
/** Payloads cannot carry the separator inside a packet; codecs of messages do not write it. */
const lineText = text.map((value) => value.replaceAll(SEPARATOR, ""));

const nearlyFrame = fc.oneof(
  text,
  fc.tuple(fc.constantFrom("0", "1", "2", "3", "4", "5", "6", "7", "b", ""), lineText).map((
    parts,
  ) => parts.join("")),
  fc.base64String({ maxLength: 12 }).map((value) => "b" + value),
);

function explained(frame: string, ours: PayloadOutcome, theirs: PayloadOutcome): boolean {
  return ENGINE_DECODE_DIFFERENCES.some(({ pattern, godwit }) => {
    if (!pattern.test(frame)) return false;
    if (godwit === "refused") return ours.refused && !theirs.refused;
    return !ours.refused && ours.packets[0]?.data === "";
  });
}

Deno.test("Any frame gives what the published parser gives, but for the known differences", () => {
  fc.assert(
    fc.property(fc.oneof(nearlyFrame, bytes), (frame) => {
      const ours = frameOurs(frame);
      const theirs = framePublished(frame);
      if (typeof frame === "string" && explained(frame, ours, theirs)) return;
      assertEquals(ours, theirs);
    }),
    RUNS,
  );
});

Deno.test("Any payload gives its frames up to the first malformed one", () => {
  fc.assert(
    fc.property(fc.array(nearlyFrame, { maxLength: 6 }), (frames) => {
      const body = frames.join(SEPARATOR);
      const packets: PayloadOutcome["packets"][number][] = [];
      let refused = false;
      for (const frame of body.split(SEPARATOR)) {
        const outcome = frameOurs(frame);
        packets.push(...outcome.packets);
        refused = outcome.refused;
        if (refused) break;
      }
      const ours = payloadOurs(body);
      assertEquals(ours, { packets, refused });
      const special = body.split(SEPARATOR).some((frame) => frame === "4" || frame[0] === "b");
      if (!special) assertEquals(ours, payloadPublished(body));
    }),
    RUNS,
  );
});

const packet: fc.Arbitrary<EncodedPacket> = fc.oneof(
  fc.array<Frame>(fc.oneof(lineText, bytes), { minLength: 1, maxLength: 4 }).map((parts) =>
    EncodedPacket.message(parts)
  ),
  fc.tuple(
    fc.constantFrom(...ENGINE_PACKET_TYPES.filter((type) => type !== "message")),
    fc.option(lineText.filter((value) => value !== ""), { nil: undefined }),
  ).map(([type, data]) => EncodedPacket.control(type as EngineControlType, data)),
);

function meaning({ type, parts }: EncodedPacket): EnginePacket[] {
  if (type === "message") return parts.map((data) => ({ type, data }));
  const [data] = parts;
  return [typeof data === "string" ? { type, data } : { type }];
}

Deno.test("Packets written as frames are read as the same packets", () => {
  fc.assert(
    fc.property(packet, (written) => {
      const frames = engineV4.webSocketFrames(written);
      assertEquals(frames.map((frame) => engineV4.decodeFrame(frame)), meaning(written));
    }),
    RUNS,
  );
});

Deno.test("Packets written as a payload are read as the same packets", () => {
  fc.assert(
    fc.property(fc.array(packet, { minLength: 1, maxLength: 4 }), (written) => {
      const body = engineV4.encodePayload(written);
      assertEquals([...engineV4.decodePayload(body)], written.flatMap(meaning));
    }),
    RUNS,
  );
});

Deno.test("Counted bytes are the bytes that are sent", () => {
  const encoder = new TextEncoder();
  function size(frame: Frame): number {
    return typeof frame === "string" ? encoder.encode(frame).byteLength : frame.byteLength;
  }
  fc.assert(
    fc.property(packet, (written) => {
      const frames = engineV4.webSocketFrames(written);
      assertEquals(written.byteLength, frames.reduce((sum, frame) => sum + size(frame), 0));
      assertEquals(engineV4.payloadBytes(written), size(engineV4.encodePayload([written])));
      assert(written.byteLength > 0 || written.parts.every((part) => part.length === 0));
    }),
    RUNS,
  );
});

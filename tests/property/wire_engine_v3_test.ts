/** Properties of what is read of Engine.IO revision 3, beside the published parser. */
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { PacketError } from "../../src/base/errors.ts";
import {
  ENGINE_PACKET_TYPES,
  type EnginePacket,
  type Frame,
} from "../../src/wire/engine_packet.ts";
import { encodedTwice } from "../../src/wire/encoded_twice.ts";
import { engineV3, engineV3Base64 } from "../../src/wire/engine_v3.ts";
import {
  ENGINE_V3_PACKET_DIFFERENCES,
  ENGINE_V3_PAYLOAD_DIFFERENCES,
} from "../wire/known_differences_v3.ts";
import type { PayloadOutcome } from "../wire/published.ts";
import {
  frameV3Ours,
  frameV3Read,
  type OwnOutcome,
  payloadV3Ours,
  payloadV3Read,
} from "../wire/published_v3.ts";
import { bytes, CODECS, isUtf8, latin, text } from "./engine_v3_arbitraries.ts";

const RUNS = { numRuns: 1_500 };

const digit = fc.constantFrom("0", "1", "2", "3", "4", "5", "6", "7", "b4", "b2", "b", "");
const nearlyFrame = fc.oneof(
  text,
  fc.tuple(digit, text).map((parts) => parts.join("")),
  fc.base64String({ maxLength: 12 }).map((value) => "b4" + value),
);

const nearlyBytes = fc.tuple(fc.constantFrom(4, 4, 4, 2, 9, 255), bytes).map(([type, data]) =>
  Uint8Array.of(type, ...data)
);

/** A packet with its length in front, which may be a little wrong, or in other words. */
const nearlyPart = fc.tuple(
  nearlyFrame,
  fc.constantFrom(0, 0, 0, 0, 0, 1, -1),
  fc.constantFrom(":", ":", ":", ":", "", "::", "e0:", " :", ".0:", "0:"),
  fc.constantFrom("", "", "", "", "0", "+", "-", " ", "00000000000", "0:"),
).map(([frame, wrong, end, start]) => `${start}${frame.length + wrong}${end}${frame}`);

const nearlyTextBody = fc.oneof(
  text,
  fc.array(nearlyPart, { maxLength: 5 }).map((parts) => parts.join("")),
);

const binaryPart = fc.tuple(
  fc.oneof(nearlyBytes, bytes, nearlyFrame.map((it) => new TextEncoder().encode(it))),
  fc.constantFrom(0, 0, 0, 1, 1, 1, 2, 255),
  fc.constantFrom(0, 0, 0, 0, 0, 1, -1, 300),
  fc.constantFrom([], [], [], [0], [10], new Array(11).fill(0)),
  fc.constantFrom(255, 255, 255, 255, 254),
).map(([data, mark, wrong, more, end]) => {
  const digits = [...String(Math.max(0, data.byteLength + wrong))].map(Number);
  return Uint8Array.of(mark, ...more, ...digits, end, ...data);
});

const nearlyBinaryBody = fc.oneof(
  bytes,
  fc.uint8Array({ max: 9, maxLength: 12 }).map((array) => new Uint8Array(array)),
  fc.array(binaryPart, { maxLength: 4 }).map((parts) =>
    new Uint8Array(parts.map((it) => [...it]).flat())
  ),
);

/** Theirs as ours has it where a message has no data. */
function withData({ packets, refused }: PayloadOutcome): PayloadOutcome {
  const filled = packets.map((packet) =>
    packet.type === "message" && packet.data === undefined ? { ...packet, data: "" } : packet
  );
  return { packets: filled, refused };
}

/** The difference that explains why ours stopped where theirs went on, if one does. */
function explain({ fault }: OwnOutcome, body: Frame, rest?: Frame): string | undefined {
  const differences = [...ENGINE_V3_PACKET_DIFFERENCES, ...ENGINE_V3_PAYLOAD_DIFFERENCES];
  return differences.find(({ message, concerns, example }) => {
    if (message === undefined || fault?.message.includes(message) !== true) return false;
    // Packets of text may be in a payload of bytes, but not the other way round.
    if (typeof body === "string" && typeof example !== "string") return false;
    return rest === undefined || concerns(rest);
  })?.name;
}

Deno.test("Any frame gives what the published parser gives, but for the known differences", () => {
  fc.assert(
    fc.property(fc.oneof(nearlyFrame, nearlyBytes, bytes), (frame) => {
      const theirs = withData(frameV3Read(frame));
      for (const codec of CODECS) {
        const ours = frameV3Ours(frame, codec);
        if (ours.refused && !theirs.refused && explain(ours, frame, frame) !== undefined) continue;
        assertEquals<unknown>([ours.packets, ours.refused], [theirs.packets, theirs.refused]);
      }
    }),
    RUNS,
  );
});

Deno.test("Any payload of text gives what the published parser gives, but for the known differences", () => {
  fc.assert(
    fc.property(nearlyTextBody, (body) => {
      // What a client of 1.x may have sent is read in its way.
      fc.pre(encodedTwice(body) === undefined);
      const theirs = withData(payloadV3Read(body));
      const ours = payloadV3Ours(body, engineV3);
      assertPrefix(ours, theirs);
      if (!ours.refused || theirs.refused) return assertEquals(ours.refused, theirs.refused);
      // A fault in a packet is told by its place in the packet, one of a length by that in the payload.
      const isLength = ours.fault?.message.includes("a length must be") === true;
      const rest = isLength ? body.slice(ours.fault?.offset) : undefined;
      assert(explain(ours, body, rest) !== undefined, ours.fault?.message);
    }),
    RUNS,
  );
});

Deno.test("Any payload of bytes gives what the published parser gives, but for the known differences", () => {
  fc.assert(
    fc.property(nearlyBinaryBody, (body) => {
      const theirs = withData(payloadV3Read(body));
      const ours = payloadV3Ours(body, engineV3);
      assertEquals(payloadV3Ours(body, engineV3Base64), ours);
      if (!ours.refused || !theirs.refused) assertPrefix(ours, theirs);
      if (theirs.refused) assert(ours.refused);
      else if (ours.refused) assert(explain(ours, body) !== undefined, ours.fault?.message);
    }),
    RUNS,
  );
});

/** That what ours gives before it stops, if it does, is what theirs gives. */
function assertPrefix(ours: PayloadOutcome, theirs: PayloadOutcome): void {
  const count = ours.refused ? ours.packets.length : theirs.packets.length;
  assertEquals<unknown>(ours.packets, theirs.packets.slice(0, count));
}

Deno.test("Both codecs read any payload alike, but for text encoded twice", () => {
  fc.assert(
    fc.property(fc.oneof(nearlyTextBody, latin), (body) => {
      if (isUtf8(body)) return;
      assertEquals(payloadV3Ours(body, engineV3Base64), payloadV3Ours(body, engineV3));
    }),
    RUNS,
  );
});

Deno.test("Any text and any bytes give packets or a PacketError, and nothing else", () => {
  const anything = fc.oneof(
    fc.string({ unit: "binary", maxLength: 60 }),
    fc.uint8Array({ maxLength: 60 }).map((array) => new Uint8Array(array)),
    nearlyTextBody,
    nearlyBinaryBody,
    latin,
  );
  const check = (read: () => Iterable<EnginePacket>): void => {
    try {
      for (const { type, data } of read()) {
        assert(ENGINE_PACKET_TYPES.includes(type));
        if (type === "message") assert(typeof data === "string" || data instanceof Uint8Array);
        else assert(data === undefined || typeof data === "string");
      }
    } catch (error) {
      if (!(error instanceof PacketError)) throw error;
    }
  };
  fc.assert(
    fc.property(anything, (body) => {
      for (const codec of CODECS) {
        check(() => codec.decodePayload(body));
        check(() => [codec.decodeFrame(body)]);
      }
    }),
    RUNS,
  );
});

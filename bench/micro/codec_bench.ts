/**
 * What encoding and decoding cost, beside the published parsers.
 *
 * Invariants
 * - Each group has the published parser as its baseline, and both sides do the same work: from a
 *   packet to WebSocket frames, or from WebSocket frames to a packet.
 * - Results go into a sink, so that nothing is optimised away.
 *
 * Run: deno bench bench/micro/codec_bench.ts
 */
import { decodePacket, encodePacket } from "engine.io-parser";
import { Decoder as PublishedDecoder, Encoder as PublishedEncoder } from "socket.io-parser";
import type { Decoder } from "../../src/wire/codec.ts";
import { EncodedPacket } from "../../src/wire/encoded_packet.ts";
import { engineV4 } from "../../src/wire/engine_v4.ts";
import type { Frame } from "../../src/wire/engine_packet.ts";
import { jsonCodec } from "../../src/wire/json_codec.ts";
import type { EventData } from "../../src/wire/socket_packet.ts";

const RECIPIENTS = 1_000;

const order = {
  id: 4711,
  customer: { name: "Ada", tags: ["new", "vip"], address: { city: "Graz", zip: "8010" } },
  lines: [{ sku: "a-1", count: 2, price: 9.5 }, { sku: "b-2", count: 1, price: 120 }],
  paid: false,
  note: null,
};

const CASES: readonly { readonly name: string; readonly data: EventData }[] = [
  { name: "text small", data: ["echo", "0123456789abcdef0123456789abcdef"] },
  { name: "text 1 KB", data: ["echo", "x".repeat(1_024)] },
  { name: "nested object", data: ["order", order] },
  { name: "binary 1 KB", data: ["file", new Uint8Array(1_024)] },
];

const codec = jsonCodec();
const publishedEncoder = new PublishedEncoder();
let sink: unknown;

function keep(value: unknown): void {
  sink = value;
}

function encodePublished(data: EventData): void {
  for (const frame of publishedEncoder.encode({ type: 2, nsp: "/", data })) {
    encodePacket({ type: "message", data: frame }, true, keep);
  }
}

/** With the copy of attachments that a snapshot needs, and that the published encoder leaves out. */
function encodePublishedCopy(data: EventData): void {
  for (const frame of publishedEncoder.encode({ type: 2, nsp: "/", data })) {
    const part = typeof frame === "string" ? frame : new Uint8Array(frame);
    encodePacket({ type: "message", data: part }, true, keep);
  }
}

function encodeOurs(data: EventData): void {
  const packet = EncodedPacket.message(codec.encode({ type: "event", nsp: "/", data }));
  keep(engineV4.webSocketFrames(packet));
}

for (const { name, data } of CASES) {
  Deno.bench({
    name: "published",
    group: `encode: ${name}`,
    baseline: true,
    fn: () => encodePublished(data),
  });
  Deno.bench({ name: "godwit", group: `encode: ${name}`, fn: () => encodeOurs(data) });
  if (!data.some((item) => item instanceof Uint8Array)) continue;
  Deno.bench({
    name: "published, with copies",
    group: `encode: ${name}`,
    fn: () => encodePublishedCopy(data),
  });
}

function push(decoder: Decoder, frame: Frame): unknown {
  const packet = engineV4.decodeFrame(frame);
  return packet.type === "message" ? decoder.push(packet.data) : undefined;
}

for (const { name, data } of CASES) {
  const parts = codec.encode({ type: "event", nsp: "/", data });
  const frames = engineV4.webSocketFrames(EncodedPacket.message(parts));
  const publishedDecoder = new PublishedDecoder();
  publishedDecoder.on("decoded", keep);
  const decoder = codec.createDecoder();
  Deno.bench({
    name: "published",
    group: `decode: ${name}`,
    baseline: true,
    fn: () => {
      for (const frame of frames) publishedDecoder.add(decodePacket(frame, "arraybuffer").data);
    },
  });
  Deno.bench({
    name: "godwit",
    group: `decode: ${name}`,
    fn: () => {
      for (const frame of frames) keep(push(decoder, frame));
    },
  });
}

const [first] = CASES;
if (first === undefined) throw new RangeError("Cannot bench: there must be a case");
const { data: small } = first;

// The published server encodes the Socket.IO packet once and frames it for each recipient.
Deno.bench({
  name: "published",
  group: `broadcast to ${RECIPIENTS}`,
  baseline: true,
  fn: () => {
    const frames = publishedEncoder.encode({ type: 2, nsp: "/", data: small });
    for (let recipient = 0; recipient < RECIPIENTS; recipient++) {
      for (const frame of frames) encodePacket({ type: "message", data: frame }, true, keep);
    }
  },
});
Deno.bench({
  name: "godwit",
  group: `broadcast to ${RECIPIENTS}`,
  fn: () => {
    const packet = EncodedPacket.message(codec.encode({ type: "event", nsp: "/", data: small }));
    for (let recipient = 0; recipient < RECIPIENTS; recipient++) {
      keep(engineV4.webSocketFrames(packet));
    }
  },
});

/** For those who look: what was made last. */
export function lastResult(): unknown {
  return sink;
}

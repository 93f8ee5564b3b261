/**
 * What encoding and decoding cost with the msgpack parser, beside the published one and beside JSON.
 *
 * Invariants
 * - Each group has the published parser as its baseline. The codecs do more than it does: a snapshot, a
 *   scan before decoding, and the checks of what was decoded.
 * - Results go into a sink, so that nothing is optimised away.
 *
 * Run: deno bench bench/micro/msgpack_bench.ts
 */
import { Buffer } from "node:buffer";
import * as published from "socket.io-msgpack-parser";
import * as parser from "../../src/extra/msgpack.ts";
import { jsonCodec } from "../../src/wire/json_codec.ts";
import { parserCodec } from "../../src/wire/parser_codec.ts";
import type { EventData } from "../../src/wire/socket_packet.ts";

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
  { name: "200 numbers", data: ["points", Array.from({ length: 200 }, (_, index) => index * 1.5)] },
  { name: "binary 1 KB", data: ["file", Buffer.alloc(1_024)] },
];

const publishedEncoder = new published.Encoder();
const publishedDecoder = new published.Decoder();
const msgpack = parserCodec(parser);
const json = jsonCodec();
let sink: unknown;

function keep(value: unknown): void {
  sink = value;
}

publishedDecoder.on("decoded", keep);

for (const { name, data } of CASES) {
  const group = `encode: ${name}`;
  Deno.bench({
    name: "published msgpack",
    group,
    baseline: true,
    fn: () => keep(publishedEncoder.encode({ type: 2, nsp: "/", data })),
  });
  Deno.bench({
    name: "godwit msgpack",
    group,
    fn: () => keep(msgpack.encode({ type: "event", nsp: "/", data })),
  });
  Deno.bench({
    name: "godwit JSON",
    group,
    fn: () => keep(json.encode({ type: "event", nsp: "/", data })),
  });
}

for (const { name, data } of CASES) {
  const group = `decode: ${name}`;
  const frames = {
    msgpack: msgpack.encode({ type: "event", nsp: "/", data }),
    json: json.encode({ type: "event", nsp: "/", data }),
  };
  const decoders = { msgpack: msgpack.createDecoder(), json: json.createDecoder() };
  const [frame = ""] = frames.msgpack;
  const buffer = Buffer.from(frame);
  Deno.bench({
    name: "published msgpack",
    group,
    baseline: true,
    fn: () => publishedDecoder.add(buffer),
  });
  for (const kind of ["msgpack", "json"] as const) {
    Deno.bench({
      name: kind === "json" ? "godwit JSON" : "godwit msgpack",
      group,
      fn: () => {
        for (const part of frames[kind]) keep(decoders[kind].push(part));
      },
    });
  }
}

/** For those who look: what was made last. */
export function lastResult(): unknown {
  return sink;
}

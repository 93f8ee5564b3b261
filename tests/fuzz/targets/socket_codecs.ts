/**
 * The codecs of Socket.IO packets: JSON with attachments, msgpack, and parsers of users.
 */
import { INTERNAL_ERROR } from "../../../src/base/wire_texts.ts";
import * as msgpack from "../../../src/extra/msgpack.ts";
import { msgpackParser } from "../../../src/extra/msgpack.ts";
import { authOf, describeRefusal, refusalData, withoutQuery } from "../../../src/socket/dialect.ts";
import type { Codec, Decoder } from "../../../src/wire/codec.ts";
import type { Frame } from "../../../src/wire/engine_packet.ts";
import { jsonCodec } from "../../../src/wire/json_codec.ts";
import { MAX_ENCODE_DEPTH, MAX_NAMESPACE_QUERY_LENGTH } from "../../../src/wire/limits.ts";
import { parserCodec } from "../../../src/wire/parser_codec.ts";
import { REVISION_TRAITS } from "../../../src/wire/revision_traits.ts";
import { isEventData, type SocketPacket } from "../../../src/wire/socket_packet.ts";
import { canonical, framesOf, latin, unlessCallerError, unlessRefused } from "../inputs.ts";
import { type FuzzTarget, promised } from "../target.ts";

const SMALL = { maxAttachments: 3, maxAttachmentsBytes: 64, maxNamespaceLength: 8 };
const NEXT: SocketPacket = { type: "event", nsp: "/", data: ["next"] };

/** Reads frames with one decoder, and looks at it after each of them. */
export function readFrames(
  decoder: Decoder,
  frames: readonly Frame[],
  most: number,
): SocketPacket[] {
  const packets: SocketPacket[] = [];
  for (const frame of frames) {
    const isRead = unlessRefused(() => {
      let packet = decoder.push(frame);
      for (; packet !== undefined; packet = decoder.next()) packets.push(packet);
      return true;
    });
    const { pendingBytes } = decoder;
    promised(pendingBytes >= 0 && pendingBytes <= most, `${pendingBytes} bytes are held`);
    promised(isRead === true || pendingBytes === 0, "something is held after an error");
  }
  packets.forEach(checkPacket);
  return packets;
}

function checkPacket(packet: SocketPacket): void {
  if (packet.type === "event") promised(isEventData(packet.data), "an event has no name");
  if (packet.type === "ack") promised(Array.isArray(packet.data), "an ack has no arguments");
  if ("id" in packet) promised(Number.isSafeInteger(packet.id), `the ack id is ${packet.id}`);
}

/** After `reset` a decoder is as new: it holds nothing, and reads the next packet. */
function checkReset(decoder: Decoder, codec: Codec): void {
  decoder.reset();
  promised(decoder.pendingBytes === 0 && decoder.next() === undefined, "something is held");
  for (const packet of [NEXT, NEXT]) {
    const [read] = readFrames(decoder, codec.encode(packet), Infinity);
    promised(canonical(read) === canonical(packet), "a packet after a reset is read wrong");
  }
}

/** Levels of arrays and objects in a value, up to the bound of those that are written. */
function isDeep(value: unknown): boolean {
  let level: readonly unknown[] = [value];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth >= MAX_ENCODE_DEPTH) return true;
    level = level.filter((it) => typeof it === "object" && it !== null && !ArrayBuffer.isView(it))
      .flatMap((it) => Object.values(it as object));
  }
  return false;
}

/** A packet that was read can be written, and is read again as the same packet. */
function checkWritten(codec: Codec, packet: SocketPacket): void {
  // JSON has no number of this size, and reads it as infinite.
  if (packet.type === "event" && !Number.isFinite(Number(packet.data[0]) || 0)) return;
  const isTooDeep = packet.type !== "disconnect" && isDeep(packet.data);
  const frames = unlessCallerError(() => codec.encode(packet));
  promised(frames !== undefined || isTooDeep, "a packet that was read cannot be written");
  if (frames === undefined || isTooDeep) return;
  const [again] = readFrames(codec.createDecoder({ namespaceQueries: true }), frames, Infinity);
  promised(inJson(again) === inJson(packet), "a packet is written as another one");
  for (const text of frames.filter((it) => typeof it === "string")) checkAscii(codec, text);
}

/** What JSON can say of a packet, with attachments as base64. */
function inJson(packet: SocketPacket | undefined): string {
  const readable = (_key: string, value: unknown): unknown =>
    value instanceof Uint8Array ? { $bytes: value.toBase64() } : value;
  return String(JSON.stringify(packet, readable));
}

function checkAscii(codec: Codec, text: string): void {
  const ascii = codec.toAscii?.(text) ?? text;
  const read = (frame: string): string =>
    canonical(unlessRefused(() => jsonCodec().createDecoder().push(frame)));
  promised(read(ascii) === read(text), "text in ASCII says something else");
}

const JSON_CODEC = jsonCodec({ maxAttachments: Infinity, maxNamespaceLength: 2_000 });

/** The default codec. */
export const jsonCodecTarget: FuzzTarget = {
  name: "json_codec",
  promise:
    "Any frames give packets or a ProtocolError, hold less than their limit, and leave nothing",
  dictionary: [
    ...[
      "0",
      "1",
      "2",
      "3",
      "4",
      "51-",
      "52-",
      "61-",
      "450-",
      "/a,",
      "/a?b=c,",
      '["x"]',
      "{}",
      "\n#",
    ],
    ...['{"_placeholder":true,"num":0}', '{"_placeholder":true,"num":1}', '"num":"splice"', "\n2"],
    ...[
      '["connect"]',
      '["disconnecting"]',
      '["newListener"]',
      "12",
      '"message"',
      '{"toJSON":1}',
      ",",
    ],
  ],
  run(input): void {
    const frames = framesOf(input);
    for (
      const [codec, namespaceQueries] of [[jsonCodec(), false], [jsonCodec(SMALL), true]] as const
    ) {
      const decoder = codec.createDecoder({ namespaceQueries });
      const most = Math.max(...frames.map((frame) => 3 * frame.length)) + 5_000_000;
      for (const packet of readFrames(decoder, frames, most)) checkWritten(JSON_CODEC, packet);
      checkReset(decoder, codec);
    }
    checkTextSize(frames);
  },
};

/** With small limits what waits is the text and less than the bytes of the limit. */
function checkTextSize(frames: readonly Frame[]): void {
  const decoder = jsonCodec(SMALL).createDecoder();
  let textBytes = 0;
  for (const frame of frames) {
    if (typeof frame === "string") textBytes = 3 * frame.length;
    unlessRefused(() => decoder.push(frame));
    promised(decoder.pendingBytes <= textBytes + SMALL.maxAttachmentsBytes, "too much is held");
  }
}

/** What a namespace is asked for, by clients of both revisions of the protocol. */
export const dialectTarget: FuzzTarget = {
  name: "dialect",
  promise:
    "Any packet gives a name without a query, auth that is data, and a refusal that can be told",
  dictionary: [
    "0/",
    "0/a?",
    "?token=",
    "&__proto__=",
    "0{",
    '{"token":"a"}',
    "%ff",
    "+",
    "=",
    ",",
    "4",
  ],
  run(input): void {
    const frames = framesOf(input);
    for (const traits of Object.values(REVISION_TRAITS)) {
      const namespaceQueries = traits.auth === "query";
      const decoder = jsonCodec().createDecoder({ namespaceQueries });
      for (const packet of readFrames(decoder, frames, 10_000_000)) {
        const { nsp } = withoutQuery(packet, traits);
        promised(!namespaceQueries || !nsp.includes("?"), `the name is ${nsp}`);
        promised(packet.nsp.length - nsp.length <= MAX_NAMESPACE_QUERY_LENGTH, "a long query");
        const auth = authOf(packet, traits);
        promised(Object.getPrototypeOf(auth) === Object.prototype, "auth has another prototype");
        checkRefusal(packet, auth);
      }
    }
  },
};

/** A middleware may refuse with what the peer sent. */
function checkRefusal(packet: SocketPacket, auth: Readonly<Record<string, unknown>>): void {
  const values = packet.type === "event" || packet.type === "ack"
    ? packet.data
    : [auth, packet.nsp];
  for (const value of [...values.slice(0, 20), { message: INTERNAL_ERROR, data: values[0] }]) {
    for (const traits of Object.values(REVISION_TRAITS)) {
      const data = refusalData(describeRefusal(value), traits);
      if (isDeep(data)) continue;
      JSON_CODEC.encode({ type: "connect_error", nsp: "/", data });
    }
  }
}

const SMALL_PARSER = msgpackParser({ maxDepth: 4, maxElements: 24 });

/** Frames of msgpack. */
export const msgpackTarget: FuzzTarget = {
  name: "msgpack",
  promise: "Any bytes give packets or a ProtocolError, and nothing is held between frames",
  dictionary: [
    "\x83\xa4type\x02",
    "\xa3nsp\xa1/",
    "\xa4data\x91\xa1x",
    "\xa2id\x01",
    "\xd4\x00\x00",
    "\xd7\x00",
    "\xc7\x04\x00",
    "\xc4\x01",
    "\xd9\xc9\xef\xbb\xbf",
    "\xdc",
    "\xdd",
    "\xde",
    "\xdf",
    "\xa9__proto__",
    "\xa13",
    "\xa1\x00",
    "\xcb",
    "\xcf",
    "\xd3",
    "\xa0",
    "\x90",
    "\x80",
  ].map(latin),
  run(input): void {
    for (const parser of [msgpack, SMALL_PARSER]) {
      const codec = parserCodec(parser);
      const decoder = codec.createDecoder();
      const packets = readFrames(decoder, [input], input.length + 64);
      promised(decoder.pendingBytes === 0, "a frame is held");
      for (const packet of packets) checkMsgpack(packet);
      promised(unlessRefused(() => decoder.push(String(input))) === undefined, "text was read");
      checkReset(decoder, codec);
    }
  },
};

/** What was read is written in both ways of writing binary data, and read again. */
function checkMsgpack(packet: SocketPacket): void {
  if (packet.type !== "disconnect" && isDeep(packet.data)) return;
  for (const binary of ["bin", "ext"] as const) {
    const codec = parserCodec(msgpackParser({ binary }));
    const [frame, ...rest] = codec.encode(packet);
    promised(frame !== undefined && rest.length === 0, "a packet is not one frame");
    const again = unlessRefused(() => codec.createDecoder().push(frame));
    promised(again?.type === packet.type, "a packet that was read cannot be read again");
  }
}

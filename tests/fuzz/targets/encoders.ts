/**
 * What users may hand to `emit`, built from the bytes of an input, written by both codecs.
 */
import { Buffer } from "node:buffer";
import { createObjectFor } from "../../../src/base/objects.ts";
import * as msgpack from "../../../src/extra/msgpack.ts";
import { msgpackParser } from "../../../src/extra/msgpack.ts";
import { EncodedPacket } from "../../../src/wire/encoded_packet.ts";
import { encodedTwice } from "../../../src/wire/encoded_twice.ts";
import type { Frame } from "../../../src/wire/engine_packet.ts";
import { jsonCodec } from "../../../src/wire/json_codec.ts";
import { parserCodec } from "../../../src/wire/parser_codec.ts";
import type { SocketPacket } from "../../../src/wire/socket_packet.ts";
import { latin, textOf, unlessCallerError, unlessRefused } from "../inputs.ts";
import { type FuzzTarget, promised } from "../target.ts";

/** Values that one byte stands for. */
const LEAVES: readonly (() => unknown)[] = [
  () => null,
  () => undefined,
  () => true,
  () => -0,
  () => NaN,
  () => 2 ** 63,
  () => 2 ** 64,
  () => -(2 ** 40),
  () => 10n,
  () => Symbol("x"),
  () => () => 1,
  () => new Date(0),
  () => new Date(NaN),
  () => new Blob(["x"]),
  () => new File(["x"], "a"),
  () => ({ [Symbol.toStringTag]: "Blob" }),
  () => new Map([[1, 2]]),
  () => Object("boxed"),
  () => Object.create({ inherited: new Uint8Array(1) }),
  () => fickle(),
  () => deep(2_100),
  () => new Array(3),
  () => createObjectFor(["1023"]),
  () => ({ toJSON: undefined, __proto__: null }),
  () => JSON.parse('{"__proto__":[1]}'),
  () => Object.defineProperty({}, "x", { enumerable: true, get: () => new Uint8Array(2) }),
];

/** Looks binary when it is looked at, and is not when it is taken. */
function fickle(): object {
  let looks = 0;
  return {
    get x(): unknown {
      return looks++ === 0 ? new Uint8Array(1) : "text";
    },
  };
}

function deep(levels: number): unknown {
  let value: unknown = [];
  for (let level = 0; level < levels; level++) value = [value];
  return value;
}

/** Builds values from bytes, one byte for the kind of each; never more than the bytes are. */
class Builder {
  readonly #bytes: Uint8Array<ArrayBuffer>;
  readonly #open: unknown[] = [];
  #at = 0;

  constructor(bytes: Uint8Array<ArrayBuffer>) {
    this.#bytes = bytes;
  }

  get #isDone(): boolean {
    return this.#at >= this.#bytes.length;
  }

  byte(): number {
    return this.#bytes[this.#at++] ?? 0;
  }

  value(depth = 0): unknown {
    const kind = this.byte();
    if (depth < 40) {
      if (kind >= 0xf0) return this.#array(kind - 0xf0, depth);
      if (kind >= 0xe0) return this.#object(kind - 0xe0, depth);
      if (kind >= 0xd8) return this.#converting(kind, depth);
    }
    if (kind >= 0xd0) return this.#open.at(-1 - (kind - 0xd0)) ?? kind;
    if (kind >= 0xb0) return this.#binary(kind);
    if (kind >= 0x80) return textOf(this.#take((kind - 0x80) * (kind % 8 === 0 ? 12 : 1)));
    return kind < LEAVES.length ? LEAVES[kind]?.() : kind;
  }

  #take(length: number): Uint8Array<ArrayBuffer> {
    const bytes = this.#bytes.slice(this.#at, this.#at + length);
    this.#at += length;
    return bytes;
  }

  #binary(kind: number): unknown {
    const bytes = this.#take(kind % 8 === 7 ? 70_000 : this.byte());
    switch (kind % 4) {
      case 0:
        return bytes;
      case 1:
        return bytes.buffer;
      case 2:
        return Buffer.from(bytes);
      default:
        return kind % 8 === 7 ? new Uint8Array(70_000) : new DataView(bytes.buffer);
    }
  }

  #array(length: number, depth: number): unknown {
    const array: unknown[] = [];
    this.#open.push(array);
    for (let item = 0; item < length && !this.#isDone; item++) array.push(this.value(depth + 1));
    this.#open.pop();
    return array;
  }

  #object(size: number, depth: number): unknown {
    const object: Record<string, unknown> = {};
    this.#open.push(object);
    for (let item = 0; item < size && !this.#isDone; item++) {
      object[textOf(this.#take(this.byte() % 10))] = this.value(depth + 1);
    }
    this.#open.pop();
    return object;
  }

  #converting(kind: number, depth: number): unknown {
    const given = this.value(depth + 1);
    return kind % 2 === 0 ? { toJSON: () => given } : { toJSON: 1, x: given };
  }
}

/** A packet of any type, with whatever the bytes say. */
function packetOf(input: Uint8Array<ArrayBuffer>): SocketPacket {
  const builder = new Builder(input);
  const kind = builder.byte();
  const nsp = kind % 3 === 0 ? "/" : `/${"é".repeat(kind % 5)}`;
  const args = [builder.value(), builder.value()];
  switch (kind % 8) {
    case 0:
      return { type: "disconnect", nsp };
    case 1:
      return { type: "connect_error", nsp, data: args[0] };
    case 2:
      // The floors above hand over what users gave, of any type.
      return { type: "connect", nsp, data: args[0] as Record<string, unknown> };
    case 3:
    case 4:
      return { type: "ack", nsp, data: args, id: kind };
    default:
      return { type: "event", nsp, data: ["x", ...args], ...(kind % 2 === 0 ? { id: kind } : {}) };
  }
}

const JSON_CODEC = jsonCodec({ maxAttachments: Infinity, maxAttachmentsBytes: Infinity });
const CODECS = [
  JSON_CODEC,
  parserCodec(msgpack),
  parserCodec(msgpackParser({ binary: "ext" })),
];

/** Encoders of packets. */
export const encodersTarget: FuzzTarget = {
  name: "encoders",
  promise:
    "Any value is written as frames that can be read, or refused with a TypeError or RangeError",
  dictionary: [
    "\xf1",
    "\xe1\x01a",
    "\xe1\x09__proto__",
    "\xb0\x04",
    "\xb7",
    "\xd8",
    "\xd9",
    "\x05",
    "\x0d",
  ]
    .map(latin),
  run(input): void {
    const packet = packetOf(input);
    for (const codec of CODECS) {
      const frames = unlessCallerError(() => codec.encode(packet));
      if (frames === undefined) continue;
      const decoder = codec.createDecoder();
      const read = frames.map((frame) => unlessRefused(() => decoder.push(frame)));
      const isWhole = read.at(-1)?.type === packet.type || !isReadable(packet) ||
        (codec !== JSON_CODEC && hasProtoKey(frames));
      promised(isWhole, `what was written as ${frames.length} frames is not read`);
      EncodedPacket.message(frames, codec.toAscii);
    }
    const isText = unlessCallerError(() => EncodedPacket.message([])) === undefined;
    promised(isText, "a message without parts was made");
    encodedTwice(textOf(input));
  },
};

/** What readers take: control packets hold what users gave, which may be of a wrong kind. */
function isReadable({ type }: SocketPacket): boolean {
  return type === "event" || type === "ack";
}

/** Whether a key may be `__proto__`, which is written to msgpack as any other, and never read from it. */
function hasProtoKey(frames: readonly Frame[]): boolean {
  return frames.some((it) => typeof it !== "string" && textOf(it).includes("__proto__"));
}

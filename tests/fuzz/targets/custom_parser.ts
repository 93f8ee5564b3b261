/**
 * Parsers of users, which may do anything: what peers send decides what.
 */
import * as published from "socket.io-parser";
import { jsonCodec } from "../../../src/wire/json_codec.ts";
import { checkParser, parserCodec, type ParserPacket } from "../../../src/wire/parser_codec.ts";
import { msgpackParser } from "../../../src/extra/msgpack.ts";
import type { SocketPacket } from "../../../src/wire/socket_packet.ts";
import { canonical, framesOf, jsonOf, unlessCallerError } from "../inputs.ts";
import { type FuzzTarget, promised } from "../target.ts";
import { readFrames } from "./socket_codecs.ts";

const LIMITS = { maxAttachmentsBytes: 500, maxNamespaceLength: 12 };

/** Hands out what the peer's JSON holds; `"throw"` throws, and `"later"` keeps the rest for a frame more. */
class Puppet {
  #decoded: (packet: unknown) => void = () => {};
  #kept: unknown[] = [];

  on(_event: "decoded", listener: (packet: unknown) => void): void {
    this.#decoded = listener;
  }

  add(frame: unknown): void {
    const acts = jsonOf(String(frame));
    const rest = [...this.#kept, ...(Array.isArray(acts) ? acts : [])];
    this.#kept = [];
    for (let act = rest.shift(); act !== undefined; act = rest.shift()) {
      if (act === "throw") throw act;
      if (act === "swallow") this.#swallow(rest.shift());
      else if (act === "later") this.#kept = rest.splice(0);
      else this.#decoded(act);
    }
  }

  destroy(): void {
    // One that was dropped may still speak.
    this.#decoded({ type: 2, nsp: "/", data: ["after its end"] });
    if (this.#kept.length > 0) throw new Error("cannot be destroyed");
  }

  #swallow(packet: unknown): void {
    try {
      this.#decoded(packet);
    } catch {
      promised(false, "a listener throws into a parser");
    }
  }
}

/** Gives what the packet carries as its frames: whatever a broken encoder may give. */
class PuppetEncoder {
  encode({ data }: ParserPacket): readonly unknown[] {
    return (Array.isArray(data) ? data.slice(1).map(toOdd) : data) as readonly unknown[];
  }
}

function toOdd(value: unknown): unknown {
  if (!Array.isArray(value)) return value;
  const bytes = Uint8Array.from(value as number[]);
  return value.length % 2 === 0 ? bytes : bytes.buffer;
}

const PARSERS = [
  parserCodec({ Encoder: PuppetEncoder, Decoder: Puppet }, LIMITS),
  // The declarations of the published decoder are those of an emitter.
  parserCodec(published as unknown as Parameters<typeof parserCodec>[0], LIMITS),
];

/** The adapter for parsers of users, and the settings of all codecs. */
export const customParserTarget: FuzzTarget = {
  name: "custom_parser",
  promise: "Whatever a parser does with a frame gives packets or a ProtocolError",
  dictionary: [
    ...[
      '[{"type":2,"nsp":"/","data":["x"]}]',
      '"throw",',
      '"swallow",',
      '"later",',
      '"id":1',
      "null",
    ],
    ...[
      '"type":',
      '"nsp":"/aaaaaaaaaaaaa"',
      '"data":',
      "[",
      "]",
      "=",
      "\n",
      '51-["x"]',
      "#",
      '2["x"]',
    ],
    ...['={"maxAttachments":0}', '={"Encoder":"c","Decoder":"t"}', '="f"', "[1,2]", "[1]", "0.5"],
  ],
  run(input): void {
    const frames = framesOf(input);
    for (const codec of PARSERS) {
      const decoder = codec.createDecoder({ namespaceQueries: true });
      const packets = readFrames(decoder, frames, Infinity);
      decoder.reset();
      promised(decoder.pendingBytes === 0 && decoder.next() === undefined, "something is held");
      for (const packet of packets) checkWritten(packet);
    }
    for (const frame of frames) {
      if (typeof frame === "string" && frame.startsWith("=")) checkSettings(jsonOf(frame.slice(1)));
    }
  },
};

/** A codec gives frames of its own, or finds the parser at fault. */
function checkWritten(packet: SocketPacket): void {
  const frames = unlessCallerError(() => PARSERS[0]?.encode(packet));
  const isRight = frames === undefined ||
    frames.every((it) => typeof it === "string" || it.constructor === Uint8Array);
  promised(isRight && frames?.length !== 0, "a parser's frames are handed on as they are");
}

/** Classes that JSON cannot hold, by letter. */
const CLASSES: Readonly<Record<string, unknown>> = {
  c: PuppetEncoder,
  d: Puppet,
  e: class Empty {},
  t: class Throwing {
    constructor() {
      throw new Error("cannot be constructed");
    }
  },
};

/** What users write as limits, options or a parser is right, or told to be wrong. */
function checkSettings(given: unknown): void {
  const limits = (typeof given === "object" && given !== null ? given : {}) as Partial<
    Record<string, unknown>
  >;
  // What users write is not typed either.
  const codec = unlessCallerError(() => jsonCodec(limits as Parameters<typeof jsonCodec>[0]));
  promised(codec === undefined || canonical(codec.encode(EVENT)) === '["2[\\"x\\"]"]', "no codec");
  const { maxDepth, maxElements, binary, Encoder, Decoder } = limits;
  const options = { maxDepth, maxElements, binary } as Parameters<typeof msgpackParser>[0];
  unlessCallerError(() => msgpackParser(options));
  const parser = { Encoder: CLASSES[String(Encoder)], Decoder: CLASSES[String(Decoder)] };
  const problem = checkParser(given === limits ? parser : given);
  promised(problem === undefined || problem.startsWith("parser"), `a parser is ${problem}`);
  const used = unlessCallerError(() =>
    parserCodec(parser as unknown as Parameters<typeof parserCodec>[0], limits)
  );
  promised(used === undefined || problem === undefined, "a wrong parser is used");
}

const EVENT: SocketPacket = { type: "event", nsp: "/", data: ["x"] };

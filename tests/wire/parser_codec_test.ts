import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertNotStrictEquals,
  assertStrictEquals,
  assertThrows,
} from "@std/assert";
import * as published from "socket.io-parser";
import { LimitError, PacketError } from "../../src/base/errors.ts";
import type { Frame } from "../../src/wire/engine_packet.ts";
import {
  checkParser,
  type Parser,
  parserCodec,
  type ParserPacket,
} from "../../src/wire/parser_codec.ts";
import type { SocketPacket } from "../../src/wire/socket_packet.ts";
import { readVectors } from "./vectors.ts";

const BYTES = new Uint8Array([1, 2, 3]);

type Listener = (packet: unknown) => void;

/** A parser whose frames are JSON arrays of packets, or binary data that says nothing. */
class BatchDecoder {
  static destroyed = 0;
  #listener: Listener = () => undefined;

  on(_event: "decoded", listener: Listener): this {
    this.#listener = listener;
    return this;
  }

  add(frame: unknown): void {
    if (typeof frame !== "string") return;
    const packets: unknown[] = JSON.parse(frame);
    for (const packet of packets) {
      if (packet === "throw") throw new Error("bad packet");
      this.#listener(packet);
    }
  }

  destroy(): void {
    BatchDecoder.destroyed++;
  }
}

class BatchEncoder {
  encode(packet: ParserPacket): unknown[] {
    return [JSON.stringify([packet])];
  }
}

const batch: Parser = { Encoder: BatchEncoder, Decoder: BatchDecoder };

function event(name: string): ParserPacket {
  return { type: 2, nsp: "/", data: [name] };
}

function names(packets: Iterable<SocketPacket>): unknown[] {
  return [...packets].map((packet) => packet.type === "event" ? packet.data[0] : packet.type);
}

function encoderGiving(frames: unknown): Parser {
  class Encoder {
    encode(): unknown[] {
      return frames as unknown[];
    }
  }
  return { Encoder, Decoder: BatchDecoder };
}

Deno.test("parserCodec reads and writes the vectors with the published parser inside", () => {
  const codec = parserCodec(published);
  for (const { name, direction, input, output, published } of readVectors("socket_packet")) {
    if (output === undefined || output === null || published !== undefined) continue;
    if (direction === "encode") assertEquals(codec.encode(input as SocketPacket), output, name);
    else {
      const decoder = codec.createDecoder();
      let packet: SocketPacket | undefined;
      for (const frame of input as Frame[]) packet = decoder.push(frame);
      assertEquals<unknown>({ data: undefined, ...packet }, {
        data: undefined,
        ...output as object,
      }, name);
      assertEquals(decoder.pendingBytes, 0);
    }
  }
});

Deno.test("parserCodec hands out all packets of a frame, in order", () => {
  const decoder = parserCodec(batch).createDecoder();
  const read: SocketPacket[] = [];
  const frame = JSON.stringify([event("a"), event("b"), event("c")]);
  for (let packet = decoder.push(frame); packet !== undefined; packet = decoder.next()) {
    read.push(packet);
  }
  assertEquals(names(read), ["a", "b", "c"]);
  assertEquals(decoder.push("[]"), undefined);
});

Deno.test("parserCodec hands out the packets in front of an error, then the error", () => {
  for (const bad of ["throw", { type: 9 }, null, event("connect")]) {
    const decoder = parserCodec(batch).createDecoder();
    const first = decoder.push(JSON.stringify([event("a"), bad, event("b")]));
    assertEquals(first?.type, "event");
    assertThrows(() => decoder.next(), PacketError);
    assertEquals(decoder.next(), undefined);
    assertEquals(decoder.push(JSON.stringify([event("c")]))?.type, "event");
  }
});

Deno.test("parserCodec makes a PacketError of whatever a parser throws", () => {
  const decoder = parserCodec(batch).createDecoder();
  const error = assertThrows(() => decoder.push("{"), PacketError, "the parser refused it");
  assertInstanceOf(error.cause, SyntaxError);
  const publishedDecoder = parserCodec(published).createDecoder();
  assertThrows(() => publishedDecoder.push("9"), PacketError);
  assertThrows(() => publishedDecoder.push(BYTES), PacketError);
});

Deno.test("parserCodec checks the shape of every packet", () => {
  const wrong: unknown[] = [
    1,
    {},
    { type: "2", nsp: "/", data: ["x"] },
    { type: 2, data: ["x"] },
    { type: 2, nsp: "/", data: [{}] },
    { type: 2, nsp: "/", data: ["x"], id: -1 },
    { type: 2, nsp: "/", data: ["x"], id: 1.5 },
    { type: 2, nsp: "/", data: ["x"], id: "1" },
    { type: 7, nsp: "/", data: ["x"] },
    { type: 3, nsp: "/", data: {} },
  ];
  for (const packet of wrong) {
    const decoder = parserCodec(batch).createDecoder();
    assertThrows(() => decoder.push(JSON.stringify([packet])), PacketError);
  }
  const decoder = parserCodec(batch).createDecoder();
  const long = { type: 2, nsp: "/".repeat(1_025), data: ["x"] };
  assertThrows(() => decoder.push(JSON.stringify([long])), LimitError);
  const packet = decoder.push(JSON.stringify([{ ...event("x"), id: null, more: 1 }]));
  assertEquals<unknown>(packet, { type: "event", nsp: "/", data: ["x"] });
});

Deno.test("parserCodec bounds what a parser is given without handing anything out", () => {
  const decoder = parserCodec(batch, { maxAttachmentsBytes: 1_000 }).createDecoder();
  decoder.push(new Uint8Array(500));
  assertEquals(decoder.pendingBytes, 564);
  decoder.push(JSON.stringify([event("x")]));
  assertEquals(decoder.pendingBytes, 0);
  decoder.push(new Uint8Array(500));
  assertThrows(() => decoder.push(new Uint8Array(500)), LimitError);
  assertEquals(decoder.pendingBytes, 0);
  assertThrows(() => {
    for (let count = 0; count < 100; count++) decoder.push(new Uint8Array(0));
  }, LimitError);
});

Deno.test("parserCodec destroys the parser's decoder on reset and goes on with a new one", () => {
  const decoder = parserCodec(published).createDecoder();
  decoder.push('51-["x",{"_placeholder":true,"num":0}]');
  decoder.reset();
  assertEquals(decoder.pendingBytes, 0);
  assertEquals(decoder.push('2["y"]')?.type, "event");
  const other = parserCodec(batch).createDecoder();
  other.push("[]");
  const before = BatchDecoder.destroyed;
  other.reset();
  assertEquals(BatchDecoder.destroyed, before + 1);
  other.reset();
  assertEquals(BatchDecoder.destroyed, before + 1);
});

Deno.test("parserCodec forgets packets on reset, and hears no decoder that was reset", () => {
  const listeners: Listener[] = [];
  class Decoder extends BatchDecoder {
    override on(event: "decoded", listener: Listener): this {
      listeners.push(listener);
      return super.on(event, listener);
    }
  }
  const decoder = parserCodec({ Encoder: BatchEncoder, Decoder }).createDecoder();
  decoder.push(JSON.stringify([event("a"), event("b")]));
  decoder.reset();
  assertEquals(decoder.next(), undefined);
  listeners[0]?.(event("late"));
  assertEquals(decoder.next(), undefined);
  decoder.push("[]");
  listeners[0]?.(event("later"));
  assertEquals(decoder.next(), undefined);
  listeners[1]?.(event("between frames"));
  assertEquals(decoder.push("[]")?.type, "event");
});

Deno.test("parserCodec copies binary frames, exactly as long as they are", () => {
  const views = [BYTES, BYTES.buffer, BYTES.subarray(1, 2), new DataView(BYTES.buffer, 2)];
  const frames = parserCodec(encoderGiving(["text", ...views])).encode({
    type: "event",
    nsp: "/",
    data: ["x"],
  });
  assertEquals(frames, ["text", BYTES, BYTES, new Uint8Array([2]), new Uint8Array([3])]);
  assertNotStrictEquals(frames[1], BYTES);
  const [, bytes] = parserCodec(published).encode({ type: "ack", nsp: "/", id: 1, data: [BYTES] });
  assert(bytes instanceof Uint8Array && bytes.buffer !== BYTES.buffer);
});

Deno.test("parserCodec refuses frames that cannot be sent", () => {
  for (const frames of [[], undefined, "text", [1], [new Blob()], [null]]) {
    const codec = parserCodec(encoderGiving(frames));
    assertThrows(
      () => codec.encode({ type: "disconnect", nsp: "/" }),
      TypeError,
      "parser must give",
    );
  }
});

Deno.test("parserCodec gives parsers packets with numeric types and nothing that is not there", () => {
  const given: ParserPacket[] = [];
  class Encoder {
    encode(packet: ParserPacket): unknown[] {
      given.push(packet);
      return [""];
    }
  }
  const codec = parserCodec({ Encoder, Decoder: BatchDecoder });
  codec.encode({ type: "connect", nsp: "/" });
  codec.encode({ type: "disconnect", nsp: "/a" });
  codec.encode({ type: "event", nsp: "/", data: ["x"], id: 0 });
  codec.encode({ type: "connect_error", nsp: "/", data: { message: "no" } });
  assertEquals(given, [
    { type: 0, nsp: "/" },
    { type: 1, nsp: "/a" },
    { type: 2, nsp: "/", data: ["x"], id: 0 },
    { type: 4, nsp: "/", data: { message: "no" } },
  ]);
});

Deno.test("parserCodec gives parsers the frames themselves, whatever kind of bytes they are", () => {
  const added: unknown[] = [];
  class Decoder extends BatchDecoder {
    override add(frame: unknown): void {
      added.push(frame);
    }
  }
  /** As the `Buffer` of some runtimes. */
  class OwnBytes extends Uint8Array<ArrayBuffer> {}
  const own = new OwnBytes(BYTES.buffer);
  const decoder = parserCodec({ Encoder: BatchEncoder, Decoder }).createDecoder();
  for (const frame of [BYTES, own, "text"]) decoder.push(frame);
  assertStrictEquals(added[0], BYTES);
  assertStrictEquals(added[1], own);
  assertEquals(added[2], "text");
});

Deno.test("checkParser tells what is wrong", () => {
  const { Encoder, Decoder } = published;
  class Throwing {
    constructor() {
      throw new Error("needs options");
    }
  }
  const wrong: readonly (readonly [unknown, string])[] = [
    [undefined, "must be an object"],
    ["socket.io-parser", "must be an object"],
    [{}, "parser.Encoder must be a class"],
    [{ Encoder }, "parser.Decoder must be a class"],
    [{ Encoder: new Encoder(), Decoder }, "parser.Encoder must be a class"],
    [{ Encoder: Decoder, Decoder }, "parser.Encoder must have the method encode"],
    [{ Encoder, Decoder: Encoder }, "parser.Decoder must have the method on"],
    [{ Encoder, Decoder: Throwing }, 'it throws "Error: needs options"'],
    [{ Encoder: () => undefined, Decoder }, "parser.Encoder must be a class"],
  ];
  for (const [parser, message] of wrong) {
    const problem = checkParser(parser);
    assert(problem?.includes(message), `${problem} to include ${message}`);
    assertThrows(() => parserCodec(parser as Parser), TypeError, `Cannot create codec: ${problem}`);
  }
  assertEquals(checkParser(published), undefined);
  assertEquals(checkParser(batch), undefined);
});

import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertNotStrictEquals,
  assertStrictEquals,
  assertThrows,
} from "@std/assert";
import { Buffer } from "node:buffer";
import * as published from "socket.io-msgpack-parser";
import { LimitError, PacketError } from "../../src/base/errors.ts";
import * as parser from "../../src/extra/msgpack.ts";
import { Decoder, Encoder, msgpackParser } from "../../src/extra/msgpack.ts";
import { MAX_ENCODE_DEPTH } from "../../src/wire/limits.ts";
import { checkParser, parserCodec, type ParserPacket } from "../../src/wire/parser_codec.ts";
import {
  decodeOurs,
  decodePublished,
  encodeOurs,
  encodePublished,
  eventFrame,
  eventOf,
} from "./published_msgpack.ts";

/** The last argument of the event in a frame, as a server would have it. */
function argument(frame: Uint8Array, decoder: Decoder = new Decoder()): unknown {
  let packet: unknown;
  decoder.on("decoded", (value) => packet = value);
  decoder.add(frame);
  return (packet as { readonly data: readonly unknown[] }).data.at(-1);
}

function nested(levels: number): unknown {
  let value: unknown = 1;
  for (let level = 0; level < levels; level++) value = [value];
  return value;
}

function packetProblem(packet: unknown): string {
  return assertThrows(() => new Decoder().add(encodePublished(packet)), PacketError).message;
}

Deno.test("The module is a parser with the names of the published package", () => {
  assertEquals(checkParser(parser), undefined);
  assertEquals(parser.protocol, published.protocol);
  assertEquals({ ...parser.PacketType }, { ...published.PacketType } as unknown);
  for (const name of ["Encoder", "Decoder", "PacketType", "protocol"]) {
    assert(name in published && name in parser, name);
  }
});

Deno.test("Decoder has the methods that socket.io and socket.io-client call", () => {
  const heard: unknown[] = [];
  const listen = (packet: unknown): unknown => heard.push(packet);
  const decoder = new Decoder();
  assertStrictEquals(decoder.on("decoded", listen), decoder);
  decoder.add(encodeOurs(eventOf(1)));
  assertStrictEquals(decoder.off("decoded", listen), decoder);
  decoder.add(encodeOurs(eventOf(2)));
  decoder.on("decoded", listen).removeListener("decoded", listen);
  decoder.on("decoded", listen).destroy();
  decoder.add(encodeOurs(eventOf(3)));
  assertEquals(heard, [eventOf(1)]);
});

Deno.test("Every format is written as the published encoder writes it, and read by both", () => {
  const values: readonly unknown[] = [
    ...[0, 127, 128, 255, 256, 65_535, 65_536, 2 ** 32 - 1, 2 ** 32, 2 ** 53, 2 ** 64 - 2048],
    ...[-1, -32, -33, -128, -129, -32_768, -32_769, -(2 ** 31), -(2 ** 31) - 1, -(2 ** 63)],
    ...[-0, 0.1, -1.5, NaN, Infinity, -Infinity, 5e-324, Number.MAX_SAFE_INTEGER],
    ...[undefined, null, true, false],
    ...[0, 31, 32, 255, 256, 65_535, 65_536].map((length) => "é".repeat(length / 2)),
    ...[15, 16, 65_535, 65_536].map((length) => new Array(length).fill(0)),
    ...[15, 16, 65_536].map((size) =>
      Object.fromEntries(new Array(size).fill(0).map((_, index) => [`k${index}`, index]))
    ),
    ...[0, 1, 2, 4, 8, 16, 17, 255, 256, 65_535, 65_536].flatMap((size) => [
      new Uint8Array(size).fill(7),
      new Uint8Array(size).fill(7).buffer,
      Buffer.alloc(size, 7),
    ]),
    ...[new Float64Array([1.5]), new DataView(new ArrayBuffer(3)), new Uint16Array([1, 2])],
    ...[new Date(0), new Date(-1), new Date(2 ** 40), new Date(NaN)],
    ...[new Map([[1, 2]]), new Set([1]), /x/, new Error("x"), Object("boxed"), Object(7)],
    { a: undefined, f: () => 1, n: null, nested: { deep: [{}] }, 7: 1, constructor: 1 },
    [{ toJSON: () => ({ toJSON: () => "twice" }) }, { toJSON: 1 }],
    ["\u2028\u2029\0", "😀", "\ufeffx"],
  ];
  for (const value of values) {
    const packet = eventOf(value);
    const frame = encodeOurs(packet);
    assertEquals(frame, encodePublished(packet), Deno.inspect(value).slice(0, 100));
    assertEquals(decodeOurs(frame), decodePublished(frame));
    assertEquals(decodeOurs(frame).kind, "packet");
  }
});

Deno.test("Packets of every type are written and read as by the published parser", () => {
  const packets: readonly ParserPacket[] = [
    { type: 0, nsp: "/" },
    { type: 0, nsp: "/admin", data: undefined },
    { type: 0, nsp: "/", data: { sid: "x" } },
    { type: 1, nsp: "/" },
    { type: 2, nsp: "/", data: ["x"], id: 0 },
    { type: 3, nsp: "/", data: [], id: 12 },
    { type: 4, nsp: "/", data: { message: "no", data: undefined } },
    { type: 4, nsp: "/", data: "no" },
  ];
  for (const packet of packets) {
    const frame = encodeOurs(packet);
    assertEquals(frame, encodePublished(packet));
    assertEquals(decodeOurs(frame), { kind: "packet", packet });
  }
});

Deno.test("Packets with wrong members are refused as by the published parser, and told apart", () => {
  const packets: readonly (readonly [unknown, RegExp])[] = [
    [[], /a packet must be a map$/],
    [null, /a packet must be a map$/],
    [{ nsp: "/", data: ["x"] }, /type must be 0–4$/],
    [{ type: 5, nsp: "/", data: ["x"] }, /type must be 0–4$/],
    [{ type: -1, nsp: "/" }, /type must be 0–4$/],
    [{ type: "2", nsp: "/", data: ["x"] }, /type must be 0–4$/],
    [{ type: 2, data: ["x"] }, /namespace must be a string$/],
    [{ type: 2, nsp: 1, data: ["x"] }, /namespace must be a string$/],
    [{ type: 2, nsp: "/", data: {} }, /data of an event or ack must be an array$/],
    [{ type: 3, nsp: "/" }, /data of an event or ack must be an array$/],
    [{ type: 0, nsp: "/", data: null }, /data of a connect must be a map$/],
    [{ type: 0, nsp: "/", data: [] }, /data of a connect must be a map$/],
    [{ type: 1, nsp: "/", data: 1 }, /a disconnect must not carry data$/],
    [{ type: 4, nsp: "/" }, /data of a connect_error must be a string or a map$/],
    [{ type: 2, nsp: "/", data: ["x"], id: null }, /ack id must be a whole number$/],
    [{ type: 2, nsp: "/", data: ["x"], id: 1.5 }, /ack id must be a whole number$/],
  ];
  for (const [packet, message] of packets) {
    assert(message.test(packetProblem(packet)), packetProblem(packet));
    assertEquals(decodePublished(encodePublished(packet)).kind, "refused");
  }
  const more = [...encodeOurs(eventOf(1)), 0];
  assertThrows(() => new Decoder().add(Uint8Array.from(more)), PacketError, "found 1 more bytes");
  assertThrows(() => new Decoder().add('2["x"]'), PacketError, "expected binary data, found text");
  assertThrows(() => new Decoder().add(undefined), PacketError, "expected binary data");
});

Deno.test("What cannot be written is thrown to the caller, and the next packet is written", () => {
  const circle: Record<string, unknown> = {};
  circle.self = [circle];
  const own = { toJSON: (): unknown => own };
  const faults: readonly (readonly [unknown, typeof TypeError | typeof RangeError, string])[] = [
    [1n, TypeError, "msgpack has no form for a bigint"],
    [Symbol("s"), TypeError, "msgpack has no form for a symbol"],
    [[() => 1], TypeError, "msgpack has no form for a function"],
    [new Blob(["x"]), TypeError, "a Blob can only be read later"],
    [circle, RangeError, "must not contain itself"],
    [own, RangeError, "must not contain itself"],
    [nested(MAX_ENCODE_DEPTH), RangeError, "at most 2000 levels deep"],
  ];
  for (const [value, kind, text] of faults) {
    const error = assertThrows(() => encodeOurs(eventOf(value)), kind, text);
    assert(error.message.startsWith("Cannot encode socket packet: "));
    assertEquals(decodeOurs(encodeOurs(eventOf("next"))).kind, "packet");
  }
});

Deno.test("As deep as may be written may be read, and one level more may not", () => {
  const frame = encodeOurs(eventOf(nested(MAX_ENCODE_DEPTH - 1)));
  assertEquals(decodeOurs(frame).kind, "packet");
  const deeper = eventFrame([...new Array(MAX_ENCODE_DEPTH).fill(0x91), 1]);
  const error = assertThrows(() => new Decoder().add(deeper), LimitError);
  assertEquals([error.limit, error.max, error.found], ["maxDepth", 2_000, 2_001]);
});

Deno.test("A frame shares no memory with what was encoded, and arguments stay as they were", () => {
  const bytes = new Uint8Array([1, 2, 3]);
  const value = { bytes, buffer: bytes.buffer, node: Buffer.from(bytes), list: [undefined] };
  const before = structuredClone({ ...value, node: null });
  const frame = encodeOurs(eventOf(value));
  assertEquals({ ...value, node: null }, before);
  const copy = frame.slice();
  bytes.fill(9);
  value.node.fill(9);
  const text = encodeOurs(eventOf("text"));
  encodeOurs(eventOf(new Uint8Array(frame.length)));
  assertEquals(frame, copy);
  assertEquals(text, encodePublished(eventOf("text")));
});

Deno.test("Code of the user runs once for each value, and may encode meanwhile", () => {
  let reads = 0;
  const value = {
    get inner(): unknown {
      reads++;
      return encodeOurs(eventOf({ toJSON: () => "inner" })).length;
    },
  };
  // Once for its kind and once for its value would be two: it is read once here.
  const frame = encodeOurs(eventOf([value, new Uint8Array(3)]));
  assertEquals(reads, 1);
  assertEquals(decodeOurs(frame).kind, "packet");
});

Deno.test("Binary data is a copy of the frame's class, in memory of its own", () => {
  for (const kind of [Uint8Array, Buffer]) {
    const whole = encodeOurs(eventOf([Buffer.from([1, 2]), { deep: Buffer.from([3]) }]));
    const pool = kind === Buffer ? Buffer.alloc(whole.length + 9) : new Uint8Array(300);
    pool.set(whole, 5);
    const frame = pool.subarray(5, 5 + whole.length);
    const [first, { deep }] = argument(frame) as [Uint8Array, { deep: Uint8Array }];
    for (const bytes of [first, deep]) {
      assertStrictEquals(bytes.constructor, kind);
      assertNotStrictEquals<unknown>(bytes.buffer, frame.buffer);
      assertEquals(bytes.buffer.byteLength, bytes.byteLength);
    }
    pool.fill(0);
    assertEquals([[...first], [...deep]], [[1, 2], [3]]);
  }
});

Deno.test("Extensions are read as the published parser reads them, own ones and foreign ones", () => {
  const frames: readonly (readonly number[])[] = [
    [0xd4, 0, 9], // undefined, whatever its byte
    [0xd7, 0, 0, 0, 0, 1, 0, 0, 0, 2], // a date
    [0xc7, 1, 0, 9], // a buffer of 1 byte
    [0xc7, 8, 0, 1, 2, 3, 4, 5, 6, 7, 8], // one of 8
    [0xc8, 0, 1, 0, 9],
    [0xc9, 0, 0, 0, 1, 0, 9],
    [0xc7, 0, 0],
    [0xd5, 0, 1, 2], // sizes that the own type does not have
    [0xd6, 0, 1, 2, 3, 4],
    [0xd8, 0, ...new Array(16).fill(1)],
    [0xd4, 1, 9], // other types
    [0xd7, 0xff, 1, 2, 3, 4, 5, 6, 7, 8],
    [0xc7, 2, 5, 1, 2],
    [0x94, 0xd4, 0, 0, 0xc7, 1, 0, 9, 0xd7, 0, 0, 0, 0, 1, 0, 0, 0, 2, 0xc4, 1, 5],
  ];
  for (const bytes of frames) {
    const frame = eventFrame(bytes);
    assertEquals(decodeOurs(frame), decodePublished(frame), String(bytes));
    assertEquals(decodeOurs(frame).kind, "packet");
  }
  assertInstanceOf(argument(eventFrame([0xc7, 1, 0, 9])), ArrayBuffer);
});

Deno.test("Long text that begins with U+FEFF keeps it, beside other values and in keys", () => {
  const text = "\ufeff" + "x".repeat(197);
  for (const more of ["", "x", "x".repeat(53), "é".repeat(40_000), "\ufeff".repeat(100)]) {
    const value = [text, Buffer.from([1]), text + more, { [text + more]: text, last: 1 }];
    const packet = eventOf(value);
    const frame = encodeOurs(packet);
    assertEquals(frame, encodePublished(packet));
    assertEquals(decodeOurs(frame), decodePublished(frame));
    assertEquals((argument(frame) as unknown[])[2], text + more);
  }
});

Deno.test("Encoder writes all binary data as a Buffer is written, exactly its bytes", () => {
  const bytes = new Uint8Array([1, 2, 3, 4]);
  const values = [bytes.buffer, bytes.subarray(1, 3), new DataView(bytes.buffer, 2)];
  const wanted = [Buffer.from(bytes), Buffer.from([2, 3]), Buffer.from([3, 4])];
  for (const binEncoder of [new Encoder(), new Encoder({ binary: "bin" })]) {
    const [frame] = binEncoder.encode(eventOf(values));
    assertEquals(frame, encodePublished(eventOf(wanted)));
  }
});

Deno.test("binary: 'ext' writes what is no Buffer in an extension, as the published encoder", () => {
  const { Encoder: ExtEncoder } = msgpackParser({ binary: "ext" });
  const values = [new Uint8Array([1, 2]), new Uint8Array([3]).buffer, Buffer.from([4])];
  const [frame] = new ExtEncoder().encode(eventOf(values));
  assertEquals(frame, encodePublished(eventOf(values)));
  const read = argument(encodePublished(eventOf(values))) as readonly unknown[];
  assertEquals(read.map((it) => it instanceof ArrayBuffer), [true, true, false]);
});

Deno.test("msgpackParser checks its options, and its decoders keep their bounds", () => {
  const small = msgpackParser({ maxDepth: 2, maxElements: 12 });
  assertEquals(checkParser(small), undefined);
  const decoder = new small.Decoder();
  decoder.add(encodeOurs(eventOf([1, 2, 3])));
  const deep = assertThrows(() => decoder.add(encodeOurs(eventOf([[]]))), LimitError);
  assertEquals([deep.limit, deep.max, deep.found], ["maxDepth", 2, 3]);
  const many = assertThrows(() => decoder.add(encodeOurs(eventOf([1, 2, 3, 4]))), LimitError);
  assertEquals([many.limit, many.max, many.found], ["maxElements", 12, 13]);
  for (
    const wrong of [
      { maxDepth: 0 },
      { maxDepth: 100_001 },
      { maxDepth: Infinity },
      {
        maxElements: 0,
      },
      { maxElements: 1.5 },
      { maxElements: "1" },
      { binary: "buffer" },
      { maxDeph: 1 },
    ]
  ) {
    assertThrows(
      () => msgpackParser(wrong as parser.MsgpackOptions),
      TypeError,
      "Cannot use options of msgpackParser: 1 fault",
    );
  }
  assertThrows(() => new Encoder({ binary: "x" as "bin" }), TypeError);
  msgpackParser({ maxElements: Infinity });
});

Deno.test("With default options a frame of a megabyte passes, but for tiny binary data", () => {
  const codec = parserCodec(parser);
  const size = 1_000_000 - 30;
  const values: readonly unknown[] = [
    new Array(size).fill(0),
    new Array(size).fill({}),
    "x".repeat(size),
    new Uint8Array(size),
  ];
  for (const value of values) {
    const decoder = codec.createDecoder();
    const [frame = ""] = codec.encode({ type: "event", nsp: "/", data: ["x", value] });
    assert(frame.length <= 1_000_000 && frame.length > size);
    assertEquals(decoder.push(frame)?.type, "event");
    assertEquals(decoder.pendingBytes, 0);
    assertEquals(decoder.push(frame)?.type, "event");
  }
});

Deno.test("parserCodec over the parser: what is refused leaves nothing behind", () => {
  const decoder = parserCodec(parser).createDecoder();
  const hostile: readonly (string | Uint8Array<ArrayBuffer>)[] = [
    '2["x"]',
    new Uint8Array(0),
    new Uint8Array([0xc1]),
    eventFrame([0xdd, 0xff, 0xff, 0xff, 0xff]),
    encodeOurs({ type: 2, nsp: "/", data: ["disconnect"] }),
    encodeOurs({ type: 2, nsp: "/", data: [] }),
    encodeOurs({ type: 2, nsp: "/".repeat(2_000), data: ["x"] }),
    encodeOurs({ type: 2, nsp: "/", data: ["x"], id: -1 }),
    encodeOurs({ type: 2, nsp: "/", data: new Array(10_001).fill("x") }),
  ];
  for (const frame of hostile) {
    const error = assertThrows(() => decoder.push(frame));
    assert(error instanceof PacketError || error instanceof LimitError, String(error));
    assertEquals(decoder.pendingBytes, 0);
    assertEquals(decoder.push(encodeOurs(eventOf(1)))?.type, "event");
  }
});

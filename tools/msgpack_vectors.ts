/**
 * The vectors of the msgpack parser: what is put to the published parser, and what it answers.
 *
 * Invariants
 * - Names are unique within a list.
 * - A frame to read that ours refuses on purpose names the known difference.
 *
 * Source: MessagePack specification, "Formats"; Socket.IO protocol, revision 5, "Packet types".
 */
import { Buffer } from "node:buffer";
import { MSGPACK_DECODE_DIFFERENCES } from "../tests/extra/known_differences.ts";
import { decodePublished, encodePublished, eventFrame } from "../tests/extra/published_msgpack.ts";
import { toTagged } from "../tests/extra/tagged_json.ts";

/** One entry of the file; values are as `tests/extra/tagged_json.ts` has them. */
export interface MsgpackVector {
  readonly name: string;
  readonly source: string;
  readonly direction: "encode" | "decode";
  readonly input: unknown;
  readonly output?: unknown;
  readonly error?: string;
  /** Set where Godwit differs. */
  readonly published?: unknown;
}

const SOURCE = "socket.io-msgpack-parser 3.0.2";
const BYTES = [1, 2, 3, 4];

const PACKETS: readonly (readonly [name: string, packet: unknown])[] = [
  ["connect", { type: 0, nsp: "/" }],
  ["connect without auth, as clients send it", { type: 0, data: undefined, nsp: "/" }],
  ["connect with auth", { type: 0, data: { token: "x" }, nsp: "/admin" }],
  ["connected", { type: 0, data: { sid: "x" }, nsp: "/" }],
  ["disconnect", { type: 1, nsp: "/admin" }],
  ["event", { type: 2, nsp: "/", data: ["hello", 1] }],
  ["event with a number for a name", { type: 2, nsp: "/", data: [7] }],
  [
    "event of a client, with ack id",
    { type: 2, data: ["hello"], options: { compress: true }, id: 0, nsp: "/" },
  ],
  ["event in a namespace with other letters", { type: 2, nsp: "/é€😀", data: ["x"] }],
  ["ack", { type: 3, nsp: "/", data: [], id: 13 }],
  ["connect error", { type: 4, nsp: "/", data: { message: "Not authorized" } }],
  ["connect error with a text", { type: 4, nsp: "/", data: "Not authorized" }],
];

const ARGUMENTS: readonly (readonly [name: string, value: unknown])[] = [
  ["nothing", [undefined, null, { left: undefined }]],
  ["truth values", [true, false]],
  ["small whole numbers", [0, 127, 128, 255, 256, 65535, 65536, -1, -32, -33, -128, -129, -32769]],
  ["whole numbers of 32 bits and more", [2 ** 32 - 1, 2 ** 32, -(2 ** 31), -(2 ** 31) - 1]],
  ["whole numbers that floats just hold", [2 ** 53 - 1, 2 ** 53, 2 ** 63, -(2 ** 63)]],
  ["fractions", [0.5, -1.25, 5e-324, NaN, Infinity, -Infinity, -0]],
  ["texts", ["", "é€😀", "\u0000", "x".repeat(31), "x".repeat(32), "x".repeat(256)]],
  ["long text that begins with U+FEFF", "\ufeff" + "x".repeat(256)],
  ["arrays", [[], new Array(15).fill(0), new Array(16).fill(0), [[[]]]]],
  ["objects", { "": 1, nested: { deep: [{}] }, 7: "number", constructor: 1 }],
  ["dates", [new Date(0), new Date(1_600_000_000_000), new Date(-1)]],
  ["date that is none", new Date(NaN)],
  ["Buffers", [Buffer.from(BYTES), Buffer.alloc(0), Buffer.alloc(256)]],
  ["Buffer deep inside", { list: [{ bytes: Buffer.from(BYTES) }] }],
  [
    "ArrayBuffers",
    [0, 1, 2, 3, 4, 8, 16, 255, 256].map((size) => new Uint8Array(size).fill(7).buffer),
  ],
];

/** What stands for the last argument of an event. */
const FRAMES: readonly {
  readonly name: string;
  readonly bytes: readonly number[];
  readonly difference?: string;
}[] = [
  { name: "undefined", bytes: [0xd4, 0, 0] },
  { name: "buffer of 1 byte", bytes: [0xc7, 1, 0, 9] },
  { name: "buffer of 8 bytes", bytes: [0xc7, 8, 0, 1, 2, 3, 4, 5, 6, 7, 8] },
  { name: "date", bytes: [0xd7, 0, 0, 0, 1, 0x74, 0x87, 0x6e, 0x80, 0] },
  { name: "foreign extension", bytes: [0xd5, 5, 1, 2] },
  { name: "float of 32 bits", bytes: [0xca, 0x3f, 0x80, 0, 0] },
  { name: "number as a key", bytes: [0x81, 7, 1] },
  { name: "the same key twice", bytes: [0x82, 0xa1, 0x61, 1, 0xa1, 0x61, 2] },
  { name: "longer formats than are needed", bytes: [0xdd, 0, 0, 0, 1, 0xdb, 0, 0, 0, 1, 0x61] },
  { name: "byte that begins nothing", bytes: [0xc1] },
  { name: "more than one value", bytes: [1, 2] },
  { name: "text cut short", bytes: [0xa5, 0x61] },
  { name: "array that announces 4,294,967,295 values", bytes: [0xdd, 255, 255, 255, 255] },
  { name: "map that announces 4,294,967,295 keys", bytes: [0xdf, 255, 255, 255, 255] },
  { name: "binary data that announces 4,294,967,295 bytes", bytes: [0xc6, 255, 255, 255, 255] },
  ...MSGPACK_DECODE_DIFFERENCES.filter(({ example }) => example.length < 100).map((row) => ({
    name: row.name,
    bytes: row.example,
    difference: row.name,
  })),
];

/** All vectors of the msgpack parser. */
export function msgpackVectors(): readonly MsgpackVector[] {
  const events = ARGUMENTS.map(([name, value]) => {
    return [`event with ${name}`, { type: 2, nsp: "/", data: ["x", value] }] as const;
  });
  const encode = [...PACKETS, ...events].map(([name, packet]): MsgpackVector => ({
    name,
    source: SOURCE,
    direction: "encode",
    input: toTagged(packet),
    output: toTagged(encodePublished(packet)),
  }));
  return [...encode, ...FRAMES.map(decodeVector)];
}

function decodeVector({ name, bytes, difference }: typeof FRAMES[number]): MsgpackVector {
  const frame = eventFrame(bytes);
  const outcome = decodePublished(frame);
  const head = { name, source: SOURCE, direction: "decode" as const, input: toTagged(frame) };
  const result = outcome.kind === "refused"
    ? { error: outcome.message }
    : { output: toTagged(outcome.packet) };
  if (difference === undefined) return { ...head, ...result };
  const known = MSGPACK_DECODE_DIFFERENCES.find((row) => row.name === difference);
  if (known === undefined) throw new RangeError(`Cannot find difference: ${difference}`);
  return { ...head, error: known.reason, published: result };
}

/**
 * The cases of the golden vectors of Engine.IO revision 3 and of the Socket.IO protocol of its clients:
 * what is put to the published parsers, and nothing else.
 *
 * Invariants
 * - Names are unique within a list.
 * - A case whose answer differs on purpose names the known difference.
 *
 * Source: Engine.IO protocol, revision 3, and Socket.IO protocol, revision 4, with their examples; the
 * advisories of both parsers.
 */
import type { EnginePacket, Frame } from "../src/wire/engine_packet.ts";
import type { SocketPacket } from "../src/wire/socket_packet.ts";

const BYTES = new Uint8Array([1, 2, 3, 4]);
const NO_BYTES = new Uint8Array(0);
const ONE = '{"_placeholder":true,"num":0}';

const bytes = (...values: readonly (number | string)[]): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(
    values.flatMap((it) => typeof it === "number" ? [it] : [...new TextEncoder().encode(it)]),
  );

/** A frame or payload to read. */
export interface EngineV3Case {
  readonly name: string;
  readonly input: Frame;
  readonly difference?: string;
}

/** One WebSocket frame to read. */
export const ENGINE_V3_FRAME_CASES: readonly EngineV3Case[] = [
  { name: "open with handshake", input: '0{"sid":"x","upgrades":[]}' },
  { name: "close", input: "1" },
  { name: "ping", input: "2" },
  { name: "ping with probe", input: "2probe" },
  { name: "pong with probe", input: "3probe" },
  { name: "text message", input: "4hello" },
  { name: "message of other scripts", input: "4€ ☃ 😀" },
  { name: "message that looks like base64", input: "4b4AQID" },
  { name: "message without data", input: "4", difference: "message without data" },
  { name: "upgrade", input: "5" },
  { name: "noop", input: "6" },
  { name: "binary message", input: bytes(4, 1, 2, 3, 4) },
  { name: "empty binary message", input: bytes(4) },
  { name: "binary message that begins with the digit 4", input: bytes(4, "4", 1) },
  { name: "binary ping", input: bytes(2), difference: "bytes of another type" },
  { name: "binary frame of revision 4", input: bytes(255, 1), difference: "bytes of another type" },
  { name: "empty binary frame", input: NO_BYTES, difference: "no bytes" },
  { name: "base64", input: "b4AQIDBA==" },
  { name: "base64 of nothing", input: "b4" },
  { name: "base64 whose data begins with 4", input: "b44AA=" },
  { name: "base64 of revision 4", input: "bAQIDBA==", difference: "base64 of another type" },
  { name: "base64 of a ping", input: "b2AQ==", difference: "base64 of another type" },
  { name: "base64 without a type", input: "b", difference: "base64 of another type" },
  { name: "base64 with a foreign character", input: "b4AQ*=", difference: "malformed base64" },
  { name: "empty frame", input: "" },
  { name: "unknown digit", input: "7" },
  { name: "unknown letter", input: "hello" },
  { name: "leading white space", input: " 2" },
];

/** One packet to write as a WebSocket frame, with and without base64. */
export const ENGINE_V3_ENCODE_CASES: readonly {
  readonly name: string;
  readonly packet: EnginePacket;
}[] = [
  { name: "open", packet: { type: "open", data: '{"sid":"x"}' } },
  { name: "close", packet: { type: "close" } },
  { name: "ping", packet: { type: "ping" } },
  { name: "pong with probe", packet: { type: "pong", data: "probe" } },
  { name: "text message", packet: { type: "message", data: "hello é 😀" } },
  { name: "empty text message", packet: { type: "message", data: "" } },
  { name: "binary message", packet: { type: "message", data: BYTES } },
  { name: "empty binary message", packet: { type: "message", data: NO_BYTES } },
  { name: "upgrade", packet: { type: "upgrade" } },
  { name: "noop", packet: { type: "noop" } },
];

const text = (name: string, input: string, difference?: string): EngineV3Case =>
  difference === undefined ? { name, input } : { name, input, difference };

const binary = (
  name: string,
  input: readonly (number | string)[],
  difference?: string,
): EngineV3Case =>
  difference === undefined
    ? { name, input: bytes(...input) }
    : { name, input: bytes(...input), difference };

/** One polling payload to read: text, then bytes. */
export const ENGINE_V3_PAYLOAD_CASES: readonly EngineV3Case[] = [
  text("one packet", "6:4hello"),
  text("several packets", "6:4hello1:26:4world"),
  text("text and binary", "6:4hello10:b4AQIDBA=="),
  text("lengths in UTF-16 units", "3:4😀2:4€2:4é1:2"),
  text("a colon and digits in a message", "6:44:1:21:2"),
  text("zeros in front of a length", "0002:4a"),
  text("no packets", "0:"),
  text("packets of no length between others", "0:2:4a0:1:2"),
  text("length in UTF-8 bytes", "5:4😀"),
  text("empty payload", ""),
  text("length without a packet", "5:"),
  text("packet shorter than its length", "9:4hello"),
  text("packet longer than its length", "3:4hello"),
  text("length without an end", "5"),
  text("digits at the end", "1:212"),
  text("no length", ":4a"),
  text("negative length", "-1:4a"),
  text("length with a fraction", "1.5:4a"),
  text("length with an exponent", "2e0:4a", "length in other words"),
  text("length in hexadecimal", "0x2:4a", "length in other words"),
  text("length with a blank", " 2:4a", "length in other words"),
  text("length with a sign", "+2:4a", "length in other words"),
  text("length of twelve digits", "000000000002:4a", "length in other words"),
  text("length Infinity", "Infinity:4a"),
  text("length of 2^53", "9007199254740993:4a"),
  text("malformed packet after good ones", "2:4a1:22:9x2:4b"),
  text("separator of revision 4", "4hello\x1e2"),
  text("text that is no payload", "abc"),
  binary("one packet in bytes", [0, 6, 255, "4hello"]),
  binary("text and bytes", [0, 2, 255, "4a", 1, 5, 255, 4, 1, 2, 3, 4, 0, 1, 255, "2"]),
  binary("length of two digits", [0, 1, 2, 255, "4hello world"]),
  binary("text of other scripts", [0, 1, 0, 255, "4€é😀"]),
  binary("base64 in bytes", [0, 1, 0, 255, "b4AQIDBA=="]),
  binary("a mark and an end in bytes", [1, 4, 255, 4, 0, 255, 1]),
  binary("no bytes at all", []),
  binary("empty text packet", [0, 0, 255]),
  binary("empty binary packet", [1, 0, 255], "no bytes"),
  binary("mark 2", [2, 2, 255, 4, 1], "other mark"),
  binary("digit 10", [0, 10, 255, "4a"]),
  binary(
    "length of twelve bytes",
    [1, ...new Array<number>(11).fill(0), 2, 255, 4, 1],
    "length of other bytes",
  ),
  binary("length without digits", [0, 255, "4a"]),
  binary("bytes shorter than their length", [1, 9, 255, 4, 1], "packet cut short"),
  binary("text shorter than its length", [0, 9, 255, "4a"], "packet cut short"),
  binary("bytes of a ping", [1, 1, 255, 2], "bytes of another type"),
  binary("text that is not UTF-8", [0, 2, 255, "4", 0xff]),
  binary("text that is cut in a character", [0, 3, 255, "4", 0xe2, 0x82]),
  binary("overlong text", [0, 3, 255, "4", 0xc0, 0x80]),
  binary("unknown digit in bytes", [0, 1, 255, "7"]),
];

/** Packets to write as one polling payload, with and without base64. */
export const ENGINE_V3_PAYLOAD_ENCODE_CASES: readonly {
  readonly name: string;
  readonly packets: readonly EnginePacket[];
}[] = [
  { name: "one packet", packets: [{ type: "message", data: "hello" }] },
  { name: "control packets", packets: [{ type: "open", data: "{}" }, { type: "noop" }] },
  {
    name: "text and binary",
    packets: [
      { type: "message", data: "hello" },
      { type: "message", data: BYTES },
      { type: "message", data: NO_BYTES },
      { type: "message", data: "€é😀".repeat(12) },
      { type: "noop" },
    ],
  },
];

/** Texts of messages in a payload of a client of Socket.IO 1 that asked for base64. */
export const ENGINE_V1_TEXTS: readonly { readonly name: string; readonly texts: string[] }[] = [
  { name: "text of ASCII, encoded twice", texts: ["hello"] },
  { name: "text of other scripts, encoded twice", texts: ["é", "€ ☃", "😀", "Ã©"] },
];

interface SocketV4Case {
  readonly name: string;
  readonly frames: readonly Frame[];
  readonly difference?: string;
}

const socket = (name: string, frames: readonly Frame[], difference?: string): SocketV4Case =>
  difference === undefined ? { name, frames } : { name, frames, difference };

/** The frames of one packet to read, or of one that is refused. */
export const SOCKET_V4_DECODE_CASES: readonly SocketV4Case[] = [
  socket("connect", ["0"]),
  socket("connect to a namespace", ["0/admin"]),
  socket("connect to a namespace with comma", ["0/admin,"]),
  socket("connect to a namespace with a query", ["0/admin?token=a&x=%2C"]),
  socket("connect to a namespace with a query and a comma", ["0/admin?token=a,"]),
  socket("connect with null", ["0null"], "null or a list in place of an object"),
  socket("connect with a list", ["0[]"], "null or a list in place of an object"),
  socket("connect with a string", ['0"x"']),
  socket("disconnect", ["1"]),
  socket("disconnect of a namespace", ["1/admin"]),
  socket("event", ['2["foo",1,null,{"a":[]}]']),
  socket("event of a namespace with an id", ['2/admin,456["bar"]']),
  socket("event without data", ["2"], "missing data"),
  socket("event of other scripts", ['2["é","☃ 😀 \u2028"]']),
  socket("event with a reserved name", ['2["disconnect"]'], "reserved event name"),
  socket("event named by an object", ['2[{"toString":"foo"}]']),
  socket("event named by a list", ['2[["a"]]']),
  socket("event with broken JSON", ['2["x"']),
  socket("event with a blank for an id", ['2 ["x"]'], "blank in ack id"),
  socket("event with an id of 40 digits", [`2${"1".repeat(40)}["x"]`], "large ack id"),
  socket("ack", ['312["ok"]']),
  socket("ack of a namespace", ["3/admin,456[]"]),
  socket("ack with an object", ["312{}"]),
  socket("error with a string", ['4"Not authorized"']),
  socket("error with an object", ['4/admin,{"code":1}']),
  socket("error with a list", ["4[]"], "null or a list in place of an object"),
  socket("error without data", ["4"]),
  socket("binary event", [`51-["foo",${ONE}]`, BYTES]),
  socket("binary event of a namespace with an id", [`51-/admin,456["foo",${ONE}]`, BYTES]),
  socket("binary ack", [`61-/admin,456[${ONE}]`, BYTES]),
  socket("awaiting an attachment", [`52-["foo",${ONE}]`, BYTES]),
  socket("text in place of an attachment", [`51-["foo",${ONE}]`, '2["x"]']),
  socket("binary data in front of everything", [BYTES]),
  ...['"splice"', "-1", "1", "null", '"0"'].map((num) =>
    socket(`placeholder number ${num}`, [`51-["x",{"_placeholder":true,"num":${num}}]`, BYTES])
  ),
  socket("count 0", ['50-["x"]']),
  socket("count 11", ['511-["x"]']),
  socket("no count", ['5-["x"]']),
  socket("no dash", ['51["x"]']),
  socket("count with an exponent", ['51e0-["x"]'], "attachment count"),
  socket("unknown type", ["7"], "unknown type"),
  socket("empty text", [""], "empty type"),
];

/** One packet to write. */
export const SOCKET_V4_ENCODE_CASES: readonly {
  readonly name: string;
  readonly packet: SocketPacket;
}[] = [
  { name: "connect", packet: { type: "connect", nsp: "/" } },
  { name: "connect to a namespace", packet: { type: "connect", nsp: "/admin" } },
  { name: "disconnect of a namespace", packet: { type: "disconnect", nsp: "/admin" } },
  { name: "event", packet: { type: "event", nsp: "/", data: ["foo", 1, null, { a: [] }], id: 0 } },
  { name: "event of a namespace", packet: { type: "event", nsp: "/admin", data: ["é 😀"] } },
  { name: "ack", packet: { type: "ack", nsp: "/admin", data: [], id: 456 } },
  { name: "error with a string", packet: { type: "connect_error", nsp: "/", data: "no" } },
  { name: "error with a number", packet: { type: "connect_error", nsp: "/", data: 401 } },
  { name: "error with an object", packet: { type: "connect_error", nsp: "/a", data: { code: 1 } } },
  { name: "error without data", packet: { type: "connect_error", nsp: "/a", data: undefined } },
  { name: "binary event", packet: { type: "event", nsp: "/", data: ["foo", { a: [BYTES] }] } },
  { name: "binary ack", packet: { type: "ack", nsp: "/admin", data: [NO_BYTES, BYTES], id: 0 } },
];

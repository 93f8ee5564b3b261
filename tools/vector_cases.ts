/**
 * The questions that the vectors answer: what is put to the published parsers, and nothing else.
 *
 * Invariants
 * - Names are unique within a list.
 * - A case whose answer differs on purpose names the known difference.
 *
 * Source: Engine.IO protocol, revision 4, and Socket.IO protocol, revision 5, with their examples; the
 * advisories of both parsers.
 */
import type { Packet } from "engine.io-parser";
import type { Frame } from "../src/wire/engine_packet.ts";
import type { SocketPacket } from "../src/wire/socket_packet.ts";

const BYTES = new Uint8Array([1, 2, 3, 4]);
const OTHER_BYTES = new Uint8Array([0, 255]);
const NO_BYTES = new Uint8Array(0);

/** One WebSocket frame to read. */
export const ENGINE_FRAME_CASES: readonly {
  readonly name: string;
  readonly input: Frame;
  readonly difference?: string;
}[] = [
  { name: "open with handshake", input: '0{"sid":"x","upgrades":[]}' },
  { name: "close", input: "1" },
  { name: "ping", input: "2" },
  { name: "ping with probe", input: "2probe" },
  { name: "pong with probe", input: "3probe" },
  { name: "text message", input: "4hello" },
  { name: "message of other scripts", input: "4€ ☃ 😀" },
  { name: "message with a separator in it", input: "4a\x1eb" },
  { name: "message without data", input: "4", difference: "message without data" },
  { name: "upgrade", input: "5" },
  { name: "noop", input: "6" },
  { name: "binary message", input: BYTES },
  { name: "empty binary message", input: NO_BYTES },
  { name: "base64 in a frame", input: "bAQIDBA==" },
  { name: "base64 of nothing", input: "b" },
  { name: "base64 with a foreign character", input: "bAQ*DBA==", difference: "malformed base64" },
  { name: "base64 cut short", input: "bAQIDB", difference: "malformed base64" },
  { name: "base64 with white space", input: "bAQID BA==", difference: "malformed base64" },
  { name: "empty frame", input: "" },
  { name: "unknown digit", input: "7" },
  { name: "unknown letter", input: "hello" },
  { name: "leading white space", input: " 2" },
];

/** One packet to write as a WebSocket frame. */
export const ENGINE_ENCODE_CASES: readonly { readonly name: string; readonly packet: Packet }[] = [
  { name: "open", packet: { type: "open", data: '{"sid":"x"}' } },
  { name: "close", packet: { type: "close" } },
  { name: "ping", packet: { type: "ping" } },
  { name: "pong with probe", packet: { type: "pong", data: "probe" } },
  { name: "text message", packet: { type: "message", data: "hello" } },
  { name: "empty text message", packet: { type: "message", data: "" } },
  { name: "binary message", packet: { type: "message", data: BYTES } },
  { name: "upgrade", packet: { type: "upgrade" } },
  { name: "noop", packet: { type: "noop" } },
];

/** One polling payload to read. */
export const ENGINE_PAYLOAD_CASES: readonly {
  readonly name: string;
  readonly input: string;
  readonly difference?: string;
}[] = [
  { name: "one packet", input: "4hello" },
  { name: "several packets", input: "4hello\x1e2\x1e4world" },
  { name: "text and binary", input: "4hello\x1ebAQIDBA==" },
  { name: "binary of each padding", input: "bAQ==\x1ebAQI=\x1ebAQID" },
  { name: "other scripts", input: "4€\x1e4☃" },
  { name: "empty payload", input: "" },
  { name: "empty packet in front", input: "\x1e4a" },
  { name: "empty packet at the end", input: "4a\x1e" },
  { name: "only separators", input: "\x1e\x1e" },
  { name: "malformed packet after good ones", input: "4a\x1e2\x1e{}\x1e4b" },
  { name: "length prefix of revision 3", input: "6:4hello" },
  { name: "text that is no packet", input: "abc" },
];

/** Packets to write as one polling payload. */
export const ENGINE_PAYLOAD_ENCODE_CASES: readonly {
  readonly name: string;
  readonly packets: readonly Packet[];
}[] = [
  { name: "one packet", packets: [{ type: "message", data: "hello" }] },
  {
    name: "text and binary",
    packets: [
      { type: "message", data: "hello" },
      { type: "message", data: BYTES },
      { type: "message", data: NO_BYTES },
      { type: "noop" },
    ],
  },
];

interface SocketDecodeCase {
  readonly name: string;
  readonly frames: readonly Frame[];
  readonly difference?: string;
}

function textCase(name: string, text: string, difference?: string): SocketDecodeCase {
  return difference === undefined ? { name, frames: [text] } : { name, frames: [text], difference };
}

function withAttachments(
  name: string,
  text: string,
  attachments: readonly Frame[],
  difference?: string,
): SocketDecodeCase {
  const frames = [text, ...attachments];
  return difference === undefined ? { name, frames } : { name, frames, difference };
}

const ONE = '{"_placeholder":true,"num":0}';

/** The frames of one packet to read, or of one that is refused. */
export const SOCKET_DECODE_CASES: readonly SocketDecodeCase[] = [
  textCase("connect", "0"),
  textCase("connect with auth", '0{"token":"123"}'),
  textCase("connect to a namespace", "0/admin"),
  textCase("connect to a namespace with comma", "0/admin,"),
  textCase("connect to a namespace with auth", '0/admin,{"token":"123"}'),
  textCase("connect with query in the namespace", "0/admin?x=1,"),
  textCase("connect with an array", "0[]"),
  textCase("connect with a string", '0"token"'),
  textCase("connect with null", "0null"),
  textCase("connect with broken JSON", "0{"),
  textCase("connect with an id", '05{"token":1}', "id without meaning"),
  textCase("disconnect", "1"),
  textCase("disconnect of a namespace", "1/admin,"),
  textCase("disconnect with data", '1["x"]'),
  textCase("event", '2["foo"]'),
  textCase("event with arguments", '2["foo",1,null,true,{"a":[]}]'),
  textCase("event of a namespace", '2/admin,["bar"]'),
  textCase("event with an id", '212["foo"]'),
  textCase("event of a namespace with an id", '2/admin,456["bar"]'),
  textCase("event with id 0", '20["foo"]'),
  textCase("event with zeros in front of the id", '2007["foo"]'),
  textCase("event named by a number", '2[7,"x"]'),
  textCase("event with the largest safe id", '29007199254740991["x"]'),
  textCase("event with an id beyond", '29007199254740993["x"]', "large ack id"),
  textCase("event with an id of 40 digits", `2${"1".repeat(40)}["x"]`, "large ack id"),
  textCase("event with a blank for an id", '2 ["x"]', "blank in ack id"),
  textCase("event without data", "2", "missing data"),
  textCase("event of a namespace without data", "2/admin,", "missing data"),
  textCase("event with an id and no data", "25", "missing data"),
  textCase("event with an empty array", "2[]"),
  textCase("event with an object", "2{}"),
  textCase("event with a string", '2"x"'),
  textCase("event named by null", "2[null]"),
  textCase("event named by an object", '2[{"toString":"foo"}]'),
  textCase("event named by an array", '2[["a"]]'),
  textCase("event with broken JSON", '2["x"'),
  textCase("event with text after the JSON", '2["x"]x'),
  textCase("event with a negative id", '2-1["x"]'),
  textCase("event with a placeholder as data", `2["x",${ONE}]`),
  textCase("event with __proto__", '2["x",{"__proto__":{"a":1}}]'),
  ...["connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener"]
    .map((name) => textCase(`event with the reserved name ${name}`, `2["${name}"]`)),
  textCase("ack", '312["ok"]'),
  textCase("ack of a namespace", "3/admin,456[]"),
  textCase("ack without id", '3["ok"]'),
  textCase("ack without data", "312", "missing data"),
  textCase("ack with an object", "312{}"),
  textCase("connect_error with an object", '4{"message":"Not authorized"}'),
  textCase("connect_error with a string", '4/admin,"Invalid namespace"'),
  textCase("connect_error without data", "4"),
  textCase("connect_error with an array", "4[]"),
  textCase("unknown type", "7"),
  textCase("letter for a type", "x"),
  textCase("empty text", "", "empty type"),
  textCase("blank for a type", " ", "empty type"),
  textCase("binary frame first, told by its text", "b"),
  withAttachments("binary event", `51-["foo",${ONE}]`, [BYTES]),
  withAttachments("binary event of a namespace with an id", `51-/admin,456["foo",${ONE}]`, [BYTES]),
  withAttachments("binary ack", `61-/admin,456[${ONE}]`, [BYTES]),
  withAttachments(
    "two attachments in a tree",
    '52-["foo",{"a":[{"_placeholder":true,"num":1}],"b":{"_placeholder":true,"num":0}}]',
    [BYTES, OTHER_BYTES],
  ),
  withAttachments("one attachment in two places", `51-["foo",${ONE},${ONE}]`, [BYTES]),
  withAttachments("an attachment in no place", '51-["foo"]', [BYTES]),
  withAttachments("an empty attachment", `51-["foo",${ONE}]`, [NO_BYTES]),
  withAttachments("a placeholder that is false", '51-["x",{"_placeholder":false,"num":0}]', [
    BYTES,
  ]),
  withAttachments("a placeholder under __proto__", `51-["x",{"__proto__":${ONE}}]`, [BYTES]),
  withAttachments("ten attachments", '510-["x"]', Array.from({ length: 10 }, () => NO_BYTES)),
  withAttachments("awaiting an attachment", `52-["foo",${ONE}]`, [BYTES]),
  withAttachments("text in place of an attachment", `51-["foo",${ONE}]`, ['2["x"]']),
  { name: "binary data in front of everything", frames: [BYTES] },
  ...['"splice"', "-1", "1", "null", "1e9", '"0"', "[]", "{}", "true"].map((num) =>
    withAttachments(
      `placeholder number ${num}`,
      `51-["x",{"_placeholder":true,"num":${num}}]`,
      [BYTES],
    )
  ),
  withAttachments("placeholder without a number", '51-["x",{"_placeholder":true}]', [BYTES]),
  withAttachments(
    "placeholder number 0.5",
    '51-["x",{"_placeholder":true,"num":0.5}]',
    [BYTES],
    "fractional placeholder",
  ),
  textCase("count 0", '50-["x"]'),
  textCase("count 0 of an ack", '60-["x"]'),
  textCase("count 000", '5000-["x"]'),
  textCase("count 11", '511-["x"]'),
  textCase("count 99999999999", '599999999999-["x"]'),
  textCase("no count", '5-["x"]'),
  textCase("no dash", '51["x"]'),
  textCase("nothing after the type", "5"),
  textCase("nothing after the count", "51"),
  textCase("binary event without data", "51-", "missing data"),
  textCase("count with a blank", '5 1-["x"]', "attachment count"),
  textCase("count with an exponent", '51e0-["x"]', "attachment count"),
  textCase("count with a sign", '5+1-["x"]', "attachment count"),
  textCase("count in hexadecimal", '50x1-["x"]', "attachment count"),
  textCase("count with a fraction", '51.5-["x"]'),
  textCase("negative count", '5-1-["x"]'),
  textCase("letter for a count", '5a-["x"]'),
  textCase("reserved name with an attachment", `51-["connect",${ONE}]`),
];

/** One packet to write. */
export const SOCKET_ENCODE_CASES: readonly {
  readonly name: string;
  readonly packet: SocketPacket;
}[] = [
  { name: "connect", packet: { type: "connect", nsp: "/" } },
  { name: "connect with data", packet: { type: "connect", nsp: "/", data: { sid: "x" } } },
  { name: "connect to a namespace", packet: { type: "connect", nsp: "/admin", data: {} } },
  { name: "disconnect", packet: { type: "disconnect", nsp: "/" } },
  { name: "disconnect of a namespace", packet: { type: "disconnect", nsp: "/admin" } },
  { name: "event", packet: { type: "event", nsp: "/", data: ["foo", 1, null, true, { a: [] }] } },
  { name: "event with an id", packet: { type: "event", nsp: "/", data: ["foo"], id: 12 } },
  { name: "event with id 0", packet: { type: "event", nsp: "/admin", data: ["foo"], id: 0 } },
  {
    name: "event of other scripts",
    packet: { type: "event", nsp: "/", data: ["€", "☃ 😀 \u2028"] },
  },
  { name: "ack", packet: { type: "ack", nsp: "/admin", data: [], id: 456 } },
  {
    name: "connect_error",
    packet: { type: "connect_error", nsp: "/", data: { message: "Not authorized" } },
  },
  { name: "binary event", packet: { type: "event", nsp: "/", data: ["foo", BYTES] } },
  {
    name: "binary event of a namespace with an id",
    packet: { type: "event", nsp: "/admin", data: ["foo", { a: [BYTES, OTHER_BYTES] }], id: 1 },
  },
  { name: "binary ack", packet: { type: "ack", nsp: "/", data: [NO_BYTES], id: 0 } },
];

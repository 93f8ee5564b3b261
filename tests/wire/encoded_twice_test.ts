import { assert, assertEquals } from "@std/assert";
import { encodedTwice } from "../../src/wire/encoded_twice.ts";
import type { EnginePacket } from "../../src/wire/engine_packet.ts";
import type { Frame } from "../../src/wire/engine_packet.ts";
import { engineV3, engineV3Base64 } from "../../src/wire/engine_v3.ts";
import { payloadV3Written } from "./published_v3.ts";

/** UTF-8 with a character for each byte. */
function once(text: string): string {
  return String.fromCharCode(...new TextEncoder().encode(text));
}

const message = (data: string): EnginePacket => ({ type: "message", data });

/** A payload of a client of 1.x that asked for base64. */
function payloadOf(...texts: string[]): string {
  return String(payloadV3Written(texts.map(message), true, "1.x"));
}

function readTexts(body: string): unknown[] {
  return [...engineV3Base64.decodePayload(body)].map(({ data }) => data);
}

const TEXTS = [
  "é",
  "ÿ\u0080",
  "€ ☃",
  "😀",
  "Ã©",
  "日本語",
  "\u07ff\u0800\uffff\u{10ffff}",
  "\ufeffx",
];

Deno.test("encodedTwice undoes what is UTF-8 byte by byte, for the payload and for its packets", () => {
  for (const text of TEXTS) {
    const undo = encodedTwice(once(text));
    assertEquals(undo?.(once(text)), text);
    assertEquals(encodedTwice(`9:4${once(text)}1:2`)?.(once(text)), text);
  }
});

Deno.test("encodedTwice leaves ASCII alone: there is nothing to undo", () => {
  for (const text of ["", "2:4a", "\0\x7f", "b4AQID"]) assertEquals(encodedTwice(text), undefined);
});

Deno.test("encodedTwice leaves text alone that has a character beyond U+00FF", () => {
  for (
    const text of ["€", "Ã©€", "€Ã©", "Ã©\u0100", "Ã\u01a9", "😀", `${"Ã©".repeat(1_000)}\u0100`]
  ) {
    assertEquals(encodedTwice(text), undefined);
  }
});

Deno.test("encodedTwice leaves text alone whose bytes are not UTF-8", () => {
  const malformed = [
    "é", // a lead byte alone
    "Ãx",
    "Ã",
    "\u0080", // a continuation alone
    "Ã©é",
    "\u00c0\u0080", // overlong
    "\u00f5\u0080\u0080\u0080", // beyond U+10FFFF
    "\u00e2\u0082", // cut in a character
  ];
  for (const text of malformed) assertEquals(encodedTwice(text), undefined, JSON.stringify(text));
});

Deno.test("encodedTwice leaves a packet as it is that a wrong length has cut in a character", () => {
  const undo = encodedTwice("Ã©");
  assert(undo !== undefined);
  assertEquals([undo("Ã"), undo("©"), undo("")], ["Ã", "©", ""]);
});

Deno.test("Text of a client of 1.x that asked for base64 is told right", () => {
  for (const text of TEXTS) assertEquals(readTexts(payloadOf(text)), [text]);
  assertEquals(readTexts(payloadOf("a", "é", "", "😀")), ["a", "é", "", "😀"]);
});

Deno.test("Half a surrogate pair of a client of 1.x is U+FFFD, and spoils nothing beside it", () => {
  for (const half of ["\ud800", "\udbff", "\udc00", "\udfff"]) {
    assertEquals(readTexts(payloadOf(`é${half}x`, "😀")), ["é\ufffdx", "😀"]);
    assertEquals(readTexts(payloadOf(`x${half}`)), ["x\ufffd"]);
  }
  assertEquals(readTexts(payloadOf("\udc00\ud800")), ["\ufffd\ufffd"]);
});

Deno.test("Half a surrogate pair in a binary payload of a client of 1.x is U+FFFD", () => {
  for (const half of ["\ud800", "\udbff", "\udc00", "\udfff"]) {
    const body = payloadV3Written([message(`é${half}x`), message("😀")], false, "1.x");
    assert(typeof body === "object");
    for (const codec of [engineV3, engineV3Base64]) {
      assertEquals([...codec.decodePayload(body)], [message("é\ufffdx"), message("😀")]);
    }
  }
});

Deno.test("Text of a client of 2.x is told right, but for what looks like text encoded twice", () => {
  const payload = (text: string): string => String(payloadV3Written([message(text)], true));
  for (const text of ["é", "naïve café", "€", "Ã©€", "😀", "ÿ"]) {
    assertEquals(readTexts(payload(text)), [text]);
  }
  // As docs/protocol.md says.
  assertEquals(readTexts(payload("Ã©")), ["é"]);
  // Where binary payloads are possible too: browsers with clients of 1.x encode text twice there.
  assertEquals([...engineV3.decodePayload(payload("Ã©"))], [message("é")]);
});

Deno.test("Many packets beside one that was encoded twice, or holds half a pair, cost little more", () => {
  const bodies: readonly Frame[] = [
    `3:2Ã©${"1:2".repeat(300_000)}`,
    new Uint8Array(
      Array.from({ length: 140_000 }, () => [0, 4, 255, 0x32, 0xed, 0xa0, 0x80]).flat(),
    ),
  ];
  for (const body of bodies) {
    const start = performance.now();
    for (const { type } of engineV3.decodePayload(body)) assertEquals(type, "ping");
    assert(performance.now() - start < 2_000);
  }
});

import { assert, assertEquals, assertNotStrictEquals, assertStrictEquals } from "@std/assert";
import fc from "fast-check";
import {
  asBytes,
  base64Decode,
  base64Encode,
  copyBytes,
  countUtf8Bytes,
  decodeWithAtob,
  encodeWithBtoa,
  utf8Length,
  wtf8Decode,
} from "../../src/base/bytes.ts";

const encoder = new TextEncoder();
const unit = fc.constantFrom("a", "\0", "\x7f", "\x80", "é", "\u07ff", "\u0800", "€", "\uffff");
const half = fc.constantFrom("\ud800", "\udbff", "\udc00", "\udfff", "😀");
const nasty = fc.array(fc.oneof(unit, half), { maxLength: 400 }).map((units) => units.join(""));

Deno.test("utf8Length is the length of what a UTF-8 encoder makes, for any text", () => {
  const text = fc.oneof(nasty, fc.string({ unit: "binary", maxLength: 300 }), fc.string());
  fc.assert(fc.property(text, (each) => {
    const expected = encoder.encode(each).length;
    assertEquals(utf8Length(each), expected);
    assertEquals(countUtf8Bytes(each), expected);
  }));
});

Deno.test("utf8Length counts 3 bytes for a surrogate without its other half", () => {
  for (const text of ["\ud800", "\udc00", "\ud800x", "\udc00\ud800", "\ud83d\ud83d\ude00"]) {
    for (const padded of [text, "x".repeat(200) + text, text + "x".repeat(200)]) {
      assertEquals(utf8Length(padded), encoder.encode(padded).length);
    }
  }
});

Deno.test("utf8Length counts long texts of every kind, wherever characters are cut apart", () => {
  for (const character of ["a", "é", "€", "😀", "\ud800"]) {
    for (const shift of ["", "x", "xx", "xxx"]) {
      const text = shift + character.repeat(40_000);
      assertEquals(utf8Length(text), encoder.encode(text).length);
    }
  }
});

Deno.test("asBytes gives exactly the part of memory that a view covers, without a copy", () => {
  const { buffer } = new Uint8Array([0, 1, 2, 3, 4, 5, 6, 7]);
  for (
    const view of [
      new Uint8Array(buffer, 2, 4),
      new DataView(buffer, 2, 4),
      new Uint16Array(buffer, 2, 2),
      new (class Sub extends Uint8Array {})(buffer, 2, 4),
    ]
  ) {
    const bytes = asBytes(view);
    assertEquals(bytes, new Uint8Array([2, 3, 4, 5]));
    assertStrictEquals(bytes.buffer, buffer);
    assertStrictEquals(bytes.constructor, Uint8Array);
  }
  const plain = new Uint8Array(buffer, 1, 1);
  assertStrictEquals(asBytes(plain), plain);
  assertEquals(asBytes(buffer).length, 8);
});

Deno.test("copyBytes gives the same bytes in memory of its own", () => {
  const { buffer } = new Uint8Array([0, 1, 2, 3]);
  for (const data of [new Uint8Array(buffer, 1, 2), new DataView(buffer, 1, 2)]) {
    const copy = copyBytes(data);
    assertEquals(copy, new Uint8Array([1, 2]));
    assertNotStrictEquals(copy.buffer, buffer);
    assertEquals([copy.byteOffset, copy.buffer.byteLength], [0, 2]);
  }
  assertEquals(copyBytes(buffer), new Uint8Array([0, 1, 2, 3]));
  assertNotStrictEquals(copyBytes(buffer).buffer, buffer);
});

Deno.test("copyBytes copies out of shared memory", () => {
  const shared = new Uint8Array(new SharedArrayBuffer(2));
  shared[0] = 7;
  assert(copyBytes(shared).buffer instanceof ArrayBuffer);
  assertEquals(copyBytes(shared)[0], 7);
});

Deno.test("base64Encode and base64Decode are inverse, on any host", () => {
  const array = fc.uint8Array({ maxLength: 50 }).map((bytes) => new Uint8Array(bytes));
  fc.assert(fc.property(array, (bytes) => {
    const text = base64Encode(bytes);
    assertEquals(text, encodeWithBtoa(bytes));
    assertEquals(base64Decode(text), bytes);
    assertEquals(base64Decode(text.replaceAll("=", "")), bytes);
    assertEquals(decodeWithAtob(text), bytes);
  }));
});

Deno.test("base64Encode takes a megabyte on a host of either kind", () => {
  const bytes = Uint8Array.from({ length: 1_000_003 }, (_, index) => index * 7 & 0xff);
  const text = base64Encode(bytes);
  assertEquals(encodeWithBtoa(bytes) === text, true);
  assertEquals(base64Decode(text), bytes);
});

Deno.test("base64Encode encodes exactly the view", () => {
  assertEquals(base64Encode(new Uint8Array([9, 1, 2, 3, 9]).subarray(1, 4)), "AQID");
});

Deno.test("base64Decode accepts padded and unpadded text and loose last bits", () => {
  const accepted: readonly (readonly [string, readonly number[]])[] = [
    ["", []],
    ["AQ==", [1]],
    ["AQ", [1]],
    ["AQI=", [1, 2]],
    ["AQI", [1, 2]],
    ["AQID", [1, 2, 3]],
    ["AR==", [1]],
    ["+/+/", [251, 255, 191]],
    ["AQ==\n", [1]],
    ["AQID\r\nAQ\n==\n", [1, 2, 3, 1]],
    ["\n", []],
  ];
  for (const [text, bytes] of accepted) assertEquals(base64Decode(text), new Uint8Array(bytes));
});

Deno.test("base64Decode refuses anything else", () => {
  const refused = [
    ..."A,AAAAA,=,==,====,AQ=,AQI==,AQID=,AQID==,AQID====,A=QI,AQ==AQ==,-_-_,AQ*=,Aé==".split(","),
    ...[" AQ==", "AQ== ", "A Q==", "AQ\t==", "AQID\r", "A\n", "AQ ID", "AQI D\t\r\n"],
    ...["\u0141QID", "AQ\0D", "\ud800", "AQID ====", "    ", "A   ", "AQ= ="],
  ];
  for (const text of refused) assertEquals(base64Decode(text), undefined, JSON.stringify(text));
});

Deno.test("base64Decode accepts exactly the standard alphabet, at any place and length", () => {
  const character = fc.constantFrom(..."AZaz09+/=-_ \n\té");
  const text = fc.array(character, { maxLength: 9 }).map((units) => units.join(""));
  const valid = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}(?:==)?|[A-Za-z0-9+/]{3}=?)?$/;
  fc.assert(
    fc.property(text, (each) => {
      const isValid = valid.test(each.replaceAll("\n", ""));
      assertEquals(base64Decode(each) !== undefined, isValid, JSON.stringify(each));
    }),
    { numRuns: 2_000 },
  );
});

Deno.test("wtf8Decode gives what utf8Decode gives, and U+FFFD for surrogates encoded by themselves", () => {
  const cases: readonly (readonly [bytes: readonly number[], text: string | undefined])[] = [
    [[], ""],
    [[0x61, 0xc3, 0xa9, 0xf0, 0x9f, 0x98, 0x80], "aé😀"],
    [[0xef, 0xbb, 0xbf, 0x61], "\ufeffa"],
    [[0xed, 0x9f, 0xbf], "\ud7ff"],
    [[0xed, 0xa0, 0x80], "\ufffd"],
    [[0x61, 0xed, 0xbf, 0xbf, 0x62], "a\ufffdb"],
    [[0xed, 0xa0, 0xbd, 0xed, 0xb8, 0x80], "\ufffd\ufffd"],
    [[0xed, 0x80, 0x80, 0xed, 0xa0, 0x80, 0xed, 0x9f, 0xbf], "\ud000\ufffd\ud7ff"],
    [[0xed, 0xa0], undefined],
    [[0xed, 0xa0, 0x41], undefined],
    [[0xed, 0xc0, 0x80], undefined],
    [[0xed, 0xa0, 0x80, 0xff], undefined],
    [[0xed], undefined],
  ];
  for (const [bytes, text] of cases) {
    const given = Uint8Array.from(bytes);
    assertEquals(wtf8Decode(given), text, String(bytes));
    assertEquals([...given], [...bytes]);
  }
});

Deno.test("wtf8Decode takes a megabyte of surrogates, and of nearly that, in linear time", () => {
  for (const unit of [[0xed, 0xa0, 0x80], [0xed], [0xed, 0xa0], [0xff]]) {
    const bytes = new Uint8Array(999_999).map((_, index) => unit[index % unit.length] ?? 0);
    const start = performance.now();
    assertEquals(wtf8Decode(bytes)?.length, unit.length === 3 ? 333_333 : undefined);
    assert(performance.now() - start < 2_000, String(unit));
  }
});

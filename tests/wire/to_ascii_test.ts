/** Tests that messages can be written in ASCII alone, and say the same. */
import { assert, assertEquals } from "@std/assert";
import { Decoder, Encoder } from "socket.io-parser";
import { jsonCodec } from "../../src/wire/json_codec.ts";
import { parserCodec } from "../../src/wire/parser_codec.ts";

const { toAscii } = jsonCodec();

function written(text: string): string {
  assert(toAscii !== undefined);
  return toAscii(text);
}

/** That `toAscii` writes this text so, and that both are read as the same packet. */
function assertWritten(text: string, ascii: string): void {
  assertEquals(written(text), ascii);
  const read = (it: string): unknown => jsonCodec().createDecoder().push(it);
  assertEquals(read(ascii), read(text));
}

Deno.test("toAscii escapes what is not ASCII in the JSON of a packet, in UTF-16 units", () => {
  assertWritten('2["é"]', '2["\\u00e9"]');
  assertWritten('2["\u0080ÿĀ\uffff"]', '2["\\u0080\\u00ff\\u0100\\uffff"]');
  assertWritten('2["😀"]', '2["\\ud83d\\ude00"]');
  assertWritten('2["\ud83d"]', '2["\\ud83d"]');
  assertWritten('2["\u2028\u2029"]', '2["\\u2028\\u2029"]');
  assertWritten('4"é"', '4"\\u00e9"');
  assertWritten('4{"é":1}', '4{"\\u00e9":1}');
  assertWritten('2/a,7["é",{"é":["é"]}]', '2/a,7["\\u00e9",{"\\u00e9":["\\u00e9"]}]');
});

Deno.test("toAscii leaves ASCII as it is, control characters and escapes too", () => {
  for (const text of ["0", "1/a,", '2["a\\u00e9\\n\x7f"]', "3/a,12[]", '51-["x"]', "", "x"]) {
    assertEquals(written(text), text);
  }
});

Deno.test("toAscii leaves the name of a namespace as it is, which has no other form", () => {
  assertWritten("0/é", "0/é");
  assertWritten("0/é,", "0/é,");
  assertWritten('2/é,["é"]', '2/é,["\\u00e9"]');
  assertWritten('2/é😀,12["é"]', '2/é😀,12["\\u00e9"]');
  assertWritten('4/é?x=é,"é"', '4/é?x=é,"\\u00e9"');
});

Deno.test("toAscii tells the namespace of a packet with attachments, and slashes and commas in JSON", () => {
  assertEquals(written('51-/é,["é"]'), '51-/é,["\\u00e9"]');
  assertEquals(written('510-/é,12["é"]'), '510-/é,12["\\u00e9"]');
  assertEquals(written('61-["/é,é"]'), '61-["/\\u00e9,\\u00e9"]');
  assertEquals(written('2["/é,é"]'), '2["/\\u00e9,\\u00e9"]');
  assertEquals(written('2["-/é,é"]'), '2["-/\\u00e9,\\u00e9"]');
  assertEquals(written('212["1-/é,"]'), '212["1-/\\u00e9,"]');
});

Deno.test("toAscii takes a megabyte in linear time", () => {
  for (const text of ["é".repeat(500_000), "1".repeat(1e6), "/".repeat(1e6), "-".repeat(1e6)]) {
    const start = performance.now();
    written(`2${text}`);
    assert(performance.now() - start < 2_000);
  }
});

Deno.test("A codec around a parser knows no way to write ASCII", () => {
  assertEquals(parserCodec({ Encoder, Decoder }).toAscii, undefined);
});

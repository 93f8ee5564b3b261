import { assert, assertEquals, assertThrows } from "@std/assert";
import { jsonMemory } from "../../src/runtime/bun/json_memory.ts";
import { jsonCodec } from "../../src/wire/json_codec.ts";
import { LimitError } from "../../src/base/errors.ts";

const ENOUGH = 67_108_864;

/** A list of this text, of about a megabyte. */
function listOf(text: string, bytes = 990_000): string {
  return `[${Array.from({ length: Math.floor(bytes / (text.length + 1)) }, () => text).join(",")}]`;
}

function rows(count: number, row: (index: number) => unknown): string {
  return JSON.stringify(Array.from({ length: count }, (_, index) => row(index)));
}

Deno.test("jsonMemory finds texts whose objects cost Bun an array each", () => {
  const heavy: readonly string[] = [
    '{"999":0}',
    '{ "999"\n:0}',
    '{"500":0}',
    '{"a":"}","999":0}',
    '{"a\\"":1,"999":0}',
    '{"0":0,"999":0,"8000":0}',
    '{"\\u0039\\u0039\\u0039":0}',
    '{"998":0},{"999":0}',
    '[{"999":{"998":0}}]',
  ];
  for (const text of heavy) assert(jsonMemory(listOf(text), ENOUGH) > ENOUGH, text);
  assert(jsonMemory(`${'{"999":'.repeat(120_000)}0`, ENOUGH) > ENOUGH);
});

Deno.test("jsonMemory lets honest texts pass", () => {
  const keyed = (count: number): Readonly<Record<string, number>> =>
    Object.fromEntries(Array.from({ length: count }, (_, key) => [key, key]));
  const honest: Readonly<Record<string, string>> = {
    "one object with 10,000 keys": JSON.stringify(keyed(10_000)),
    "100 objects with 1,000 keys": rows(100, () => keyed(1_000)),
    "5,000 rows keyed by numbers up to 30": rows(5_000, () => keyed(30)),
    "1,000 rows with one key of three digits": rows(1_000, (index) => ({ [index % 1_000]: index })),
    "users": rows(12_000, (id) => ({ id, name: `user ${id}`, email: `u${id}@mail.example` })),
    "text that looks like keys": JSON.stringify('{"999":0},'.repeat(60_000)),
    "numbers": rows(150_000, (index) => index),
    "keys of four digits and more": listOf('{"1000":0}'),
  };
  for (const [what, text] of Object.entries(honest)) {
    assert(jsonMemory(text, ENOUGH) <= ENOUGH, `${what}: ${jsonMemory(text, ENOUGH)}`);
  }
});

Deno.test("jsonMemory looks at no text that is too short to matter", () => {
  assertEquals(jsonMemory(listOf('{"999":0}', 40_000), ENOUGH), 0);
  assert(jsonMemory(listOf('{"999":0}', 40_000), 1_000) > 1_000);
});

Deno.test("jsonMemory takes broken texts of any kind", () => {
  const broken = ['"', '{"', '{"999', '{"999"', "}", "}}}{", '{"999":"\\', '"\\"', ""];
  for (const text of broken) jsonMemory(text.repeat(1_000), 1);
});

Deno.test("A codec with a budget refuses a text that costs more, and takes the others", () => {
  const budget = { memoryOf: jsonMemory, maxBytes: ENOUGH, limit: "maxConnectionMemory" };
  const decoder = jsonCodec({}, budget).createDecoder();
  const error = assertThrows(() => decoder.push(`2["x",${listOf('{"999":0}')}]`), LimitError);
  assertEquals([error.limit, error.max], ["maxConnectionMemory", ENOUGH]);
  assertEquals(decoder.push('2["x",{"999":0}]'), {
    type: "event",
    nsp: "/",
    data: ["x", { 999: 0 }],
  });
});

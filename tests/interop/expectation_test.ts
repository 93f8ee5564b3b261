/** Tests what expectations take for the same, and what they say when it is not. */
import { assertEquals, assertThrows } from "@std/assert";
import { readBytes, writeBytes } from "./bytes.ts";
import { expectEqual, expectOneOf, firstLine, kindOf } from "./expectation.ts";

Deno.test("expectEqual compares deeply, binary by its bytes, and keys in any order", () => {
  expectEqual("it", { a: [1, { b: null }], c: "é" }, { c: "é", a: [1, { b: null }] });
  expectEqual("it", [Uint8Array.of(1, 255)], [Uint8Array.of(1, 255).buffer]);
  const unequal: readonly (readonly [unknown, unknown])[] = [
    [[1, 2], [2, 1]],
    [Uint8Array.of(1), Uint8Array.of(1, 0)],
    [undefined, null],
    ["1", 1],
    [{ a: 1 }, { a: 1, b: 1 }],
  ];
  for (const [found, wanted] of unequal) assertThrows(() => expectEqual("it", found, wanted));
});

Deno.test("expectEqual says what was looked at, found and wanted, and cuts long values", () => {
  const wrong = (found: unknown) => () => expectEqual("the answer", found, [1]);
  assertThrows(wrong("no"), Error, 'the answer: found "no", wanted [1]');
  assertThrows(wrong("x".repeat(900)), Error, `found "${"x".repeat(299)}…, wanted`);
});

Deno.test("expectOneOf takes any of several values", () => {
  expectOneOf("it", "b", ["a", "b"]);
  assertThrows(() => expectOneOf("it", 3, [1, 2]), Error, "it: found 3, wanted one of 1, 2");
});

Deno.test("kindOf is the first line of a failure, without its numbers", () => {
  assertEquals(kindOf(new Error("Waited 5000 ms for 2\nfor long")), "Waited # ms for #");
  assertEquals(firstLine(new Error("Waited 5000 ms for 2\nfor long")), "Waited 5000 ms for 2");
  assertEquals(kindOf("thrown"), "thrown");
});

Deno.test("writeBytes and readBytes undo each other, and change nothing that they are given", () => {
  const value = { a: [Uint8Array.of(0, 10, 255), "é", { b: new Uint8Array(0) }], c: null };
  const written = { a: [{ $bytes: "000aff" }, "é", { b: { $bytes: "" } }], c: null };
  assertEquals(writeBytes(value), written);
  assertEquals(readBytes(written), value);
  assertEquals(value.a[0], Uint8Array.of(0, 10, 255));
  const part = Uint8Array.of(9, 1, 2, 9).subarray(1, 3);
  assertEquals(writeBytes(part), { $bytes: "0102" });
});

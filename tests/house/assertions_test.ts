/**
 * Tests that the assertions mean the same with JSR and without it: whichever set this machine uses
 * must pass.
 */
import {
  assert,
  assertArrayIncludes,
  assertEquals,
  assertExists,
  assertFalse,
  assertGreater,
  assertGreaterOrEqual,
  assertInstanceOf,
  AssertionError,
  assertLess,
  assertLessOrEqual,
  assertMatch,
  assertNotEquals,
  assertNotStrictEquals,
  assertRejects,
  assertStrictEquals,
  assertStringIncludes,
  assertThrows,
  fail,
} from "@std/assert";

const boom = (): never => {
  throw new RangeError("too far out");
};

const passing: readonly (() => unknown)[] = [
  () => assert(1),
  () => assertFalse(0),
  () =>
    assertEquals({ a: [1, new Map([["b", new Set([2])]])] }, {
      a: [1, new Map([["b", new Set([2])]])],
    }),
  () => assertEquals(new Uint8Array([1, 2]), new Uint8Array([1, 2])),
  () => assertEquals(NaN, NaN),
  () => assertNotEquals({ a: 1 }, { a: 2 }),
  () => assertStrictEquals("a", "a"),
  () => assertNotStrictEquals({}, {}),
  () => assertExists(0),
  () => assertInstanceOf(new RangeError(), Error),
  () => assertStringIncludes("abc", "b"),
  () => assertMatch("abc", /b/),
  () => assertArrayIncludes([1, 2, 3], [3, 1]),
  () => assertGreater(2, 1),
  () => assertGreaterOrEqual(1, 1),
  () => assertLess(1, 2),
  () => assertLessOrEqual(1, 1),
  () => assertThrows(boom),
  () => assertThrows(boom, RangeError, "far"),
];

const failing: readonly (() => unknown)[] = [
  () => assert(0),
  () => assertFalse(1),
  () => assertEquals<unknown>({ a: 1 }, { a: "1" }),
  () => assertEquals<unknown>({ a: 1, b: undefined }, { a: 1 }),
  () => assertEquals([1, 2], [2, 1]),
  () => assertEquals(new Uint8Array([1]), new Uint8Array([2])),
  () => assertNotEquals([1], [1]),
  () => assertStrictEquals<unknown>({}, {}),
  () => assertNotStrictEquals("a", "a"),
  () => assertExists(null),
  () => assertInstanceOf(new Error(), RangeError),
  () => assertStringIncludes("abc", "d"),
  () => assertMatch("abc", /d/),
  () => assertArrayIncludes([1, 2], [3]),
  () => assertGreater(1, 1),
  () => assertGreaterOrEqual(1, 2),
  () => assertLess(1, 1),
  () => assertLessOrEqual(2, 1),
  () => assertThrows(() => 1),
  () => assertThrows(boom, TypeError),
  () => assertThrows(boom, RangeError, "near"),
  () => fail(),
];

function isRefused(check: () => unknown): boolean {
  try {
    check();
    return false;
  } catch (error) {
    return error instanceof AssertionError;
  }
}

Deno.test("Assertions pass what holds", () => {
  for (const check of passing) check();
});

Deno.test("Assertions throw AssertionError for what does not hold", () => {
  const accepted = failing.filter((check) => !isRefused(check)).map(String);
  if (accepted.length > 0) throw new Error(`Accepted: ${accepted.join("; ")}`);
});

Deno.test("assertRejects takes rejections only, and gives back what was thrown", async () => {
  const error = await assertRejects(() => Promise.reject(new RangeError("far")), RangeError, "far");
  assertInstanceOf(error, RangeError);
  const refused: readonly (() => PromiseLike<unknown>)[] = [
    () => Promise.resolve(1),
    () => boom(),
  ];
  for (const check of refused) await assertRejects(() => assertRejects(check), AssertionError);
  const wrongClass = () => assertRejects(() => Promise.reject(new Error("a")), RangeError);
  await assertRejects(wrongClass, AssertionError);
});

Deno.test("An assertion's own message is part of its error", () => {
  const error = assertThrows(() => assertEquals(1, 2, "the answer"), AssertionError);
  assertStringIncludes(error.message, "the answer");
});

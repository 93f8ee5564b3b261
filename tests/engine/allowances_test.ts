/** Tests of the table of what addresses and users have left. */
import { assert, assertEquals, assertNotStrictEquals, assertStrictEquals } from "@std/assert";
import { Allowances, longestWait, takeFrom } from "../../src/engine/allowances.ts";
import { TokenBucket } from "../../src/base/token_bucket.ts";

const RATE = { rate: 1, burst: 10 };

/** Takes tokens of a key. */
function take(table: Allowances, key: string, count: number, now: number): void {
  table.of(key, now).bucket("events", RATE, now).take(count, now);
}

/** Milliseconds until a key has all its tokens. */
function debt(table: Allowances, key: string, now: number): number {
  return table.of(key, now).bucket("events", RATE, now).wait(10, now);
}

Deno.test("Allowances remembers what a key has left, until it has all of it again", () => {
  const table = new Allowances(100);
  take(table, "a", 3, 0);
  assertEquals([debt(table, "a", 0), debt(table, "b", 0)], [3_000, 0]);
  assertEquals(table.size, 2);
  // New keys look at old ones: "b" has nothing to remember, "a" has until 3 s.
  table.of("c", 2_500);
  assertEquals([table.size, debt(table, "a", 2_500)], [2, 500]);
  table.of("d", 3_000);
  assertEquals(table.size, 1);
});

Deno.test("Allowances forgets nobody who is held, however full", () => {
  const table = new Allowances(100);
  const held = table.of("a", 0);
  held.holders++;
  for (let key = 0; key < 50; key++) table.of(`k${key}`, 0);
  assertStrictEquals(table.of("a", 0), held);
  held.holders--;
  table.of("x", 0);
  table.of("y", 0);
  assertNotStrictEquals(table.of("a", 0), held);
});

Deno.test("Allowances stays within its bound, and a flood of keys gets one allowance for all", () => {
  const table = new Allowances(100);
  take(table, "victim", 10, 0);
  for (let key = 0; key < 10_000; key++) take(table, `k${key}`, 1, 0);
  assertEquals(table.size, 100);
  // Nobody was forgotten, and the new ones share what they have taken.
  assertEquals(debt(table, "victim", 0), 10_000);
  assertEquals(debt(table, "k5", 0), 1_000);
  assert(debt(table, "another", 0) > 9_000_000);
  assertStrictEquals(table.of("another", 0), table.of("one more", 0));
});

Deno.test("Allowances has room for new keys as soon as old ones have all again", () => {
  const table = new Allowances(100);
  for (let key = 0; key < 100; key++) take(table, `k${key}`, key < 50 ? 5 : 10, 0);
  const before = table.of("late", 4_999);
  assertStrictEquals(before, table.of("later", 4_999));
  for (let key = 0; key < 20; key++) take(table, `new${key}`, 1, 5_000);
  assert(table.size < 100);
  assertNotStrictEquals(table.of("late", 5_000), before);
  for (let key = 50; key < 100; key++) assertEquals(debt(table, `k${key}`, 5_000), 5_000);
});

Deno.test("longestWait asks all buckets and takes nothing; takeFrom takes from each", () => {
  const rich = new TokenBucket({ rate: 1, burst: 5 }, 0);
  const poor = new TokenBucket({ rate: 1, burst: 1 }, 0);
  for (const order of [[rich, poor], [poor, rich]]) assertEquals(longestWait(order, 1, 0), 0);
  takeFrom([rich, poor], 1, 0);
  for (const order of [[rich, poor], [poor, rich]]) assertEquals(longestWait(order, 1, 0), 1_000);
  assertEquals([rich.wait(4, 0), rich.wait(5, 0)], [0, 1_000]);
  assertEquals(longestWait([], 1, 0), 0);
});

import { assert, assertEquals } from "@std/assert";
import { createObjectFor, startsWithDigit } from "../../src/base/objects.ts";
import { heapOf } from "../extra/heavy_frames.ts";

const COUNT = 5_000;

function fill(keys: readonly string[]): Record<string, unknown> {
  const object = createObjectFor(keys);
  for (const key of keys) object[key] = null;
  return object;
}

Deno.test("createObjectFor gives an empty plain object, whatever the keys", () => {
  for (const keys of [[], ["a"], ["0"], ["255"], ["4294967294"], ["4294967295", "-1", "", "01"]]) {
    const object = createObjectFor(keys);
    assertEquals(Reflect.ownKeys(object), []);
    assertEquals(Object.getPrototypeOf(object), Object.prototype);
    assertEquals(
      Object.keys(fill(keys)),
      Object.keys(Object.fromEntries(keys.map((key) => [key, 1]))),
    );
  }
});

Deno.test("createObjectFor: what an object holds depends on the number of its keys, not on which", () => {
  const lists: readonly (readonly string[])[] = [
    ["255"],
    ["1023"],
    ["a", "1023"],
    ["1000", "0"],
    ["1023", "2500", "3300"],
    new Array(40).fill(0).map((_, index) => String(index * 25)),
  ];
  for (const keys of lists) {
    const { held } = heapOf(() => new Array(COUNT).fill(0).map(() => fill(keys)));
    // Lists from 0 on take from 3,000 bytes to 40,000 each.
    assert(held < COUNT * (350 + 80 * keys.length), `${keys}: ${held / COUNT}`);
  }
});

Deno.test("startsWithDigit knows 0–9 and nothing else", () => {
  for (const text of ["0", "9", "5x"]) assert(startsWithDigit(text));
  for (const text of ["", "/", ":", "-1", "a", "٣"]) assert(!startsWithDigit(text));
});

import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { editDistance, nearestName } from "../../src/base/near_names.ts";

Deno.test("editDistance counts insertions, deletions, replacements and swaps of neighbours", () => {
  const cases: readonly (readonly [string, string, number])[] = [
    ["", "", 0],
    ["abc", "abc", 0],
    ["", "abc", 3],
    ["abc", "ab", 1],
    ["abc", "axc", 1],
    ["abc", "acb", 1],
    ["abcd", "badc", 2],
    ["ca", "abc", 3],
    ["kitten", "sitting", 3],
  ];
  for (const [a, b, expected] of cases) {
    assertEquals([editDistance(a, b), editDistance(b, a)], [expected, expected], `${a} ${b}`);
  }
});

Deno.test("editDistance is 1 after any single edit that changes the text", () => {
  const text = fc.string({ minLength: 2, maxLength: 12 });
  fc.assert(fc.property(text, fc.nat(11), fc.nat(3), (each, place, kind) => {
    const at = place % (each.length - 1);
    const edited = [
      each.slice(0, at) + "§" + each.slice(at),
      each.slice(0, at) + each.slice(at + 1),
      each.slice(0, at) + "§" + each.slice(at + 1),
      each.slice(0, at) + each[at + 1] + each[at] + each.slice(at + 2),
    ][kind] ?? "";
    assertEquals(editDistance(each, edited), each === edited ? 0 : 1);
  }));
});

Deno.test("nearestName finds what was meant, whatever the letter case", () => {
  const known = ["path", "cors", "pingInterval", "pingTimeout", "allowEIO3"];
  const cases: readonly (readonly [string, string | undefined])[] = [
    ["Path", "path"],
    ["CORS", "cors"],
    ["paths", "path"],
    ["pth", "path"],
    ["pahts", undefined],
    ["ping_interval", "pingInterval"],
    ["pingIntreval", "pingInterval"],
    ["pnigTimoeut", "pingTimeout"],
    ["pingTime", undefined],
    ["alloweio4", "allowEIO3"],
    ["x", undefined],
    ["", undefined],
  ];
  for (const [name, expected] of cases) assertEquals(nearestName(name, known), expected, name);
});

Deno.test("nearestName forgives two edits from six letters on", () => {
  assertEquals(nearestName("cokkie", ["cookie"]), "cookie");
  assertEquals(nearestName("kookiee", ["cookie"]), "cookie");
  assertEquals(nearestName("kookieee", ["cookie"]), undefined);
  assertEquals(nearestName("quere", ["query"]), "query");
  assertEquals(nearestName("qeere", ["query"]), undefined);
});

Deno.test("nearestName prefers the nearest of several, then the first", () => {
  assertEquals(nearestName("timeouts", ["timeoutMs", "timeoutS"]), "timeoutS");
  assertEquals(nearestName("bat", ["cat", "hat"]), "cat");
});

Deno.test("nearestName takes no time for a name that is far too long", () => {
  assertEquals(nearestName("x".repeat(2 ** 28), ["pingInterval"]), undefined);
});

import { assertEquals } from "@std/assert";
import { inspect } from "node:util";
import { shownAs } from "../../src/base/shown.ts";

Deno.test("shownAs has an object look like what it is at the time, in the ways of each runtime", () => {
  let value = 1;
  const shown = shownAs({ get: () => value }, () => ({ value }));
  assertEquals([Deno.inspect(shown), inspect(shown)], ["{ value: 1 }", "{ value: 1 }"]);
  value = 2;
  assertEquals([Deno.inspect([shown]), inspect([shown])], ["[ { value: 2 } ]", "[ { value: 2 } ]"]);
  assertEquals([Object.keys(shown), shown.get()], [["get"], 2]);
});

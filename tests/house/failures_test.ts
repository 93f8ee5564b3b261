/** Tests that what has failed is told once more, whatever it is, and not at any length. */
import { assert, assertEquals } from "@std/assert";
import { failuresOf, lastLines } from "../../tools/failures.ts";

/** The output of `deno test` with these errors, as it has them after the lines of the tests. */
function outputOf(errors: readonly (readonly [name: string, error: string])[]): string {
  const names = errors.map(([name]) => name).join("\n");
  const texts = errors.map(([name, error]) => `${name}\n${error}\n`).join("\n");
  const end = `FAILED | 1 passed | ${errors.length} failed (1ms)`;
  return `fine ... ok (1ms)\n\n ERRORS \n\n${texts}\n FAILURES \n\n${names}\n\n${end}\n\n`;
}

Deno.test("failuresOf gives each failed test with its error, and nothing else", () => {
  const output = outputOf([
    ["it => works => ./tests/a_test.ts:1:6", "error: Error: one\nmore\n\n    at file:///a.ts:1:2"],
    ["steps ... inner => ./tests/a_test.ts:2:7", "error: Error: two"],
    ["./tests/b_test.ts (uncaught error)", "error: (in promise) Error: three"],
  ]);
  const wanted = [
    "it => works => ./tests/a_test.ts:1:6",
    "error: Error: one",
    "more",
    "",
    "    at file:///a.ts:1:2",
    "",
    "steps ... inner => ./tests/a_test.ts:2:7",
    "error: Error: two",
    "",
    "./tests/b_test.ts (uncaught error)",
    "error: (in promise) Error: three",
    "",
  ];
  assertEquals(failuresOf(output, "error: Test failed\n"), wanted);
  assertEquals(
    failuresOf(output.replace(" ERRORS ", "\x1b[0m\x1b[1m\x1b[41m ERRORS \x1b[0m"), ""),
    wanted,
  );
});

Deno.test("failuresOf looks at the last list of errors: tests may print those of others", () => {
  const inner = outputOf([["inner => ./x_test.ts:1:1", "error: Error: meant"]]);
  const outer = outputOf([["outer => ./y_test.ts:1:1", "error: Error: not meant"]]);
  assertEquals(failuresOf(inner + outer, "")[0], "outer => ./y_test.ts:1:1");
});

Deno.test("failuresOf cuts a long error, so that the next is told as well", () => {
  const long = Array.from({ length: 5_000 }, (_, index) => `line ${index}`).join("\n");
  const wide = `error: ${"x".repeat(100_000)}`;
  const lines = failuresOf(
    outputOf([
      ["long => ./a_test.ts:1:1", `error: Error: first\n${long}`],
      ["wide => ./a_test.ts:2:1", wide],
      ["short => ./a_test.ts:3:1", "error: Error: last"],
    ]),
    "",
  );
  assertEquals(lines.slice(0, 2), ["long => ./a_test.ts:1:1", "error: Error: first"]);
  assert(lines.includes("… 4962 more lines"), lines.join("\n"));
  assertEquals(lines.at(-2), "error: Error: last");
  assert(lines.every((line) => line.length < 400));
});

Deno.test("failuresOf is bounded: tests whose errors do not fit are named, then counted", () => {
  const errors = Array.from({ length: 200 }, (_, index): [string, string] => [
    `test ${index} => ./a_test.ts:${index}:1`,
    `error: Error: of ${index}\n${"a line of the error\n".repeat(20)}`,
  ]);
  const lines = failuresOf(outputOf(errors), "");
  assert(lines.length <= 150, String(lines.length));
  assert(lines.join("\n").length <= 12_000);
  const at = lines.indexOf("failed too:");
  assertEquals(lines[at + 1], "  test 5 => ./a_test.ts:5:1");
  assertEquals(lines.at(-2), "  … and 170 more");
});

Deno.test("failuresOf gives the end of both streams where no test is named", () => {
  const checking =
    "Check tests/a_test.ts\nTS2322 [ERROR]: Type 'string' is not\n\nerror: failed.\n";
  assertEquals(failuresOf("", checking), checking.trimEnd().split("\n"));
  assertEquals(failuresOf("a ... ok (1ms)\nb ...\n", ""), ["a ... ok (1ms)", "b ..."]);
  assertEquals(failuresOf("", "\n"), []);
});

Deno.test("lastLines gives the end, no more than 60 lines and 6,000 characters of it", () => {
  const lines = Array.from({ length: 100 }, (_, index) => `line ${index}`);
  assertEquals(lastLines(lines.join("\n")), lines.slice(-60));
  const wide = lastLines(Array(100).fill("y".repeat(299)).join("\n"));
  assertEquals(wide.length, 20);
});

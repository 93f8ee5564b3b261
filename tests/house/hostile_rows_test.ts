/** Tests that everything which has brought such servers down is played, and told in docs/security.md. */
import { assertEquals } from "@std/assert";
import { ADVISORIES } from "../conformance/hostile/advisories.ts";
import type { HostileRow } from "../conformance/hostile/row.ts";
import { SILENT_FIXES } from "../conformance/hostile/silent_fixes.ts";
import { namedTests } from "./named_tests.ts";
import { readProjectFile } from "./project_files.ts";

const ROWS = [...ADVISORIES, ...SILENT_FIXES];

/** What is wrong with the tests of a row. */
async function faultsOf({ id, tests, reason }: HostileRow): Promise<readonly string[]> {
  const faults: string[] = [];
  if ((tests.length > 0) === (reason !== undefined)) {
    faults.push(`${id}: must have tests or the reason why it has none`);
  }
  for (const { file, names } of tests) {
    const found = await namedTests(file);
    for (const name of names) {
      if (!found?.some((test) => test.name === name)) {
        faults.push(`${id}: there is no test ${JSON.stringify(name)} in ${file}`);
      }
    }
  }
  return faults;
}

/** The row as it is to stand in the table. */
function lineOf({ id, input, answer, reason }: HostileRow): string {
  return `| ${id} | ${input} | ${reason ?? answer} |`;
}

Deno.test("Each advisory and silent fix is played by tests that there are, or has a reason", async () => {
  const faults = await Promise.all(ROWS.map(faultsOf));
  assertEquals(faults.flat(), []);
  assertEquals([ADVISORIES.length, SILENT_FIXES.length], [33, 18]);
});

Deno.test("faultsOf finds tests that there are not, and rows with neither tests nor a reason", async () => {
  const row = { id: "x", input: "", answer: "", tests: [] };
  assertEquals((await faultsOf(row)).length, 1);
  const file = "tests/house/hostile_rows_test.ts";
  const [name = ""] = ((await namedTests(file)) ?? []).map((test) => test.name);
  assertEquals(await faultsOf({ ...row, tests: [{ file, names: [name] }] }), []);
  assertEquals((await faultsOf({ ...row, tests: [{ file, names: ["no"] }] })).length, 1);
  assertEquals(
    (await faultsOf({ ...row, reason: "y", tests: [{ file, names: [name] }] })).length,
    1,
  );
});

Deno.test("docs/security.md has a line for each advisory and silent fix, in their order", async () => {
  const text = await readProjectFile("docs/security.md");
  const section = text.split("\n## ").find((it) => it.startsWith("What has brought")) ?? "";
  const lines = section.split("\n").filter((line) => /^\| (?!-|what\b)/.test(line));
  assertEquals(lines.map((line) => line.replaceAll(/\s+/g, " ")), ROWS.map(lineOf));
});

/** Tests that docs/runtimes.md tells every difference between runtimes that the suites know. */
import { assertEquals } from "@std/assert";
import {
  CAPABILITIES,
  type Difference,
  OTHER_DIFFERENCES,
  type TargetName,
} from "../runtime/capabilities.ts";
import { readProjectFile } from "./project_files.ts";

/** The columns of the table, in their order. */
const OURS: readonly TargetName[] = ["deno", "deno-node", "bun", "node"];

/** The row of a difference, as it is to stand in the table. */
function rowOf({ means, without }: Difference): string {
  return `| ${means} | ${OURS.map((target) => without[target] ?? "yes").join(" | ")} |`;
}

Deno.test("docs/runtimes.md has a row for each difference between our entries, and no other", async () => {
  const text = await readProjectFile("docs/runtimes.md");
  const section = text.split("\n## ").find((it) => it.startsWith("What differs")) ?? "";
  const lines = section.split("\n").filter((line) => line.startsWith("|"));
  const rows = lines.slice(2).map((line) => line.replaceAll(/\s+/g, " "));
  const differences = [...Object.values(CAPABILITIES), ...OTHER_DIFFERENCES]
    .filter(({ without }) => OURS.some((target) => without[target] !== undefined));
  assertEquals(rows, differences.map(rowOf));
});

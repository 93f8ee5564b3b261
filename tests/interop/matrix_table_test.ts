/** Tests that the table tells each cell, and each failure once. */
import { assertEquals } from "@std/assert";
import type { Failure, Verdict } from "./excuses.ts";
import { MatrixTable, type Place } from "./matrix_table.ts";

const NOTHING: Verdict = { passed: 3, leftOut: 0, failures: [], excused: [], better: [] };

const late: Failure = {
  scenario: "waits",
  result: "failed",
  kind: "Waited # ms",
  text: "Waited 5 ms",
  details: "",
};

function at(target: Place["target"], client = "go"): Place {
  return { client, transport: "polling", target };
}

Deno.test("MatrixTable has a row for each client and transport, a column for each target", () => {
  const table = new MatrixTable(["deno", "reference"]);
  table.add(at("deno"), { ...NOTHING, leftOut: 1 });
  table.add(at("reference"), { ...NOTHING, failures: [late] });
  table.add({ ...at("deno"), transport: "upgrade" }, { ...NOTHING, failures: [late, late] });
  assertEquals(table.lines.slice(1, 5), [
    "| client | transport | deno           | reference (control) |",
    "|--------|-----------|----------------|---------------------|",
    "| go     | polling   | 3 ok, 1 –      | 3 ok, 1 fail        |",
    "| go     | upgrade   | 3 ok, 2 FAILED |                     |",
  ]);
});

Deno.test("MatrixTable tells a failure once, with its targets", () => {
  const table = new MatrixTable(["deno", "bun"]);
  table.add(at("deno"), { ...NOTHING, failures: [late] });
  table.add(at("bun"), { ...NOTHING, failures: [late] });
  assertEquals(table.lines.slice(-1), ["FAILED go, polling: waits: Waited 5 ms; on deno, bun"]);
});

Deno.test("MatrixTable tells what ours make of a failure of the control", () => {
  const table = new MatrixTable(["deno", "bun", "node", "reference"]);
  table.add(at("deno"), { ...NOTHING, excused: [late] });
  table.add(at("bun"), { ...NOTHING, better: [late] });
  table.add(at("node"), { ...NOTHING, better: [late] });
  table.add(at("reference"), { ...NOTHING, failures: [late] });
  assertEquals(table.lines.slice(-2), [
    "",
    "the control fails: go, polling: waits: Waited 5 ms; excused on deno; passes on bun, node",
  ]);
  assertEquals(table.lines[3]?.split("|")[3], " 3 ok, 1 excused ");
});

Deno.test("MatrixTable tells once what a client cannot do, cuts long texts, and ends with notes", () => {
  const table = new MatrixTable(["deno"]);
  table.add(at("deno"), { ...NOTHING, failures: [{ ...late, text: "x".repeat(500) }] });
  table.note("skipped: java");
  for (const client of ["go", "go", "rust"]) {
    table.leaveOut({ client, scenario: "echoes", reason: "no ears" });
  }
  assertEquals(table.lines.slice(-4), [
    "– go: echoes (no ears)",
    "– rust: echoes (no ears)",
    `FAILED go, polling: waits: ${"x".repeat(160)}…; on deno`,
    "skipped: java",
  ]);
});

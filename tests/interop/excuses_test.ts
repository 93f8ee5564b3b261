/** Tests that a failure is excused by the same failure of the control, and by nothing else. */
import { assertEquals } from "@std/assert";
import { type Failure, isUsableControl, judge, type Outcome } from "./excuses.ts";

function passed(scenario: string): Outcome {
  return { scenario, result: "passed" };
}

function failed(scenario: string, kind: string): Failure {
  return { scenario, result: "failed", kind, text: kind, details: "" };
}

function leftOut(scenario: string): Outcome {
  return { scenario, result: "left out", reason: "cannot" };
}

Deno.test("judge counts what passed and what was left out", () => {
  const cell = [passed("a"), passed("b"), leftOut("c")];
  const verdict = { passed: 2, leftOut: 1, failures: [], excused: [], better: [] };
  assertEquals(judge(cell, cell), verdict);
  assertEquals(judge(cell, []), verdict);
});

Deno.test("judge excuses a failure that the control has in the same scenario, of the same kind", () => {
  const failure = failed("a", "late");
  const { failures, excused } = judge([failure], [failed("a", "late")]);
  assertEquals([failures, excused], [[], [failure]]);
});

Deno.test("judge excuses no failure of another kind or scenario, or where the control passed", () => {
  const failure = failed("a", "late");
  const controls = [
    [],
    [passed("a")],
    [leftOut("a")],
    [failed("a", "wrong")],
    [failed("b", "late"), passed("a")],
  ];
  for (const control of controls) {
    const { failures, excused } = judge([failure], control);
    assertEquals([failures, excused], [[failure], []]);
  }
});

Deno.test("judge tells where only the control failed", () => {
  const failure = failed("a", "late");
  assertEquals(judge([passed("a"), passed("b")], [failure, passed("b")]).better, [failure]);
  assertEquals(judge([leftOut("a")], [failure]).better, []);
});

Deno.test("isUsableControl wants something that passed", () => {
  assertEquals(isUsableControl([failed("a", "late"), passed("b")]), true);
  assertEquals(isUsableControl([failed("a", "late"), leftOut("b")]), false);
  assertEquals(isUsableControl([]), false);
});

/** Tests that a failure is excused by the same failure of the control, and by nothing else. */
import { assertEquals } from "@std/assert";
import { BASIS, type Failure, isUsableControl, judge, type Outcome } from "./excuses.ts";

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
  const { failures, excused } = judge([failure], [passed(BASIS), failed("a", "late")]);
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
    const { failures, excused } = judge([failure], [passed(BASIS), ...control]);
    assertEquals([failures, excused], [[failure], []]);
  }
});

Deno.test("judge tells where only the control failed", () => {
  const failure = failed("a", "late");
  assertEquals(judge([passed("a"), passed("b")], [passed(BASIS), failure, passed("b")]).better, [
    failure,
  ]);
  assertEquals(judge([leftOut("a")], [passed(BASIS), failure]).better, []);
});

Deno.test("judge excuses nothing by a control whose program does not connect", () => {
  const failure = failed("a", "late");
  for (const control of [[failure], [failure, failed(BASIS, "late")], [failure, passed("b")]]) {
    const { failures, excused, better } = judge([failure, passed("b")], control);
    assertEquals([failures, excused, better], [[failure], [], []]);
  }
});

Deno.test("isUsableControl wants a program that connects", () => {
  assertEquals(isUsableControl([failed("a", "late"), passed(BASIS)]), true);
  assertEquals(isUsableControl([passed("a"), failed(BASIS, "late")]), false);
  assertEquals(isUsableControl([]), false);
});

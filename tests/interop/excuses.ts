/**
 * What becomes of the scenarios of a cell, and what of it counts as passed.
 *
 * Invariants
 * - A failure is excused only where the control, the same program against socket.io, failed in the
 *   same scenario with the same kind of failure.
 * - A control whose program does not even connect shows nothing, and excuses nothing.
 * - What a client cannot do is neither passed nor failed.
 */

/** How a scenario of a cell ended. */
export type Outcome =
  | { readonly scenario: string; readonly result: "passed" }
  | { readonly scenario: string; readonly result: "left out"; readonly reason: string }
  | {
    readonly scenario: string;
    readonly result: "failed";
    /** Failures of the same kind differ in numbers at most. */
    readonly kind: string;
    readonly text: string;
    /** What helps to find the cause. */
    readonly details: string;
  };

export type Failure = Extract<Outcome, { readonly result: "failed" }>;

/** What a cell comes to, beside its control. */
export interface Verdict {
  readonly passed: number;
  readonly leftOut: number;
  /** Failures that count. */
  readonly failures: readonly Failure[];
  /** Failures that the control had, too. */
  readonly excused: readonly Failure[];
  /** Scenarios that failed in the control only, and how: for information. */
  readonly better: readonly Failure[];
}

/** What a control must pass to show anything. */
export const BASIS = "connects with credentials";

/** Judges a cell by its control. */
export function judge(cell: readonly Outcome[], control: readonly Outcome[]): Verdict {
  const failures = isUsableControl(control) ? control.filter(isFailure) : [];
  const known = new Map(failures.map((it) => [it.scenario, it]));
  const failed = cell.filter(isFailure);
  const isExcused = ({ scenario, kind }: Failure): boolean => known.get(scenario)?.kind === kind;
  const passed = cell.filter(({ result }) => result === "passed");
  return {
    passed: passed.length,
    leftOut: cell.filter(({ result }) => result === "left out").length,
    failures: failed.filter((it) => !isExcused(it)),
    excused: failed.filter(isExcused),
    better: passed.flatMap(({ scenario }) => known.get(scenario) ?? []),
  };
}

/** Whether a control shows anything. */
export function isUsableControl(control: readonly Outcome[]): boolean {
  return control.some(({ scenario, result }) => scenario === BASIS && result === "passed");
}

function isFailure(outcome: Outcome): outcome is Failure {
  return outcome.result === "failed";
}

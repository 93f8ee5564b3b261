/**
 * What a run of the contract came to: one table, a row for each target, the same columns for all.
 *
 * - The figures are information: nothing is judged by them. They are comparable within one run.
 * - A case that was left out counts there and nowhere else.
 */
import type { TargetName } from "./capabilities.ts";
import type { Figures, Spread } from "./figures.ts";

/** What happened on one target. */
export interface TargetTally {
  ran: number;
  passed: number;
  leftOut: number;
  figures?: Figures;
}

/** The tallies of a run, by target. */
export class ContractReport {
  readonly #tallies: Map<TargetName, TargetTally> = new Map();

  /** The tally of a target, which the one who runs its cases keeps. */
  of(target: TargetName): TargetTally {
    const tally = this.#tallies.get(target) ?? { ran: 0, passed: 0, leftOut: 0 };
    this.#tallies.set(target, tally);
    return tally;
  }

  /** The table; nothing was run on a target without a row. */
  get lines(): readonly string[] {
    const rows = [...this.#tallies].filter(([, { ran }]) => ran > 0).map(row);
    const table = [HEAD, ...rows];
    const widths = HEAD.map((_, at) => Math.max(...table.map((cells) => cells[at]?.length ?? 0)));
    return [
      ...table.map((cells) => cells.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join("  ")),
      "Times are information: milliseconds, median / 95th percentile, from a client in this process",
    ];
  }
}

const HEAD = [
  "target",
  "ran",
  "passed",
  "left out",
  "connect polling",
  "connect websocket",
  "echo polling",
  "echo websocket",
];

function row([target, { ran, passed, leftOut, figures }]: [string, TargetTally]): string[] {
  const { connect, echo } = figures ?? {};
  const spreads = [connect?.polling, connect?.websocket, echo?.polling, echo?.websocket];
  return [target, String(ran), String(passed), String(leftOut), ...spreads.map(showSpread)];
}

function showSpread(spread: Spread | undefined): string {
  return spread ? `${spread.median.toFixed(2)} / ${spread.p95.toFixed(2)}` : "-";
}

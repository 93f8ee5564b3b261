/** Results as tables in Markdown. */
import type { Verdict } from "./judgement.ts";
import type { Spread } from "./statistics.ts";

/** One figure of the table. */
export interface Entry {
  readonly server: string;
  readonly workload: string;
  readonly spread: Spread;
  /** Whether the generator was the bottleneck in a repetition. */
  readonly isDoubtful: boolean;
}

const SIGNS: Readonly<Record<Verdict["outcome"], string>> = {
  "met": "met",
  "met by the control": "met by the control",
  "missed": "**missed**",
  "no target": "no target",
  "not measured": "not measured",
};

/** A figure as people read it: 1,234,000 is 1.23M, 56,700 is 57k, 9.61 is 9.6. */
export function short(value: number): string {
  if (!Number.isFinite(value)) return "";
  if (value >= 999_500) return `${(value / 1_000_000).toFixed(2)}M`;
  if (value >= 9_950) return `${Math.round(value / 1_000)}k`;
  if (value >= 1_000) return `${(value / 1_000).toFixed(1)}k`;
  return value >= 100 ? String(Math.round(value)) : value.toFixed(1);
}

/** A row for each server, with the median and the least and most of each workload. */
export function figureTable(entries: readonly Entry[]): string {
  return table("server", entries, ({ server }) => server, figure);
}

function figure(entry: Entry | undefined): string {
  if (entry === undefined) return "";
  const { median, min, max } = entry.spread;
  const range = min === max ? "" : ` (${short(min)}–${short(max)})`;
  return `${short(median)}${range}${entry.isDoubtful ? " *" : ""}`;
}

/** A row for each runtime: what was reached, what is wanted, and the share of the lean control. */
export function verdictTable(verdicts: readonly Verdict[]): string {
  return table("runtime", verdicts, ({ runtime }) => runtime, verdict);
}

function verdict(it: Verdict | undefined): string {
  if (it === undefined) return "";
  const isMemory = it.workload === "idle";
  const amount = (value: number): string =>
    isMemory ? `${value.toFixed(1)} KiB` : `${value.toFixed(2)}x`;
  const parts: string[] = [];
  if (!Number.isNaN(it.reached)) {
    const wanted = it.target === undefined ? "" : ` of ${amount(it.target)}`;
    parts.push(`${amount(it.reached)}${wanted}`);
  }
  if (!Number.isNaN(it.ofLean)) parts.push(`${Math.round(it.ofLean * 100)} % of lean`);
  parts.push(SIGNS[it.outcome]);
  return parts.join(", ");
}

/** A row for each subject, and in it a cell for each workload. */
function table<Item extends { readonly workload: string }>(
  title: string,
  items: readonly Item[],
  subjectOf: (item: Item) => string,
  cell: (item: Item | undefined) => string,
): string {
  const workloads = distinct(items.map(({ workload }) => workload));
  const rows = distinct(items.map(subjectOf)).map((subject) => {
    const own = items.filter((item) => subjectOf(item) === subject);
    return [subject, ...workloads.map((name) => cell(own.find((it) => it.workload === name)))];
  });
  return markdown([title, ...workloads], rows);
}

function markdown(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

function distinct(values: readonly string[]): readonly string[] {
  return [...new Set(values)];
}

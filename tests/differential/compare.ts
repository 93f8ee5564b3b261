/** Comparing the logs of two sides, line by line. */
import type { Difference } from "./difference.ts";
import type { Line, Played } from "./scenario.ts";

/** What the comparison of two logs has come to. */
export interface Comparison {
  /** Where the logs part, or why there is none of one side; undefined when they are equal. */
  readonly fault: string | undefined;
  /** The lines that one side alone has. */
  readonly alone: Readonly<Record<"reference" | "ours", readonly string[]>>;
  /** The lines of the reference that were compared. */
  readonly lines: readonly Line[];
}

/** Compares what a scenario has come to, but for what differs on purpose. */
export function compare(
  played: { readonly reference: Played; readonly node: Played },
  differences: readonly Difference[],
): Comparison {
  const alike = ({ steps }: Played): Played["steps"] =>
    differences.reduce((log, difference) => difference.alike?.(log) ?? log, steps);
  const reference = alike(played.reference);
  const [theirs, ours] = [format(reference), format(alike(played.node))];
  return {
    fault: failureOf(played) ?? firstFault(theirs, ours),
    alone: { reference: missing(theirs, ours), ours: missing(ours, theirs) },
    lines: reference.flatMap((streams) => Object.values(streams).flat()),
  };
}

/** The lines that others have not. */
function missing(lines: readonly string[], others: readonly string[]): readonly string[] {
  const known = new Set(others);
  return lines.filter((line) => !known.has(line));
}

/** A log as text: the streams of each step one after another. */
export function format(steps: Played["steps"]): readonly string[] {
  return steps.flatMap((streams, step) => {
    return Object.keys(streams).sort().flatMap((name) => {
      return (streams[name] ?? []).map((line) => `${step} ${name} | ${formatLine(line, name)}`);
    });
  });
}

function formatLine({ depth, stream, kind, text }: Line, outer: string): string {
  const origin = stream === outer ? "" : `[${stream}] `;
  return `${"  ".repeat(depth)}${origin}${kind} ${text}`.trimEnd();
}

function failureOf({ reference, node }: { reference: Played; node: Played }): string | undefined {
  const failures = Object.entries({ reference, node })
    .filter(([, { failure }]) => failure !== undefined)
    .map(([side, { failure, steps }]) => [`${side}: ${failure}`, ...format(steps)].join("\n"));
  return failures.length === 0 ? undefined : failures.join("\n");
}

/** Lines that are shown before the first one that differs. */
const CONTEXT = 12;

function firstFault(reference: readonly string[], node: readonly string[]): string | undefined {
  const count = Math.max(reference.length, node.length);
  for (let i = 0; i < count; i++) {
    if (reference[i] === node[i]) continue;
    return [
      ...reference.slice(Math.max(0, i - CONTEXT), i).map((line) => `    ${line}`),
      `the reference: ${reference[i] ?? "(nothing)"}`,
      ...reference.slice(i + 1, i + CONTEXT).map((line) => `             + ${line}`),
      `ours:          ${node[i] ?? "(nothing)"}`,
      ...node.slice(i + 1, i + CONTEXT).map((line) => `             + ${line}`),
    ].join("\n");
  }
  return undefined;
}

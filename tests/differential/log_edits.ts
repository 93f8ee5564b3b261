/** Edits of a log: what makes two of them alike in one thing, and leaves the rest as it is. */
import type { Line, Played, StepLog } from "./scenario.ts";

/** The log of one side. */
export type Log = Played["steps"];

/** Changes the lines of every stream of every step. */
export function editStreams(
  log: Log,
  edit: (lines: readonly Line[], stream: string) => readonly Line[],
): Log {
  return log.map((step) => {
    const edited = Object.entries(step).map(([name, lines]) => [name, edit(lines, name)] as const);
    return Object.fromEntries(edited);
  });
}

/** Changes every line, or leaves it out. */
export function editLines(log: Log, edit: (line: Line, stream: string) => Line | undefined): Log {
  return editStreams(log, (lines, stream) => {
    return lines.map((line) => edit(line, stream)).filter((line) => line !== undefined);
  });
}

/** Changes the text of the lines of some kinds. */
export function editText(
  log: Log,
  kinds: RegExp,
  edit: (text: string) => string,
): Log {
  return editLines(log, (line) => {
    return kinds.test(line.kind) ? { ...line, text: edit(line.text) } : line;
  });
}

/** Changes the steps in which something happened. */
export function editSteps(
  log: Log,
  happened: (line: Line) => boolean,
  edit: (step: Log) => Log,
): Log {
  return log.flatMap((step) => {
    return Object.values(step).flat().some(happened) ? edit([step]) : [step];
  });
}

/** Takes lines out of wherever they are, and puts what they come to at the end of their own stream. */
export function moveToEnd(
  log: Log,
  isMoved: (line: Line) => boolean,
  sumUp: (lines: readonly Line[]) => readonly Line[] = (lines) => lines,
): Log {
  return log.map((step) => {
    const moved = Object.values(step).flat().filter(isMoved).map((line) => ({ ...line, depth: 0 }));
    const result: Record<string, readonly Line[]> = {};
    for (const [name, lines] of Object.entries(step)) {
      result[name] = lines.filter((line) => !isMoved(line));
    }
    for (const [stream, lines] of groupBy(moved, (line) => line.stream)) {
      result[stream] = [...result[stream] ?? [], ...sumUp(lines)];
    }
    return withoutEmpty(result);
  });
}

/** Groups values, in the order in which the groups begin. */
export function groupBy<T>(
  values: readonly T[],
  keyOf: (value: T) => string,
): ReadonlyMap<string, readonly T[]> {
  const groups = new Map<string, T[]>();
  for (const value of values) {
    const key = keyOf(value);
    const group = groups.get(key) ?? [];
    group.push(value);
    groups.set(key, group);
  }
  return groups;
}

function withoutEmpty(step: StepLog): StepLog {
  return Object.fromEntries(Object.entries(step).filter(([, lines]) => lines.length > 0));
}

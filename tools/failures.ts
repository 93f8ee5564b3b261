/**
 * What a failed run prints once more at its end: of a long log, only the end may be kept.
 *
 * Invariants
 * - Every failed test is named, up to `NAMES`; what does not fit is counted.
 * - The size is bounded: one endless error hides no other test, and no stage the next.
 */

/** How much is printed at most: lines, and characters. */
interface Bound {
  readonly lines: number;
  readonly chars: number;
}

/** The errors of one stage. */
const STAGE: Bound = { lines: 120, chars: 10_000 };
/** The error of one test, its name included. */
const TEST: Bound = { lines: 40, chars: 4_000 };
/** What ended without naming a test. */
const TAIL: Bound = { lines: 60, chars: 6_000 };
/** Failed tests that are named after those whose errors are shown. */
const NAMES = 25;
const LINE_CHARS = 300;

// deno-lint-ignore no-control-regex -- the escape sequences of terminal colours
const colours = /\x1b\[[0-9;]*m/g;
const errorsTitle = /^ ERRORS $/gm;
const failuresTitle = /^ FAILURES $/m;
/** What begins the error of a test, or of a file outside its tests. */
const heading = /^(?:.+ => \S+:\d+:\d+|\S+ \(uncaught error\))$/;

/** Text without the colours of a terminal. */
export function uncoloured(text: string): string {
  return text.replaceAll(colours, "");
}

/**
 * The failed tests of a stage with their errors, as `deno test` lists them, or the last lines that it
 * printed where there is no list, as after a type error, a crash or a limit of time.
 *
 * @param output what it printed to standard output
 * @param diagnostics what it printed to standard error
 */
export function failuresOf(output: string, diagnostics: string): readonly string[] {
  const errors = errorsOf(uncoloured(output));
  if (errors.length === 0) return [...lastLines(output), ...lastLines(diagnostics)];
  const shown: string[] = [];
  let count = 0;
  for (const error of errors) {
    const next = [...shown, ...cut(error, TEST), ""];
    if (!fits(next, STAGE)) break;
    shown.splice(0, shown.length, ...next);
    count++;
  }
  return [...shown, ...namesOf(errors.slice(count))];
}

/** The last lines of what a process has printed, those that are empty at the end left out. */
export function lastLines(text: string): readonly string[] {
  const kept: string[] = [];
  const lines = uncoloured(text).trimEnd().split("\n").map(cutLine);
  for (const line of lines.reverse()) {
    if (!fits([line, ...kept], TAIL)) break;
    kept.unshift(line);
  }
  return kept.join("") === "" ? [] : kept;
}

/** The lines about each failed test, its name first. */
function errorsOf(text: string): readonly (readonly string[])[] {
  const start = [...text.matchAll(errorsTitle)].at(-1);
  if (start === undefined) return [];
  const rest = text.slice(start.index + start[0].length);
  const [section = ""] = rest.split(failuresTitle, 1);
  const errors: string[][] = [];
  for (const line of section.split("\n")) {
    if (heading.test(line)) errors.push([line]);
    else errors.at(-1)?.push(line);
  }
  return errors.map((lines) => lines.join("\n").trimEnd().split("\n"));
}

function namesOf(errors: readonly (readonly string[])[]): readonly string[] {
  if (errors.length === 0) return [];
  const names = errors.slice(0, NAMES).map(([name = ""]) => `  ${cutLine(name)}`);
  const more = errors.length - names.length;
  return ["failed too:", ...names, ...(more > 0 ? [`  … and ${more} more`] : []), ""];
}

/** As many lines as `bound` lets in, and how many are missing. */
function cut(lines: readonly string[], bound: Bound): readonly string[] {
  const kept: string[] = [];
  for (const line of lines.map(cutLine)) {
    if (!fits([...kept, line], bound)) {
      return [...kept, `… ${lines.length - kept.length} more lines`];
    }
    kept.push(line);
  }
  return kept;
}

function cutLine(line: string): string {
  return line.length <= LINE_CHARS ? line : `${line.slice(0, LINE_CHARS)}…`;
}

function fits(lines: readonly string[], { lines: most, chars }: Bound): boolean {
  return lines.length <= most && lines.reduce((sum, line) => sum + line.length + 1, 0) <= chars;
}

/**
 * What failed, told once more at the end of a run: a log of many stages is long, and often only its end
 * is kept or looked at.
 *
 * Invariants
 * - What is told of one stage is at most `MAX_LINES` lines of `MAX_WIDTH` characters.
 */

/** Lines that are told of one stage. */
const MAX_LINES = 80;

/** Characters of a line that are told. */
const MAX_WIDTH = 400;

/** Lines that tell of a stage that has no list of errors. */
const LAST_LINES = 25;

// deno-lint-ignore no-control-regex -- the escape sequences of terminal colours
const colours = /\x1b\[[0-9;]*m/g;

/** The list of errors at the end of what `deno test` prints; tests may print the same words before. */
const errors = /^ ERRORS \n\n([\s\S]*?)\n FAILURES \n/gm;

/** Text without the colours of a terminal. */
export function uncoloured(text: string): string {
  return text.replaceAll(colours, "");
}

/**
 * The errors of a stage, as `deno test` lists them, or the last that it printed where there is no list.
 *
 * @param output what it printed to standard output
 * @param diagnostics what it printed to standard error: type errors, crashes
 */
export function failuresOf(output: string, diagnostics: string): readonly string[] {
  const list = [...uncoloured(output).matchAll(errors)].at(-1)?.[1];
  if (list !== undefined) return cut(list.trimEnd().split("\n"));
  const lines = [output, diagnostics].flatMap((text) => {
    return uncoloured(text).trimEnd().split("\n").slice(-LAST_LINES);
  });
  return cut(lines.filter((line) => line !== ""));
}

function cut(lines: readonly string[]): readonly string[] {
  const told = lines.slice(0, MAX_LINES).map((line) => {
    return line.length > MAX_WIDTH ? `${line.slice(0, MAX_WIDTH)}…` : line;
  });
  const more = lines.length - told.length;
  return more > 0 ? [...told, `… and ${more} lines more above`] : told;
}

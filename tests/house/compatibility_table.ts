/**
 * docs/compatibility.md as data: its sections, and the rows of their tables.
 *
 * Invariants
 * - Every table has the same columns, told in `COLUMNS`; the one of counts is no table of rows.
 * - A key stands in backticks. A row that does not look like one is a fault, not a row left out.
 */
import type { TargetName } from "../runtime/capabilities.ts";
import { readProjectFile } from "./project_files.ts";

/** The columns of states, with the target of the suites that each is about. */
export const COLUMNS: Readonly<Record<string, TargetName>> = {
  "Deno": "deno",
  "Deno, Node entry": "deno-node",
  "Bun": "bun",
  "Node": "node",
};

/** What a row may say of a column. */
export const STATES = ["yes", "other", "refused", "no"] as const;

/** One of them. */
export type State = typeof STATES[number];

/** One line of a table. */
export interface Row {
  readonly section: string;
  readonly key: string;
  /** By target. */
  readonly states: Readonly<Record<string, string>>;
  readonly note: string;
  /** The tests that show it; together they do for every column. */
  readonly tests: readonly Shown[];
}

/** A test by its name, and its file in the project. */
export interface Shown {
  readonly test: string;
  readonly file: string;
}

/** What was read, and what could not be. */
export interface Table {
  readonly rows: readonly Row[];
  readonly faults: readonly string[];
}

const header = ["", ...Object.keys(COLUMNS), "note", "shown by"];

/** Reads the document. */
export async function readTable(): Promise<Table> {
  return parseTable(await readProjectFile("docs/compatibility.md"));
}

/** Reads the rows of all sections; lines of other tables are left alone. */
export function parseTable(text: string): Table {
  const rows: Row[] = [];
  const faults: string[] = [];
  let section = "";
  let isRows = false;
  for (const line of text.split("\n")) {
    if (line.startsWith("## ")) section = line.slice(3).trim();
    if (!line.startsWith("|")) isRows = false;
    else if (isHeader(line)) isRows = true;
    else if (isRows && !/^[|\s:-]+$/.test(line)) {
      const row = parseRow(section, cellsOf(line));
      if (typeof row === "string") faults.push(row);
      else rows.push(row);
    }
  }
  return { rows, faults };
}

function isHeader(line: string): boolean {
  return cellsOf(line).slice(1).join("|") === header.slice(1).join("|");
}

function cellsOf(line: string): readonly string[] {
  return line.trim().replace(/^\||\|$/g, "").split(/(?<!\\)\|/).map((it) => {
    return it.trim().replaceAll("\\|", "|");
  });
}

function parseRow(section: string, cells: readonly string[]): Row | string {
  const [first = "", ...rest] = cells;
  const place = `${section}: ${first}`;
  if (cells.length !== header.length) return `${place} has ${cells.length} cells`;
  if (cells.includes("")) return `${place} has an empty cell`;
  const key = /^`([^`]+)`$/.exec(first)?.[1];
  if (key === undefined) return `${place} is not one key in backticks`;
  const states = Object.fromEntries(Object.values(COLUMNS).map((it, at) => [it, rest[at] ?? ""]));
  for (const state of Object.values(states)) {
    if (!STATES.some((it) => it === state)) return `${place} has the state "${state}"`;
  }
  const tests = parseTests(rest.at(-1) ?? "");
  if (tests.length === 0) return `${place} names no test`;
  return { section, key, states, note: rest.at(-2) ?? "", tests };
}

/** Reads links to tests with commas between them; nothing if there is anything else. */
function parseTests(cell: string): readonly Shown[] {
  const links = cell.split(/(?<=\)), (?=\[)/).map((link) => {
    return /^\[([^\[\]]+)\]\(\.\.\/(tests\/[\w./-]+)\)$/.exec(link) ?? [];
  });
  const tests = links.map(([, test = "", file = ""]) => ({ test, file }));
  return tests.some(({ test }) => test === "") ? [] : tests;
}

/** How many rows have each state, by target. */
export function countStates(rows: readonly Row[]): Readonly<Record<State, readonly number[]>> {
  const count = (state: State): readonly number[] =>
    Object.values(COLUMNS).map((target) => rows.filter((it) => it.states[target] === state).length);
  return { yes: count("yes"), other: count("other"), refused: count("refused"), no: count("no") };
}

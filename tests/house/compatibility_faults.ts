/**
 * What can be wrong with docs/compatibility.md, each fault as a sentence that names the row.
 *
 * Invariants
 * - These are functions of rows and of what they are held against, so that they can be shown to fail.
 */
import type { ApiSurface } from "../../tools/api_surface.ts";
import type { TargetName } from "../runtime/capabilities.ts";
import { type ColumnObjects, isTaken, presence, refuses } from "./compatibility_objects.ts";
import { COLUMNS, type Row } from "./compatibility_table.ts";
import { lacking, type NamedTest, runsOn } from "./named_tests.ts";
import type { MembersBySection } from "./reference_members.ts";
import { FREE_SECTIONS } from "./reference_sources.ts";

/** The file of the tests that look at objects and at exports. */
const HOUSE = "tests/house/compatibility_test.ts";

/** The tests of each file that rows name; undefined for a file that is not there. */
export type TestsByFile = ReadonlyMap<string, readonly NamedTest[] | undefined>;

/** What is wrong with the keys of the table, given those that it has to have. */
export function keyFaults(rows: readonly Row[], wanted: MembersBySection): readonly string[] {
  const faults: string[] = [];
  const written = new Map<string, Set<string>>();
  for (const { section, key } of rows) {
    const keys = written.get(section) ?? new Set();
    if (keys.has(key)) faults.push(`${section}: ${key} has two rows`);
    written.set(section, keys.add(key));
    const isKnown = FREE_SECTIONS.has(section) || wanted.get(section)?.has(key);
    if (!isKnown) faults.push(`${section}: ${key} is not in the reference`);
  }
  for (const [section, keys] of wanted) {
    for (const key of keys) {
      if (!written.get(section)?.has(key)) faults.push(`${section}: ${key} has no row`);
    }
  }
  return faults;
}

/** What is wrong with the tests that a row names. */
export function testFaults(row: Row, tests: TestsByFile): readonly string[] {
  const place = `${row.section}: ${row.key}`;
  const found = row.tests.map(({ test, file }) => {
    return { test: tests.get(file)?.find(({ name }) => name === test), file };
  });
  const lost = row.tests.filter((_, at) => found[at]?.test === undefined);
  if (lost.length > 0) {
    return lost.map(({ test, file }) => `${place} names "${test}", which ${file} does not run`);
  }
  return Object.values(COLUMNS).flatMap((target) => {
    const state = row.states[target];
    if (state !== "yes" && state !== "other") return [];
    const isShown = found.some(({ test, file }) => {
      if (!runsOn(target, file) || lacking(target, test?.needs) !== undefined) return false;
      if (file === HOUSE) return nameOf(row.key) !== "";
      return state === "yes" || !file.includes("/cases/") || test?.needs !== undefined;
    });
    return isShown ? [] : [`${place} says ${state} for ${target}, which its tests do not show`];
  });
}

/** What a row says of a member, or of a way to make a server, and real objects deny. */
export async function presenceFault(
  row: Row,
  target: TargetName,
  { objects, construct, forms }: ColumnObjects,
): Promise<string | undefined> {
  const state = row.states[target];
  const fault = `${row.section}: ${row.key} on ${target} is said to be ${state}`;
  const form = forms[row.key];
  if (form !== undefined) {
    const isHonest = (state === "refused") !== await isTaken(() => construct(form));
    return isHonest ? undefined : `${fault}, but is ${state === "refused" ? "taken" : "refused"}`;
  }
  const [, prefix = "", name = ""] = /^([A-Z]\w*)\.(\w+)$/.exec(row.key) ?? [];
  const held = objects[prefix];
  if (held === undefined) return undefined;
  const there = presence(held, name);
  if (state === "no") return there === "none" ? undefined : `${fault}, but is there`;
  if (there === "none") return `${fault}, but is absent`;
  if (state !== "refused") return undefined;
  for (const object of held.filter((it) => name in it)) {
    if (!await refuses(object, name)) return `${fault}, but throws nothing`;
  }
  return undefined;
}

/** What a row says of an option, and the names that an entry takes or refuses deny. */
export function optionFault(
  row: Row,
  target: TargetName,
  { options, members }: ColumnObjects & { readonly members: ReadonlySet<string> },
): string | undefined {
  const [, name = "", member] = /^ServerOptions\.(\w+)(?:\.(\w+))?$/.exec(row.key) ?? [];
  if (name === "") return undefined;
  const isNamed = member === undefined || members.has(row.key);
  const actual = options.refused.has(name)
    ? ["refused"]
    : options.taken.has(name) && isNamed
    ? ["yes", "other"]
    : ["no"];
  const state = row.states[target] ?? "";
  if (actual.includes(state)) return undefined;
  const wanted = actual.join(" or ");
  return `${row.section}: ${row.key} on ${target} is said to be ${state}, but is ${wanted}`;
}

/** What a row says of an event, and the events that are declared deny. */
export function eventFault(
  row: Row,
  target: TargetName,
  events: ReadonlySet<string>,
): string | undefined {
  if (!/^[A-Z]\w* "[\w-]+"$/.test(row.key)) return undefined;
  const state = row.states[target] ?? "";
  if (events.has(row.key) === ["yes", "other"].includes(state)) return undefined;
  const found = events.has(row.key) ? "is declared" : "is not declared";
  return `${row.section}: ${row.key} on ${target} is said to be ${state}, but ${found}`;
}

/** What a row says of a name, or of `new Name()`, and the exports of an entry deny. */
export function exportFaults(row: Row, [entry, symbols]: [string, ApiSurface]): readonly string[] {
  const state = row.states[targetOf(entry)] ?? "";
  const name = nameOf(row.key);
  const [, made = ""] = /^new (\w+)\(\)$/.exec(row.key) ?? [];
  const [, counterpart = ""] = /`(\w+)`/.exec(row.note) ?? [];
  const place = `${row.key} on ${entry} is said to be ${state}`;
  if (made !== "" && state === "no" && symbols[made]?.[0]?.startsWith("class ")) {
    return [`${place}, but is exported and not abstract`];
  }
  const wanted = { yes: name, other: counterpart }[state];
  if (name === "" || state === "refused") return [];
  if (wanted === undefined) return name in symbols ? [`${place}, but is exported`] : [];
  return wanted in symbols ? [] : [`${place}, but "${wanted}" is not exported`];
}

/** The name of a key that is about an export; empty for others. */
function nameOf(key: string): string {
  return /^[\w.-]+: (\w+)$/.exec(key)?.[1] ?? "";
}

function targetOf(entry: string): TargetName {
  if (entry === "./bun") return "bun";
  return entry === "./node" ? "node" : "deno";
}

/**
 * The public API as it was last agreed on, and how today's differs from it.
 *
 * Invariants
 * - `api_snapshot.json` holds the reduced documentation of every entry of `exports`; a symbol that
 *   an entry shares with the main one is written once.
 * - Only `deno task test:house -- --update` writes it.
 */
import { type ApiSurface, apiSurface, readDocumentation } from "../../tools/api_surface.ts";
import { readConfig } from "../../tools/dependencies.ts";
import { projectRoot } from "./project_files.ts";

/** Per entry of `exports` and per symbol: signature and members, or that it is the main one's. */
export type ApiSnapshot = Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;

const sameAsMain = ["as in ."];

/** Where the snapshot is kept. */
export const snapshotFile: URL = new URL("tests/house/api_snapshot.json", projectRoot);

/** The snapshot as it was last written; empty if it never was. */
export async function readSnapshot(): Promise<ApiSnapshot> {
  return JSON.parse(await Deno.readTextFile(snapshotFile).catch(() => "{}"));
}

/** Entries without a server: parts that servers are given. Their names are told in pages of their own. */
export const partEntries: Readonly<Record<string, string>> = { "./msgpack": "docs/parsers.md" };

/** The API of the entries with a server, which stand in for the reference. */
export async function serverApi(): Promise<ApiSnapshot> {
  const entries = Object.entries(await currentApi());
  return Object.fromEntries(entries.filter(([entry]) => partEntries[entry] === undefined));
}

/** Reads the API of every entry from the sources. */
export async function currentApi(): Promise<ApiSnapshot> {
  const surfaces = new Map<string, ApiSurface>();
  for (const [entry, file] of Object.entries((await readConfig()).exports)) {
    surfaces.set(entry, apiSurface(await readDocumentation(new URL(file, projectRoot))));
  }
  return withoutRepetition(surfaces);
}

/** Replaces what an entry shares with the main one. */
export function withoutRepetition(surfaces: ReadonlyMap<string, ApiSurface>): ApiSnapshot {
  const main = surfaces.get(".") ?? {};
  return Object.fromEntries(
    [...surfaces].map(([entry, surface]) => {
      const symbols = Object.entries(surface).map(([name, lines]) => {
        const same = entry !== "." && JSON.stringify(main[name]) === JSON.stringify(lines);
        return [name, same ? sameAsMain : lines] as const;
      });
      return [entry, Object.fromEntries(symbols)];
    }),
  );
}

/** The differences, one line each: `-` was there, `+` is there now. */
export function apiDifference(before: ApiSnapshot, after: ApiSnapshot): readonly string[] {
  const difference: string[] = [];
  for (const entry of union(before, after)) {
    const [was = {}, is = {}] = [before[entry], after[entry]];
    for (const name of union(was, is)) {
      const [old = [], now = []] = [was[name], is[name]];
      difference.push(...old.filter((line) => !now.includes(line)).map((it) => `- ${entry} ${it}`));
      difference.push(...now.filter((line) => !old.includes(line)).map((it) => `+ ${entry} ${it}`));
    }
  }
  return difference;
}

function union(a: object, b: object): readonly string[] {
  return [...new Set([...Object.keys(a), ...Object.keys(b)])].sort();
}

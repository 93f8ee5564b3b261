/** Tests that the public API changes only when somebody says so. */
import { assertEquals } from "@std/assert";
import { apiSurface, readDocumentation } from "../../tools/api_surface.ts";
import {
  apiDifference,
  currentApi,
  partEntries,
  readSnapshot,
  serverApi,
  snapshotFile,
  withoutRepetition,
} from "./api_snapshot.ts";
import { projectRoot, readProjectFile } from "./project_files.ts";

const fixture = new URL("tests/house/fixtures/api.ts", projectRoot);

Deno.test("Public API is that of the snapshot (deno task test:house -- --update)", async () => {
  const current = await currentApi();
  if (Deno.args.includes("--update")) {
    await Deno.writeTextFile(snapshotFile, `${JSON.stringify(current, null, 2)}\n`);
  }
  assertEquals(apiDifference(await readSnapshot(), current), []);
});

Deno.test("Every entry with a server has the names that all have", async () => {
  const common = await readDocumentation(new URL("src/server/exports.ts", projectRoot));
  const names = common.symbols.map(({ name }) => name);
  assertEquals(names.includes("ServerOptions"), true);
  const missing = Object.entries(await serverApi()).flatMap(([entry, surface]) =>
    names.filter((name) => !(name in surface)).map((name) => `${entry} ${name}`)
  );
  assertEquals(missing, []);
});

Deno.test("Every other entry is told in a page of its own, and has no server", async () => {
  const api = await currentApi();
  for (const [entry, page] of Object.entries(partEntries)) {
    assertEquals([entry, "Server" in (api[entry] ?? { Server: [] })], [entry, false]);
    const text = await readProjectFile(page);
    assertEquals(text.includes(`@godwit/io${entry.slice(1)}`), true);
  }
});

Deno.test("apiSurface gives names, kinds and signatures without private members", async () => {
  assertEquals(apiSurface(await readDocumentation(fixture)), {
    Sample: [
      'class Sample<T extends string = "x"> extends Error implements Iterable<T>',
      "  constructor(values: readonly T[], options?: SampleOptions<T>)",
      '  static readonly kind: "a" | "b"',
      "  get size(): number",
      "  take(count: number): T[]",
      "  take(name: string): T | undefined",
      "  [Symbol.iterator](): Iterator<T>",
    ],
    SampleOptions: [
      "interface SampleOptions<T = string>",
      "  readonly waitMs?: number",
      "  onValue(value: T, ...rest: readonly unknown[]): void",
    ],
    Undocumented: [
      "type Undocumented = { readonly [K in keyof SampleOptions]?: `on${K}` } | ((a: 1) => a is 1)",
    ],
    limit: ["const limit: number"],
  });
});

Deno.test("apiDifference tells what is gone, new and changed", () => {
  const before = {
    ".": { A: ["class A", "  a(): void"], B: ["type B = 1"] },
    "./x": { A: ["as in ."] },
  };
  const after = { ".": { A: ["class A", "  a(): string"], C: ["type C = 1"] } };
  assertEquals(apiDifference(before, before), []);
  assertEquals(apiDifference(before, after), [
    "- .   a(): void",
    "+ .   a(): string",
    "- . type B = 1",
    "+ . type C = 1",
    "- ./x as in .",
  ]);
});

Deno.test("withoutRepetition writes a symbol of two entries once", () => {
  const surface = { A: ["class A"], B: ["type B = 1"] };
  const snapshot = withoutRepetition(
    new Map([[".", surface], ["./x", { ...surface, B: ["type B = 2"] }]]),
  );
  assertEquals(snapshot["./x"], { A: ["as in ."], B: ["type B = 2"] });
});

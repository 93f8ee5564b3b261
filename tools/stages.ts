/**
 * The test stages as data, cheapest first: what `deno task test` runs and in which order.
 *
 * Invariants
 * - Every `*_test.ts` file below `tests/` belongs to exactly one stage: see
 *   `tests/house/stages_test.ts`.
 * - A stage asks for the permissions its tests need; the tests of the floors need none but reading
 *   fixtures and the environment that a published package looks at.
 */

/** What a stage needs beside Deno: see `needs.ts`. */
export type Need = "chromium" | "package";

/** One line of the report: some test files and how to run them. */
export interface Stage {
  readonly name: string;
  /** Files and folders handed to `deno test`, relative to the project. */
  readonly paths: readonly string[];
  readonly flags: readonly string[];
  /** Minutes after which the stage is ended and counts as failed. */
  readonly limitMinutes: number;
  /** Whether it waits for other processes most of its time: then it begins at once, beside the others. */
  readonly mostlyWaits?: true;
  /** Whether it keeps all cores busy: then it comes last, when little runs beside it. */
  readonly keepsBusy?: true;
  /** Why it runs only when it is named, and in CI: what it would cost whoever runs all stages. */
  readonly onDemand?: string;
  /** What must be there before it can run. @default none */
  readonly needs?: readonly Need[];
}

/** All stages in cost order. */
export const stages: readonly Stage[] = [
  {
    name: "unit",
    paths: [
      "tests/base",
      "tests/wire",
      "tests/session",
      "tests/engine",
      "tests/socket",
      "tests/server",
      "tests/extra",
      "tests/docs",
    ],
    flags: ["--allow-read", "--allow-env"],
    limitMinutes: 16,
  },
  {
    name: "types",
    paths: ["tests/types"],
    // The packages whose types are used look at their environment.
    flags: ["--allow-read", "--allow-env", "--allow-sys"],
    limitMinutes: 10,
  },
  { name: "house", paths: ["tests/house"], flags: ["-A"], limitMinutes: 10 },
  {
    name: "doc",
    paths: ["mod.ts", "src", "README.md", "docs/parsers.md"],
    // The packages that the Node entry is used with look at their environment.
    flags: ["--doc", "--allow-net", "--allow-env"],
    limitMinutes: 10,
  },
  {
    name: "property",
    paths: ["tests/property"],
    flags: ["--allow-read", "--allow-env"],
    limitMinutes: 16,
  },
  {
    name: "fuzz",
    paths: ["tests/fuzz"],
    // It counts branches with the inspector.
    flags: ["-A"],
    limitMinutes: 12,
  },
  {
    name: "conformance",
    paths: ["tests/conformance"],
    // Each file has servers of its own, and waits for them half of its time.
    flags: ["-A", "--parallel"],
    limitMinutes: 24,
    mostlyWaits: true,
    needs: ["package"],
  },
  {
    name: "runtime",
    paths: ["tests/runtime"],
    flags: ["-A"],
    limitMinutes: 20,
    mostlyWaits: true,
    needs: ["package"],
  },
  {
    name: "node",
    paths: ["tests/node"],
    flags: ["-A"],
    limitMinutes: 16,
    needs: ["package"],
  },
  {
    name: "differential",
    paths: ["tests/differential"],
    flags: ["-A"],
    limitMinutes: 16,
    mostlyWaits: true,
    needs: ["package"],
  },
  {
    name: "interop",
    paths: ["tests/interop"],
    flags: ["-A"],
    limitMinutes: 30,
    mostlyWaits: true,
    onDemand: "builds programs in five languages: deno task test:interop",
    needs: ["package"],
  },
  {
    name: "bun",
    paths: ["tests/bun"],
    flags: ["-A"],
    limitMinutes: 16,
    needs: ["package"],
  },
  {
    name: "package",
    paths: ["tests/package"],
    flags: ["-A"],
    limitMinutes: 20,
    needs: ["package"],
  },
  {
    name: "examples",
    paths: ["tests/examples"],
    flags: ["-A"],
    limitMinutes: 16,
    needs: ["package"],
  },
  {
    name: "browser",
    paths: ["tests/browser"],
    flags: ["-A"],
    limitMinutes: 16,
    mostlyWaits: true,
    needs: ["chromium", "package"],
  },
  {
    name: "soak",
    paths: ["tests/soak"],
    flags: ["-A"],
    limitMinutes: 12,
    keepsBusy: true,
    onDemand: "keeps two cores busy for two minutes: deno task test:soak",
    needs: ["package"],
  },
];

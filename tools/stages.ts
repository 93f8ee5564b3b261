/**
 * The test stages as data, cheapest first: what `deno task test` runs and in which order.
 *
 * Invariants
 * - Every `*_test.ts` file below `tests/` belongs to exactly one stage: see
 *   `tests/house/stages_test.ts`.
 * - A stage asks for the permissions its tests need; the tests of the floors need none but reading
 *   fixtures and the environment that a published package looks at.
 */

/** One line of the report: some test files and how to run them. */
export interface Stage {
  readonly name: string;
  /** Files and folders handed to `deno test`, relative to the project. */
  readonly paths: readonly string[];
  readonly flags: readonly string[];
  /** Minutes after which the stage is ended and counts as failed. */
  readonly limitMinutes: number;
  /** A program without which the stage is skipped locally and fails in CI. */
  readonly needs?: "chromium";
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
    ],
    flags: ["--allow-read", "--allow-env"],
    limitMinutes: 3,
  },
  { name: "types", paths: ["tests/types"], flags: [], limitMinutes: 2 },
  { name: "house", paths: ["tests/house"], flags: ["-A"], limitMinutes: 2 },
  {
    name: "doc",
    paths: ["mod.ts", "src", "README.md"],
    flags: ["--doc", "--allow-net"],
    limitMinutes: 2,
  },
  {
    name: "property",
    paths: ["tests/property"],
    flags: ["--allow-read", "--allow-env"],
    limitMinutes: 4,
  },
  { name: "conformance", paths: ["tests/conformance"], flags: ["-A"], limitMinutes: 4 },
  { name: "runtime", paths: ["tests/runtime"], flags: ["-A"], limitMinutes: 5 },
  { name: "examples", paths: ["tests/examples"], flags: ["-A"], limitMinutes: 3 },
  {
    name: "browser",
    paths: ["tests/browser"],
    flags: ["-A"],
    limitMinutes: 5,
    needs: "chromium",
  },
];

/**
 * The `package.json` of the package.
 *
 * Invariants
 * - Name, version, description and license are those of `deno.json`.
 * - `.` resolves by condition to the entry of the runtime. Whoever sets no condition of a runtime (a
 *   bundler, TypeScript under `moduleResolution: "bundler"`) gets the one of Node.
 * - `workerd` resolves to nothing: there is no entry for it, and the sockets of Node do not exist
 *   there, so that a build fails where otherwise the deployment would.
 * - `types` come first under each of `import` and `require`.
 */
import type { Entry } from "./entries.ts";

/** What of `deno.json` the manifest repeats. */
export interface PackageFacts {
  readonly name: string;
  readonly version: string;
  readonly description: string;
  readonly license: string;
}

/** Where a name of the package leads: a file, files by condition, or nowhere. */
export type ExportTarget = string | null | { readonly [condition: string]: ExportTarget };

/** A `package.json`, as far as the tools here read it. */
export interface Manifest extends PackageFacts {
  readonly main: string;
  readonly types: string;
  readonly files: readonly string[];
  readonly exports: Readonly<Record<string, ExportTarget>>;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly [field: string]: unknown;
}

/** Texts of the repository that the package carries. */
export const documents: readonly string[] = ["README.md", "CHANGELOG.md", "LICENSE"];

const repository = "https://github.com/godwit-io/godwit";

/** The entry that each condition of `.` leads to, in the order in which resolvers ask. */
const conditions: readonly (readonly [condition: string, entry: string | null])[] = [
  ["deno", "deno"],
  ["bun", "bun"],
  ["workerd", null],
  ["node", "node"],
  ["default", "node"],
];

/** Writes the manifest; `dependencies` are ranges by name. */
export function manifest(
  facts: PackageFacts,
  entries: readonly Entry[],
  dependencies: Readonly<Record<string, string>>,
): Manifest {
  return {
    name: facts.name,
    version: facts.version,
    description: facts.description,
    keywords: ["socket.io", "websocket", "realtime", "engine.io", "server", "deno", "bun", "node"],
    license: facts.license,
    homepage: `${repository}#readme`,
    bugs: `${repository}/issues`,
    repository: { type: "git", url: `git+${repository}.git` },
    type: "module",
    sideEffects: false,
    engines: { node: "^20.19.0 || >=22.12.0" },
    main: "./node.cjs",
    types: "./node.d.cts",
    exports: exportsOf(entries.map((entry) => entry.name)),
    files: [...entries.flatMap(({ name }) => filesOf(name)), "src", "CHANGELOG.md"],
    dependencies,
  };
}

function exportsOf(names: readonly string[]): Record<string, ExportTarget> {
  const root = conditions.map(([condition, name]) => [condition, name && targetOf(name)]);
  const subpaths = names.map((name) => [`./${name}`, targetOf(name)]);
  return {
    ".": Object.fromEntries(root),
    ...Object.fromEntries(subpaths),
    "./package.json": "./package.json",
  };
}

function targetOf(name: string): ExportTarget {
  return {
    import: { types: `./${name}.d.ts`, default: `./${name}.js` },
    require: { types: `./${name}.d.cts`, default: `./${name}.cjs` },
  };
}

function filesOf(name: string): readonly string[] {
  return [".js", ".d.ts", ".cjs", ".d.cts"].map((extension) => name + extension);
}

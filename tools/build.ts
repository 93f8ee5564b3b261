/**
 * `deno task build [folder]`: writes the npm package to `dist/npm` and its tarball beside it.
 *
 * The tree is that of the repository: each module of `src/` that an entry reaches as a `.js` and a
 * `.d.ts`, and at the root four files for each entry (see `package/entries.ts`), the manifest, README,
 * changelog and license.
 *
 * Invariants
 * - The entries are the exports of `deno.json`; `.` has none of its own, see `package/manifest.ts`.
 * - Every import in the package leads to one of its files, to a built-in module of a runtime, or to
 *   a dependency that the manifest names. What declarations import needs types from there.
 * - The folder holds nothing but this build.
 */
import ts from "typescript";
import { type ProjectConfig, projectRoot } from "./dependencies.ts";
import { compile, type Files, readEntryTypes } from "./package/compile.ts";
import { type Entry, entryFiles } from "./package/entries.ts";
import { documents, manifest, type PackageFacts } from "./package/manifest.ts";
import { readSources, type SourceModule, specifiersOf } from "./package/sources.ts";
import { print } from "./print.ts";
import { toPath } from "./to_path.ts";

/** Declarations of Node's modules, which those of the package name. */
const nodeTypes = { "@types/node": ">=20" };

/** The entries of `deno.json` but `.`, which leads to one of them. */
export function entriesOf(exports: Readonly<Record<string, string>>): readonly Entry[] {
  return Object.entries(exports)
    .filter(([name]) => name !== ".")
    .map(([name, source]) => ({ name: name.slice(2), source: source.slice(2) }));
}

/** Every file of the package by path, but the documents. */
export async function packageFiles(root: URL = projectRoot): Promise<Files> {
  const config: PackageFacts & ProjectConfig = JSON.parse(
    await Deno.readTextFile(new URL("deno.json", root)),
  );
  const entries = entriesOf(config.exports);
  const modules = await readSources(root, entries.map((entry) => entry.source));
  const files = compile(modules);
  for (const entry of entries) {
    const types = readEntryTypes(files, entry.source.replace(/\.ts$/, ".d.ts"));
    for (const [path, text] of entryFiles(entry, types)) files.set(path, text);
  }
  const dependencies = dependenciesOf(modules);
  refuseLooseImports(files, new Set(Object.keys(dependencies)));
  const json = JSON.stringify(manifest(config, entries, dependencies), undefined, 2);
  return files.set("package.json", `${json}\n`);
}

function dependenciesOf(modules: readonly SourceModule[]): Record<string, string> {
  const versions = Object.assign({}, ...modules.map((module) => module.versions));
  const ranges = Object.entries(versions).map(([name, version]) => [name, `^${version}`]);
  return { ...nodeTypes, ...Object.fromEntries(ranges) };
}

/** Refuses what would not resolve where the package is installed. */
export function refuseLooseImports(files: Files, dependencies: ReadonlySet<string>): void {
  for (const [path, text] of files) {
    const isTypes = /\.d\.c?ts$/.test(path);
    const file = ts.createSourceFile(path, text, ts.ScriptTarget.ES2022, true);
    for (const { text: specifier } of specifiersOf(file)) {
      const target = toPath(new URL(specifier, `file:///${path}`)).slice(1);
      const own = isTypes ? target.replace(/\.js$/, ".d.ts") : target;
      const name = /^(?:@[^/]+\/)?[^/]+/.exec(specifier)?.[0] ?? "";
      const isThere = specifier.startsWith(".")
        ? files.has(own)
        : specifier.startsWith("node:") || (dependencies.has(name) && !isTypes);
      if (!isThere) {
        throw new TypeError(`Cannot build ${path}: "${specifier}" is not part of the package`);
      }
    }
  }
}

/** Writes the package to `folder/npm` and packs it; gives the path of the tarball. */
export async function build(folder: URL): Promise<string> {
  const target = new URL("npm/", folder);
  await Deno.remove(target, { recursive: true }).catch(ignoreMissing);
  for (const [path, text] of await packageFiles()) {
    const file = new URL(path, target);
    await Deno.mkdir(new URL(".", file), { recursive: true });
    await Deno.writeTextFile(file, text);
  }
  for (const name of documents) {
    await Deno.copyFile(new URL(name, projectRoot), new URL(name, target));
  }
  return await pack(folder, target);
}

async function pack(folder: URL, target: URL): Promise<string> {
  const { code, stdout, stderr } = await new Deno.Command("npm", {
    args: ["pack", "--json", "--ignore-scripts", "--pack-destination", toPath(folder)],
    cwd: target,
    stdin: "null",
  }).output();
  const decoder = new TextDecoder();
  if (code !== 0) throw new Error(`Cannot pack: ${decoder.decode(stderr)}`);
  const [packed] = JSON.parse(decoder.decode(stdout));
  const kib = (bytes: number): string => `${Math.round(bytes / 1024)} KiB`;
  print(
    `${packed.name} ${packed.version}: ${packed.entryCount} files, ` +
      `${kib(packed.size)} packed, ${kib(packed.unpackedSize)} unpacked`,
  );
  return toPath(new URL(packed.filename, folder));
}

function ignoreMissing(error: unknown): void {
  if (!(error instanceof Deno.errors.NotFound)) throw error;
}

if (import.meta.main) {
  const folder = new URL(`${Deno.args[0] ?? "dist"}/`, projectRoot);
  print(await build(folder));
}

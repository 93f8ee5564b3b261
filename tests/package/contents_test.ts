/** Tests of the files that a user gets when npm has installed the package. */
import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import ts from "typescript";
import { readConfig } from "../../tools/dependencies.ts";
import type { ExportTarget, Manifest } from "../../tools/package/manifest.ts";
import { specifiersOf } from "../../tools/package/sources.ts";
import { consumer, esbuild } from "../support/consumer.ts";

const { directory } = await consumer();
const installed = new URL(`file://${directory}/node_modules/@godwit/io/`);
const manifest: Manifest = JSON.parse(await Deno.readTextFile(new URL("package.json", installed)));

/** Every file of the installed package. */
async function files(folder: URL, prefix = ""): Promise<readonly string[]> {
  const found: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(new URL(prefix || ".", folder))) {
    if (isDirectory) found.push(...await files(folder, `${prefix}${name}/`));
    else found.push(prefix + name);
  }
  return found.sort();
}

/** The files that a target of the exports leads to, whatever the condition. */
function leaves(target: ExportTarget): readonly string[] {
  if (target === null) return [];
  if (typeof target === "string") return [target.replace("./", "")];
  return Object.values(target).flatMap(leaves);
}

/** Bundles the code of a user. */
async function bundle(code: string, ...args: readonly string[]): Promise<string> {
  const entry = await Deno.makeTempFile({ dir: directory, suffix: ".mjs" });
  try {
    await Deno.writeTextFile(entry, code);
    return await esbuild(entry, "--format=esm", "--platform=node", "--tsconfig-raw={}", ...args);
  } finally {
    await Deno.remove(entry);
  }
}

Deno.test("Every target of the exports is a file of the package", async () => {
  const { exports, main, types } = manifest;
  const there = new Set(await files(installed));
  const targets = [...Object.values(exports).flatMap(leaves), ...[main, types].flatMap(leaves)];
  assertEquals(targets.filter((target) => !there.has(target)), []);
  assert(targets.length > 10);
});

Deno.test("The package exports what deno.json does", async () => {
  const { exports } = await readConfig();
  const names = Object.keys(manifest.exports).filter((name) => name !== "./package.json");
  assertEquals(names.sort(), Object.keys(exports).sort());
});

Deno.test("The package has code, declarations and documents, and nothing else", async () => {
  const all = await files(installed);
  const other = all.filter((file) => !/\.(?:js|d\.ts|cjs|d\.cts)$/.test(file));
  assertEquals(other, ["CHANGELOG.md", "LICENSE", "README.md", "package.json"]);
  const scripts = all.filter((file) => /\.c?js$/.test(file));
  const withoutTypes = scripts.filter((file) =>
    !all.includes(file.replace(/\.(c?)js$/, ".d.$1ts"))
  );
  assertEquals(withoutTypes, []);
});

Deno.test("Imports of the package lead to its own files, to Node and to its dependencies", async () => {
  const folder = installed;
  const dependencies = Object.keys(manifest.dependencies);
  const code = (await files(folder)).filter((file) => /\.(?:c?js|c?ts)$/.test(file));
  const faults: string[] = [];
  const outside = new Set<string>();
  for (const path of code) {
    const text = await Deno.readTextFile(new URL(path, folder));
    const file = ts.createSourceFile(path, text, ts.ScriptTarget.ES2022, true);
    for (const { text: specifier } of specifiersOf(file)) {
      const isOwn = /^\.\.?\/.*\.js$/.test(specifier);
      if (!isOwn) outside.add(`${path.split("/").slice(0, 3).join("/")}: ${specifier}`);
      const isKnown = isOwn || specifier.startsWith("node:") || dependencies.includes(specifier);
      if (!isKnown) faults.push(`${path}: ${specifier}`);
    }
  }
  assertEquals(faults, []);
  const elsewhere = [...outside].filter((line) => !line.startsWith("src/runtime/node"));
  const known = ["src/extra/msgpack: @msgpack/msgpack"];
  assertEquals(elsewhere, known, "only these and the files of Node do");
});

Deno.test("The manifest tells what a registry shows", async () => {
  const { name, version, license } = await readConfig();
  const found = manifest;
  assertEquals([found.name, found.version, found.license], [name, version, license]);
  assertEquals(found.type, "module");
  assertEquals(found.sideEffects, false);
  assertEquals(found.engines, { node: "^20.19.0 || >=22.12.0" });
  assertEquals(Object.keys(found.dependencies), ["@types/node", "@msgpack/msgpack", "ws"]);
  for (const field of ["description", "homepage", "bugs", "repository", "keywords"]) {
    assert(found[field] !== undefined, field);
  }
});

Deno.test("A bare import of an entry bundles to nothing", async () => {
  for (const name of Object.keys(manifest.exports)) {
    if (name === "./package.json") continue;
    const specifier = name.replace(".", "@godwit/io");
    assertEquals([name, await bundle(`import "${specifier}";`)], [name, ""]);
  }
});

Deno.test("A build for workerd fails, where Node's code would fail later", async () => {
  const code = 'export * from "@godwit/io";';
  const failure = await assertRejects(() =>
    bundle(code, "--platform=neutral", "--conditions=workerd,worker")
  );
  assertMatch(String(failure), /Could not resolve "@godwit\/io"/);
});

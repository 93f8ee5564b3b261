/**
 * A project that has the package installed as users get it: built, packed, and installed by npm.
 *
 *     dist/consumer/<key>/            what fixtures import beside the package, and Bun
 *     dist/consumer/<key>/<key>/      npm/ and its tarball, installed in node_modules/
 *
 * The keys follow from the content: of the versions, and of everything the build reads. A change of a
 * source thus installs two packages, not a hundred.
 *
 * Invariants
 * - Nothing is done again while the sources stand as they are.
 * - Processes that prepare at the same time do not disturb each other (see `package/install.ts`).
 */
import { projectRoot, readConfig } from "./dependencies.ts";
import { installPackages, keyedFolder, keyOf, run } from "./package/install.ts";
import { bunVersion, fixtureImports, newestNodeTypes } from "./package/versions.ts";
import { print } from "./print.ts";
import { toPath } from "./to_path.ts";

/** A project with the package installed. */
export interface Consumer {
  /** Path of the project; imports of files in it find the package and what fixtures need. */
  readonly directory: string;
  /** Path of the packed package. */
  readonly tarball: string;
  /** The program of Node: GODWIT_NODE, or `node` in PATH. */
  readonly node: string;
  /** Path of the program of Bun. */
  readonly bun: string;
}

/** Builds, packs and installs what has changed since the last time. */
export async function prepareConsumer(): Promise<Consumer> {
  const versions = await fixtureVersions();
  const shared = await keyedFolder(
    new URL("dist/consumer/", projectRoot),
    await keyOf(JSON.stringify(versions)),
    (folder) => installPackages(folder, versions),
  );
  const key = await keyOf(...await buildInputs());
  const directory = await keyedFolder(shared, key, (folder) => fillConsumer(folder, key));
  const consumer = await describeConsumer(toPath(directory));
  await refuseMissingBun(consumer.bun);
  return consumer;
}

/** The project in a directory that `prepareConsumer` has made. */
export async function describeConsumer(directory: string): Promise<Consumer> {
  const folder = directory.replace(/\/$/, "");
  const shared = folder.slice(0, folder.lastIndexOf("/"));
  const { version } = await readConfig();
  const { os, arch } = Deno.build;
  return {
    directory: folder,
    tarball: `${folder}/godwit-io-${version}.tgz`,
    node: Deno.env.get("GODWIT_NODE") ?? "node",
    bun: `${shared}/node_modules/@oven/bun-${os}-${arch === "x86_64" ? "x64" : "aarch64"}/bin/bun`,
  };
}

/** Bun comes as one package for each kind of machine, which npm leaves out without a word. */
async function refuseMissingBun(path: string): Promise<void> {
  if (await Deno.stat(path).then((it) => it.isFile, () => false)) return;
  const { os, arch } = Deno.build;
  throw new Error(
    `Cannot find Bun ${bunVersion} for ${os}/${arch}: npm has not installed ${path}`,
  );
}

async function fillConsumer(folder: URL, key: string): Promise<void> {
  const built = await run(
    [Deno.execPath(), "run", "--frozen", "-A", "tools/build.ts", folder.href],
    projectRoot,
  );
  if (await keyOf(...await buildInputs()) !== key) {
    throw new Error("Cannot build the package: its sources changed in the meantime");
  }
  const tarball = built.trim().split("\n").at(-1) ?? "";
  const packages = { "@godwit/io": `file:${tarball}`, "@types/node": newestNodeTypes };
  await installPackages(folder, packages);
}

async function fixtureVersions(): Promise<Record<string, string>> {
  const { imports } = await readConfig();
  const pinned = fixtureImports.map((name) => {
    const version = imports[name]?.split("@").at(-1);
    if (version === undefined) throw new TypeError(`Cannot find "${name}" in deno.json`);
    return [name, version];
  });
  return { ...Object.fromEntries(pinned), bun: bunVersion };
}

/** The text of every file that the build reads. */
async function buildInputs(): Promise<readonly string[]> {
  const names = ["README.md", "CHANGELOG.md", "LICENSE", "deno.json", "tools/build.ts"];
  for (const folder of ["src", "tools/package"]) names.push(...await filesBelow(folder));
  const texts = names.sort().map(async (name) => {
    return `${name}\n${await Deno.readTextFile(new URL(name, projectRoot))}`;
  });
  return await Promise.all(texts);
}

async function filesBelow(folder: string): Promise<readonly string[]> {
  const files: string[] = [];
  for await (const entry of Deno.readDir(new URL(folder, projectRoot))) {
    const name = `${folder}/${entry.name}`;
    if (entry.isDirectory) files.push(...await filesBelow(name));
    else files.push(name);
  }
  return files;
}

if (import.meta.main) print((await prepareConsumer()).directory);

/**
 * How the client programs are built, one line a language: what must be there, how it is built, and what
 * runs it.
 *
 * Invariants
 * - What is built lies in `dist/interop/<language>/<key>/`, where the key follows from the content of
 *   the program's folder: nothing is built again while that stands as it is.
 * - Versions are pinned by the lock file of each folder; packages come by the ordinary client of each
 *   registry, which keeps its own cache.
 * - Builds run one after another: each may use the whole machine.
 */
import { keyedFolder, keyOf, run } from "../../tools/package/install.ts";
import { toPath } from "../../tools/to_path.ts";
import type { Client, LanguageName } from "./clients.ts";
import type { ClientCommand } from "./client_process.ts";

/** Path of a program, then its arguments. */
type Command = readonly [string, ...string[]];

/** A folder of sources, and where its result goes. */
interface Build {
  /** The program's folder. */
  readonly from: URL;
  /** An empty folder: what is in it afterwards is kept. */
  readonly to: URL;
  /** A folder that all builds of the language share, for what a compiler wants to find again. */
  readonly shared: URL;
}

/** How one language is built and run. */
interface Language {
  /** What must be there, each as a command that then succeeds. */
  readonly tools: readonly Command[];
  build(build: Build): Promise<unknown>;
  /** What runs the program that stands in `folder`, with the client's arguments. */
  command(folder: string, args: readonly string[]): Command;
}

const NODE = Deno.env.get("GODWIT_NODE") ?? "node";

const LANGUAGES: Readonly<Record<LanguageName, Language>> = {
  javascript: {
    tools: [[NODE, "--version"], ["npm", "--version"]],
    build: installJavaScript,
    command: (folder, [alias = ""]) => [NODE, `${folder}client.mjs`, alias],
  },
  python: {
    tools: [["python3", "-c", "import ensurepip, venv"]],
    build: installPython,
    command: (folder, [mode]) => [`${folder}venv/bin/python`, `${folder}client_${mode}.py`],
  },
  go: {
    tools: [["go", "version"]],
    build: ({ from, to }) => run(["go", "build", "-o", toPath(new URL("client", to)), "."], from),
    command: (folder) => [`${folder}client`],
  },
  rust: {
    tools: [["cargo", "--version"], ["pkg-config", "--exists", "openssl"]],
    build: buildRust,
    command: (folder) => [`${folder}client`],
  },
  java: {
    tools: [["java", "-version"], ["javac", "-version"], ["mvn", "--version"]],
    build: ({ from, to }) =>
      run(["mvn", "-q", "-B", `-DbuildDirectory=${toPath(to)}`, "package"], from),
    command: (folder, [version]) => ["java", "-jar", `${folder}client-${version}.jar`],
  },
};

const sources = new URL("clients/", import.meta.url);
const results = new URL("../../dist/interop/", import.meta.url);
const built = new Map<LanguageName, Promise<string>>();
let lastBuild: Promise<unknown> = Promise.resolve();

/** What of a language's tools is missing on this machine; undefined if nothing is. */
export async function missingTool(name: LanguageName): Promise<string | undefined> {
  for (const [program, ...args] of LANGUAGES[name].tools) {
    const found = await new Deno.Command(program, { args, stdout: "null", stderr: "null" })
      .output().then(({ success }) => success, () => false);
    if (!found) return `${program} ${args.join(" ")} cannot be run`;
  }
}

/** The command that runs a client's program, which is built if need be. */
export async function clientCommand({ language, args }: Client): Promise<ClientCommand> {
  const building = built.get(language) ?? buildNext(language);
  built.set(language, building);
  const folder = await building;
  return { command: LANGUAGES[language].command(folder, args), cwd: folder };
}

/** Builds a program when those before are done; a failure is its own alone. */
function buildNext(name: LanguageName): Promise<string> {
  const building = lastBuild.then(() => build(name));
  lastBuild = building.catch(() => {});
  return building;
}

async function build(name: LanguageName): Promise<string> {
  const from = new URL(`${name}/`, sources);
  const parent = new URL(`${name}/`, results);
  const folder = await keyedFolder(parent, await keyOfFolder(from), async (to) => {
    await LANGUAGES[name].build({ from, to, shared: new URL("shared/", parent) });
  });
  return toPath(folder);
}

/** A key for all files of a folder, and for this file, which says what becomes of them. */
async function keyOfFolder(folder: URL): Promise<string> {
  const files = [...await filesBelow(folder)].sort();
  const texts = files.map(async (file) => {
    return `${file}\n${await Deno.readTextFile(new URL(file, folder))}`;
  });
  return await keyOf(
    await Deno.readTextFile(new URL(import.meta.url)),
    ...await Promise.all(texts),
  );
}

/** Paths below a folder, without what compilers and editors leave there. */
async function filesBelow(folder: URL, prefix = ""): Promise<readonly string[]> {
  const files: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(new URL(prefix, folder))) {
    if (/^(?:\.|target$|node_modules$|__pycache__$)/.test(name)) continue;
    if (isDirectory) files.push(...await filesBelow(folder, `${prefix}${name}/`));
    else files.push(`${prefix}${name}`);
  }
  return files;
}

async function copyFolder(from: URL, to: URL): Promise<void> {
  for (const file of await filesBelow(from)) {
    await Deno.mkdir(new URL("./", new URL(file, to)), { recursive: true });
    await Deno.copyFile(new URL(file, from), new URL(file, to));
  }
}

async function installJavaScript({ from, to }: Build): Promise<void> {
  await copyFolder(from, to);
  // No script of a package is needed, and none runs. What is optional is so to the client of 1.3.7
  // alone, and would be found, and misunderstood, by the newer versions of its neighbours.
  const flags = ["--omit=optional", "--no-audit", "--no-fund", "--ignore-scripts"];
  await run(["npm", "ci", ...flags, "--prefer-offline"], to);
}

async function installPython({ from, to }: Build): Promise<void> {
  await copyFolder(from, to);
  await run(["python3", "-m", "venv", "venv"], to);
  const flags = ["--disable-pip-version-check", "--no-input", "--quiet", "--no-deps"];
  const python = toPath(new URL("venv/bin/python", to));
  await run([python, "-m", "pip", "install", ...flags, "-r", "requirements.txt"], to);
}

async function buildRust({ from, to, shared }: Build): Promise<void> {
  const target = toPath(new URL("target", shared));
  await run(["cargo", "build", "--quiet", "--release", "--locked", "--target-dir", target], from);
  await Deno.copyFile(`${target}/release/interop-client`, new URL("client", to));
}

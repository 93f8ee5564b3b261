/**
 * A project that has installed both packages and the compiler, and programs in it.
 *
 * Owns `dist/bench/types`: the project, and a folder for each program.
 *
 * Invariants
 * - All programs have the same compiler and settings; where `socket.io` leads to is for the caller to
 *   say.
 * - A program that does not compile is an error that shows what the compiler says.
 */
import { prepareConsumer } from "../../tools/consumer.ts";
import { projectRoot, readConfig } from "../../tools/dependencies.ts";
import { installPackages, keyedFolder, keyOf } from "../../tools/package/install.ts";
import { newestNodeTypes } from "../../tools/package/versions.ts";
import { toPath } from "../../tools/to_path.ts";

/** The declarations that `socket.io` leads to, by the package. */
export const DECLARATIONS = {
  "socket.io": "socket.io/dist/index.d.ts",
  "@godwit/io/node": "@godwit/io/node.d.ts",
  "@godwit/io/deno": "@godwit/io/deno.d.ts",
  "@godwit/io/bun": "@godwit/io/bun.d.ts",
} as const;

/** What the compiler counts; the first two are the same each time. */
const FIGURES = {
  types: "Types",
  instantiations: "Instantiations",
  memoryKb: "Memory used",
  checkSeconds: "Check time",
  totalSeconds: "Total time",
} as const;

/** What the compiler has counted. */
export type Figures = Record<keyof typeof FIGURES, number>;

/** The project. */
export interface Project {
  readonly root: URL;
  /** The program of Node, which runs the compiler. */
  readonly node: string;
  /** The versions of what was installed, but of the package itself. */
  readonly versions: Readonly<Record<string, string>>;
}

/** A program to compile. */
export interface Program {
  /** Names its folder; unlike that of any other program that is compiled at the same time. */
  readonly name: string;
  /** Its files by path. */
  readonly files: ReadonlyMap<string, string>;
  /** What imports lead to, below `node_modules`. */
  readonly paths: Readonly<Record<string, string>>;
  /** Whether declarations of packages are believed. */
  readonly skipLibCheck: boolean;
}

/** Installs both packages and the compiler, unless they are there. */
export async function prepareProject(): Promise<Project> {
  const { tarball, node } = await prepareConsumer();
  const { imports } = await readConfig();
  const pinned = ["socket.io", "typescript"].map((
    name,
  ) => [name, imports[name]?.split("@").at(-1)]);
  const versions = { ...Object.fromEntries(pinned), "@types/node": newestNodeTypes };
  const packages = { ...versions, "@godwit/io": `file:${tarball}` };
  const root = await keyedFolder(
    new URL("dist/bench/types/", projectRoot),
    await keyOf(JSON.stringify(packages)),
    (folder) => installPackages(folder, packages),
  );
  return { root, node, versions };
}

/** Writes a program; gives the path of its settings. */
export async function writeProgram({ root }: Project, program: Program): Promise<string> {
  const folder = new URL(`programs/${program.name.replaceAll(/[^\w.-]+/g, "-")}/`, root);
  await Deno.remove(folder, { recursive: true }).catch(ignoreMissing);
  for (const [path, text] of program.files) {
    const file = new URL(path, folder);
    await Deno.mkdir(new URL(".", file), { recursive: true });
    await Deno.writeTextFile(file, text);
  }
  const paths = Object.entries(program.paths).map(([name, path]) => {
    return [name, [`../../node_modules/${path}`]];
  });
  const compilerOptions = {
    target: "es2022",
    lib: ["es2023", "dom"],
    module: "esnext",
    moduleResolution: "bundler",
    allowImportingTsExtensions: true,
    strict: true,
    noEmit: true,
    skipLibCheck: program.skipLibCheck,
    types: ["node"],
    paths: Object.fromEntries(paths),
  };
  const config = JSON.stringify({ compilerOptions, include: ["**/*.ts"] }, undefined, 2);
  const file = new URL("tsconfig.json", folder);
  await Deno.writeTextFile(file, config);
  return toPath(file);
}

/**
 * Compiles a program once, by the path of its settings.
 *
 * @throws {Error} when it has errors
 */
export async function compileProgram({ root, node }: Project, settings: string): Promise<Figures> {
  const tsc = toPath(new URL("node_modules/typescript/bin/tsc", root));
  const { code, stdout } = await new Deno.Command(node, {
    args: [tsc, "-p", settings, "--extendedDiagnostics"],
    stdin: "null",
  }).output();
  const text = new TextDecoder().decode(stdout);
  if (code !== 0) throw new Error(`Cannot compile ${settings}:\n${text}`);
  const figures = Object.entries(FIGURES).map(([key, title]) => {
    const value = new RegExp(`^${title}: +([\\d.]+)(?:K|s)?$`, "m").exec(text)?.[1];
    if (value === undefined) throw new Error(`Cannot find "${title}" in:\n${text}`);
    return [key, Number(value)];
  });
  // Each key of FIGURES has its value.
  return Object.fromEntries(figures) as Figures;
}

function ignoreMissing(error: unknown): void {
  if (!(error instanceof Deno.errors.NotFound)) throw error;
}

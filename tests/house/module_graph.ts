/**
 * Who imports whom, read with `deno info --json`, and the rules that hold for it.
 *
 * Invariants
 * - Every import counts: type-only ones, re-exports, dynamic ones and `import()` types.
 * - Files are named by their path in the project; what lies outside keeps its specifier.
 * - The checks are functions of a graph, so that they can be shown to fail on a small one.
 */
import { externalImports, type Floor, floors, topFiles } from "./floors.ts";
import { projectRoot, runDeno } from "./project_files.ts";
import { toPath } from "../../tools/to_path.ts";

/** One import: of a file of the project, or of something outside. */
export interface Edge {
  readonly from: string;
  readonly to: string;
  readonly line: number;
}

/** Every file with its imports. */
export type ModuleGraph = ReadonlyMap<string, readonly Edge[]>;

interface InfoModule {
  readonly specifier: string;
  readonly error?: string;
  readonly dependencies?: readonly {
    readonly specifier: string;
    readonly code?: InfoTarget;
    readonly type?: InfoTarget;
  }[];
}

interface InfoTarget {
  readonly specifier?: string;
  readonly error?: string;
  readonly span: { readonly start: { readonly line: number } };
}

/** Reads the graph below the given files, with one call of `deno info`. */
export async function readGraph(files: readonly string[]): Promise<ModuleGraph> {
  const root = await Deno.makeTempFile({ prefix: "godwit-", suffix: ".ts" });
  try {
    const imports = files.map((file) =>
      `import ${JSON.stringify(new URL(file, projectRoot).href)};`
    );
    await Deno.writeTextFile(root, imports.join("\n"));
    const config = toPath(new URL("deno.json", projectRoot));
    const args = [
      "info",
      "--json",
      "--no-npm",
      "--no-lock",
      "--no-remote",
      "--config",
      config,
      root,
    ];
    const { code, stdout, stderr } = await runDeno(args);
    if (code !== 0) throw new Error(`Cannot read the module graph: ${stderr}`);
    return toGraph(JSON.parse(stdout).modules);
  } finally {
    await Deno.remove(root);
  }
}

function toGraph(modules: readonly InfoModule[]): ModuleGraph {
  const graph = new Map<string, readonly Edge[]>();
  for (const module of modules) {
    const from = projectPath(module.specifier);
    if (from === undefined || module.error !== undefined) continue;
    graph.set(from, (module.dependencies ?? []).map((it) => toEdge(from, it)));
  }
  return graph;
}

function toEdge(
  from: string,
  dependency: NonNullable<InfoModule["dependencies"]>[number],
): Edge {
  const target = dependency.code ?? dependency.type;
  const to = target?.specifier ?? dependency.specifier;
  return { from, to: projectPath(to) ?? to, line: (target?.span.start.line ?? 0) + 1 };
}

function projectPath(specifier: string): string | undefined {
  if (!specifier.startsWith(projectRoot.href)) return undefined;
  return decodeURIComponent(specifier.slice(projectRoot.href.length));
}

/** Every import of a project file that is not there, as a message naming the edge. */
export function missingFiles(graph: ModuleGraph): readonly string[] {
  return [...graph.values()].flat()
    .filter(({ to }) => !/^[a-z]+:/.test(to) && !graph.has(to))
    .map(({ from, to, line }) => `${from}:${line} imports ${to}, which does not exist`);
}

/** Every edge that the table of floors forbids, as a message naming the edge. */
export function forbiddenEdges(graph: ModuleGraph): readonly string[] {
  const faults: string[] = [];
  for (const edge of [...graph.values()].flat()) {
    const fault = edgeFault(edge);
    if (fault !== undefined) {
      faults.push(`${edge.from}:${edge.line} may not import ${edge.to}: ${fault}`);
    }
  }
  return faults;
}

function edgeFault({ from, to }: Edge): string | undefined {
  const folder = folderOf(from);
  const floor = floors.find((it) => it.folder === folder);
  const top = topFiles[from];
  if (floor === undefined && top === undefined) {
    return `there is no floor "${folder ?? from}" in tests/house/floors.ts`;
  }
  const target = folderOf(to);
  if (target === undefined) {
    const isAllowed = externalImports.some(({ files, specifiers }) =>
      files.test(from) && specifiers.test(to)
    );
    return isAllowed ? undefined : "the package has no dependencies";
  }
  if (floor === undefined) {
    return top?.includes(target) ? undefined : `${from} imports ${top?.join(", ")} only`;
  }
  return target === floor.folder ? neighbourFault(from, to) : floorFault(floor, target, to);
}

/** The entries know nothing of one another: what runs on one runtime may not even load on another. */
function neighbourFault(from: string, to: string): string | undefined {
  const [own, other] = [runtimeOf(from), runtimeOf(to)];
  return own === other ? undefined : `the entry "${own}" may not look at the entry "${other}"`;
}

function floorFault(floor: Floor, target: string, to: string): string | undefined {
  if (!floor.imports.includes(target)) return `"${floor.folder}" may not look at "${target}"`;
  if (floor.neverFiles?.includes(to)) return `"${floor.folder}" may not look at this file`;
  const only = floor.onlyFiles?.[target];
  if (only !== undefined && !only.includes(to)) {
    return `of "${target}", "${floor.folder}" may import ${only.join(" and ")} only`;
  }
  return undefined;
}

/** The entry that a file belongs to; undefined outside `src/runtime/`. */
function runtimeOf(file: string): string | undefined {
  return /^src\/runtime\/([^/.]+)/.exec(file)?.[1];
}

/** The folder of `src/` that holds a file; undefined for everything else. */
function folderOf(file: string): string | undefined {
  return /^src\/([^/]+)\//.exec(file)?.[1];
}

/** Every group of files that import one another in a circle; one that imports itself is a circle. */
export function findCycles(graph: ModuleGraph): readonly (readonly string[])[] {
  const reach = new Map([...graph.keys()].map((file) => [file, reachableFrom(graph, [file])]));
  const cycles: string[][] = [];
  const seen = new Set<string>();
  for (const file of graph.keys()) {
    if (seen.has(file) || !reach.get(file)?.has(file)) continue;
    const group = [...graph.keys()].filter((it) => {
      return reach.get(file)?.has(it) && reach.get(it)?.has(file);
    });
    for (const member of group) seen.add(member);
    cycles.push(group);
  }
  return cycles;
}

/** The files that some of the given ones import, directly or not. */
export function reachableFrom(graph: ModuleGraph, files: readonly string[]): ReadonlySet<string> {
  const found = new Set<string>();
  const open = [...files];
  for (let file = open.pop(); file !== undefined; file = open.pop()) {
    for (const { to } of graph.get(file) ?? []) {
      if (found.has(to)) continue;
      found.add(to);
      open.push(to);
    }
  }
  return found;
}

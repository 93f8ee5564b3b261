/**
 * Where the dependencies of tests and tools come from: JSR where it can be reached, the stand-ins
 * of `tests/npm-only/` where only npm can.
 *
 * Invariants
 * - `deno.json` is the only list of dependencies: the import map is derived from it at every run.
 * - npm packages are those of `deno.lock` either way, and no run writes to it: without JSR it is
 *   frozen; with JSR a copy is used, because the entries of JSR are not part of it (they could not be
 *   written where JSR is unreachable).
 * - Nothing in `src/` needs any of this: what the package imports is written there with its version.
 */

/** The part of `deno.json` that tools read. */
export interface ProjectConfig {
  readonly name: string;
  readonly version: string;
  readonly license: string;
  readonly exports: Readonly<Record<string, string>>;
  readonly imports: Readonly<Record<string, string>>;
}

/** What to add to a `deno` command line so that bare imports resolve. */
export interface Dependencies {
  /** One line for people: which set is used and why. */
  readonly description: string;
  readonly flags: readonly string[];
  /** Removes what was put aside for the run; call it when the command has ended. */
  release(): Promise<void>;
}

/** The directory of `deno.json`, ending in a slash. */
export const projectRoot: URL = new URL("../", import.meta.url);

/**
 * The stand-in file for each specifier that resolves to JSR. A `jsr:` import of `deno.json` without
 * an entry here stays unresolved where JSR is unreachable, and so does what imports it.
 */
export const standIns: Readonly<Record<string, string>> = {
  "@std/assert": "tests/npm-only/assert.ts",
  "@std/async": "tests/npm-only/async.ts",
};

/** Milliseconds to wait for JSR; a name that does not resolve answers at once. */
const probeTimeoutMs = 2_000;

/** Reads `deno.json`. */
export async function readConfig(root: URL = projectRoot): Promise<ProjectConfig> {
  return JSON.parse(await Deno.readTextFile(new URL("deno.json", root)));
}

/**
 * The import map for machines without JSR: npm specifiers as in `deno.json`, and subpaths of them,
 * `jsr:` specifiers replaced by their stand-ins, local ones made absolute.
 */
export function npmOnlyImportMap(
  imports: Readonly<Record<string, string>>,
  root: URL = projectRoot,
): { readonly imports: Readonly<Record<string, string>> } {
  const result: Record<string, string> = {};
  for (const [name, target] of Object.entries(imports)) {
    if (target.startsWith("jsr:")) continue;
    if (target.startsWith("npm:")) {
      result[name] = target;
      result[`${name}/`] = `npm:/${target.slice("npm:".length)}/`;
    } else {
      result[name] = new URL(target, root).href;
    }
  }
  for (const [name, file] of Object.entries(standIns)) result[name] = new URL(file, root).href;
  return { imports: result };
}

/** Tells whether the registry answers for `@std/assert` within two seconds. */
export async function canReachJsr(registry: string): Promise<boolean> {
  const probe = new URL(
    "@std/assert/meta.json",
    registry.endsWith("/") ? registry : `${registry}/`,
  );
  try {
    const response = await fetch(probe, { signal: AbortSignal.timeout(probeTimeoutMs) });
    await response.body?.cancel();
    return response.ok;
  } catch {
    return false;
  }
}

/** Decides where dependencies come from, and what the command line has to say about it. */
export async function prepareDependencies(): Promise<Dependencies> {
  const registry = Deno.env.get("JSR_URL") ?? "https://jsr.io";
  if (await canReachJsr(registry)) return await withJsr(registry);
  const map = JSON.stringify(npmOnlyImportMap((await readConfig()).imports));
  return {
    description: `dependencies: npm and tests/npm-only (${registry} cannot be reached)`,
    flags: ["--frozen", `--import-map=data:application/json,${encodeURIComponent(map)}`],
    release: () => Promise.resolve(),
  };
}

async function withJsr(registry: string): Promise<Dependencies> {
  const lock = await Deno.makeTempFile({ prefix: "godwit-", suffix: ".lock" });
  await Deno.copyFile(new URL("deno.lock", projectRoot), lock);
  return {
    description: `dependencies: npm and ${registry}`,
    flags: [`--lock=${lock}`, "--frozen=false"],
    release: () => Deno.remove(lock),
  };
}

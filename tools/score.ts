/**
 * `deno task score`: the part of JSR's package score that can be known before publishing.
 *
 * Invariants
 * - The rules and points are those of the registry's own source (`ApiPackageScore`, 17 points are
 *   100 %): symbols count once per declaration and entry, 80 % documented gives all five points.
 * - What only the registry knows (provenance, runtimes and description, which are settings of the
 *   package there) is listed and never counted.
 * - The exit code is 0 only if every point that can be had offline is there.
 */
import { type DocModule, readDocumentation } from "./api_surface.ts";
import { projectRoot, readConfig } from "./dependencies.ts";
import { print } from "./print.ts";
import { isNode } from "./type_text.ts";

/** One line of the score. */
interface Factor {
  readonly name: string;
  readonly points: number;
  readonly outOf: number;
  readonly detail?: string;
}

/** What the score is computed from. */
export interface ScoreInput {
  /** The text of the README, if there is one. */
  readonly readme: string | undefined;
  /** The documentation of each entry of `exports`, by its name; "." is the main one. */
  readonly modules: ReadonlyMap<string, DocModule>;
  /** Whether publishing found no slow types. */
  readonly fastTypes: boolean;
}

/** The factors that can be computed without the registry. */
export function offlineScore(input: ScoreInput): readonly Factor[] {
  const main = input.modules.get(".");
  const comments = [...input.modules].filter(([name, module]) =>
    module.comment === "" && !(name === "." && input.readme !== undefined)
  ).map(([name]) => name);
  const hasReadme = input.readme !== undefined || (main?.comment ?? "") !== "";
  const hasExamples = `${input.readme ?? ""}${main?.comment ?? ""}`.includes("```");
  return [
    { name: "README or module documentation", points: hasReadme ? 2 : 0, outOf: 2 },
    { name: "examples in it", points: hasExamples ? 1 : 0, outOf: 1 },
    {
      name: "module documentation on every entry",
      points: comments.length === 0 ? 1 : 0,
      outOf: 1,
      ...(comments.length === 0 ? {} : { detail: `missing on ${comments.join(", ")}` }),
    },
    documentedSymbols(input.modules),
    { name: "no slow types", points: input.fastTypes ? 5 : 0, outOf: 5 },
  ];
}

function documentedSymbols(modules: ReadonlyMap<string, DocModule>): Factor {
  let total = 0;
  const missing: string[] = [];
  for (const [entry, module] of modules) {
    for (const symbol of module.symbols) {
      for (const declaration of symbol.declarations) {
        total++;
        if (!isNode(declaration.jsDoc)) missing.push(`${entry} ${symbol.name}`);
      }
    }
  }
  const share = total === 0 ? 1 : (total - missing.length) / total;
  const list = missing.length === 0 ? "" : `; without: ${missing.join(", ")}`;
  return {
    name: "documented symbols",
    points: Math.floor(Math.min(share / 0.8, 1) * 5),
    outOf: 5,
    detail: `${total - missing.length} of ${total}, ${Math.floor(share * 100)} %${list}`,
  };
}

async function hasFastTypes(): Promise<boolean> {
  const { code, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["publish", "--dry-run", "--allow-dirty"],
    cwd: projectRoot,
  }).output();
  if (code !== 0) print(new TextDecoder().decode(stderr));
  return code === 0;
}

async function main(): Promise<number> {
  const config = await readConfig();
  const modules = new Map<string, DocModule>();
  for (const [name, file] of Object.entries(config.exports)) {
    modules.set(name, await readDocumentation(new URL(file, projectRoot)));
  }
  const readme = await Deno.readTextFile(new URL("README.md", projectRoot))
    .catch(() => undefined);
  const factors = offlineScore({ readme, modules, fastTypes: await hasFastTypes() });
  for (const factor of factors) {
    const detail = factor.detail === undefined ? "" : ` (${factor.detail})`;
    print(`${factor.points} of ${factor.outOf}  ${factor.name}${detail}`);
  }
  print("-       description: a setting of the package on JSR (1 point)");
  print("-       compatible runtimes: a setting of the package on JSR (2 points)");
  print("-       provenance: given when published from a trusted CI (1 point)");
  const points = factors.reduce((sum, factor) => sum + factor.points, 0);
  const possible = factors.reduce((sum, factor) => sum + factor.outOf, 0);
  print(`${points} of the ${possible} points that can be known offline; 17 are 100 %`);
  return points === possible ? 0 : 1;
}

if (import.meta.main) Deno.exit(await main());

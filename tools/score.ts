/**
 * `deno task score`: the part of JSR's package score that can be known before publishing.
 *
 * Invariants
 * - The rules and points are those of the registry's own source (`ApiPackageScore`, 17 points are
 *   100 %): symbols count once per declaration and entry, 80 % documented gives all five points.
 * - What only the registry knows is listed, and printed as such. Its settings of the package
 *   (description, runtimes) are made once and expected; provenance is not.
 * - The exit code is 0 only if at least 17 of the 18 points are to be expected: that takes every point
 *   that can be known offline.
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

/** Points for what is not in the package. */
interface RegistryFactor {
  readonly name: string;
  readonly points: number;
  readonly source: string;
  /** Whether it is a matter of settings, not of how the package was published. */
  readonly isExpected: boolean;
}

/** The factors that only the registry knows. */
const registryFactors: readonly RegistryFactor[] = [
  { name: "description", points: 1, source: "a setting of the package on JSR", isExpected: true },
  {
    name: "compatible runtimes, two or more",
    points: 2,
    source: "a setting of the package on JSR",
    isExpected: true,
  },
  {
    name: "provenance",
    points: 1,
    source: "given when published from a trusted CI",
    isExpected: false,
  },
];

/** The least that is good enough: what JSR shows as 100 %. */
const WANTED_POINTS = 17;

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

/** What JSR will show, as far as can be known, and whether that is good enough. */
export function expectedScore(
  factors: readonly Pick<Factor, "points" | "outOf">[],
): { readonly points: number; readonly outOf: number; readonly isEnough: boolean } {
  const settings = registryFactors.filter(({ isExpected }) => isExpected);
  const points = sum([...factors, ...settings].map((factor) => factor.points));
  const outOf = sum(factors.map((factor) => factor.outOf)) +
    sum(registryFactors.map((factor) => factor.points));
  return { points, outOf, isEnough: points >= WANTED_POINTS };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
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
  for (const { name, points, source } of registryFactors) {
    print(`? of ${points}  ${name} (not known offline: ${source})`);
  }
  const known = sum(factors.map((factor) => factor.points));
  const knowable = sum(factors.map((factor) => factor.outOf));
  const { points, outOf, isEnough } = expectedScore(factors);
  print(`${known} of the ${knowable} points that can be known offline`);
  print(`${points} of ${outOf} with the settings on JSR; ${WANTED_POINTS} are 100 %, and wanted`);
  return isEnough ? 0 : 1;
}

if (import.meta.main) Deno.exit(await main());

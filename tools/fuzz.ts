/**
 * `deno task fuzz [--seconds N] [--seed S] [--keep] [--replay FILE] [target …]`: tries random inputs on
 * the decoders, guided by the branches that they reach.
 *
 * - `--seconds`: how long in all, 60 by default; each target gets its share.
 * - `--seed`: what the inputs are made from, another each time by default; it is printed.
 * - `--keep`: adds inputs that reach new branches to the corpus, the shortest that will do.
 * - `--replay`: runs one input on one target, and prints what comes of it.
 *
 * Invariants
 * - The exit code is 0 only if no promise was broken. An input that broke one is in the corpus, with
 *   the command that replays it.
 */
import { BlockCoverage, type SourceReport } from "../tests/fuzz/block_coverage.ts";
import { readCorpus, saveInput } from "../tests/fuzz/corpus.ts";
import { Fuzzer, type FuzzResult, isSlow } from "../tests/fuzz/fuzzer.ts";
import { isGuide, isMeasured, nameOf } from "../tests/fuzz/measured.ts";
import { Minimiser } from "../tests/fuzz/minimise.ts";
import { SeededRandom } from "../tests/fuzz/random.ts";
import type { FuzzTarget } from "../tests/fuzz/target.ts";
import { projectRoot } from "./dependencies.ts";
import { print } from "./print.ts";

/** What the command line asks for. */
export interface FuzzArguments {
  readonly seconds: number;
  readonly seed: number;
  readonly keeps: boolean;
  readonly replay: string | undefined;
  readonly names: readonly string[];
}

/**
 * Reads the command line.
 *
 * @throws {TypeError} when it is not understood
 */
export function readArguments(args: readonly string[]): FuzzArguments {
  const names: string[] = [];
  const given = new Map<string, string>();
  for (let index = 0; index < args.length; index++) {
    const word = args[index] ?? "";
    if (!word.startsWith("--")) names.push(word);
    else if (word === "--keep") given.set(word, "");
    else {
      const [name = "", value = args[++index]] = word.split("=", 2);
      if (!["--seconds", "--seed", "--replay"].includes(name) || value === undefined) {
        throw new TypeError(`Cannot fuzz: ${word} is not an option, or has no value`);
      }
      given.set(name, value);
    }
  }
  return {
    seconds: numberOf("--seconds", given.get("--seconds") ?? "60"),
    seed: numberOf("--seed", given.get("--seed") ?? String(Math.floor(Math.random() * 2 ** 31))),
    keeps: given.has("--keep"),
    replay: given.get("--replay"),
    names,
  };
}

function numberOf(name: string, text: string): number {
  if (/^\d{1,10}$/.test(text)) return Number(text);
  throw new TypeError(`Cannot fuzz: ${name} must be a whole number, found "${text}"`);
}

function choose(targets: readonly FuzzTarget[], names: readonly string[]): readonly FuzzTarget[] {
  for (const name of names) {
    if (targets.some((target) => target.name === name)) continue;
    const known = targets.map((target) => target.name).join(", ");
    throw new TypeError(`Cannot fuzz "${name}": the targets are ${known}`);
  }
  return targets.filter(({ name }) => names.length === 0 || names.includes(name));
}

async function replay(target: FuzzTarget, file: string): Promise<boolean> {
  try {
    await target.run(await Deno.readFile(file));
    print(`${target.name}: the promise holds`);
    return true;
  } catch (error) {
    print(`${target.name}: ${error instanceof Error ? error.stack : String(error)}`);
    return false;
  }
}

async function reportFailures(name: string, { failures }: FuzzResult): Promise<void> {
  for (const { input, error } of failures) {
    const file = await saveInput(name, input, "failure-");
    const path = file.href.slice(projectRoot.href.length);
    print(`\nFAILED ${name}: ${error instanceof Error ? error.stack : String(error)}`);
    print(`  saved as ${path}; again: deno task fuzz --replay ${path} ${name}`);
  }
}

function resultLine(name: string, result: FuzzResult): string {
  const { executions, ms, failures, found, slowest } = result;
  const rate = Math.round(executions / ms * 1_000);
  const slow = isSlow(result)
    ? `, SLOW: ${Math.round(slowest.ms)} ms for ${slowest.input.length} bytes`
    : "";
  return `${name.padEnd(14)} ${String(executions).padStart(8)} executions ${
    String(rate).padStart(6)
  }/s  ${failures.length} failures, ${found.length} new inputs${slow}`;
}

function printCoverage(reports: readonly SourceReport[]): void {
  const rows = reports.filter(({ url }) => isMeasured(url));
  print("\nBranches                              reached     of");
  for (const { url, reached, branches } of rows) {
    const percent = (100 * reached / branches).toFixed(1).padStart(5);
    print(
      `  ${nameOf(url).padEnd(34)} ${String(reached).padStart(7)} ${
        String(branches).padStart(6)
      } ${percent} %`,
    );
  }
  const reached = rows.reduce((sum, row) => sum + row.reached, 0);
  const branches = rows.reduce((sum, row) => sum + row.branches, 0);
  print(`  all of them: ${reached} of ${branches}, ${(100 * reached / branches).toFixed(1)} %`);
  const missing = rows.flatMap((row) => row.missing.map((it) => `  ${nameOf(row.url)}:${it}`));
  if (missing.length > 0) print(`\nNot reached\n${missing.join("\n")}`);
}

/** Fuzzes what was chosen; whether all promises were kept. */
async function fuzz(
  { seconds, seed, keeps, replay: file, names }: FuzzArguments,
): Promise<boolean> {
  const coverage = await BlockCoverage.start(isGuide);
  // Loaded now, so that their functions are counted from the first.
  const { TARGETS } = await import("../tests/fuzz/targets.ts");
  const targets = choose(TARGETS, names);
  const [first] = targets;
  if (file !== undefined && first !== undefined) return await replay(first, file);
  print(`seed ${seed}, ${seconds} s for ${targets.length} targets`);
  const shareMs = seconds * 1_000 / targets.length;
  let hasFailed = false;
  for (const target of targets) {
    const end = performance.now() + shareMs;
    const corpus = (await readCorpus(target.name)).map(({ input }) => input);
    const isOver = (): boolean => performance.now() >= end;
    const random = new SeededRandom(seed);
    const result = await new Fuzzer(target, { corpus, random, isOver, coverage }).run();
    print(resultLine(target.name, result));
    await reportFailures(target.name, result);
    hasFailed ||= result.failures.length > 0;
    if (!keeps) continue;
    const chosen = await new Minimiser(target, coverage).choose(corpus, result.found);
    for (const input of chosen) await saveInput(target.name, input);
    print(`  kept ${chosen.length} of them`);
  }
  printCoverage(await coverage.report());
  await coverage.stop();
  return !hasFailed;
}

if (import.meta.main) Deno.exit(await fuzz(readArguments(Deno.args)) ? 0 : 1);

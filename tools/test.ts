/**
 * `deno task test [stage …] [flags of deno test] [-- arguments for the tests]`: runs the test
 * stages and sums them up.
 *
 * Invariants
 * - The last line is `N passed, N failed`, alone; the exit code is 0 only if nothing failed.
 * - A stage that ran no test, was ended at its limit or did not get as far as a summary (a type
 *   error, a crash) counts as one failure: nothing passes by not running.
 * - A stage whose needs are not met does not run, and says why: see `needs.ts`.
 * - What failed is told once more before the sums.
 * - Three stages run at a time: one prints as it goes, cheapest first; two beside it print when it is
 *   done what they have to say, those that mostly wait first, then the costliest of the others.
 * - A stage that runs on demand is left out, with a line that says so, when none is named; not in CI.
 */
import { failuresOf, lastLines, uncoloured } from "./failures.ts";
import { type Dependencies, prepareDependencies, projectRoot } from "./dependencies.ts";
import { Needs, type Unmet } from "./needs.ts";
import { minutes, print, writeAll } from "./print.ts";
import { type Stage, stages } from "./stages.ts";

/** What a stage came to. */
export interface StageResult {
  readonly passed: number;
  readonly failed: number;
  readonly ignored: number;
  readonly ms: number;
  /** Why it failed or was skipped, where the output of the tests does not say so. */
  readonly note?: string;
  /** What to tell once more of its failures. */
  readonly failures?: readonly string[];
}

/** What is handed to `deno test`, and after `--` to the tests. */
interface StageArgs {
  readonly flags: readonly string[];
  readonly testArgs: readonly string[];
}

/** What all stages of a run share. */
interface Run {
  readonly args: StageArgs;
  /** Whether the types of all files are known to be right. */
  readonly areChecked: boolean;
  readonly needs: Needs;
}

/** What the command line asks for. */
interface Choice extends StageArgs {
  readonly chosen: readonly Stage[];
  /** Stages that have to be named. */
  readonly leftOut: readonly Stage[];
}

type Counts = Pick<StageResult, "passed" | "failed" | "ignored">;

const summary = /^(?:ok|FAILED) \| (\d+) passed\b.*? \| (\d+) failed\b(.*)$/gm;

/** Reads the counts from the last summary line in the output of `deno test`. */
export function readSummary(output: string): Counts | undefined {
  const last = [...uncoloured(output).matchAll(summary)].at(-1);
  if (last === undefined) return undefined;
  const ignored = /\| (\d+) ignored/.exec(last[3] ?? "");
  return { passed: Number(last[1]), failed: Number(last[2]), ignored: Number(ignored?.[1] ?? 0) };
}

/** Judges a finished stage: counts as printed, and a failure where they cannot be trusted. */
export function judgeStage(
  counts: Counts | undefined,
  exitCode: number,
): Omit<StageResult, "ms"> {
  if (counts === undefined) {
    return { passed: 0, failed: 1, ignored: 0, note: "ended without a summary" };
  }
  if (counts.passed + counts.failed === 0) return { ...counts, failed: 1, note: "ran no test" };
  if (exitCode !== 0 && counts.failed === 0) {
    return { ...counts, failed: 1, note: `exit code ${exitCode}` };
  }
  return counts;
}

/** The line that ends a run. */
export function closingLine(results: readonly StageResult[]): string {
  const passed = results.reduce((sum, result) => sum + result.passed, 0);
  const failed = results.reduce((sum, result) => sum + result.failed, 0);
  return `${passed} passed, ${failed} failed`;
}

/** The result of a stage that cannot run. */
export function unmet({ reason, isFailure }: Unmet, write: Write = writeAll): StageResult {
  const how = isFailure ? "not run" : "skipped";
  write(new TextEncoder().encode(`${how}: ${reason}\n`));
  const note = `${how}: ${reason.split("\n", 1)[0]}`;
  const skipped = { passed: 0, failed: 0, ignored: 0, ms: 0, note };
  return isFailure ? { ...skipped, failed: 1, failures: lastLines(reason) } : skipped;
}

/** Where the output of a stage goes. */
type Write = (chunk: Uint8Array) => void;

async function runStage(
  stage: Stage,
  run: Run,
  write: Write,
): Promise<StageResult> {
  const met = await run.needs.meet(stage.needs ?? []);
  if ("reason" in met) return unmet(met, write);
  const startedAt = performance.now();
  const child = new Deno.Command(Deno.execPath(), {
    args: ["test", ...argumentsOf(stage, run)],
    cwd: projectRoot,
    env: met.environment,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  let late = false;
  const outputs = [child.stdout.getReader(), child.stderr.getReader()] as const;
  const limit = setTimeout(() => {
    late = true;
    // What the stage has started may outlive it, and hold its output open.
    for (const reader of outputs) reader.cancel().catch(() => {});
    endProcess(child);
  }, stage.limitMinutes * 60_000);
  const [output = "", diagnostics = ""] = await Promise.all(
    outputs.map((reader) => relay(reader, write)),
  );
  const { code } = await child.status;
  clearTimeout(limit);
  const ms = performance.now() - startedAt;
  const note = `ended after ${stage.limitMinutes} min`;
  const judged = late
    ? { passed: 0, failed: 1, ignored: 0, note }
    : judgeStage(readSummary(output), code);
  if (judged.failed === 0) return { ...judged, ms };
  return { ...judged, ms, failures: failuresOf(output, diagnostics) };
}

/** What `deno test` is to do for a stage. */
export function argumentsOf(
  { flags, paths }: Stage,
  { args, areChecked }: Pick<Run, "args" | "areChecked">,
): readonly string[] {
  // Code in comments is checked by nobody else.
  const check = areChecked && !flags.includes("--doc") ? ["--no-check"] : [];
  return ["--no-prompt", ...args.flags, ...check, ...flags, ...paths, "--", ...args.testArgs];
}

/** Copies a child's output as it comes, and returns it. */
async function relay(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  write: Write,
): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    write(next.value);
    text += decoder.decode(next.value, { stream: true });
  }
  return text;
}

function endProcess(child: Deno.ChildProcess): void {
  try {
    child.kill("SIGKILL");
  } catch {
    // It has ended by itself.
  }
}

/** Runs a stage; one that cannot be run at all has failed, and the others go on. */
async function tryStage(stage: Stage, run: Run, write: Write): Promise<StageResult> {
  try {
    return await runStage(stage, run, write);
  } catch (error) {
    const note = `cannot be run: ${error instanceof Error ? error.message : String(error)}`;
    return { passed: 0, failed: 1, ignored: 0, ms: 0, note };
  }
}

function reportLine(stage: Stage, result: StageResult): string {
  const ignored = result.ignored > 0 ? `, ${result.ignored} ignored` : "";
  const note = result.note === undefined ? "" : ` (${result.note})`;
  const counts = `${result.passed} passed, ${result.failed} failed${ignored}`;
  return `  ${stage.name.padEnd(12)} ${minutes(result.ms).padStart(9)}  ${counts}${note}`;
}

/** Splits the arguments into stage names, flags for `deno test` and, after `--`, for the tests. */
export function chooseStages(
  args: readonly string[],
  table: readonly Stage[],
  isCi: boolean = Deno.env.get("CI") === "true",
): Choice {
  const end = args.includes("--") ? args.indexOf("--") : args.length;
  const own = args.slice(0, end);
  const names = own.filter((arg) => !arg.startsWith("-"));
  for (const name of names) {
    if (!table.some((stage) => stage.name === name)) {
      throw new TypeError(
        `Cannot run stage "${name}": the stages are ${table.map((it) => it.name).join(", ")}`,
      );
    }
  }
  const isLeftOut = (stage: Stage): boolean =>
    names.length === 0 && !isCi && stage.onDemand !== undefined;
  const chosen = table.filter(({ name }) => names.length === 0 || names.includes(name));
  return {
    chosen: chosen.filter((stage) => !isLeftOut(stage)),
    leftOut: chosen.filter(isLeftOut),
    flags: own.filter((arg) => arg.startsWith("-")),
    testArgs: args.slice(end + 1),
  };
}

/** The stages that wait for their turn. */
export class StageQueue {
  readonly #shown: Stage[];
  readonly #beside: Stage[];

  constructor(chosen: readonly Stage[]) {
    this.#shown = chosen.filter((stage) => !stage.mostlyWaits);
    this.#beside = chosen.filter((stage) => stage.mostlyWaits);
  }

  /** The next stage to print as it goes: the cheapest first, of those that mostly wait the last. */
  next(): Stage | undefined {
    return this.#shown.shift() ?? this.#beside.shift();
  }

  /** The next to run beside: what mostly waits first, then what has most to do. */
  nextBeside(): Stage | undefined {
    const costliest = this.#shown.findLastIndex((stage) => !stage.keepsBusy);
    return this.#beside.shift() ?? this.#shown.splice(costliest, costliest < 0 ? 0 : 1)[0];
  }
}

/** Stages that run beside the one that prints as it goes. */
const BESIDE_AT_ONCE = 2;

/** What a stage came to that has not printed yet. */
interface Unprinted {
  readonly stage: Stage;
  readonly result: StageResult;
  readonly chunks: readonly Uint8Array[];
}

/** Runs stages beside the one that prints as it goes, and keeps what they print. */
async function runBeside(queue: StageQueue, run: Run): Promise<readonly Unprinted[]> {
  const finished: Unprinted[] = [];
  const lane = async (): Promise<void> => {
    for (let stage = queue.nextBeside(); stage !== undefined; stage = queue.nextBeside()) {
      const chunks: Uint8Array[] = [];
      const result = await tryStage(stage, run, (chunk) => void chunks.push(chunk));
      finished.push({ stage, result, chunks });
    }
  };
  await Promise.all(Array.from({ length: BESIDE_AT_ONCE }, lane));
  return finished;
}

function titleOf({ name, paths }: Stage): string {
  return `\n--- ${name}: ${paths.join(" ")}`;
}

/** Runs stages; what they came to is in the order of the table. */
async function runStages(chosen: readonly Stage[], run: Run): Promise<Map<Stage, StageResult>> {
  const queue = new StageQueue(chosen);
  const results = new Map<Stage, StageResult>();
  let stage = queue.next();
  const beside = runBeside(queue, run);
  for (; stage !== undefined; stage = queue.next()) {
    print(titleOf(stage));
    results.set(stage, await tryStage(stage, run, writeAll));
  }
  for (const { stage, result, chunks } of await beside) {
    print(titleOf(stage));
    for (const chunk of chunks) writeAll(chunk);
    results.set(stage, result);
  }
  return new Map([...results].sort(([a], [b]) => chosen.indexOf(a) - chosen.indexOf(b)));
}

/**
 * Checks all files at once, which takes a quarter of what stages take that each check their own. Where
 * it finds something they do so, and those that it concerns fail.
 */
async function checkTypes({ flags }: Dependencies): Promise<boolean> {
  const args = ["check", "--quiet", ...flags, "."];
  const command = new Deno.Command(Deno.execPath(), { args, cwd: projectRoot, stdin: "null" });
  const { success } = await command.output();
  print(success ? "the types of all files are checked" : "not all types are right: stages tell");
  return success;
}

async function runAll(words: readonly string[], dependencies: Dependencies): Promise<boolean> {
  const { chosen, leftOut, flags, testArgs } = chooseStages(words, stages);
  const args = { flags: [...dependencies.flags, ...flags], testArgs };
  const needs = new Needs();
  if (chosen.some((stage) => stage.needs?.includes("package"))) void needs.meet(["package"]);
  const isAsked = chosen.length > 1 && !flags.some((flag) => /^--(?:no-)?check/.test(flag));
  const areChecked = isAsked && await checkTypes(dependencies);
  for (const { name, onDemand } of leftOut) print(`left out: ${name}, which ${onDemand}`);
  const results = await runStages(chosen, { args, needs, areChecked });
  for (const [{ name }, { failures }] of results) {
    if (failures === undefined) continue;
    print(`\nFailures of ${name}\n`);
    for (const line of failures) print(line);
  }
  const report = [...results].map(([stage, result]) => reportLine(stage, result));
  print("\nStages");
  for (const line of report) print(line);
  for (const { name, onDemand } of leftOut) print(`  ${name.padEnd(12)} left out: ${onDemand}`);
  print();
  print(closingLine([...results.values()]));
  return [...results.values()].every((result) => result.failed === 0);
}

if (import.meta.main) {
  const dependencies = await prepareDependencies();
  print(dependencies.description);
  const passed = await runAll(Deno.args, dependencies);
  await dependencies.release();
  Deno.exit(passed ? 0 : 1);
}

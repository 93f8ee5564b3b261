/**
 * `deno task ci`: everything that must hold before a change is merged, cheapest first.
 *
 * Invariants
 * - Every step runs, whatever the ones before came to. The last line is `N passed, N failed`: the
 *   sums of the tests, and one more failure for each step before them that failed.
 * - The last lines of a step that failed are printed once more before the end; what failed in the tests
 *   is told by `test.ts`.
 * - `.ci/run` prepares a bare machine and then runs exactly this.
 */
import { projectRoot } from "./dependencies.ts";
import { lastLines } from "./failures.ts";
import { minutes, print, writeAll } from "./print.ts";

/** A task of `deno.json` to run. */
const steps: readonly string[] = ["check", "publish:dry", "score", "bench:smoke"];

const closing = /^(\d+) passed, (\d+) failed$/;

interface StepResult {
  readonly task: string;
  readonly code: number;
  readonly ms: number;
  readonly lastLine: string;
  /** The last lines of both streams. */
  readonly tail: readonly string[];
}

/** Characters of each stream that are kept. */
const KEPT_CHARS = 20_000;

async function runTask(task: string): Promise<StepResult> {
  print(`\n=== deno task ${task}`);
  const startedAt = performance.now();
  const child = new Deno.Command(Deno.execPath(), {
    args: ["task", "--quiet", task],
    cwd: projectRoot,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const [stdout, stderr] = await Promise.all([relay(child.stdout), relay(child.stderr)]);
  const { code } = await child.status;
  const ms = performance.now() - startedAt;
  const lastLine = lastLines(stdout).at(-1) ?? "";
  return { task, code, ms, lastLine, tail: [...lastLines(stdout), ...lastLines(stderr)] };
}

/** Copies what a step prints as it comes, and returns the end of it. */
async function relay(stream: ReadableStream<Uint8Array>): Promise<string> {
  const decoder = new TextDecoder();
  let kept = "";
  for await (const chunk of stream) {
    writeAll(chunk);
    kept = (kept + decoder.decode(chunk, { stream: true })).slice(-KEPT_CHARS);
  }
  return kept;
}

const results: StepResult[] = [];
for (const step of steps) results.push(await runTask(step));
const tests = await runTask("test");
const counts = closing.exec(tests.lastLine);
const broken = results.filter((result) => result.code !== 0).length;
const passed = Number(counts?.[1] ?? 0);
const failed = Number(counts?.[2] ?? 1) + broken;

for (const { task, code, tail } of results) {
  if (code === 0) continue;
  print(`\n--- deno task ${task}: failed`);
  for (const line of tail) print(line);
}
print("\nSteps");
for (const { task, code, ms } of [...results, tests]) {
  print(`  ${task.padEnd(12)} ${minutes(ms).padStart(9)}  ${code === 0 ? "ok" : "FAILED"}`);
}
print();
print(`${passed} passed, ${failed} failed`);
Deno.exit(failed === 0 && tests.code === 0 ? 0 : 1);

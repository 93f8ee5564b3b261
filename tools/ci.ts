/**
 * `deno task ci`: everything that must hold before a change is merged, cheapest first.
 *
 * Invariants
 * - Every step runs, whatever the ones before came to. The last line is `N passed, N failed`: the
 *   sums of the tests, and one more failure for each step before them that failed.
 * - `.ci/run` prepares a bare machine and then runs exactly this.
 */
import { projectRoot } from "./dependencies.ts";
import { minutes, print, writeAll } from "./print.ts";

/** A task of `deno.json` to run. */
const steps: readonly string[] = ["check", "publish:dry", "score", "bench:smoke"];

const closing = /^(\d+) passed, (\d+) failed$/;

interface StepResult {
  readonly task: string;
  readonly code: number;
  readonly ms: number;
  readonly lastLine: string;
}

async function runTask(task: string): Promise<StepResult> {
  print(`\n=== deno task ${task}`);
  const startedAt = performance.now();
  const child = new Deno.Command(Deno.execPath(), {
    args: ["task", "--quiet", task],
    cwd: projectRoot,
    stdin: "null",
    stdout: "piped",
  }).spawn();
  const decoder = new TextDecoder();
  let tail = "";
  for await (const chunk of child.stdout) {
    writeAll(chunk);
    tail = (tail + decoder.decode(chunk, { stream: true })).slice(-1_000);
  }
  const { code } = await child.status;
  const lastLine = tail.trimEnd().split("\n").at(-1) ?? "";
  return { task, code, ms: performance.now() - startedAt, lastLine };
}

const results: StepResult[] = [];
for (const step of steps) results.push(await runTask(step));
const tests = await runTask("test");
const counts = closing.exec(tests.lastLine);
const broken = results.filter((result) => result.code !== 0).length;
const passed = Number(counts?.[1] ?? 0);
const failed = Number(counts?.[2] ?? 1) + broken;

print("\nSteps");
for (const { task, code, ms } of [...results, tests]) {
  print(`  ${task.padEnd(12)} ${minutes(ms).padStart(9)}  ${code === 0 ? "ok" : "FAILED"}`);
}
print();
print(`${passed} passed, ${failed} failed`);
Deno.exit(failed === 0 && tests.code === 0 ? 0 : 1);

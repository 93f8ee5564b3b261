/**
 * `deno task check`: format, lint, types and documentation, cheapest first.
 *
 * Invariants
 * - Every step runs, whatever the ones before came to; the exit code is 0 only if all passed.
 * - Nothing is changed: `deno fmt` is the command that writes.
 */
import { prepareDependencies, readConfig } from "./dependencies.ts";
import { runDeno } from "./deno.ts";
import { minutes, print } from "./print.ts";

interface Step {
  readonly name: string;
  readonly run: () => Promise<number>;
}

const dependencies = await prepareDependencies();
const entries = Object.values((await readConfig()).exports);
const steps: readonly Step[] = [
  { name: "deno fmt --check", run: () => runDeno("fmt", [], ["--check"]) },
  { name: "deno lint", run: () => runDeno("lint", [], []) },
  { name: "deno check .", run: () => runDeno("check", ["."], dependencies.flags) },
  { name: "deno doc --lint", run: () => runDeno("doc", entries, ["--lint"]) },
];

print(dependencies.description);
let failures = 0;
for (const step of steps) {
  print(`\n--- ${step.name}`);
  const startedAt = performance.now();
  const code = await step.run();
  if (code !== 0) failures++;
  print(`${code === 0 ? "ok" : "FAILED"} (${minutes(performance.now() - startedAt)})`);
}
await dependencies.release();
print(failures === 0 ? "\nall checks passed" : `\n${failures} of ${steps.length} checks failed`);
Deno.exit(failures === 0 ? 0 : 1);

/**
 * Runs the contract: every target, every mode, every case, against real server processes. The run
 * ends with one table of all targets.
 *
 * `GODWIT_TARGETS=reference deno test -A tests/runtime` chooses targets (see targets.ts).
 */
import { ContractReport } from "./contract_report.ts";
import { ContractRun } from "./contract_run.ts";
import { runningTargets } from "./targets.ts";

const report = new ContractReport();

for (const target of await runningTargets()) {
  new ContractRun(target, report.of(target.name)).register();
}
Deno.test.afterAll(() => {
  // deno-lint-ignore no-console -- the result of the run
  console.info(report.lines.join("\n"));
});

/**
 * Runs the contract: every target, every mode, every case, against real server processes.
 *
 * `GODWIT_TARGETS=reference deno test -A tests/runtime` chooses targets (see targets.ts).
 */
import { CaseContext, type Mode, MODES, type Profile, PROFILES } from "./case_context.ts";
import { CONTRACT, type ContractCase } from "./contract.ts";
import { chosenTargets, leaveOut, SharedServers, skipTarget, type Target } from "./targets.ts";

for (const target of chosenTargets()) registerTarget(target);

function registerTarget(target: Target): void {
  const missing = target.missing();
  if (missing) {
    skipTarget(target, missing);
    return;
  }
  const servers = new SharedServers(target, PROFILES);
  Deno.test.afterAll(() => servers.stop());
  for (const mode of MODES) {
    for (const contractCase of CONTRACT) {
      if (contractCase.modes?.includes(mode) ?? true) {
        registerCase(target, mode, contractCase, servers);
      }
    }
  }
}

function registerCase(
  target: Target,
  mode: Mode,
  contractCase: ContractCase,
  servers: SharedServers<Profile>,
): void {
  const { name, needs, profile = "calm" } = contractCase;
  const title = `${target.name}, ${mode}: ${name}`;
  if (needs && !target.capabilities.has(needs)) {
    leaveOut(title, needs);
    return;
  }
  Deno.test({
    name: title,
    // The servers, and what reads their output, outlive a case.
    sanitizeOps: false,
    sanitizeResources: false,
    fn: async () => {
      await using context = new CaseContext(target, mode, await servers.get(profile));
      await contractCase.run(context);
      if (!context.server.alive) throw new Error(`Server died:\n${context.server.output}`);
    },
  });
}

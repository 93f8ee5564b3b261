/**
 * All cases of the contract on one target, as tests.
 *
 * - Patient cases, which mostly wait, begin with the first test of their target and end after its
 *   other cases, which run meanwhile.
 * - The last test of a target takes its figures.
 */
import { CaseContext, type Mode, MODES, type Profile, PROFILES } from "./case_context.ts";
import { CONTRACT, type ContractCase } from "./contract.ts";
import type { TargetTally } from "./contract_report.ts";
import { takeFigures } from "./figures.ts";
import { isLeftOut, SharedServers, type Target } from "./targets.ts";

/** Registers the tests of one target, and keeps its tally. */
export class ContractRun {
  readonly #target: Target;
  readonly #tally: TargetTally;
  readonly #servers: SharedServers<Profile>;
  readonly #patient: (() => void)[] = [];

  constructor(target: Target, tally: TargetTally) {
    this.#target = target;
    this.#tally = tally;
    this.#servers = new SharedServers(target, PROFILES);
  }

  register(): void {
    Deno.test.afterAll(() => this.#servers.stop());
    const last: (() => void)[] = [];
    for (const mode of MODES) {
      for (const contractCase of CONTRACT) {
        if (!(contractCase.modes?.includes(mode) ?? true)) continue;
        if (contractCase.patient) last.push(() => this.#registerPatient(mode, contractCase));
        else this.#registerCase(mode, contractCase);
      }
    }
    for (const register of last) register();
    this.#registerFigures();
  }

  #registerCase(mode: Mode, contractCase: ContractCase): void {
    const title = this.#titleOf(mode, contractCase);
    if (title) this.#test(title, () => this.#run(mode, contractCase));
  }

  #registerPatient(mode: Mode, contractCase: ContractCase): void {
    const title = this.#titleOf(mode, contractCase);
    if (!title) return;
    let running: Promise<void> | undefined;
    const begin = (): Promise<void> => running ??= this.#run(mode, contractCase);
    this.#patient.push(() => begin().catch(() => {})); // told when it is awaited
    this.#test(title, begin);
  }

  /** The name of its test; undefined if the target is not to run it. */
  #titleOf(mode: Mode, { name, needs }: ContractCase): string | undefined {
    const title = `${this.#target.name}, ${mode}: ${name}`;
    if (!isLeftOut(this.#target, title, needs)) return title;
    this.#tally.leftOut++;
  }

  #registerFigures(): void {
    this.#test(`${this.#target.name}: figures of an idle server, for information`, async () => {
      await using context = await this.#context("polling", "calm");
      this.#tally.figures = await takeFigures(context);
    });
  }

  #test(name: string, run: () => Promise<void>): void {
    Deno.test({
      name,
      // The servers, and what reads their output, outlive a case.
      sanitizeOps: false,
      sanitizeResources: false,
      fn: async () => {
        for (const begin of this.#patient.splice(0)) begin();
        this.#tally.ran++;
        await run();
        this.#tally.passed++;
      },
    });
  }

  async #run(mode: Mode, { profile = "calm", run }: ContractCase): Promise<void> {
    await using context = await this.#context(mode, profile);
    await run(context);
    if (!context.server.alive) throw new Error(`Server died:\n${context.server.output}`);
  }

  async #context(mode: Mode, profile: Profile): Promise<CaseContext> {
    return new CaseContext(this.#target, mode, await this.#servers.get(profile));
  }
}

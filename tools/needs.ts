/**
 * What stages need beside Deno: looked for, or made, when the first stage asks, and once a run.
 *
 * Invariants
 * - A need that is met is a set of variables for the processes of the stage.
 * - One that is not has a reason. Where a program is missing that people may do without, the stage
 *   is skipped locally and fails with CI=true; what we make ourselves must not fail anywhere.
 */
import { prepareConsumer } from "./consumer.ts";
import { minutes, print } from "./print.ts";
import type { Need } from "./stages.ts";

/** Variables for the processes of a stage. */
export type Environment = Readonly<Record<string, string>>;

/** What became of a need. */
export type Met = { readonly environment: Environment } | Unmet;

/** Why a stage cannot run. */
export interface Unmet {
  readonly reason: string;
  readonly isFailure: boolean;
}

/** How each need is met. */
export type Providers = Readonly<Record<Need, () => Promise<Met>>>;

/** The needs of one run. */
export class Needs {
  readonly #providers: Providers;
  readonly #met: Map<Need, Promise<Met>> = new Map();

  constructor(providers: Providers = { chromium: provideChromium, package: providePackage }) {
    this.#providers = providers;
  }

  /** Meets all of `needs`, or tells of the first that cannot be met. */
  async meet(needs: readonly Need[]): Promise<Met> {
    let environment: Environment = {};
    for (const need of needs) {
      const providing = this.#met.get(need) ?? this.#providers[need]();
      this.#met.set(need, providing);
      const met = await providing;
      if ("reason" in met) return met;
      environment = { ...environment, ...met.environment };
    }
    return { environment };
  }
}

/** Where Chromium is: under CHROMIUM_PATH if that is set, else in PATH. */
async function provideChromium(): Promise<Met> {
  const given = Deno.env.get("CHROMIUM_PATH");
  const folders = (Deno.env.get("PATH") ?? "").split(":");
  for (const place of given === undefined ? folders.map((it) => `${it}/chromium`) : [given]) {
    const isThere = await Deno.stat(place).then((it) => it.isFile, () => false);
    if (isThere) return { environment: { CHROMIUM_PATH: place } };
  }
  return {
    reason: "no chromium in PATH, and none under CHROMIUM_PATH",
    isFailure: Deno.env.get("CI") === "true",
  };
}

/** The project that has installed the package as it is built. */
async function providePackage(): Promise<Met> {
  const startedAt = performance.now();
  try {
    const { directory } = await prepareConsumer();
    print(`the package is built and installed: ${minutes(performance.now() - startedAt)}`);
    return { environment: { GODWIT_CONSUMER: directory } };
  } catch (error) {
    const { message } = error instanceof Error ? error : new Error(String(error));
    return { reason: `the package cannot be built and installed: ${message}`, isFailure: true };
  }
}

/**
 * The same scenarios on socket.io and on the installed package, on Node: the logs are the same.
 *
 * - `GODWIT_DIFFERENTIAL_RUNS` and `GODWIT_DIFFERENTIAL_SEED` explore further than CI does.
 * - What a scenario by chance fails of is made smaller, and shown with both logs.
 * - What differs in one of three plays alone is printed, and passes once a run: see `playUntilSettled`.
 */
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { compare, format } from "./compare.ts";
import type { Difference } from "./difference.ts";
import { DIFFERENCES } from "./differences.ts";
import { EXAMPLES } from "./examples.ts";
import { anyScenario } from "./generate.ts";
import { Player } from "./player.ts";
import type { Line, Mode, Played, Scenario } from "./scenario.ts";

const MODES: readonly Mode[] = ["polling", "websocket", "upgrade"];

/** Scenarios by chance, of all modes together. */
const RUNS = Number(Deno.env.get("GODWIT_DIFFERENTIAL_RUNS") ?? 500);

const SEED = Number(Deno.env.get("GODWIT_DIFFERENTIAL_SEED") ?? 484);

/** Time in milliseconds that may be spent on making a scenario smaller. */
const SHRINK_MS = 30_000;

const players = { reference: new Player("reference"), node: new Player("node") };

/** Plays a scenario on both sides at the same time. */
async function play(scenario: Scenario): Promise<{ reference: Played; node: Played }> {
  const [reference, node] = await Promise.all([
    players.reference.play(scenario),
    players.node.play(scenario),
  ]);
  return { reference, node };
}

/** What has differed once and then no more. */
const chances: string[] = [];

/**
 * Plays a scenario, and resolves with what the judge makes of it.
 *
 * Two clients and a server in one busy process may, very rarely, meet in another order on one side
 * alone. So what fails is played twice more: it is a chance only if it passes both times, and one
 * chance is all that a run has. Each is printed whole.
 */
async function playUntilSettled<Result>(
  scenario: Scenario,
  judge: (played: { reference: Played; node: Played }) => Result,
): Promise<Result> {
  try {
    return judge(await play(scenario));
  } catch (error) {
    if (chances.length > 0) throw error;
    judge(await play(scenario));
    const result = judge(await play(scenario));
    chances.push(error instanceof Error ? error.message : String(error));
    return result;
  }
}

/** Plays a scenario; rejects with all there is to know when the logs differ. */
function assertAlike(scenario: Scenario): Promise<readonly Line[]> {
  return playUntilSettled(scenario, (played) => {
    const { fault, lines } = compare(played, DIFFERENCES);
    if (fault !== undefined) throw new Error(describe(scenario, played, fault));
    return lines;
  });
}

function describe(
  scenario: Scenario,
  { reference, node }: { readonly reference: Played; readonly node: Played },
  fault: string,
): string {
  const { steps, ...setup } = scenario;
  return [
    "The logs differ, or there is none:",
    fault,
    "--- the scenario",
    JSON.stringify(setup),
    ...steps.map((step, index) => `${index + 1} ${JSON.stringify(step)}`),
    "--- the log of the reference",
    ...format(reference.steps),
    "--- our log",
    ...format(node.steps),
  ].join("\n");
}

/** What the scenarios by chance have come to, by mode. */
const seen = new Map<Mode, { scenarios: number; lines: number; kinds: Set<string>; ms: number }>();

async function explore(mode: Mode, numRuns: number): Promise<void> {
  const sums = { scenarios: 0, lines: 0, kinds: new Set<string>(), ms: 0 };
  const startedAt = performance.now();
  let shrinkBy = Infinity;
  const property = fc.asyncProperty(anyScenario(mode), async (scenario) => {
    if (performance.now() > shrinkBy) return;
    try {
      const lines = await assertAlike(scenario);
      sums.scenarios++;
      sums.lines += lines.length;
      for (const { kind } of lines) sums.kinds.add(kind);
    } catch (error) {
      shrinkBy = Math.min(shrinkBy, performance.now() + SHRINK_MS);
      throw error;
    }
  });
  const { failed, errorInstance, seed, counterexamplePath } = await fc.check(property, {
    seed: SEED + MODES.indexOf(mode),
    numRuns,
  });
  seen.set(mode, { ...sums, ms: performance.now() - startedAt });
  if (failed) {
    const place = `${mode}, seed ${seed}, path ${counterexamplePath}`;
    throw new Error(`A scenario differs (${place})`, { cause: errorInstance });
  }
}

/** The result of all modes in one line. */
function summary(): string {
  const sums = [...seen.values()];
  const total = (of: (sum: (typeof sums)[number]) => number): number =>
    sums.reduce((sum, item) => sum + of(item), 0);
  const kinds = new Set(sums.flatMap((sum) => [...sum.kinds]));
  const modes = [...seen].map(([mode, { scenarios }]) => `${mode} ${scenarios}`).join(", ");
  return `differential: ${total((it) => it.scenarios)} scenarios (${modes}), ` +
    `${total((it) => it.lines)} lines of ${kinds.size} kinds, ` +
    `${(total((it) => it.ms) / 1_000).toFixed(1)} s`;
}

/** The players outlive a test; the last one stops them. */
function test(name: string, fn: () => Promise<void>): void {
  Deno.test({ name, fn, sanitizeOps: false, sanitizeResources: false });
}

for (const [name, scenario] of Object.entries(EXAMPLES)) {
  test(`As in the reference: ${name}`, async () => void await assertAlike(scenario));
}

for (const [index, mode] of MODES.entries()) {
  test(`Scenarios by chance log the same on both sides: ${mode}`, async () => {
    await explore(mode, Math.floor((RUNS + index) / MODES.length));
  });
}

/** The differences but for one of them. */
function without(difference: Difference): readonly Difference[] {
  return DIFFERENCES.filter((other) => other !== difference);
}

/** Holds if what one side alone has logged is the difference that was meant. */
function assertShown(pattern: RegExp | undefined, lines: readonly string[]): void {
  if (pattern !== undefined && !lines.some((line) => pattern.test(line))) {
    throw new Error(
      [`Expected ${pattern} among what one side alone has logged:`, ...lines].join("\n"),
    );
  }
}

for (const difference of DIFFERENCES) {
  const { name, alike, example, shows = {} } = difference;
  test(`Still different on purpose: ${name}`, async () => {
    await playUntilSettled(example, (played) => {
      assertEquals([played.reference.failure, played.node.failure], [undefined, undefined]);
      const { fault, alone } = compare(played, without(difference));
      assert(
        fault !== undefined,
        `The logs do not differ, so the entry is not needed:\n${
          format(played.node.steps).join("\n")
        }`,
      );
      assertShown(shows.reference, alone.reference);
      assertShown(shows.ours, alone.ours);
      if (alike !== undefined) assertEquals(compare(played, DIFFERENCES).fault, undefined);
    });
  });
}

test("The players end, and the scenarios are summed up", async () => {
  const printed = await Promise.all(Object.values(players).map((player) => player.stop()));
  // deno-lint-ignore no-console -- how much was compared must be seen
  console.info([summary(), ...chances.map((text) => `differed once in three: ${text}`)].join("\n"));
  assertEquals(printed.map((text) => text.trim()), ["", ""]);
});

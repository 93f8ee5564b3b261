/**
 * The soak: each target as a real process, under thousands of clients that come, misbehave and go.
 *
 * `deno task test:soak -- --minutes 30 --seed 7 --targets deno,node` chooses; see settings.ts.
 */
import { assertEquals } from "@std/assert";
import { readSettings } from "./settings.ts";
import { soak } from "./soak.ts";
import { soakTargets } from "./targets.ts";

/** Faults that are shown of one target. */
const SHOWN = 20;

const { minutes, seed, targets: names } = readSettings(Deno.args);
const targets = soakTargets(names);

for (const target of targets) {
  Deno.test(`${target.name} is empty after the churn, and has not grown`, async () => {
    const { story, faults } = await soak(target, {
      timeMs: minutes * 60_000 / targets.length,
      seed,
    });
    say(story);
    assertEquals(faults.slice(0, SHOWN), [], `${faults.length} faults with seed ${seed}`);
  });
}

function say(line: string): void {
  // deno-lint-ignore no-console -- what the soak was like
  console.info(line);
}

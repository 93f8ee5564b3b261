/** Tests that the corpus is kept, and that it reaches what peers' bytes go through first. */
import { assert, assertEquals } from "@std/assert";
import { BlockCoverage } from "./block_coverage.ts";
import { CORPUS, readCorpus } from "./corpus.ts";
import { isGuide, isMeasured, nameOf } from "./measured.ts";
import { PrototypeWatch } from "./prototypes.ts";

/** Share of the branches that the corpus alone has to reach. */
const MIN_REACHED = 0.95;

// Counted from the first line of the decoders on: they are loaded after that.
const coverage = await BlockCoverage.start(isGuide);
const { TARGETS } = await import("./targets.ts");

for (const target of TARGETS) {
  Deno.test(`${target.name}, every input that is kept: ${target.promise}`, async () => {
    const watch = new PrototypeWatch();
    const entries = await readCorpus(target.name);
    assert(entries.length > 0);
    const failures: string[] = [];
    for (const { name, input } of entries) {
      try {
        await target.run(input);
        watch.check();
      } catch (error) {
        failures.push(`${name}: ${error}`);
      }
    }
    coverage.add(await coverage.look());
    assertEquals(failures, []);
  });
}

Deno.test("The corpus reaches 95 % of the branches of the decoders", async () => {
  const reports = (await coverage.report()).filter(({ url }) => isMeasured(url));
  await coverage.stop();
  const sum = (of: (report: typeof reports[number]) => number): number =>
    reports.reduce((total, report) => total + of(report), 0);
  const branches = sum((report) => report.branches);
  const reached = sum((report) => report.reached);
  const missing = reports.flatMap((it) => it.missing.map((text) => `${nameOf(it.url)}:${text}`));
  assert(reached >= MIN_REACHED * branches, `${reached} of ${branches}:\n${missing.join("\n")}`);
  // So that a change of V8 or of the paths cannot make it hold for nothing.
  assert(
    branches > 800 && reports.length > 15,
    `${branches} branches of ${reports.length} sources`,
  );
});

Deno.test("Every folder of the corpus belongs to a target", async () => {
  const folders: string[] = [];
  for await (const { name } of Deno.readDir(CORPUS)) folders.push(name);
  assertEquals(folders.sort(), TARGETS.map(({ name }) => name).sort());
});

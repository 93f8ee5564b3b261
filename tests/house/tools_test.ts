/** Tests that the tools do not pass what should fail. */
import { assertEquals, assertThrows } from "@std/assert";
import { readDocumentation } from "../../tools/api_surface.ts";
import { expectedScore, offlineScore } from "../../tools/score.ts";
import {
  argumentsOf,
  chooseStages,
  closingLine,
  judgeStage,
  readSummary,
  StageQueue,
} from "../../tools/test.ts";
import type { Stage } from "../../tools/stages.ts";
import { projectRoot } from "./project_files.ts";

const stage = (name: string): Stage => ({ name, paths: [], flags: [], limitMinutes: 1 });

Deno.test("readSummary reads the last summary of deno test, coloured or not", () => {
  assertEquals(readSummary("x ... ok\n\nok | 12 passed (3 steps) | 0 failed (9ms)\n"), {
    passed: 12,
    failed: 0,
    ignored: 0,
  });
  const coloured = "\x1b[0m\x1b[31mFAILED\x1b[0m | 7 passed | 2 failed | 3 ignored (1 step) (1s)\n";
  assertEquals(readSummary(`ok | 1 passed | 0 failed (1ms)\n${coloured}`), {
    passed: 7,
    failed: 2,
    ignored: 3,
  });
  assertEquals(readSummary("error: Type checking failed.\n"), undefined);
});

Deno.test("judgeStage counts as failed what ended early, ran nothing or exited badly", () => {
  const counts = (passed: number, failed: number) => ({ passed, failed, ignored: 0 });
  assertEquals(judgeStage(counts(3, 0), 0), counts(3, 0));
  assertEquals(judgeStage(counts(3, 1), 1), counts(3, 1));
  assertEquals(judgeStage(undefined, 1).failed, 1);
  assertEquals(judgeStage(undefined, 0).failed, 1);
  assertEquals(judgeStage(counts(0, 0), 0).failed, 1);
  assertEquals(judgeStage(counts(3, 0), 1).failed, 1);
});

Deno.test("closingLine sums all stages", () => {
  const result = (passed: number, failed: number) => ({ passed, failed, ignored: 9, ms: 1 });
  assertEquals(closingLine([result(3, 0), result(4, 1)]), "7 passed, 1 failed");
});

Deno.test("chooseStages takes names, flags and arguments for the tests apart", () => {
  const table = [stage("unit"), stage("house"), stage("doc")];
  assertEquals(chooseStages([], table).chosen, table);
  const { chosen, flags, testArgs } = chooseStages(
    ["house", "--fail-fast", "--", "--update"],
    table,
  );
  assertEquals([chosen.map((it) => it.name), flags, testArgs], [["house"], ["--fail-fast"], [
    "--update",
  ]]);
  assertThrows(() => chooseStages(["hose"], table), TypeError, 'Cannot run stage "hose"');
});

Deno.test("chooseStages leaves out what runs on demand, unless it is named, and in CI nothing", () => {
  const costly: Stage = { ...stage("interop"), onDemand: "costs" };
  const table = [stage("unit"), costly];
  const names = (words: string[], isCi: boolean): unknown => {
    const { chosen, leftOut } = chooseStages(words, table, isCi);
    return [chosen, leftOut].map((list) => list.map(({ name }) => name));
  };
  assertEquals(names([], false), [["unit"], ["interop"]]);
  assertEquals(names([], true), [["unit", "interop"], []]);
  assertEquals(names(["interop"], false), [["interop"], []]);
});

Deno.test("argumentsOf leaves out checks that were made, but not those of code in comments", () => {
  const args = { flags: ["--frozen"], testArgs: ["--update"] };
  const unit: Stage = { ...stage("unit"), paths: ["tests/unit"], flags: ["-A"] };
  const words = (stage: Stage, areChecked: boolean): readonly string[] =>
    argumentsOf(stage, { args, areChecked });
  const start = ["--no-prompt", "--frozen"];
  const end = ["-A", "tests/unit", "--", "--update"];
  assertEquals(words(unit, false), [...start, ...end]);
  assertEquals(words(unit, true), [...start, "--no-check", ...end]);
  assertEquals(words({ ...unit, flags: ["--doc"] }, true).includes("--no-check"), false);
});

Deno.test("StageQueue shows the cheapest first, and has others run beside: what waits, then the costliest", () => {
  const waiting = ["runtime", "interop"].map((name): Stage => ({
    ...stage(name),
    mostlyWaits: true,
  }));
  const busy: Stage = { ...stage("soak"), keepsBusy: true };
  const queue = new StageQueue([stage("unit"), ...waiting, stage("doc"), stage("browser"), busy]);
  const order: unknown[] = [queue.next()?.name];
  for (let next = queue.nextBeside(); next !== undefined; next = queue.nextBeside()) {
    order.push(next.name);
  }
  assertEquals(order, ["unit", "runtime", "interop", "browser", "doc"]);
  assertEquals([queue.next()?.name, queue.next()], ["soak", undefined]);
});

Deno.test("StageQueue shows what mostly waits when there is nothing else to show", () => {
  const queue = new StageQueue([{ ...stage("runtime"), mostlyWaits: true }]);
  assertEquals(queue.next()?.name, "runtime");
  assertEquals([queue.nextBeside(), queue.next()], [undefined, undefined]);
});

Deno.test("offlineScore counts 14 points for a package that lacks nothing", async () => {
  const documented = await readDocumentation(new URL("tools/print.ts", projectRoot));
  const modules = new Map([[".", documented]]);
  const factors = offlineScore({ readme: "```ts\n```", modules, fastTypes: true });
  assertEquals(factors.reduce((sum, it) => sum + it.points, 0), 14);
});

Deno.test("expectedScore is enough when no point that can be known offline is missing", () => {
  const whole = [{ points: 5, outOf: 5 }, { points: 9, outOf: 9 }];
  assertEquals(expectedScore(whole), { points: 17, outOf: 18, isEnough: true });
  const worse = [{ points: 4, outOf: 5 }, { points: 9, outOf: 9 }];
  assertEquals(expectedScore(worse), { points: 16, outOf: 18, isEnough: false });
});

Deno.test("offlineScore takes points away for what is missing, and names it", async () => {
  const sample = await readDocumentation(new URL("tests/house/fixtures/api.ts", projectRoot));
  const bare = { comment: "", symbols: sample.symbols.filter((it) => it.name === "Undocumented") };
  const modules = new Map([[".", sample], ["./bare", bare]]);
  const factors = offlineScore({ readme: undefined, modules, fastTypes: false });
  assertEquals(factors.map((it) => it.points), [2, 0, 0, 3, 0]);
  assertEquals(factors[2]?.detail, "missing on ./bare");
  assertEquals(factors[3]?.detail, "3 of 5, 60 %; without: . Undocumented, ./bare Undocumented");
});

/** Tests that the tools do not pass what should fail. */
import { assertEquals, assertThrows } from "@std/assert";
import { readDocumentation } from "../../tools/api_surface.ts";
import { expectedScore, offlineScore } from "../../tools/score.ts";
import { failuresOf } from "../../tools/failures.ts";
import { chooseStages, closingLine, judgeStage, lanesOf, readSummary } from "../../tools/test.ts";
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

Deno.test("lanesOf puts stages that mostly wait beside the others, if there are others", () => {
  const waiting: Stage = { ...stage("runtime"), mostlyWaits: true };
  const [unit, doc] = [stage("unit"), stage("doc")];
  assertEquals(lanesOf([unit, waiting, doc]), { own: [unit, doc], beside: [waiting] });
  assertEquals(lanesOf([unit]), { own: [unit], beside: [] });
  assertEquals(lanesOf([waiting]), { own: [waiting], beside: [] });
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

/** What `deno test` prints of failures, with the same words printed by a test before. */
const FAILING = [
  "running 1 test from ./a_test.ts",
  "------- output -------",
  " ERRORS ",
  "",
  "not this",
  " FAILURES ",
  "----- output end -----",
  "a ... FAILED (1ms)",
  "",
  "\x1b[0m\x1b[1m\x1b[37m\x1b[41m ERRORS \x1b[0m",
  "",
  "a => ./a_test.ts:1:6",
  "\x1b[0m\x1b[1m\x1b[31merror\x1b[0m: Error: boom",
  "    at file:///a_test.ts:1:9",
  "",
  "\x1b[0m\x1b[1m\x1b[37m\x1b[41m FAILURES \x1b[0m",
  "",
  "a => ./a_test.ts:1:6",
  "",
  "FAILED | 0 passed | 1 failed (7ms)",
].join("\n");

Deno.test("failuresOf gives the last list of errors, without colours", () => {
  assertEquals(failuresOf(FAILING, "error: Test failed"), [
    "a => ./a_test.ts:1:6",
    "error: Error: boom",
    "    at file:///a_test.ts:1:9",
  ]);
});

Deno.test("failuresOf gives the last lines where there is no list", () => {
  assertEquals(failuresOf("running\n", "error: Type checking failed.\n\n"), [
    "running",
    "error: Type checking failed.",
  ]);
});

Deno.test("failuresOf cuts long lists and long lines", () => {
  const many = Array.from({ length: 200 }, (_, i) => `line ${i}`).join("\n");
  const lines = failuresOf(` ERRORS \n\n${"x".repeat(5_000)}\n${many}\n FAILURES \n`, "");
  assertEquals(lines.length, 81);
  assertEquals(lines[0]?.length, 401);
  assertEquals(lines.at(-1), "… and 121 lines more above");
});

/** Tests that `deno task test` runs every test file, once. */
import { assertEquals } from "@std/assert";
import { type Stage, stages } from "../../tools/stages.ts";
import { projectFiles, readProjectFile } from "./project_files.ts";

/** The stages that run a file. */
function stagesOf(file: string, table: readonly Stage[]): readonly string[] {
  return table
    .filter((stage) => stage.paths.some((path) => file === path || file.startsWith(`${path}/`)))
    .map((stage) => stage.name);
}

Deno.test("Every test file belongs to exactly one stage", async () => {
  const faults = (await projectFiles(/_test\.ts$/))
    .map((file) => [file, stagesOf(file, stages)] as const)
    .filter(([, names]) => names.length !== 1);
  assertEquals(faults, []);
});

Deno.test("Every path of a stage has something to run", async () => {
  const files = await projectFiles(/(?:_test\.ts|^mod\.ts|^src\/.*\.ts|\.md)$/);
  const empty = stages.flatMap((stage) => stage.paths)
    .filter((path) => !files.some((file) => file === path || file.startsWith(`${path}/`)));
  assertEquals(empty, []);
});

Deno.test("The examples of the README are run", async () => {
  const readme = await projectFiles(/^README\.md$/);
  assertEquals(readme.flatMap((file) => stagesOf(file, stages)), readme.map(() => "doc"));
});

Deno.test("CONTRIBUTING.md tells the task of each stage, and what kind of tests it has", async () => {
  const text = await readProjectFile("CONTRIBUTING.md");
  const isTold = ({ name }: Stage): boolean =>
    text.includes(`\`test:${name}\``) || text.includes(`\`deno task test:${name}\`,`);
  assertEquals(stages.filter((stage) => !isTold(stage)), []);
  const kinds = text.split("\n").map((line) => line.split("|")[1] ?? "");
  const isKind = ({ name }: Stage): boolean => kinds.some((it) => it.split(/\W+/).includes(name));
  assertEquals(stages.filter((stage) => !isKind(stage)), []);
});

Deno.test("stagesOf tells folders apart that begin alike", () => {
  const stage = (name: string, ...paths: string[]): Stage => {
    return { name, paths, flags: [], limitMinutes: 1 };
  };
  const table = [stage("a", "tests/a"), stage("ab", "tests/ab", "mod.ts")];
  assertEquals(stagesOf("tests/ab/x_test.ts", table), ["ab"]);
  assertEquals(stagesOf("mod.ts", table), ["ab"]);
  assertEquals(stagesOf("tests/c/x_test.ts", table), []);
});

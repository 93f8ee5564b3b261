/**
 * Tests that what is exported is documented, that every public class has an example, and that the
 * examples are run but for a few with a reason.
 */
import { assert, assertEquals } from "@std/assert";
import { type DocModule, readDocumentation } from "../../tools/api_surface.ts";
import { readConfig } from "../../tools/dependencies.ts";
import { type DocNode, isNode, list } from "../../tools/type_text.ts";
import { docExamples } from "../support/doc_examples.ts";
import { projectFiles, projectRoot, readProjectFile } from "./project_files.ts";

/** Examples that `deno test --doc` leaves out: how many a file has, and why. */
const ignored: Readonly<Record<string, { readonly count: number; readonly reason: string }>> = {
  "README.md": {
    count: 7,
    reason:
      "servers on port 3000; tests/package/documented_examples_test.ts runs them, on any port",
  },
  "src/runtime/bun.ts": {
    count: 4,
    reason: "only Bun runs them; tests/package/documented_examples_test.ts has it do so",
  },
};

/** What a comment says, `undefined` where there is none. */
function comment(node: DocNode): string | undefined {
  const { jsDoc } = node;
  if (!isNode(jsDoc)) return undefined;
  const examples = list(jsDoc.tags).filter((tag) => tag.kind === "example");
  return [jsDoc.doc ?? "", ...examples.map((tag) => tag.doc ?? "")].join("\n");
}

/** Whatever a module exports, and members of its interfaces, that have no comment. */
function undocumented(module: DocModule): readonly string[] {
  return module.symbols.flatMap(({ name, declarations }) =>
    declarations.flatMap((declaration) => {
      const def = isNode(declaration.def) ? declaration.def : {};
      const members = declaration.kind === "interface"
        ? [...list(def.properties), ...list(def.methods)]
        : [];
      const faults = members.filter((member) => !comment(member)?.trim());
      return [
        ...comment(declaration)?.trim() ? [] : [name],
        ...faults.map((member) => `${name}.${member.name}`),
      ];
    })
  );
}

/** The classes of a module without an example. */
function withoutExample(module: DocModule): readonly string[] {
  return module.symbols
    .filter(({ declarations }) =>
      declarations.some((it) => it.kind === "class" && !comment(it)?.includes("```ts"))
    )
    .map(({ name }) => name);
}

Deno.test("Every export of every entry, and every member of its interfaces, has a comment", async () => {
  const faults: string[] = [];
  for (const [entry, file] of Object.entries((await readConfig()).exports)) {
    const module = await readDocumentation(new URL(file, projectRoot));
    faults.push(...undocumented(module).map((name) => `${entry} ${name}`));
  }
  assertEquals(faults, []);
});

Deno.test("Every public class of every entry has an example", async () => {
  const faults: string[] = [];
  for (const [entry, file] of Object.entries((await readConfig()).exports)) {
    const module = await readDocumentation(new URL(file, projectRoot));
    faults.push(...withoutExample(module).map((name) => `${entry} ${name}`));
  }
  assertEquals(faults, []);
});

Deno.test("Every example is run, but for those with a reason", async () => {
  const counts: Record<string, number> = {};
  let run = 0;
  for (const file of await projectFiles(/^(?:mod\.ts|README\.md|src\/.*\.ts)$/)) {
    const examples = docExamples(file, await readProjectFile(file));
    const count = examples.filter((example) => example.isIgnored).length;
    run += examples.length - count;
    if (count > 0) counts[file] = count;
  }
  const allowed = Object.entries(ignored).map(([file, { count }]) => [file, count]);
  assertEquals(counts, Object.fromEntries(allowed));
  assert(run > 100);
});

Deno.test("undocumented and withoutExample find what is missing", async () => {
  const module = await readDocumentation(new URL("tests/house/fixtures/api.ts", projectRoot));
  assertEquals(undocumented(module), ["Undocumented"]);
  assertEquals(withoutExample(module), ["Sample"]);
});

Deno.test("docExamples finds blocks of comments and pages, and how they are marked", () => {
  const source = "/**\n * Says.\n *\n * ```ts\n * say();\n *\n * done();\n * ```\n */\n";
  const page = "x\n```ts ignore\nsay();\n```\n\n```sh\nls\n```\n";
  assertEquals(docExamples("a.ts", source), [
    { place: "a.ts:4", isIgnored: false, code: "say();\n\ndone();\n" },
  ]);
  assertEquals(docExamples("a.md", page), [
    { place: "a.md:2", isIgnored: true, code: "say();\n" },
  ]);
});

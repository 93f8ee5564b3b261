/** Tests that no file grows past what a reader can hold in the head. */
import { assertEquals } from "@std/assert";
import { projectFiles, readProjectFile } from "./project_files.ts";

/** Lines a file may have, examples in documentation comments left out. */
const maxLines = 400;

/** An example in a documentation comment, from fence to fence. */
const example = /^ *\* ```ts.*\n(?: *\*.*\n)*? *\* ```\n/gm;

function countLines(text: string): number {
  return text.replace(example, "").trimEnd().split("\n").length;
}

/** Longer files: how long they may become, and why they are one file. */
const allowed: Readonly<Record<string, { readonly lines: number; readonly reason: string }>> = {
  "src/socket/api.ts": {
    lines: 850,
    reason: "the public classes refer to one another in their types, and imports have no cycle",
  },
  "src/socket/broadcaster.ts": {
    lines: 515,
    reason: "the operator and the sockets that it finds refer to one another in their types",
  },
  "src/session/session.ts": {
    lines: 530,
    reason: "one state machine: its states, and every event that moves them",
  },
  "src/socket/local_namespace.ts": {
    lines: 410,
    reason: "one owner of the sockets of a namespace, behind the four contracts that look at them",
  },
  "tests/types/concrete_test.ts": {
    lines: 425,
    reason: "one class for each public one, with all its members",
  },
  "tests/engine/cors_test.ts": {
    lines: 560,
    reason: "one table of options and origins serves both the cases and the differential test",
  },
};

/** Every file that is too long, and every exception that is not needed any more. */
function sizeFaults(sizes: ReadonlyMap<string, number>, exceptions: typeof allowed): string[] {
  const faults: string[] = [];
  for (const [file, lines] of sizes) {
    const limit = exceptions[file]?.lines ?? maxLines;
    if (lines > limit) faults.push(`${file} has ${lines} lines, limit ${limit}`);
  }
  for (const file of Object.keys(exceptions)) {
    if ((sizes.get(file) ?? 0) <= maxLines) faults.push(`${file} needs no exception any more`);
  }
  return faults;
}

Deno.test("No file is longer than 400 lines without a reason", async () => {
  const sizes = new Map<string, number>();
  for (const file of await projectFiles(/\.(?:ts|mjs|js)$/)) {
    const text = await readProjectFile(file);
    sizes.set(file, countLines(text));
  }
  assertEquals(sizeFaults(sizes, allowed), []);
});

Deno.test("countLines leaves out the examples of documentation comments, and nothing else", () => {
  const comment = ["/**", " * Says.", " * ```ts", " * say();", " *", " * ```", " */", ""];
  assertEquals(countLines(comment.join("\n")), 3);
  assertEquals(countLines("  /**\n   * ```ts ignore\n   * a();\n   * ```\n   */\nb();\n\n"), 3);
  assertEquals(countLines("const text = `\n```ts\na();\n```\n`;\n"), 5);
});

Deno.test("sizeFaults finds long files, outgrown and stale exceptions", () => {
  const exceptions = {
    "b.ts": { lines: 500, reason: "one" },
    "c.ts": { lines: 500, reason: "two" },
  };
  const sizes = new Map([["a.ts", 401], ["b.ts", 501], ["c.ts", 400], ["d.ts", 400]]);
  assertEquals(sizeFaults(sizes, exceptions), [
    "a.ts has 401 lines, limit 400",
    "b.ts has 501 lines, limit 500",
    "c.ts needs no exception any more",
  ]);
});

/** Tests that docs/protocol.md shows the traits of the revisions as they are. */
import { assertEquals } from "@std/assert";
import { REVISION_TRAITS } from "../../src/wire/revision_traits.ts";
import { readProjectFile } from "./project_files.ts";

/** The first cells of each row of the table behind the mark. */
function readRows(page: string): readonly (readonly string[])[] {
  const [, behind = ""] = page.split("<!-- traits -->");
  const lines = behind.trimStart().split("\n");
  const end = lines.findIndex((line) => !line.startsWith("|"));
  return lines.slice(0, end < 0 ? undefined : end).map((line) =>
    line.split("|").slice(1, 4).map((cell) => cell.trim())
  );
}

/** What the rows should be: a head, a rule, then each trait but the number itself. */
function traitRows(): readonly (readonly string[])[] {
  const { 3: v3, 4: v4 } = REVISION_TRAITS;
  const names = Object.keys(v3).filter((name) => name !== "protocol");
  const code = (value: unknown): string => `\`${JSON.stringify(value)}\``;
  return [
    ["trait", "revision 3", "revision 4"],
    ...names.map((name) => [
      `\`${name}\``,
      // The names are those of the table's own keys.
      code(v3[name as keyof typeof v3]),
      code(v4[name as keyof typeof v4]),
    ]),
  ];
}

function withoutRule(rows: readonly (readonly string[])[]): readonly (readonly string[])[] {
  return rows.filter((cells) => !cells.every((cell) => /^-+$/.test(cell)));
}

Deno.test("docs/protocol.md has a row for each trait, with its values", async () => {
  assertEquals(withoutRule(readRows(await readProjectFile("docs/protocol.md"))), traitRows());
});

Deno.test("Both revisions have the same traits, and one number each", () => {
  const { 3: v3, 4: v4 } = REVISION_TRAITS;
  assertEquals(Object.keys(v3), Object.keys(v4));
  assertEquals([v3.protocol, v4.protocol], [3, 4]);
  assertEquals([REVISION_TRAITS, v3, v4].every(Object.isFrozen), true);
});

Deno.test("readRows reads the table behind the mark, and nothing else", () => {
  const page = [
    "| a | b | c |",
    "<!-- traits -->",
    "",
    "| trait | 3 | 4 | means |",
    "| --- | --- | --- | --- |",
    '| `x` | `"a"` | `true` | y |',
    "",
    "| other | 1 | 2 | 3 |",
  ].join("\n");
  const rows = [["trait", "3", "4"], ["---", "---", "---"], ["`x`", '`"a"`', "`true`"]];
  assertEquals(readRows(page), rows);
  assertEquals(withoutRule(rows).length, 2);
  assertEquals(readRows("no mark"), []);
});

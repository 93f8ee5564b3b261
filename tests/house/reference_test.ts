/** Tests that the API reference can be built, and has a page for whatever the entries export. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { readDocumentation } from "../../tools/api_surface.ts";
import { readConfig } from "../../tools/dependencies.ts";
import { importNames, withImports, writeReference } from "../../tools/docs.ts";
import { partEntries } from "./api_snapshot.ts";
import { projectRoot } from "./project_files.ts";

/** Second names of what has a page under its first one. */
const secondNames: ReadonlySet<string> = new Set(["CoreSocket"]);

Deno.test("The reference builds without a warning, with a page for each export of each entry", async () => {
  const { exports, name } = await readConfig();
  const path = await Deno.makeTempDir({ prefix: "godwit-reference-" });
  try {
    const folder = new URL(`file://${path}/`);
    assertMatch(await writeReference(folder), /^Written \d+ files to ".*"\n$/);
    const missing: string[] = [];
    for (const [entry, file] of Object.entries(exports)) {
      // The main entry's pages lie in the folder itself, those of "./node" in `node/`.
      const pages = new URL(entry === "." ? "~/" : `${entry.slice(2)}/~/`, folder);
      const { symbols } = await readDocumentation(new URL(file, projectRoot));
      const isPart = partEntries[entry] !== undefined;
      assert(symbols.length > (isPart ? 5 : 50));
      for (const symbol of symbols) {
        if (secondNames.has(symbol.name)) continue;
        const isThere = await Deno.stat(new URL(`${symbol.name}.html`, pages))
          .then((it) => it.isFile, () => false);
        if (!isThere) missing.push(`${entry} ${symbol.name}`);
      }
      const classes = symbols.filter((it) => it.declarations.some(({ kind }) => kind === "class"));
      const shown = isPart ? classes[0]?.name : "Server";
      const page = await Deno.readTextFile(new URL(`${shown}.html`, pages));
      assert(page.includes(`import { ${shown} } from &quot;${name}${entry.slice(1)}&quot;`));
    }
    assertEquals(missing, []);
  } finally {
    await Deno.remove(path, { recursive: true });
  }
});

Deno.test("withImports names the entries, and leaves other imports as they are", () => {
  const names = importNames("@scope/name", { ".": "./mod.ts", "./sub": "./src/some_file.ts" });
  const page = (...from: string[]) => from.map((it) => `from &quot;${it}&quot;`).join(" ");
  assertEquals(
    withImports(page(".", "some_file", "other", "@std/assert"), names),
    page("@scope/name", "@scope/name/sub", "other", "@std/assert"),
  );
});

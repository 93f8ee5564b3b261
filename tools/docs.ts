/**
 * `deno task docs`: writes the API reference, as HTML, to `dist/reference`.
 *
 * Invariants
 * - Every entry of `exports` has pages of its own, made by `deno doc --html` from the comments.
 * - Nothing is downloaded that running the entries does not need. The lock file is left aside: with it
 *   `deno doc` reads the declarations of Node too, and warns of what it does not understand in them.
 * - The lines that say how to import a name say the name of the package: `deno doc` knows files only.
 */
import { projectRoot, readConfig } from "./dependencies.ts";
import { print, writeAll } from "./print.ts";
import { toPath } from "./to_path.ts";

/** Where the task puts the pages, relative to the project. */
const FOLDER = "dist/reference/";

/** Writes the reference into a folder, and gives what `deno doc` has printed. */
export async function writeReference(folder: URL): Promise<string> {
  const { name, exports } = await readConfig();
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      "doc",
      "--no-lock",
      "--html",
      `--name=${name}`,
      `--output=${toPath(folder)}`,
      ...Object.values(exports),
    ],
    cwd: projectRoot,
    env: { NO_COLOR: "1" },
  }).output();
  const decoder = new TextDecoder();
  const output = decoder.decode(stdout) + decoder.decode(stderr);
  if (code !== 0) throw new Error(`Cannot write the reference:\n${output}`);
  await nameImports(folder, importNames(name, exports));
  return output;
}

/** What `deno doc` calls each entry in its imports, and what users call it. */
export function importNames(
  name: string,
  entries: Readonly<Record<string, string>>,
): ReadonlyMap<string, string> {
  return new Map(
    Object.entries(entries).map(([entry, file]) => [
      entry === "." ? "." : file.replace(/^.*\//, "").replace(/\.ts$/, ""),
      `${name}${entry.slice(1)}`,
    ]),
  );
}

/** A page with the imports that `deno doc` has made named as users write them. */
export function withImports(page: string, names: ReadonlyMap<string, string>): string {
  return page.replaceAll(/from &quot;([\w.]+)&quot;/g, (found, name) => {
    const known = names.get(name);
    return known === undefined ? found : `from &quot;${known}&quot;`;
  });
}

async function nameImports(folder: URL, names: ReadonlyMap<string, string>): Promise<void> {
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    const file = new URL(encodeURIComponent(name) + (isDirectory ? "/" : ""), folder);
    if (isDirectory) {
      await nameImports(file, names);
    } else if (name.endsWith(".html")) {
      const page = await Deno.readTextFile(file);
      const named = withImports(page, names);
      if (named !== page) await Deno.writeTextFile(file, named);
    }
  }
}

if (import.meta.main) {
  const folder = new URL(FOLDER, projectRoot);
  // Pages of names that are gone would stay.
  await Deno.remove(folder, { recursive: true }).catch(() => {});
  writeAll(new TextEncoder().encode(await writeReference(folder)));
  print(`The reference starts at ${FOLDER}index.html`);
}

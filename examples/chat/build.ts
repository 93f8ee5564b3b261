/**
 * Builds the page into a folder, for the runtimes that do not bundle it themselves.
 *
 *   deno run --allow-read --allow-write --allow-env --allow-run examples/chat/build.ts <folder>
 */
import { mkdir, writeFile } from "node:fs/promises";
import process from "node:process";
import { bundlePage } from "./bundle.ts";

const [folder = "dist/chat"] = process.argv.slice(2);
await mkdir(folder, { recursive: true });
for (const [name, text] of Object.entries(await bundlePage())) {
  await writeFile(`${folder}/${name}`, text);
}

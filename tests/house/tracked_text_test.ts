/** Tests that nothing in the project tells on which machine, or with what help, it was written. */
import { assertEquals } from "@std/assert";
import { projectFiles, readProjectFile } from "./project_files.ts";

// Each pattern is written so that it does not match itself.
const patterns: readonly RegExp[] = [
  /(?<![\w.~-])\/(?:wor[k]|tm[p]|roo[t]|User[s])\//,
  /(?<![\w.~-])\/hom[e]\/\w+\//,
  /\b(?:ll[m]s?|langua[g]e models?|agenti[c]|copilo[t]|assistan[t]s?)\b/i,
];
const binary = /\.(?:png|jpe?g|gif|ico|woff2?|gz|br|zip|wasm)$/;

function tellTales(text: string): readonly string[] {
  return text.split("\n").flatMap((line, index) =>
    patterns.some((pattern) => pattern.test(line)) ? [`${index + 1}: ${line.trim()}`] : []
  );
}

Deno.test("No file names a local path or who helped to write it", async () => {
  const faults: string[] = [];
  for (const file of await projectFiles()) {
    if (binary.test(file)) continue;
    const found = tellTales(await readProjectFile(file));
    faults.push(...found.map((it) => `${file}:${it}`));
  }
  assertEquals(faults, []);
});

Deno.test("tellTales finds paths and leaves ordinary addresses alone", () => {
  const slash = "/";
  const bad = ["work", "tmp", "root"].map((it) => `see ${slash}${it}${slash}notes.md`);
  const good = [
    "https://a.example/work/x",
    "./tmp/x",
    "src/root/x",
    "Engine.IO session",
    "--no-prompt",
  ];
  assertEquals(bad.map((it) => tellTales(it).length), [1, 1, 1]);
  assertEquals(good.flatMap(tellTales), []);
});

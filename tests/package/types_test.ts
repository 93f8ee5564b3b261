/**
 * Tests that programs of users compile against the packed package, and run: in fresh projects, by
 * each compiler, with its library check on.
 */
import { assertEquals } from "@std/assert";
import { compilers } from "../../tools/package/versions.ts";
import { toPath } from "../../tools/to_path.ts";
import { consumer } from "../support/consumer.ts";
import { runTool } from "./run.ts";
import { freshProject, toolFile } from "./toolbox.ts";

const programs = new URL("./projects/", import.meta.url);

/** What all projects have in common; nothing is left to the defaults of a compiler. */
const strict = {
  target: "es2022",
  lib: ["es2023"],
  strict: true,
  exactOptionalPropertyTypes: true,
  skipLibCheck: false,
  rootDir: ".",
};

/** Settings of compilers that a user may have, each with the files it is tried on. */
const nodeProjects = {
  "nodenext": {
    options: { module: "nodenext" },
    files: { "node.mts": "node.ts", "node.cts": "node.ts", "required.cts": "required.cts" },
  },
  "node18": {
    options: { module: "node18" },
    files: { "node.mts": "node.ts", "node.cts": "node.ts", "required.cts": "required.cts" },
  },
  "bundler": {
    options: { module: "esnext", moduleResolution: "bundler" },
    files: { "node.ts": "node.ts" },
  },
};

const plainBunOptions = {
  ...strict,
  module: "preserve",
  moduleResolution: "bundler",
  types: ["bun"],
  noEmit: true,
};

const bunOptions = { ...plainBunOptions, customConditions: ["bun"] };

/** Writes a project into a folder of its own, so that compilers do not meet. */
async function writeProject(
  folder: URL,
  files: Readonly<Record<string, string>>,
  compilerOptions: Readonly<Record<string, unknown>>,
): Promise<void> {
  await Deno.mkdir(folder, { recursive: true });
  for (const [name, source] of Object.entries(files)) {
    await Deno.copyFile(new URL(source, programs), new URL(name, folder));
  }
  const config = { compilerOptions, files: Object.keys(files) };
  await Deno.writeTextFile(new URL("tsconfig.json", folder), JSON.stringify(config));
}

/** Compiles a project; one thread is enough, and what it finds comes in the same order. */
async function compile(compiler: string, folder: URL): Promise<void> {
  const { node } = await consumer();
  const single = compiler === "typescript-7.0" ? ["--singleThreaded"] : [];
  await runTool([node, await toolFile(`${compiler}/bin/tsc`), "-p", toPath(folder), ...single]);
}

for (const compiler of Object.keys(compilers)) {
  for (const [name, { options, files }] of Object.entries(nodeProjects)) {
    Deno.test(`A program for Node compiles with ${compiler} under ${name}, and runs`, async () => {
      const { node } = await consumer();
      const folder = new URL(`${compiler}-${name}/`, await freshProject("node"));
      await writeProject(folder, files, { ...strict, ...options, types: ["node"], outDir: "out" });
      await compile(compiler, folder);
      for (const file of Object.keys(files)) {
        const script = new URL(`out/${file.replace(/ts$/, "js")}`, folder);
        const { stdout, stderr } = await runTool([node, toPath(script)]);
        assertEquals([file, stdout, stderr], [file, "closed\n", ""]);
      }
    });
  }

  Deno.test(`A program for Bun compiles with ${compiler}`, async () => {
    const folder = new URL(`${compiler}/`, await freshProject("bun"));
    await writeProject(folder, { "bun.ts": "bun.ts" }, bunOptions);
    await compile(compiler, folder);
  });

  Deno.test(`A program for Bun compiles with ${compiler} without customConditions`, async () => {
    const folder = new URL(`${compiler}-plain/`, await freshProject("bun"));
    await writeProject(folder, { "bun.ts": "bun_plain.ts" }, plainBunOptions);
    await compile(compiler, folder);
  });
}

Deno.test("A program for Bun runs as it is", async () => {
  const { bun } = await consumer();
  const folder = new URL("run/", await freshProject("bun"));
  await writeProject(folder, { "bun.ts": "bun.ts" }, bunOptions);
  const { stdout } = await runTool([bun, toPath(new URL("bun.ts", folder))]);
  assertEquals(stdout, "closed\n");
});

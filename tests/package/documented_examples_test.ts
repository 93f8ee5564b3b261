/**
 * The examples that `deno test --doc` leaves out, each on the runtime that it is for: those of the
 * README, whose servers listen on a port of their own, and those for Bun.
 *
 * - Each is a file of the project that has the package installed, as a reader's would be, and is asked
 *   for a session; only the port is another one.
 * - Deno checks its types against the sources. Of Bun it knows what examples use.
 */
import { assert, assertMatch } from "@std/assert";
import { prepareDependencies } from "../../tools/dependencies.ts";
import { consumer } from "../support/consumer.ts";
import { type DocExample, docExamples } from "../support/doc_examples.ts";
import { eventually } from "../support/waiting.ts";
import { runTool } from "./run.ts";

/** Time in milliseconds that an example may take to compile and listen. */
const START_MS = 30_000;

const root = new URL("../../", import.meta.url);
const bunTypes = "declare const Bun: { serve(options: object): { stop(): Promise<void> } };\n";

const examples: readonly DocExample[] = (await Promise.all(
  ["README.md", "src/runtime/bun.ts"].map(async (file) =>
    docExamples(file, await Deno.readTextFile(new URL(file, root)))
  ),
)).flat().filter(({ isIgnored }) => isIgnored);

/** The end of the file's name, and the program with its arguments, of the runtime of an example. */
async function runtimeOf(code: string): Promise<readonly [end: string, ...command: string[]]> {
  const { bun, node } = await consumer();
  if (code.includes('"@godwit/io/bun"')) return [".ts", bun];
  if (code.includes('"@godwit/io/node"')) return [".mjs", node];
  const flags = ["--no-lock", "--node-modules-dir=manual", "--unstable-no-legacy-abort"];
  return [".ts", Deno.execPath(), "run", ...flags, "--allow-net"];
}

/** A port that nobody listens on. */
function freePort(): number {
  using listener = Deno.listen({ port: 0 });
  return listener.addr.port;
}

for (const { place, code } of examples) {
  Deno.test(`The example at ${place} opens a session`, async () => {
    assert(code.includes("3000"), "it listens on port 3000");
    const { directory } = await consumer();
    const [end, program = "", ...args] = await runtimeOf(code);
    const folder = await Deno.makeTempDir({ dir: directory, prefix: "example-" });
    const port = freePort();
    await Deno.writeTextFile(`${folder}/main${end}`, code.replaceAll("3000", String(port)));
    const child = new Deno.Command(program, {
      args: [...args, `${folder}/main${end}`],
      cwd: directory,
      stdin: "null",
      stdout: "null",
      stderr: "piped",
    }).spawn();
    const printed = new Response(child.stderr).text();
    let ended: Deno.CommandStatus | undefined;
    child.status.then((status) => ended = status);
    try {
      const text = await eventually("the answer of an example", async () => {
        if (ended !== undefined) {
          throw new Error(`It ended with code ${ended.code}:\n${await printed}`);
        }
        const url = `http://localhost:${port}/socket.io/?EIO=4&transport=polling`;
        return await fetch(url).then((response) => response.text(), () => undefined);
      }, START_MS);
      assertMatch(text, /^0\{"sid":"[\w-]{22}"/);
    } finally {
      if (ended === undefined) child.kill("SIGKILL");
      await Promise.all([child.status, printed]);
      await Deno.remove(folder, { recursive: true });
    }
  });
}

Deno.test("The types of these examples are right", async () => {
  const dependencies = await prepareDependencies();
  const folder = await Deno.makeTempDir({ prefix: "godwit-examples-" });
  try {
    const files = examples.map((_, index) => `${folder}/example_${index}.ts`);
    for (const [index, file] of files.entries()) {
      // What a module exports would have to say its type: a rule of this project, not of readers.
      const code = examples[index]?.code.replace("export default ", "void ");
      await Deno.writeTextFile(file, bunTypes + code);
    }
    const config = ["--config", "deno.json"];
    await runTool([Deno.execPath(), "check", ...config, ...dependencies.flags, ...files], root);
  } finally {
    await Deno.remove(folder, { recursive: true });
    await dependencies.release();
  }
});

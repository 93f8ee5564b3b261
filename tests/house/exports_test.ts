/**
 * Tests that every entry of the package can be imported with network access alone, or little more, and
 * exports at run time what `exports_snapshot.json` says. `deno task test:house -- --update` writes that
 * file.
 */
import { assertEquals } from "@std/assert";
import { readConfig } from "../../tools/dependencies.ts";
import { projectRoot, runDeno } from "./project_files.ts";
import { toPath } from "../../tools/to_path.ts";

const { exports } = await readConfig();
const snapshotFile = new URL("tests/house/exports_snapshot.json", projectRoot);

/** What an entry needs under Deno beside `--allow-net`, and why. */
const beside: Readonly<
  Record<string, { readonly flags: readonly string[]; readonly reason: string }>
> = {
  "./node": {
    flags: ["--allow-env=WS_NO_BUFFER_UTIL"],
    reason: "ws looks at this variable when it is loaded",
  },
};

/** Imports a module in a process of its own and returns the names it exports. */
async function exportedNames(
  module: URL,
  more: readonly string[] = [],
): Promise<readonly string[]> {
  const main = await Deno.makeTempFile({ prefix: "godwit-", suffix: ".ts" });
  try {
    const code = `import * as module from ${JSON.stringify(module.href)};
      console.log(JSON.stringify(Object.keys(module).sort()));`;
    await Deno.writeTextFile(main, code);
    const config = toPath(new URL("deno.json", projectRoot));
    const flags = ["--no-prompt", "--allow-net", "--no-lock", "--no-check", "--config", config];
    const { code: status, stdout, stderr } = await runDeno(["run", ...flags, ...more, main]);
    if (status !== 0) throw new Error(`Cannot import ${module.href}: ${stderr}`);
    return JSON.parse(stdout);
  } finally {
    await Deno.remove(main);
  }
}

Deno.test("Every entry needs --allow-net, or little more, and exports what the snapshot says", async () => {
  const names: Record<string, readonly string[]> = {};
  for (const [entry, file] of Object.entries(exports)) {
    names[entry] = await exportedNames(new URL(file, projectRoot), beside[entry]?.flags);
  }
  if (Deno.args.includes("--update")) {
    await Deno.writeTextFile(snapshotFile, `${JSON.stringify(names, null, 2)}\n`);
  }
  assertEquals(names, JSON.parse(await Deno.readTextFile(snapshotFile).catch(() => "{}")));
});

Deno.test("No entry is given more than it needs", async () => {
  for (const [entry, { flags }] of Object.entries(beside)) {
    const module = new URL(exports[entry] ?? "", projectRoot);
    for (const flag of flags) {
      const [name, list = ""] = flag.split("=");
      for (const one of list.split(",")) {
        const others = list.split(",").filter((it) => it !== one);
        const less = flags.filter((it) => it !== flag);
        if (others.length > 0) less.push(`${name}=${others.join(",")}`);
        const outcome = await exportedNames(module, less).catch(() => "fails");
        assertEquals([entry, one, outcome], [entry, one, "fails"]);
      }
    }
  }
});

Deno.test("exportedNames fails for a module that reads a file or the environment", async () => {
  let message = "";
  await exportedNames(new URL("data:text/javascript,Deno.env.get('HOME')"))
    .catch((error: Error) => message = error.message);
  assertEquals(message.includes("NotCapable"), true);
});

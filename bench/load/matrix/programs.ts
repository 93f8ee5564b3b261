/**
 * The commands that run the servers and the generator: builds and installs what they need.
 *
 *     dist/bench/<key>/     the generator, or the engine of socket.io for Bun
 *
 * - Ours on Bun and Node is the package as it is built, in a project that has installed it; on Deno it is
 *   the source.
 */
import type { Consumer } from "../../../tools/consumer.ts";
import { projectRoot } from "../../../tools/dependencies.ts";
import { installPackages, keyedFolder, keyOf, run } from "../../../tools/package/install.ts";
import { toPath } from "../../../tools/to_path.ts";
import { bundleFixture } from "../../../tests/support/consumer.ts";
import type { ServerEntry } from "./servers.ts";

/** The newest engine of socket.io for Bun, which has no dependencies. */
export const BUN_ENGINE_VERSION = "0.1.2";

const home = new URL("dist/bench/", projectRoot);
const programs = new URL("../servers/", import.meta.url);
const sources = new URL("../generator/", import.meta.url);

/** The command that runs a server. */
export async function serverCommand(
  { program, runtime, kind }: ServerEntry,
  { node, bun }: Consumer,
): Promise<readonly string[]> {
  const file = new URL(program, programs);
  switch (runtime) {
    case "node":
      return [node, "--expose-gc", await bundleFixture(file)];
    case "bun": {
      const engine = kind === "socket.io" ? [await bunEngine()] : [];
      return [bun, await bundleFixture(file), ...engine];
    }
    default: {
      const flags = ["--frozen", "--quiet", "--no-check", "--v8-flags=--expose-gc", "--allow-all"];
      return [Deno.execPath(), "run", ...flags, toPath(file)];
    }
  }
}

/** Installs the engine of socket.io for Bun; the path of its module. */
async function bunEngine(): Promise<string> {
  const name = "@socket.io/bun-engine";
  const packages = { [name]: BUN_ENGINE_VERSION };
  const folder = await keyedFolder(
    home,
    await keyOf(JSON.stringify(packages)),
    (draft) => installPackages(draft, packages),
  );
  return toPath(new URL(`node_modules/${name}/dist/index.js`, folder));
}

/** Where Go is looked for: GODWIT_GO, or else PATH, and where its own installer puts it. */
const givenGo = Deno.env.get("GODWIT_GO");
const goPrograms = givenGo === undefined ? ["go", "/usr/local/go/bin/go"] : [givenGo];

/**
 * Builds the generator; the path of the program.
 *
 * @throws {Error} where there is no Go
 */
export async function buildGenerator(): Promise<string> {
  const go = await findGo();
  const files: string[] = [];
  for await (const { name } of Deno.readDir(sources)) files.push(name);
  const texts = files.sort().map((name) => Deno.readTextFile(new URL(name, sources)));
  const key = await keyOf(go.version, ...await Promise.all(texts));
  const folder = await keyedFolder(home, key, async (draft) => {
    await run([go.program, "build", "-o", toPath(new URL("generator", draft)), "."], sources);
  });
  return toPath(new URL("generator", folder));
}

async function findGo(): Promise<{ readonly program: string; readonly version: string }> {
  for (const program of goPrograms) {
    try {
      const { success, stdout } = await new Deno.Command(program, { args: ["version"] }).output();
      if (success) return { program, version: new TextDecoder().decode(stdout).trim() };
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
  throw new Error(
    "Cannot build the load generator: wanted Go 1.21 or newer as GODWIT_GO, in PATH or in " +
      `/usr/local/go, found none (tried ${goPrograms.join(", ")})`,
  );
}

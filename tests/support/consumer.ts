/**
 * The installed package, for tests of Node and Bun: what runs there is what users get.
 *
 * Owns the consumer project of this process and the fixtures bundled into it.
 * - The project is the one that the test runner has prepared (GODWIT_CONSUMER), else it is made.
 * - A fixture is one module: its own files are bundled, every package is imported where it is
 *   installed. It may not take code of the package from the sources: that would be a second copy.
 * - Each is made once a process; several processes may make the same one at once.
 */
import { type Consumer, describeConsumer, prepareConsumer } from "../../tools/consumer.ts";
import { run } from "../../tools/package/install.ts";
import { toPath } from "../../tools/to_path.ts";

export type { Consumer } from "../../tools/consumer.ts";

const root = new URL("../../", import.meta.url);
const fixtures = new Map<string, Promise<string>>();
let prepared: Promise<Consumer> | undefined;

/** The project with the package installed. */
export function consumer(): Promise<Consumer> {
  const given = Deno.env.get("GODWIT_CONSUMER");
  return prepared ??= given === undefined ? prepareConsumer() : describeConsumer(given);
}

/**
 * Bundles a fixture of `tests/` into the consumer project.
 *
 * @param file URL of the fixture, or its path relative to the repository
 * @returns the path of an ES module that Node and Bun can run
 */
export function bundleFixture(file: URL | string): Promise<string> {
  const url = new URL(file, root);
  const made = fixtures.get(url.href) ?? bundle(toPath(url).slice(toPath(root).length));
  fixtures.set(url.href, made);
  return made;
}

/** Runs esbuild; a fault of what it bundles is thrown. */
export async function esbuild(...args: readonly string[]): Promise<string> {
  const { node, directory } = await consumer();
  const program = `${directory}/../node_modules/esbuild/bin/esbuild`;
  return await run([node, program, "--bundle", "--log-level=error", ...args], root);
}

async function bundle(path: string): Promise<string> {
  const { directory } = await consumer();
  const target = `${directory}/fixtures/${path.replaceAll("/", "-").replace(/\.\w+$/, "")}.mjs`;
  const draft = await Deno.makeTempDir({ dir: directory });
  try {
    await esbuild(
      path,
      "--platform=node",
      "--target=node20",
      "--format=esm",
      "--packages=external",
      "--sourcemap=inline",
      "--tsconfig-raw={}",
      `--outfile=${draft}/bundle.mjs`,
      `--metafile=${draft}/inputs.json`,
    );
    const { inputs } = JSON.parse(await Deno.readTextFile(`${draft}/inputs.json`));
    const copied = Object.keys(inputs).filter((input) => /^(?:src\/|mod\.ts)/.test(input));
    if (copied.length > 0) {
      throw new TypeError(`Cannot bundle ${path}: it takes code from ${copied.join(", ")}`);
    }
    await Deno.mkdir(`${directory}/fixtures`, { recursive: true });
    await Deno.rename(`${draft}/bundle.mjs`, target);
    return target;
  } finally {
    await Deno.remove(draft, { recursive: true });
  }
}

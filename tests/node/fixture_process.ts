/**
 * Starting the programs behind the tests of the Node entry, on Node and under Deno.
 *
 * - On Node a program imports the package as it is installed, under Deno the sources.
 * - Clients are the published socket.io-client, each with a connection of its own.
 */
import { toPath } from "../../tools/to_path.ts";
import { bundleFixture, consumer } from "../support/consumer.ts";
import { ServerProcess } from "../support/server_process.ts";
import { Clients } from "../runtime/entry_process.ts";

/** The runtimes that the Node entry runs on. */
export const RUNTIMES = ["node", "deno"] as const;

/** One of them. */
export type Runtime = typeof RUNTIMES[number];

/** How a program is started. */
export interface FixtureStart {
  /** What it is told. @default {{}} */
  readonly choice?: unknown;
  /** @default {"http"} */
  readonly scheme?: "http" | "https";
  /** Flags of Deno. @default {["-A"]} */
  readonly flags?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** Starts a program of `fixtures/` on a runtime. */
export async function startFixture(
  runtime: Runtime,
  name: string,
  { choice = {}, scheme = "http", flags = ["-A"], env = {} }: FixtureStart = {},
): Promise<ServerProcess> {
  const file = new URL(`fixtures/${name}.ts`, import.meta.url);
  const program: readonly [string, ...string[]] = runtime === "deno"
    ? [Deno.execPath(), "run", "--no-lock", "--quiet", "--no-prompt", ...flags, toPath(file)]
    : [(await consumer()).node, await bundleFixture(file)];
  return await ServerProcess.start({
    command: [...program, JSON.stringify(choice)],
    scheme,
    env,
  });
}

/**
 * Registers a test for each runtime. What the published client leaves behind, and ends in a later
 * test, is not ours to judge.
 */
export function testOnBoth(
  name: string,
  fn: (runtime: Runtime, clients: Clients) => Promise<void>,
): void {
  for (const runtime of RUNTIMES) {
    Deno.test({
      name: `${runtime}: ${name}`,
      sanitizeOps: false,
      sanitizeResources: false,
      fn: async () => {
        using clients = new Clients();
        await fn(runtime, clients);
      },
    });
  }
}

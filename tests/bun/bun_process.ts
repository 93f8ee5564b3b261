/** Starting the programs behind the tests of the Bun entry, and clients for them. */
import { bundleFixture, consumer } from "../support/consumer.ts";
import { ServerProcess } from "../support/server_process.ts";
import { Clients } from "../runtime/entry_process.ts";
import type { ServerChoice } from "./fixtures/server.ts";

/** How a program is started. */
export interface BunStart {
  /** Its argument. @default {{}} */
  readonly choice?: object;
  /** @default {"http"} */
  readonly scheme?: "http" | "https";
  readonly env?: Readonly<Record<string, string>>;
}

/** Starts a fixture of `tests/bun/fixtures`, by its name. */
export async function startFixture(
  name: string,
  { choice = {}, scheme = "http", env = {} }: BunStart = {},
): Promise<ServerProcess> {
  const { bun } = await consumer();
  const fixture = await bundleFixture(new URL(`fixtures/${name}.ts`, import.meta.url));
  return await ServerProcess.start({
    command: [bun, fixture, JSON.stringify(choice)],
    scheme,
    env,
  });
}

/** Starts `fixtures/server.ts`. */
export function startServer(
  choice: ServerChoice = {},
  env: Readonly<Record<string, string>> = {},
): Promise<ServerProcess> {
  return startFixture("server", { choice, env, scheme: choice.tls ? "https" : "http" });
}

/**
 * Registers a test with clients and processes: what the published client leaves behind, and ends in a
 * later test, is not ours to judge.
 */
export function test(name: string, fn: (clients: Clients) => Promise<void>): void {
  Deno.test({
    name,
    sanitizeOps: false,
    sanitizeResources: false,
    fn: async () => {
      using clients = new Clients();
      await fn(clients);
    },
  });
}

/**
 * `deno run -A tools/deno.ts <subcommand> [arguments]`: runs Deno with the dependencies this
 * machine can reach. Needed for whatever resolves bare imports: `test`, `check`, `bench`, `run` of a tool.
 *
 * Invariants
 * - Prints one line that says which set of dependencies is used, then behaves as the command
 *   itself: same output, same exit code.
 */
import { prepareDependencies, projectRoot } from "./dependencies.ts";
import { print } from "./print.ts";

/** Runs one Deno subcommand in the project's directory and returns its exit code. */
export async function runDeno(
  subcommand: string,
  args: readonly string[],
  flags: readonly string[],
): Promise<number> {
  const child = new Deno.Command(Deno.execPath(), {
    args: [subcommand, ...flags, ...args],
    cwd: projectRoot,
    stdin: "null",
  }).spawn();
  return (await child.status).code;
}

if (import.meta.main) {
  const [subcommand, ...args] = Deno.args;
  if (subcommand === undefined) {
    print("usage: deno run -A tools/deno.ts <subcommand> [arguments]");
    Deno.exit(2);
  }
  const dependencies = await prepareDependencies();
  print(dependencies.description);
  const code = await runDeno(subcommand, args, dependencies.flags);
  await dependencies.release();
  Deno.exit(code);
}

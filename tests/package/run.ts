/**
 * Programs run to their end, by tests that read what they print.
 *
 * - one that fails or takes too long fails the test, with all it printed.
 */

/** Milliseconds that one program may take on a busy machine. */
const LIMIT_MS = 120_000;

/** What a program printed. */
export interface Output {
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program; its code must be 0. */
export async function runTool(
  command: readonly [string, ...string[]],
  cwd?: string | URL,
): Promise<Output> {
  const { code, stdout, stderr } = await runProgram(command, cwd);
  if (code === 0) return { stdout, stderr };
  throw new Error(`${command.join(" ")} ended with ${code}\n${stdout}\n${stderr}`);
}

/** Runs a program, and tells its code too. */
export async function runProgram(
  command: readonly [string, ...string[]],
  cwd?: string | URL,
): Promise<Output & { readonly code: number }> {
  const [program, ...args] = command;
  const child = new Deno.Command(program, {
    args,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
    env: { NO_COLOR: "1" },
    ...(cwd === undefined ? {} : { cwd }),
  }).spawn();
  const limit = setTimeout(() => child.kill("SIGKILL"), LIMIT_MS);
  const { code, stdout, stderr } = await child.output();
  clearTimeout(limit);
  const decoder = new TextDecoder();
  return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}

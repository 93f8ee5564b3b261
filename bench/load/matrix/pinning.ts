/** Which processor runs what: the server one, the generator another. */
import { allowedCores } from "./process_stat.ts";

/** How processes are started. */
export interface Pinning {
  /** For people: what is pinned, or why not. */
  readonly description: string;
  /** The command that runs a server, which may have as many open files as the system allows. */
  server(command: readonly string[]): readonly [string, ...string[]];
  /** The command that runs the generator. */
  generator(command: readonly string[]): readonly [string, ...string[]];
}

const RAISED = 'ulimit -n "$(ulimit -Hn)" 2>/dev/null; exec "$@"';

/** Looks for `taskset` and two processors. */
export async function findPinning(): Promise<Pinning> {
  const cores = allowedCores(await Deno.readTextFile("/proc/self/status"));
  const [first, second] = cores;
  const reason = !(await hasTaskset())
    ? "taskset is missing"
    : second === undefined
    ? "there is one processor only"
    : undefined;
  const pin = (core: number | undefined): readonly string[] =>
    reason === undefined ? ["taskset", "-c", String(core)] : [];
  return {
    description: reason === undefined
      ? `server pinned to processor ${first}, generator to ${second}`
      : `nothing is pinned, and figures are worse for it: ${reason}`,
    server: (command) => ["sh", "-c", RAISED, "sh", ...pin(first), ...command],
    generator: (command) => ["sh", "-c", RAISED, "sh", ...pin(second), ...command],
  };
}

async function hasTaskset(): Promise<boolean> {
  try {
    return (await new Deno.Command("taskset", { args: ["--version"] }).output()).success;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

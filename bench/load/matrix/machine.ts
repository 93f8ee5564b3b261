/** On what, and with what, it was measured. */
import type { Consumer } from "../../../tools/consumer.ts";
import { projectRoot, readConfig } from "../../../tools/dependencies.ts";
import { BUN_ENGINE_VERSION } from "./programs.ts";

/** Names and versions, as text. */
export type Machine = Readonly<Record<string, string>>;

/** Looks at the machine and asks programs for their versions. */
export async function describeMachine({ node, bun }: Consumer): Promise<Machine> {
  const { imports, version } = await readConfig();
  const pinned = (name: string): string => imports[name]?.split("@").at(-1) ?? "unknown";
  const changes = await output("git", "status", "--porcelain", "--untracked-files=no");
  const commit = await output("git", "rev-parse", "HEAD");
  const cpu = /^model name\s*:\s*(.+)$/m.exec(await Deno.readTextFile("/proc/cpuinfo"));
  return {
    commit: changes === "" ? commit : `${commit}, with changes`,
    godwit: version,
    deno: Deno.version.deno,
    bun: await output(bun, "--version"),
    node: await output(node, "--version"),
    "socket.io": pinned("socket.io"),
    "engine.io": pinned("engine.io"),
    ws: pinned("ws"),
    "@socket.io/bun-engine": BUN_ENGINE_VERSION,
    kernel: `${Deno.build.os} ${Deno.osRelease()} ${Deno.build.arch}`,
    cpu: cpu?.[1] ?? "unknown",
    processors: String(navigator.hardwareConcurrency),
    openFiles: await output("sh", "-c", "ulimit -Sn; ulimit -Hn"),
  };
}

/** The load average of the last minute. */
export function loadAverage(): number {
  return Deno.loadavg()[0] ?? NaN;
}

async function output(program: string, ...args: readonly string[]): Promise<string> {
  const { stdout } = await new Deno.Command(program, { args: [...args], cwd: projectRoot })
    .output();
  return new TextDecoder().decode(stdout).trim().replaceAll("\n", " of ");
}

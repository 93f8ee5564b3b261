/** Measures one cell: a server and a generator are started, do one workload, and end. */
import { Child } from "./children.ts";
import type { Pinning } from "./pinning.ts";
import { cpuSeconds, openFiles, residentKiB } from "./process_stat.ts";
import type { ServerEntry } from "./servers.ts";
import type { Workload } from "./workloads.ts";

/** Time for a runtime to compile and listen, and for one to collect its memory, in milliseconds. */
const START_MS = 30_000;
const COLLECT_MS = 30_000;
/** Time to end, and to write a profile where one is wanted, in milliseconds. */
const FINISH_MS = 20_000;
/** Time for everything that a workload does before and after its measure, in milliseconds. */
const ASIDE_MS = 45_000;
/** How long a server may take for the messages of its warm-up, in milliseconds. */
const WARM_UP_MOST_MS = 6_000;
/** Open files beside the connections. */
const SPARE_FILES = 100;
/** The share of a processor from which the generator may be the bottleneck. */
const BUSY_SHARE = 0.9;

/** How the line with the result begins. */
const RESULT = '{"result":';

/** What one measure came to. */
export interface Measured {
  /** Messages each CPU second of the server, or KiB each connection. */
  readonly value: number;
  /** Messages each second of the clock; undefined for memory, as the shares are. */
  readonly perSecond?: number;
  /** Of one processor, what the server and the generator used. */
  readonly serverShare?: number;
  readonly generatorShare?: number;
  /** Whether the generator used more than 0.9 of its processor. */
  readonly isDoubtful: boolean;
}

/** How cells are measured. */
export interface Rig {
  readonly pinning: Pinning;
  /** The program of the generator. */
  readonly generator: string;
  readonly warmUpMs: number;
  readonly measureMs: number;
}

/** What the generator tells of a measure. */
interface Told {
  readonly messages: number;
  readonly nanoseconds: number;
  readonly serverStat: readonly [string, string];
  readonly ownStat: readonly [string, string];
}

/**
 * Measures a server, whose command this is, in a workload.
 *
 * @throws {Error} when one of the two does not come up, or the server does not do what it should
 */
export async function measureCell(
  { dialect, command }: { readonly dialect: string; readonly command: readonly string[] },
  workload: Workload,
  rig: Rig,
): Promise<Measured> {
  await using server = new Child(rig.pinning.server(command));
  const port = Number(await server.hear("PORT ", START_MS));
  await using generator = new Child(rig.pinning.generator([rig.generator]));
  const limitMs = rig.warmUpMs + rig.measureMs + ASIDE_MS;
  const { warmUpMs, measureMs } = rig;
  const wanted = {
    ...workload.play,
    dialect,
    port,
    pid: server.pid,
    warmUpMs,
    warmUpMostMs: WARM_UP_MOST_MS,
    measureMs,
    limitMs,
  };
  try {
    if (workload.unit === "memory") {
      await refuseFewFiles([server.pid, generator.pid], workload.play.connections);
    }
    await generator.say(JSON.stringify(wanted));
    if (workload.unit === "memory") {
      return await measureMemory(server, generator, { ...workload.play, limitMs });
    }
    const told = await generator.hear(RESULT, limitMs + 5_000);
    await server.finish(FINISH_MS);
    return rateOf(JSON.parse(RESULT + told).result);
  } catch (cause) {
    throw new Error(`${message(cause)}${server.errors}`, { cause });
  }
}

function rateOf({ messages, nanoseconds, serverStat, ownStat }: Told): Measured {
  const seconds = nanoseconds / 1e9;
  const used = cpuSeconds(serverStat[1]) - cpuSeconds(serverStat[0]);
  const own = cpuSeconds(ownStat[1]) - cpuSeconds(ownStat[0]);
  return {
    value: messages / used,
    perSecond: messages / seconds,
    serverShare: used / seconds,
    generatorShare: own / seconds,
    isDoubtful: own / seconds > BUSY_SHARE,
  };
}

async function measureMemory(
  server: Child,
  generator: Child,
  { connections, limitMs }: { readonly connections: number; readonly limitMs: number },
): Promise<Measured> {
  const collected = async (step: string): Promise<number> => {
    await generator.hear(`{"step":"${step}"}`, limitMs);
    await server.say("GC");
    await server.hear("COLLECTED", COLLECT_MS);
    return residentKiB(await Deno.readTextFile(`/proc/${server.pid}/status`));
  };
  const before = await collected("warm");
  await generator.say("go on");
  const after = await collected("open");
  return { value: (after - before) / connections, isDoubtful: false };
}

/** Refuses to open connections that the system would refuse in the middle. */
async function refuseFewFiles(pids: readonly number[], connections: number): Promise<void> {
  for (const pid of pids) {
    const found = openFiles(await Deno.readTextFile(`/proc/${pid}/limits`));
    if (found < connections + SPARE_FILES) {
      throw new Error(
        `Cannot open ${connections} connections: wanted ${connections + SPARE_FILES} open files, ` +
          `found a limit of ${found} (ulimit -Hn)`,
      );
    }
  }
}

function message(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}

/** The dialect that a server speaks, as the generator calls it. */
export function dialectOf({ kind }: ServerEntry): string {
  return kind === "bare" ? "bare" : "socket.io";
}

/**
 * Where the processor time of a server goes: profiles of V8 and of Bun, which are written alike.
 *
 * Source: the type Profiler.Profile of the Chrome DevTools Protocol.
 */

/** What is used of a profile. */
export interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: {
      readonly functionName: string;
      readonly url: string;
      readonly lineNumber: number;
    };
  }[];
  /** In microseconds, as all times here. */
  readonly endTime: number;
  readonly startTime: number;
  /** Which node was on top. */
  readonly samples: readonly number[];
  /** The time from the sample before, for the first from the start. */
  readonly timeDeltas: readonly number[];
}

/** One function, and its share of the samples that were not idle. */
export interface Hot {
  readonly name: string;
  /** File and line from 1; empty for what the engine does itself. */
  readonly place: string;
  readonly share: number;
}

/**
 * The functions on top most often within the last milliseconds, most first.
 *
 * Samples count, not the time between them: where the processor went to others in between, that would be
 * put on whatever was on top.
 */
export function hottest(profile: CpuProfile, lastMs: number): readonly Hot[] {
  const labels = new Map(profile.nodes.map(({ id, callFrame }) => [id, labelOf(callFrame)]));
  const from = profile.endTime - lastMs * 1_000;
  const counts = new Map<string, number>();
  let sum = 0;
  let now = profile.startTime;
  profile.samples.forEach((id, index) => {
    now += profile.timeDeltas[index] ?? 0;
    const label = labels.get(id) ?? "";
    if (now < from || label.startsWith("(idle)")) return;
    sum++;
    counts.set(label, (counts.get(label) ?? 0) + 1);
  });
  return [...counts].sort(([, a], [, b]) => b - a).map(([label, count]) => {
    const [name = "", place = ""] = label.split("\n");
    return { name, place, share: count / sum };
  });
}

/** The first lines of a profile, as people read them. */
export function hotTable(hot: readonly Hot[], count: number): string {
  const rows = hot.slice(0, count).map(({ name, place, share }) => {
    return `| ${(share * 100).toFixed(1)} % | ${name} | ${place} |`;
  });
  return ["| self | function | place |", "| ---: | --- | --- |", ...rows].join("\n");
}

function labelOf(
  { functionName, url, lineNumber }: CpuProfile["nodes"][number]["callFrame"],
): string {
  const file = url.replace(/^.*\/(?:node_modules|src|fixtures|bench)\//, "");
  const place = url === "" ? "" : `${file}:${lineNumber + 1}`;
  return `${functionName || "(anonymous)"}\n${place}`;
}

/** The command of a server, so that it writes a profile into a folder when it ends. */
export function profiled(command: readonly string[], folder: string): readonly string[] {
  // Flags go before the program: of `deno run`, of `node` or of `bun`.
  const start = command[1] === "run" ? 2 : 1;
  const flags = ["--cpu-prof", `--cpu-prof-dir=${folder}`];
  return [...command.slice(0, start), ...flags, ...command.slice(start)];
}

/**
 * The profile that a server has written.
 *
 * @throws {Error} when there is none
 */
export async function readProfile(folder: string): Promise<CpuProfile> {
  for await (const { name } of Deno.readDir(folder)) {
    if (name.endsWith(".cpuprofile")) {
      return JSON.parse(await Deno.readTextFile(`${folder}/${name}`));
    }
  }
  throw new Error(`Cannot find a profile in ${folder}: the server did not end by itself`);
}

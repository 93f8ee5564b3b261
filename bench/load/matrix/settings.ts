/** What the command line asks for. */
import { type ServerEntry, servers } from "./servers.ts";
import { type Workload, workloads } from "./workloads.ts";

/** What is measured, and how long. */
export interface Settings {
  readonly servers: readonly ServerEntry[];
  readonly workloads: readonly Workload[];
  readonly repetitions: number;
  /** Of each measure, and of the time before it. */
  readonly seconds: number;
  readonly warmUpSeconds: number;
  /** Path of the JSON file; the table goes beside it as `.md`. */
  readonly output: string;
  /** Folder for profiles of the servers, which cost them time; undefined for none. */
  readonly profile: string | undefined;
  /** What the short matrix leaves out, for people. */
  readonly leftOut: readonly string[];
}

export const usage: string = `deno task bench:load [--option=value ...]
  --servers=a,b       names, kinds (ours, socket.io, lean, bare), runtimes (node, bun, deno, deno-node)
                      or all; by default all but bare
                      names: ${servers.map(({ name }) => name).join(", ")}
  --workloads=a,b     or all; by default all but echo1024, which has no target
                      names: ${workloads.map(({ name }) => name).join(", ")}
  --repetitions=n     by default 1; a verdict wants 7
  --seconds=n         of each measure, by default 0.6
  --warm-up=n         seconds before each measure, by default 0.3; more where code takes longer to compile
  --output=file.json  by default dist/bench/load.json; the table goes beside it as .md
  --profile=folder    writes a profile of each server there, and prints its functions with the most time
                      of their own; it costs the servers time, so the figures count for nothing`;

const MOST_REPETITIONS = 100;
const MOST_SECONDS = 60;

/**
 * Reads the arguments.
 *
 * @throws {TypeError} that tells the names there are
 */
export function readSettings(args: readonly string[]): Settings {
  if (args.includes("--help")) throw new TypeError(usage);
  const given = new Map(args.map(splitOption));
  const take = (name: string, byDefault: string): string => {
    const value = given.get(name) ?? byDefault;
    given.delete(name);
    return value;
  };
  const chosen = choose(servers, take("servers", "ours,socket.io,lean"), "server", wordsOfServer);
  const plays = choose(
    workloads,
    take("workloads", workloads.map(({ name }) => name).filter((it) => it !== "echo1024").join()),
    "workload",
    ({ name }) => [name],
  );
  const settings = {
    servers: chosen,
    workloads: plays,
    repetitions: numberOf(take("repetitions", "1"), "repetitions", { most: MOST_REPETITIONS }),
    seconds: numberOf(take("seconds", "0.6"), "seconds", { most: MOST_SECONDS }),
    warmUpSeconds: numberOf(take("warm-up", "0.3"), "warm-up", { most: MOST_SECONDS }),
    output: take("output", "dist/bench/load.json"),
    profile: take("profile", "") || undefined,
    leftOut: [...servers, ...workloads]
      .filter((it) => !chosen.some((one) => one === it) && !plays.some((one) => one === it))
      .map(({ name }) => name),
  };
  const [unknown] = given.keys();
  if (unknown !== undefined) throw new TypeError(`Cannot find option --${unknown}\n${usage}`);
  if (!Number.isInteger(settings.repetitions)) {
    throw new TypeError(`Cannot repeat ${settings.repetitions} times: wanted a whole number`);
  }
  return settings;
}

function wordsOfServer({ name, kind, runtime }: ServerEntry): readonly string[] {
  return [name, kind, runtime];
}

function splitOption(argument: string): readonly [string, string] {
  const [, name, value] = /^--([a-z-]+)=(.+)$/.exec(argument) ?? [];
  if (name === undefined || value === undefined) {
    throw new TypeError(`Cannot read "${argument}": wanted --option=value\n${usage}`);
  }
  return [name, value];
}

function choose<Item>(
  items: readonly Item[],
  list: string,
  what: string,
  words: (item: Item) => readonly string[],
): readonly Item[] {
  const wanted = list.split(",").map((it) => it.trim());
  for (const word of wanted) {
    if (word !== "all" && !items.some((item) => words(item).includes(word))) {
      throw new TypeError(`Cannot find ${what} "${word}"\n${usage}`);
    }
  }
  const has = (word: string): boolean => wanted.includes(word);
  return items.filter((item) => has("all") || words(item).some(has));
}

function numberOf(text: string, name: string, { most }: { readonly most: number }): number {
  const value = Number(text);
  if (!(value > 0 && value <= most)) {
    throw new TypeError(`Cannot take ${text} for --${name}: wanted more than 0, at most ${most}`);
  }
  return value;
}

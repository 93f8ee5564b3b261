/**
 * Nine hundred and ninety good clients and ten hostile ones: what the good ones feel, before and during.
 *
 * Three processes: the server, the good clients (this one), and the hostile ones, which come for the
 * second phase only. It prints a table in Markdown, and then all figures as JSON.
 *
 * Run: deno task bench:hostile [seconds a phase] [servers] [options of ours as JSON]
 * for example `15 deno,node,reference '{"limits":{...}}'`
 */
// deno-lint-ignore-file no-console -- it is a program, and this is what it prints
import { type Target, targetsOf } from "../../../tests/runtime/targets.ts";
import { type Report, ServerProcess } from "../../../tests/support/server_process.ts";
import { type Felt, GoodClients, type Spread } from "./good.ts";

const GOOD = 990;
const HOSTILE = 10;
const WARM_UP_MS = 4_000;
/** Time that the server is given after the hostile clients have gone, in milliseconds. */
const REST_MS = 5_000;

const [seconds = "15", servers = "deno,deno-node,bun,node,reference", options = "{}"] = Deno.args;
const phaseMs = Number(seconds) * 1_000;

/** What one server came to; memory in MiB, the most that was seen. */
interface Result {
  readonly server: string;
  readonly before: Felt;
  readonly during: Felt;
  readonly rss: Readonly<Record<"before" | "during" | "after", number>>;
  /** What the hostile clients got through, each second. */
  readonly events: number;
  readonly connections: number;
  readonly survived: boolean;
}

async function measure(target: Target): Promise<Result> {
  const own = target.name === "reference" ? "{}" : options;
  await using server = await ServerProcess.start({
    command: [...await target.prepare(), own],
  });
  const good = new GoodClients(server.port);
  const highest = (): number => {
    const reports = server.reports.splice(0);
    return Math.max(...reports.map(({ rss }) => Number(rss))) / 1_048_576;
  };
  try {
    await good.open(GOOD);
    await wait(WARM_UP_MS);
    highest();
    const before = await good.feel(phaseMs);
    const rssBefore = highest();
    const hostile = startHostile(server.port);
    const during = await good.feel(phaseMs);
    const got = ratesOf(server.reports);
    const rssDuring = highest();
    hostile.kill("SIGKILL"); // which throws if they have ended by themselves: then there is no result
    await hostile.status;
    await wait(REST_MS);
    highest();
    await wait(1_500);
    const rss = { before: rssBefore, during: rssDuring, after: highest() };
    return { server: target.name, before, during, rss, ...got, survived: server.alive };
  } finally {
    good.close();
  }
}

/** Events and connections of hostile clients, each second. */
function ratesOf(reports: readonly Report[]): Pick<Result, "events" | "connections"> {
  const [first, last] = [reports[0], reports.at(-1)];
  const rate = (name: "events" | "connections"): number =>
    Math.round((Number(last?.[name]) - Number(first?.[name])) / (phaseMs / 1_000));
  return { events: rate("events"), connections: rate("connections") };
}

function startHostile(port: number): Deno.ChildProcess {
  const peers = new URL("./peers.ts", import.meta.url).pathname;
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "--frozen", "--quiet", "--no-check", "-A", peers, String(port), String(HOSTILE)],
    stdin: "null",
    stdout: "null",
    stderr: "inherit",
  }).spawn();
}

function wait(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function row({ server, before, during, rss, events, connections, survived }: Result): string {
  const times = (pick: (felt: Felt) => Spread): string => {
    const three = ({ p50, p99, max }: Spread): string => [p50, p99, max].map(ms).join("/");
    return `${three(pick(before))} | ${three(pick(during))}`;
  };
  const memory = [rss.before, rss.during, rss.after].map((mib) => Math.round(mib)).join("/");
  const lost = `${before.errors}/${during.errors} | ${before.disconnects}/${during.disconnects}`;
  const name = survived ? server : `${server}, which died`;
  return `| ${name} | ${times((it) => it.echo)} | ${
    times((it) => it.broadcast)
  } | ${lost} | ${memory} | ` +
    `${events} | ${connections} |`;
}

function ms(time: number): string {
  return time < 10 ? time.toFixed(1) : String(Math.round(time));
}

const results: Result[] = [];
const targets = targetsOf(new URL("./", import.meta.url), "node");
for (const name of servers.split(",")) {
  const target = targets.find((it) => it.name === name);
  if (target === undefined) throw new TypeError(`Cannot find server: ${name}`);
  const result = await measure(target);
  results.push(result);
  console.error(row(result));
}
console.log(
  `${GOOD} good clients, ${HOSTILE} hostile ones, ${seconds} s a phase; options ${options}`,
);
console.log(
  "p50/p99/max in ms; errors and disconnects before/during; RSS in MiB before/during/after",
);
console.log();
console.log(
  "| server | echo, before | echo, during | broadcast, before | broadcast, during | errors " +
    "| disconnects | RSS | events/s | connections/s |",
);
console.log("| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |");
for (const result of results) console.log(row(result));
console.log();
console.log(
  JSON.stringify({ good: GOOD, hostile: HOSTILE, seconds: Number(seconds), options, results }),
);

/**
 * One stalled socket and 1,000 healthy ones in a room: what the stalled one costs the server, and what
 * the others feel of it.
 *
 * Two phases of the same length: without the stalled socket, and with it. It reads nothing but goes on
 * with its pongs; with `close`, it is let go, and with a policy that drops, it stays.
 *
 * Run: deno task bench:stalled [seconds] [runtimes] [policy], for example `60 deno,node dropOldest`
 */
// deno-lint-ignore-file no-console -- it is a program, and this is what it prints
import { targetsOf } from "../../tests/runtime/targets.ts";
import { joinedTcp } from "../../tests/support/entry_checks.ts";
import { clientFrame } from "../../tests/support/raw_tcp.ts";
import { type Report, ServerProcess } from "../../tests/support/server_process.ts";
import { wallTime } from "./stalled_app.ts";

const SOCKETS = 1_000;
const WARM_UP_MS = 5_000;
/** Longer than the stalled socket is filled for. */
const FILL_MS = 4_000;
const MAX_BUFFERED_BYTES = 1_048_576;

const [seconds = "60", runtimes = "deno,deno-node,bun,node", bufferPolicy = "dropOldest"] =
  Deno.args;

/** Clients that note how long each broadcast took to reach them. */
class Healthy {
  delays: number[] = [];
  readonly #sockets: WebSocket[] = [];

  async open(server: ServerProcess): Promise<void> {
    while (this.#sockets.length < SOCKETS) {
      const more = Array.from({ length: 50 }, () => this.#join(server));
      this.#sockets.push(...await Promise.all(more));
    }
  }

  close(): void {
    for (const socket of this.#sockets) socket.close();
  }

  #join(server: ServerProcess): Promise<WebSocket> {
    const socket = new WebSocket(`${server.webSocketUrl}/socket.io/?EIO=4&transport=websocket`);
    return new Promise((resolve, reject) => {
      socket.onerror = () => reject(new Error("A healthy client could not connect"));
      socket.onmessage = ({ data }) => {
        const text = String(data);
        if (text === "2") socket.send("3");
        else if (text.startsWith("0")) socket.send("40");
        else if (text.startsWith("40")) resolve(socket);
        else if (text.startsWith('42["tick",')) {
          this.delays.push(wallTime() - parseFloat(text.slice(10)));
        }
      };
    });
  }
}

/** What one phase has come to. */
interface Phase {
  readonly p50: number;
  readonly p99: number;
  readonly deliveries: number;
  /** What the server has told. */
  readonly reports: readonly Report[];
}

function wait(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

async function measure(healthy: Healthy, server: ServerProcess): Promise<Phase> {
  const before = server.reportsOf({ kind: "memory" }).length;
  healthy.delays = [];
  await wait(Number(seconds) * 1_000);
  const delays = Float64Array.from(healthy.delays).sort();
  const at = (share: number): number => delays[Math.floor(delays.length * share)] ?? NaN;
  const reports = server.reportsOf({ kind: "memory" }).slice(before);
  return { p50: at(0.5), p99: at(0.99), deliveries: delays.length, reports };
}

/** A socket that asks for limits, and then reads nothing; it answers pings before they come. */
async function stall(server: ServerProcess): Promise<Disposable> {
  const tcp = await joinedTcp(server);
  const options = { maxBufferedBytes: MAX_BUFFERED_BYTES, bufferPolicy };
  await tcp.write(clientFrame(0x81, `42${JSON.stringify(["stall me", options])}`));
  const timer = setInterval(() => void tcp.write(clientFrame(0x81, "3")).catch(() => {}), 5_000);
  return {
    [Symbol.dispose]: () => {
      clearInterval(timer);
      tcp.close();
    },
  };
}

function most(reports: readonly Report[], name: string): number {
  return Math.max(...reports.map((report) => Number(report[name])));
}

function median(reports: readonly Report[], name: string): number {
  const values = reports.map((report) => Number(report[name])).sort((a, b) => a - b);
  return values[Math.floor(values.length / 2)] ?? NaN;
}

async function run(name: string, command: readonly [string, ...string[]]): Promise<void> {
  await using server = await ServerProcess.start({ command: [...command], scheme: "http" });
  const healthy = new Healthy();
  await healthy.open(server);
  await wait(WARM_UP_MS);
  const before = await measure(healthy, server);
  using _stalled = await stall(server);
  await wait(FILL_MS);
  const during = await measure(healthy, server);
  healthy.close();
  const rise = (median(during.reports, "rss") - median(before.reports, "rss")) / 1_048_576;
  const row = [
    name,
    before.p50.toFixed(1),
    before.p99.toFixed(1),
    during.p50.toFixed(1),
    during.p99.toFixed(1),
    (during.p99 / before.p99).toFixed(2),
    most(during.reports, "waits"),
    rise.toFixed(1),
    during.reports.at(-1)?.["stays"],
    during.deliveries,
  ];
  console.log(`| ${row.join(" | ")} |`);
}

console.log(
  `One stalled of ${
    SOCKETS + 1
  } sockets, ${seconds} s each, ${bufferPolicy}, limit ${MAX_BUFFERED_BYTES}`,
);
console.log(
  "| runtime | p50 before, ms | p99 | p50 during | p99 | ratio of p99 | most that waited, bytes | rise of RSS, MiB | stays | deliveries |",
);
console.log("| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | --- | ---: |");
for (const target of targetsOf(new URL("./", import.meta.url), "deno")) {
  if (runtimes.split(",").includes(target.name)) await run(target.name, await target.prepare());
}

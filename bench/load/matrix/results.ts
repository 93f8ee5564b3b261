/** Collects what cells came to, and writes it as JSON and as Markdown. */
import { type Figures, judge, targets, type Verdict } from "./judgement.ts";
import type { Machine } from "./machine.ts";
import type { Measured } from "./measure.ts";
import type { Cell } from "./schedule.ts";
import type { Runtime, ServerEntry } from "./servers.ts";
import type { Settings } from "./settings.ts";
import { median, spreadOf } from "./statistics.ts";
import { type Entry, figureTable, verdictTable } from "./table.ts";
import type { Workload } from "./workloads.ts";

type LoadCell = Cell<ServerEntry, Workload>;

/** Repetitions that a verdict wants. */
const ENOUGH = 7;

/** One measure, as it is written to the file. */
interface Row extends Measured {
  readonly server: string;
  readonly workload: string;
  readonly repetition: number;
  /** Load average of the machine when it had ended. */
  readonly load: number;
}

/** A measure that failed. */
interface Fault {
  readonly server: string;
  readonly workload: string;
  readonly repetition: number;
  readonly reason: string;
}

/** Everything that was measured in one run. */
export class Results {
  readonly faults: Fault[] = [];
  readonly #rows: Row[] = [];
  readonly #settings: Settings;
  readonly #machine: Machine;
  readonly #pinning: string;
  readonly #startedAt = new Date();

  constructor(settings: Settings, machine: Machine, pinning: string) {
    this.#settings = settings;
    this.#machine = machine;
    this.#pinning = pinning;
  }

  /** Keeps what a cell came to. */
  add(cell: LoadCell, measured: Measured, load: number): void {
    this.#rows.push({ ...namesOf(cell), ...measured, load });
  }

  /** Keeps why there is nothing. */
  fail(cell: LoadCell, reason: string): void {
    this.faults.push({ ...namesOf(cell), reason });
  }

  /** What is measured, how and on what. */
  get heading(): string {
    const { repetitions, seconds, warmUpSeconds, leftOut } = this.#settings;
    const versions = Object.entries(this.#machine).map(([name, value]) => `${name} ${value}`);
    return [
      `${repetitions} repetitions of ${seconds} s after ${warmUpSeconds} s; ${this.#pinning}.`,
      ...(leftOut.length === 0 ? [] : [`Left out: ${leftOut.join(", ")}.`]),
      `${versions.join(", ")}.`,
    ].join("\n");
  }

  /** Both tables, and what has to be known to read them. */
  get markdown(): string {
    const load = median(this.#rows.map((row) => row.load));
    const entries = this.#entries();
    const doubtful = entries.some(({ isDoubtful }) => isDoubtful)
      ? ["\\* the generator used more than 0.9 of its processor in a repetition."]
      : [];
    return [
      this.heading,
      `Load average of the machine while it ran: ${load.toFixed(1)} (median).`,
      "",
      "Messages, deliveries or connections of each second of processor time that the server used; " +
      "idle in KiB each connection. Median (least–most).",
      "",
      figureTable(entries),
      ...doubtful,
      ...this.#judged(),
      ...this.faults.map((it) => `FAILED: ${it.workload} ${it.server}: ${it.reason}`),
      "",
    ].join("\n");
  }

  /** Writes both files; gives the text of the table and their paths. */
  async write(): Promise<string> {
    const { output } = this.#settings;
    const table = output.replace(/\.json$/, "") + ".md";
    await Deno.mkdir(output.replace(/[^/]*$/, "") || ".", { recursive: true });
    await Deno.writeTextFile(output, `${JSON.stringify(this.#json(), undefined, 2)}\n`);
    await Deno.writeTextFile(table, this.markdown);
    return `${this.markdown}\nWritten: ${output}, ${table}`;
  }

  /** The second table, where there is something of ours. */
  #judged(): readonly string[] {
    const verdicts = this.#verdicts();
    if (verdicts.length === 0) return [];
    const few = this.#settings.repetitions < ENOUGH
      ? [`A verdict wants ${ENOUGH} repetitions: these say where to look.`]
      : [];
    return [
      "",
      "Ours against socket.io on the same runtime, and against the lean control beside it: what was " +
      "reached of what is wanted.",
      "",
      verdictTable(verdicts),
      ...few,
    ];
  }

  #json(): object {
    const { repetitions, seconds, warmUpSeconds } = this.#settings;
    return {
      startedAt: this.#startedAt.toISOString(),
      machine: this.#machine,
      pinning: this.#pinning,
      settings: { repetitions, seconds, warmUpSeconds },
      spreads: this.#entries(),
      verdicts: this.#verdicts(),
      measures: this.#rows,
      faults: this.faults,
    };
  }

  #entries(): readonly Entry[] {
    const { servers, workloads } = this.#settings;
    return servers.flatMap((server) =>
      workloads.flatMap((workload) => {
        const rows = this.#rowsOf(server.name, workload.name);
        if (rows.length === 0) return [];
        const spread = spreadOf(rows.map(({ value }) => value));
        const isDoubtful = rows.some((row) => row.isDoubtful);
        return { server: server.name, workload: workload.name, spread, isDoubtful };
      })
    );
  }

  #verdicts(): readonly Verdict[] {
    const { servers, workloads } = this.#settings;
    const runtimes = Object.keys(targets) as Runtime[];
    return runtimes
      .filter((runtime) => servers.some((it) => it.kind === "ours" && it.runtime === runtime))
      .flatMap((runtime) =>
        workloads.map((workload) => judge(runtime, workload, this.#figures(workload)))
      );
  }

  #figures(workload: Workload): Figures {
    return new Map(this.#settings.servers.map(({ name }) => {
      const rows = this.#rowsOf(name, workload.name);
      return [name, new Map(rows.map(({ repetition, value }) => [repetition, value]))];
    }));
  }

  #rowsOf(server: string, workload: string): readonly Row[] {
    return this.#rows.filter((row) => row.server === server && row.workload === workload);
  }
}

function namesOf({ server, workload, repetition }: LoadCell): Omit<Fault, "reason"> {
  return { server: server.name, workload: workload.name, repetition };
}

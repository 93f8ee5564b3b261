/**
 * `deno task bench:types [events] [rounds]`: what type-checking an application with typed events
 * costs, beside socket.io, as the compiler itself counts it.
 *
 * Invariants
 * - Both packages check the very same text, with the same compiler and settings; only where
 *   `socket.io` leads to differs.
 * - The rounds take turns, so that a busy machine is as bad for one as for the other; of the seconds
 *   and of the memory the median counts. Types and instantiations are the same in each round, or it
 *   is an error.
 */
import { print } from "../../tools/print.ts";
import { applicationFiles, emptyFiles, importOnlyFiles } from "./application.ts";
import {
  compileProgram,
  DECLARATIONS,
  type Figures,
  prepareProject,
  type Project,
  writeProgram,
} from "./compiler.ts";

/** What is compared: the reference, and the entry that stands in for it. */
const COMPARED = ["socket.io", "@godwit/io/node"] as const;

type Results = Readonly<Record<typeof COMPARED[number], Figures>>;

/** A program under one setting, measured with both packages. */
interface Subject {
  readonly name: string;
  readonly files: ReadonlyMap<string, string>;
  readonly skipLibCheck: boolean;
}

/** Runs everything, and prints a table for each subject. */
async function main(events: number, rounds: number): Promise<void> {
  const application = applicationFiles(events);
  const project = await prepareProject();
  await printMachine(project);
  const subjects: readonly Subject[] = [
    { name: "no package", files: emptyFiles(), skipLibCheck: true },
    { name: "the package alone", files: importOnlyFiles(), skipLibCheck: true },
    { name: `${events} events`, files: application, skipLibCheck: true },
    { name: `${events} events and the declarations`, files: application, skipLibCheck: false },
  ];
  for (const subject of subjects) printTable(subject, await measure(project, subject, rounds));
}

/** The figures of a subject for each package. */
async function measure(project: Project, subject: Subject, rounds: number): Promise<Results> {
  const taken: Record<typeof COMPARED[number], Figures[]> = {
    "socket.io": [],
    "@godwit/io/node": [],
  };
  const settings = new Map<typeof COMPARED[number], string>();
  for (const name of COMPARED) {
    const program = {
      ...subject,
      name: `${subject.name} ${name}`,
      paths: { "socket.io": DECLARATIONS[name] },
    };
    settings.set(name, await writeProgram(project, program));
  }
  for (let round = 0; round < rounds; round++) {
    for (const [name, path] of settings) taken[name].push(await compileProgram(project, path));
  }
  return {
    "socket.io": summary(taken["socket.io"]),
    "@godwit/io/node": summary(taken["@godwit/io/node"]),
  };
}

/** The rounds as one. */
function summary(rounds: readonly Figures[]): Figures {
  const all = (key: keyof Figures): readonly number[] => rounds.map((figures) => figures[key]);
  for (const key of ["types", "instantiations"] as const) {
    if (new Set(all(key)).size !== 1) throw new Error(`Cannot compare: ${key} vary: ${all(key)}`);
  }
  return {
    types: median(all("types")),
    instantiations: median(all("instantiations")),
    memoryKb: median(all("memoryKb")),
    checkSeconds: median(all("checkSeconds")),
    totalSeconds: median(all("totalSeconds")),
  };
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

/** Prints both columns, and ours as a share of the reference's. */
function printTable({ name, skipLibCheck }: Subject, results: Results): void {
  print(`\n${name} (skipLibCheck ${skipLibCheck})`);
  print(row(["", ...COMPARED, "ratio"]));
  const rows = {
    "types": "types",
    "instantiations": "instantiations",
    "memory, KiB": "memoryKb",
    "check, s": "checkSeconds",
    "total, s": "totalSeconds",
  } as const;
  for (const [title, key] of Object.entries(rows)) {
    const [theirs, ours] = [results["socket.io"][key], results["@godwit/io/node"][key]];
    const ratio = theirs === 0 ? "" : (ours / theirs).toFixed(2);
    print(row([title, String(theirs), String(ours), ratio]));
  }
}

function row([title = "", ...cells]: readonly string[]): string {
  return `  ${title.padEnd(16)}${cells.map((cell) => cell.padStart(16)).join("")}`;
}

async function printMachine({ node, versions }: Project): Promise<void> {
  const { stdout } = await new Deno.Command(node, { args: ["--version"] }).output();
  const { os, arch } = Deno.build;
  const nodeVersion = new TextDecoder().decode(stdout).trim();
  print(`${os}/${arch}, ${navigator.hardwareConcurrency} cores, Node ${nodeVersion}`);
  print(Object.entries(versions).map((it) => it.join(" ")).join(", "));
}

if (import.meta.main) {
  const [events = 200, rounds = 5] = Deno.args.map(Number);
  await main(events, rounds);
}

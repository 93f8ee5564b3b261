/**
 * The workloads of the load, on ours and on what it is measured against: messages of each second of
 * processor time that the server used.
 *
 * Run: deno task bench:load [--option=value ...], see settings.ts.
 */
import { consumer } from "../../../tests/support/consumer.ts";
import { print } from "../../../tools/print.ts";
import { endWithChildren } from "./children.ts";
import { describeMachine, loadAverage } from "./machine.ts";
import { dialectOf, measureCell, type Measured, type Rig } from "./measure.ts";
import { findPinning } from "./pinning.ts";
import { buildGenerator, serverCommand } from "./programs.ts";
import { hotTable, hottest, profiled, readProfile } from "./profile.ts";
import { Results } from "./results.ts";
import { type Cell, scheduleOf } from "./schedule.ts";
import type { ServerEntry } from "./servers.ts";
import { readSettings, type Settings } from "./settings.ts";
import { short } from "./table.ts";
import type { Workload } from "./workloads.ts";

/** Functions that are shown of a profile. */
const HOT_ROWS = 30;

type LoadCell = Cell<ServerEntry, Workload>;

function settingsOrExit(): Settings {
  try {
    return readSettings(Deno.args);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    print(error.message);
    Deno.exit(2);
  }
}

/** What is printed while it runs. */
function lineOf({ server, workload }: LoadCell, measured: Measured, done: string): string {
  const { value, perSecond, serverShare, generatorShare, isDoubtful } = measured;
  const unit = workload.unit === "memory" ? "KiB each" : "each CPU second";
  const shares = perSecond === undefined
    ? ""
    : `, ${short(perSecond)}/s, server ${share(serverShare)}, generator ${share(generatorShare)}`;
  const mark = isDoubtful ? ", which may be the bottleneck" : "";
  return `${done} ${workload.name} ${server.name}: ${short(value)} ${unit}${shares}${mark}`;
}

function share(value = NaN): string {
  return `${Math.round(value * 100)} %`;
}

/** Measures a cell, and prints where the time went if there is a folder for profiles. */
async function measureProfiled(
  { server, workload }: LoadCell,
  command: readonly string[],
  { rig, folder }: { readonly rig: Rig; readonly folder: string | undefined },
): Promise<Measured> {
  const dialect = dialectOf(server);
  if (folder === undefined) return await measureCell({ dialect, command }, workload, rig);
  const own = `${await Deno.realPath(await made(folder))}/${workload.name}-${server.name}`;
  await Deno.remove(own, { recursive: true }).catch(() => {}); // there is none yet
  const measured = await measureCell({ dialect, command: profiled(command, own) }, workload, rig);
  print(`\n${own}\n${hotTable(hottest(await readProfile(own), rig.measureMs), HOT_ROWS)}\n`);
  return measured;
}

async function made(folder: string): Promise<string> {
  await Deno.mkdir(folder, { recursive: true });
  return folder;
}

async function run(settings: Settings): Promise<boolean> {
  endWithChildren();
  const rig: Rig = {
    pinning: await findPinning(),
    generator: await buildGenerator(),
    warmUpMs: settings.warmUpSeconds * 1_000,
    measureMs: settings.seconds * 1_000,
  };
  const project = await consumer();
  const commands = new Map<ServerEntry, readonly string[]>();
  for (const server of settings.servers) commands.set(server, await serverCommand(server, project));
  const results = new Results(settings, await describeMachine(project), rig.pinning.description);
  print(results.heading);
  const cells = scheduleOf(settings.servers, settings.workloads, {
    repetitions: settings.repetitions,
    canPlay: ({ kind }, { isBare }) => kind !== "bare" || isBare,
  });
  for (const [index, cell] of cells.entries()) {
    const done = `${index + 1}/${cells.length}`;
    try {
      const command = commands.get(cell.server) ?? [];
      const measured = await measureProfiled(cell, command, { rig, folder: settings.profile });
      results.add(cell, measured, loadAverage());
      print(lineOf(cell, measured, done));
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      results.fail(cell, reason);
      print(`${done} ${cell.workload.name} ${cell.server.name}: FAILED\n${reason}`);
    }
  }
  print(`\n${await results.write()}`);
  return results.faults.length === 0;
}

if (import.meta.main) Deno.exit(await run(settingsOrExit()) ? 0 : 1);

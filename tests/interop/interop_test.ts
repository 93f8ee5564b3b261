/**
 * Runs the interop matrix: client x transport x target, against real server processes, with a table at
 * the end.
 *
 * - Each cell is a test. What the same program does on socket.io is the control: see excuses.ts.
 * - A client whose tools are missing is skipped, with a line that says so; with CI=true it fails.
 *
 * `GODWIT_CLIENTS=javascript-2.5.0,go GODWIT_TARGETS=deno deno test -A tests/interop` chooses.
 */
import { chosenTargets, targetsOf } from "../runtime/targets.ts";
import { chosenClients, type Client, type Transport, TRANSPORTS } from "./clients.ts";
import { isUsableControl, judge, type Outcome } from "./excuses.ts";
import { missingTool } from "./languages.ts";
import { Matrix } from "./matrix.ts";
import { MatrixTable, type Place } from "./matrix_table.ts";

const CONTROL = "reference";

const targets = targetsOf(new URL("./", import.meta.url), "node");
const columns = chosenTargets(targets).map(({ name }) => name);
const matrix = new Matrix(targets);
const table = new MatrixTable(columns);
const versions = new Map<string, string>();
const begun: (() => void)[] = [];

for (const client of await clientsWithTools()) {
  for (const target of columns) {
    begun.push(() => void matrix.visit(client, target));
    for (const transport of TRANSPORTS) {
      test(client, { client: client.title, transport, target });
    }
  }
}
Deno.test.afterAll(async () => {
  await matrix.stop();
  const told = [...versions].map(([title, version]) => `${title}: ${version}`);
  table.note(`versions, as the libraries tell them: ${told.join("; ")}`);
  say(table.lines.join("\n"));
});

/** The chosen clients that can be built here. */
async function clientsWithTools(): Promise<readonly Client[]> {
  const usable: Client[] = [];
  for (const client of chosenClients()) {
    const missing = await missingTool(client.language);
    if (missing === undefined) {
      usable.push(client);
      continue;
    }
    const isFailure = Deno.env.get("CI") === "true";
    table.note(`skipped: ${client.title}: ${missing}`);
    Deno.test({
      name: `${client.title} can be built: ${missing}`,
      ignore: !isFailure,
      fn: () => Promise.reject(new Error(missing)),
    });
  }
  return usable;
}

function test(client: Client, place: Place): void {
  Deno.test({
    name: `${client.title} over ${place.transport} on ${place.target}: all scenarios`,
    // The servers and programs outlive a cell.
    sanitizeOps: false,
    sanitizeResources: false,
    fn: async () => {
      for (const begin of begun.splice(0)) begin();
      if (place.target === CONTROL) await testControl(client, place);
      else await testCell(client, place);
    },
  });
}

/** A cell passes if all its scenarios do, or fail as they do in the control. */
async function testCell(client: Client, place: Place): Promise<void> {
  const cell = await outcomesOf(client, place.transport, place.target);
  for (const it of cell) {
    if (it.result === "left out") table.leaveOut({ ...it, client: client.title });
  }
  const verdict = judge(cell, await outcomesOf(client, place.transport, CONTROL));
  table.add(place, verdict);
  if (verdict.failures.length === 0) return;
  throw new Error(verdict.failures.map((it) => `${it.scenario}: ${it.details}`).join("\n\n"));
}

/** A control shows how the program fails by itself; it may fail, but has to connect. */
async function testControl(client: Client, place: Place): Promise<void> {
  const control = await outcomesOf(client, place.transport, CONTROL);
  table.add(place, judge(control, []));
  if (!isUsableControl(control)) {
    throw new Error(`The program fails by itself: ${JSON.stringify(control[0])}`);
  }
}

async function outcomesOf(
  client: Client,
  transport: Transport,
  target: Place["target"],
): Promise<readonly Outcome[]> {
  const { version, cells } = await matrix.visit(client, target);
  versions.set(client.title, version);
  return cells.get(transport) ?? [];
}

function say(line: string): void {
  // deno-lint-ignore no-console -- the result of the run
  console.info(line);
}

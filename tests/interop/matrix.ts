/**
 * Plays the matrix: every scenario for every client, over every transport, on every target.
 *
 * Owns the servers and the client programs of a run.
 *
 * Invariants
 * - A program is started once for a target and plays all its cells there, side by side.
 * - No more than `PROGRAMS_AT_ONCE` programs run at a time; building one takes no place among them.
 * - Each cell is played once, also if it is asked for several times: as a test, and as the control of
 *   others.
 */
import type { TargetName } from "../runtime/capabilities.ts";
import { SharedServers, type Target } from "../runtime/targets.ts";
import type { ServerProcess } from "../support/server_process.ts";
import { ClientProcess } from "./client_process.ts";
import { type Client, type Transport, TRANSPORTS } from "./clients.ts";
import type { Outcome } from "./excuses.ts";
import { firstLine, kindOf } from "./expectation.ts";
import { clientCommand } from "./languages.ts";
import { Pool } from "./pool.ts";
import { lackOf, type Scenario } from "./scenario.ts";
import { SCENARIOS } from "./scenarios.ts";
import { type Profile, PROFILES, Scene, type Stage } from "./scene.ts";

/** As many as two processors keep up with: scenarios mostly wait. */
const PROGRAMS_AT_ONCE = 5;

/** What one program did on one target. */
export interface Visit {
  /** The version that the library tells of itself. */
  readonly version: string;
  readonly cells: ReadonlyMap<Transport, readonly Outcome[]>;
}

export class Matrix {
  readonly #servers: ReadonlyMap<TargetName, SharedServers<Profile>>;
  readonly #visits: Map<string, Promise<Visit>> = new Map();
  readonly #pool: Pool = new Pool(PROGRAMS_AT_ONCE);

  constructor(targets: readonly Target[]) {
    this.#servers = new Map(targets.map((it) => [it.name, new SharedServers(it, PROFILES)]));
  }

  /** What a client's program does on a target; begins at once. */
  visit(client: Client, target: TargetName): Promise<Visit> {
    const key = `${client.key} on ${target}`;
    const visit = this.#visits.get(key) ?? this.#visit(client, target);
    this.#visits.set(key, visit);
    visit.catch(() => {}); // told when it is awaited
    return visit;
  }

  async stop(): Promise<void> {
    await Promise.allSettled(this.#visits.values());
    await Promise.all([...this.#servers.values()].map((servers) => servers.stop()));
  }

  async #visit(client: Client, target: TargetName): Promise<Visit> {
    const command = await clientCommand(client);
    return await this.#pool.run(async () => {
      // A server that does not come up is one failure, not one of every scenario.
      await Promise.all([this.#server(target, "calm"), this.#server(target, "watchful")]);
      const program = await ClientProcess.start(command);
      try {
        const server = (profile: Profile): Promise<ServerProcess> => this.#server(target, profile);
        return { version: program.version, cells: await playCells({ client, program, server }) };
      } finally {
        await program.stop();
      }
    });
  }

  async #server(target: TargetName, profile: Profile): Promise<ServerProcess> {
    const servers = this.#servers.get(target);
    if (servers === undefined) throw new TypeError(`Cannot play on ${target}: it is not there`);
    return await servers.get(profile);
  }
}

/**
 * Plays all scenarios over all transports, side by side; but those about time not beside what takes the
 * whole machine.
 */
async function playCells(
  parts: Omit<Stage, "transport">,
): Promise<ReadonlyMap<Transport, readonly Outcome[]>> {
  const pool = new Pool(parts.client.atOnce ?? Infinity);
  const cells = new Map<Transport, Outcome[]>(TRANSPORTS.map((it) => [it, []]));
  for (const isPatient of [false, true]) {
    const chosen = SCENARIOS.filter((it) => (it.isPatient ?? false) === isPatient);
    await Promise.all([...cells].map(async ([transport, outcomes]) => {
      const played = chosen.map((it) => pool.run(() => playSteadily({ ...parts, transport }, it)));
      outcomes.push(...await Promise.all(played));
    }));
  }
  return cells;
}

/** Plays what has failed once more, where the client is known to fail by chance; and says so. */
async function playSteadily(stage: Stage, scenario: Scenario): Promise<Outcome> {
  const outcome = await play(stage, scenario);
  const { title, unsteady } = stage.client;
  if (
    outcome.result !== "failed" || !unsteady?.transports.includes(stage.transport) ||
    !unsteady.shows.test(outcome.text)
  ) return outcome;
  // deno-lint-ignore no-console -- what is played again must be seen
  console.info(
    `played again: ${title}, ${stage.transport}: ${scenario.name}: ${outcome.text} (${unsteady.reason})`,
  );
  return await play(stage, scenario);
}

async function play(stage: Stage, scenario: Scenario): Promise<Outcome> {
  const reason = lackOf(stage.client, scenario);
  if (reason !== undefined) return { scenario: scenario.name, result: "left out", reason };
  await using scene = new Scene(stage);
  try {
    await scenario.run(scene);
    return { scenario: scenario.name, result: "passed" };
  } catch (error) {
    return {
      scenario: scenario.name,
      result: "failed",
      kind: kindOf(error),
      text: firstLine(error),
      details: `${error instanceof Error ? error.stack : error}\n${await scene.traces()}`,
    };
  }
}

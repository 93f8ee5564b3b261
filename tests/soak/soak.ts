/**
 * One target under churn: clients come and go, and then nothing of them may be left.
 *
 * Invariants
 * - The churn has two parts, alike but for chance. The first warms compilers and caches up; memory is
 *   compared between the ends of the two.
 * - After each, and at the end, everything must have gone within `SETTLE_MS`.
 */
import { delay } from "@std/async";
import type { Target } from "../runtime/targets.ts";
import type { ServerProcess } from "../support/server_process.ts";
import { eventually, within } from "../support/waiting.ts";
import { Wire } from "../support/wire.ts";
import { type State, STATE_PATH } from "./app.ts";
import { Churn } from "./churn.ts";
import { heldConnections } from "./connections.ts";
import { GoodClient } from "./published.ts";
import { startSoaked } from "./targets.ts";
import { growth, leftovers, retained } from "./verdict.ts";

/** Share of the time that is for warming up. */
const WARM_UP = 0.5;

/** Clients of each of the two parts, at least. */
const CLIENTS = 1_000;

/** How often memory is looked at in the end, if it seems to have grown. */
const LOOKS = 3;

/** Time in which all must have gone, in milliseconds: the deadlines of the server, and room for them. */
const SETTLE_MS = 15_000;

/**
 * How long Deno keeps a WebSocket whose connection was reset, in milliseconds: half its idle timeout,
 * which is pingInterval, pingTimeout and 20 s together.
 */
const DENO_REST_MS = 12_500;

/** How long the others are left alone before memory is looked at, in milliseconds. */
const REST_MS = 1_000;

/** Connections that the published client has at most: a poll, and a POST beside it. */
const OF_A_CLIENT = 2;

/** What a run came to. */
export interface Outcome {
  /** What it was like, in one line. */
  readonly story: string;
  readonly faults: readonly string[];
}

/** How long a target is kept under churn, in milliseconds, and with what chance. */
export interface Plan {
  readonly timeMs: number;
  readonly seed: number;
}

/** Keeps a target under churn. */
export async function soak(target: Target, plan: Plan): Promise<Outcome> {
  await using server = await startSoaked(target);
  const soaking = new Soak(server, plan, target.name === "deno" ? DENO_REST_MS : REST_MS);
  const faults: string[] = [];
  try {
    faults.push(...await soaking.run());
  } catch (error) {
    faults.push(error instanceof Error ? error.message : String(error));
  }
  if (!server.alive) faults.push(`the server has died:\n${server.output}`);
  const story = `soak of ${target.name}: seed ${plan.seed}; ${soaking.story}`;
  return { story, faults: [...faults, ...soaking.faults] };
}

/** One run against one server. */
class Soak {
  readonly #server: ServerProcess;
  readonly #plan: Plan;
  readonly #churn: Churn;
  readonly #restMs: number;
  readonly #begun = performance.now();
  readonly #madeBefore = Wire.made;
  #good: readonly GoodClient[] = [];
  #before: State | undefined;
  #after: State | undefined;

  /** @param restMs time after which the runtime keeps nothing of WebSockets that have ended, in milliseconds */
  constructor(server: ServerProcess, plan: Plan, restMs: number) {
    this.#server = server;
    this.#plan = plan;
    this.#churn = new Churn(server.url, plan.seed);
    this.#restMs = restMs;
  }

  /** What went wrong with single clients. */
  get faults(): readonly string[] {
    return [...this.#churn.tally.faults, ...this.#good.flatMap((client) => client.faults)];
  }

  /** All of it; resolves with what is wrong with what is left. */
  async run(): Promise<readonly string[]> {
    const { timeMs } = this.#plan;
    this.#good = await Promise.all([
      GoodClient.connect(this.#server.url, "websocket"),
      GoodClient.connect(this.#server.url, "polling"),
    ]);
    try {
      await this.#comeAndGo(timeMs * WARM_UP);
      const before = this.#before = await this.#settle(this.#good.length, this.#restMs);
      await this.#comeAndGo(timeMs);
      const after = this.#after = await this.#settleAgain(before);
      return [
        ...retained(after, this.#good.length, this.#churn.clients),
        ...growth(before.memory, after.memory),
        ...await this.#end(),
      ];
    } finally {
      for (const client of this.#good) await client.stop();
    }
  }

  /** Time, connections, ends, answers, memory and counters. */
  get story(): string {
    const clients = this.#churn.tally.counts.map(([kind, count]) => `${kind} ${count}`);
    const counters = Object.entries(this.#after?.counters ?? {});
    return [
      `${Wire.made - this.#madeBefore} connections of ${this.#churn.clients} clients in ` +
      `${Math.round((performance.now() - this.#begun) / 1_000)} s`,
      `clients: ${clients.join(", ")}`,
      ...this.#good.map((client) => `good client over ${client.story}`),
      memoryStory(this.#before, this.#after),
      `alive: ${JSON.stringify(this.#after?.alive ?? {})}`,
      `counters: ${counters.map(([name, value]) => `${name} ${value}`).join(", ")}`,
    ].join("; ");
  }

  /** Lets clients come until so many milliseconds have passed since the beginning. */
  async #comeAndGo(untilMs: number): Promise<void> {
    const clients = this.#churn.clients + CLIENTS;
    const until = this.#begun + untilMs;
    await this.#churn.run(() =>
      !this.#server.alive || (performance.now() > until && this.#churn.clients >= clients)
    );
    if (!this.#server.alive) throw new Error("the server has died");
  }

  /**
   * Resolves with what is held once everything of the clients has gone but for so many.
   *
   * @param restMs time that the runtime is given then, in milliseconds
   */
  async #settle(clients: number, restMs = 0): Promise<State> {
    let faults: readonly string[] = [];
    await eventually("empty tables", async () => {
      faults = leftovers(await this.#state(), clients);
      const held = await heldConnections(this.#server.port) ?? 0;
      if (held > clients * OF_A_CLIENT) faults = [...faults, `connections: ${held}`];
      return faults.length === 0 ? true : undefined;
    }, SETTLE_MS).catch((error) => {
      throw new Error(`${error.message}: ${faults.join(", ")}`);
    });
    await delay(restMs);
    return await this.#state("?gc");
  }

  /** Settles once more where memory looks grown: what has just ended may not have gone yet. */
  async #settleAgain(before: State): Promise<State> {
    for (let tries = 1;; tries++) {
      const after = await this.#settle(this.#good.length, this.#restMs);
      if (tries === LOOKS || growth(before.memory, after.memory).length === 0) return after;
      await delay(1_000);
    }
  }

  /** The good clients go too, and with them the last connections. */
  async #end(): Promise<readonly string[]> {
    for (const client of this.#good) await client.stop();
    return retained(await this.#settle(0), 0, this.#churn.clients);
  }

  /** Asks over a connection of its own, which is ended before it could be counted. */
  async #state(query = ""): Promise<State> {
    const wire = await Wire.open(this.#server.port);
    try {
      const answer = await within("the state of a server", wire.ask(`${STATE_PATH}${query}`));
      return JSON.parse(answer?.body ?? "");
    } finally {
      wire.cut();
    }
  }
}

function memoryStory(before: State | undefined, after: State | undefined): string {
  if (before === undefined || after === undefined) return "memory was not compared";
  const kinds = (["heapUsed", "external", "rss"] as const).map((kind) => {
    const [from, to] = [before.memory[kind], after.memory[kind]];
    const share = from === 0 ? 0 : (to - from) / from * 100;
    return `${kind} ${kib(from)} -> ${kib(to)} KiB (${share < 0 ? "" : "+"}${share.toFixed(1)} %)`;
  });
  return kinds.join(", ");
}

function kib(bytes: number): number {
  return Math.round(bytes / 1_024);
}

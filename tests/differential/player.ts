/**
 * A process of Node that plays scenarios on one of the two servers.
 *
 * Owns the process: it is started when the first scenario comes, and again after one that it did not
 * survive, which is a failure of that scenario alone.
 */
import { bundleFixture, consumer } from "../support/consumer.ts";
import { within } from "../support/waiting.ts";
import type { Played, Scenario } from "./scenario.ts";

/** Time in milliseconds that one scenario may take: longer than all that is waited for in it. */
const DEADLINE_MS = 60_000;

/** The servers that are compared. */
export type Side = "reference" | "node";

/** Plays scenarios, one at a time. */
export class Player {
  readonly #side: Side;
  #process: PlayerProcess | undefined;
  #played = 0;

  constructor(side: Side) {
    this.#side = side;
  }

  /** Plays a scenario to its end. */
  async play(scenario: Scenario): Promise<Played> {
    this.#process ??= await PlayerProcess.start(this.#side);
    try {
      const played = this.#process.play(++this.#played, scenario);
      return await within("the end of a scenario", played, DEADLINE_MS);
    } catch (error) {
      const output = await this.stop();
      return { steps: [], failure: `${error instanceof Error ? error.message : error}\n${output}` };
    }
  }

  /** Ends the process; what it has printed beside its logs. */
  async stop(): Promise<string> {
    const output = await this.#process?.stop();
    this.#process = undefined;
    return output ?? "";
  }
}

class PlayerProcess {
  readonly #child: Deno.ChildProcess;
  readonly #input: WritableStreamDefaultWriter<Uint8Array>;
  readonly #readers: readonly Promise<void>[];
  #output = "";
  #waiting: { number: number; resolve: (played: Played) => void } | undefined;

  private constructor(command: readonly [string, string]) {
    this.#child = new Deno.Command(command[0], {
      args: [command[1]],
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
      env: { NO_COLOR: "1" },
    }).spawn();
    this.#input = this.#child.stdin.getWriter();
    this.#readers = [this.#read(this.#child.stdout), this.#read(this.#child.stderr)];
  }

  static async start(side: Side): Promise<PlayerProcess> {
    const { node } = await consumer();
    const program = new URL(`fixtures/program_${side}.ts`, import.meta.url);
    return new PlayerProcess([node, await bundleFixture(program)]);
  }

  async play(number: number, scenario: Scenario): Promise<Played> {
    const { promise, resolve, reject } = Promise.withResolvers<Played>();
    this.#waiting = { number, resolve };
    this.#child.status.then(({ code }) => reject(new Error(`The player ended with code ${code}`)));
    await this.#input.write(new TextEncoder().encode(`${JSON.stringify({ number, scenario })}\n`));
    return await promise;
  }

  async stop(): Promise<string> {
    try {
      this.#child.kill("SIGKILL");
    } catch (error) {
      if (!(error instanceof TypeError)) throw error; // it has ended by itself
    }
    await Promise.all([...this.#readers, this.#child.status]);
    await this.#input.abort().catch(() => {});
    return this.#output;
  }

  async #read(stream: ReadableStream<Uint8Array>): Promise<void> {
    const decoder = new TextDecoder();
    let rest = "";
    for await (const chunk of stream) {
      const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) this.#line(line);
    }
  }

  #line(line: string): void {
    if (!line.startsWith("LOG ")) {
      this.#output = `${this.#output}${line}\n`.slice(-4_000);
      return;
    }
    // Written by fixtures/program.ts.
    const { number, played } = JSON.parse(line.slice(4)) as { number: number; played: Played };
    if (this.#waiting?.number === number) this.#waiting.resolve(played);
  }
}

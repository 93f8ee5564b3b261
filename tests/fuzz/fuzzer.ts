/**
 * Tries inputs on a target: those that are kept, and mutations of them.
 *
 * Invariants
 * - Without coverage the seed decides every input that is tried. With coverage the inputs that reach
 *   new branches are mutated further.
 * - One failure for each message and place is reported; the run goes on.
 */
import type { BlockCoverage } from "./block_coverage.ts";
import { Mutator } from "./mutator.ts";
import { PrototypeWatch } from "./prototypes.ts";
import type { SeededRandom } from "./random.ts";
import type { FuzzTarget } from "./target.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** Inputs that are tried before coverage is looked at: looking takes as long as some hundred of them. */
const BATCH = 128;

/** Milliseconds from which on an input is told to be slow. */
const SLOW_MS = 250;

/** An input that has broken the promise. */
export interface Failure {
  readonly input: Bytes;
  readonly error: unknown;
}

/** What came of a run. */
export interface FuzzResult {
  readonly executions: number;
  readonly ms: number;
  readonly failures: readonly Failure[];
  /** Inputs that reached branches that none before them had. */
  readonly found: readonly Bytes[];
  readonly slowest: { readonly ms: number; readonly input: Bytes };
}

/** How long to run, and with what. */
export interface FuzzOptions {
  readonly corpus: readonly Bytes[];
  readonly random: SeededRandom;
  /** Asked after each batch with the executions so far. */
  readonly isOver: (executions: number) => boolean;
  /** Where branches are counted. @default nowhere */
  readonly coverage?: BlockCoverage | undefined;
}

/** One run over one target. */
export class Fuzzer {
  readonly #target: FuzzTarget;
  readonly #coverage: BlockCoverage | undefined;
  readonly #isOver: (executions: number) => boolean;
  readonly #mutator: Mutator;
  readonly #watch = new PrototypeWatch();
  readonly #inputs: Bytes[];
  readonly #found: Bytes[] = [];
  readonly #failures = new Map<string, Failure>();
  #executions = 0;
  #slowest: FuzzResult["slowest"] = { ms: 0, input: new Uint8Array() };

  constructor(target: FuzzTarget, { corpus, random, isOver, coverage }: FuzzOptions) {
    this.#target = target;
    this.#coverage = coverage;
    this.#isOver = isOver;
    this.#mutator = new Mutator(random, target.dictionary);
    this.#inputs = [...corpus];
  }

  /** Tries the corpus, then mutations until it is over. */
  async run(): Promise<FuzzResult> {
    const startedAt = performance.now();
    for (const input of this.#inputs) await this.#try(input);
    if (this.#coverage !== undefined) this.#coverage.add(await this.#coverage.look());
    while (!this.#isOver(this.#executions)) {
      const batch = Array.from({ length: BATCH }, () => this.#mutator.next(this.#inputs));
      for (const input of batch) await this.#try(input);
      await this.#keepFrom(batch);
    }
    return {
      executions: this.#executions,
      ms: performance.now() - startedAt,
      failures: [...this.#failures.values()],
      found: this.#found,
      slowest: { ...this.#slowest, ms: await this.#timeAgain() },
    };
  }

  /** How long the slowest input takes at its fastest: the machine may have been busy with something else. */
  async #timeAgain(): Promise<number> {
    let { ms } = this.#slowest;
    for (let time = 0; time < 3; time++) {
      const startedAt = performance.now();
      await this.#attempt(this.#slowest.input);
      ms = Math.min(ms, performance.now() - startedAt);
    }
    return ms;
  }

  /** Counts what has run, and keeps the inputs that were the first to reach something. */
  async #keepFrom(batch: readonly Bytes[]): Promise<void> {
    const coverage = this.#coverage;
    if (coverage === undefined) return;
    const all = await coverage.look();
    if (!coverage.hasNews(all)) return;
    for (const input of batch) {
      await this.#try(input);
      if (!coverage.add(await coverage.look())) continue;
      this.#inputs.push(input);
      this.#found.push(input);
    }
    // What runs once only, for the first input of all, is nobody's.
    coverage.add(all);
  }

  async #try(input: Bytes): Promise<void> {
    this.#executions++;
    const startedAt = performance.now();
    await this.#attempt(input);
    const ms = performance.now() - startedAt;
    if (ms > this.#slowest.ms) this.#slowest = { ms, input };
  }

  async #attempt(input: Bytes): Promise<void> {
    try {
      // Waiting for nothing would double the time that most targets take.
      const running = this.#target.run(input.slice());
      if (running !== undefined) await running;
      this.#watch.check();
    } catch (error) {
      const key = placeOf(error);
      if (!this.#failures.has(key)) this.#failures.set(key, { input, error });
    }
  }
}

/** Whether an input took so long that somebody should look at it. */
export function isSlow({ slowest }: FuzzResult): boolean {
  return slowest.ms >= SLOW_MS;
}

/** The message without what depends on the input, and the line that threw. */
function placeOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const line = error.stack?.split("\n").find((it) => it.trimStart().startsWith("at ")) ?? "";
  return `${error.message.replace(/\d+/g, "N").slice(0, 60)} ${line.trim()}`;
}

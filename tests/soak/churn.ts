/**
 * Clients that come and go, many at a time.
 *
 * Invariants
 * - What the client with a number does follows from the seed and the number alone.
 * - When a run is over, none of its clients has a connection left.
 */
import { attack, ATTACKS } from "./attacks.ts";
import { ENDS, live, WAYS } from "./lives.ts";
import { visit } from "./published.ts";
import { Random, type Weights } from "./random.ts";

/** Clients that are there at a time. */
const AT_ONCE = 80;

/** Of a hundred clients, how many are which. */
const KINDS: Weights<"attacker" | "client" | "published client"> = {
  client: 74,
  attacker: 25,
  "published client": 1,
};

/** What the clients did so far. */
export class Tally {
  readonly #counts = new Map<string, number>();
  readonly faults: string[] = [];

  add(kind: string): void {
    this.#counts.set(kind, (this.#counts.get(kind) ?? 0) + 1);
  }

  /** All that was counted, the most frequent first. */
  get counts(): readonly (readonly [kind: string, count: number])[] {
    return [...this.#counts].toSorted(([, a], [, b]) => b - a);
  }
}

/** Clients of one server that come and go. */
export class Churn {
  readonly tally: Tally = new Tally();
  readonly #url: string;
  readonly #seed: number;
  #clients = 0;

  constructor(url: string, seed: number) {
    this.#url = url;
    this.#seed = seed;
  }

  /** Clients that have come so far. */
  get clients(): number {
    return this.#clients;
  }

  /** Lets clients come, the next one whenever one has gone, until it is told not to. */
  async run(isEnough: () => boolean): Promise<void> {
    const lane = async (): Promise<void> => {
      while (!isEnough()) await this.#one(this.#clients++);
    };
    await Promise.all(Array.from({ length: AT_ONCE }, lane));
  }

  /** One client; that it was not served as it should is a fault, which tells how to find it again. */
  async #one(index: number): Promise<void> {
    const random = new Random(this.#seed, index);
    const { names, life } = this.#draw(random);
    for (const name of names) this.tally.add(name);
    try {
      await life();
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error);
      this.tally.faults.push(`client ${index} (${names.join(", ")}): ${text}`);
    }
  }

  #draw(random: Random): { names: readonly string[]; life: () => Promise<void> } {
    const port = Number(new URL(this.#url).port);
    const kind = random.weighted(KINDS);
    if (kind === "published client") return { names: [kind], life: () => visit(this.#url, random) };
    if (kind === "attacker") {
      const name = random.weighted(ATTACKS);
      return { names: [name], life: () => attack(port, random, name) };
    }
    const [way, end] = [random.weighted(WAYS), random.weighted(ENDS)];
    return { names: [way, end], life: () => live(port, random, way, end) };
  }
}

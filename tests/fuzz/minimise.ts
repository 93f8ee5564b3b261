/**
 * As few and as short inputs as reach what many have reached.
 *
 * Invariants
 * - What comes out reaches each branch that the given inputs reach, but for what V8 counts by chance.
 */
import type { BlockCoverage } from "./block_coverage.ts";
import type { FuzzTarget } from "./target.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** Tries for one input: shorter ones are nicer, not needed. */
const MAX_TRIES = 400;

/** Chooses among inputs and shortens them. */
export class Minimiser {
  readonly #target: FuzzTarget;
  readonly #coverage: BlockCoverage;

  constructor(target: FuzzTarget, coverage: BlockCoverage) {
    this.#target = target;
    this.#coverage = coverage;
  }

  /**
   * Chooses.
   *
   * @param kept inputs that are kept in any case
   * @param found inputs that are kept, shortened, if they reach more
   */
  async choose(kept: readonly Bytes[], found: readonly Bytes[]): Promise<readonly Bytes[]> {
    const known = new Set<string>();
    for (const input of kept) for (const key of await this.#reach(input)) known.add(key);
    const chosen: Bytes[] = [];
    for (const input of [...found].sort((a, b) => a.length - b.length)) {
      const news = (await this.#reach(input)).difference(known);
      if (news.size === 0) continue;
      const shortest = await this.#shorten(input, news);
      chosen.push(shortest);
      for (const key of await this.#reach(shortest)) known.add(key);
    }
    return chosen;
  }

  /** The branches that an input reaches; none when it fails. */
  async #reach(input: Bytes): Promise<ReadonlySet<string>> {
    await this.#coverage.look();
    try {
      await this.#target.run(input.slice());
    } catch {
      return new Set();
    }
    return this.#coverage.reachedIn(await this.#coverage.look());
  }

  /** Cuts out pieces, large ones first, while the input still reaches these branches. */
  async #shorten(input: Bytes, wanted: ReadonlySet<string>): Promise<Bytes> {
    let shortest = input;
    let tries = 0;
    for (let size = Math.ceil(input.length / 2); size >= 1; size = Math.floor(size / 2)) {
      for (let at = 0; at < shortest.length && tries < MAX_TRIES; tries++) {
        const rest = [...shortest.subarray(0, at), ...shortest.subarray(at + size)];
        const candidate = Uint8Array.from(rest);
        if (wanted.isSubsetOf(await this.#reach(candidate))) shortest = candidate;
        else at += size;
      }
    }
    return shortest;
  }
}

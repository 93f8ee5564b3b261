/**
 * Which branches of the sources have run, as V8 counts them while it runs.
 *
 * Invariants
 * - Only sources that are loaded after `start` are counted whole: import them later.
 * - A branch is a function, or a block that V8 has counted by itself at least once: blocks that have
 *   always run as often as the code around them are not told apart from it, and are not counted.
 * - A branch is known by where it begins, since V8 joins blocks that end together.
 *
 * Source: Chrome DevTools Protocol, "Profiler"; V8, "JavaScript code coverage".
 */
import { Session } from "node:inspector";
import { SourceText } from "./source_text.ts";

/** A piece of a script and how often it ran. */
interface Range {
  readonly startOffset: number;
  readonly endOffset: number;
  readonly count: number;
}

/** What V8 tells of one script. */
interface ScriptCoverage {
  readonly scriptId: string;
  readonly url: string;
  readonly functions: readonly { readonly ranges: readonly Range[] }[];
}

/** One branch of a source. */
interface Branch {
  /** Where the function begins that it is in. */
  readonly owner: number;
  /** The shortest that it was seen. */
  end: number;
  reached: boolean;
}

/** One source and its branches, by where they begin. */
interface Script {
  readonly id: string;
  readonly branches: Map<number, Branch>;
}

/** What has run in a while, function by function. */
export type Sighting = readonly {
  readonly url: string;
  readonly branches: Map<number, Branch>;
  readonly ranges: readonly Range[];
}[];

/** What became of the branches of one source. */
export interface SourceReport {
  readonly url: string;
  readonly branches: number;
  readonly reached: number;
  /** What was not reached, as `line: text`, with a question mark for a line that was not found. */
  readonly missing: readonly string[];
}

/** Counts branches while it is on. */
export class BlockCoverage {
  readonly #session: Session;
  readonly #isCounted: (url: string) => boolean;
  readonly #scripts = new Map<string, Script>();

  private constructor(session: Session, isCounted: (url: string) => boolean) {
    this.#session = session;
    this.#isCounted = isCounted;
  }

  /**
   * Begins to count.
   *
   * @param isCounted which sources, by their address
   */
  static async start(isCounted: (url: string) => boolean): Promise<BlockCoverage> {
    const session = new Session();
    session.connect();
    const coverage = new BlockCoverage(session, isCounted);
    await coverage.#post("Profiler.enable");
    await coverage.#post("Profiler.startPreciseCoverage", { callCount: true, detailed: true });
    return coverage;
  }

  /** What has run since it was asked last, to be added or not. */
  async look(): Promise<Sighting> {
    return (await this.#ask()).flatMap((script) => {
      const { branches } = this.#scriptOf(script);
      return script.functions.map(({ ranges }) => ({ url: script.url, branches, ranges }));
    });
  }

  /** Whether something ran for the first time. */
  hasNews(sighting: Sighting): boolean {
    return sighting.some(({ branches, ranges }) => newIn(branches, ranges).length > 0);
  }

  /** Adds what has run; tells whether something did so for the first time. */
  add(sighting: Sighting): boolean {
    let hasNews = false;
    for (const { branches, ranges } of sighting) {
      const news = newIn(branches, ranges);
      for (const branch of news) branch.reached = true;
      hasNews ||= news.length > 0;
    }
    return hasNews;
  }

  /** A key for each of the branches, known by now, that have run. */
  reachedIn(sighting: Sighting): ReadonlySet<string> {
    const keys = new Set<string>();
    for (const { url, branches, ranges } of sighting) {
      const owner = ranges[0]?.startOffset;
      for (const [start, branch] of branches) {
        if (branch.owner === owner && countAt(start, ranges) > 0) keys.add(`${url}:${start}`);
      }
    }
    return keys;
  }

  /**
   * How often blocks have run since it was asked last, all together: what a piece of work has cost, in
   * a measure that is the same on every machine.
   */
  async countWork(): Promise<number> {
    let work = 0;
    for (const { functions } of await this.#ask()) {
      for (const { ranges } of functions) for (const { count } of ranges) work += count;
    }
    return work;
  }

  /** What was reached, by source. */
  async report(): Promise<readonly SourceReport[]> {
    await this.#post("Debugger.enable");
    const reports: SourceReport[] = [];
    for (const [url, { id, branches }] of this.#scripts) {
      const answer = await this.#post("Debugger.getScriptSource", { scriptId: id });
      const { scriptSource } = answer as { readonly scriptSource: string };
      const text = new SourceText(scriptSource, await Deno.readTextFile(new URL(url)));
      // Braces alone, behind what always leaves a block, are no code.
      const real = [...branches].filter(([start, { end }]) => text.hasCode(start, end));
      const missing = real.filter(([, { reached }]) => !reached).sort(([a], [b]) => a - b);
      reports.push({
        url,
        branches: real.length,
        reached: real.length - missing.length,
        missing: missing.map(([start, { end }]) => text.describe(start, end)),
      });
    }
    await this.#post("Debugger.disable");
    return reports.sort((a, b) => a.url < b.url ? -1 : 1);
  }

  /** Stops counting. */
  async stop(): Promise<void> {
    await this.#post("Profiler.stopPreciseCoverage");
    await this.#post("Profiler.disable");
    this.#session.disconnect();
  }

  async #ask(): Promise<readonly ScriptCoverage[]> {
    const answer = await this.#post("Profiler.takePreciseCoverage");
    const { result } = answer as { readonly result: readonly ScriptCoverage[] };
    return result.filter(({ url }) => this.#isCounted(url));
  }

  #scriptOf({ url, scriptId }: ScriptCoverage): Script {
    let script = this.#scripts.get(url);
    if (script === undefined) {
      this.#scripts.set(url, script = { id: scriptId, branches: new Map() });
    }
    return script;
  }

  #post(method: string, params: object = {}): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.#session.post(method, params, (error: Error | null, answer?: unknown) => {
        if (error === null) resolve(answer);
        else reject(error);
      });
    });
  }
}

/** The branches of one function that have run for the first time; also learns of new ones. */
function newIn(branches: Map<number, Branch>, ranges: readonly Range[]): readonly Branch[] {
  const [whole] = ranges;
  if (whole === undefined) return [];
  const owner = whole.startOffset;
  for (const { startOffset, endOffset } of ranges) {
    const branch = branches.get(startOffset);
    if (branch === undefined) branches.set(startOffset, { owner, end: endOffset, reached: false });
    else branch.end = Math.min(branch.end, endOffset);
  }
  if (whole.count === 0) return [];
  const news: Branch[] = [];
  for (const [start, branch] of branches) {
    if (branch.reached || branch.owner !== owner) continue;
    if (countAt(start, ranges) > 0) news.push(branch);
  }
  return news;
}

/** How often the code at this place has run. Outer ranges come first: the last one around it counts it. */
function countAt(start: number, ranges: readonly Range[]): number {
  return ranges.findLast((it) => it.startOffset <= start && start < it.endOffset)?.count ?? 0;
}

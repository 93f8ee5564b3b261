/**
 * What a wait costs: deadlines on the wheel beside the host's timers.
 *
 * Invariants
 * - Each group has `setTimeout` and `clearTimeout` as its baseline, and both sides do the same work
 *   for the same 100,000 waits, spread over 25 s as pings are.
 * - The wheel runs on the host's clock and timers where it re-arms, so that its own timer counts. To
 *   fire it runs on a clock that is moved by hand: nobody waits.
 *
 * Run: deno bench bench/micro/deadlines_bench.ts
 */
import { type Clock, createSystemClock } from "../../src/base/clock.ts";
import { type Deadline, Deadlines } from "../../src/base/deadlines.ts";

const COUNT = 100_000;
const SPREAD_MS = 25_000;

let fired = 0;
const owner = { onDeadline: (): void => void fired++ };

/** The wait of one of them in milliseconds. */
function waitOf(index: number): number {
  return 1_000 + index * 7919 % SPREAD_MS;
}

function makeDeadlines(deadlines: Deadlines): Deadline[] {
  return Array.from({ length: COUNT }, () => deadlines.create(owner));
}

/** A wheel that is full, and a timer for each of its deadlines; made at the first use only. */
function makeFull(): { readonly deadlines: Deadlines; readonly all: readonly Deadline[] } {
  const deadlines = new Deadlines(createSystemClock());
  const all = makeDeadlines(deadlines);
  for (const [index, each] of all.entries()) each.set(deadlines.now() + waitOf(index));
  return { deadlines, all };
}

function makeTimers(): ReturnType<typeof setTimeout>[] {
  return Array.from({ length: COUNT }, (_, index) => setTimeout(owner.onDeadline, waitOf(index)));
}

Deno.bench({
  name: "re-arm 100,000 later: setTimeout",
  group: "later",
  baseline: true,
  n: 5,
  warmup: 1,
  fn(context): void {
    const timers = makeTimers();
    context.start();
    for (let index = 0; index < COUNT; index++) {
      clearTimeout(timers[index]);
      timers[index] = setTimeout(owner.onDeadline, waitOf(index) + SPREAD_MS);
    }
    context.end();
    for (const timer of timers) clearTimeout(timer);
  },
});

Deno.bench({
  name: "re-arm 100,000 later: Deadlines",
  group: "later",
  n: 50,
  warmup: 5,
  fn(context): void {
    const { deadlines, all } = makeFull();
    context.start();
    const now = deadlines.now();
    for (let index = 0; index < COUNT; index++) all[index]?.set(now + waitOf(index) + SPREAD_MS);
    context.end();
    deadlines.stop();
  },
});

Deno.bench({
  name: "re-arm 100,000 earlier: setTimeout",
  group: "earlier",
  baseline: true,
  n: 5,
  warmup: 1,
  fn(context): void {
    const timers = makeTimers();
    context.start();
    for (let index = 0; index < COUNT; index++) {
      clearTimeout(timers[index]);
      timers[index] = setTimeout(owner.onDeadline, waitOf(index) / 2);
    }
    context.end();
    for (const timer of timers) clearTimeout(timer);
  },
});

Deno.bench({
  name: "re-arm 100,000 earlier: Deadlines",
  group: "earlier",
  n: 50,
  warmup: 5,
  fn(context): void {
    const { deadlines, all } = makeFull();
    context.start();
    const now = deadlines.now();
    for (let index = 0; index < COUNT; index++) all[index]?.set(now + waitOf(index) / 2);
    context.end();
    deadlines.stop();
  },
});

Deno.bench({
  name: "set and clear 100,000: setTimeout",
  group: "set and clear",
  baseline: true,
  n: 5,
  warmup: 1,
  fn(): void {
    for (const timer of makeTimers()) clearTimeout(timer);
  },
});

Deno.bench({
  name: "set and clear 100,000: Deadlines",
  group: "set and clear",
  n: 50,
  warmup: 5,
  fn(): void {
    const { all } = makeFull();
    for (const each of all) each.clear();
  },
});

/** A clock that is moved by hand and holds one timer, as many as a wheel asks for. */
class HandClock implements Clock {
  time = 0;
  #callback: (() => void) | undefined;

  now(): number {
    return this.time;
  }

  wallTime(): number {
    return this.time;
  }

  after(ms: number, callback: () => void): () => void {
    this.#callback = (): void => {
      this.time += ms;
      callback();
    };
    return () => this.#callback = undefined;
  }

  /** Runs timers until none is left; gives how many there were. */
  runAll(): number {
    let count = 0;
    for (; this.#callback !== undefined; count++) {
      const callback = this.#callback;
      this.#callback = undefined;
      callback();
    }
    return count;
  }
}

Deno.bench({
  name: "fire 100,000: setTimeout, all at once",
  group: "fire",
  baseline: true,
  n: 5,
  warmup: 1,
  async fn(context): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    fired = 0;
    const fire = (): void => {
      if (++fired === COUNT) resolve();
    };
    for (let index = 0; index < COUNT; index++) setTimeout(fire, 0);
    context.start();
    await promise;
    context.end();
  },
});

Deno.bench({
  name: "fire 100,000: Deadlines, over 500 ticks",
  group: "fire",
  n: 50,
  warmup: 5,
  fn(context): void {
    const clock = new HandClock();
    const deadlines = new Deadlines(clock);
    for (const [index, each] of makeDeadlines(deadlines).entries()) each.set(waitOf(index));
    fired = 0;
    context.start();
    clock.runAll();
    context.end();
    if (fired !== COUNT) throw new Error(`Expected ${COUNT} calls, found ${fired}`);
  },
});

Deno.bench({
  name: "fire 100,000: Deadlines, all in one tick",
  group: "fire",
  n: 50,
  warmup: 5,
  fn(context): void {
    const clock = new HandClock();
    const deadlines = new Deadlines(clock);
    // Unordered, so that they have to be sorted.
    for (const [index, each] of makeDeadlines(deadlines).entries()) each.set(waitOf(index) / 1e6);
    fired = 0;
    context.start();
    clock.runAll();
    context.end();
    if (fired !== COUNT) throw new Error(`Expected ${COUNT} calls, found ${fired}`);
  },
});

Deno.bench({
  name: "file again 100,000 that moved by 25 s: Deadlines",
  group: "file again",
  baseline: true,
  n: 50,
  warmup: 5,
  fn(context): void {
    const clock = new HandClock();
    const deadlines = new Deadlines(clock);
    const all = makeDeadlines(deadlines);
    for (const [index, each] of all.entries()) each.set(waitOf(index));
    for (const [index, each] of all.entries()) each.set(waitOf(index) + SPREAD_MS);
    context.start();
    clock.runAll();
    context.end();
  },
});

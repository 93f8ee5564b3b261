import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { type Deadline, Deadlines } from "../../src/base/deadlines.ts";
import { FakeClock } from "../support/fake_clock.ts";

const TICK_MS = 50;
/** 1,024 slots of 50 ms. */
const SPAN_MS = 51_200;
const COUNT = 6;
const index = fc.nat({ max: COUNT - 1 });
const offset = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: -100, max: 400 }) },
  { weight: 3, arbitrary: fc.integer({ min: 0, max: 3 * SPAN_MS }) },
  { weight: 2, arbitrary: fc.integer({ min: -2, max: 8 }).map((ticks) => ticks * TICK_MS) },
);
const action = fc.oneof(
  { weight: 3, arbitrary: fc.record({ set: index, in: offset }) },
  { weight: 1, arbitrary: fc.record({ clear: index }) },
);
type Action = { set: number; in: number } | { clear: number };
const command = fc.oneof(
  { weight: 5, arbitrary: action },
  { weight: 4, arbitrary: fc.record({ advance: fc.integer({ min: 0, max: 300 }) }) },
  { weight: 1, arbitrary: fc.record({ advance: fc.integer({ min: 0, max: 2 * SPAN_MS }) }) },
  { weight: 1, arbitrary: fc.record({ jump: fc.integer({ min: 0, max: 2 * SPAN_MS }) }) },
);

/** The same deadlines twice: on a wheel, and as plain numbers of which each call is checked. */
class Model {
  readonly clock = new FakeClock({ now: 0 });
  readonly deadlines: Deadlines = new Deadlines(this.clock, { tickMs: TICK_MS });
  readonly times: number[] = new Array(COUNT).fill(Infinity);
  /** Since when each could have been called, had the wheel no ticks. */
  readonly since: number[] = new Array(COUNT).fill(Infinity);
  readonly #entries: readonly Deadline[];
  /** What owners do when they are called, one after the other. */
  readonly #onCall: Action[];
  #lastCall = { now: -1, at: -Infinity };

  constructor(onCall: readonly Action[]) {
    this.#onCall = [...onCall];
    this.#entries = this.times.map((_, each) =>
      this.deadlines.create({ onDeadline: (now) => this.#called(each, now) })
    );
  }

  do(each: Action): void {
    if ("clear" in each) {
      this.#entries[each.clear]?.clear();
      this.times[each.clear] = this.since[each.clear] = Infinity;
      return;
    }
    const at = this.clock.now() + each.in;
    this.#entries[each.set]?.set(at);
    this.times[each.set] = at;
    this.since[each.set] = Math.max(at, this.clock.now());
  }

  /** What must hold whenever the clock stands. */
  check(): void {
    const now = this.clock.now();
    assertEquals(this.#entries.map((entry) => entry.at), this.times);
    assertEquals(this.deadlines.pending, this.times.filter((at) => at !== Infinity).length);
    for (const since of this.since) assert(now - since < TICK_MS, `late by ${now - since} ms`);
    assertEquals(this.clock.waiting, this.deadlines.pending > 0 ? 1 : 0);
  }

  #called(each: number, now: number): void {
    const at = this.times[each] ?? NaN;
    assert(at <= now, `called at ${now} for ${at}`);
    assertEquals([now, this.#entries[each]?.at], [this.clock.now(), Infinity]);
    const { now: lastNow, at: lastAt } = this.#lastCall;
    assert(now > lastNow || at >= lastAt, `${at} called after ${lastAt}`);
    this.#lastCall = { now, at };
    this.times[each] = this.since[each] = Infinity;
    const next = this.#onCall.shift();
    if (next !== undefined) this.do(next);
  }
}

Deno.test("Deadlines agrees with a plain list of times under any commands", () => {
  const commands = fc.array(command, { maxLength: 60 });
  const onCall = fc.array(action, { maxLength: 20 });
  fc.assert(
    fc.property(commands, onCall, (all, calls) => {
      const model = new Model(calls);
      for (const each of all) {
        if ("advance" in each) model.clock.advance(each.advance);
        else if ("jump" in each) {
          model.clock.jump(each.jump);
          model.clock.advance(0);
        } else model.do(each);
        model.check();
      }
    }),
    { numRuns: 500 },
  );
});

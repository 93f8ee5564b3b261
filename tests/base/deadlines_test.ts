import { assert, assertEquals, assertThrows } from "@std/assert";
import { type Deadline, Deadlines } from "../../src/base/deadlines.ts";
import { FakeClock } from "../support/fake_clock.ts";

const TICK_MS = 50;
/** 1,024 slots of 50 ms. */
const SPAN_MS = 51_200;

interface Bench {
  readonly clock: FakeClock;
  readonly deadlines: Deadlines;
  readonly log: string[];
  /** A deadline that notes its name and the time, and then acts. */
  named(name: string, act?: (now: number) => void): Deadline;
}

function bench(onError?: (error: unknown) => void): Bench {
  const clock = new FakeClock({ now: 0 });
  const log: string[] = [];
  const deadlines = new Deadlines(clock, {
    tickMs: TICK_MS,
    onError: onError ?? ((error): void => void log.push(`error: ${(error as Error).message}`)),
  });
  return {
    clock,
    deadlines,
    log,
    named: (name, act) =>
      deadlines.create({
        onDeadline: (now) => {
          log.push(`${name}@${now}`);
          act?.(now);
        },
      }),
  };
}

Deno.test("Deadlines calls the owner once, at the first tick that is not before the time", () => {
  const { clock, deadlines, log, named } = bench();
  const a = named("a");
  assertEquals(a.at, Infinity);
  a.set(120);
  assertEquals([a.at, deadlines.pending, clock.nextAt], [120, 1, 150]);
  clock.advance(149);
  assertEquals(log, []);
  clock.advance(1);
  assertEquals([log, a.at, deadlines.pending], [["a@150"], Infinity, 0]);
  clock.advance(10 * SPAN_MS);
  assertEquals(log, ["a@150"]);
});

Deno.test("Deadlines is not late at all for a time that is a tick", () => {
  const { clock, log, named } = bench();
  named("a").set(100);
  clock.advance(100);
  assertEquals(log, ["a@100"]);
});

Deno.test("Deadlines ticks every 50 ms unless told otherwise", () => {
  const clock = new FakeClock({ now: 0 });
  new Deadlines(clock).create({ onDeadline: () => {} }).set(1);
  assertEquals(clock.nextAt, 50);
});

Deno.test("Deadlines refuses a tick that is no time, and a deadline that is no number", () => {
  const clock = new FakeClock();
  for (const tickMs of [0, -1, NaN, Infinity]) {
    assertThrows(() => new Deadlines(clock, { tickMs }), RangeError, "tickMs must be above 0");
  }
  const { deadlines, named } = bench();
  const a = named("a");
  a.set(70);
  assertThrows(() => a.set(NaN), RangeError, "found NaN");
  assertEquals([a.at, deadlines.pending], [70, 1]);
});

Deno.test("Deadlines only writes a number when a deadline moves into the future", () => {
  const { clock, log, named } = bench();
  const a = named("a");
  a.set(100);
  for (let at = 101; at < 400; at++) a.set(at);
  // Still the timer of the first time: it finds nothing due and files the deadline again.
  assertEquals([a.at, clock.waiting, clock.nextAt], [399, 1, 100]);
  clock.advance(100);
  assertEquals([log, clock.nextAt], [[], 400]);
  clock.advance(300);
  assertEquals(log, ["a@400"]);
});

Deno.test("Deadlines files anew when a deadline moves to an earlier time", () => {
  const { clock, log, named } = bench();
  const a = named("a");
  a.set(10_000);
  a.set(60);
  assertEquals([a.at, clock.waiting, clock.nextAt], [60, 1, 100]);
  clock.advance(20_000);
  assertEquals(log, ["a@100"]);
});

Deno.test("Deadlines arms one timer, for the earliest, and none when nothing is set", () => {
  const { clock, deadlines, named } = bench();
  const [a, b] = [named("a"), named("b")];
  assertEquals(clock.waiting, 0);
  a.set(1000);
  b.set(300);
  assertEquals([clock.waiting, clock.nextAt, deadlines.pending], [1, 300, 2]);
  clock.advance(300);
  assertEquals([clock.waiting, clock.nextAt, deadlines.pending], [1, 1000, 1]);
  a.clear();
  assertEquals([clock.waiting, deadlines.pending], [0, 0]);
  b.set(2000);
  assertEquals([clock.waiting, clock.nextAt], [1, 2000]);
  b.set(Infinity);
  assertEquals([clock.waiting, deadlines.pending, b.at], [0, 0, Infinity]);
});

Deno.test("Deadlines never calls for a deadline that was cleared", () => {
  const { clock, log, named } = bench();
  const [a, b, c] = [named("a"), named("b"), named("c")];
  for (const deadline of [a, b, c]) deadline.set(100);
  b.clear();
  b.clear();
  clock.advance(1000);
  assertEquals(log, ["a@100", "c@100"]);
});

Deno.test("Deadlines calls at the next tick for a time that is past", () => {
  const { clock, log, named } = bench();
  clock.advance(1_000_010);
  named("a").set(5);
  named("b").set(-Infinity);
  clock.advance(TICK_MS);
  assertEquals(log, ["b@1000050", "a@1000050"]);
});

Deno.test("Deadlines waits for times beyond the span of the wheel", () => {
  const { clock, log, named } = bench();
  named("day").set(86_400_000);
  named("span").set(SPAN_MS);
  named("more").set(SPAN_MS + TICK_MS);
  clock.advance(86_399_999);
  assertEquals(log, [`span@${SPAN_MS}`, `more@${SPAN_MS + TICK_MS}`]);
  clock.advance(1);
  assertEquals(log.at(-1), "day@86400000");
  assertEquals(clock.waiting, 0);
});

Deno.test("Deadlines calls in the order of times, and equal ones in the order of filing", () => {
  const { clock, log, named } = bench();
  named("a").set(149);
  named("b").set(101);
  named("c").set(125);
  named("d").set(101);
  clock.advance(1000);
  assertEquals(log, ["b@150", "d@150", "c@150", "a@150"]);
});

Deno.test("Deadlines keeps the order after the process stood still for longer than the span", () => {
  const { clock, log, named } = bench();
  const times = [SPAN_MS * 3, 700, SPAN_MS - 1, 60, SPAN_MS + 20, SPAN_MS * 2];
  for (const at of times) named(String(at)).set(at);
  named("future").set(SPAN_MS * 4 + 1);
  clock.jump(SPAN_MS * 4);
  clock.advance(0);
  const now = SPAN_MS * 4;
  assertEquals(log, times.toSorted((a, b) => a - b).map((at) => `${at}@${now}`));
  clock.advance(TICK_MS);
  assertEquals(log.at(-1), `future@${now + TICK_MS}`);
});

Deno.test("Deadlines stays exact when the clock's timer comes early", () => {
  const clock = new FakeClock({ now: 0 });
  const log: string[] = [];
  const early = {
    now: () => clock.now(),
    wallTime: () => clock.wallTime(),
    after: (ms: number, callback: () => void) => clock.after(Math.ceil(ms / 2), callback),
  };
  const deadlines = new Deadlines(early, { tickMs: TICK_MS });
  deadlines.create({ onDeadline: (now) => log.push(`a@${now}`) }).set(333);
  clock.advance(349);
  assertEquals(log, []);
  clock.advance(1);
  assertEquals(log, ["a@350"]);
});

Deno.test("Deadlines reports an owner that throws and calls the others", () => {
  const { clock, deadlines, log, named } = bench();
  named("a").set(60);
  named("b", () => {
    throw new Error("b broke");
  }).set(70);
  named("c").set(80);
  named("d").set(200);
  clock.advance(1000);
  assertEquals(log, ["a@100", "b@100", "error: b broke", "c@100", "d@200"]);
  assertEquals(deadlines.pending, 0);
});

Deno.test("Deadlines calls the others even when the reporter throws, and the error gets out", () => {
  const { clock, log, named } = bench((error) => {
    throw error;
  });
  named("a", () => {
    throw new Error("a broke");
  }).set(60);
  named("b").set(70);
  named("c").set(200);
  assertThrows(() => clock.advance(100), Error, "a broke");
  clock.advance(200);
  assertEquals(log, ["a@100", "b@100", "c@200"]);
});

Deno.test("Deadlines lets an error out when nobody takes errors", () => {
  const clock = new FakeClock({ now: 0 });
  const deadlines = new Deadlines(clock);
  deadlines.create({
    onDeadline: () => {
      throw new Error("unheard");
    },
  }).set(10);
  assertThrows(() => clock.advance(50), Error, "unheard");
});

Deno.test("An owner may set its own deadline again, and is called a tick later at the soonest", () => {
  const { clock, log, named } = bench();
  const a = named("a", (now) => now < 300 && a.set(now - 1000));
  a.set(100);
  clock.advance(99);
  clock.advance(1);
  assertEquals(log, ["a@100"]);
  clock.advance(1000);
  assertEquals(log, ["a@100", "a@150", "a@200", "a@250", "a@300"]);
});

Deno.test("Deadlines arms its timer once a tick, however many deadlines owners set", () => {
  const clock = new FakeClock({ now: 0 });
  let armed = 0;
  const counting = {
    now: () => clock.now(),
    wallTime: () => clock.wallTime(),
    after: (ms: number, callback: () => void) => {
      armed++;
      return clock.after(ms, callback);
    },
  };
  const deadlines = new Deadlines(counting, { tickMs: TICK_MS });
  for (let count = 1; count <= 20; count++) {
    const own = deadlines.create({ onDeadline: (now) => own.set(now + 1000 - count * TICK_MS) });
    own.set(100);
  }
  assertEquals(armed, 1);
  clock.advance(100);
  assertEquals([armed, clock.waiting, clock.nextAt], [2, 1, 150]);
});

Deno.test("An owner may clear, delay and create deadlines that are due in the same tick", () => {
  const { clock, deadlines, log, named } = bench();
  const [b, c, d] = [named("b"), named("c"), named("d")];
  named("a", (now) => {
    b.clear();
    c.set(now + 500);
    d.set(now);
    named("e").set(now);
  }).set(100);
  for (const deadline of [b, c, d]) deadline.set(100);
  clock.advance(100);
  assertEquals([log, deadlines.pending], [["a@100"], 3]);
  clock.advance(TICK_MS);
  assertEquals(log, ["a@100", "d@150", "e@150"]);
  clock.advance(1000);
  assertEquals(log.at(-1), "c@600");
  assertEquals([deadlines.pending, clock.waiting], [0, 0]);
});

Deno.test("An owner may clear a deadline and set it again to a time that is not yet due", () => {
  const { clock, log, named } = bench();
  const b = named("b");
  named("a", () => {
    b.clear();
    b.set(120);
  }).set(90);
  b.set(95);
  clock.advance(100);
  assertEquals(log, ["a@100"]);
  clock.advance(100);
  assertEquals(log, ["a@100", "b@150"]);
});

Deno.test("Deadlines calls nobody after stop, and takes no more", () => {
  const { clock, deadlines, log, named } = bench();
  const [a, b] = [named("a"), named("b")];
  a.set(100);
  b.set(SPAN_MS * 2);
  deadlines.stop();
  assertEquals([a.at, b.at, deadlines.pending, clock.waiting], [Infinity, Infinity, 0, 0]);
  a.set(200);
  a.clear();
  assertEquals([a.at, deadlines.pending, clock.waiting], [Infinity, 0, 0]);
  deadlines.stop();
  clock.advance(SPAN_MS * 3);
  assertEquals(log, []);
});

Deno.test("An owner may stop the wheel: those behind it are not called", () => {
  const { clock, deadlines, log, named } = bench();
  named("a", () => deadlines.stop()).set(60);
  named("b").set(70);
  named("c").set(500);
  clock.advance(1000);
  assertEquals([log, deadlines.pending, clock.waiting], [["a@100"], 0, 0]);
});

Deno.test("Deadlines works at any origin of the clock, with ticks that are fractions", () => {
  for (const [start, tickMs] of [[-12_345.67, 50], [1e9 + 0.3, 0.1], [2 ** 33 * 50, 50]] as const) {
    const clock = new FakeClock({ now: start });
    const late: number[] = [];
    const deadlines = new Deadlines(clock, { tickMs });
    for (let count = 1; count <= 20; count++) {
      const at = start + count * 7.77;
      deadlines.create({ onDeadline: (now) => late.push(now - at) }).set(at);
    }
    clock.advance(200);
    assertEquals(late.length, 20);
    // Two ulp for times of that size.
    assert(late.every((ms) => ms >= 0 && ms <= tickMs + Math.abs(start) * 2 ** -51), String(late));
  }
});

Deno.test("Deadlines calls back soon: in the next tick, each time, and never from inside the call", () => {
  const { clock, deadlines, log } = bench();
  const again = (): void => {
    log.push(`again@${clock.now()}`);
    if (log.length < 3) deadlines.soon(again);
  };
  deadlines.soon(again);
  assertEquals(log, []);
  clock.advance(10 * TICK_MS);
  assertEquals([log, deadlines.pending], [["again@50", "again@100", "again@150"], 0]);
});

/** Tests of the token bucket: by example, and against a simulation that goes step by step. */
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { TokenBucket } from "../../src/base/token_bucket.ts";

Deno.test("TokenBucket gives its burst at once, then its rate", () => {
  const bucket = new TokenBucket({ rate: 2, burst: 3 }, 1_000);
  for (let taken = 0; taken < 3; taken++) {
    assertEquals(bucket.wait(1, 1_000), 0);
    bucket.take(1, 1_000);
  }
  assertEquals(bucket.wait(1, 1_000), 500);
  assertEquals(bucket.wait(1, 1_250), 250);
  assertEquals(bucket.wait(1, 1_500), 0);
  assertEquals([bucket.isFull(2_499), bucket.isFull(2_500)], [false, true]);
  assertEquals(bucket.wait(3, 1_000_000), 0);
  bucket.take(3, 1_000_000);
  assertEquals(bucket.wait(1, 1_000_000), 500);
});

Deno.test("TokenBucket charges nothing for asking, and holds no more than its burst", () => {
  const bucket = new TokenBucket({ rate: 0.1, burst: 1 }, 0);
  bucket.take(1, 0);
  for (let asked = 0; asked < 100; asked++) assertEquals(bucket.wait(1, 5_000), 5_000);
  assertEquals(bucket.wait(1, 10_000), 0);
  bucket.take(1, 1e9);
  assertEquals(bucket.wait(1, 1e9), 10_000);
});

Deno.test("TokenBucket takes what is larger than its burst when it is full, and is paid later", () => {
  const bucket = new TokenBucket({ rate: 10, burst: 5 }, 0);
  assertEquals(bucket.wait(25, 0), 0);
  bucket.take(25, 0);
  assertEquals(bucket.wait(1, 0), 2_100);
  assertEquals(bucket.wait(25, 2_250), 250);
  assertEquals(bucket.wait(25, 2_500), 0);
});

Deno.test("TokenBucket takes a clock that stands still or goes back for no time", () => {
  const bucket = new TokenBucket({ rate: 1, burst: 1 }, 5_000);
  bucket.take(1, 5_000);
  assertEquals(bucket.wait(1, 4_000), 1_000);
});

/** The same by time steps of a millisecond, in whole numbers of thousandths of a token. */
class Simulation {
  readonly #rate: number;
  readonly #burst: number;
  #level: number;
  #now = 0;

  constructor(rate: number, burst: number) {
    this.#rate = rate;
    this.#burst = burst * 1_000;
    this.#level = this.#burst;
  }

  /** Takes if it can. */
  offer(cost: number, now: number): boolean {
    for (; this.#now < now; this.#now++) {
      this.#level = Math.min(this.#burst, this.#level + this.#rate);
    }
    if (this.#level < Math.min(cost * 1_000, this.#burst)) return false;
    this.#level -= cost * 1_000;
    return true;
  }
}

Deno.test("TokenBucket does what a simulation step by step does", () => {
  const offers = fc.array(fc.tuple(fc.nat(400), fc.integer({ min: 1, max: 30 })), {
    maxLength: 60,
  });
  const rates = fc.integer({ min: 1, max: 200 });
  const bursts = fc.integer({ min: 1, max: 20 });
  fc.assert(fc.property(rates, bursts, offers, (rate, burst, steps) => {
    const bucket = new TokenBucket({ rate, burst }, 0);
    const simulation = new Simulation(rate, burst);
    let now = 0;
    for (const [pause, cost] of steps) {
      now += pause;
      const wait = bucket.wait(cost, now);
      assertEquals(wait === 0, simulation.offer(cost, now));
      if (wait === 0) bucket.take(cost, now);
      else assertEquals(bucket.wait(cost, now + wait), 0);
    }
  }));
});

Deno.test("TokenBucket lets no more pass in any time than its burst and its rate", () => {
  const pauses = fc.array(fc.double({ min: 0, max: 500, noNaN: true }), { maxLength: 200 });
  const rates = fc.double({ min: 0.01, max: 1_000, noNaN: true });
  fc.assert(fc.property(rates, fc.integer({ min: 1, max: 50 }), pauses, (rate, burst, steps) => {
    const bucket = new TokenBucket({ rate, burst }, 0);
    let now = 0;
    let taken = 0;
    for (const pause of steps) {
      now += pause;
      while (bucket.wait(1, now) === 0) {
        bucket.take(1, now);
        taken++;
      }
      assert(taken <= burst + rate * now / 1_000 + 1e-3, `${taken} after ${now} ms`);
    }
  }));
});

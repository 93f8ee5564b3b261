import { assert, assertEquals } from "@std/assert";
import { createSystemClock } from "../../src/base/clock.ts";
import { FakeClock } from "../support/fake_clock.ts";

/** Runs `body` with another `setTimeout`, and puts the host's back. */
function withSetTimeout(
  stand: (callback: () => void, ms: number) => unknown,
  body: () => void,
): void {
  const { setTimeout, clearTimeout } = globalThis;
  Object.assign(globalThis, { setTimeout: stand, clearTimeout: (): void => {} });
  try {
    body();
  } finally {
    Object.assign(globalThis, { setTimeout, clearTimeout });
  }
}

Deno.test("System clock tells the time of the host", () => {
  const clock = createSystemClock();
  const [before, wallBefore] = [performance.now(), Date.now()];
  const [now, wall] = [clock.now(), clock.wallTime()];
  assert(now >= before && now <= performance.now());
  assert(wall >= wallBefore && wall <= Date.now());
});

Deno.test("System clock calls back once, and not after it was cancelled", async () => {
  const clock = createSystemClock();
  const calls: string[] = [];
  const cancel = clock.after(0, () => calls.push("cancelled"));
  cancel();
  cancel();
  const { promise, resolve } = Promise.withResolvers<void>();
  const late = clock.after(0.5, () => {
    calls.push("called");
    resolve();
  });
  assertEquals(calls, []);
  // The clock's timers do not keep the process alive, so another one has to.
  const alive = setTimeout(() => {}, 60_000);
  await promise;
  clearTimeout(alive);
  late();
  assertEquals(calls, ["called"]);
});

Deno.test("System clock rounds a wait up and cuts it to what timers can hold", () => {
  const waits: number[] = [];
  withSetTimeout((_callback, ms) => waits.push(ms), () => {
    const clock = createSystemClock();
    for (const ms of [0, 1.2, 2 ** 31, Infinity]) clock.after(ms, () => {});
  });
  assertEquals(waits, [0, 2, 2 ** 31 - 1, 2 ** 31 - 1]);
});

Deno.test("System clock tells a timer that is an object not to hold the process", () => {
  let unrefs = 0;
  withSetTimeout(() => ({ unref: () => unrefs++ }), () => {
    createSystemClock().after(10, () => {});
  });
  assertEquals(unrefs, 1);
});

Deno.test("FakeClock runs callbacks in the order of their times, each at its own time", () => {
  const clock = new FakeClock({ now: 0, wallTime: 500 });
  const calls: string[] = [];
  const note = (name: string) => (): void => void calls.push(`${name}@${clock.now()}`);
  clock.after(20, note("b"));
  clock.after(10, () => {
    note("a")();
    clock.after(0, note("nested"));
    clock.after(15, note("c"));
  });
  clock.after(20, note("b2"));
  clock.after(15, note("cancelled"))();
  clock.advance(9);
  assertEquals(calls, []);
  clock.advance(16);
  assertEquals(calls, ["a@10", "nested@10", "b@20", "b2@20", "c@25"]);
  assertEquals([clock.now(), clock.wallTime(), clock.waiting], [25, 525, 0]);
});

Deno.test("FakeClock runs late callbacks after a jump, at the time it is then", () => {
  const clock = new FakeClock({ now: 0 });
  const calls: number[] = [];
  clock.after(10, () => calls.push(clock.now()));
  clock.jump(1000);
  assertEquals(calls, []);
  clock.advance(0);
  assertEquals(calls, [1000]);
});

Deno.test("FakeClock lets promises settle between callbacks when asked to", async () => {
  const clock = new FakeClock({ now: 0 });
  const calls: string[] = [];
  const wait = (ms: number): Promise<void> => new Promise((resolve) => clock.after(ms, resolve));
  const work = async (): Promise<void> => {
    await wait(10);
    calls.push(`one@${clock.now()}`);
    await wait(10);
    calls.push(`two@${clock.now()}`);
  };
  const done = work();
  await clock.advanceAsync(25);
  assertEquals(calls, ["one@10", "two@20"]);
  assertEquals(clock.now(), 25);
  await done;
});

import { assertEquals, assertThrows } from "@std/assert";
import { Turn } from "../../src/base/turn.ts";

interface Bench {
  readonly turn: Turn;
  readonly log: string[];
  readonly deferred: (() => void)[];
  /** Runs the oldest deferral. */
  next(): void;
}

function bench(onError?: (error: unknown) => void): Bench {
  const log: string[] = [];
  const deferred: (() => void)[] = [];
  const turn = new Turn(
    (callback) => deferred.push(callback),
    onError ?? ((error) => log.push(`error: ${(error as Error).message}`)),
  );
  return { turn, log, deferred, next: () => deferred.shift()?.() };
}

Deno.test("Turn flushes all targets in the order they were added, in one deferral", () => {
  const { turn, log, deferred, next } = bench();
  for (const name of ["a", "b", "c"]) turn.add({ flush: () => log.push(name) });
  assertEquals([log.length, deferred.length], [0, 1]);
  next();
  assertEquals([log, deferred.length], [["a", "b", "c"], 0]);
});

Deno.test("Turn gives what is added during a flush a deferral of its own", () => {
  const { turn, log, deferred, next } = bench();
  const again = {
    flush: (): void => {
      if (log.push("again") < 3) turn.add(again);
    },
  };
  turn.add(again);
  turn.add({ flush: () => log.push("other") });
  next();
  assertEquals([log.length, deferred.length], [2, 1]);
  next();
  assertEquals([log, deferred.length], [["again", "other", "again"], 0]);
  turn.add({ flush: () => log.push("later") });
  next();
  assertEquals(log.at(-1), "later");
});

Deno.test("Turn reports a target that throws and flushes the others", () => {
  const { turn, log, deferred, next } = bench();
  turn.add({ flush: () => log.push("a") });
  turn.add({
    flush: () => {
      throw new Error("b broke");
    },
  });
  turn.add({ flush: () => log.push("c") });
  next();
  assertEquals([log, deferred.length], [["a", "error: b broke", "c"], 0]);
});

Deno.test("Turn flushes the others even when the reporter throws, and the error gets out", () => {
  const { turn, log, deferred, next } = bench((error) => {
    throw error;
  });
  turn.add({
    flush: () => {
      throw new Error("broke");
    },
  });
  turn.add({ flush: () => log.push("b") });
  next();
  assertEquals([log, deferred.length], [["b"], 1]);
  assertThrows(next, Error, "broke");
});

Deno.test("Turn works with the host's microtasks", async () => {
  const log: string[] = [];
  const turn = new Turn(queueMicrotask, () => {});
  turn.add({ flush: () => log.push("flushed") });
  log.push("same turn");
  await Promise.resolve();
  assertEquals(log, ["same turn", "flushed"]);
});

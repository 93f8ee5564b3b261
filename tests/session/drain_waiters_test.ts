/** Tests of those who wait until little is left to be sent, and of what is left of them. */
import { assertEquals } from "@std/assert";
import { DrainWaiters } from "../../src/session/drain_waiters.ts";
import { SessionBench } from "../support/recording_host.ts";

Deno.test("DrainWaiters tells each once, when little enough is left, and has forgotten it before", () => {
  const waiters = new DrainWaiters();
  const told: [below: number, waiting: number][] = [];
  for (const below of [0, 10, 20]) waiters.add(below, () => told.push([below, waiters.size]));
  waiters.tell(21);
  assertEquals(told, []);
  waiters.tell(10);
  assertEquals(told, [[10, 2], [20, 1]]);
  waiters.tell(0);
  waiters.tell(0);
  assertEquals(told, [[10, 2], [20, 1], [0, 0]]);
});

Deno.test("DrainWaiters does not tell who was forgotten, also while it tells", () => {
  const waiters = new DrainWaiters();
  const told: string[] = [];
  const forget = waiters.add(0, () => told.push("first"));
  forget();
  forget();
  assertEquals(waiters.size, 0);
  waiters.add(0, () => {
    told.push("second");
    forgetThird();
  });
  const forgetThird = waiters.add(0, () => told.push("third"));
  waiters.tell(0);
  assertEquals([told, waiters.size], [["second"], 0]);
  waiters.add(0, () => told.push("fourth"));
  waiters.clear();
  waiters.tell(0);
  assertEquals([told, waiters.size], [["second"], 0]);
});

Deno.test("Session asks for no looks at its sink for a waiter that was forgotten", () => {
  const bench = SessionBench.websocket();
  bench.sink.holds = true;
  bench.send("x");
  bench.endTurn();
  const forget = bench.session.awaitBelow(0, () => {});
  bench.endTurn();
  bench.take();
  bench.session.flush();
  assertEquals(bench.take(), [["host", "awaitDrain", false]]);
  forget();
  bench.session.flush();
  assertEquals(bench.take(), []);
});

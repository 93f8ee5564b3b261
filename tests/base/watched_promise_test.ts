/** Tests of promises that report their failure when nobody waits for them. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { watchedPromise, watchedResult } from "../../src/base/watched_promise.ts";

const BOOM = new Error("boom");

async function settle(): Promise<void> {
  for (let turn = 0; turn < 60; turn++) await Promise.resolve();
}

function failing(log: unknown[]): Promise<number> {
  return watchedPromise<number>((_resolve, reject) => reject(BOOM), (error) => log.push(error));
}

Deno.test("A watched promise that nobody waits for reports its failure once", async () => {
  const log: unknown[] = [];
  void failing(log);
  await settle();
  assertEquals(log, [BOOM]);
});

Deno.test("A watched promise that is awaited gives its failure to who waits alone", async () => {
  const log: unknown[] = [];
  await assertRejects(() => failing(log), Error, "boom");
  await assertRejects(() => Promise.all([failing(log)]), Error, "boom");
  assertEquals(await failing(log).catch(() => 7), 7);
  assertEquals(log, []);
});

Deno.test("A watched promise leaves 16 microtasks to wait for it, and reports then", async () => {
  for (const [turns, reports] of [[0, 0], [8, 0], [16, 0], [17, 1], [30, 1]] as const) {
    const log: unknown[] = [];
    const promise = failing(log);
    for (let turn = 0; turn < turns; turn++) await Promise.resolve();
    assertEquals(await promise.catch(() => 7), 7);
    await settle();
    assertEquals([turns, log.length], [turns, reports]);
  }
});

Deno.test("What is derived from a watched promise is watched", async () => {
  const log: unknown[] = [];
  void failing(log).then((value) => value + 1);
  void failing(log).finally(() => {});
  await settle();
  assertEquals(log, [BOOM, BOOM]);
});

Deno.test("A watched promise is a promise, and gives its value", async () => {
  const log: unknown[] = [];
  const promise = watchedPromise<number>((resolve) => resolve(7), (error) => log.push(error));
  assert(promise instanceof Promise);
  assertEquals([await promise, await promise.then((value) => value + 1), log], [7, 8, []]);
});

Deno.test("watchedResult watches promises, and gives nothing for other values", async () => {
  const log: unknown[] = [];
  const failed = (error: unknown): void => void log.push(error);
  assertEquals([undefined, 7, {}].map((value) => watchedResult(value, failed)), [
    undefined,
    undefined,
    undefined,
  ]);
  await watchedResult(Promise.resolve(), failed);
  void watchedResult(Promise.reject(BOOM), failed);
  await settle();
  assertEquals(log, [BOOM]);
});

/** Tests the bounds of functions of the user that decide on a request. */
import { assertEquals, assertRejects } from "@std/assert";
import { HandshakeError } from "../../src/base/errors.ts";
import { Patience } from "../../src/engine/patience.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { InProcessEngine, settle } from "../support/in_process_engine.ts";

const POLLING = "EIO=4&transport=polling";
const WEBSOCKET = "EIO=4&transport=websocket";
const ADMISSION_MS = 45_000;

function never<T>(): Promise<T> {
  return new Promise(() => {});
}

Deno.test("A wait ends with its answer, and keeps no timer", async () => {
  const clock = new FakeClock();
  const patience = new Patience(clock);
  assertEquals(await patience.wait(Promise.resolve(1), "allowRequest", 10), 1);
  const failure = new RangeError("no");
  await assertRejects(() => patience.wait(Promise.reject(failure), "cors", 10), RangeError, "no");
  assertEquals(clock.waiting, 0);
});

Deno.test("A wait is over when its time is, and what comes later is dropped", async () => {
  const clock = new FakeClock();
  let answer: (value: number) => void = () => {};
  const late = new Promise<number>((resolve) => answer = resolve);
  const wait = assertRejects(
    () => new Patience(clock).wait(late, "generateId", 10),
    HandshakeError,
  );
  clock.advance(9);
  await settle();
  clock.advance(1);
  const { context } = await wait;
  assertEquals(context, { name: "HANDSHAKE_TIMEOUT", waitedFor: "generateId" });
  answer(1);
  await settle();
  assertEquals(clock.waiting, 0);
});

Deno.test("The end of the server ends all waits", async () => {
  const clock = new FakeClock();
  const patience = new Patience(clock);
  const waits = ["cors", "middleware"].map((what) =>
    assertRejects(() => patience.wait(never(), what, 10), HandshakeError)
  );
  patience.end();
  await Promise.all(waits);
  assertEquals(clock.waiting, 0);
});

/** Each function of the user that may never answer, and how an engine gets it. */
const silent: Readonly<Record<string, () => InProcessEngine>> = {
  allowRequest: () => new InProcessEngine({ allowRequest: () => never() }),
  generateId: () => {
    const engine = new InProcessEngine();
    engine.server.engine.generateId = () => never();
    return engine;
  },
  middleware: () => {
    const engine = new InProcessEngine();
    engine.server.engine.use(() => {});
    return engine;
  },
};

for (const [what, start] of Object.entries(silent)) {
  Deno.test(`A request is refused when ${what} does not answer in time`, async () => {
    const engine = start();
    const seen: number[] = [];
    engine.ask(POLLING).then(({ status }) => seen.push(status));
    engine.askUpgrade(WEBSOCKET).then(({ status }) => seen.push(status));
    await settle();
    engine.clock.advance(ADMISSION_MS - 1);
    await settle();
    assertEquals(seen, []);
    engine.clock.advance(1);
    await settle();
    assertEquals(seen, [400, 400]);
    assertEquals(engine.refusals.map(({ code, context }) => [code, context.waitedFor]), [
      [3, what],
      [3, what],
    ]);
    assertEquals(engine.server.clientsCount, 0);
  });

  Deno.test(`A request that waits for ${what} gets 503 when the server is shut down`, async () => {
    const engine = start();
    const seen: number[] = [];
    engine.ask(POLLING).then(({ status }) => seen.push(status));
    await settle();
    engine.server.shutDown();
    await settle();
    assertEquals([seen, engine.refusals], [[503], []]);
  });
}

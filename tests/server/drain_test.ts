/** Tests of how clients are let go, without any server. */
import { assert, assertEquals } from "@std/assert";
import { Drain, type DrainClient, type DrainReport } from "../../src/server/drain.ts";
import { type DrainOptions, resolveDrainOptions } from "../../src/server/drain_options.ts";
import type { SessionState } from "../../src/session/ports.ts";
import { FakeClock } from "../support/fake_clock.ts";

/** A client that closes as soon as it is let go, unless it is told to hold on. */
class Client implements DrainClient {
  state: SessionState = "open";
  isSettled = true;
  isGone = false;
  /**
   * Whether it stays when it is let go: to read what waits, as it has gone, or, its session closed, for
   * the end of its connection.
   */
  holdsOn: "no" | "reading" | "gone" | "connection" = "no";
  readonly #stage: Stage;
  readonly #name: string;

  constructor(stage: Stage, name: string) {
    this.#stage = stage;
    this.#name = name;
  }

  release(reason: string | undefined): void {
    this.#stage.log.push([this.#name, this.#stage.elapsed, reason]);
    this.state = "closing";
    if (this.holdsOn === "no") return this.close();
    this.isSettled = this.holdsOn !== "reading";
    if (this.holdsOn === "connection") this.endSession();
  }

  endSession(): void {
    this.state = "closed";
    this.#stage.clients.delete(this.#name);
  }

  /** Its session has ended, and its connection. */
  close(): void {
    this.endSession();
    this.isGone = true;
  }

  cut(): void {
    this.#stage.cut.push([this.#name, this.#stage.elapsed]);
    this.close();
  }
}

/** A server of clients, and a drain of it. */
class Stage {
  readonly clock = new FakeClock();
  readonly clients = new Map<string, Client>();
  /** Who was let go when: name, milliseconds since the beginning, what it was told. */
  readonly log: [name: string, at: number, reason: string | undefined][] = [];
  /** Who was cut off when. */
  readonly cut: [name: string, at: number][] = [];
  /** How often the drain has said that it is over. */
  overs = 0;
  /** When the drain was over. */
  overAt: number | undefined;
  report: DrainReport | undefined;
  readonly drain: Drain;
  readonly #start = this.clock.now();

  constructor(count: number, options: DrainOptions = {}, random = (): number => 0) {
    for (let index = 0; index < count; index++) this.add(`c${index}`);
    this.drain = new Drain({
      clock: this.clock,
      random,
      clients: this.clients,
      over: () => {
        this.overs++;
        this.overAt ??= this.elapsed;
        this.drain.end();
        for (const client of [...this.clients.values()]) client.close();
      },
    }, resolveDrainOptions(options));
    this.drain.report.then((report) => void (this.report = report));
  }

  get elapsed(): number {
    return this.clock.now() - this.#start;
  }

  /** When who was let go. */
  get times(): readonly number[] {
    return this.log.map(([, at]) => at);
  }

  add(name: string): Client {
    const client = new Client(this, name);
    this.clients.set(name, client);
    return client;
  }

  at(index: number): Client {
    const client = this.clients.get(`c${index}`);
    assert(client !== undefined);
    return client;
  }
}

/** The most that were let go within any time of this length. */
function densest(times: readonly number[], ms: number): number {
  return Math.max(
    ...times.map((from) => times.filter((at) => at >= from && at < from + ms).length),
  );
}

Deno.test("Drain is over at once when nobody is there", async () => {
  const stage = new Stage(0);
  stage.drain.start();
  await stage.clock.advanceAsync(0);
  assertEquals([stage.overAt, stage.report], [0, { closed: 0, forced: 0 }]);
  assertEquals(stage.clock.waiting, 0);
});

Deno.test("Drain lets one client go in each part of the jitter, and tells each the reason", async () => {
  const stage = new Stage(4, { batch: 2, jitter: 1_000, reason: "deploy" });
  stage.drain.start();
  await stage.clock.advanceAsync(10_000);
  assertEquals(stage.log, [
    ["c0", 0, "deploy"],
    ["c1", 500, "deploy"],
    ["c2", 1_000, "deploy"],
    ["c3", 1_500, "deploy"],
  ]);
  assertEquals([stage.overAt, stage.report], [1_500, { closed: 4, forced: 0 }]);
  assertEquals(stage.clock.waiting, 0);
});

Deno.test("Drain places each client at random in its part, and never more than a batch in a jitter", async () => {
  let seed = 1;
  const random = (): number => (seed = seed * 16_807 % 2_147_483_647) / 2_147_483_647;
  const stage = new Stage(200, { batch: 20, jitter: 1_000 }, random);
  stage.drain.start();
  await stage.clock.advanceAsync(30_000);
  assertEquals(stage.report, { closed: 200, forced: 0 });
  // One more than a batch: the first may be late in its part, and the last early.
  assert(densest(stage.times, 1_000) <= 21, `${densest(stage.times, 1_000)} went`);
  assertEquals(new Set(stage.times.map((at) => at % 50)).size > 50, true);
  const last = stage.times.at(-1) ?? 0;
  assert(last > 9_900 && last <= 10_000, `the last one went at ${last}`);
});

Deno.test("Drain lets all go at once when asked to", async () => {
  for (const options of [{ batch: Infinity }, { jitter: 0 }]) {
    const stage = new Stage(1_000, options);
    stage.drain.start();
    await stage.clock.advanceAsync(0);
    assertEquals([stage.overAt, stage.report], [0, { closed: 1_000, forced: 0 }]);
  }
});

Deno.test("Drain goes faster rather than leave anybody over", async () => {
  const stage = new Stage(2_000, { timeout: 8_000, batch: 10, jitter: 1_000 });
  stage.drain.start();
  await stage.clock.advanceAsync(8_000);
  assertEquals(stage.report, { closed: 2_000, forced: 0 });
  const last = stage.times.at(-1) ?? 0;
  assert(last > 5_900 && last <= 6_000, `the last one went at ${last}`);
  // Evenly, not in a wave at the end.
  assert(densest(stage.times, 1_000) < 400, `${densest(stage.times, 1_000)} went`);
});

Deno.test("Drain lets those go first that have settled, and the others as soon as they have", async () => {
  const stage = new Stage(3, { batch: 10, jitter: 1_000 });
  stage.at(0).isSettled = false;
  stage.drain.start();
  await stage.clock.advanceAsync(2_000);
  assertEquals(stage.log.map(([name]) => name), ["c1", "c2"]);
  stage.at(0).isSettled = true;
  await stage.clock.advanceAsync(50);
  assertEquals(stage.log.map(([name]) => name), ["c1", "c2", "c0"]);
  assertEquals(stage.report, { closed: 3, forced: 0 });
});

Deno.test("Drain waits half of its timeout for those that do not settle", async () => {
  const stage = new Stage(2, { timeout: 10_000, batch: 1, jitter: 500 });
  for (const index of [0, 1]) stage.at(index).isSettled = false;
  stage.drain.start();
  await stage.clock.advanceAsync(4_999);
  assertEquals(stage.log, []);
  await stage.clock.advanceAsync(5_001);
  assertEquals(stage.times, [5_000, 5_490]);
  assertEquals(stage.report, { closed: 2, forced: 0 });
});

Deno.test("Drain is over at its timeout, whoever is left", async () => {
  const stage = new Stage(3, { timeout: 4_000, batch: 1, jitter: 4_000 });
  stage.at(0).holdsOn = "reading";
  stage.at(1).holdsOn = "reading";
  stage.drain.start();
  await stage.clock.advanceAsync(3_999);
  assertEquals(stage.overAt, undefined);
  stage.at(1).close();
  await stage.clock.advanceAsync(1);
  assertEquals([stage.overAt, stage.report], [4_000, { closed: 2, forced: 1 }]);
  assertEquals([stage.clients.size, stage.clock.waiting], [0, 0]);
});

Deno.test("Drain cuts off those that do not come for their end, once nothing else waits", async () => {
  const stage = new Stage(2, { batch: Infinity });
  const [gone, slow] = [stage.at(0), stage.at(1)];
  gone.holdsOn = "gone";
  slow.holdsOn = "reading";
  stage.drain.start();
  await stage.clock.advanceAsync(1_999);
  assertEquals(gone.state, "closing");
  await stage.clock.advanceAsync(1);
  assertEquals([gone.state, slow.state], ["closed", "closing"]);
  await stage.clock.advanceAsync(8_000);
  slow.isSettled = true;
  await stage.clock.advanceAsync(1_900);
  assertEquals(slow.state, "closing");
  await stage.clock.advanceAsync(100);
  assertEquals([slow.state, stage.report], ["closed", { closed: 0, forced: 2 }]);
  assertEquals(stage.clock.waiting, 0);
});

Deno.test("Drain waits for connections to end, and cuts off those that do not answer", async () => {
  const stage = new Stage(3, { batch: Infinity });
  const [answers, mute, slow] = [stage.at(0), stage.at(1), stage.at(2)];
  for (const client of [answers, mute, slow]) client.holdsOn = "connection";
  stage.drain.start();
  slow.isSettled = false;
  await stage.clock.advanceAsync(1_000);
  assertEquals([stage.clients.size, stage.overAt], [0, undefined]);
  answers.isGone = true;
  await stage.clock.advanceAsync(1_000);
  assertEquals([stage.cut, stage.overAt], [[["c1", 2_000]], undefined]);
  slow.isSettled = true;
  await stage.clock.advanceAsync(1_950);
  assertEquals([stage.cut.length, stage.overAt], [1, undefined]);
  await stage.clock.advanceAsync(50);
  assertEquals(stage.cut, [["c1", 2_000], ["c2", 4_000]]);
  assertEquals([stage.report, stage.clock.waiting], [{ closed: 1, forced: 2 }, 0]);
});

Deno.test("Drain counts connections that have not ended at its timeout as cut off", async () => {
  const stage = new Stage(2, { timeout: 1_000, batch: Infinity });
  stage.at(0).holdsOn = "connection";
  stage.drain.start();
  await stage.clock.advanceAsync(1_000);
  assertEquals([stage.overAt, stage.report], [1_000, { closed: 1, forced: 1 }]);
});

Deno.test("Drain with no time closes all at once", async () => {
  const stage = new Stage(2, { timeout: 0 });
  stage.drain.start();
  await stage.clock.advanceAsync(0);
  assertEquals([stage.log, stage.report], [[], { closed: 0, forced: 2 }]);
});

Deno.test("Drain does not count those that leave by themselves", async () => {
  const stage = new Stage(3, { batch: 1, jitter: 1_000 });
  stage.drain.start();
  stage.at(2).close();
  await stage.clock.advanceAsync(2_000);
  assertEquals(stage.report, { closed: 2, forced: 0 });
});

Deno.test("Drain lets those go too that come while it is under way", async () => {
  const stage = new Stage(1, { batch: 1, jitter: 1_000 });
  stage.at(0).isSettled = false;
  stage.drain.start();
  stage.add("late");
  stage.at(0).isSettled = true;
  await stage.clock.advanceAsync(50);
  assertEquals([stage.log.length, stage.report], [1, undefined]);
  await stage.clock.advanceAsync(2_000);
  assertEquals(stage.log.map(([name]) => name), ["c0", "late"]);
  assertEquals(stage.report, { closed: 2, forced: 0 });
});

Deno.test("Drain ends when its signal aborts, and hears no signal afterwards", async () => {
  const controller = new AbortController();
  const stage = new Stage(2, { batch: 1, jitter: 1_000, signal: controller.signal });
  stage.drain.start();
  await stage.clock.advanceAsync(10);
  controller.abort();
  await stage.clock.advanceAsync(0);
  assertEquals([stage.overAt, stage.report], [10, { closed: 1, forced: 1 }]);
  const done = new AbortController();
  const ended = new Stage(0, { signal: done.signal });
  ended.drain.start();
  done.abort();
  assertEquals(ended.overs, 1);
  const early = new Stage(2, { signal: AbortSignal.abort() });
  early.drain.start();
  await early.clock.advanceAsync(0);
  assertEquals([early.overAt, early.report], [0, { closed: 0, forced: 2 }]);
});

Deno.test("Drain can be ended by what a client does when it is let go", async () => {
  const stage = new Stage(3, { batch: Infinity });
  const first = stage.at(0);
  const { release } = first;
  first.release = (reason) => {
    release.call(first, reason);
    stage.drain.end();
  };
  stage.drain.start();
  await stage.clock.advanceAsync(60_000);
  assertEquals(stage.log.map(([name]) => name), ["c0"]);
  assertEquals([stage.report, stage.clock.waiting], [{ closed: 1, forced: 2 }, 0]);
});

Deno.test("Drain looks at a bounded number of clients in one go, and at all in the end", async () => {
  const stage = new Stage(3_000, { batch: Infinity, timeout: 60_000 });
  let looks = 0;
  for (const client of stage.clients.values()) {
    Object.defineProperty(client, "isSettled", { get: () => looks++ < 0 });
  }
  Object.defineProperty(stage.at(2_999), "isSettled", { value: true });
  stage.drain.start();
  assertEquals(looks, 1_000);
  await stage.clock.advanceAsync(100);
  assertEquals(stage.log.map(([name]) => name), ["c2999"]);
  assert(looks <= 3_000, `${looks} looks`);
});

Deno.test("Drain says how many seconds are left, rounded up", () => {
  const stage = new Stage(1, { timeout: 2_500 });
  const seconds = [0, 600, 1_500, 10_000].map((ms) => {
    stage.clock.jump(ms);
    return stage.drain.secondsLeft;
  });
  assertEquals(seconds, [3, 2, 1, 1]);
});

Deno.test("Drain goes on when timers are late, and does not make up for long gaps", async () => {
  const stage = new Stage(100, { batch: 100, jitter: 1_000 });
  stage.drain.start();
  await stage.clock.advanceAsync(105);
  assertEquals(stage.log.length, 11);
  stage.clock.jump(400);
  await stage.clock.advanceAsync(0);
  await stage.clock.advanceAsync(10);
  assert(stage.log.length <= 14, `${stage.log.length} went`);
  await stage.clock.advanceAsync(20_000);
  assertEquals(stage.report, { closed: 100, forced: 0 });
});

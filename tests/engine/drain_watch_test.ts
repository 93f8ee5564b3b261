/** Tests the watch over full sinks: one timer, its waits, its end. */
import { assertEquals } from "@std/assert";
import { DrainWatch } from "../../src/engine/drain_watch.ts";
import { FakeClock } from "../support/fake_clock.ts";

/** A session whose sink is full until it is told otherwise. */
class FullSession {
  readonly #watch: DrainWatch;
  readonly #clock: FakeClock;
  /** When `flush` was called. */
  readonly flushedAt: number[] = [];
  /** What the next flush comes to; full without progress by default. */
  next: "full" | "progress" | "drained" = "full";

  constructor(watch: DrainWatch, clock: FakeClock) {
    this.#watch = watch;
    this.#clock = clock;
  }

  flush(): void {
    this.flushedAt.push(this.#clock.now());
    if (this.next !== "drained") this.#watch.add(this, this.next === "progress");
  }
}

interface Setting {
  readonly clock: FakeClock;
  readonly watch: DrainWatch;
  readonly errors: readonly unknown[];
  readonly session: () => FullSession;
}

function setUp(): Setting {
  const clock = new FakeClock({ now: 0 });
  const errors: unknown[] = [];
  const watch = new DrainWatch(clock, (error) => errors.push(error));
  return { clock, watch, errors, session: () => new FullSession(watch, clock) };
}

Deno.test("DrainWatch waits 1 ms, and doubles the wait up to 32 ms without progress", () => {
  const { clock, watch, session } = setUp();
  const full = session();
  assertEquals(clock.waiting, 0);
  watch.add(full, false);
  clock.advance(160);
  assertEquals(full.flushedAt, [1, 3, 7, 15, 31, 63, 95, 127, 159]);
});

Deno.test("DrainWatch begins again at 1 ms when a session makes progress", () => {
  const { clock, watch, session } = setUp();
  const full = session();
  watch.add(full, false);
  clock.advance(62);
  full.next = "progress";
  clock.advance(4);
  full.next = "full";
  clock.advance(7);
  assertEquals(full.flushedAt, [1, 3, 7, 15, 31, 63, 64, 65, 66, 67, 69, 73]);
});

Deno.test("DrainWatch stops when nobody waits any more", () => {
  const { clock, watch, session } = setUp();
  const full = session();
  watch.add(full, false);
  clock.advance(2);
  full.next = "drained";
  clock.advance(1);
  assertEquals([full.flushedAt, clock.waiting], [[1, 3], 0]);
  clock.advance(1000);
  full.next = "full";
  watch.add(full, false);
  clock.advance(3);
  assertEquals(full.flushedAt, [1, 3, 1004, 1006]);
});

Deno.test("DrainWatch serves all sessions with one timer", () => {
  const { clock, watch, session } = setUp();
  const sessions = [session(), session(), session()];
  for (const each of sessions) {
    watch.add(each, false);
    watch.add(each, false);
    assertEquals(clock.waiting, 1);
  }
  clock.advance(3);
  for (const { flushedAt } of sessions) assertEquals(flushedAt, [1, 3]);
  assertEquals(clock.waiting, 1);
});

Deno.test("DrainWatch is quick for all as long as one makes progress", () => {
  const { clock, watch, session } = setUp();
  const [slow, quick] = [session(), session()];
  quick.next = "progress";
  watch.add(quick, false);
  watch.add(slow, false);
  clock.advance(4);
  assertEquals(slow.flushedAt, [1, 2, 3, 4]);
});

Deno.test("DrainWatch does not wait longer because the last session made none", () => {
  const { clock, watch, session } = setUp();
  const [quick, slow] = [session(), session()];
  quick.next = "progress";
  watch.add(quick, false);
  watch.add(slow, false);
  clock.advance(3);
  assertEquals(quick.flushedAt, [1, 2, 3]);
});

Deno.test("DrainWatch is quick again when a session makes progress by itself", () => {
  const { clock, watch, session } = setUp();
  const [slow, other] = [session(), session()];
  watch.add(slow, false);
  clock.advance(32);
  watch.add(other, true);
  assertEquals(clock.waiting, 1);
  clock.advance(1);
  assertEquals([slow.flushedAt.at(-1), other.flushedAt], [33, [33]]);
});

Deno.test("DrainWatch is not put off by sessions that ask without progress", () => {
  const { clock, watch, session } = setUp();
  const full = session();
  watch.add(full, false);
  clock.advance(15);
  for (let ms = 0; ms < 16; ms++) {
    watch.add(session(), false);
    clock.advance(1);
  }
  assertEquals(full.flushedAt, [1, 3, 7, 15, 31]);
});

Deno.test("DrainWatch is not put off by sessions that ask with progress", () => {
  const { clock, watch, session } = setUp();
  const full = session();
  watch.add(full, false);
  for (let step = 0; step < 4; step++) {
    watch.add(session(), true);
    clock.advance(0.25);
  }
  assertEquals(full.flushedAt, [1]);
});

Deno.test("DrainWatch forgets a session that is removed", () => {
  const { clock, watch, session } = setUp();
  const [gone, full] = [session(), session()];
  watch.add(gone, false);
  watch.add(full, false);
  watch.remove(gone);
  watch.remove(session());
  clock.advance(1);
  assertEquals([gone.flushedAt, full.flushedAt], [[], [1]]);
  watch.remove(full);
  clock.advance(100);
  assertEquals([full.flushedAt, clock.waiting], [[1], 0]);
});

Deno.test("DrainWatch reports a session that fails, and flushes the others", () => {
  const { clock, watch, errors, session } = setUp();
  const failure = new Error("broken sink");
  const full = session();
  watch.add({
    flush(): never {
      throw failure;
    },
  }, false);
  watch.add(full, false);
  clock.advance(3);
  assertEquals([full.flushedAt, errors], [[1, 3], [failure]]);
});

Deno.test("DrainWatch leaves no timer behind when its last session is removed", () => {
  const { clock, watch, session } = setUp();
  const [first, second] = [session(), session()];
  watch.add(first, false);
  watch.add(second, false);
  watch.remove(first);
  assertEquals(clock.waiting, 1);
  watch.remove(second);
  assertEquals(clock.waiting, 0);
  watch.add(first, false);
  clock.advance(1);
  assertEquals([first.flushedAt, second.flushedAt], [[1], []]);
});

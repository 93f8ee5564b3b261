/**
 * Random async handlers over random events of several keys: in the modes that order events, those of one
 * key never overlap and keep their order, keys do not wait for one another, and nothing is lost.
 */
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import type { HandlerMode } from "../../src/socket/api.ts";
import { joined } from "../support/in_process_client.ts";
import { TestServer } from "../support/in_process_server.ts";

const RUNS = { numRuns: 300 };

/** What one handler of an event does: how many turns it takes, and how it ends. */
interface Work {
  readonly turns: number;
  readonly end: "returns" | "throws" | "rejects" | "thenable";
}

interface Happening {
  readonly key: number;
  /** Handlers: of every event, of a middleware, of the event itself. */
  readonly works: readonly [Work, Work, Work];
  /** Whether everything may come to rest before the next one comes. */
  readonly pauses: boolean;
}

const work: fc.Arbitrary<Work> = fc.record({
  turns: fc.nat(6),
  end: fc.constantFrom("returns", "throws", "rejects", "thenable"),
});

const happening: fc.Arbitrary<Happening> = fc.record({
  key: fc.nat(3),
  works: fc.tuple(work, work, work),
  pauses: fc.integer({ max: 4, min: 0 }).map((chance) => chance === 0),
});

/** Does the work: synchronously when it takes no turn. */
function perform({ turns, end }: Work, done: () => void): unknown {
  if (turns === 0) {
    done();
    if (end === "throws") throw new Error("at once");
    return undefined;
  }
  if (end === "thenable") {
    const wait = async (resolve: () => void): Promise<void> => {
      for (let turn = 0; turn < turns; turn++) await Promise.resolve();
      done();
      resolve();
    };
    return { then: (resolve: () => void) => void wait(resolve) };
  }
  return (async () => {
    for (let turn = 0; turn < turns; turn++) await Promise.resolve();
    done();
    if (end !== "returns") throw new Error("later");
  })();
}

/** Plays events; gives what began and ended in order, as "+i" and "-i" for each handler of event i. */
async function play(mode: HandlerMode, happenings: readonly Happening[]): Promise<number[][]> {
  const io = new TestServer({ handlerMode: mode });
  const { client, socket } = await joined(io);
  io.on("handler_error", () => {});
  const log: number[][] = [];
  const run = (index: number, which: number): unknown => {
    const each = happenings[index]?.works[which];
    assert(each !== undefined);
    log.push([1, index]);
    return perform(each, () => log.push([-1, index]));
  };
  socket.onAny((_name, index: number) => run(index, 0));
  socket.use(([, index], next) => {
    next();
    return run(index, 1) as void;
  });
  socket.on("work", (index: number) => run(index, 2));
  let batch: string[] = [];
  for (const [index, { pauses }] of happenings.entries()) {
    batch.push(`2["work",${index}]`);
    if (!pauses) continue;
    await client.send(...batch);
    batch = [];
  }
  if (batch.length > 0) await client.send(...batch);
  await io.close();
  return log;
}

/** Checks that events with the same key do not overlap, and come in their order. */
function assertOrdered(
  log: readonly number[][],
  keyOf: (index: number) => number | undefined,
): void {
  const running = new Map<number, { index: number; count: number }>();
  for (const [step = 0, index = -1] of log) {
    const key = keyOf(index);
    if (key === undefined) continue;
    const current = running.get(key) ?? { index: -1, count: 0 };
    if (index !== current.index) {
      assertEquals(current.count, 0, `event ${index} began while ${current.index} ran`);
      assert(index > current.index, `event ${index} came after ${current.index}`);
      current.index = index;
    }
    current.count += step;
    running.set(key, current);
  }
}

function assertComplete(log: readonly number[][], happenings: readonly Happening[]): void {
  for (const index of happenings.keys()) {
    const steps = log.filter(([, each]) => each === index).map(([step]) => step);
    assertEquals(steps.filter((step) => step === 1).length, 3, `event ${index} was not handled`);
    assertEquals(steps.filter((step) => step === -1).length, 3, `event ${index} has not ended`);
  }
}

Deno.test("Events of one socket never interleave in the mode serial", async () => {
  const events = fc.array(happening, { maxLength: 20, size: "max" });
  await fc.assert(
    fc.asyncProperty(events, async (happenings) => {
      const log = await play("serial", happenings);
      assertOrdered(log, () => 0);
      assertComplete(log, happenings);
    }),
    RUNS,
  );
});

Deno.test("Events of one key never interleave where a function gives keys", async () => {
  const events = fc.array(happening, { maxLength: 20, size: "max" });
  await fc.assert(
    fc.asyncProperty(events, async (happenings) => {
      const keyOf = (index: number): number | undefined => happenings[index]?.key || undefined;
      const log = await play((_event, _socket, [index]) => keyOf(index), happenings);
      assertOrdered(log, keyOf);
      assertComplete(log, happenings);
    }),
    RUNS,
  );
});

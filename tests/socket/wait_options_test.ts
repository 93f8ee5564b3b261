/** Tests of the options of calls that wait. */
import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import type { DrainedOptions } from "../../src/socket/buffering.ts";
import type { TimeoutOptions } from "../../src/socket/events.ts";
import { SocketOutbox } from "../../src/socket/socket_outbox.ts";
import type { SocketHome, SocketLink } from "../../src/socket/ports.ts";
import { countedSignal } from "../support/counted_signal.ts";
import { connected } from "../support/in_process_client.ts";

/** What is wrong, and what is said of it. */
const FAULTS: readonly (readonly [options: unknown, message: string])[] = [
  [null, "must be an object, found null"],
  [5, "must be an object, found 5"],
  [{ signal: {} }, "signal must be an AbortSignal, found"],
  [{ signal: null }, "signal must be an AbortSignal, found null"],
  [{ singal: AbortSignal.abort() }, '"singal" is not an option, did you mean "signal"'],
  [{ retries: 3 }, '"retries" is not an option, those are signal'],
];

Deno.test("timeout() refuses options that are wrong, and says how", async () => {
  const { io, socket } = await connected();
  for (const [options, message] of FAULTS) {
    // What is wrong is meant.
    const given = options as TimeoutOptions;
    for (const target of [io, io.of("/"), socket, io.to("room")]) {
      const error = assertThrows(() => target.timeout(5, given), TypeError, message);
      assertEquals(error.message.startsWith("Cannot use options of timeout(): "), true);
    }
  }
});

Deno.test("drained() refuses options that are wrong, and says how", async () => {
  const { socket } = await connected();
  const below: typeof FAULTS = ["1", -1, NaN].map((value) => [
    { below: value },
    "below must be a number of bytes from 0, found",
  ]);
  for (const [options, message] of [...FAULTS, ...below]) {
    // What is wrong is meant.
    const given = options as DrainedOptions;
    const error = await assertRejects(() => socket.drained(given), TypeError, message);
    assertEquals(error.message.startsWith("Cannot use options of drained(): "), true);
  }
});

/** An outbox over a session of which a hundred bytes wait. */
interface StalledOutbox {
  readonly outbox: SocketOutbox;
  /** What is awaited of the session. */
  readonly awaited: Set<() => void>;
  /** How often the session was told to forget one that waits. */
  readonly forgets: () => number;
}

function stalledOutbox(): StalledOutbox {
  const awaited = new Set<() => void>();
  let forgets = 0;
  const link = {
    bufferedAmount: 100,
    awaitBelow: (_below: number, settle: () => void) => {
      awaited.add(settle);
      return () => {
        forgets++;
        awaited.delete(settle);
      };
    },
  };
  const limits = { maxBufferedBytes: 1_000, maxBufferedPackets: 10, bufferPolicy: "close" };
  const failed = (error: unknown): never => {
    throw error;
  };
  // The members that an outbox uses.
  const home = { context: { limits }, ownBuffering: {} } as unknown as SocketHome;
  return {
    outbox: new SocketOutbox({ home, link: { link } as unknown as SocketLink, failed }),
    awaited,
    forgets: () => forgets,
  };
}

for (const how of ["enough was read", "its signal fires", "the socket ends"] as const) {
  Deno.test(`drained() leaves nothing behind when ${how}`, async () => {
    const { signal, abort, listeners } = countedSignal();
    const { outbox, awaited, forgets } = stalledOutbox();
    const done = outbox.drained({ below: 0, signal });
    assertEquals([listeners(), awaited.size], [1, 1]);
    if (how === "its signal fires") abort(new RangeError("enough"));
    else if (how === "the socket ends") outbox.end("transport close");
    else for (const settle of awaited) settle();
    const [outcome] = await Promise.allSettled([done]);
    assertEquals(outcome.status, how === "enough was read" ? "fulfilled" : "rejected");
    assertEquals([listeners(), awaited.size], [0, 0]);
    // A socket that ends fails those that still wait, and no other is kept until then.
    outbox.end("transport close");
    assertEquals(forgets(), 1);
  });
}

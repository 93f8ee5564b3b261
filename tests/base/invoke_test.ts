/** Tests of the one place that calls users' code: what it throws, and promises of every kind. */
import { assertEquals } from "@std/assert";
import { type HandlerErrorSink, invoke, isThenable, report } from "../../src/base/invoke.ts";

const BOOM = new Error("boom");

/** Lets promises settle. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
}

/** A sink that remembers; one that waits counts what has begun and ended. */
function recordingSink(waits: boolean): HandlerErrorSink & { readonly log: unknown[][] } {
  const log: unknown[][] = [];
  const handlerFailed: HandlerErrorSink["handlerFailed"] = (error, event, kind) => {
    log.push(["failed", error, event, kind]);
  };
  if (!waits) return { log, handlerFailed };
  return {
    log,
    handlerFailed,
    began: () => void log.push(["began"]),
    ended: () => void log.push(["ended"]),
  };
}

const FAILED = ["failed", BOOM, "tell", "ack"];

function throwing(): never {
  throw BOOM;
}

/** What users' code may give, and whether it is a failure: true, false, or never settled. */
const results: Readonly<Record<string, readonly [make: () => unknown, end: boolean | "never"]>> = {
  "a promise": [() => Promise.resolve(1), false],
  "a rejected promise": [() => Promise.reject(BOOM), true],
  "a promise that never settles": [() => new Promise(() => {}), "never"],
  "a promise of a class of its own": [
    () => new (class Own<T> extends Promise<T> {})((_resolve, reject) => reject(BOOM)),
    true,
  ],
  "a thenable that calls both": [
    () => ({
      then: (resolve: () => void, reject: (error: unknown) => void): void => {
        resolve();
        reject(BOOM);
        throw BOOM;
      },
    }),
    false,
  ],
  "a thenable that rejects, resolves, rejects and throws": [
    () => ({
      then: (resolve: () => void, reject: (error: unknown) => void): void => {
        reject(BOOM);
        resolve();
        reject(new Error("second"));
        throw new Error("third");
      },
    }),
    true,
  ],
  "a thenable whose then throws": [() => ({ then: throwing }), true],
  "a thenable whose then rejects": [() => ({ then: () => Promise.reject(BOOM) }), true],
  "a thenable whose then does nothing": [() => ({ then: () => {} }), "never"],
  "a thenable that resolves with itself": [() => {
    const own = { then: (resolve: (value: unknown) => void): void => resolve(own) };
    return own;
  }, false],
  "a thenable that resolves with a rejected promise": [
    () => ({ then: (resolve: (value: unknown) => void) => resolve(Promise.reject(BOOM)) }),
    true,
  ],
  "a function with a then": [() => Object.assign(() => {}, { then: throwing }), true],
  "a proxy that refuses everything": [
    () => new Proxy({}, { get: throwing, has: throwing, getPrototypeOf: throwing }),
    true,
  ],
};

for (const [what, [make, end]] of Object.entries(results)) {
  Deno.test(`invoke settles ${what} once`, async () => {
    const plain = recordingSink(false);
    invoke(make, undefined, [], "tell", plain, "ack");
    await settle();
    assertEquals(plain.log, end === true ? [FAILED] : []);

    const waiting = recordingSink(true);
    invoke(make, undefined, [], "tell", waiting, "ack");
    await settle();
    const ends = waiting.log.filter(([step]) => step !== "began");
    // What throws when it is read was never waited for.
    const isRead = waiting.log.length > ends.length;
    const expected = [...(end === true ? [FAILED] : []), ...(isRead ? [["ended"]] : [])];
    assertEquals(ends, end === "never" ? [] : expected);
  });
}

Deno.test("invoke reports a proxy of a promise once, which no language can wait for", async () => {
  const sink = recordingSink(true);
  invoke(() => new Proxy(Promise.resolve(), {}), undefined, [], "tell", sink);
  await settle();
  assertEquals(sink.log.map(([step]) => step), ["began", "failed", "ended"]);
});

Deno.test("invoke reads then once", () => {
  let reads = 0;
  const result = {
    get then(): unknown {
      reads++;
      return undefined;
    },
  };
  invoke(() => result, undefined, [], "tell", recordingSink(false));
  assertEquals(reads, 1);
});

Deno.test("invoke reports what is thrown, and a getter of then that throws", () => {
  const sink = recordingSink(false);
  invoke(throwing, undefined, [], "tell", sink, "ack");
  const hostile = Object.defineProperty({}, "then", { get: throwing });
  invoke(() => hostile, undefined, [], "tell", sink, "ack");
  assertEquals(sink.log, [FAILED, FAILED]);
});

Deno.test("invoke says that a listener has failed where no kind is given", () => {
  const sink = recordingSink(false);
  invoke(throwing, undefined, [], "tell", sink);
  assertEquals(sink.log, [["failed", BOOM, "tell", "listener"]]);
});

Deno.test("report tells what a value is rejected with, and nothing of other values", async () => {
  const sink = recordingSink(false);
  for (const value of [undefined, 7, "text", { then: 7 }, Promise.reject(BOOM)]) {
    report(value, "tell", sink, "ack");
  }
  await settle();
  assertEquals(sink.log, [FAILED]);
});

Deno.test("isThenable knows what can be waited for", () => {
  assertEquals([Promise.resolve(), { then: () => {} }, {}, null, "x"].map(isThenable), [
    true,
    true,
    false,
    false,
    false,
  ]);
});

import { assertEquals } from "@std/assert";
import {
  type Middleware,
  type MiddlewareOutcome,
  type Next,
  runMiddlewares,
} from "../../src/socket/middleware.ts";
import { connected, TRANSPORTS } from "../support/in_process_client.ts";

/** Runs middlewares over a subject; gives how often and how they ended, and late failures. */
function run(
  middlewares: readonly Middleware<string>[],
  late: unknown[] = [],
): MiddlewareOutcome[] {
  const outcomes: MiddlewareOutcome[] = [];
  const sink = { handlerFailed: (error: unknown): void => void late.push(error) };
  runMiddlewares(middlewares, "subject", (outcome) => outcomes.push(outcome), sink);
  return outcomes;
}

Deno.test("runMiddlewares passes at once when there are none", () => {
  assertEquals(run([]), [{ type: "passed" }]);
});

Deno.test("runMiddlewares runs them in order over the same subject", () => {
  const log: string[] = [];
  const step = (name: string): Middleware<string> => (subject, next) => {
    log.push(`${name} ${subject}`);
    next();
  };
  assertEquals(run([step("a"), step("b"), step("c")]), [{ type: "passed" }]);
  assertEquals(log, ["a subject", "b subject", "c subject"]);
});

Deno.test("runMiddlewares waits for next", async () => {
  const nexts: Next[] = [];
  const outcomes = run([(_subject, next) => void nexts.push(next)]);
  await Promise.resolve();
  assertEquals(outcomes, []);
  nexts[0]?.();
  await Promise.resolve();
  assertEquals(outcomes, [{ type: "passed" }]);
});

Deno.test("runMiddlewares tells what came of them after the code that follows next", () => {
  const log: string[] = [];
  const step = (name: string, error?: Error): Middleware<string> => (_subject, next) => {
    next(error);
    log.push(`after ${name}`);
  };
  const sink = { handlerFailed: (): void => {} };
  const tell = ({ type }: MiddlewareOutcome): void => void log.push(type);
  runMiddlewares([step("a"), step("b")], "subject", tell, sink);
  runMiddlewares([step("c"), step("d", new Error("no"))], "subject", tell, sink);
  assertEquals(log, ["after b", "after a", "passed", "after d", "after c", "refused"]);
});

Deno.test("runMiddlewares tells what came of one that waits after the code that follows next", async () => {
  const log: string[] = [];
  const held: Next[] = [];
  const sink = { handlerFailed: (): void => {} };
  for (const error of [undefined, new Error("no")]) {
    const late: Middleware<string> = (_subject, next) => void held.push(() => next(error));
    runMiddlewares([late], "subject", ({ type }) => void log.push(type), sink);
  }
  for (const next of held) {
    next();
    log.push("after");
  }
  assertEquals(log, ["after", "after"]);
  await Promise.resolve();
  assertEquals(log, ["after", "after", "passed", "refused"]);
});

Deno.test("runMiddlewares reports what fails in telling what came of one that waits", async () => {
  const late: unknown[] = [];
  const held: Next[] = [];
  const error = new Error("boom");
  const done = (): void => {
    throw error;
  };
  const sink = { handlerFailed: (failure: unknown): void => void late.push(failure) };
  runMiddlewares([(_subject, next) => void held.push(next)], "subject", done, sink);
  held[0]?.();
  for (let turn = 0; turn < 3; turn++) await Promise.resolve();
  assertEquals(late, [error]);
});

Deno.test("runMiddlewares ends with the first error given to next", () => {
  const error = new Error("no");
  const log: string[] = [];
  const outcomes = run([
    (_subject, next) => next(),
    (_subject, next) => next(error),
    () => void log.push("not reached"),
  ]);
  assertEquals([outcomes, log], [[{ type: "refused", error }], []]);
});

Deno.test("runMiddlewares takes any truthy value for an error, and no falsy one", () => {
  assertEquals(run([(_subject, next) => next("text")]), [{ type: "refused", error: "text" }]);
  for (const value of [undefined, null, false, 0, ""]) {
    assertEquals(run([(_subject, next) => next(value)]), [{ type: "passed" }]);
  }
});

Deno.test("runMiddlewares counts next once for each middleware", () => {
  const log: string[] = [];
  const outcomes = run([
    (_subject, next) => {
      next();
      next();
      next(new Error("too late"));
    },
    (_subject, next) => {
      log.push("second");
      next();
    },
  ]);
  assertEquals([outcomes, log], [[{ type: "passed" }], ["second"]]);
});

Deno.test("runMiddlewares ends with what a middleware throws or rejects with", async () => {
  const error = new Error("boom");
  const log: string[] = [];
  const outcomes = run([
    () => {
      throw error;
    },
    () => void log.push("not reached"),
  ]);
  // A middleware may be async, whatever its declared result.
  const rejected = run([(() => Promise.reject(error)) as Middleware<string>]);
  await Promise.resolve();
  await Promise.resolve();
  assertEquals([outcomes, rejected, log], [
    [{ type: "failed", error }],
    [{ type: "failed", error }],
    [],
  ]);
});

Deno.test("runMiddlewares reports what a middleware throws or rejects with after it decided", async () => {
  const error = new Error("boom");
  const late: unknown[] = [];
  const outcomes = run([
    (_subject, next) => {
      next();
      throw error;
    },
    // A middleware may be async, whatever its declared result.
    ((_subject, next) => {
      next(error);
      return Promise.reject(error);
    }) as Middleware<string>,
  ], late);
  await Promise.resolve();
  await Promise.resolve();
  assertEquals([outcomes, late], [[{ type: "refused", error }], [error, error]]);
});

Deno.test("runMiddlewares runs those that were there when it began", () => {
  const log: string[] = [];
  const middlewares: Middleware<string>[] = [
    (_subject, next) => {
      log.push("first");
      middlewares.push((_, done) => {
        log.push("added");
        done();
      });
      next();
    },
  ];
  assertEquals([run(middlewares), log], [[{ type: "passed" }], ["first"]]);
});

for (const transport of TRANSPORTS) {
  Deno.test(`socket.use runs in order, and may change the event (${transport})`, async () => {
    const { client, socket } = await connected({ transport });
    const log: unknown[] = [];
    socket.use((event, next) => {
      log.push(["one", ...event.slice(0, 2)]);
      event[1] = "changed";
      next();
    });
    socket.use(([name, value], next) => {
      log.push(["two", name, value]);
      next();
    });
    socket.on("tell", (...args: unknown[]) => log.push(["tell", ...args]));
    await client.send('2["tell","x"]');
    assertEquals(log, [["one", "tell", "x"], ["two", "tell", "changed"], ["tell", "changed"]]);
  });
}

Deno.test("socket.use with an error drops the event and fires the error event", async () => {
  const { io, client, socket } = await connected();
  const log: unknown[] = [];
  const error = new Error("not allowed");
  socket.use(([name], next) => next(name === "good" ? undefined : error));
  socket.on("error", (given) => log.push(["error", given]));
  for (const name of ["good", "bad"]) socket.on(name, () => log.push(name));
  await client.send('2["bad"]', '2["good"]');
  assertEquals(log, [["error", error], "good"]);
  assertEquals([socket.connected, io.world.errors], [true, []]);
});

Deno.test("socket.use with an error harms nobody where there is no error listener", async () => {
  const { io, client, socket } = await connected();
  socket.use((_event, next) => next(new Error("no")));
  await client.send('21["ask"]');
  assertEquals([await client.take(), socket.connected, io.world.errors], [[], true, []]);
});

Deno.test("socket.use that throws or rejects drops the event, and is reported", async () => {
  const { io, client, socket } = await connected();
  const log: unknown[] = [];
  socket.on("error", (error) => log.push(["error", error]));
  socket.on("tell", () => log.push("tell"));
  const failures = [
    () => {
      throw new Error("sync");
    },
    () => Promise.reject(new Error("async")),
  ];
  // A middleware may be async, whatever its declared result.
  socket.use(() => failures.shift()?.() as unknown as void);
  await client.send('2["tell"]', '2["tell"]');
  assertEquals([log, socket.connected], [[], true]);
  const messages = io.world.errors.map(({ args: [error] }) => String(error));
  assertEquals(messages, ["Error: sync", "Error: async"]);
});

Deno.test("socket.use that throws after it went on is reported, and the event goes on", async () => {
  const { io, client, socket } = await connected();
  const log: unknown[] = [];
  socket.on("tell", () => log.push("tell"));
  socket.use((_event, next) => {
    next();
    throw new Error("after next");
  });
  await client.send('2["tell"]');
  assertEquals(log, ["tell"]);
  assertEquals(io.world.errors.map(({ args: [error] }) => String(error)), ["Error: after next"]);
});

Deno.test("socket.use may let events overtake each other, and holds none after the end", async () => {
  const { io, client, socket } = await connected();
  const log: unknown[] = [];
  const held: (() => void)[] = [];
  socket.use(([name], next) => name === "slow" ? void held.push(next) : next());
  for (const name of ["slow", "fast"]) socket.on(name, () => log.push(name));
  await client.send('2["slow"]', '2["fast"]', '2["slow"]');
  held.shift()?.();
  await io.world.settle();
  assertEquals(log, ["fast", "slow"]);
  socket.disconnect();
  held.shift()?.();
  await io.world.settle();
  assertEquals(log, ["fast", "slow"]);
});

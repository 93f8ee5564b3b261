/** Tests of the logger option: where errors of users' code go that nobody listens to. */
import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import type { Logger } from "../../src/base/log.ts";
import type { ServerOptions } from "../../src/server/server_options.ts";
import { connected } from "../support/in_process_client.ts";
import type { LogLine } from "../support/in_process_server.ts";

/** A logger with state of its own, as classes of logging libraries have it. */
class ClassLogger implements Logger {
  readonly #name: string;
  readonly #lines: string[];

  constructor(name: string, lines: string[]) {
    this.#name = name;
    this.#lines = lines;
  }

  debug<T>(message: T, ...args: unknown[]): T {
    return this.#log("debug", message, args);
  }

  info<T>(message: T, ...args: unknown[]): T {
    return this.#log("info", message, args);
  }

  warn<T>(message: T, ...args: unknown[]): T {
    return this.#log("warn", message, args);
  }

  error<T>(message: T, ...args: unknown[]): T {
    return this.#log("error", message, args);
  }

  #log<T>(level: string, message: T, args: readonly unknown[]): T {
    this.#lines.push([this.#name, level, message, ...args].map(String).join(" "));
    return message;
  }
}

Deno.test("The logger option takes an object like the console, and one of a class", async () => {
  const lines: string[] = [];
  const plain = (level: string) => (...args: unknown[]): void =>
    void lines.push(["plain", level, ...args].map(String).join(" "));
  const loggers: readonly Logger[] = [
    { debug: plain("debug"), info: plain("info"), warn: plain("warn"), error: plain("error") },
    new ClassLogger("class", lines),
  ];
  for (const logger of loggers) {
    const { client, socket } = await connected({}, { logger });
    socket.on("x", () => {
      throw new Error("boom");
    });
    await client.send('2["x"]');
  }
  assertEquals(lines.map((line) => line.replace(/socket \S+/, "socket id")), [
    'plain error A handler for "x" in namespace "/", socket id failed: Error: boom',
    'class error A handler for "x" in namespace "/", socket id failed: Error: boom',
  ]);
});

Deno.test("A logger that fails ends neither the session nor the call, and the console tells", async () => {
  const full = new Error("disk full");
  const fail = (): never => {
    throw full;
  };
  const logger = { debug: fail, info: fail, warn: fail, error: fail };
  const { client, socket } = await connected({}, { logger });
  const log: string[] = [];
  const boom = new Error("boom");
  socket.on("x", () => {
    throw boom;
  });
  socket.on("x", () => log.push("x"));
  const printed = await printedBy(() => client.send('2["x"]'));
  assertEquals([log, printed.map(([, ...errors]) => errors)], [["x"], [[boom, full]]]);
  assertEquals([socket.connected, client.isClosed], [true, false]);
});

/** What is printed as an error meanwhile; nothing reaches the terminal. */
async function printedBy(act: () => Promise<void>): Promise<unknown[][]> {
  const printed: unknown[][] = [];
  const { error } = console;
  // deno-lint-ignore no-console -- what is printed is what is looked at
  console.error = (...args) => void printed.push(args);
  try {
    await act();
  } finally {
    // deno-lint-ignore no-console -- what is printed is what is looked at
    console.error = error;
  }
  return printed;
}

// A program may have no logger to give.
const byDefault = { logger: undefined } as unknown as ServerOptions;

Deno.test("Without a logger the console is told, with the error itself", async () => {
  const { client, socket } = await connected({}, byDefault);
  const boom = new Error("boom");
  socket.on("x", () => {
    throw boom;
  });
  const [[message, error] = [], ...rest] = await printedBy(() => client.send('2["x"]'));
  assertStrictEquals(error, boom);
  assertEquals(message, `A handler for "x" in namespace "/", socket ${socket.id} failed:`);
  assertEquals(rest, []);
});

Deno.test("What a client sends as a name cannot break a line of the log", async () => {
  const { io, client, socket } = await connected();
  socket.onAny(() => {
    throw new Error("boom");
  });
  await client.send(JSON.stringify(["\n\u001b[31m\u2028" + "x".repeat(10_000)]).replace(/^/, "2"));
  const [{ message }] = io.world.errors as readonly [LogLine];
  // deno-lint-ignore no-control-regex -- control characters are what must not be there
  const found = /[\u0000-\u001f\u2028]/.exec(message);
  assertEquals(found?.[0], undefined);
  assert(message.length < 500, `found ${message.length} characters`);
});

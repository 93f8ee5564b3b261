/**
 * The part of the contract's application that is about `io.engine`.
 *
 * What happens to the engine is told for requests that say `watch=engine`, with their tag.
 */
import type { Server } from "socket.io";
import type { Conn, EngineScenarios, Packet } from "./app_engine_types.ts";

type Report = (report: Readonly<Record<string, unknown>>) => void;
type Listener = (...args: never[]) => void;
type Next = (error?: unknown) => void;

/** What a request shows of itself on every runtime. */
interface RequestHead {
  readonly url?: string;
  readonly method?: string;
}

/** What `io.engine` offers beside its published types. */
interface EngineMembers {
  readonly clients: Readonly<Record<string, Conn>>;
  readonly clientsCount: number;
  readonly opts: Readonly<Record<string, unknown>>;
  generateId(request: RequestHead): string | PromiseLike<string>;
  upgrades(transport: string): readonly string[];
  use(middleware: (request: RequestHead, other: unknown, next: Next) => void): unknown;
  close(): unknown;
}

/** The listener methods of Node that the scenarios use. */
interface ListenerMethods {
  on(event: string, listener: Listener): ListenerMethods;
  addListener(event: string, listener: Listener): ListenerMethods;
  once(event: string, listener: Listener): ListenerMethods;
  prependListener(event: string, listener: Listener): ListenerMethods;
  prependOnceListener(event: string, listener: Listener): ListenerMethods;
  off(event: string, listener: Listener): ListenerMethods;
  removeListener(event: string, listener: Listener): ListenerMethods;
}

/** Something with listeners, whatever its types say. */
export function countersOf(emitter: unknown): ListenerMethods {
  // All that are given here are emitters of the library under test.
  return emitter as ListenerMethods;
}

/** Registers what tells of the engine itself, and what makes the ids that requests ask for. */
export function watchEngine(io: Server, report: Report): void {
  const engine = engineOf(io);
  const makeId = engine.generateId.bind(engine);
  engine.generateId = (request) => {
    const { searchParams } = new URL(String(request.url), "http://host");
    const id = searchParams.get("id");
    if (id === "fails") throw new Error("no more ids");
    if (id === "fails later") return Promise.reject(new Error("no more ids"));
    if (id === null) return makeId(request);
    return searchParams.has("later") ? Promise.resolve(id) : id;
  };
  for (const event of ["initial_headers", "headers"]) {
    io.engine.on(event, (headers: Record<string, unknown>, request: RequestHead) => {
      const { searchParams } = new URL(String(request.url), "http://host");
      if (searchParams.get("watch") !== "engine") return;
      const names = Object.keys(headers).map((name) => name.toLowerCase());
      const type = String(headers["Content-Type"] ?? headers["content-type"] ?? "");
      report({ kind: event, tag: searchParams.get("tag"), method: request.method, names, type });
      if (event === "headers") headers["x-list"] = ["one", "two"];
      else headers["cache-control"] = "no-cache";
    });
  }
}

/** What is done with the engine on request; what it gives is the acknowledgement. */
export const ENGINE_SCENARIOS: EngineScenarios = {
  clients: ({ io, conn }) => {
    const { clients, clientsCount } = engineOf(io);
    const ids = Object.keys(clients);
    return {
      isSame: clients[conn.id] === conn,
      isListed: ids.includes(conn.id) && Object.values(clients).includes(conn),
      has: [conn.id in clients, "nobody" in clients, clients["nobody"] === undefined],
      own: Object.hasOwn(clients, conn.id),
      isCounted: ids.length === clientsCount,
      isTold: Object.entries(clients).every(([id, { id: own }]) => id === own),
    };
  },
  "clients at the end": ({ io, conn, tell }) => {
    const engine = engineOf(io);
    const before = engine.clientsCount;
    conn.on("close", () => {
      tell(`left ${conn.id in engine.clients} ${engine.clientsCount - before}`);
    });
  },
  opts: ({ io }) => {
    const { pingInterval, pingTimeout, upgradeTimeout, maxHttpBufferSize, ...rest } =
      engineOf(io).opts;
    const { transports, allowUpgrades, allowEIO3 } = rest;
    return {
      pingInterval,
      pingTimeout,
      upgradeTimeout,
      maxHttpBufferSize,
      transports,
      allowUpgrades,
      allowEIO3,
      cookie: (rest["cookie"] as { readonly name?: string } | undefined)?.name,
    };
  },
  upgrades: ({ io }) => {
    const engine = engineOf(io);
    const known = engine.upgrades("polling").filter((name) => name !== "webtransport");
    return [known, engine.upgrades("websocket")];
  },
  codes: ({ io }) => {
    const { errors, errorMessages } = io.engine.constructor as unknown as {
      readonly errors: Readonly<Record<string, number>>;
      readonly errorMessages: Readonly<Record<number, string>>;
    };
    return Object.entries(errors).map(([name, code]) => [name, code, errorMessages[code]]);
  },
  "add middlewares": ({ io }) => {
    const engine = engineOf(io);
    engine.use((request, _other, next) => {
      next(String(request.url).includes("fail=at+once") ? new Error("no entry") : undefined);
    });
    engine.use((request, _other, next) => {
      if (String(request.url).includes("fail=later")) queueMicrotask(() => next(new Error("no")));
      else next();
    });
  },
  "close the engine": ({ io }) => engineOf(io).close() === io.engine,
  "engine flushes": ({ io, conn, tell }) => {
    const text = ({ type, data }: Packet): string => `${type} ${String(data).slice(0, 12)}`;
    const onFlush = (socket: Conn, buffer: readonly Packet[]): void => {
      if (socket === conn) tell(`engine flush ${buffer.map(text).join(" | ")}`);
    };
    const onDrain = (socket: Conn, ...rest: unknown[]): void => {
      if (socket === conn) tell(`engine drain ${rest.length}`);
    };
    const emitter = countersOf(io.engine).on("flush", onFlush).on("drain", onDrain);
    conn.on("close", () => void emitter.off("flush", onFlush).off("drain", onDrain));
  },
};

/** The engine with the members that its published types hide. */
function engineOf(io: Server): EngineMembers {
  return io.engine as unknown as EngineMembers;
}

/**
 * Scenarios of listeners: those of one event, of every event, and of middlewares of events.
 */
import type { Socket } from "socket.io";
import type { Scenarios } from "./app_api.ts";

type Next = (error?: Error) => void;

/** What has listeners: a socket, a namespace, or the server. */
type Emitter = Pick<
  Socket,
  "listenerCount" | "rawListeners" | "removeAllListeners" | "eventNames" | "getMaxListeners"
>;

export const LISTENER_SCENARIOS: Scenarios = {
  /** Listens in every way; the order of calls is noted when the client emits "call". */
  "listen in order"({ socket, noted }): void {
    socket.on("call", () => noted.push("second"));
    socket.addListener("call", () => noted.push("third"));
    socket.prependListener("call", () => noted.push("first"));
    socket.prependOnceListener("call", () => noted.push("once, before all"));
    socket.once("call", () => noted.push("once, after all"));
  },

  /** The same listener twice, of which one is taken away. */
  "listen twice"({ socket, noted }): void {
    const twice = (): void => void noted.push("twice");
    socket.on("call", twice).on("call", () => noted.push("between")).on("call", twice);
    socket.off("call", twice);
  },

  /** Listeners that change the list while it is being called. */
  "change listeners while they are called"({ socket, noted }): void {
    const later = (): void => void noted.push("later");
    socket.once("call", () => {
      noted.push("first");
      socket.off("call", later);
      socket.on("call", () => noted.push("new"));
    });
    socket.on("call", later);
  },

  /** The events of EventEmitter about listeners themselves. */
  "listen to listeners"({ socket, nsp, noted }): void {
    const listener = (): void => {};
    for (const event of ["newListener", "removeListener"]) {
      socket.on(event, (name: string) => noted.push(`socket ${event} ${name}`));
      nsp.on(event as "connection", (name: unknown) => noted.push(`namespace ${event} ${name}`));
    }
    socket.on("x", listener).off("x", listener);
    nsp.on("connection", listener).off("connection", listener);
    for (const event of ["newListener", "removeListener"]) nsp.removeAllListeners(event);
  },

  /** A once listener that is taken away by the listener that it wraps. */
  "take once listeners away"({ socket, noted }): void {
    const once = (): void => void noted.push("never");
    socket.once("call", once);
    socket.removeListener("call", once);
    socket.on("call", () => noted.push("only"));
  },

  /** What the lists of a socket say. */
  "lists of a socket"({ socket }): unknown {
    return listsOf(socket as unknown as Emitter, socket.on.bind(socket), socket.once.bind(socket));
  },

  /** What the lists of a namespace say. */
  "lists of a namespace"({ io }, name: string): unknown {
    const nsp = io.of(name);
    // The listeners of a namespace are those of events between servers, of any name.
    const on = nsp.on.bind(nsp) as unknown as Socket["on"];
    return listsOf(nsp as unknown as Emitter, on, nsp.once.bind(nsp) as unknown as Socket["once"]);
  },

  /** A listener of the server is a listener of its main namespace. */
  "listeners of the server"({ io }, event: string): unknown {
    const listener = (): void => {};
    const on = io.on.bind(io) as (name: string, listener: () => void) => unknown;
    on(event, listener);
    const main = io.sockets.listeners(event as "connect").length;
    io.removeAllListeners(event);
    return { main, after: io.sockets.listenerCount(event), names: io.eventNames().includes(event) };
  },

  /** Whose `this` is what in the listeners of a socket; noted. */
  "this of listeners"({ socket, noted, report }, tag: string): void {
    const note = (kind: string, self: unknown): void => void noted.push([kind, self === socket]);
    socket.on("call", function (this: unknown): void {
      note("event", this);
    });
    socket.onAny(function (this: unknown, event: string): void {
      if (event === "call") note("incoming", this);
    });
    socket.onAnyOutgoing(function (this: unknown): void {
      note("outgoing", this);
    });
    socket.on("error", function (this: unknown): void {
      note("error", this);
    });
    socket.on("disconnecting", function (this: unknown): void {
      note("disconnecting", this);
    });
    socket.on("disconnect", function (this: unknown): void {
      note("disconnect", this);
      report({ kind: "this of listeners", tag, noted });
    });
    socket.use(([event], next) => event === "refuse" ? next(new Error("refused")) : next());
    socket.emit("out");
  },

  /** Catch-all listeners in every way; what they hear of "call" is noted. */
  "watch in order"({ socket, noted }): void {
    const watch = (name: string) => (event: string, ...args: unknown[]): void => {
      if (event === "call") noted.push([name, ...args.map((arg) => typeof arg)]);
    };
    socket.on("call", () => noted.push(["listener"]));
    socket.use(([event], next) => {
      if (event === "call") noted.push(["middleware"]);
      next();
    });
    socket.onAny(watch("second"));
    socket.onAny(watch("third"));
    socket.prependAny(watch("first"));
  },

  /** A catch-all listener that is there three times, and is taken away twice. */
  "watch thrice"({ socket, noted }): unknown {
    const watch = (event: string): void => void (event === "call" && noted.push("watch"));
    socket.onAny(watch).onAny(watch).prependAny(watch);
    socket.offAny(watch).offAny(watch).offAny(() => {});
    return socket.listenersAny().length;
  },

  /** Catch-all listeners that change their list while it is being called. */
  "change watchers while they are called"({ socket, noted }): void {
    const later = (event: string): void => void (event === "call" && noted.push("later"));
    const first = (event: string): void => {
      if (event !== "call") return;
      noted.push("first");
      socket.offAny(first).offAny(later).onAny(() => noted.push("new"));
    };
    socket.onAny(first).onAny(later);
  },

  /** Whether the lists of catch-all listeners hold the very functions, in order. */
  "lists of watchers"({ socket }): unknown {
    const [a, b] = [(): void => {}, (): void => {}];
    const lengths = (): number[] => [
      socket.listenersAny().length,
      socket.listenersAnyOutgoing().length,
    ];
    const before = lengths();
    socket.onAny(a).prependAny(b);
    socket.onAnyOutgoing(a).prependAnyOutgoing(b);
    const [incoming, outgoing] = [socket.listenersAny(), socket.listenersAnyOutgoing()];
    const held = [incoming[0] === b, incoming[1] === a, outgoing[0] === b, outgoing[1] === a];
    socket.offAny().offAnyOutgoing();
    return { before, held, after: lengths() };
  },

  /** The lists of catch-all listeners may be changed in place. */
  "change the lists of watchers"({ socket, noted }): void {
    socket.onAny((event: string) => event === "call" && noted.push("taken out"));
    socket.onAnyOutgoing((event: string) => event === "out" && noted.push("taken out"));
    socket.listenersAny().pop();
    socket.listenersAnyOutgoing().pop();
    socket.emit("out");
  },

  /** Outgoing listeners on every socket, then events of every kind; what they heard. */
  "watch what goes out"({ nsp, socket, others }): unknown {
    const heard: unknown[] = [];
    for (const [place, each] of [socket, ...others].entries()) {
      each.onAnyOutgoing((...args: unknown[]) => heard.push([place, ...args.map(shown)]));
    }
    const sorted = (emit: () => unknown): unknown[] => {
      heard.length = 0;
      emit();
      return heard.slice();
    };
    return {
      own: sorted(() => socket.emit("own", 1, () => {})),
      all: sorted(() => nsp.emit("all", "x")),
      others: sorted(() => socket.broadcast.emit("others")),
      binary: sorted(() => nsp.to(socket.id).emit("binary", { part: Uint8Array.of(1, 2) })),
      asked: sorted(() => nsp.timeout(50).emit("asked", 2, () => {})),
      volatile: sorted(() => socket.volatile.emit("volatile")),
      message: sorted(() => nsp.send("message")),
    };
  },

  /** Outgoing listeners: order, one that is taken away while it is called, and after. */
  "watch what goes out in order"({ socket }): unknown {
    const heard: string[] = [];
    const once = (): void => {
      heard.push("second, once");
      socket.offAnyOutgoing(once);
    };
    socket.onAnyOutgoing(once).onAnyOutgoing(() => heard.push("third"));
    socket.prependAnyOutgoing(() => heard.push("first"));
    socket.emit("out");
    socket.emit("out");
    return heard;
  },

  /** An acknowledgement is no event: outgoing listeners do not hear of it. */
  "watch acknowledgements"({ socket, noted }): void {
    socket.onAnyOutgoing((event: string) => noted.push(event));
  },

  /** Several middlewares of events, one of them slow; what they see is noted. */
  "use several"({ socket, noted }): void {
    socket.use(async ([event], next) => {
      await Promise.resolve();
      noted.push(`first ${event}`);
      next(event === "refuse" ? Object.assign(new Error("no"), { data: { code: 7 } }) : undefined);
    });
    socket.use(([event], next) => {
      noted.push(`second ${event}`);
      next();
    });
    for (const event of ["call", "refuse"]) {
      socket.on(event, () => noted.push(`handled ${event}`));
    }
    socket.on("error", (error: Error & { data?: unknown }) => {
      noted.push({ message: error.message, data: error.data, isError: error instanceof Error });
    });
  },

  /** A middleware that refuses, and nobody who listens to errors. */
  "refuse without listener"({ socket, noted }): void {
    socket.use(([event], next: Next) => next(event === "refuse" ? new Error("no") : undefined));
    socket.on("refuse", () => noted.push("handled"));
  },

  /** A middleware sees name, values and acknowledgement of an event, and may answer itself. */
  "answer in a middleware"({ socket, noted }): void {
    socket.use((event, next: Next) => {
      if (event[0] !== "guarded") return next();
      noted.push(event.map((part: unknown) => typeof part));
      (event.at(-1) as (answer: string) => void)("answered by the middleware");
    });
    socket.on("guarded", () => noted.push("handled"));
  },

  /** An event named "error" from a client, and a middleware's error, go to the same listeners. */
  "listen to errors"({ socket, noted }): void {
    socket.on("error", (error: unknown) => {
      noted.push(error instanceof Error ? error.message : error);
    });
  },
};

/** Adds listeners to an emitter, reads its lists in every way, and takes them away. */
function listsOf(
  emitter: Emitter,
  on: Socket["on"],
  once: Socket["once"],
): Readonly<Record<string, unknown>> {
  const [a, b] = [(): void => {}, (): void => {}];
  on("listed", a);
  once("listed", b);
  on("other", a);
  const listeners = (emitter as Socket).listeners("listed");
  const raw = emitter.rawListeners("listed") as { readonly listener?: unknown }[];
  const result = {
    listeners: [listeners.length, listeners[0] === a, listeners[1] === b],
    raw: [raw.length, raw[0] === a, raw[1] !== b, raw[1]?.listener === b],
    counts: ["listed", "other", "none"].map((event) => emitter.listenerCount(event)),
    names: emitter.eventNames().filter((name) => name === "listed" || name === "other"),
    max: emitter.getMaxListeners(),
  };
  emitter.removeAllListeners("listed");
  const one = ["listed", "other"].map((event) => emitter.listenerCount(event));
  emitter.removeAllListeners("other");
  return { ...result, one, none: emitter.listenerCount("other") };
}

/** A value of an event as JSON can carry it. */
function shown(value: unknown): unknown {
  if (typeof value === "function") return "function";
  if (ArrayBuffer.isView(value)) return "bytes";
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, shown(part)]));
}

import type { RequestHead } from "../../src/engine/handshake_info.ts";
import type { BaseServer as Server, Client, Namespace, Socket } from "../../src/socket/api.ts";
import type { Handshake } from "../../src/socket/handshake.ts";
import type {
  DefaultEventsMap,
  DisconnectReason,
  Event,
  EventNames,
  EventParams,
  EventsMap,
  Untyped,
  UntypedListener,
} from "../../src/socket/events.ts";
import { compiles, type Equal, expectType } from "./expect.ts";

interface Listen {
  hello: (name: string, age: number) => void;
  save: (item: { id: number }, done: (status: "ok" | "failed") => void) => void;
  message: (text: string) => void;
}

interface Emit {
  noArg: () => void;
  notice: (text: string) => void;
  question: (text: string, answer: (value: number, note: string) => void) => void;
  confirm: (done: () => void) => void;
  checked: (done: (err: Error, value: string) => void) => void;
  message: (text: string, level?: number) => void;
}

interface Between {
  refresh: () => void;
}

interface Data {
  name: string;
  age?: number;
}

type TypedSocket = Socket<Listen, Emit, Between, Data>;

Deno.test("Socket listens to the events of its first map", () => {
  compiles((socket: TypedSocket) => {
    socket.on("hello", (name, age) => {
      expectType<Equal<typeof name, string>>();
      expectType<Equal<typeof age, number>>();
    });
    socket.once("save", (item, done) => {
      expectType<Equal<typeof item, { id: number }>>();
      expectType<Equal<typeof done, (status: "ok" | "failed") => void>>();
    });
    socket.on("hello", async (name) => {
      await Promise.resolve(name);
    });
    socket.on("hello", () => {});
    // @ts-expect-error not in the map
    socket.on("unknown", () => {});
    // @ts-expect-error an event for the client
    socket.on("notice", () => {});
    // @ts-expect-error wrong type of an argument
    socket.on("hello", (name: number) => name);
    // @ts-expect-error no listener
    socket.on("hello");
    // @ts-expect-error not a name
    socket.on(1, () => {});
    // @ts-expect-error one argument too many
    socket.on("message", (text: string, more: string) => [text, more]);
  });
});

Deno.test("Socket fires disconnect, disconnecting and error", () => {
  compiles((socket: TypedSocket) => {
    socket.on("disconnect", (reason, description) => {
      expectType<Equal<typeof reason, DisconnectReason>>();
      expectType<Equal<typeof description, Untyped>>();
    });
    socket.on("disconnecting", (reason) => expectType<Equal<typeof reason, DisconnectReason>>());
    socket.on("error", (err) => expectType<Equal<typeof err, Error>>());
  });
  expectType<
    Equal<
      DisconnectReason,
      | "transport error"
      | "transport close"
      | "forced close"
      | "ping timeout"
      | "parse error"
      | "server shutting down"
      | "forced server close"
      | "client namespace disconnect"
      | "server namespace disconnect"
    >
  >();
});

Deno.test("Socket takes names of events from constants", () => {
  const names = { greeting: "hello", end: "disconnect" } as const;
  compiles((socket: TypedSocket) => {
    socket.on(names.greeting, (name) => expectType<Equal<typeof name, string>>());
    socket.on(names.end, (reason) => expectType<Equal<typeof reason, DisconnectReason>>());
  });
});

Deno.test("Socket types addListener and its kind, and takes names that it does not know", () => {
  compiles((socket: TypedSocket) => {
    socket.addListener("hello", (name) => expectType<Equal<typeof name, string>>());
    socket.prependListener("hello", (name) => expectType<Equal<typeof name, string>>());
    socket.prependOnceListener("hello", (name) => expectType<Equal<typeof name, string>>());
    socket.addListener("unknown", (value) => expectType<Equal<typeof value, Untyped>>());
  });
});

Deno.test("Socket removes and lists listeners", () => {
  compiles((socket: TypedSocket) => {
    const listener = (name: string): void => void name;
    const chained: TypedSocket = socket
      .on("hello", listener)
      .off("hello", listener)
      .removeListener("hello", listener)
      .removeAllListeners("hello")
      .removeAllListeners()
      .setMaxListeners(20);
    socket.off(String(chained.id), listener);
    expectType<Equal<ReturnType<typeof socket.eventNames>, (string | symbol)[]>>();
    expectType<Equal<ReturnType<typeof socket.listenerCount>, number>>();
    expectType<Equal<ReturnType<typeof socket.getMaxListeners>, number>>();
    const listeners = socket.listeners("hello");
    expectType<Equal<typeof listeners, ((name: string, age: number) => void)[]>>();
    const reserved = socket.listeners("error");
    expectType<Equal<typeof reserved, ((err: Error) => void)[]>>();
    // @ts-expect-error not in the map
    socket.listeners("unknown");
    return socket.rawListeners("hello").length + socket.listenerCount("hello");
  });
});

Deno.test("Socket emits only events of its second map, with their arguments", () => {
  compiles((socket: TypedSocket) => {
    expectType<Equal<ReturnType<typeof socket.emit>, boolean>>();
    socket.emit("noArg");
    socket.emit("notice", "text");
    socket.send("text").write("text", 3).volatile.compress(false).emit("noArg");
    // @ts-expect-error not in the map
    socket.emit("unknown");
    // @ts-expect-error an event of the client
    socket.emit("hello", "name", 3);
    // @ts-expect-error too many arguments
    socket.emit("noArg", 1);
    // @ts-expect-error wrong type of an argument
    socket.emit("notice", 1);
    // @ts-expect-error the type of message
    socket.send(1);
    // @ts-expect-error a socket does not disconnect by emitting
    socket.emit("disconnect");
  });
});

Deno.test("Socket.emit types the acknowledgement callback", () => {
  compiles((socket: TypedSocket) => {
    socket.emit("question", "6 x 7?", (value, note) => {
      expectType<Equal<typeof value, number>>();
      expectType<Equal<typeof note, string>>();
    });
    socket.emit("confirm", () => {});
    // @ts-expect-error the callback takes a number first
    socket.emit("question", "6 x 7?", (value: string) => value);
    // @ts-expect-error the event has an acknowledgement
    socket.emit("question", "6 x 7?");
  });
});

Deno.test("Socket.timeout puts an error before the acknowledgement", () => {
  compiles((socket: TypedSocket) => {
    socket.timeout(1000).emit("question", "6 x 7?", (err, value, note) => {
      expectType<Equal<typeof err, Error>>();
      expectType<Equal<typeof value, number>>();
      expectType<Equal<typeof note, string>>();
    });
    socket.timeout(1000).emit("confirm", (err) => expectType<Equal<typeof err, Error>>());
    socket.timeout(1000).emit("checked", (err, value) => {
      expectType<Equal<typeof err, Error>>();
      expectType<Equal<typeof value, string>>();
    });
    socket.timeout(1000).volatile.emit("confirm", (err) => expectType<Equal<typeof err, Error>>());
    socket.timeout(1000).emit("notice", "no acknowledgement at all");
    // @ts-expect-error the error comes first
    socket.timeout(1000).emit("question", "6 x 7?", (value: number) => value);
  });
});

Deno.test("Socket.emitWithAck infers what the client answers with", () => {
  compiles((socket: TypedSocket) => {
    const value = socket.emitWithAck("question", "6 x 7?");
    expectType<Equal<typeof value, Promise<number>>>();
    const timed = socket.timeout(1000).emitWithAck("question", "6 x 7?");
    expectType<Equal<typeof timed, Promise<number>>>();
    const checked = socket.emitWithAck("checked");
    expectType<Equal<typeof checked, Promise<string>>>();
    const confirmed = socket.emitWithAck("confirm");
    expectType<Equal<typeof confirmed, Promise<undefined>>>();
    // @ts-expect-error has no acknowledgement
    socket.emitWithAck("notice", "text");
    // @ts-expect-error wrong type of an argument
    socket.emitWithAck("question", 67);
    // @ts-expect-error the callback is not given
    socket.emitWithAck("question", "6 x 7?", (answer: number) => answer);
  });
});

Deno.test("Socket without types accepts any event and awaits any answer", () => {
  compiles(async (socket: Socket) => {
    socket.emit("anything", 1, (answer: string) => answer);
    socket.timeout(5000).emit("anything", 1, (err: Error | null, answer: string) => [err, answer]);
    const answer = await socket.emitWithAck("anything", 1, "two");
    expectType<Equal<typeof answer, Untyped>>();
    const timed = await socket.timeout(1000).emitWithAck("anything");
    expectType<Equal<typeof timed, Untyped>>();
    socket.on("anything", (a, b) => [a.b.c, b]);
    socket.data.anything = 1;
  });
});

Deno.test("Socket.data has the type of the fourth generic", () => {
  compiles((socket: TypedSocket) => {
    expectType<Equal<typeof socket.data, Data>>();
    expectType<Equal<Socket["data"], Untyped>>();
    socket.data = { name: "Ann" };
    socket.data.age = 42;
    const name: string = socket.data.name;
    // @ts-expect-error wrong type
    socket.data.name = 1;
    // @ts-expect-error not in the type
    socket.data.unknown = name;
  });
});

Deno.test("Socket has typed properties", () => {
  compiles((socket: TypedSocket) => {
    expectType<Equal<typeof socket.id, string>>();
    expectType<Equal<typeof socket.connected, boolean>>();
    expectType<Equal<typeof socket.disconnected, boolean>>();
    expectType<Equal<typeof socket.recovered, boolean>>();
    expectType<Equal<typeof socket.rooms, Set<string>>>();
    expectType<Equal<typeof socket.handshake, Handshake>>();
    expectType<Equal<typeof socket.nsp, Namespace<Listen, Emit, Between, Data>>>();
    expectType<Equal<typeof socket.server, Server<Listen, Emit, Between, Data>>>();
    expectType<Equal<typeof socket.client, Client>>();
    expectType<Equal<typeof socket.request, RequestHead>>();
    expectType<Equal<typeof socket.request.url, string | undefined>>();
    expectType<Equal<typeof socket.conn.transport.name, "polling" | "websocket">>();
    socket.conn.once("upgrade", (transport) => transport.name);
    socket.conn.on("close", (reason) => reason);
    // @ts-expect-error given by the server
    socket.id = "other";
  });
});

Deno.test("Socket.handshake is what the documents say", () => {
  compiles((socket: Socket) => {
    expectType<Equal<typeof socket.handshake.headers.cookie, string | undefined>>();
    expectType<Equal<typeof socket.handshake.query.room, string | undefined>>();
    expectType<Equal<typeof socket.handshake.auth.token, Untyped>>();
    expectType<Equal<typeof socket.handshake.issued, number>>();
    expectType<Equal<typeof socket.handshake.time, string>>();
    expectType<Equal<typeof socket.handshake.address, string>>();
    expectType<Equal<typeof socket.handshake.xdomain, boolean>>();
    expectType<Equal<typeof socket.handshake.secure, boolean>>();
    expectType<Equal<typeof socket.handshake.url, string>>();
  });
});

Deno.test("Socket middlewares and catch-all listeners see any event", () => {
  compiles((socket: TypedSocket) => {
    socket.use(([event, ...args], next) => {
      expectType<Equal<typeof event, string>>();
      expectType<Equal<typeof args, Untyped[]>>();
      next();
      next(new Error("not allowed"));
    });
    socket.use(async (event, next) => {
      expectType<Equal<typeof event, Event>>();
      await Promise.resolve();
      next();
    });
    const listener = (event: string, ...args: unknown[]): void => void [event, args];
    const chained: TypedSocket = socket
      .onAny(listener)
      .prependAny((event, ...args) => void [event, args])
      .offAny(listener)
      .offAny()
      .onAnyOutgoing(listener)
      .prependAnyOutgoing(listener)
      .offAnyOutgoing(listener)
      .offAnyOutgoing()
      .disconnect(true);
    expectType<Equal<ReturnType<typeof chained.listenersAny>, UntypedListener[]>>();
    expectType<Equal<ReturnType<typeof chained.listenersAnyOutgoing>, UntypedListener[]>>();
  });
});

Deno.test("Socket joins and leaves rooms by name", () => {
  compiles((socket: TypedSocket) => {
    expectType<Equal<ReturnType<typeof socket.join>, Promise<void> | void>>();
    socket.join("room");
    socket.join(["room1", "room2"]);
    socket.leave("room");
    // @ts-expect-error a room has a name
    socket.join(1);
    // @ts-expect-error one room at a time
    socket.leave(["room1", "room2"]);
  });
});

Deno.test("Socket with types fits where a socket is asked for", () => {
  compiles((socket: TypedSocket) => {
    const unchecked: Socket = socket;
    const loose: Socket<Untyped, Untyped, Untyped, Untyped> = socket;
    const three: Socket<Listen, Emit, Between> = socket;
    return [unchecked, loose, three];
  });
  expectType<Equal<Socket<Listen>, Socket<Listen, Listen, DefaultEventsMap, Untyped>>>();
});

Deno.test("Socket types hold inside functions that are generic", () => {
  function greet<D extends { name: string }>(io: Server<Listen, Emit, Between, D>): void {
    io.on("connection", (socket) => {
      socket.emit("notice", socket.data.name);
      socket.on("hello", (name) => socket.to(name).emit("notice", name));
    });
  }
  function log<L extends EventsMap, E extends EventsMap>(socket: Socket<L, E>): void {
    socket.on("disconnect", () => {});
    socket.onAny((event) => event);
    // @ts-expect-error it is not known whether the map has it
    socket.emit("notice", "hello");
  }
  function forward<E extends EventsMap, Ev extends EventNames<E>>(
    socket: Socket<DefaultEventsMap, E>,
    event: Ev,
    ...args: EventParams<E, Ev>
  ): boolean {
    return socket.emit(event, ...args);
  }
  compiles((io: Server<Listen, Emit, Between, Data>) => greet(io));
  compiles((socket: Socket<DefaultEventsMap, Emit>) => {
    log(socket);
    forward(socket, "notice", "hello");
    // @ts-expect-error wrong type of an argument
    forward(socket, "notice", 1);
  });
});

import type {
  BaseServer as Server,
  ExtendedError,
  HandlerErrorContext,
  Namespace,
  Socket,
} from "../../src/socket/api.ts";
import type { Broadcaster, BroadcastOperator } from "../../src/socket/broadcaster.ts";
import type { DefaultEventsMap, Untyped } from "../../src/socket/events.ts";
import { compiles, type Equal, expectType } from "./expect.ts";

interface ClientToServerEvents {
  hello: (name: string) => void;
  "create user": (user: { name: string }, done: (id: number) => void) => void;
}

interface ServerToClientEvents {
  noArg: () => void;
  basicEmit: (a: number, b: string, c: Uint8Array) => void;
  withAck: (d: string, callback: (e: number) => void) => void;
  message: (text: string) => void;
}

interface InterServerEvents {
  ping: (text: string) => void;
  count: (room: string, callback: (count: number) => void) => void;
}

interface SocketData {
  name: string;
  age: number;
}

type TypedServer = Server<
  ClientToServerEvents,
  ServerToClientEvents,
  InterServerEvents,
  SocketData
>;
type TypedSocket = Socket<
  ClientToServerEvents,
  ServerToClientEvents,
  InterServerEvents,
  SocketData
>;
type TypedNamespace = Namespace<
  ClientToServerEvents,
  ServerToClientEvents,
  InterServerEvents,
  SocketData
>;

Deno.test("Server has the generics of the reference, in order and with defaults", () => {
  expectType<
    Equal<Server, Server<DefaultEventsMap, DefaultEventsMap, DefaultEventsMap, Untyped>>
  >();
  type One = Server<ClientToServerEvents>;
  type Four = Server<ClientToServerEvents, ClientToServerEvents, DefaultEventsMap, Untyped>;
  expectType<Equal<One, Four>>();
  expectType<
    Equal<Socket, Socket<DefaultEventsMap, DefaultEventsMap, DefaultEventsMap, Untyped>>
  >();
  // @ts-expect-error a map of events is an object type
  expectType<Equal<Server<string>, never>>();
});

Deno.test("Server without types accepts any event with any arguments", () => {
  compiles((io: Server) => {
    io.emit("hello", 1, "two", { three: [4] });
    io.emit("no arguments");
    io.send(1, "two");
    io.on("connection", (socket) => {
      expectType<Equal<typeof socket, Socket>>();
      socket.on("anything", (a, b) => {
        expectType<Equal<typeof a, Untyped>>();
        expectType<Equal<typeof b, Untyped>>();
      });
      socket.emit("something", 1, () => {});
      socket.data.whatever = 1;
    });
    io.on("between servers", (a) => expectType<Equal<typeof a, Untyped>>());
    io.serverSideEmit("hello", 1, "two");
    io.timeout(1000).emit("hello", 1, (err: Error | null, answers: string[]) => [err, answers]);
  });
});

Deno.test("Server gives connection listeners a socket with its own types", () => {
  compiles((io: TypedServer) => {
    io.on("connection", (socket) => expectType<Equal<typeof socket, TypedSocket>>());
    io.on("connect", (socket) => expectType<Equal<typeof socket, TypedSocket>>());
    io.once("connection", (socket) => expectType<Equal<typeof socket, TypedSocket>>());
    io.of("/chat").on("connection", (socket) => expectType<Equal<typeof socket, TypedSocket>>());
    io.of("/chat", (socket) => expectType<Equal<typeof socket, TypedSocket>>());
    io.use((socket, next) => {
      expectType<Equal<typeof socket, TypedSocket>>();
      expectType<Equal<typeof next, (err?: ExtendedError) => void>>();
      next();
      next(new Error("refused"));
      const error: ExtendedError = new Error("refused");
      error.data = { content: "please retry later" };
      next(error);
      // @ts-expect-error a text is no error
      next("refused");
    });
    io.use(async (socket, next) => {
      await Promise.resolve(socket.id);
      next();
    });
  });
});

Deno.test("Server takes async listeners", () => {
  compiles((io: TypedServer) => {
    io.on("connection", async (socket) => {
      await socket.join("room");
    });
    io.on("ping", async (text) => {
      await Promise.resolve(text);
    });
  });
});

Deno.test("Server emits only events of its map, with their arguments", () => {
  compiles((io: TypedServer) => {
    expectType<Equal<ReturnType<typeof io.emit>, boolean>>();
    io.emit("noArg");
    io.emit("basicEmit", 1, "2", new Uint8Array([3]));
    io.send("hello").write("world");
    // @ts-expect-error not in the map
    io.emit("unknown");
    // @ts-expect-error an event that the client sends
    io.emit("hello", "world");
    // @ts-expect-error too many arguments
    io.emit("noArg", 1);
    // @ts-expect-error too few arguments
    io.emit("basicEmit", 1, "2");
    // @ts-expect-error wrong type of an argument
    io.emit("basicEmit", "1", 2, new Uint8Array());
    // @ts-expect-error the type of message
    io.send(1);
  });
});

Deno.test("Server does not ask all clients for an acknowledgement without a timeout", () => {
  compiles((io: TypedServer) => {
    // @ts-expect-error needs timeout()
    io.emit("withAck", "d", (e: number) => e);
    // @ts-expect-error needs timeout()
    io.of("/chat").emit("withAck", "d", (e: number) => e);
    io.timeout(1000).emit("withAck", "d", (err, responses) => {
      expectType<Equal<typeof err, Error>>();
      expectType<Equal<typeof responses, number[]>>();
    });
  });
});

Deno.test("Server listens to events between servers, typed by the third map", () => {
  compiles((io: TypedServer) => {
    io.on("ping", (text) => expectType<Equal<typeof text, string>>());
    io.on("count", (room, callback) => {
      expectType<Equal<typeof room, string>>();
      expectType<Equal<typeof callback, (count: number) => void>>();
    });
    // @ts-expect-error the events of clients come to sockets
    io.on("hello", () => {});
    // @ts-expect-error wrong type of an argument
    io.on("ping", (text: number) => text);
  });
});

Deno.test("Server.serverSideEmit is typed by the third map", () => {
  compiles((io: TypedServer) => {
    expectType<Equal<ReturnType<typeof io.serverSideEmit>, boolean>>();
    io.serverSideEmit("ping", "hello");
    io.serverSideEmit("count", "room", (err, counts) => {
      expectType<Equal<typeof err, Error>>();
      expectType<Equal<typeof counts, number[]>>();
    });
    // @ts-expect-error not in the map
    io.serverSideEmit("unknown");
    // @ts-expect-error wrong type of an argument
    io.serverSideEmit("ping", 1);
    // @ts-expect-error an event for clients
    io.serverSideEmit("noArg");
  });
});

Deno.test("Server.serverSideEmitWithAck gives one answer per server", () => {
  compiles((io: TypedServer) => {
    const counts = io.serverSideEmitWithAck("count", "room");
    expectType<Equal<typeof counts, Promise<number[]>>>();
    const chat = io.of("/chat").serverSideEmitWithAck("count", "room");
    expectType<Equal<typeof chat, Promise<number[]>>>();
    // @ts-expect-error has no acknowledgement
    io.serverSideEmitWithAck("ping", "hello");
    // @ts-expect-error too few arguments
    io.serverSideEmitWithAck("count");
  });
});

Deno.test("Server fires new_namespace and handler_error", () => {
  compiles((io: TypedServer) => {
    io.on("new_namespace", (namespace) => {
      expectType<Equal<typeof namespace, TypedNamespace>>();
    });
    io.on("handler_error", (error, context) => {
      expectType<Equal<typeof error, Error>>();
      expectType<Equal<typeof context, HandlerErrorContext>>();
      expectType<Equal<typeof context.namespace, string | undefined>>();
      expectType<Equal<typeof context.event, string | undefined>>();
      expectType<Equal<typeof context.socketId, string | undefined>>();
    });
    // @ts-expect-error a namespace does not tell of namespaces
    io.sockets.on("new_namespace", () => {});
  });
});

Deno.test("Server.of takes a name, a regular expression or a function", () => {
  compiles((io: TypedServer) => {
    expectType<Equal<ReturnType<typeof io.of>, TypedNamespace>>();
    io.of(/^\/room-\d+$/);
    io.of((name, auth, next) => {
      expectType<Equal<typeof name, string>>();
      expectType<Equal<typeof auth, Record<string, Untyped>>>();
      next(null, auth.token === name);
      next(new Error("refused"), false);
    });
    // @ts-expect-error not a name
    io.of(1);
  });
});

Deno.test("Server has the settings and the end that are the same on every runtime", () => {
  compiles((io: TypedServer) => {
    expectType<Equal<typeof io.sockets, TypedNamespace>>();
    const path: string = io.path();
    expectType<Equal<ReturnType<typeof io.engine.on>, typeof io.engine>>();
    expectType<Equal<typeof io.engine.clientsCount, number>>();
    const delay: number = io.connectTimeout();
    io.path("/other").connectTimeout(delay).use((_, next) => next());
    expectType<Equal<ReturnType<typeof io.close>, Promise<void>>>();
    io.close((err) => expectType<Equal<typeof err, Error | undefined>>());
    expectType<Equal<ReturnType<typeof io.fetch>, Promise<Response> | Response>>();
    return io.fetch(new Request(`http://localhost${path}`), { remoteAddress: "127.0.0.1" });
  });
});

Deno.test("Server with types fits where a server is asked for", () => {
  compiles((io: TypedServer) => {
    const unchecked: Server = io;
    const loose: Server<Untyped, Untyped, Untyped, Untyped> = io;
    const broadcaster: Pick<Broadcaster<ServerToClientEvents, Untyped, SocketData, Untyped>, "to"> =
      io;
    const operator: BroadcastOperator<Untyped, SocketData> = io.to("room");
    return [unchecked, loose, broadcaster, operator];
  });
});

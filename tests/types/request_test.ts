/** What users know of requests: the fifth generic, and what each entry makes of it. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AllowRequest } from "../../src/engine/allow_request.ts";
import type { CorsOptionsDelegate } from "../../src/engine/cors_options.ts";
import type { EngineRequest, RequestHead } from "../../src/engine/handshake_info.ts";
import type {
  ConnectionError,
  Engine,
  EngineEvents,
  EngineMiddleware,
  EngineSocket,
  WebEngine,
} from "../../src/engine/api.ts";
import type { Server as DenoServer, ServerOptions as DenoServerOptions } from "../../mod.ts";
import type { Server as BunServer } from "../../src/runtime/bun.ts";
import type { Server as NodeServer, Socket as NodeSocket } from "../../src/runtime/node.ts";
import type { CoreServer } from "../../src/server/server.ts";
import type { ServerOptions } from "../../src/server/server_options.ts";
import type {
  BaseServer as Server,
  Client,
  Namespace,
  NamespaceMiddleware,
  Socket,
} from "../../src/socket/api.ts";
import type { DefaultEventsMap, Untyped } from "../../src/socket/events.ts";
import { compiles, type Equal, expectType } from "./expect.ts";

interface Listen {
  hello: (name: string) => void;
}

interface Emit {
  notice: (text: string) => void;
}

interface Between {
  refresh: () => void;
}

interface Data {
  name: string;
}

/** A request of some runtime: more than what all have. */
interface Incoming extends RequestHead {
  readonly url: string;
  readonly complete: boolean;
  setEncoding(encoding: string): this;
}

type Any = DefaultEventsMap;
type OwnSocket = Socket<Listen, Emit, Between, Data, Incoming>;
type OwnNamespace = Namespace<Listen, Emit, Between, Data, Incoming>;
type OwnServer = Server<Listen, Emit, Between, Data, Incoming>;

Deno.test("The fifth generic is a mere RequestHead unless it is said", () => {
  expectType<Equal<Socket, Socket<Any, Any, Any, Untyped, RequestHead>>>();
  expectType<Equal<Namespace, Namespace<Any, Any, Any, Untyped, RequestHead>>>();
  expectType<Equal<Server, Server<Any, Any, Any, Untyped, RequestHead>>>();
  expectType<Equal<CoreServer, CoreServer<Any, Any, Any, Untyped, RequestHead>>>();
  expectType<Equal<Client, Client<RequestHead>>>();
  expectType<Equal<Engine, Engine<RequestHead>>>();
  expectType<Equal<EngineSocket, EngineSocket<RequestHead>>>();
  expectType<Equal<EngineEvents, EngineEvents<RequestHead>>>();
  expectType<Equal<ConnectionError, ConnectionError<RequestHead>>>();
  expectType<Equal<AllowRequest, AllowRequest<RequestHead>>>();
  expectType<Equal<CorsOptionsDelegate, CorsOptionsDelegate<RequestHead>>>();
  expectType<Equal<ServerOptions, ServerOptions<RequestHead>>>();
  type Middleware = NamespaceMiddleware<Any, Any, Any, Untyped, RequestHead>;
  expectType<Equal<NamespaceMiddleware, Middleware>>();
});

Deno.test("The fifth generic is a request", () => {
  // @ts-expect-error has no headers
  compiles((socket: Socket<Listen, Emit, Between, Data, { url: string }>) => socket);
  // @ts-expect-error headers are texts
  compiles((engine: Engine<{ headers: { a: number } }>) => engine);
});

Deno.test("The request of Node and a snapshot are requests", () => {
  compiles(([message, snapshot]: [IncomingMessage, EngineRequest]) => {
    const heads: RequestHead[] = [message, snapshot];
    return heads;
  });
  compiles((socket: Socket<Listen, Emit, Between, Data, IncomingMessage>) => {
    const loose: Socket<Listen, Emit, Between, Data> = socket;
    expectType<Equal<typeof socket.request, IncomingMessage>>();
    return loose;
  });
});

Deno.test("A socket has the request of the fifth generic wherever it has one", () => {
  compiles((socket: OwnSocket) => {
    expectType<Equal<typeof socket.request, Incoming>>();
    expectType<Equal<typeof socket.conn, EngineSocket<Incoming>>>();
    expectType<Equal<typeof socket.conn.request, Incoming>>();
    expectType<Equal<typeof socket.client, Client<Incoming>>>();
    expectType<Equal<typeof socket.client.request, Incoming>>();
    expectType<Equal<typeof socket.client.conn.request, Incoming>>();
    expectType<Equal<typeof socket.nsp, OwnNamespace>>();
    expectType<Equal<typeof socket.server, OwnServer>>();
    expectType<Equal<ReturnType<typeof socket.timeout>["request"], Incoming>>();
    // The handshake is the same on every runtime.
    expectType<Equal<typeof socket.handshake.headers.cookie, string | undefined>>();
  });
  compiles((socket: Socket) => {
    // Not every runtime has it.
    expectType<Equal<typeof socket.request.query, unknown>>();
    // @ts-expect-error given by the server
    socket.request = { headers: {} };
  });
});

Deno.test("Sockets of a namespace and of a server have its request", () => {
  compiles((chat: OwnNamespace) => {
    chat.on("connection", (socket) => expectType<Equal<typeof socket, OwnSocket>>());
    chat.use((socket, next) => {
      expectType<Equal<typeof socket, OwnSocket>>();
      next();
    });
    expectType<Equal<typeof chat.sockets, Map<string, OwnSocket>>>();
    expectType<Equal<typeof chat.server, OwnServer>>();
  });
  compiles((io: OwnServer) => {
    io.on("connection", (socket) => expectType<Equal<typeof socket, OwnSocket>>());
    io.on("new_namespace", (namespace) => expectType<Equal<typeof namespace, OwnNamespace>>());
    io.use((socket) => expectType<Equal<typeof socket.request, Incoming>>());
    io.of("/x", (socket) => expectType<Equal<typeof socket, OwnSocket>>());
    expectType<Equal<ReturnType<typeof io.of>, OwnNamespace>>();
    expectType<Equal<typeof io.sockets, OwnNamespace>>();
    expectType<Equal<typeof io.engine, Engine<Incoming>>>();
  });
});

Deno.test("The engine gives its functions and listeners the request", () => {
  compiles((engine: Engine<Incoming>) => {
    engine.on("connection", (conn) => expectType<Equal<typeof conn, EngineSocket<Incoming>>>());
    engine.on("connection_error", (error) => {
      expectType<Equal<typeof error, ConnectionError<Incoming>>>();
      expectType<Equal<typeof error.req, Incoming>>();
    });
    engine.once("headers", (_headers, request) => expectType<Equal<typeof request, Incoming>>());
    engine.on("initial_headers", (_, request) => expectType<Equal<typeof request, Incoming>>());
    engine.generateId = (request) => {
      expectType<Equal<typeof request, Incoming>>();
      return request.url;
    };
    // @ts-expect-error each entry says which middlewares it takes
    engine.use((_request: unknown, _response: unknown, next: () => void) => next());
  });
});

Deno.test("What knows a runtime's request fits where any request will do, not the other way", () => {
  compiles((socket: OwnSocket) => {
    const loose: Socket<Listen, Emit, Between, Data> = socket;
    const unchecked: Socket = socket;
    return [loose, unchecked];
  });
  compiles((namespace: OwnNamespace) => {
    const loose: Namespace<Listen, Emit, Between, Data> = namespace;
    const unchecked: Namespace = namespace;
    return [loose, unchecked];
  });
  compiles((io: OwnServer) => {
    const loose: Server<Listen, Emit, Between, Data> = io;
    const unchecked: Server = io;
    return [loose, unchecked];
  });
  compiles(
    ([conn, client, engine]: [EngineSocket<Incoming>, Client<Incoming>, Engine<Incoming>]) => {
      const loose: [EngineSocket, Client, Engine] = [conn, client, engine];
      return loose;
    },
  );
  compiles((socket: Socket<Listen, Emit, Between, Data>): OwnSocket => {
    // @ts-expect-error the request may be another runtime's
    return socket;
  });
  compiles((conn: EngineSocket): EngineSocket<Incoming> => {
    // @ts-expect-error the request may be another runtime's
    return conn;
  });
});

Deno.test("Options for any request fit every runtime, those for one fit that one only", () => {
  compiles((options: ServerOptions) => {
    const narrow: ServerOptions<Incoming> = options;
    return narrow;
  });
  compiles((options: ServerOptions<Incoming>): ServerOptions => {
    // @ts-expect-error its functions want more than every runtime has
    return options;
  });
  const options: ServerOptions<Incoming> = {
    allowRequest: (request, callback) => {
      expectType<Equal<typeof request, Incoming>>();
      callback(null, request.complete);
    },
  };
  const delegates: CorsOptionsDelegate<Incoming>[] = [
    (request) => ({ origin: request.url }),
    (request, callback) => callback(null, { origin: request.complete }),
  ];
  compiles(() => [options, ...delegates]);
});

// --- the entry for Deno ---

type TypedDenoServer = DenoServer<Listen, Emit, Between, Data>;

Deno.test("Requests are snapshots on the entry for Deno", () => {
  compiles((io: TypedDenoServer) => {
    io.on("connection", (socket) => {
      expectType<Equal<typeof socket, Socket<Listen, Emit, Between, Data, EngineRequest>>>();
      expectType<Equal<typeof socket.request, EngineRequest>>();
      expectType<Equal<typeof socket.request.query.EIO, string | undefined>>();
      expectType<Equal<typeof socket.conn.request.remoteAddress, string>>();
    });
    io.of("/x").use((socket) => expectType<Equal<typeof socket.request, EngineRequest>>());
    io.engine.on("connection_error", ({ req }) => expectType<Equal<typeof req, EngineRequest>>());
  });
});

Deno.test("The engine takes middlewares of the Web on the entry for Deno", () => {
  compiles((io: TypedDenoServer) => {
    expectType<Equal<typeof io.engine, WebEngine>>();
    io.engine
      .use((request, { request: snapshot, responseHeaders }, next) => {
        expectType<Equal<typeof request, Request>>();
        expectType<Equal<typeof snapshot, EngineRequest>>();
        expectType<Equal<typeof responseHeaders, Headers>>();
        next();
      })
      .use(() => new Response("no", { status: 418 }))
      .on("headers", (headers, request) => headers["x-url"] = request.url);
    expectType<Equal<Parameters<typeof io.engine.use>, [middleware: EngineMiddleware]>>();
    // @ts-expect-error objects of Node
    io.engine.use((_request: IncomingMessage, _response: unknown, next: () => void) => next());
  });
});

Deno.test("Options of the entry for Deno have functions that know snapshots", () => {
  compiles(([Constructor, options]: [typeof DenoServer, DenoServerOptions]) => {
    new Constructor(options);
    return new Constructor({
      allowRequest: ({ remoteAddress, secure }) => secure && remoteAddress !== "",
      cors: ({ query }) => ({ origin: query.origin ?? false }),
    });
  });
});

Deno.test("The server of the entry for Deno fits where a server is asked for", () => {
  compiles((io: TypedDenoServer) => {
    const core: CoreServer<Listen, Emit, Between, Data, EngineRequest> = io;
    const typed: Server<Listen, Emit, Between, Data> = io;
    const unchecked: DenoServer = io;
    return [core, typed, unchecked];
  });
});

Deno.test("A server of an entry emits the events of its type and no others", () => {
  compiles((io: TypedDenoServer) => {
    io.emit("notice", "text");
    io.serverSideEmit("refresh");
    // @ts-expect-error there is no such event
    io.emit("nope");
    // @ts-expect-error the argument is a text
    io.emit("notice", 1);
    // @ts-expect-error there is no "message" among the events
    io.send("text");
    // @ts-expect-error there is no such event between servers
    io.serverSideEmit("nope");
  });
});

// --- the other entries ---

Deno.test("Requests are those of Node on the entry for Node", () => {
  compiles((io: NodeServer<Listen, Emit, Between, Data>) => {
    io.on("connection", (socket) => {
      expectType<Equal<typeof socket, NodeSocket<Listen, Emit, Between, Data>>>();
      expectType<Equal<typeof socket.request, IncomingMessage>>();
      expectType<Equal<typeof socket.conn.request, IncomingMessage>>();
    });
    io.engine.use((request: IncomingMessage, response: ServerResponse, next: () => void) => {
      response.setHeader("x-url", request.url ?? "");
      next();
    });
    io.engine.on("headers", (_headers, req) => expectType<Equal<typeof req, IncomingMessage>>());
    // @ts-expect-error objects of the Web
    io.engine.use((_request: Request, _info: unknown, next: () => void) => next());
    const typed: Server<Listen, Emit, Between, Data> = io;
    return typed;
  });
  compiles((Constructor: typeof NodeServer) =>
    new Constructor({ allowRequest: (request) => request.socket.remotePort !== undefined })
  );
});

Deno.test("Requests are snapshots on the entry for Bun", () => {
  compiles((io: BunServer<Listen, Emit, Between, Data>) => {
    io.on("connection", (socket) => {
      expectType<Equal<typeof socket, Socket<Listen, Emit, Between, Data, EngineRequest>>>();
    });
    expectType<Equal<typeof io.engine, WebEngine>>();
    const typed: Server<Listen, Emit, Between, Data> = io;
    return typed;
  });
});

/**
 * What the documentation of Socket.IO 4 describes of types on a server: typed events, namespaces,
 * middlewares, data, acknowledgements, broadcasts. Every line compiles, whatever stands behind
 * `socket.io`.
 */
import { Namespace, Server, Socket } from "socket.io";
import type {
  BroadcastOperator,
  DefaultEventsMap,
  DisconnectReason,
  Event,
  ExtendedError,
  RemoteSocket,
  ServerOptions,
} from "socket.io";
import { type Equal, expectType, type Fits } from "./expect.ts";

interface ServerToClientEvents {
  noArg: () => void;
  basicEmit: (a: number, b: string, c: Uint8Array) => void;
  withAck: (d: string, callback: (e: number) => void) => void;
}

interface ClientToServerEvents {
  hello: () => void;
  "user:create": (user: { name: string }, done: (answer: { id: string } | Error) => void) => void;
}

interface InterServerEvents {
  ping: () => void;
  count: (room: string, callback: (count: number) => void) => void;
}

interface SocketData {
  name: string;
  age: number;
}

const io = new Server<ClientToServerEvents, ServerToClientEvents, InterServerEvents, SocketData>();
type App = Server<ClientToServerEvents, ServerToClientEvents, InterServerEvents, SocketData>;
type Client = Socket<ClientToServerEvents, ServerToClientEvents, InterServerEvents, SocketData>;
type Space = Namespace<ClientToServerEvents, ServerToClientEvents, InterServerEvents, SocketData>;

export function theServerAndItsSocketsAreTyped(): void {
  expectType<Equal<typeof io, App>>();
  expectType<Fits<typeof io.sockets, Space>>();
  io.on("connection", (socket) => {
    expectType<Fits<typeof socket, Client>>();
    socket.emit("noArg");
    socket.emit("basicEmit", 1, "2", new Uint8Array([3]));
    socket.emit("withAck", "4", (e) => {
      expectType<Equal<typeof e, number>>();
    });
    io.emit("noArg");
    io.to("room1").emit("basicEmit", 1, "2", new Uint8Array([3]));
    socket.on("hello", () => {});
    socket.on("user:create", (user, done) => {
      expectType<Equal<typeof user, { name: string }>>();
      done({ id: user.name });
      done(new Error("taken"));
    });
    socket.data.name = "john";
    socket.data.age = 42;
    expectType<Equal<typeof socket.data, SocketData>>();
  });
  io.serverSideEmit("ping");
  io.on("ping", () => {});
}

export async function acknowledgementsCanBeAwaited(): Promise<void> {
  for (const socket of io.sockets.sockets.values()) {
    const answer = await socket.emitWithAck("withAck", "hello");
    expectType<Equal<typeof answer, number>>();
    const inTime = await socket.timeout(5_000).emitWithAck("withAck", "hello");
    expectType<Equal<typeof inTime, number>>();
  }
  const answers = await io.timeout(10_000).emitWithAck("withAck", "hello");
  expectType<Equal<typeof answers, number[]>>();
  const inRoom = await io.to("room1").timeout(10_000).emitWithAck("withAck", "hello");
  expectType<Equal<typeof inRoom, number[]>>();
  const counts = await io.serverSideEmitWithAck("count", "room1");
  expectType<Equal<typeof counts, number[]>>();
}

export function aTimeoutPutsAnErrorFirst(socket: Client): void {
  socket.timeout(5_000).emit("withAck", "hello", (err, answer) => {
    expectType<Equal<typeof err, Error>>();
    expectType<Equal<typeof answer, number>>();
  });
  socket.timeout(5_000).to("room1").emit("withAck", "hello", (err, answers) => {
    expectType<Equal<typeof err, Error>>();
    expectType<Equal<typeof answers, number[]>>();
  });
  io.timeout(10_000).emit("withAck", "hello", (err, answers) => {
    if (err) return;
    expectType<Equal<typeof answers, number[]>>();
  });
  socket.broadcast.timeout(1_000).emit("withAck", "hello", (err, answers) => {
    expectType<Equal<typeof err, Error>>();
    expectType<Equal<typeof answers, number[]>>();
  });
  io.serverSideEmit("count", "room1", (err, counts) => {
    expectType<Equal<typeof err, Error>>();
    expectType<Equal<typeof counts, number[]>>();
  });
}

interface ChatIn {
  join: (room: string, done?: (members: string[]) => void) => void;
}
interface ChatOut {
  joined: (id: string) => void;
}
interface ChatData {
  nickname?: string;
}

export function namespacesHaveEventsOfTheirOwn(): void {
  const chat: Namespace<ChatIn, ChatOut, DefaultEventsMap, ChatData> = new Server().of("/chat");
  chat.use((socket, next) => {
    socket.data.nickname = String(socket.handshake.auth.nickname);
    next();
  });
  chat.on("connection", (socket) => {
    expectType<Fits<typeof socket, Socket<ChatIn, ChatOut, DefaultEventsMap, ChatData>>>();
    socket.on("join", async (room, done) => {
      expectType<Equal<typeof room, string>>();
      expectType<Equal<typeof done, ((members: string[]) => void) | undefined>>();
      await socket.join(room);
      chat.to(room).emit("joined", socket.id);
      socket.to(room).except("other").emit("joined", socket.id);
      done?.([socket.id]);
    });
  });
  const cast = new Server().of("/chat") as Namespace<ChatIn, ChatOut>;
  cast.emit("joined", "me");
}

export function theNamespaceOfTypedServersCanBeCast(): void {
  const admin = io.of("/admin");
  expectType<Fits<typeof admin, Space>>();
  const other = io.of("/chat") as unknown as Namespace<ChatIn, ChatOut>;
  other.emit("joined", "me");
  io.of(/^\/dynamic-\d+$/).on("connection", (socket) => {
    const namespace = socket.nsp;
    namespace.emit("noArg");
    expectType<Equal<typeof namespace.name, string>>();
  });
  io.of((name, auth, next) => {
    expectType<Equal<typeof name, string>>();
    next(null, auth.token === name);
  });
  io.on("new_namespace", (namespace) => {
    expectType<Fits<typeof namespace, Space>>();
    namespace.use((_socket, next) => next());
  });
}

/** Handlers in a file of their own. */
function registerUserHandlers(server: App, socket: Client): void {
  const createUser: ClientToServerEvents["user:create"] = (user, done) => {
    server.emit("basicEmit", 1, user.name, new Uint8Array());
    done({ id: "1" });
  };
  socket.on("user:create", createUser);
  socket.once("user:create", createUser);
  socket.off("user:create", createUser);
  socket.removeListener("user:create", createUser);
  socket.removeAllListeners("user:create");
  socket.removeAllListeners();
}

export function handlersAreRegisteredByFunctions(): void {
  const onConnection = (socket: Client): void => {
    registerUserHandlers(io, socket);
  };
  io.on("connection", onConnection);
  io.of("/admin").on("connection", onConnection);
  io.on("connection", (socket) => registerUserHandlers(io, socket));
}

export function middlewaresAreTyped(): void {
  const wrap = (socket: Client, next: (err?: ExtendedError) => void): void => {
    if (socket.handshake.auth.token === "abc") return next();
    const err: ExtendedError = new Error("not authorized");
    err.data = { content: "Please retry later" };
    next(err);
  };
  io.use(wrap);
  io.of("/admin").use(wrap);
  io.use(async (socket, next) => {
    socket.data.name = await Promise.resolve("john");
    next();
  });
  io.on("connection", (socket) => {
    socket.use(([event, ...args], next) => {
      expectType<Equal<typeof event, string>>();
      if (args.length > 3) return next(new Error("unauthorized event"));
      next();
    });
    const middleware = (event: Event, next: (err?: Error) => void): void => {
      next(event[0] === "hello" ? undefined : new Error("refused"));
    };
    socket.use(middleware);
    socket.on("error", (err) => {
      expectType<Equal<typeof err, Error>>();
      if (err.message === "unauthorized event") socket.disconnect();
    });
  });
}

export function disconnectionsTellAReason(socket: Client): void {
  socket.on("disconnect", (reason) => {
    expectType<Equal<typeof reason, DisconnectReason>>();
    if (reason === "client namespace disconnect") io.emit("noArg");
  });
  socket.on("disconnecting", (reason, description) => {
    expectType<Equal<typeof reason, DisconnectReason>>();
    console.log(description);
    for (const room of socket.rooms) {
      if (room !== socket.id) socket.to(room).emit("noArg");
    }
  });
}

export async function remoteSocketsAreTyped(): Promise<void> {
  const sockets = await io.in("room1").fetchSockets();
  for (const socket of sockets) {
    expectType<Equal<typeof socket.id, string>>();
    expectType<Equal<typeof socket.rooms, Set<string>>>();
    expectType<Equal<typeof socket.data, SocketData>>();
    console.log(socket.handshake.address, socket.data.age + 1);
    socket.emit("noArg");
    socket.join("room1");
    socket.join(["room1", "room2"]);
    socket.leave("room2");
    socket.disconnect();
    socket.disconnect(true);
  }
  const own = await io.fetchSockets();
  expectType<Equal<typeof own, RemoteSocket<ServerToClientEvents, SocketData>[]>>();
  const ofChat = await io.of("/chat").fetchSockets();
  expectType<Equal<typeof ofChat, RemoteSocket<ServerToClientEvents, SocketData>[]>>();
  io.socketsJoin("room1");
  io.in("room1").socketsJoin(["room2", "room3"]);
  io.of("/admin").in("room1").socketsLeave("room2");
  io.in("theSocketId").disconnectSockets(true);
  const ids: Set<string> = await io.allSockets();
  const inRoom: Set<string> = await io.in("room1").allSockets();
  console.log(ids.size + inRoom.size);
}

export function roomsAndTheirEvents(socket: Client): void {
  socket.join("room237");
  socket.join(["room237", "room238"]);
  socket.leave("room237");
  console.log(socket.rooms.has("room238"), socket.rooms.size);
  io.of("/").adapter.on("create-room", (room: string) => console.log(room));
  io.of("/").adapter.on("join-room", (room: string, id: string) => console.log(room, id));
  const members = io.sockets.adapter.rooms.get("room237");
  const size: number = members ? members.size : 0;
  const rooms: Map<string, Set<string>> = io.of("/admin").adapter.rooms;
  const sids: Map<string, Set<string>> = io.of("/admin").adapter.sids;
  console.log(size, rooms, sids);
}

export function modifiersCanBeChained(socket: Client): void {
  socket.volatile.emit("noArg");
  socket.compress(false).emit("noArg");
  socket.broadcast.emit("noArg");
  socket.local.emit("noArg");
  socket.to("room1").to(["room2", "room3"]).except("room4").emit("noArg");
  socket.volatile.compress(true).timeout(10).emit("withAck", "x", (_err, e) => console.log(e));
  io.volatile.emit("noArg");
  io.compress(false).to("room1").emit("noArg");
  io.local.except(["room1"]).emit("noArg");
  io.of("/admin").volatile.local.in("room1").emit("noArg");
  const operator: BroadcastOperator<{ noArg: () => void }, SocketData> = io.to("room1");
  operator.emit("noArg");
}

export function catchAllListenersAreNotTyped(socket: Client): void {
  const listener = (event: string, ...args: unknown[]): void => console.log(event, args);
  socket.onAny(listener);
  socket.prependAny((event, ...args) => console.log(event, args));
  socket.offAny(listener);
  socket.offAny();
  socket.onAnyOutgoing(listener);
  socket.prependAnyOutgoing(listener);
  socket.offAnyOutgoing(listener);
  socket.listenersAny().forEach((it) => it("hello"));
  socket.listenersAnyOutgoing().forEach((it) => it("hello"));
}

export function thePropertiesOfASocketAreTyped(socket: Client): void {
  const id: string = socket.id;
  const flags: boolean[] = [socket.connected, socket.disconnected, socket.recovered];
  const agent: string | string[] | undefined = socket.handshake.headers["user-agent"];
  const query: string | string[] | undefined = socket.handshake.query.token;
  const { issued, time, url, secure, xdomain, address } = socket.handshake;
  const numbers: number[] = [issued];
  const texts: string[] = [time, url, address, id];
  const transport: string = socket.conn.transport.name;
  socket.conn.once("upgrade", () => console.log(socket.conn.transport.name));
  socket.conn.on("close", (reason: string) => console.log(reason));
  console.log(flags, agent, query, numbers, texts, secure, xdomain, transport);
  console.log(socket.client.conn.readyState, socket.request.headers, socket.nsp.name);
  console.log(socket.client.request.url);
}

export function optionsAreAllOptional(): void {
  const options: Partial<ServerOptions> = {
    path: "/my-custom-path/",
    transports: ["polling", "websocket"],
    pingInterval: 25_000,
    pingTimeout: 20_000,
    upgradeTimeout: 10_000,
    maxHttpBufferSize: 1e6,
    connectTimeout: 45_000,
    allowUpgrades: true,
    addTrailingSlash: false,
    cookie: { name: "io", path: "/", httpOnly: true, sameSite: "lax" },
    cors: { origin: ["https://example.com", /\.example\.com$/], credentials: true },
    allowRequest: (request, callback) => {
      callback(null, request.headers.origin === undefined);
    },
    cleanupEmptyChildNamespaces: true,
  };
  const server = new Server(options);
  new Server<ClientToServerEvents, ServerToClientEvents>(options);
  new Server({ cors: { origin: "https://example.com", methods: ["GET", "POST"] } });
  console.log(server.path(), server.connectTimeout());
  server.path("/other").connectTimeout(1_000);
}

export async function theEngineAndTheEnd(): Promise<void> {
  console.log(io.engine.clientsCount, io.sockets.sockets.size);
  io.engine.generateId = (request: { readonly headers: object }) => String(request.headers);
  io.engine.on("connection_error", (err) => {
    console.log(err.req, err.code, err.message, err.context);
  });
  io.engine.on("initial_headers", (headers, request) => {
    headers["set-cookie"] = String(request.headers.origin);
  });
  io.disconnectSockets();
  io.close();
  await io.close((err) => console.log(err?.message));
}

export function generics(): void {
  const one = new Server<ClientToServerEvents>();
  expectType<
    Equal<typeof one, Server<ClientToServerEvents, ClientToServerEvents, DefaultEventsMap, any>>
  >();
  const two = new Server<ClientToServerEvents, ServerToClientEvents>();
  expectType<
    Equal<typeof two, Server<ClientToServerEvents, ServerToClientEvents, DefaultEventsMap, any>>
  >();
  const three = new Server<ClientToServerEvents, ServerToClientEvents, InterServerEvents>();
  expectType<
    Equal<typeof three, Server<ClientToServerEvents, ServerToClientEvents, InterServerEvents, any>>
  >();
  const none = new Server();
  expectType<
    Equal<typeof none, Server<DefaultEventsMap, DefaultEventsMap, DefaultEventsMap, any>>
  >();
  two.on("connection", (socket) => {
    socket.data.anything = 1;
    expectType<Fits<typeof socket, Socket<ClientToServerEvents, ServerToClientEvents>>>();
  });
  expectType<
    Equal<Namespace, Namespace<DefaultEventsMap, DefaultEventsMap, DefaultEventsMap, any>>
  >();
  expectType<Equal<Socket<ChatIn>, Socket<ChatIn, ChatIn, DefaultEventsMap, any>>>();
}

/**
 * What applications do with the types beyond the documentation: classes that hold a server, generic
 * helpers, types taken out of others, sockets as emitters. It compiles whatever stands behind
 * `socket.io`.
 */
import { type EventEmitter, once } from "node:events";
import { Namespace, Server, Socket } from "socket.io";
import type { DefaultEventsMap, ExtendedError, RemoteSocket } from "socket.io";
import type { EventNames, EventParams, EventsMap } from "socket.io/dist/typed-events";
import { type Equal, expectType, type Fits } from "./expect.ts";

interface Outgoing {
  noArg: () => void;
  text: (text: string) => void;
  ack: (text: string, done: (n: number) => void) => void;
}

interface Incoming {
  hello: (name: string) => void;
  ask: (question: string, done: (answer: number) => void) => void;
}

interface Between {
  ping: (n: number) => void;
}

interface Data {
  user: string;
}

type App = Server<Incoming, Outgoing, Between, Data>;
type Client = Socket<Incoming, Outgoing, Between, Data>;

export function typedOnesStandWhereUntypedOnesAreWanted(io: App, client: Client): void {
  const takeServer = (_io: Server): void => {};
  takeServer(io);
  const takeAnyServer = (_io: Server<any, any, any, any>): void => {};
  takeAnyServer(io);
  const takeSocket = (_socket: Socket): void => {};
  takeSocket(client);
  const takeAnySocket = (_socket: Socket<any, any, any, any>): void => {};
  takeAnySocket(client);
  const namespace: Namespace = io.of("/");
  const typed: App = new Server();
  console.log(namespace, typed);
}

export function genericOverAnEvent<Ev extends EventNames<Outgoing>>(
  io: App,
  ev: Ev,
  ...args: EventParams<Outgoing, Ev>
): void {
  for (const client of io.sockets.sockets.values()) client.emit(ev, ...args);
}

export function genericOverAllMaps<
  In extends EventsMap,
  Out extends EventsMap,
  Between extends EventsMap,
  D,
>(
  io: Server<In, Out, Between, D>,
): void {
  io.use((_socket, next) => next());
  io.on("connection", async (socket) => {
    const data: D = socket.data;
    await socket.join("room");
    socket.on("disconnect", (reason) => console.log(reason, data));
    socket.onAny((event) => console.log(event));
  });
}

/** A socket with something of the application on it. */
interface UserSocket extends Socket<Incoming, Outgoing, Between, Data> {
  user?: { id: string };
}

/** The same, as most write it. */
interface AuthSocket extends Socket {
  userId: string;
}

export function socketsAreExtended(io: App): void {
  new Server().use((socket, next) => {
    (socket as AuthSocket).userId = socket.id;
    next();
  });
  io.use((socket, next) => {
    (socket as UserSocket).user = { id: socket.id };
    next();
  });
  io.on("connection", (socket: UserSocket) => console.log(socket.user?.id));
  new Server().on("connection", (socket: Socket) => console.log(socket.id));
}

export function whatIsUncheckedStaysSo(client: Client): ExtendedError {
  client.on("disconnect", (_reason, description: Error) => console.log(description.message));
  client.on("disconnecting", (_reason, details) => console.log(details.context));
  client.conn.on("close", (_reason: string, description: Error) => console.log(description.stack));
  const err: ExtendedError = Object.assign(new Error("refused"), { data: { code: 1 } });
  console.log(err.data.code, client.handshake.auth.user.name);
  return err;
}

export class OwnServer extends Server<Incoming, Outgoing> {
  readonly started: number = Date.now();

  open(): void {
    this.on("connection", (socket) => socket.emit("noArg"));
  }
}

export class Store {
  readonly sockets: Map<string, Client> = new Map();
  remote: RemoteSocket<Outgoing, Data>[] = [];

  constructor(private readonly io: App) {
    io.on("connection", (socket) => this.sockets.set(socket.id, socket));
  }

  async refresh(): Promise<void> {
    this.remote = await this.io.fetchSockets();
  }
}

export async function socketsAndServersAreEmitters(client: Client, io: App): Promise<void> {
  const emitters: EventEmitter[] = [client, io, io.of("/")];
  await once(client, "disconnect");
  await once(io.of("/chat"), "connection");
  client.addListener("hello", (name) => console.log(name));
  client.prependListener("hello", () => {});
  client.setMaxListeners(20).removeAllListeners("hello");
  const counts: number[] = [client.listenerCount("hello"), client.getMaxListeners()];
  console.log(emitters, counts, client.eventNames(), client.rawListeners("hello"));
}

export const handlers = (socket: Client) => {
  return { hello: (name: string) => void socket.emit("text", name) } satisfies Partial<Incoming>;
};

enum Events {
  Connection = "connection",
  Test = "test",
}

export function namesFromAnEnum(): void {
  const io = new Server();
  io.on(Events.Connection, (socket) => {
    expectType<Fits<typeof socket, Socket<DefaultEventsMap, DefaultEventsMap>>>();
    socket.on(Events.Test, (a) => expectType<Equal<typeof a, any>>());
  });
}

export function namesFromAList(client: Client): void {
  for (const ev of ["hello", "ask"] as const) client.removeAllListeners(ev);
  const names: (keyof Incoming)[] = ["hello", "ask"];
  for (const ev of names) client.on(ev, (...args: unknown[]) => console.log(args));
}

type IncomingOf<T> = T extends Socket<infer In, any, any, any> ? In : never;
type OutgoingOf<T> = T extends Socket<any, infer Out, any, any> ? Out : never;
type DataOf<T> = T extends Socket<any, any, any, infer D> ? D : never;
type SocketOf<T> = T extends Server<infer In, infer Out, infer Between, infer D>
  ? Socket<In, Out, Between, D>
  : never;
type Middleware = Parameters<App["use"]>[0];

export function typesAreTakenOutOfOthers(): void {
  expectType<Equal<IncomingOf<Client>, Incoming>>();
  expectType<Equal<OutgoingOf<Client>, Outgoing>>();
  expectType<Equal<DataOf<Client>, Data>>();
  expectType<Equal<SocketOf<App>, Client>>();
  expectType<Fits<Parameters<Middleware>[0], Client>>();
  expectType<Equal<Parameters<Parameters<Middleware>[1]>[0], ExtendedError | undefined>>();
  expectType<Equal<ReturnType<Client["join"]>, Promise<void> | void>>();
}

export function resultsAreChained(io: App, client: Client): void {
  const sent: boolean = client.emit("noArg") && io.emit("noArg") && io.to("room").emit("noArg");
  const same: Client = client.on("hello", () => {}).once("hello", () => {}).use((_, next) =>
    next()
  );
  const server: App = io.use((_, next) => next()).on("ping", () => {}).path("/x").connectTimeout(1);
  console.log(sent, same.disconnect(true).volatile.compress(true), server);
}

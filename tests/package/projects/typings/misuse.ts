/**
 * What the types refuse: each line after a `@ts-expect-error` is an error of the compiler, whatever
 * stands behind `socket.io`.
 */
import { Namespace, Server, Socket } from "socket.io";
import type { DisconnectReason, RemoteSocket, ServerOptions } from "socket.io";

interface Incoming {
  noArgs: () => void;
  hello: (message: string) => void;
  ask: (a: string, b: number, done: (c: string, d: number) => void) => void;
}

interface Outgoing {
  noArgs: () => void;
  hi: (message: string, x: number) => void;
  several: (a: boolean, b: string, done: (c: boolean, d: string) => void) => void;
  one: (a: boolean, b: string, done: (c: string) => void) => void;
  bare: (done: () => void) => void;
}

interface Between {
  noArgs: () => void;
  tell: (message: string, x: number) => void;
  count: (room: string, done: (count: number) => void) => void;
}

interface Data {
  name: string;
}

type App = Server<Incoming, Outgoing, Between, Data>;
type Client = Socket<Incoming, Outgoing, Between, Data>;
type Space = Namespace<Incoming, Outgoing, Between, Data>;

export function eventMapsAreObjects(): void {
  // @ts-expect-error: a text is no map of events
  new Server<string>();
  // @ts-expect-error: nor is a number
  new Server<Incoming, 1>();
}

export function eventsOfClients(socket: Client): void {
  // @ts-expect-error: not an event of clients
  socket.on("unknown", () => {});
  // @ts-expect-error: an event that goes to clients
  socket.on("hi", () => {});
  // @ts-expect-error: without a listener
  socket.on("hello");
  // @ts-expect-error: too many parameters
  socket.on("hello", (message, more) => [message, more]);
  // @ts-expect-error: wrong type of a parameter
  socket.on("hello", (message: number) => message);
  // @ts-expect-error: neither a name nor a listener
  socket.on(2, 3);
  // @ts-expect-error: once is as strict
  socket.once("unknown", () => {});
  // @ts-expect-error: listeners too
  socket.listeners("unknown");
  socket.on("ask", (a, b, done) => {
    done(a, b);
    // @ts-expect-error: wrong type of the first value
    done(b, b);
    // @ts-expect-error: too few values
    done(a);
    // @ts-expect-error: a number is no text
    a.toFixed();
  });
}

export function eventsOfTheLibrary(socket: Client, io: App): void {
  // @ts-expect-error: the reason is no number
  socket.on("disconnect", (reason: number) => reason);
  socket.on("disconnect", (reason) => {
    // @ts-expect-error: no such reason
    if (reason === "went away") return;
  });
  // @ts-expect-error: no such reason
  const reason: DisconnectReason = "io server disconnect";
  // @ts-expect-error: fired on servers and namespaces only
  socket.on("connection", () => {});
  // @ts-expect-error: of a socket
  io.on("disconnect", () => {});
  // @ts-expect-error: of a server only
  io.of("/chat").on("new_namespace", () => {});
  // @ts-expect-error: a listener takes a socket
  io.on("connection", (socket: string) => socket);
  // @ts-expect-error: an error handler takes an error
  socket.on("error", (err: string) => err);
  console.log(reason);
}

export function whatIsEmittedToOne(socket: Client): void {
  // @ts-expect-error: not an event for clients
  socket.emit("unknown");
  // @ts-expect-error: an event that clients send
  socket.emit("hello", "x");
  // @ts-expect-error: too few arguments
  socket.emit("hi", "x");
  // @ts-expect-error: too many arguments
  socket.emit("noArgs", 1);
  // @ts-expect-error: wrong types of arguments
  socket.emit("hi", 1, "x");
  // @ts-expect-error: wants a callback
  socket.emit("one", true, "x");
  // @ts-expect-error: the callback takes a text
  socket.emit("one", true, "x", (answer: number) => answer);
  // @ts-expect-error: without a timeout there is no error
  socket.emit("one", true, "x", (err, answer) => [err, answer]);
  // @ts-expect-error: with one, an error comes first
  socket.timeout(1).emit("one", true, "x", (answer: string) => answer);
  // @ts-expect-error: the arguments stay the same
  socket.timeout(1).emit("hi", "x", "y");
  // @ts-expect-error: there is no message event
  socket.send("x");
  // @ts-expect-error: nor by its other name
  socket.write("x");
  // @ts-expect-error: volatile is as strict
  socket.volatile.emit("unknown");
}

export function whatIsAwaitedFromOne(socket: Client): void {
  // @ts-expect-error: carries no acknowledgement
  socket.emitWithAck("noArgs");
  // @ts-expect-error: carries no acknowledgement
  socket.emitWithAck("hi", "x", 1);
  // @ts-expect-error: not an event for clients
  socket.emitWithAck("unknown");
  // @ts-expect-error: too few arguments
  socket.emitWithAck("one", true);
  // @ts-expect-error: the callback is not given
  socket.emitWithAck("one", true, "x", () => {});
  // @ts-expect-error: a text is awaited
  const answer: Promise<number> = socket.emitWithAck("one", true, "x");
  // @ts-expect-error: also in time
  const inTime: Promise<number> = socket.timeout(1).emitWithAck("one", true, "x");
  console.log(answer, inTime);
}

export function whatIsEmittedToMany(io: App, space: Space, socket: Client): void {
  // @ts-expect-error: wants acknowledgements, without a timeout
  io.emit("one", true, "x", () => {});
  // @ts-expect-error: wants acknowledgements, without a timeout
  space.emit("bare", () => {});
  // @ts-expect-error: by its name alone, too
  io.emit<"several">;
  // @ts-expect-error: not an event for clients
  io.to("room").emit("unknown");
  // @ts-expect-error: wrong types of arguments
  space.in("room").emit("hi", 1, "x");
  // @ts-expect-error: too few arguments
  socket.broadcast.emit("hi");
  // @ts-expect-error: many answers make an array
  io.timeout(1).emit("one", true, "x", (err: Error, answers: string) => [err, answers]);
  // @ts-expect-error: one array, of the first values
  io.timeout(1).emit("several", true, "x", (err, answers, more) => [err, answers, more]);
  // @ts-expect-error: there is no message event
  io.send("x");
  // @ts-expect-error: nor without arguments
  space.send();
  // @ts-expect-error: nor by its other name
  io.write("x");
  // @ts-expect-error: local is as strict
  io.local.emit("unknown");
}

export function whatIsAwaitedFromMany(io: App, socket: Client): void {
  // @ts-expect-error: without a timeout nothing can be awaited
  io.to("room").emitWithAck("one", true, "x");
  // @ts-expect-error: also of others
  socket.broadcast.emitWithAck("one", true, "x");
  // @ts-expect-error: a server awaits with a timeout only
  io.emitWithAck("one", true, "x");
  // @ts-expect-error: carries no acknowledgement
  io.timeout(1).emitWithAck("noArgs");
  // @ts-expect-error: carries no acknowledgement
  io.timeout(1).emitWithAck("hi", "x", 1);
  // @ts-expect-error: too few arguments
  io.timeout(1).emitWithAck("one", true);
  // @ts-expect-error: many answers make an array
  const answers: Promise<string> = io.timeout(1).emitWithAck("one", true, "x");
  console.log(answers);
}

export function whatServersTellOneAnother(io: App): void {
  // @ts-expect-error: an event of clients
  io.on("hello", () => {});
  // @ts-expect-error: wrong type of a parameter
  io.on("tell", (message: number) => message);
  // @ts-expect-error: not an event between servers
  io.serverSideEmit("hi", "x", 1);
  // @ts-expect-error: wrong types of arguments
  io.serverSideEmit("tell", 1, "x");
  // @ts-expect-error: too few arguments
  io.of("/chat").serverSideEmit("tell", "x");
  // @ts-expect-error: the callback takes an error first
  io.serverSideEmit("count", "room", (counts: number[]) => counts);
  // @ts-expect-error: carries no acknowledgement
  io.serverSideEmitWithAck("noArgs");
  // @ts-expect-error: carries no acknowledgement
  io.serverSideEmitWithAck("tell", "x", 1);
  // @ts-expect-error: too few arguments
  io.serverSideEmitWithAck("count");
  // @ts-expect-error: one answer for each server
  const count: Promise<number> = io.serverSideEmitWithAck("count", "room");
  console.log(count);
}

export function middlewares(io: App, socket: Client): void {
  // @ts-expect-error: a text is no error
  io.use((_socket, next) => next("refused"));
  // @ts-expect-error: not a function
  io.use("middleware");
  // @ts-expect-error: a middleware takes two arguments at most
  io.of("/chat").use((_socket, _next, _more) => {});
  // @ts-expect-error: a text is no error
  socket.use((_event, next) => next("refused"));
  // @ts-expect-error: the event is a tuple
  socket.use((event: string, next) => next(new Error(event)));
}

export function dataAndProperties(io: App, socket: Client): void {
  // @ts-expect-error: not a member of the data
  socket.data.age = 1;
  // @ts-expect-error: wrong type
  socket.data.name = 1;
  // @ts-expect-error: given once
  socket.id = "other";
  // @ts-expect-error: given once
  socket.handshake = { ...socket.handshake };
  // @ts-expect-error: changed by join and leave
  socket.rooms = new Set();
  // @ts-expect-error: there is no such member
  socket.broadcastTo("room");
  // @ts-expect-error: the map is the server's
  io.sockets.sockets = new Map();
  // @ts-expect-error: the name stays
  io.sockets.name = "/other";
}

export function roomsAreTexts(io: App, socket: Client): void {
  // @ts-expect-error: a number is no room
  socket.join(1);
  // @ts-expect-error: nor is a set of rooms
  socket.join(new Set(["room"]));
  // @ts-expect-error: one room at a time
  socket.leave(["room"]);
  // @ts-expect-error: a number is no room
  io.to(1);
  // @ts-expect-error: a room is wanted
  io.in();
  // @ts-expect-error: a number is no room
  io.except([1]);
  // @ts-expect-error: a number is no room
  io.socketsJoin(1);
  // @ts-expect-error: a room is wanted
  io.in("room").socketsLeave();
  // @ts-expect-error: a time is a number
  io.timeout("1");
  // @ts-expect-error: a time is wanted
  socket.timeout();
  // @ts-expect-error: yes or no
  socket.disconnect("now");
}

export function socketsOfOtherServers(remote: RemoteSocket<Outgoing, Data>): void {
  // @ts-expect-error: a snapshot: changes go nowhere
  remote.data = { name: "other" };
  // @ts-expect-error: not an event for clients
  remote.emit("unknown");
  // @ts-expect-error: wrong types of arguments
  remote.emit("hi", 1, "x");
  // @ts-expect-error: it has no listeners
  remote.on("hello", () => {});
  // @ts-expect-error: not a member of the data
  console.log(remote.data.age);
}

export function namespaces(io: App): void {
  // @ts-expect-error: not a name
  io.of(1);
  // @ts-expect-error: the decision is yes or no
  io.of((_name, _auth, next) => next(null, "yes"));
}

export function optionsAreChecked(): void {
  // @ts-expect-error: milliseconds are a number
  new Server({ pingInterval: "25000" });
  // @ts-expect-error: no such option
  new Server({ pingIntervall: 25_000 });
  // @ts-expect-error: no such transport
  new Server({ transports: ["carrier-pigeon"] });
  // @ts-expect-error: a path is a text
  const options: Partial<ServerOptions> = { path: 1 };
  // @ts-expect-error: a time is a number
  new Server(options).connectTimeout("1");
}

export function dataOfAnotherKindDoesNotFit(io: App, socket: Client): void {
  const takeSocket = (_socket: Socket<Incoming, Outgoing, Between, { age: number }>): void => {};
  // @ts-expect-error: it has other data
  takeSocket(socket);
  const takeServer = (_io: Server<Incoming, Outgoing, Between, { age: number }>): void => {};
  // @ts-expect-error: its sockets have other data
  takeServer(io);
}

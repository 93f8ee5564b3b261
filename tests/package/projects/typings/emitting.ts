/**
 * The types of what is emitted, on every way to emit: exactly these, whatever stands behind
 * `socket.io`.
 */
import { type BroadcastOperator, Server, type Socket } from "socket.io";
import type { DefaultEventsMap, RemoteSocket } from "socket.io";
import { type Equal, expectType, type Fits } from "./expect.ts";

interface Incoming {
  noArgs: () => void;
  ask: (a: string, b: number, done: (c: string, d: number) => void) => void;
}

interface Outgoing {
  noArgs: () => void;
  hi: (message: string, x: number) => void;
  several: (a: boolean, b: string, done: (c: boolean, d: string) => void) => void;
  one: (a: boolean, b: string, done: (c: string) => void) => void;
  bare: (done: () => void) => void;
}

/** As one socket has them after `timeout()`. */
interface InTime {
  noArgs: () => void;
  hi: (message: string, x: number) => void;
  several: (a: boolean, b: string, done: (err: Error, c: boolean, d: string) => void) => void;
  one: (a: boolean, b: string, done: (err: Error, c: string) => void) => void;
  bare: (done: (err: Error) => void) => void;
}

/** As a broadcast has them. */
interface ToMany {
  noArgs: () => void;
  hi: (message: string, x: number) => void;
  several: (a: boolean, b: string, done: (c: boolean[]) => void) => void;
  one: (a: boolean, b: string, done: (c: string[]) => void) => void;
  bare: (done: () => void) => void;
}

/** As a broadcast has them after `timeout()`. */
interface ToManyInTime {
  noArgs: () => void;
  hi: (message: string, x: number) => void;
  several: (a: boolean, b: string, done: (err: Error, c: boolean[]) => void) => void;
  one: (a: boolean, b: string, done: (err: Error, c: string[]) => void) => void;
  bare: (done: (err: Error) => void) => void;
}

type Emit<Listener extends (...args: never[]) => void, Ev> = (
  ev: Ev,
  ...args: Parameters<Listener>
) => boolean;

type ManyOperator = BroadcastOperator<ToMany, unknown>;
type ManyInTimeOperator = BroadcastOperator<ToManyInTime, unknown>;

const io = new Server<Incoming, Outgoing>();
const chat = io.of("/chat");
declare const socket: Socket<Incoming, Outgoing>;

export function everyWayToManyDecoratesTheAcknowledgements(): void {
  for (const sender of [io, chat]) {
    expectType<Fits<ReturnType<typeof sender.to>, ManyOperator>>();
    expectType<Fits<ReturnType<typeof sender.in>, ManyOperator>>();
    expectType<Fits<ReturnType<typeof sender.except>, ManyOperator>>();
    expectType<Fits<ReturnType<typeof sender.compress>, ManyOperator>>();
    expectType<Fits<typeof sender.volatile, ManyOperator>>();
    expectType<Fits<typeof sender.local, ManyOperator>>();
    expectType<Fits<ReturnType<typeof sender.timeout>, ManyInTimeOperator>>();
  }
  expectType<Fits<typeof socket.broadcast, ManyOperator>>();
  expectType<Fits<typeof socket.local, ManyOperator>>();
  expectType<Fits<ReturnType<typeof socket.to>, ManyOperator>>();
  expectType<Fits<ReturnType<typeof socket.in>, ManyOperator>>();
  expectType<Fits<ReturnType<typeof socket.except>, ManyOperator>>();
  const late = socket.broadcast.timeout(0);
  expectType<Fits<typeof late, ManyInTimeOperator>>();
  const twice = socket.broadcast.timeout(0).timeout(0);
  expectType<Fits<typeof twice, ManyInTimeOperator>>();
  const early = socket.timeout(0).broadcast;
  expectType<Fits<typeof early, ManyInTimeOperator>>();
  const inTime = socket.timeout(0);
  expectType<Fits<typeof inTime, Socket<Incoming, InTime>>>();
}

export function emitOfOneSocket(): void {
  const none: Emit<Outgoing["noArgs"], "noArgs"> = socket.emit<"noArgs">;
  const hi: Emit<Outgoing["hi"], "hi"> = socket.emit<"hi">;
  const several: Emit<Outgoing["several"], "several"> = socket.emit<"several">;
  const one: Emit<Outgoing["one"], "one"> = socket.emit<"one">;
  const bare: Emit<Outgoing["bare"], "bare"> = socket.emit<"bare">;
  const inTime = socket.timeout(0);
  expectType<Equal<typeof inTime.emit<"one">, Emit<InTime["one"], "one">>>();
  expectType<Equal<typeof inTime.emit<"bare">, Emit<InTime["bare"], "bare">>>();
  expectType<Equal<typeof inTime.emit<"several">, Emit<InTime["several"], "several">>>();
  console.log(none, hi, several, one, bare);
}

export function emitToMany(): void {
  const all: Emit<Outgoing["hi"], "hi"> = io.emit<"hi">;
  const some = io.to("room");
  expectType<Equal<typeof some.emit<"hi">, Emit<ToMany["hi"], "hi">>>();
  expectType<Equal<typeof some.emit<"one">, Emit<ToMany["one"], "one">>>();
  expectType<Equal<typeof some.emit<"bare">, Emit<ToMany["bare"], "bare">>>();
  const inTime = io.timeout(0);
  expectType<Equal<typeof inTime.emit<"noArgs">, Emit<ToManyInTime["noArgs"], "noArgs">>>();
  expectType<Equal<typeof inTime.emit<"one">, Emit<ToManyInTime["one"], "one">>>();
  expectType<Equal<typeof inTime.emit<"several">, Emit<ToManyInTime["several"], "several">>>();
  expectType<Equal<typeof inTime.emit<"bare">, Emit<ToManyInTime["bare"], "bare">>>();
  console.log(all);
}

export function whatCanBeSentWithoutAnAnswer(): void {
  expectType<Equal<Parameters<typeof io.emit>[0], "noArgs" | "hi">>();
  expectType<Equal<Parameters<typeof chat.emit>[0], "noArgs" | "hi">>();
  expectType<Equal<Parameters<typeof socket.emit>[0], keyof Outgoing>>();
}

export function whatCanBeAwaited(): void {
  type WithAnswer = "several" | "one" | "bare";
  expectType<Equal<Parameters<typeof socket.emitWithAck>[0], WithAnswer>>();
  const operator = io.in("room");
  expectType<Equal<Parameters<typeof operator.emitWithAck>[0], never>>();
  const inTime = io.timeout(0);
  expectType<Equal<Parameters<typeof inTime.emitWithAck>[0], WithAnswer>>();
  const one: (ev: "one", a: boolean, b: string) => Promise<string> = socket.emitWithAck<"one">;
  const several: (ev: "several", a: boolean, b: string) => Promise<boolean> = socket.emitWithAck<
    "several"
  >;
  const bare: (ev: "bare") => Promise<undefined> = socket.emitWithAck<"bare">;
  const ones: (ev: "one", a: boolean, b: string) => Promise<string[]> = inTime.emitWithAck<"one">;
  const all: (ev: "several", a: boolean, b: string) => Promise<boolean[]> = inTime.emitWithAck<
    "several"
  >;
  const soon = socket.timeout(0);
  const oneInTime: (ev: "one", a: boolean, b: string) => Promise<string> = soon.emitWithAck<"one">;
  console.log(one, several, bare, ones, all, oneInTime);
}

export function listenersOfClients(): void {
  socket.on("noArgs", (...args) => expectType<Equal<typeof args, []>>());
  socket.on("ask", (a, b, done) => {
    expectType<Equal<typeof a, string>>();
    expectType<Equal<typeof b, number>>();
    expectType<Equal<typeof done, (c: string, d: number) => void>>();
    done("123", 456);
  });
  socket.on("ask", async (_a, _b, done) => done(await Promise.resolve("1"), 2));
  expectType<
    Equal<
      Parameters<typeof socket.on>[0],
      keyof Incoming | "disconnect" | "disconnecting" | "error"
    >
  >();
}

export function messagesAreSentAsOneEvent(): void {
  interface WithMessage {
    message: (a: number, b: string, c: number[]) => void;
  }
  const server = new Server<Incoming, WithMessage>();
  server.send(1, "2", [3]).write(1, "2", [3]);
  server.of("/chat").send(1, "2", [3]).write(1, "2", [3]);
  server.on("connection", (client) => client.send(1, "2", [3]).write(1, "2", [3]));
  // @ts-expect-error: without its arguments
  server.send();
  // @ts-expect-error: with wrong ones
  server.of("/chat").send(1, 2, [3]);
}

interface Between {
  noArgs: () => void;
  tell: (message: string, x: number) => void;
  count: (room: string, done: (count: number) => void) => void;
}

export async function eventsBetweenServers(): Promise<void> {
  const server = new Server<Incoming, Outgoing, Between>();
  for (const sender of [server, server.of("/chat")]) {
    sender.serverSideEmit("noArgs");
    sender.serverSideEmit("tell", "hello", 10);
    sender.serverSideEmit("count", "room", (err, counts) => {
      expectType<Equal<typeof err, Error>>();
      expectType<Equal<typeof counts, number[]>>();
    });
    const counts = await sender.serverSideEmitWithAck("count", "room");
    expectType<Equal<typeof counts, number[]>>();
  }
  server.on("noArgs", (...args) => expectType<Equal<typeof args, []>>());
  server.of("/chat").on("tell", (message, x) => {
    expectType<Equal<typeof message, string>>();
    expectType<Equal<typeof x, number>>();
  });
  server.on("count", (...args) => {
    expectType<Equal<typeof args, [room: string, done: (count: number) => void]>>();
  });
}

export function socketsOfOtherServers(remote: RemoteSocket<Outgoing, { name: string }>): void {
  expectType<Equal<typeof remote.emit<"one">, Emit<Outgoing["one"], "one">>>();
  remote.emit("hi", remote.data.name, 1);
  remote.timeout(10).emit("one", true, "x", (err, answer) => {
    expectType<Equal<typeof err, Error>>();
    expectType<Equal<typeof answer, string>>();
  });
  const answer = remote.timeout(10).emitWithAck("one", true, "x");
  expectType<Equal<typeof answer, Promise<string>>>();
}

export function unchecked(): void {
  const server = new Server();
  server.emit("random", 1, "2", [3], Server, Boolean);
  server.emit("without arguments");
  server.of("/").emit("random", 2, "text");
  server.send(1, "2", [3]).send().write();
  server.of("/test").send(1, "2", [3]).send();
  const awaited = server.to("1").emitWithAck("random", "test");
  expectType<Equal<typeof awaited, Promise<any>>>();
  const inTime = server.timeout(1_000).emitWithAck("random", true, "123");
  expectType<Equal<typeof inTime, Promise<any>>>();
  server.on("connection", async (client) => {
    expectType<Fits<typeof client, Socket<DefaultEventsMap, DefaultEventsMap>>>();
    expectType<Equal<typeof client.data, any>>();
    client.on("random", (a, _b, c) => expectType<Equal<[typeof a, typeof c], [any, any]>>());
    client.emit("random", 1, "2", [3]);
    client.emit("with a callback", (answer: string) => answer);
    client.timeout(1).emit("with a callback", (err: Error | null, answer: string) => [err, answer]);
    const answer = await client.emitWithAck("random", true, "123");
    expectType<Equal<typeof answer, any>>();
  });
  server.on("between servers", (a) => expectType<Equal<typeof a, any>>());
  server.serverSideEmit("between servers", 1, "2", () => {});
  new Server<any, any, any, any>().on("anything", () => {});
}

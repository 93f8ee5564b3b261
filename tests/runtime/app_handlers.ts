/**
 * The events that the application of the contract handles, the same in every namespace.
 *
 * - Whatever an event asks for, its acknowledgement says how it went.
 * - An event that makes something end is acknowledged by that end.
 */
import type { Server, Socket } from "socket.io";
import type { AskOutcome, CastTarget } from "./app_types.ts";
import { handleWaits } from "./app_waits.ts";

type Ack = (...answer: unknown[]) => void;
type Operator = ReturnType<Server["to"]>;

/** Tells the test what the server side saw of this socket. */
type Tell = (kind: string, details?: Readonly<Record<string, unknown>>) => void;

/** Registers all handlers on a socket that has just connected. */
export function handleEverything(socket: Socket, io: Server, tell: Tell): void {
  onMessages(socket);
  onQuestions(socket, tell);
  onRooms(socket);
  onBroadcasts(socket);
  onNamespaceCommands(socket);
  onState(socket, io);
  onEndings(socket);
  onListeners(socket);
  handleWaits(socket, tell);
}

/** What comes in goes out again, or is described so that a test can see how it arrived. */
function onMessages(socket: Socket): void {
  socket.on("echo", (...args: unknown[]) => {
    const last = args.at(-1);
    if (typeof last === "function") (last as Ack)(...args.slice(0, -1));
    else socket.emit("echo", ...args);
  });
  socket.on("say", (event: string, args: unknown[]) => void socket.emit(event, ...args));
  socket.on("send back", (...args: unknown[]) => socket.send(...args));
  socket.on("message", (...args: unknown[]) => socket.emit("message-back", ...args));
  socket.on("message-with-ack", (...args: unknown[]) => (args.pop() as Ack)(...args));
  socket.on("inspect", (value: unknown, ack: Ack) => ack(describe(value)));
  socket.on("kinds", (...args: unknown[]) => (args.pop() as Ack)(args.map(kindsOf)));
  socket.on("pour", (count: number, bytes: number) => {
    for (let i = 0; i < count; i++) socket.emit("drop", i, new Uint8Array(bytes).fill(i));
  });
  let ticks = 0;
  socket.on("count", (count: number, ack: Ack) => {
    for (let i = 0; i < count; i++) socket.emit("tick", ticks++);
    ack(ticks);
  });
  socket.on("mixed", (ack: Ack) => {
    for (let i = 0; i < 10; i++) {
      socket.emit("part", i);
      socket.emit("part", i + 0.5, Uint8Array.of(i));
    }
    ack("done");
  });
  let expected = 0;
  socket.on("step", (step: number) => {
    if (step === expected) expected++;
  });
  socket.on("steps", (ack: Ack) => ack(expected));
  socket.on(7 as unknown as string, (value: unknown, ack: Ack) => ack("seven", value));
}

/** Events that make the server ask the client. */
function onQuestions(socket: Socket, tell: Tell): void {
  socket.on("ask", (event: string, args: unknown[], done: Ack) => {
    socket.emit(event, ...args, (...answer: unknown[]) => done({ error: null, answer }));
  });
  socket.on("ask in time", (ms: number, event: string, args: unknown[], done: Ack) => {
    socket.timeout(ms).emit(event, ...args, (error: Error | null, ...answer: unknown[]) => {
      done({ error: error?.message ?? null, answer });
    });
  });
  socket.on("ask by promise", async (ms: number | null, event: string, arg: unknown, done: Ack) => {
    const asking = ms === null ? socket : socket.timeout(ms);
    done(await settle(asking.emitWithAck(event, arg)));
  });
  socket.on("ask for kinds", async (event: string, done: Ack) => {
    const answers = [
      await new Promise((resolve) => void socket.emit(event, resolve)),
      await socket.emitWithAck(event),
      await socket.nsp.to(socket.id).timeout(2_000).emitWithAck(event),
    ];
    done(kindsOf(answers));
  });
  socket.on("ask twice", (event: string, done: Ack) => {
    let calls = 0;
    socket.emit(event, () => calls++);
    socket.on("count calls", (ack: Ack) => ack(calls));
    done("asked");
  });
  socket.on("leave me hanging", () => {});
  socket.on("answer twice", (ack: Ack) => {
    ack("first");
    ack("second");
  });
  socket.on("ask before leaving", (event: string) => {
    socket.timeout(200).emit(event, (error: Error | null) => {
      tell("late answer", { message: error?.message ?? null });
    });
  });
}

function onRooms(socket: Socket): void {
  socket.on("join", async (rooms: string | string[], ack: Ack) => {
    await socket.join(rooms);
    ack([...socket.rooms]);
  });
  socket.on("leave", async (room: string, ack: Ack) => {
    await socket.leave(room);
    ack([...socket.rooms]);
  });
  socket.on("rooms", (ack: Ack) => ack([...socket.rooms]));
  socket.on("adapter rooms", (ack: Ack) => {
    const { rooms, sids } = socket.nsp.adapter;
    ack([...rooms.keys()], [...sids.get(socket.id) ?? []]);
  });
}

function onBroadcasts(socket: Socket): void {
  socket.on("cast", (target: CastTarget, event: string, args: unknown[], ack: Ack) => {
    ack(operatorOf(socket, target).emit(event, ...args));
  });
  socket.on("cast for acks", (target: CastTarget, event: string, args: unknown[], done: Ack) => {
    operatorOf(socket, target).emit(event, ...args, (error: Error | null, answer: unknown) => {
      done({ error: error?.message ?? null, answer });
    });
  });
  socket.on("cast by promise", async (target: CastTarget, event: string, done: Ack) => {
    done(await settle(operatorOf(socket, target).emitWithAck(event)));
  });
  socket.on("whisper", (count: number, ack: Ack) => {
    for (let i = 0; i < count; i++) socket.volatile.emit("whisper", i);
    socket.emit("spoken");
    ack(count);
  });
}

function operatorOf(socket: Socket, target: CastTarget): Operator {
  let operator: Operator = target.by === "socket" ? socket.broadcast : socket.nsp.except([]);
  if (target.to) operator = operator.to(target.to as string | string[]);
  if (target.in) operator = operator.in(target.in as string | string[]);
  if (target.except) operator = operator.except(target.except as string | string[]);
  if (target.volatile) operator = operator.volatile;
  return target.timeout === undefined ? operator : operator.timeout(target.timeout);
}

/** Commands over several sockets of the namespace. */
function onNamespaceCommands(socket: Socket): void {
  const { nsp } = socket;
  socket.on("tell namespace", (event: string, args: unknown[]) => nsp.emit(event, ...args));
  socket.on("fetch", async (room: string, ack: Ack) => {
    const sockets = await nsp.in(room).fetchSockets();
    ack(sockets.map(({ id, data, rooms }) => ({ id, data, rooms: [...rooms] })));
  });
  socket.on("join all", (from: string, to: string, ack: Ack) => {
    nsp.in(from).socketsJoin(to);
    ack();
  });
  socket.on("leave all", (from: string, room: string, ack: Ack) => {
    nsp.in(from).socketsLeave(room);
    ack();
  });
  socket.on("disconnect all", (room: string, close: boolean) => {
    nsp.in(room).disconnectSockets(close);
  });
  socket.on("emit to remote", async (room: string, event: string, done: Ack) => {
    const [remote] = await nsp.in(room).fetchSockets();
    if (!remote) return done({ error: "nobody", answer: null });
    done(await settle(remote.timeout(2_000).emitWithAck(event)));
  });
}

function onState(socket: Socket, io: Server): void {
  socket.on("set data", (data: unknown, ack: Ack) => {
    socket.data = data;
    ack(socket.data);
  });
  socket.on("data", (ack: Ack) => ack(socket.data));
  socket.on("handshake", (ack: Ack) => {
    const { headers, time, address, xdomain, secure, issued, url, query, auth } = socket.handshake;
    ack({ headers, time, address, xdomain, secure, issued, url, query, auth });
  });
  socket.on("request", (ack: Ack) => {
    const { url, method, headers } = socket.request;
    ack({ url, method, host: headers["host"] });
  });
  socket.on("prototypes", (ack: Ack) => {
    const { query } = socket.handshake;
    ack({ query: Object.getPrototypeOf(query) === null });
  });
  socket.on("state", (ack: Ack) => {
    ack({
      id: socket.id,
      connected: socket.connected,
      disconnected: socket.disconnected,
      recovered: socket.recovered,
      nsp: socket.nsp.name,
      transport: socket.conn.transport.name,
      protocol: socket.conn.protocol,
      known: socket.nsp.sockets.get(socket.id) === socket,
    });
  });
  socket.on("sizes", (ack: Ack) => {
    ack({ clients: io.engine.clientsCount, sockets: socket.nsp.sockets.size });
  });
}

/** Every way in which the server side ends something, or fails. */
function onEndings(socket: Socket): void {
  socket.on("leave namespace", () => void socket.disconnect());
  socket.on("hang up", () => void socket.disconnect(true));
  socket.on("say and hang up", () => {
    socket.emit("last words", "good", Uint8Array.of(1));
    socket.disconnect(true);
  });
  socket.on("talk while leaving", () => {
    socket.once("disconnecting", () => void socket.emit("from disconnecting"));
    socket.once("disconnect", () => void socket.emit("from disconnect"));
    socket.disconnect();
  });
  socket.on("fail now", () => {
    throw new Error("handler failed now");
  });
  socket.on("fail later", async () => {
    await Promise.resolve();
    throw new Error("handler failed later");
  });
  socket.on("fail while leaving", () => {
    socket.once("disconnecting", () => {
      throw new Error("disconnecting failed");
    });
    socket.disconnect();
  });
}

/** Catch-all listeners, recorded only when asked for, and `once`. */
function onListeners(socket: Socket): void {
  const incoming: string[] = [];
  const outgoing: string[] = [];
  const noteIncoming = (event: string, ...args: unknown[]): void => {
    incoming.push(`${event} ${args.filter((arg) => typeof arg !== "function").length}`);
  };
  socket.on("watch", (ack: Ack) => {
    socket.onAny(noteIncoming);
    socket.prependAny((event: string) => incoming.push(`before ${event}`));
    socket.onAnyOutgoing((event: string, ...args: unknown[]) => {
      outgoing.push(`${event} ${args.length}`);
    });
    ack(socket.listenersAny().length, socket.listenersAnyOutgoing().length);
  });
  socket.on("unwatch", (ack: Ack) => {
    socket.offAny(noteIncoming);
    socket.offAny();
    socket.offAnyOutgoing();
    ack(socket.listenersAny().length, socket.listenersAnyOutgoing().length);
  });
  socket.on("watched", (ack: Ack) => ack({ incoming, outgoing }));
  socket.once("only once", (ack: Ack) => ack("heard"));
  socket.on("reserved names", (ack: Ack) => ack(refusedNames(socket)));
}

/** The reserved names whose emit throws, each with its message. */
function refusedNames(socket: Socket): Readonly<Record<string, string>> {
  const refused: Record<string, string> = {};
  const names = ["connect", "connect_error", "disconnect", "disconnecting", "newListener"];
  for (const name of [...names, "removeListener", "error", "connection"]) {
    try {
      socket.emit(name, "x");
    } catch (error) {
      refused[name] = (error as Error).message;
    }
  }
  return refused;
}

async function settle(promise: Promise<unknown>): Promise<AskOutcome> {
  try {
    return { error: null, answer: await promise };
  } catch (error) {
    const { message, responses = null } = error as Error & { responses?: unknown };
    return { error: message, answer: responses };
  }
}

/** A value with each binary in it replaced by its bytes, and each lone surrogate told. */
function describe(value: unknown): unknown {
  if (ArrayBuffer.isView(value)) {
    return { bytes: [...new Uint8Array(value.buffer, value.byteOffset, value.byteLength)] };
  }
  if (value instanceof ArrayBuffer) return { bytes: [...new Uint8Array(value)] };
  if (Array.isArray(value)) return value.map(describe);
  if (typeof value === "object" && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, describe(part)]));
  }
  if (typeof value === "string") return { units: Array.from(value, codePoint) };
  return value;
}

/** A value with each binary in it replaced by the name of its class. */
function kindsOf(value: unknown): unknown {
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return value.constructor.name;
  if (Array.isArray(value)) return value.map(kindsOf);
  if (typeof value === "object" && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, kindsOf(part)]));
  }
  return value;
}

function codePoint(character: string): number {
  return character.codePointAt(0) ?? 0;
}

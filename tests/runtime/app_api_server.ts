/**
 * Scenarios of servers, namespaces and operators.
 */
import type { Namespace, Server, Socket } from "socket.io";
import { thrownMessage } from "./thrown_message.ts";
import type { Scenarios, Scene } from "./app_api.ts";

type Ack = (...answer: unknown[]) => void;
type Operator = ReturnType<Namespace["to"]>;

export const SERVER_SCENARIOS: Scenarios = {
  /** Which of the names of a namespace lead to the very same one. */
  "find namespaces"({ io, nsp }): unknown {
    return {
      main: [io.sockets === io.of("/"), io.sockets === io.of(""), io.sockets.name],
      slash: io.of(nsp.name.slice(1)) === nsp,
      again: io.of(nsp.name) === nsp,
      name: nsp.name,
      sockets: [nsp.sockets instanceof Map, nsp.sockets.size],
      rooms: [nsp.adapter.rooms instanceof Map, nsp.adapter.sids instanceof Map],
      engine: typeof io.engine.clientsCount,
    };
  },

  /** Settings of the server as they are, and what setting them gives. */
  settings({ io }): unknown {
    const [path, timeout] = [io.path(), io.connectTimeout()];
    return { path, timeout, chained: [io.path(path) === io, io.connectTimeout(timeout) === io] };
  },

  "serve the client"({ io }): unknown {
    return {
      served: io.serveClient(),
      chained: io.serveClient(false) === io,
      refusal: thrownMessage(() => io.serveClient(true)).startsWith("Cannot "),
    };
  },

  /** Adds a middleware of the server, which refuses clients that ask for it. */
  "guard the server"({ io }, tag: string): unknown {
    const guarded = io.use(({ handshake }, next) => {
      next(handshake.auth["refuse"] === tag ? new Error(tag) : undefined);
    });
    return guarded === io;
  },

  /** Makes another server, of a port in place of options, and asks it for a session. */
  async "make a server of a port"({ io }): Promise<unknown> {
    // Whatever the server under test is, it was made by this.
    const Made = io.constructor as new (port: number) => Server;
    if (!("attach" in io)) return { hint: thrownMessage(() => new Made(0)) };
    const made = new Made(0);
    const { httpServer } = made;
    if (!httpServer.listening) {
      await new Promise<void>((resolve) => httpServer.once("listening", resolve));
    }
    // It listens on a port of TCP, so the address is neither null nor the path of a pipe.
    const { port } = httpServer.address() as { readonly port: number };
    const query = "EIO=4&transport=polling";
    const answer = await fetch(`http://127.0.0.1:${port}/socket.io/?${query}`);
    const text = await answer.text();
    await made.close();
    return { answer: [answer.status, text.slice(0, 2)], listening: httpServer.listening };
  },

  /** What `adapter()` gives, and what setting it again does to the adapters that are there. */
  "change adapters"({ io }, name: string): unknown {
    const nsp = io.of(name);
    const { adapter } = nsp;
    const made = io.adapter();
    if (!made) return "no adapter";
    const chained = io.adapter(made) === io;
    return {
      type: typeof made,
      chained,
      same: io.adapter() === made,
      fresh: nsp.adapter !== adapter && nsp.adapter.rooms instanceof Map,
    };
  },

  /** Listens to the connections of the main namespace, by the server; noted. */
  "listen to the server"({ io, noted }): void {
    for (const event of ["connection", "connect"] as const) {
      io.once(event, (socket: Socket) => {
        noted.push([
          event,
          socket.nsp === io.sockets,
          io.sockets.sockets.get(socket.id) === socket,
        ]);
      });
    }
  },

  /** The methods of server and namespace that do not give what they should give. */
  "not given"({ io, nsp }, fresh: string): unknown {
    const own = io.of(fresh);
    const nothing = (): void => {};
    const pass = (_socket: Socket, next: () => void): void => next();
    const wrong: Readonly<Record<string, boolean>> = {
      "io.emit": io.to("nobody").emit("x") === true && own.emit("x") === true,
      "io.send": own.send("x") === own && own.write("x") === own,
      "io.use": own.use(pass) === own,
      "io.on": own.on("connection", nothing) === own && own.once("connect", nothing) === own,
      "io.off": own.off("connection", nothing) === own,
      operators: [nsp, io, nsp.to("x")].every(areOperators),
      join: io.to("nobody").socketsJoin("x") === undefined,
      leave: nsp.to("nobody").socketsLeave("x") === undefined,
      disconnect: nsp.to("nobody").disconnectSockets() === undefined,
      of: io.of(fresh, nothing) === own,
    };
    return Object.entries(wrong).filter(([, isRight]) => !isRight).map(([name]) => name);
  },

  /** What the methods of the server itself give. */
  "given by the server"({ io }, room: string): unknown {
    return {
      send: io.send(`to all ${room}`) === io,
      write: io.write(`to all ${room}`) === io,
      emit: io.emit(`to all ${room}`),
    };
  },

  /** Tells the main namespace in all ways; `room` is a room there, `left` another. */
  "tell by the server"({ io }, room: string, left: string): void {
    io.to(room).emit("news", "to");
    io.in(room).emit("news", "in");
    io.in([room, left]).except(left).emit("news", "in, except");
    io.except(left).to(room).emit("news", "except");
    io.local.to(room).emit("news", "local");
    io.compress(false).to(room).emit("news", "compress");
    io.to(room).emit("last news");
  },

  /** Tells one socket of the main namespace in one volatile way. */
  "tell volatilely"({ io }, sender: string, id: string): unknown {
    const senders: Readonly<Record<string, Pick<Operator, "emit"> | undefined>> = {
      server: io.volatile.to(id),
      namespace: io.sockets.volatile.in(id),
      operator: io.to(id).volatile,
      socket: io.sockets.sockets.get(id)?.volatile,
    };
    return senders[sender]?.emit("news", sender);
  },

  /** Asks the main namespace in a room. */
  async "ask by the server"({ io }, room: string): Promise<unknown> {
    const called = await new Promise((resolve) => {
      io.to(room).timeout(5_000).emit("question", (error: unknown, answer: unknown) => {
        resolve([error, answer]);
      });
    });
    return { called, promised: await io.timeout(5_000).to(room).emitWithAck("question") };
  },

  /** Tells the namespace in all ways that reach everybody. */
  "tell everybody"({ nsp }): void {
    nsp.emit("news", "emit");
    nsp.local.emit("news", "local");
    nsp.compress(true).emit("news", "compress");
    nsp.send("message");
    nsp.write("message, written");
    nsp.emit("last news");
  },

  /** Operators made of each other: who is in the selection of each. */
  async "operators that are kept"({ nsp, socket, others }): Promise<unknown> {
    const places = [socket, ...others].map(({ id }) => id);
    const base = nsp.to("one");
    const wider = base.to("two");
    const smaller = wider.except("three");
    const flagged = base.volatile.local.compress(false).timeout(50);
    const shown = async (operator: Operator): Promise<string> => {
      const asked: string[] = await operator.timeout(5_000).emitWithAck("who");
      return asked.map((id) => places.indexOf(id)).toSorted().join("");
    };
    const first = [await shown(base), await shown(wider), await shown(smaller)];
    const second = [await shown(base), await shown(wider), await shown(flagged as Operator)];
    return { first, second, kept: [...nsp.adapter.rooms.keys()].includes("one") };
  },

  /** A flag of one operator is not one of the operator that it was made of. */
  async "timeouts of operators"({ nsp }): Promise<unknown> {
    const base = nsp.timeout(5_000);
    const shorter = base.timeout(20);
    return [
      await timeTold((ack) => shorter.emit("silence", ack)),
      await timeTold((ack) => base.emit("question", ack)),
      await timeTold((ack) => shorter.emit("silence", ack)),
    ];
  },

  /** Middlewares and connection listeners of a new namespace, in order; noted. */
  "guard in order"({ io, noted }, name: string): void {
    const nsp = io.of(name, () => void noted.push("listener of of()"));
    nsp.use(async (socket, next) => {
      noted.push(["first", socket.connected, socket.rooms.size, nsp.sockets.size]);
      await Promise.resolve();
      next();
    });
    nsp.use((socket, next) => {
      noted.push("second");
      if (socket.handshake.auth["no"]) return next(new Error("no"));
      next();
      noted.push("after next");
    });
    nsp.on("connection", (socket) => {
      noted.push(["connection", socket.connected, [...socket.rooms][0] === socket.id]);
    });
    nsp.on("connect", () => void noted.push("connect"));
    io.of(name, () => void noted.push("second listener of of()"));
  },

  /** What a middleware does with a socket that is not in yet. */
  "use sockets early"({ io, noted }, name: string): void {
    io.of(name).use((socket, next) => {
      noted.push([socket.disconnect() === socket, socket.connected, socket.disconnected]);
      socket.data = { set: "early" };
      socket.join("early");
      socket.emit("news", "from the middleware");
      next();
    });
    io.of(name).on("connection", (socket) => {
      noted.push([socket.data, [...socket.rooms].includes("early")]);
      socket.emit("news", "from the listener");
    });
  },

  /** A middleware that is added while others are in: those stay. */
  "guard later"({ nsp }): unknown {
    nsp.use((_socket, next) => next(new Error("too late")));
    return nsp.sockets.size;
  },

  /** Who listens with which `this`; noted once a client joins `name`. */
  "this of listeners of namespaces"(scene, name: string): void {
    const { io, noted } = scene;
    io.once("new_namespace", function (this: unknown): void {
      noted.push(["new_namespace", this === io.sockets]);
    });
    const nsp = io.of(name);
    nsp.on("connection", function (this: unknown): void {
      noted.push(["connection", this === nsp]);
    });
    noteRoomEvents(scene, nsp);
  },

  /** What `new_namespace` tells, and when. */
  "new namespaces"({ io }, name: string): unknown {
    const told: unknown[] = [];
    const tell = (nsp: Namespace): void => {
      told.push([nsp.name, io.of(nsp.name) === nsp, nsp.server === io]);
    };
    io.on("new_namespace", tell);
    const made = io.of(name);
    told.push("made");
    io.of(name);
    io.of("/");
    io.of(new RegExp(`^${name}-child$`));
    told.push("parent made");
    io.off("new_namespace", tell);
    return { told, name: made.name };
  },

  /** Events between servers, while this is the only one. */
  async "tell other servers"({ io, nsp }): Promise<unknown> {
    const heard: unknown[] = [];
    nsp.on("to others" as "connection", () => void heard.push("itself"));
    const sent = [nsp.serverSideEmit("to others", 1), io.serverSideEmit("to others")];
    const answers = await new Promise((resolve) => {
      nsp.serverSideEmit("to others", (error: unknown, all: unknown) => resolve([error, all]));
    });
    const promised = [
      await nsp.serverSideEmitWithAck("to others"),
      await io.serverSideEmitWithAck("to others", 1),
    ];
    return { sent, answers, promised, heard };
  },

  /** Events between servers as far as the reference has them without a cluster. */
  "tell other servers reserved names"({ io, nsp }): unknown {
    return ["connect", "connection", "new_namespace"].map((name) => {
      return [
        thrownMessage(() => nsp.serverSideEmit(name)),
        thrownMessage(() => io.serverSideEmit(name)),
      ];
    });
  },

  /** Closes the server; what happens until the callback and the promise are through is reported. */
  "close in order"(scene, tag: string): void {
    const { io, report } = scene;
    const log: string[] = [];
    for (const [name, nsp] of namespacesOf(scene)) noteEnds(name, nsp, log);
    setTimeout(async () => {
      const closing = io.close(() => log.push("callback"));
      log.push("returned");
      await closing;
      log.push("resolved");
      const left = namespacesOf(scene).map(([, { sockets }]) => sockets.size);
      await io.close();
      report({ kind: "closed in order", tag, log, left, clients: io.engine.clientsCount });
    }, 0);
  },
};

/** Whether all that should make an operator makes a new one. */
function areOperators(maker: Namespace | Server | Operator): boolean {
  const make = [
    (): Operator => maker.to("x") as Operator,
    (): Operator => maker.in(["x"]) as Operator,
    (): Operator => maker.except("x") as Operator,
    (): Operator => maker.volatile as Operator,
    (): Operator => maker.local as Operator,
    (): Operator => maker.timeout(1) as Operator,
  ];
  return make.every((one) => {
    const [first, second] = [one(), one()];
    return first !== second && first as unknown !== maker &&
      typeof first.emitWithAck === "function";
  });
}

/** The main namespace and that of the scene, by name. */
function namespacesOf({ io, nsp }: Scene): readonly (readonly [string, Namespace])[] {
  return [["main", io.sockets], ["other", nsp]];
}

/** Notes the ends of all sockets, and of their connections. */
function noteEnds(name: string, nsp: Namespace, log: string[]): void {
  for (const [place, socket] of [...nsp.sockets.values()].entries()) {
    const note = (event: string, reason: string): void => {
      log.push(`${name} ${place}: ${event}, ${reason}`);
    };
    socket.on("disconnecting", (reason) => note("disconnecting", reason));
    socket.on("disconnect", (reason) => note("disconnect", reason));
    if (name === "main") socket.conn.once("close", (reason: string) => note("conn", reason));
  }
}

function noteRoomEvents({ noted }: Scene, { adapter }: Namespace): void {
  for (const kind of ["create-room", "join-room"]) {
    adapter.once(kind, function (this: unknown): void {
      noted.push([kind, this === adapter]);
    });
  }
}

/** "late" or "answered". */
function timeTold(emit: (ack: Ack) => void): Promise<string> {
  return new Promise((resolve) => emit((error) => resolve(error ? "late" : "answered")));
}

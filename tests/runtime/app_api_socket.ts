/**
 * Scenarios of one socket: what it knows, what its methods give, its rooms, its flags, its end.
 */
import type { Socket } from "socket.io";
import { thrownMessage } from "./thrown_message.ts";
import type { Scenarios } from "./app_api.ts";

type Ack = (...answer: unknown[]) => void;

export const SOCKET_SCENARIOS: Scenarios = {
  /** Which of its belongings are the very ones that they should be. */
  belongings({ io, nsp, socket }): unknown {
    const { client, conn, request } = socket;
    return {
      namespace: socket.nsp === io.of(nsp.name),
      known: nsp.sockets.get(socket.id) === socket,
      server: nsp.server === io,
      ownServer: socket["server"] === io,
      adapter: socket["adapter"] === nsp.adapter,
      conn: client.conn === conn,
      session: client["id"] === conn["id"],
      secret: socket.id !== conn["id"],
      request: client.request === request,
      requestOfConn: conn.request === request,
    };
  },

  /** The response of the first request, as far as the request still has it. */
  "response of the request"({ socket }): unknown {
    const { res } = socket.request as { readonly res?: unknown };
    return res ?? null;
  },

  /** What the sockets that a client has in two namespaces share. */
  sharing({ io, socket }, elsewhere: string): unknown {
    const [other] = io.of(elsewhere).sockets.values();
    return {
      client: other?.client === socket.client,
      conn: other?.conn === socket.conn,
      request: other?.request === socket.request,
      handshake: other?.handshake === socket.handshake,
      data: other?.data === socket.data,
      id: other?.id === socket.id,
    };
  },

  /** The methods that give something else than the socket, of those that should give it. */
  "not chained"({ socket }): unknown {
    const pass = (_event: unknown, next: () => void): void => next();
    const nothing = (): void => {};
    const given: Readonly<Record<string, unknown>> = {
      send: socket.send("sent"),
      write: socket.write("written"),
      use: socket.use(pass),
      onAny: socket.onAny(nothing),
      prependAny: socket.prependAny(nothing),
      offAny: socket.offAny(nothing),
      onAnyOutgoing: socket.onAnyOutgoing(nothing),
      prependAnyOutgoing: socket.prependAnyOutgoing(nothing),
      offAnyOutgoing: socket.offAnyOutgoing(nothing),
      compress: socket.compress(true),
      volatile: socket.volatile,
      timeout: socket.timeout(1_000),
      on: socket.on("x", nothing),
      once: socket.once("x", nothing),
      addListener: socket.addListener("x", nothing),
      prependListener: socket.prependListener("x", nothing),
      prependOnceListener: socket.prependOnceListener("x", nothing),
      off: socket.off("x", nothing),
      removeListener: socket.removeListener("x", nothing),
      removeAllListeners: socket.removeAllListeners("x"),
      setMaxListeners: socket.setMaxListeners(20),
    };
    socket.emit("takes the flags");
    return Object.entries(given).filter(([, value]) => value !== socket).map(([name]) => name);
  },

  /** What the methods give that do not give the socket. */
  given({ socket }): unknown {
    return {
      emit: socket.emit("x"),
      join: typeof socket.join("x"),
      leave: typeof socket.leave("x"),
      emitWithAck: socket.emitWithAck("x") instanceof Promise,
      operators: [
        socket.broadcast,
        socket.local,
        socket.to("x"),
        socket.in("x"),
        socket.except("x"),
      ]
        .map((operator) => typeof operator.fetchSockets === "function"),
      maxListeners: socket.setMaxListeners(20).getMaxListeners(),
    };
  },

  /** The set of rooms that was taken once, as it shows joining and leaving. */
  "live rooms"({ socket }): unknown {
    const { rooms } = socket;
    socket.join(["x", "y"]);
    const joined = [...rooms];
    socket.leave("x");
    return { isSet: rooms instanceof Set, same: rooms === socket.rooms, joined, left: [...rooms] };
  },

  "leave all rooms"({ socket }): unknown {
    socket.join(["x", "y"]);
    socket["leaveAll"]();
    return [...socket.rooms];
  },

  /** Joins and leaves while it ends, and after. */
  "rooms at the end"({ socket, nsp, report }, tag: string): void {
    const tell = (kind: string): void => {
      report({ kind, tag, rooms: [...socket.rooms], connected: socket.connected });
    };
    socket.join("x");
    socket.on("disconnecting", () => {
      socket.join("late");
      tell("at disconnecting");
    });
    socket.on("disconnect", () => {
      socket.join("too late");
      socket.leave("never joined");
      tell("at disconnect");
      report({ kind: "room left over", tag, rooms: [...nsp.adapter.rooms.keys()] });
    });
    setTimeout(() => socket.disconnect(), 0);
  },

  /** What a socket does that has disconnected: nothing, and it says what it always says. */
  "use after the end"({ socket, report }, tag: string): void {
    socket.onAnyOutgoing((event: string) => report({ kind: "outgoing", tag, event }));
    socket.once("disconnect", () => {
      const outcome = {
        emit: socket.emit("unheard"),
        sent: socket.send("unheard") === socket,
        disconnect: socket.disconnect() === socket,
        closed: socket.disconnect(true) === socket,
        states: [socket.connected, socket.disconnected],
      };
      socket.timeout(30).emit("unheard", (error: Error | null) => {
        report({ kind: "used after the end", tag, ...outcome, late: error?.message });
      });
    });
    setTimeout(() => socket.disconnect(), 0);
  },

  /** Emits twice after one `timeout()`: the first callback is error-first, the second is not. */
  async "timeout of one emit"({ socket }): Promise<unknown> {
    socket.timeout(5_000);
    const first = await answers(socket, "question");
    return { first, second: await answers(socket, "question") };
  },

  /** An emit without a callback takes the flag as well. */
  async "timeout of an emit without callback"({ socket }): Promise<unknown> {
    socket.timeout(5_000).emit("no question");
    return await answers(socket, "question");
  },

  /** An operator takes the flags of the socket that it was made of, and leaves it none. */
  async "flags taken by an operator"({ socket, others }): Promise<unknown> {
    const operator = socket.timeout(5_000).compress(false).to(String(others[0]?.id));
    return {
      socket: await answers(socket, "question"),
      operator: await operator.emitWithAck("question"),
    };
  },

  /** Any value and any order of the flags that a runtime may not honour. */
  compress({ socket, nsp, io }, room: string): void {
    socket.compress(true).emit("news", "socket, true");
    socket.compress(false).timeout(1_000).compress(true).emit("news", "socket, mixed");
    nsp.compress(false).to(socket.id).emit("news", "namespace");
    nsp.to(socket.id).compress(true).emit("news", "operator");
    io.compress(true).to(room).emit("news", "server");
  },

  /** Asks in all ways, all at once; says whose callback had which `this`. */
  async "this of callbacks"({ socket, nsp }): Promise<unknown> {
    const operator = nsp.to(socket.id).timeout(5_000);
    return {
      socket: await thisOf(socket, (ack) => socket.emit("question", ack)),
      inTime: await thisOf(socket, (ack) => socket.timeout(5_000).emit("question", ack)),
      tooLate: await thisOf(socket, (ack) => socket.timeout(20).emit("silence", ack)),
      operator: await thisOf(operator, (ack) => operator.emit("question", ack)),
    };
  },

  /** What promises of answers end with that nobody gives. */
  async "answers that never come"({ socket, nsp }): Promise<unknown> {
    const room = socket.id;
    return {
      socket: await failure(socket.timeout(20).emitWithAck("silence")),
      namespace: await failure(nsp.timeout(2_000).emitWithAck("silence")),
      operator: await failure(nsp.to(room).timeout(20).emitWithAck("silence")),
      broadcast: await failure(socket.broadcast.timeout(5_000).emitWithAck("silence")),
    };
  },

  /** What reserved names are answered with by whatever can emit. */
  async "reserved names"({ io, nsp, socket }, name: string): Promise<unknown> {
    return {
      server: thrownMessage(() => io.emit(name)),
      namespace: thrownMessage(() => nsp.emit(name)),
      operator: thrownMessage(() => nsp.to("x").emit(name)),
      socket: thrownMessage(() => socket.emit(name)),
      broadcast: thrownMessage(() => socket.broadcast.emit(name)),
      promise: (await failure(socket.emitWithAck(name))).message,
      promiseOfMany: (await failure(nsp.timeout(20).emitWithAck(name))).message,
    };
  },
};

/** All values that a callback gets, `null` for no value. */
function answers(socket: Socket, event: string): Promise<unknown[]> {
  return new Promise((resolve) => {
    socket.emit(event, (...answer: unknown[]) => resolve(answer));
  });
}

function thisOf(expected: unknown, emit: (ack: Ack) => void): Promise<boolean> {
  return new Promise((resolve) => {
    emit(function (this: unknown): void {
      resolve(this === expected);
    });
  });
}

async function failure(
  promise: Promise<unknown>,
): Promise<{ readonly message: string; readonly responses?: unknown }> {
  try {
    return { message: `none, but ${await promise}` };
  } catch (error) {
    const { message, responses } = error as Error & { responses?: unknown };
    return responses === undefined ? { message } : { message, responses };
  }
}

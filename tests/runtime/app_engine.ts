/**
 * The part of the contract's application that is about the engine: `io.engine`, `socket.conn`.
 *
 * - A session is watched when its first request says `watch=engine`: sessions of other cases keep no
 *   listeners. What happens to it is told line by line, in order: `{ kind: "line", tag, line }`.
 * - Sockets of `/engine` do what a case asks them for, and tell what handlers get in the same lines.
 */
import type { Server, Socket } from "socket.io";
import { countersOf, ENGINE_SCENARIOS, watchEngine } from "./app_engine_server.ts";
import type { Conn, EngineScenarios, Packet, Transport } from "./app_engine_types.ts";
import { playOnRequest } from "./play_on_request.ts";

type Report = (report: Readonly<Record<string, unknown>>) => void;

/** Registers what watches sessions, and the namespace whose sockets do what they are asked for. */
export function setupEngine(io: Server, report: Report): void {
  io.engine.on("connection", (conn: Conn) => {
    const { searchParams } = new URL(String(conn.request.url), "http://host");
    if (searchParams.get("watch") !== "engine") return;
    const tag = searchParams.get("tag") ?? "";
    watch(conn, (line) => report({ kind: "line", tag, line }));
  });
  watchEngine(io, report);
  io.of("/engine").on("connection", (socket: Socket) => serve(socket, io, report));
}

/** The engine session of a socket. */
export function connOf(socket: Socket): Conn {
  // The published types hide the id and the server of a session, which programs read.
  return socket.conn as unknown as Conn;
}

/** Tells of every event of a session. */
function watch(conn: Conn, tell: (line: string) => void): void {
  tell("connection");
  const state = (): string => `${conn.transport.name} ${conn.upgrading} ${conn.upgraded}`;
  conn.on("packet", (packet: Packet) => tell(`packet ${packetText(packet)}`));
  conn.on("packetCreate", (packet: Packet) => tell(`packetCreate ${packetText(packet)}`));
  conn.on("data", (data: unknown) => tell(`data ${dataText(data)}`));
  conn.on("message", (data: unknown) => tell(`message ${dataText(data)}`));
  conn.on("heartbeat", (...args: unknown[]) => tell(`heartbeat ${args.length}`));
  conn.on("flush", (buffer: readonly Packet[]) => {
    tell(`flush ${buffer.map(packetText).join(" | ")}`);
  });
  conn.on("drain", (...args: unknown[]) => tell(`drain ${args.length}`));
  for (const event of ["upgrading", "upgrade"]) {
    conn.on(event, (transport: Transport) => {
      const isOwn = transport === conn.transport;
      tell(`${event} ${transport.name} ${transport.readyState} ${isOwn}, conn ${state()}`);
    });
  }
  for (const event of ["open", "error"]) conn.on(event, () => tell(event));
  conn.on("close", (reason: string) => {
    tell(`close ${reason} ${conn.readyState} ${conn.transport.readyState}`);
  });
}

function packetText({ type, data }: Packet): string {
  return data === undefined ? type : `${type} ${dataText(data)}`;
}

/** Text without the ids in it, or the bytes of binary data. */
function dataText(data: unknown): string {
  if (typeof data === "string") return data.replace(/"sid":"[^"]+"/, '"sid":"…"');
  const view = data as Uint8Array;
  return `<${[...view].join(",")}>`;
}

function serve(socket: Socket, io: Server, report: Report): void {
  const conn = connOf(socket);
  const tag = String(socket.handshake.query["tag"] ?? "");
  const tell = (line: string): void => report({ kind: "line", tag, line });
  tell("socket connected");
  const noted: unknown[] = [];
  socket.on("disconnect", (reason: string) => tell(`socket ${reason}`));
  socket.on("hello", (...args: unknown[]) => {
    tell(`handler ${args.map(dataText).join(" ")}`);
    socket.emit("welcome", ...args);
  });
  socket.on("close", (discard: boolean) => conn.close(discard));
  socket.on("say and close", (discard: boolean) => {
    socket.emit("last words");
    conn.close(discard);
  });
  const scenarios = { ...CONN_SCENARIOS, ...ENGINE_SCENARIOS };
  playOnRequest(socket, scenarios, () => ({ io, socket, conn, tell, noted }));
}

/** What is done with sessions on request; what it gives is the acknowledgement. */
const CONN_SCENARIOS: EngineScenarios = {
  look: ({ io, socket, conn }) => {
    const { transport } = conn;
    return {
      id: conn.id,
      isOwnId: conn.id !== socket.id,
      isSame: conn === connOf(socket) && transport === conn.transport,
      isOfEngine: conn.server === io.engine,
      protocol: conn.protocol,
      readyState: conn.readyState,
      address: conn.remoteAddress,
      isRequest: conn.request === socket.request,
      upgraded: conn.upgraded,
      upgrading: conn.upgrading,
      transport: {
        name: transport.name,
        readyState: transport.readyState,
        protocol: transport.protocol,
      },
    };
  },
  "transport of before": ({ conn }) => {
    const before = conn.transport;
    return new Promise((resolve) => {
      conn.once("upgrade", (after: Transport) => {
        resolve([before.name, before.readyState, after.name, after.readyState]);
      });
    });
  },
  "send raw": ({ conn, tell }) => {
    const told = (name: string) => (transport: Transport): void => {
      tell(`sent ${name} ${transport.name} ${transport === conn.transport}`);
    };
    const chained = conn.send("one", { compress: false }, told("one"))
      .write("two", told("two"))
      .send(Uint8Array.of(1, 2), undefined, told("bytes"))
      .write("three", { compress: true })
      .send("four", {}, "no function");
    return chained === conn;
  },
  "send after the end": ({ conn, tell }) => {
    conn.on("close", () => void conn.send("late", {}, () => tell("sent late")));
    conn.close(true);
  },
  "note kinds": ({ conn, noted }) => {
    const note = (data: unknown): void => {
      if (typeof data !== "string") noted.push((data as object).constructor.name);
    };
    conn.on("packet", ({ data = "" }: Packet) => note(data)).on("data", note).on("message", note);
    conn.on("packetCreate", ({ data = "" }: Packet) => note(data));
  },
  "forget request": ({ socket, conn }) => {
    // The documented way to free its memory.
    Object.assign(conn, { request: null });
    return [conn.request, socket.request, conn.remoteAddress, typeof socket.handshake.url];
  },
  "note calls": ({ conn, noted }) => {
    const note = (name: string) => (): void => void noted.push(name);
    const gone = note("gone");
    const emitter = countersOf(conn);
    emitter.on("data", note("on"));
    emitter.prependOnceListener("data", note("first once"));
    emitter.prependListener("data", note("first"));
    emitter.addListener("data", note("last"));
    emitter.once("data", note("once"));
    emitter.on("data", gone).off("data", gone);
    emitter.once("data", gone).removeListener("data", gone);
  },
};

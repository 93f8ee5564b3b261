/**
 * The application that the client programs talk to: written once, against the API of socket.io.
 *
 * - It names no runtime and imports no server, so each `server_*.ts` gives it one.
 * - What the server side sees is told through `report`; binary data in it is hexadecimal (bytes.ts).
 * - A client is told apart by its tag, which is among its credentials: `auth`, or the query of the
 *   handshake, which is all that the main namespace is given by clients of 1.x and 2.x.
 * - Emits `welcome`, `echo`, `question`, `said` and `burst`, and nothing else: see clients/README.md.
 */
import type { Server, Socket } from "socket.io";
import { writeBytes } from "./bytes.ts";

/** Receives what the server side saw, as a value that JSON can carry. */
export type ReportSink = (report: Readonly<Record<string, unknown>>) => void;

/** Tells of one socket. */
type Report = (kind: string, details: Readonly<Record<string, unknown>>) => void;

type Ack = (...answer: unknown[]) => void;

/** Where `/guarded` tells why it lets nobody in without a token. */
const REFUSAL = { code: 42, hint: ["ask", "again"] };

/** Registers every namespace, middleware and handler that the scenarios need. */
export function setup(io: Server, report: ReportSink): void {
  io.of("/guarded").use((socket, next) => {
    const token = credentials(socket)["token"];
    if (token === "secret") return next();
    if (token === undefined) return next(new Error("no token"));
    next(Object.assign(new Error("wrong token"), { data: REFUSAL }));
  });
  for (const name of ["/", "/orders", "/guarded"]) {
    io.of(name).on("connection", (socket: Socket) => serve(socket, report));
  }
}

function serve(socket: Socket, sink: ReportSink): void {
  const report: Report = (kind, details) => {
    sink({ kind, tag: credentials(socket)["tag"], nsp: socket.nsp.name, ...details });
  };
  const { auth, query } = socket.handshake;
  report("connection", { auth, query: { ...query }, conn: connectionOf(socket) });
  socket.on("disconnect", (reason: string) => report("disconnect", { reason }));
  handleValues(socket, report);
  handleRooms(socket);
  socket.on("end", (whole: boolean) => void socket.disconnect(whole));
  socket.emit("welcome", { nsp: socket.nsp.name, id: socket.id });
}

/** Values there and back, by events and acknowledgements. */
function handleValues(socket: Socket, report: Report): void {
  socket.on("echo", (...args: unknown[]) => {
    const ack = typeof args.at(-1) === "function" ? args.pop() as Ack : undefined;
    report("echo", { args: args.map(writeBytes) });
    if (ack) ack(...args);
    else socket.emit("echo", ...args);
  });
  socket.on("question", (...args: unknown[]) => {
    socket.emit("question", ...args, (...answer: unknown[]) => {
      report("answer", { args: answer.map(writeBytes) });
      socket.emit("said", ...answer);
    });
  });
  socket.on("again", (value: unknown) => void socket.emit("echo", value));
  socket.on("large", (value: string | Uint8Array) => {
    report("large", { length: value.length, sum: sumOf(value) });
    socket.emit("echo", value);
  });
  socket.on("burst", (count: number) => {
    for (let index = 0; index < count; index++) socket.emit("burst", index, `#${index}`);
  });
  socket.on("transport", () => void socket.emit("said", socket.conn.transport.name));
}

function handleRooms(socket: Socket): void {
  socket.on("join", async (room: string) => {
    await socket.join(room);
    socket.emit("said", "joined", room);
  });
  socket.on("leave", async (room: string) => {
    await socket.leave(room);
    socket.emit("said", "left", room);
  });
  socket.on("tell others", (room: string, ...args: unknown[]) => {
    socket.to(room).emit("said", ...args);
  });
  socket.on("tell all", (room: string, ...args: unknown[]) => {
    socket.nsp.to(room).emit("said", ...args);
  });
}

function credentials({ handshake }: Socket): Readonly<Record<string, unknown>> {
  return { ...handshake.query, ...handshake.auth };
}

/** Tells connections apart; it is no secret here. */
function connectionOf({ conn }: Socket): unknown {
  // Published as a string by both, but not in the types of every version.
  return (conn as unknown as { readonly id: unknown }).id;
}

/** A number that tells long values apart. */
function sumOf(value: string | Uint8Array): number {
  let sum = 0;
  for (let index = 0; index < value.length; index++) {
    const unit = typeof value === "string" ? value.charCodeAt(index) : value[index] ?? 0;
    sum = (sum * 31 + unit) % 1_000_003;
  }
  return sum;
}

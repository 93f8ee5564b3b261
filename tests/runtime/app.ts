/**
 * The application that every server under test runs: written once, against the API of socket.io.
 *
 * - It names no runtime and imports no server, so each `server_*.ts` gives it one.
 * - What the server side sees is told through `report`, never over the connection under test.
 * - A client is told apart by its tag: `auth.tag`, or `tag` in the query of the handshake.
 * - Whatever an event asks for, its acknowledgement says how it went.
 *
 * Typed by the published types of the reference: the same source must compile against ours.
 */
import type { Namespace, Server, Socket } from "socket.io";
import { setupApi } from "./app_api.ts";
import { setupDrain } from "./app_drain.ts";
import { setupEngine } from "./app_engine.ts";
import { handleEverything } from "./app_handlers.ts";
import { resolveNamed, setupOptions } from "./app_options.ts";
import { setupLimits } from "./app_limits.ts";
import { onOutbound } from "./app_outbound.ts";
import { setupRejections } from "./app_waits.ts";

/** Receives what the server side saw, as a value that JSON can carry. */
export type ReportSink = (report: Readonly<Record<string, unknown>>) => void;

/** Options of a server as a fixture gets them on its command line, plus what JSON cannot carry. */
export type AppOptions = Readonly<Record<string, unknown>>;

type Ack = (...answer: unknown[]) => void;

/** What requests tell on every runtime. */
interface RequestHead {
  readonly url?: string;
  readonly method?: string;
  readonly headers: Readonly<Record<string, unknown>>;
}

/** Why a request was refused. */
interface ConnectionError {
  readonly req: RequestHead;
  readonly code: number;
  readonly message: string;
  readonly context: unknown;
}

/** Ends the HTTP server, where the end of the server under test does not. */
export type StopHttp = () => Promise<void>;

/** Registers every namespace, middleware and handler that the cases need. */
export function setup(
  io: Server,
  report: ReportSink,
  stopHttp: StopHttp = () => Promise.resolve(),
): void {
  io.on("new_namespace", (namespace: Namespace) => {
    report({ kind: "new_namespace", tag: "", nsp: namespace.name });
  });
  for (const name of ["/", "/orders", "/users", "/ünï", "/rooms", "/idle"]) {
    serve(io.of(name), io, report);
  }
  setupDrain(io, report);
  io.on("connection", (socket: Socket) => onServerEnd(socket, io, report, stopHttp));
  listenToEngine(io, report);
  setupOptions(io, report);
  setupApi(io, report);
  setupEngine(io, report);
  setupLimits(io);
  reportRooms(io.of("/rooms"), report);
  io.of("/users").on("connection", (socket: Socket) => {
    socket.emit("welcome", "first");
    socket.emit("welcome", "second", Uint8Array.of(2));
    socket.emit("welcome", "third");
  });
  setupMiddlewares(io, report);
  setupDynamicNamespaces(io, report);
  setupRejections(io);
}

/** What the application answers to requests that are not for the server under test. */
export function answerElsewhere(method: string, url: string): { status: number; text: string } {
  return { status: 404, text: `${method} ${url.replace(/^https?:\/\/[^/]+/, "")} is elsewhere` };
}

/** Adds to options from the command line the ones that are functions. */
export function completeOptions(options: AppOptions): AppOptions {
  return {
    ...resolveNamed(options),
    allowRequest: (request: { url?: string }, decide: (error: unknown, ok: boolean) => void) => {
      const url = String(request.url);
      if (url.includes("refuse=plain")) decide(null, false);
      else if (url.includes("refuse=text")) decide("no entry today", false);
      else decide(null, true);
    },
  };
}

function serve(namespace: Namespace, io: Server, report: ReportSink): void {
  namespace.on("connection", (socket: Socket) => {
    const tell = (kind: string, details: Readonly<Record<string, unknown>> = {}): void => {
      report({ kind, tag: tagOf(socket), nsp: namespace.name, id: socket.id, ...details });
    };
    tell("connection", { connected: socket.connected, rooms: [...socket.rooms] });
    socket.on("disconnecting", (reason: string) => {
      tell("disconnecting", { reason, connected: socket.connected, rooms: [...socket.rooms] });
    });
    socket.on("disconnect", (reason: string) => {
      tell("disconnect", { reason, connected: socket.connected, rooms: [...socket.rooms] });
    });
    socket.on("error", (error: Error) => tell("error", { message: error?.message }));
    handleEverything(socket, io, tell);
    onOutbound(socket, tell);
  });
}

/** The server closes; what is left of the process is the HTTP server. */
function onServerEnd(
  socket: Socket,
  io: Server,
  report: ReportSink,
  stopHttp: StopHttp,
): void {
  socket.on("close server", async () => {
    await io.close();
    report({ kind: "closed", tag: tagOf(socket) });
    await stopHttp();
  });
}

/** The events of the engine that tell of requests and answers. */
function listenToEngine(io: Server, report: ReportSink): void {
  io.engine.on("initial_headers", (headers: Record<string, string>, request: RequestHead) => {
    headers["x-initial"] = String(request.url).split("?", 1)[0] ?? "";
  });
  io.engine.on("headers", (headers: Record<string, string>, request: RequestHead) => {
    headers["x-every"] = String(request.method);
  });
  io.engine.on("connection_error", ({ req, code, message, context }: ConnectionError) => {
    const tag = new URL(String(req.url), "http://host").searchParams.get("tag") ?? "";
    report({ kind: "connection_error", tag, code, message, context, host: req.headers["host"] });
  });
}

function tagOf(socket: Socket): string {
  return String(socket.handshake.auth["tag"] ?? socket.handshake.query["tag"] ?? "");
}

function reportRooms(namespace: Namespace, report: ReportSink): void {
  for (const kind of ["create-room", "join-room", "leave-room", "delete-room"]) {
    namespace.adapter.on(kind, (room: string, id?: string) => {
      report({ kind, tag: room, nsp: namespace.name, id });
    });
  }
}

function setupMiddlewares(io: Server, report: ReportSink): void {
  const guarded = io.of("/guarded");
  guarded.use((socket, next) => {
    const { token } = socket.handshake.auth;
    if (token === "secret") return next();
    const error = new Error(token ? "wrong token" : "no token");
    next(token ? Object.assign(error, { data: { code: 42, hint: ["ask", "again"] } }) : error);
  });
  guarded.use(async (socket, next) => {
    await Promise.resolve();
    socket.data = { connectedInMiddleware: socket.connected, rooms: [...socket.rooms] };
    next();
  });
  serve(guarded, io, report);
  const picky = io.of("/picky");
  serve(picky, io, report);
  picky.on("connection", (socket: Socket) => {
    socket.use(([event, ...args], next) => {
      if (event === "forbidden") {
        return next(Object.assign(new Error("not here"), { data: args }));
      }
      next();
    });
    socket.use((packet, next) => {
      if (packet[0] === "rewrite") packet[1] = "rewritten";
      next();
    });
    socket.on("rewrite", (value: unknown, ack: Ack) => ack(value));
    socket.on("error", (error: Error) => void socket.emit("refused", error.message));
    socket.on("forbidden", () => void socket.emit("must not happen"));
  });
  const silent = io.of("/silent");
  silent.use(() => {}); // never calls next: the client is never connected
  serve(silent, io, report);
}

function setupDynamicNamespaces(io: Server, report: ReportSink): void {
  const numbered = io.of(/^\/numbered-\d+$/);
  numbered.use((socket, next) => {
    socket.data = { inherited: true };
    next();
  });
  serve(numbered as unknown as Namespace, io, report);
  const chosen = io.of((name: string, auth: Readonly<Record<string, unknown>>, next) => {
    if (name === "/chosen-error") next(new Error("lookup failed"), false);
    else next(null, name.startsWith("/chosen-") && auth["pass"] === "yes");
  });
  chosen.use((socket, next) => {
    socket.data = { inherited: "from a function" };
    next();
  });
  serve(chosen as unknown as Namespace, io, report);
  io.on("connection", (socket: Socket) => {
    socket.on("tell numbered", (event: string, value: unknown) => void numbered.emit(event, value));
  });
}

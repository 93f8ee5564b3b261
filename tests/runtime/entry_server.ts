/**
 * The program behind the tests of the Deno entry: a server as a user would write it.
 *
 * Its one argument is an `EntryChoice` as JSON. It speaks the line protocol of `ServerProcess`.
 */
import { Hono } from "hono";
import { type DenoRequestInfo, Server, type Socket } from "../../src/runtime/deno.ts";
import { flood } from "../support/flood.ts";
import { TEST_CERTIFICATE, TEST_PRIVATE_KEY } from "../support/test_certificate.ts";
import type { EntryChoice } from "./entry_process.ts";

type Ack = (answer: unknown) => void;
type Handler = (request: Request, info: Deno.ServeHandlerInfo) => Response | Promise<Response>;

const choice: EntryChoice = JSON.parse(Deno.args[0] ?? "{}");
const io = new Server(choice.options);

io.use((socket, next) => {
  if (socket.handshake.query["fail"] === "middleware") throw new Error("middleware failed");
  next();
});
io.on("connection", (socket) => {
  onFailures(socket);
  onEndings(socket);
  socket.on("echo", (value: unknown, ack: Ack) => ack(value));
  socket.on("address", (ack: Ack) => ack(socket.handshake.address));
  socket.on("flood", () => flood(socket, (sent) => report("flooded", { sent })));
});
io.on("connection", (socket) => {
  if (socket.handshake.query["fail"] === "connection") throw new Error("connection failed");
});
if (choice.headers) {
  io.engine.on("initial_headers", (headers) => void (headers["x-first"] = "1"));
  io.engine.on("headers", (headers) => void (headers["set-cookie"] = ["a=1", "b=2"]));
  io.engine.use((_request, info, next) => {
    info.responseHeaders.set("x-middleware", "1");
    next();
  });
}

const server = Deno.serve({
  hostname: "127.0.0.1",
  port: 0,
  ...(choice.tls ? { cert: TEST_CERTIFICATE, key: TEST_PRIVATE_KEY } : {}),
  onListen: ({ port }) => print(`PORT ${port}`),
}, handler());

function handler(): Handler {
  const app = new Hono();
  app.get("/hello", (context) => context.text("hello of Hono"));
  app.notFound((context) => context.text("404 of Hono", 404));
  switch (choice.fallback) {
    case "hono":
      return io.handler(app.fetch);
    case "outer":
      app.all("/socket.io/*", (context) => io.fetch(context.req.raw));
      return (request) => app.fetch(request);
    case "plain":
      return io.handler(answerPlainly);
    default:
      return io.handler();
  }
}

function answerPlainly(request: Request, info: DenoRequestInfo): Response {
  const { pathname } = new URL(request.url);
  const address = info.remoteAddr && "hostname" in info.remoteAddr ? info.remoteAddr.hostname : "";
  if (pathname === "/do/count") return Response.json(io.engine.clientsCount);
  if (pathname === "/do/count-lingering") return Response.json(io.engine.lingeringCount);
  if (pathname === "/do/close") setTimeout(() => void closeAll("io"), 0);
  return new Response(`${request.method} ${pathname} ${address}`, { status: 201 });
}

function onFailures(socket: Socket): void {
  socket.on("throw", () => {
    throw new Error("thrown by a handler");
  });
  socket.on("reject", () => Promise.reject(new Error("rejected by a handler")));
  socket.on("ask and throw", () => {
    socket.emit("question", () => {
      throw new Error("thrown by an acknowledgement");
    });
  });
  socket.on("ask in vain", (ack: Ack) => {
    socket.timeout(3_600_000).emit("nobody answers this", () => {});
    ack("asked");
  });
}

function onEndings(socket: Socket): void {
  socket.on("disconnect", (reason, details) => {
    const description = details instanceof Error ? details.message : String(details);
    report("disconnect", { reason, description, count: io.engine.clientsCount });
  });
  socket.on("hang up", () => void socket.disconnect(true));
  socket.on("close all", closeAll);
}

async function closeAll(first: "io" | "http"): Promise<void> {
  if (first === "io") await io.close();
  const ended = server.shutdown();
  if (first === "http") await io.close();
  await ended;
  report("all closed");
}

function report(kind: string, details: Readonly<Record<string, unknown>> = {}): void {
  print(`REPORT ${JSON.stringify({ kind, tag: "", ...details })}`);
}

function print(line: string): void {
  // deno-lint-ignore no-console -- the line protocol of the fixtures is standard output
  console.log(line);
}

/**
 * Beside Elysia on one port: its routes, its WebSockets, and Socket.IO.
 *
 *   npx -y bun@1.4.5 examples/elysia/main.ts
 *
 * PORT is the port (3000). In a project of your own: bun add @godwit/io elysia, and import from
 * "@godwit/io/bun".
 */
// deno-lint-ignore-file no-console -- the program talks to its terminal
import { Elysia } from "elysia";
import { websocket } from "elysia/ws";
import process from "node:process";
import { Server } from "../../src/runtime/bun.ts";

/** What the server says. */
interface ServerToClient {
  news(text: string): void;
}
/** What clients say. */
interface ClientToServer {
  publish(text: string, done: (readers: number) => void): void;
}

const io: Server<ClientToServer, ServerToClient> = new Server<ClientToServer, ServerToClient>();

io.on("connection", (socket) => {
  socket.on("publish", (text, done) => {
    socket.broadcast.emit("news", text);
    done(io.engine.clientsCount - 1);
  });
});

let visits = 0;

new Elysia()
  .get("/", () => ({ visits: ++visits, clients: io.engine.clientsCount }))
  // WebSockets that are not those of Socket.IO.
  .ws("/time", { message: (socket) => void socket.send(new Date().toISOString()) })
  // Elysia starts the server itself, so it is a route that hands on the path of Socket.IO, ...
  .all("/socket.io/*", ({ request, server }) => io.fetch(request, server))
  .listen({
    port: Number(process.env["PORT"] ?? 3000),
    // ... and one object that serves the WebSockets of both.
    websocket: io.handler({ websocket }).websocket,
  }, ({ url }) => console.log(`Elysia and Godwit are at ${url}`));

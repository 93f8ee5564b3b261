/**
 * Beside Fastify 5 on one port, as a plugin.
 *
 *   npx -y deno@2.9.6 run -A examples/fastify/main.ts
 *
 * On Node:
 *
 *   npx -y deno@2.9.6 bundle --platform deno -o dist/fastify.mjs examples/fastify/main.ts
 *   node dist/fastify.mjs
 */
// deno-lint-ignore-file no-console -- the program talks to its terminal
import Fastify from "fastify";
import process from "node:process";
import { fastifyPlugin, Server } from "@godwit/io/node";

interface ClientToServer {
  message: (text: string, done: (readers: number) => void) => void;
}

interface ServerToClient {
  message: (text: string) => void;
}

const fastify = Fastify();
const io = new Server<ClientToServer, ServerToClient>({ cors: { origin: "https://app.example" } });
await fastify.register(fastifyPlugin(io));

fastify.get("/", () => ({ clients: io.engine.clientsCount }));

// Routes can send to clients.
fastify.post<{ Body: { text?: unknown } }>("/news", (request) => {
  const text = String(request.body.text).slice(0, 200);
  io.emit("message", text);
  return { sent: text };
});

io.on("connection", (socket) => {
  socket.on("message", (text, done) => {
    socket.broadcast.emit("message", text);
    done(io.sockets.sockets.size - 1);
  });
});

const address = await fastify.listen({ port: Number(process.env["PORT"] ?? 3000) });
console.log(`Fastify and Godwit are at ${address}`);

// Fastify tells the plugin, which lets the clients go; then nothing is left to run.
process.once("SIGTERM", () => fastify.close());
process.once("SIGINT", () => fastify.close());

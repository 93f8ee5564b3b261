/**
 * Beside Hono on Bun, on one port: its routes, its WebSockets, and Socket.IO.
 *
 *   npx -y bun@1.4.5 examples/hono/main.ts
 *
 * PORT is the port (3000). In a project of your own: bun add @godwit/io hono, and import from
 * "@godwit/io/bun".
 */
import { Hono } from "hono";
import { type BunWebSocketData, upgradeWebSocket, websocket } from "hono/bun";
import { type BunServeOptions, Server } from "../../src/runtime/bun.ts";

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

const app = new Hono();
let visits = 0;

app.get("/", (context) => context.json({ visits: ++visits, clients: io.engine.clientsCount }));

// Routes can use what is connected.
app.post("/news", async (context) => {
  io.emit("news", await context.req.text());
  return context.body(null, 204);
});

// WebSockets that are not those of Socket.IO.
app.get(
  "/time",
  upgradeWebSocket(() => ({
    onMessage: (_event, socket) => socket.send(new Date().toISOString()),
  })),
);

// Bun starts what the main file exports, and says where.
const program: BunServeOptions<BunWebSocketData> = io.handler({ fetch: app.fetch, websocket });

export default program;

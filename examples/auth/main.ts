/**
 * A middleware lets in who has a token that is known, and says why to everybody else.
 *
 *   deno run --allow-net --allow-env examples/auth/main.ts
 *
 * The client gives the token as `auth`, and finds the reason in its `connect_error` listener:
 *
 *   const socket = io("http://localhost:3000", { auth: { token: "..." } });
 *   socket.on("connect_error", (error) => console.log(error.message, error.data));
 */
import { Server } from "../../mod.ts";

interface User {
  name: string;
  isAdmin: boolean;
}

// In a program of your own: a database, or a signed token.
const users: ReadonlyMap<string, User> = new Map([
  ["token-of-ada", { name: "Ada", isAdmin: true }],
  ["token-of-bo", { name: "Bo", isAdmin: false }],
]);

/** An error whose data the client can read. */
function refusal(message: string, data: unknown): Error {
  return Object.assign(new Error(message), { data });
}

const io = new Server();

io.use((socket, next) => {
  // What a client sends can be anything: it is checked before it is used.
  const token: unknown = socket.handshake.auth["token"];
  const user = typeof token === "string" ? users.get(token) : undefined;
  if (user === undefined) {
    return next(refusal("not authorized", { code: "bad-token", help: "Please sign in again" }));
  }
  socket.data = { user };
  next();
});

io.on("connection", (socket) => {
  socket.emit("welcome", socket.data.user.name);
});

// A namespace has middlewares of its own.
const admin = io.of("/admin");

admin.use((socket, next) => {
  const user = users.get(String(socket.handshake.auth["token"]));
  if (user?.isAdmin) next();
  else next(refusal("admins only", { code: "not-admin" }));
});

admin.on("connection", (socket) => {
  socket.on("count", (reply: (clients: number) => void) => reply(io.sockets.sockets.size));
});

Deno.serve({ port: Number(Deno.env.get("PORT") ?? 3000) }, io.handler());

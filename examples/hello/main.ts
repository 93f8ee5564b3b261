/**
 * The smallest server: it greets whoever connects, and echoes.
 *
 *   deno run --allow-net --allow-env examples/hello/main.ts
 */
// deno-lint-ignore-file no-console -- the program talks to its terminal
import { Server } from "../../mod.ts";

const io = new Server();

io.on("connection", (socket) => {
  console.log(`${socket.id} is here`);
  socket.emit("hello", "world");

  socket.on("echo", (text) => socket.emit("echo", text));

  socket.on("disconnect", (reason) => console.log(`${socket.id} is gone: ${reason}`));
});

Deno.serve({ port: Number(Deno.env.get("PORT") ?? 3000) }, io.handler());

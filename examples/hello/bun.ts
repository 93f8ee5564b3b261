/**
 * The smallest server on Bun.
 *
 *   bun add @godwit/io && bun bun.ts
 */
import process from "node:process";
import { Server } from "@godwit/io/bun";

const io = new Server();

io.on("connection", (socket) => {
  socket.emit("hello", "world");
  socket.on("echo", (text) => socket.emit("echo", text));
});

// Bun starts what the main file exports; `object` only spares naming its type.
export default { port: Number(process.env["PORT"] ?? 3000), ...io.handler() } as object;

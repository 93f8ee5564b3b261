/**
 * Godwit: a Socket.IO server on Web standards, for Deno. It has the documented server API of
 * socket.io 4.8, under the same names; `@godwit/io/bun` and `@godwit/io/node` are the same for Bun and
 * Node.
 *
 * ```ts
 * import { Server } from "@godwit/io";
 *
 * const io = new Server();
 *
 * io.on("connection", (socket) => {
 *   socket.join("lobby");
 *   socket.on("message", (text, done) => {
 *     socket.to("lobby").emit("message", text);
 *     done("delivered");
 *   });
 * });
 *
 * const server = Deno.serve({ port: 0 }, io.handler()); // 0: any port that is free
 *
 * // when it is time to stop
 * await io.close();
 * await server.shutdown();
 * ```
 *
 * @module
 */
export * from "./src/runtime/deno.ts";

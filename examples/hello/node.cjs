/**
 * The smallest server on Node, in CommonJS.
 *
 *   npm install @godwit/io && node node.cjs
 */
// deno-lint-ignore-file no-console -- the program talks to its terminal
const process = require("node:process");
const io = require("@godwit/io/node")(Number(process.env.PORT ?? 3000));

io.on("connection", (socket) => {
  socket.emit("hello", "world");
  socket.on("echo", (text) => socket.emit("echo", text));
});

console.log(`Say hello at http://localhost:${io.httpServer.address().port}`);

/** A server for `deno serve`: what a module has to export, and nothing else. */
import { Server } from "../../src/runtime/deno.ts";

const io = new Server();

io.on("connection", (socket) => {
  socket.on("echo", (value: unknown, ack: (value: unknown) => void) => ack(value));
});

const program: Deno.ServeDefaultExport = {
  fetch: io.handler(),
  onListen(address): void {
    // deno-lint-ignore no-console -- the line protocol of the fixtures is standard output
    if ("port" in address) console.log(`PORT ${address.port}`);
  },
};

export default program;

/** The application of the load on Deno. */
import { Server } from "../../mod.ts";
import { run } from "./stalled_app.ts";

const io = new Server();
Deno.serve(
  { hostname: "127.0.0.1", port: 0, onListen: ({ port }) => print(`PORT ${port}`) },
  io.handler(),
);
run(io, print);

function print(line: string): void {
  // deno-lint-ignore no-console -- the line protocol is standard output
  console.log(line);
}

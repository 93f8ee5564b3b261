/** The application of the load on this package under Deno, from source; its options as JSON. */
import type { Server as ReferenceServer } from "socket.io";
import { Server } from "../../../mod.ts";
import { run } from "./app.ts";

const io = new Server(JSON.parse(Deno.args[0] ?? "{}"));
// The application is typed by the reference: at run time the two offer the same names.
run(io as unknown as ReferenceServer, print);
Deno.serve({
  hostname: "127.0.0.1",
  port: 0,
  onListen: ({ port }) => print(`PORT ${port}`),
}, io.handler());

function print(line: string): void {
  // deno-lint-ignore no-console -- the line protocol of the fixtures is standard output
  console.log(line);
}

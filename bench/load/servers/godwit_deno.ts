/** Ours on Deno, from source. */
import { Server } from "../../../mod.ts";
import { run } from "./app.ts";
import { control } from "./control.ts";

const io = new Server();
run(io);
Deno.serve(
  { hostname: "127.0.0.1", port: 0, onListen: ({ port }) => control(port) },
  io.handler(),
);

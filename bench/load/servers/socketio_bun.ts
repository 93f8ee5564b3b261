/** The published socket.io with its engine for Bun, whose module is the first argument. */
import process from "node:process";
import { Server } from "socket.io";
import { run } from "./app.ts";
import { serve } from "./bun.ts";
import { control } from "./control.ts";

/** What is used of that engine. */
interface BunEngine {
  handler(): object;
}

const { Server: Engine } = await import(process.argv[2] ?? "") as {
  Server: new (options: object) => BunEngine;
};
const io = new Server();
const engine = new Engine({ path: "/socket.io/" });
// It is not the engine that the types of socket.io name; its documentation binds it like this.
io.bind(engine as never);
run(io);
control(serve({ hostname: "127.0.0.1", port: 0, ...engine.handler() }).port);

/** Ours on Bun, from the built package. */
import { Server } from "@godwit/io/bun";
import { run } from "./app.ts";
import { serve } from "./bun.ts";
import { control } from "./control.ts";

const io = new Server();
run(io);
control(serve({ hostname: "127.0.0.1", port: 0, ...io.handler() }).port);

/** Ours behind `node:http`: on Node from the built package, on Deno from source. */
import { Server } from "@godwit/io/node";
import { run } from "./app.ts";
import { serveHttp } from "./http.ts";

serveHttp((http) => run(new Server(http)));

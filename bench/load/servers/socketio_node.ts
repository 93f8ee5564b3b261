/** The published socket.io, on Node or on Deno. */
import { Server } from "socket.io";
import { run } from "./app.ts";
import { serveHttp } from "./http.ts";

serveHttp((http) => run(new Server(http)));

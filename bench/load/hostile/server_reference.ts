/** The application of the load on the published socket.io: the control. */
import { Server } from "socket.io";
import { serveOnNode } from "./serve_on_node.ts";

serveOnNode((http, options) => new Server(http, options));

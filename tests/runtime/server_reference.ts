/** The contract's application on the published socket.io over node:http: the measure of the others. */
import { Server } from "socket.io";
import { serveOnNode } from "./app_node.ts";

serveOnNode((http, options) => new Server(http, options));

/** The application of the load on the Node entry: on Node from the built package, on Deno from source. */
import { Server } from "@godwit/io/node";
import type { Server as ReferenceServer } from "socket.io";
import { serveOnNode } from "./serve_on_node.ts";

// The application is typed by the reference: at run time the two offer the same names.
serveOnNode((http, options) => new Server(http, options) as unknown as ReferenceServer);

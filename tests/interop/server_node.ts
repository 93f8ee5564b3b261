/** The application of the matrix on the Node entry: on Node from the built package, on Deno from source. */
import { Server } from "@godwit/io/node";
import type { Server as ReferenceServer } from "socket.io";
import { serveOnNode } from "./serve_on_node.ts";

serveOnNode((http, options) => {
  // The application is typed by the reference: at run time the two offer the same names.
  return new Server(http, options) as unknown as ReferenceServer;
});

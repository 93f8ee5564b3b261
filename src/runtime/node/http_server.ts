/**
 * What users may name as the HTTP server: one of Node, or a port.
 */
import { createServer, type Server as HttpServer } from "node:http";
import type { Http2SecureServer } from "node:http2";
import type { Server as HttpsServer } from "node:https";
import { describeValue } from "../../base/errors.ts";

/** The HTTP servers that a Socket.IO server can be attached to. */
export type NodeHttpServer = HttpServer | HttpsServer | Http2SecureServer;

/** An HTTP server, or a port to listen on. */
export type HttpServerOrPort = NodeHttpServer | number | string;

/** @throws Error in the words of the reference, or TypeError, when there is nothing to attach to */
export function checkHttpServer(value: unknown): void {
  if (typeof value === "function") {
    throw new Error(
      "You are trying to attach socket.io to an express request handler function. " +
        "Please pass a http.Server instance.",
    );
  }
  if (isPort(value) || isHttpServer(value)) return;
  throw new TypeError(
    `Cannot attach: needs an HTTP server or a port, found ${describeValue(value)}; ` +
      "of a framework, pass what createServer() gives, or see fastifyPlugin()",
  );
}

/** The HTTP server itself, or one that listens on the port and knows no path but ours. */
export function openHttpServer(server: HttpServerOrPort): NodeHttpServer {
  if (typeof server === "object") return server;
  const own = createServer((_request, response) => {
    response.writeHead(404);
    response.end();
  });
  return own.listen(Number(server));
}

function isPort(value: unknown): boolean {
  return typeof value === "number" || (typeof value === "string" && /^\d+$/.test(value));
}

/** Applications of frameworks can listen too, but are no server with an address. */
function isHttpServer(value: unknown): boolean {
  return typeof value === "object" && value !== null && "address" in value && "listeners" in value;
}

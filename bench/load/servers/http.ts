/** A server of `node:http`, on Node or on Deno. */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { control } from "./control.ts";

/** Makes it, hands it to whoever attaches to it, and listens. */
export function serveHttp(attach: (http: Server) => void): void {
  const http = createServer((_, response) => void response.writeHead(404).end());
  attach(http);
  http.listen(0, "127.0.0.1", () => {
    // It listens on a port of TCP, so the address is neither null nor the path of a pipe.
    control((http.address() as AddressInfo).port);
  });
}

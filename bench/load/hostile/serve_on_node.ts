/** The application of the load on node:http, for the server that `create` makes; its options as JSON. */
import { createServer, type Server as HttpServer } from "node:http";
import type { AddressInfo } from "node:net";
import process from "node:process";
import type { Server } from "socket.io";
import { run } from "./app.ts";

/** Starts listening. */
export function serveOnNode(create: (http: HttpServer, options: object) => Server): void {
  const http = createServer((_, response) => void response.writeHead(404).end());
  run(create(http, JSON.parse(process.argv[2] ?? "{}")), print);
  http.listen(0, "127.0.0.1", () => {
    // It listens on a port of TCP, so the address is neither null nor the path of a pipe.
    print(`PORT ${(http.address() as AddressInfo).port}`);
  });
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

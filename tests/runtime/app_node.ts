/**
 * The contract's application on node:http, for whatever server attaches itself to it.
 *
 * - Runs on Node and on Deno: it knows nothing but `node:`.
 * - Speaks the line protocol of `ServerProcess`; arguments: the options of the server as JSON, then,
 *   for TLS, certificate and key as PEM.
 */
import { createServer, type RequestListener, type Server as HttpServer } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import process from "node:process";
import type { Server } from "socket.io";
import { answerElsewhere, type AppOptions, completeOptions, setup } from "./app.ts";

/** Starts listening, with the server that `attach` makes on the HTTP server. */
export function serveOnNode(attach: (http: HttpServer, options: AppOptions) => Server): void {
  const [json = "{}", cert, key] = process.argv.slice(2);
  const http = cert && key ? createTlsServer({ cert, key }, elsewhere) : createServer(elsewhere);
  const io = attach(http, completeOptions(JSON.parse(json)));
  setup(io, (report) => print(`REPORT ${JSON.stringify(report)}`));
  http.listen(0, "127.0.0.1", () => {
    // It listens on a port of TCP, so the address is neither null nor the path of a pipe.
    print(`PORT ${(http.address() as AddressInfo).port}`);
  });
}

/** What the program serves beside the server under test. */
const elsewhere: RequestListener = (request, response) => {
  const { status, text } = answerElsewhere(String(request.method), String(request.url));
  response.writeHead(status).end(text);
};

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

/**
 * The contract's application on node:http, for whatever server is attached to it.
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
import { isProbe, type Probed } from "./app_drain.ts";
import { applySettings, hasSettings } from "./app_options.ts";

/** Makes the server under test, on an HTTP server unless it is to be attached later. */
type CreateServer = (http: HttpServer | undefined, options: AppOptions) => Server;

/** Starts listening, with the server that `create` makes. */
export function serveOnNode(create: CreateServer): void {
  const [json = "{}", cert, key] = process.argv.slice(2);
  const answer: RequestListener = (request, response) => {
    if (!isProbe(String(request.url))) return elsewhere(request, response);
    (io as unknown as Probed).healthHandler()(request, response);
  };
  const http = cert && key ? createTlsServer({ cert, key }, answer) : createServer(answer);
  const io = createOn(http, JSON.parse(json), create);
  setup(io, (report) => print(`REPORT ${JSON.stringify(report)}`));
  http.listen(0, "127.0.0.1", () => {
    // It listens on a port of TCP, so the address is neither null nor the path of a pipe.
    print(`PORT ${(http.address() as AddressInfo).port}`);
  });
}

/** A server on `http`; what is set by methods is set before it is attached. */
function createOn(http: HttpServer, options: AppOptions, create: CreateServer): Server {
  if (!hasSettings(options)) return create(http, completeOptions(options));
  const io = create(undefined, completeOptions(options));
  applySettings(io, options);
  return io.attach(http);
}

/** What the program serves beside the server under test. */
const elsewhere: RequestListener = (request, response) => {
  const { status, text } = answerElsewhere(String(request.method), String(request.url));
  response.writeHead(status).end(text);
};

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

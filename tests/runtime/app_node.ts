/**
 * The contract's application on node:http, for whatever server is attached to it.
 *
 * - Runs on Node and on Deno: it knows nothing but `node:`.
 * - Speaks the line protocol of `ServerProcess`; arguments: the options of the server as JSON, then,
 *   for TLS, certificate and key as PEM.
 */
import "./watched_timers.ts";
import {
  createServer,
  type IncomingMessage,
  type Server as HttpServer,
  type ServerResponse,
} from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import process from "node:process";
import type { Server } from "socket.io";
import { answerElsewhere, type AppOptions, completeOptions, setup } from "./app.ts";
import { isProbe, type Probed } from "./app_drain.ts";
import { applySettings, hasSettings } from "./app_options.ts";
import { StatePage } from "./app_state.ts";

/** Makes the server under test, on an HTTP server unless it is to be attached later. */
type CreateServer = (http: HttpServer | undefined, options: AppOptions) => Server;

/** Starts listening, with the server that `create` makes. */
export function serveOnNode(create: CreateServer): void {
  const [json = "{}", cert, key] = process.argv.slice(2);
  const answer = (request: IncomingMessage, response: ServerResponse): void => {
    const { method = "", url = "" } = request;
    if (isProbe(url)) return (io as unknown as Probed).healthHandler()(request, response);
    const { status, text } = state.owns(url)
      ? { status: 200, text: state.text() }
      : answerElsewhere(method, url);
    response.writeHead(status).end(text);
  };
  const http = cert && key ? createTlsServer({ cert, key }, answer) : createServer(answer);
  const io = createOn(http, JSON.parse(json), create);
  const state = new StatePage(io);
  countRequests(http, state);
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

/** Counts requests from the moment in which they come, whoever answers them. */
function countRequests(http: HttpServer, state: StatePage): void {
  const emit = http.emit.bind(http) as (event: string, ...args: unknown[]) => boolean;
  const counting = (event: string, ...args: unknown[]): boolean => {
    // The second argument of this event is the response.
    if (event === "request") (args[1] as ServerResponse).once("close", state.begun());
    return emit(event, ...args);
  };
  Object.assign(http, { emit: counting });
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

/**
 * The one place that knows which package serves Socket.IO.
 *
 * Everything else takes the server and its types from here: with `from "socket.io"` below, the same
 * program runs on that.
 */
// deno-lint-ignore-file no-console -- the program talks to its terminal
import { type DefaultEventsMap, type Namespace, Server, type Socket } from "@godwit/io/node";
import { setTimeout as wait } from "node:timers/promises";
import type { IncomingMessage, Server as HttpServer, ServerResponse } from "node:http";
import type {
  AdminClientToServer,
  AdminServerToClient,
  ClientToServer,
  FilesClientToServer,
  FilesServerToClient,
  ServerToClient,
  SocketData,
} from "./events.ts";

export type TeamServer = Server<ClientToServer, ServerToClient, DefaultEventsMap, SocketData>;
export type TeamSocket = Socket<ClientToServer, ServerToClient, DefaultEventsMap, SocketData>;

/** A namespace with events of its own. */
type Space<In extends object, Out extends object> = {
  readonly namespace: Namespace<In, Out, DefaultEventsMap, SocketData>;
  readonly socket: Socket<In, Out, DefaultEventsMap, SocketData>;
};
export type Files = Space<FilesClientToServer, FilesServerToClient>;
export type Admin = Space<AdminClientToServer, AdminServerToClient>;

/** A socket of any namespace, for what all of them do alike. */
export type AnySocket = TeamSocket | Files["socket"] | Admin["socket"];

export function createServer(http: HttpServer): TeamServer {
  const io: TeamServer = new Server(http, {
    serveClient: false, // The page gets the client from the web application.
    maxHttpBufferSize: 128 * 1024,
    pingInterval: 20_000,
    pingTimeout: 10_000,
    allowRequest: (request, decide) => decide(null, isOurOwn(request)),
  });
  io.engine.on("connection_error", (error: { code: number; message: string }) => {
    console.warn(`A connection was refused: ${error.message} (${error.code})`);
  });
  return io;
}

/** Answers a request that asks how the server is. */
export type Health = (request: IncomingMessage, response: ServerResponse) => void;

/** What answers probes at paths that end with `ready` and `live`; socket.io has nothing of the kind. */
export function createHealth(io: TeamServer): Health {
  if ("healthHandler" in io && typeof io.healthHandler === "function") return io.healthHandler();
  return (_request, response) => void response.end();
}

/** How long the HTTP server waits for those who only hold a connection, in milliseconds. */
const CLOSE_MS = 3_000;

/** Lets everybody go, one by one where that is known, and closes the HTTP server. */
export async function letGo(io: TeamServer): Promise<void> {
  if ("drain" in io && typeof io.drain === "function") await io.drain({ timeout: 20_000 });
  await Promise.race([io.close(), wait(CLOSE_MS)]);
}

/** Pages of other sites must not connect with the cookie of somebody who is signed in here. */
function isOurOwn({ headers }: IncomingMessage): boolean {
  const { origin, host } = headers;
  return origin === undefined || (URL.canParse(origin) && new URL(origin).host === host);
}

/**
 * What programs for Node have besides: an HTTP server to attach to, and the requests of Node. It
 * compiles with socket.io and with the entry for Node.
 */
import { createServer, type IncomingMessage } from "node:http";
import { createServer as createSecureServer } from "node:https";
import { createSecureServer as createHttp2Server } from "node:http2";
import { Namespace, Server, type ServerOptions, Socket } from "socket.io";
import type { DefaultEventsMap } from "socket.io";
import { type Equal, expectType } from "./expect.ts";

declare module "node:http" {
  interface IncomingMessage {
    /** As express-session adds it. */
    session: { readonly user: string };
  }
}

interface Events {
  hello: (name: string) => void;
}

export function serversAreAttached(options: Partial<ServerOptions>): void {
  const httpServer = createServer();
  new Server(httpServer);
  new Server(httpServer, { cors: { origin: "https://example.com" } });
  new Server(3000);
  new Server(3000, options);
  new Server(createSecureServer({}));
  new Server(createHttp2Server({}));
  new Server(undefined, options);
  const io = new Server<Events, Events>(options);
  io.attach(httpServer).listen(3000).attach(httpServer, { path: "/custom" });
  io.listen(httpServer, { destroyUpgrade: false });
  io.httpServer.close();
  const either = (first: ReturnType<typeof createServer> | Partial<ServerOptions>): Server => {
    return new Server(first);
  };
  either(httpServer).close();
  // @ts-expect-error: an application is no HTTP server
  new Server(() => {});
  // @ts-expect-error: no such option
  io.attach(httpServer, { pathh: "/custom" });
}

export function requestsAreThoseOfNode(io: Server<Events, Events>): void {
  io.on("connection", (socket) => {
    expectType<Equal<typeof socket, Socket<Events, Events>>>();
    expectType<Equal<typeof socket.request, IncomingMessage>>();
    console.log(socket.request.session.user, socket.client.request.session.user);
    console.log(socket.request.socket.remoteAddress, socket.conn.request.headers.cookie);
  });
  io.use((socket, next) => {
    expectType<Equal<typeof socket, Socket<Events, Events>>>();
    next(socket.request.session ? undefined : new Error("unauthorized"));
  });
  const handler = (socket: Socket): string => socket.request.session.user;
  new Server().on("connection", handler);
  const chat = io.of("/chat");
  expectType<Equal<typeof chat, Namespace<Events, Events, DefaultEventsMap, any>>>();
  expectType<Equal<typeof io.sockets, Namespace<Events, Events>>>();
  io.on("new_namespace", (it) => expectType<Equal<typeof it, Namespace<Events, Events>>>());
}

export function theEngineTakesThem(io: Server): void {
  io.engine.use((request: IncomingMessage, response: { end(): void }, next: () => void) => {
    if (request.session.user === "") response.end();
    else next();
  });
  io.engine.generateId = (request: IncomingMessage) => request.session.user;
  io.engine.on("headers", (headers, request: IncomingMessage) => {
    headers["x-user"] = request.session.user;
  });
  new Server({
    allowRequest: (request, callback) => {
      expectType<Equal<typeof request, IncomingMessage>>();
      callback(null, request.session.user !== "");
      callback("refused", false);
    },
  });
}

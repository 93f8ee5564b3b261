/** Tests the types of the Node entry: nothing here runs but the assignments. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import express from "express";
import session from "express-session";
import Fastify from "fastify";
import helmet from "helmet";
import passport from "passport";
import {
  type BaseServer,
  fastifyPlugin,
  type Namespace,
  type NodeHttpServer,
  Server,
  type ServerOptions,
  Socket,
} from "../../src/runtime/node.ts";
import type { DefaultEventsMap, Untyped } from "../../src/socket/events.ts";
import { compiles, type Equal, expectType } from "./expect.ts";

declare module "node:http" {
  interface IncomingMessage {
    /** What an application adds to its requests. */
    applicationUser?: { readonly name: string };
  }
}

interface ClientToServerEvents {
  hello: (name: string, done: (id: number) => void) => void;
}

interface ServerToClientEvents {
  welcome: (text: string) => void;
}

interface SocketData {
  age: number;
}

type TypedServer = Server<
  ClientToServerEvents,
  ServerToClientEvents,
  DefaultEventsMap,
  SocketData
>;
type TypedSocket = Socket<
  ClientToServerEvents,
  ServerToClientEvents,
  DefaultEventsMap,
  SocketData
>;

declare const io: TypedServer;

Deno.test("Server of Node has the generics of the reference, in order and with defaults", () => {
  expectType<
    Equal<Server, Server<DefaultEventsMap, DefaultEventsMap, DefaultEventsMap, Untyped>>
  >();
  expectType<
    Equal<
      Socket<ClientToServerEvents>,
      Socket<ClientToServerEvents, ClientToServerEvents, DefaultEventsMap, Untyped>
    >
  >();
});

Deno.test("Server of Node takes an HTTP server, a port, options, and nothing", () => {
  compiles(() => [
    new Server(),
    new Server({ cors: true }),
    new Server(createServer()),
    new Server(createServer(express()), { closeHttpServer: false }),
    new Server(3000, { destroyUpgradeTimeout: 10 }),
    new Server("3000"),
    new Server(undefined, {}),
    new Server<ClientToServerEvents, ServerToClientEvents>().attach(createServer()).listen(80),
    // @ts-expect-error: an application is no HTTP server
    new Server(express()),
    // @ts-expect-error: no such option
    new Server({ closeHTTP: true }),
  ]);
  expectType<Equal<typeof io.httpServer, NodeHttpServer>>();
  compiles(() => io.httpServer.address());
});

Deno.test("Requests that users get are an IncomingMessage, with what they have added", () => {
  compiles(() => {
    io.on("connection", (socket) => {
      expectType<Equal<typeof socket, TypedSocket>>();
      expectType<Equal<typeof socket.request, IncomingMessage>>();
      expectType<Equal<typeof socket.conn.request, IncomingMessage>>();
      return socket.request.applicationUser?.name;
    });
    io.use((socket, next) => next(socket.request.applicationUser ? undefined : new Error("no")));
    const admin: Namespace = new Server().of("/admin");
    admin.on("connection", (socket) => socket.request.applicationUser);
    io.of("/admin").on("connection", (socket) => socket.request.socket.remoteAddress);
    io.engine.on("headers", (headers, request) => void (headers.a = request.httpVersion));
    io.engine.on("initial_headers", (_headers, request) => request.applicationUser);
    io.engine.on("connection_error", ({ req }) => req.socket.destroy());
    io.engine.generateId = (request) => request.socket.remoteAddress ?? "";
  });
  const options: ServerOptions = {
    allowRequest: (request, callback) => callback(null, request.httpVersion === "1.1"),
    cors: (request, callback) => callback(null, { origin: request.headers.origin ?? false }),
  };
  compiles(() => options);
});

Deno.test("A socket of Node is what handlers for every runtime take", () => {
  compiles((socket: TypedSocket) => {
    takeAny(socket);
    takeServer(io);
    takeNamespace(io.of("/"));
  });
  compiles((value: unknown) => value instanceof Socket && value.id);
});

function takeAny(
  _socket: import("../../mod.ts").Socket<
    ClientToServerEvents,
    ServerToClientEvents,
    DefaultEventsMap,
    SocketData
  >,
): void {}

function takeServer(
  _server: BaseServer<ClientToServerEvents, ServerToClientEvents, DefaultEventsMap, SocketData>,
): void {}

function takeNamespace(
  _namespace: import("../../mod.ts").Namespace<
    ClientToServerEvents,
    ServerToClientEvents,
    DefaultEventsMap,
    SocketData
  >,
): void {}

Deno.test("Middlewares of Express are middlewares of the engine", () => {
  compiles(() => {
    io.engine
      .use(helmet())
      .use(session({ secret: "s", resave: false, saveUninitialized: false }))
      .use(passport.initialize())
      .use(passport.session())
      .use((request, response, next) => {
        expectType<Equal<typeof request, IncomingMessage>>();
        expectType<Equal<typeof response, ServerResponse>>();
        next(request.applicationUser ? undefined : new Error("no"));
      })
      .use(async (_request, _response, next) => next(await Promise.resolve()));
    // @ts-expect-error: a middleware of the Web
    io.engine.use((request: Request) => new Response(request.body));
  });
});

Deno.test("The plugin registers with Fastify, whatever the events are", () => {
  compiles(async () => {
    await Fastify().register(fastifyPlugin(io));
    await Fastify().register(fastifyPlugin(new Server()));
  });
});

/**
 * A program for Node, as the compiler of a user sees it: from an ES module, from a CommonJS one, and
 * for a bundler.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer } from "node:http";
import { Server as DefaultServer, type Socket as DefaultSocket } from "@godwit/io";
import * as parser from "@godwit/io/msgpack";
import {
  AckTimeoutError,
  type DisconnectReason,
  fastifyPlugin,
  Namespace,
  Server,
  type ServerOptions,
  Socket,
} from "@godwit/io/node";

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true
  : false;

/** Compiles only if the claim is true. */
function expectType<_Claim extends true>(): void {}

interface ClientToServer {
  hello(name: string, done: (length: number) => void): void;
}
interface ServerToClient {
  bytes(data: Uint8Array): void;
}
interface Session {
  user: string;
}

const options: Partial<ServerOptions> = {
  cors: { origin: "https://app.example" },
  allowRequest: (request, callback) => {
    expectType<Equal<typeof request, IncomingMessage>>();
    callback(null, true);
  },
};
export const io: Server<ClientToServer, ServerToClient, Record<never, never>, Session> = new Server<
  ClientToServer,
  ServerToClient,
  Record<never, never>,
  Session
>(createServer(), options);

io.on("connection", (socket) => {
  expectType<Equal<typeof socket.request, IncomingMessage>>();
  expectType<Equal<Socket["request"], IncomingMessage>>();
  expectType<Equal<typeof socket.data, Session>>();
  socket.on("hello", (name, done) => {
    expectType<Equal<typeof name, string>>();
    done(name.length);
    // @ts-expect-error -- a length is a number
    done("4");
  });
  socket.emit("bytes", new Uint8Array(1));
  // @ts-expect-error -- no such event
  socket.emit("other");
  socket.on("disconnect", (reason) => expectType<Equal<typeof reason, DisconnectReason>>());
});
io.engine.use((request: IncomingMessage, response: ServerResponse, next: () => void) => {
  response.setHeader("x-url", request.url ?? "");
  next();
});
io.of("/admin").use((socket, next) => next(socket.handshake.auth ? undefined : new Error("no")));

const bounded = parser.msgpackParser({ maxDepth: 10 });
const both: [DefaultServer, Server] = [new Server({ parser }), new DefaultServer(0, { parser: bounded })];
export const isSocket = (value: unknown): boolean =>
  value instanceof Socket || value instanceof Namespace || value instanceof AckTimeoutError;
export const sameSocket = (socket: DefaultSocket): Socket => socket;
export const plugin = fastifyPlugin(io);

const closing = both.map((server) => server.close());
void Promise.all(closing).then(() => console.log("closed"));

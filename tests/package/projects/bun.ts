/** A program for Bun, as the compiler of a user sees it. */
import { type EngineRequest, Server, type Socket } from "@godwit/io/bun";
import { Server as DefaultServer } from "@godwit/io";

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true
  : false;

/** Compiles only if the claim is true. */
function expectType<_Claim extends true>(): void {}

interface Events {
  hello(name: string, done: (length: number) => void): void;
}

const io = new Server<Events>({ allowRequest: (request) => request.url !== "" });

const greet = (socket: Socket<Events>): boolean => socket.emit("hello", socket.id, () => {});

io.on("connection", (socket) => {
  greet(socket);
  expectType<Equal<typeof socket.request, EngineRequest>>();
  socket.on("hello", (name, done) => done(name.length));
  // @ts-expect-error -- no such event
  socket.emit("other");
});
io.engine.use((request, info, next) => {
  expectType<Equal<typeof request, Request>>();
  expectType<Equal<typeof info.request.remoteAddress, string>>();
  return next();
});

const first = Bun.serve({ port: 0, ...io.handler() });
const second = Bun.serve<{ name: string }>({
  port: 0,
  ...io.handler<{ name: string }>({
    routes: { "/health": new Response("ok") },
    fetch: (request, server) =>
      server.upgrade(request, { data: { name: "own" } }) ? undefined : new Response("own"),
    websocket: {
      message: (socket, message) => {
        expectType<Equal<typeof socket.data.name, string>>();
        socket.send(message);
      },
    },
  }),
});

const other = new DefaultServer();
export const options = { port: 0, ...other.handler() } satisfies Bun.Serve.Options<undefined>;

await Promise.all([io.close(), other.close(), first.stop(true), second.stop(true)]);
console.log("closed");

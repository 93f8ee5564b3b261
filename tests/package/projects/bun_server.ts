/**
 * Everything that users of Bun may have on the server beside Socket.IO, as their compiler sees it. It
 * is compiled, not run.
 */
import { Server } from "@godwit/io/bun";

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true
  : false;

/** Compiles only if the claim is true. */
function expectType<_Claim extends true>(): void {}

interface Player {
  name: string;
}

const io = new Server();

/** Options of Bun stand beside, before or after. */
export const plain = (): Bun.Server<undefined> =>
  Bun.serve({
    ...io.handler(),
    port: 0,
    idleTimeout: 30,
    tls: { cert: Bun.file("cert.pem"), key: Bun.file("key.pem") },
  });
export const onUnixSocket = (): Bun.Server<undefined> =>
  Bun.serve({ unix: "server.sock", ...io.handler() });

/** Written in place, so that parameters have their types from the context. */
export const inline = (): Bun.Server<Player> =>
  Bun.serve({
    port: 0,
    ...io.handler({
      routes: {
        "/static": new Response("static"),
        "/file": Bun.file("a.txt"),
        "/none": false,
        "/folder/*": { dir: "public" },
        "/user/:id/:what": (request) => {
          expectType<Equal<typeof request.params.id, string>>();
          // @ts-expect-error -- no such parameter
          request.params.other;
          return new Response(request.cookies.get("a") ?? request.params.what);
        },
        "/methods": {
          GET: (request) => new Response(request.url),
          POST: async (request) => new Response(await request.text()),
        },
        "/up": (request, server) => {
          if (server.upgrade(request, { data: { name: "a" } })) return;
          return new Response("no", { status: 400 });
        },
      },
      fetch(request, server) {
        expectType<Equal<typeof request, Request>>();
        server.publish("topic", "message");
        // @ts-expect-error -- that is no player
        server.upgrade(request, { data: { title: "a" } });
        return server.upgrade(request, { data: { name: "a" } }) ? undefined : new Response();
      },
      websocket: {
        data: {} as Player,
        open(socket) {
          expectType<Equal<typeof socket.data, Player>>();
          socket.subscribe("topic");
        },
        message(socket, message) {
          expectType<Equal<typeof message, string | Buffer<ArrayBuffer>>>();
          socket.cork(() => socket.send(message));
        },
        close: (_socket, code, reason) => {
          expectType<Equal<[typeof code, typeof reason], [number, string]>>();
        },
        maxPayloadLength: 10,
        perMessageDeflate: true,
      },
    }),
  });

/** Written for the types of Bun. */
const websocket: Bun.WebSocketHandler<Player> = {
  message: (socket, message) => void socket.send(`${socket.data.name} ${message}`),
};
function fetch(request: Request, server: Bun.Server<Player>): Response | undefined {
  return server.upgrade(request, { data: { name: "b" } }) ? undefined : new Response();
}
function room(request: Bun.BunRequest<"/room/:id">, server: Bun.Server<Player>): Response {
  return new Response(request.params.id + server.pendingWebSockets);
}
export function annotated(): void {
  const server = Bun.serve({
    port: 0,
    ...io.handler({ routes: { "/room/:id": room }, fetch, websocket }),
  });
  server.reload({ ...io.handler({ fetch, websocket }) });
}

/** For frameworks that route by themselves. */
export const inside = (): Bun.Server<undefined> =>
  Bun.serve({
    port: 0,
    fetch: (request, server) => io.fetch(request, server),
    websocket: io.handler().websocket,
  });

export default { port: 3000, ...io.handler() } satisfies Bun.Serve.Options<undefined>;

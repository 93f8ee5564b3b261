/** A program that names the entry of Bun, so that its compiler needs no condition for it. */
import { type EngineRequest, Server } from "@godwit/io/bun";

interface Events {
  hello(name: string, done: (length: number) => void): void;
}

const io = new Server<Events>();
io.on("connection", (socket) => {
  const request: EngineRequest = socket.request;
  socket.on("hello", (name, done) => done(name.length + request.url.length));
  // @ts-expect-error -- no such event
  socket.emit("other");
});

export default { port: 0, ...io.handler() } satisfies Bun.Serve.Options<undefined>;

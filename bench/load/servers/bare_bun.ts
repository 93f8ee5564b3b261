/** WebSockets of Bun without Socket.IO: what comes goes back, or with a "b" to everybody. */
import { type BunOptions, serve } from "./bun.ts";
import { control } from "./control.ts";

const TOPIC = "everybody";
const options: BunOptions = {
  hostname: "127.0.0.1",
  port: 0,
  fetch(request, server): Response | undefined {
    if (!server.upgrade(request)) return new Response("not found", { status: 404 });
  },
  websocket: {
    open: (socket) => void socket.subscribe(TOPIC),
    message(socket, data): void {
      if (typeof data === "string" && data.startsWith("b")) server.publish(TOPIC, data);
      else socket.send(data);
    },
    close(): void {},
  },
};
const server = serve(options);
control(server.port);

/** WebSockets of Deno without Socket.IO: what comes goes back, or with a "b" to everybody. */
import { control } from "./control.ts";

const all = new Set<WebSocket>();

function accept(request: Request): Response {
  const { socket, response } = Deno.upgradeWebSocket(request);
  socket.onopen = () => all.add(socket);
  socket.onclose = () => all.delete(socket);
  socket.onmessage = ({ data }: MessageEvent<string | ArrayBuffer>) => {
    if (typeof data !== "string" || !data.startsWith("b")) return socket.send(data);
    for (const it of all) it.send(data);
  };
  return response;
}

Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: ({ port }) => control(port) }, accept);

/** The lean core on WebSockets of Deno, which write once for each message. */
import { control } from "./control.ts";
import { greet, type Peer, receive } from "./lean_core.ts";

const all = new Set<WebSocket>();

function sendAll(text: string): void {
  for (const socket of all) socket.send(text);
}

function accept(request: Request): Response {
  const { socket, response } = Deno.upgradeWebSocket(request);
  // What came over the wire is in an ArrayBuffer of its own.
  const peer: Peer = { send: (data) => socket.send(data as string | Uint8Array<ArrayBuffer>) };
  socket.onopen = () => {
    all.add(socket);
    greet(peer);
  };
  socket.onclose = () => all.delete(socket);
  socket.onmessage = ({ data }: MessageEvent<string | ArrayBuffer>) => {
    receive(peer, typeof data === "string" ? data : new Uint8Array(data), sendAll);
  };
  return response;
}

Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: ({ port }) => control(port) }, accept);

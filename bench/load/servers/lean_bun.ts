/**
 * The lean core on Bun: replies leave under the cork of the message, and the broadcasts of a turn at its
 * end under one cork for each socket.
 */
import { setImmediate } from "node:timers";
import { type BunOptions, type BunSocket, serve } from "./bun.ts";
import { control } from "./control.ts";
import { greet, type Peer, receive } from "./lean_core.ts";

/** What belongs to a socket, and is known once it is open. */
interface Own {
  peer: Peer | undefined;
}

const all = new Set<BunSocket<Own>>();
let broadcasts: string[] = [];

function sendAll(text: string): void {
  if (broadcasts.push(text) === 1) setImmediate(flush);
}

function flush(): void {
  const texts = broadcasts;
  broadcasts = [];
  for (const socket of all) {
    socket.cork(() => {
      for (const text of texts) socket.send(text);
    });
  }
}

const options: BunOptions<Own> = {
  hostname: "127.0.0.1",
  port: 0,
  fetch(request, server): Response | undefined {
    if (!server.upgrade(request, { data: { peer: undefined } })) {
      return new Response("not found", { status: 404 });
    }
  },
  websocket: {
    open(socket): void {
      all.add(socket);
      socket.data.peer = { send: (data) => void socket.send(data) };
      greet(socket.data.peer);
    },
    message(socket, data): void {
      if (socket.data.peer) receive(socket.data.peer, data, sendAll);
    },
    close: (socket) => void all.delete(socket),
  },
};
control(serve(options).port);

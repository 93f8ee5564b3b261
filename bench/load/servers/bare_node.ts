/** WebSockets of `ws` without Socket.IO, on Node: what comes goes back, or with a "b" to everybody. */
import { Buffer } from "node:buffer";
import { WebSocketServer } from "ws";
import { serveHttp } from "./http.ts";

const BROADCAST = "b".charCodeAt(0);

serveHttp((server) => {
  const all = new WebSocketServer({ server });
  all.on("connection", (socket) => {
    socket.on("message", (data, isBinary) => {
      const isBroadcast = !isBinary && Buffer.isBuffer(data) && data[0] === BROADCAST;
      if (!isBroadcast) return socket.send(data, { binary: isBinary });
      for (const client of all.clients) client.send(data, { binary: false });
    });
  });
});

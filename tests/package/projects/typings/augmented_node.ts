/** The same on the entry for Node, where `Socket` is a name for sockets with Node's requests. */
import { Server, type Socket } from "socket.io";

declare module "socket.io" {
  interface CoreSocket {
    user: { id: string };
  }
}

export function everySocketHasTheMember(io: Server): void {
  io.use((socket: Socket, next) => {
    socket.user = { id: socket.request.socket.remoteAddress ?? "" };
    next();
  });
  io.on("connection", (socket) => console.log(socket.user.id));
}

/** A class of the package gets a member of the application, by a declaration. */
import { Server, type Socket } from "socket.io";

declare module "socket.io" {
  interface Socket {
    user: { id: string };
  }
}

export function everySocketHasTheMember(io: Server): void {
  io.use((socket: Socket, next) => {
    socket.user = { id: socket.handshake.address };
    next();
  });
  io.on("connection", (socket) => console.log(socket.user.id));
}

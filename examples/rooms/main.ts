/**
 * Rooms: sockets join them and leave them, and an event goes to whoever is inside.
 *
 *   deno run --allow-net --allow-env examples/rooms/main.ts
 */
import { Server } from "../../mod.ts";

const io = new Server();

/** How many sockets are in a room. */
function size(room: string): number {
  return io.sockets.adapter.rooms.get(room)?.size ?? 0;
}

io.on("connection", (socket) => {
  socket.on("enter", async (room: string, done: (size: number) => void) => {
    await socket.join(room);
    // To everybody in the room but this socket.
    socket.to(room).emit("entered", room, socket.id);
    done(size(room));
  });

  socket.on("exit", async (room: string, done: (size: number) => void) => {
    await socket.leave(room);
    done(size(room));
  });

  // To everybody in the rooms, once, however many of the rooms somebody is in.
  socket.on("tell", (rooms: string[], text: string) => io.to(rooms).emit("told", text));

  // To everybody but those in the room.
  socket.on("tell others", (room: string, text: string) => io.except(room).emit("told", text));

  // Each socket is in a room of its own, named by its id: that is a private message.
  socket.on("whisper", (id: string, text: string) => io.to(id).emit("told", text));

  // While it is disconnecting, a socket is still in its rooms.
  socket.on("disconnecting", () => {
    for (const room of socket.rooms) {
      if (room !== socket.id) socket.to(room).emit("exited", room, socket.id);
    }
  });
});

Deno.serve({ port: Number(Deno.env.get("PORT") ?? 3000) }, io.handler());

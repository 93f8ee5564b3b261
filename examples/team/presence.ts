/** Who is there: a person is online while one of their sockets is connected. */
import type { User } from "./events.ts";
import type { TeamServer, TeamSocket } from "./server.ts";

/** The room with all sockets of a person. */
export function roomOfUser(id: string): string {
  return `user:${id}`;
}

/** The room with all sockets of a sign-in. */
export function roomOfSession(id: string): string {
  return `session:${id}`;
}

/** The sockets of the namespace / in a room. */
export function socketsIn(io: TeamServer, room: string): readonly TeamSocket[] {
  const { adapter, sockets } = io.of("/");
  const ids = adapter.rooms.get(room) ?? [];
  return Array.from(ids, (id) => sockets.get(id)).filter((socket) => socket !== undefined);
}

/** The people who have sockets, each once. */
export function peopleOf(sockets: Iterable<TeamSocket>): readonly User[] {
  const people = new Map<string, User>();
  for (const { data: { user } } of sockets) people.set(user.id, user);
  return [...people.values()].sort((a, b) => a.id < b.id ? -1 : 1);
}

/** Ends every connection that has a socket in the room, in all namespaces; gives their number. */
export function endAll(io: TeamServer, room: string): number {
  const sockets = socketsIn(io, room);
  for (const socket of sockets) socket.disconnect(true);
  return sockets.length;
}

export function registerPresence(io: TeamServer, socket: TeamSocket): void {
  const { user } = socket.data;
  if (socketsIn(io, roomOfUser(user.id)).length === 0) {
    socket.broadcast.emit("presence", user, true);
  }
  void socket.join(roomOfUser(user.id));
  socket.emit("welcome", user, peopleOf(io.of("/").sockets.values()));

  socket.on("disconnect", () => {
    if (socketsIn(io, roomOfUser(user.id)).length === 0) io.emit("presence", user, false);
  });
}

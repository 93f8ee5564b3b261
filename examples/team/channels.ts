/**
 * Channels: entering and leaving, messages and their history, who is typing, and polls.
 *
 * - a channel is a room, and its members are the people with a socket in that room;
 * - the others are told of a person, not of each window that the person opens.
 */
import { ANSWER_MS, collect, words } from "./answers.ts";
import { answering, channelName, count, Problem, text } from "./checks.ts";
import type { User } from "./events.ts";
import type { History } from "./history.ts";
import { peopleOf, socketsIn } from "./presence.ts";
import type { TeamServer, TeamSocket } from "./server.ts";
import { sessionOf } from "./session.ts";

const PREFIX = "channel:";

/** The room of a channel. */
export function roomOfChannel(channel: string): string {
  return `${PREFIX}${channel}`;
}

export function membersOf(io: TeamServer, channel: string): readonly User[] {
  return peopleOf(socketsIn(io, roomOfChannel(channel)));
}

export function isMember(io: TeamServer, channel: string, { id }: User): boolean {
  return membersOf(io, channel).some((member) => member.id === id);
}

export function registerChannels(io: TeamServer, socket: TeamSocket, history: History): void {
  const { user } = socket.data;

  /** The room of a channel that the socket has entered. */
  function roomOf(channel: unknown): string {
    const room = roomOfChannel(channelName(channel));
    if (!socket.rooms.has(room)) throw new Problem("not-in-channel", "Please enter it first.");
    return room;
  }

  socket.on(
    "channel:enter",
    answering(async (channel: unknown) => {
      const name = channelName(channel);
      if (socket.rooms.size > 20) throw new Problem("too-many", "You are in too many channels.");
      const isNew = !isMember(io, name, user);
      await socket.join(roomOfChannel(name));
      if (isNew) socket.to(roomOfChannel(name)).emit("channel:entered", name, user);
      rememberChannel(socket, name);
      return { members: membersOf(io, name), ...history.page(name) };
    }),
  );

  socket.on(
    "channel:leave",
    answering(async (channel: unknown) => {
      const room = roomOf(channel);
      await socket.leave(room);
      tellLeft(io, room, user);
      return { left: true };
    }),
  );

  socket.on(
    "message:send",
    answering((channel: unknown, content: unknown) => {
      const room = roomOf(channel);
      const draft = { channel: channelName(channel), from: user };
      const message = history.add({ ...draft, text: text(content, "A message", 2_000) });
      socket.to(room).emit("message", message);
      return { message };
    }),
  );

  socket.on(
    "history:before",
    answering((channel: unknown, before: unknown) => {
      roomOf(channel);
      return history.page(channelName(channel), count(before, "A number", 1e9));
    }),
  );

  // It is of no use later: who cannot take it now shall not get it.
  socket.on("typing", (channel: unknown, typing: unknown) => {
    // Nobody is told of a mistake, but making a text of what is none may throw.
    if (typeof channel !== "string") return;
    const room = roomOfChannel(channel);
    if (!socket.rooms.has(room)) return;
    socket.to(room).volatile.emit("typing", channel, user, typing === true);
  });

  socket.on(
    "poll:start",
    answering(async (channel: unknown, question: unknown) => {
      const others = socket.to(roomOf(channel)).timeout(ANSWER_MS);
      const asked = others.emitWithAck("poll", channelName(channel), text(question, "It", 200));
      const { answers, incomplete } = await collect(asked);
      return { answers: words(answers), incomplete };
    }),
  );

  // The socket is still in its rooms.
  socket.on("disconnecting", () => {
    for (const room of socket.rooms) {
      if (!room.startsWith(PREFIX)) continue;
      void socket.leave(room);
      tellLeft(io, room, user);
    }
  });
}

function tellLeft(io: TeamServer, room: string, user: User): void {
  const channel = room.slice(PREFIX.length);
  if (!isMember(io, channel, user)) io.to(room).emit("channel:left", channel, user);
}

/** The page opens it again after the next sign-in of the same session. */
function rememberChannel(socket: TeamSocket, channel: string): void {
  const session = sessionOf(socket);
  session.lastChannel = channel;
  session.save();
}

/**
 * The namespace /admin: figures of the server, announcements that people confirm, and the door.
 *
 * Its own middleware lets in nobody but admins.
 */
import { ANSWER_MS, collect, words } from "./answers.ts";
import { answering, Problem, Rate, refusalOf, text } from "./checks.ts";
import type { Stats } from "./events.ts";
import { endAll, peopleOf, roomOfUser } from "./presence.ts";
import type { Admin, TeamServer } from "./server.ts";
import { asConnectError, guard, signedIn } from "./session.ts";

const STATS_MS = 5_000;

/** Makes the namespace; the function it gives ends its timer. */
export function createAdmin(io: TeamServer): () => void {
  const admin: Admin["namespace"] = io.of("/admin");
  const events = countEvents(io);
  const rate = new Rate(50, 1_000);

  admin.use(signedIn);
  admin.use((socket, next) => {
    if (socket.data.user.role === "admin") next();
    else next(asConnectError(new Problem("admins-only", "This is for admins.")));
  });
  admin.on("connection", (socket) => {
    guard(socket, rate);
    socket.on("error", (error) => socket.emit("problem", refusalOf(error)));
    socket.on("stats", answering(() => ({ stats: readStats(io, events) })));
    socket.on(
      "announce",
      answering(async (content: unknown) => {
        const news = text(content, "An announcement", 500);
        const asked = io.timeout(ANSWER_MS).emitWithAck("announcement", news);
        const { answers, incomplete } = await collect(asked);
        return { answers: words(answers), incomplete };
      }),
    );
    socket.on(
      "kick",
      answering((userId: unknown) => {
        const room = roomOfUser(text(userId, "A name", 50));
        return { sockets: endAll(io, room) };
      }),
    );
  });
  // Figures that cannot be delivered now are out of date when they could be.
  const timer = setInterval(() => admin.volatile.emit("stats", readStats(io, events)), STATS_MS);
  return () => clearInterval(timer);
}

/** Counts what clients send, by the name of the event. */
function countEvents(io: TeamServer): ReadonlyMap<string, number> {
  const events = new Map<string, number>();
  io.on("connection", (socket) => {
    socket.onAny((name: string) => {
      // Only names that somebody listens to: a client may make up as many as it likes.
      if (socket.listenerCount(name) > 0) events.set(name, (events.get(name) ?? 0) + 1);
    });
  });
  return events;
}

function readStats(io: TeamServer, events: ReadonlyMap<string, number>): Stats {
  const sockets = [...io.of("/").sockets.values()];
  const transports: Record<string, number> = {};
  for (const { conn } of sockets) {
    const { name } = conn.transport;
    transports[name] = (transports[name] ?? 0) + 1;
  }
  return {
    connections: io.engine.clientsCount,
    sockets: sockets.length,
    people: peopleOf(sockets).length,
    transports,
    events: Object.fromEntries(events),
  };
}

/** Messages from one person to another, on all their devices, with receipts. */
import type { Accounts } from "./accounts.ts";
import { ANSWER_MS, collect } from "./answers.ts";
import { answering, Problem, text } from "./checks.ts";
import { roomOfUser } from "./presence.ts";
import type { TeamServer, TeamSocket } from "./server.ts";

export function registerDirect(io: TeamServer, socket: TeamSocket, accounts: Accounts): void {
  const { user } = socket.data;

  socket.on(
    "direct:send",
    answering(async (recipient: unknown, content: unknown) => {
      const to = text(recipient, "A name", 50);
      if (accounts.find(to) === undefined || to === user.id) {
        throw new Problem("unknown-user", "There is nobody else of that name.");
      }
      const message = { from: user, to, text: text(content, "A message", 2_000), at: Date.now() };
      socket.to(roomOfUser(user.id)).emit("direct:copy", message);
      const asked = io.to(roomOfUser(to)).timeout(ANSWER_MS).emitWithAck("direct", message);
      const { answers } = await collect(asked);
      return { devices: answers.filter((received) => received === true).length };
    }),
  );
}

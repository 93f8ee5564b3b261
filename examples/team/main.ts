/**
 * A place to talk for a team: what applications on Socket.IO usually have, in one of moderate size.
 *
 *   npx -y deno@2.9.6 task start:team        # on Deno
 *   npx -y deno@2.9.6 task start:team:node   # on Node
 *
 * Then open http://localhost:3000 in two browsers and sign in as ada (an admin), bo or cy, with the
 * password "team". PORT is the port (3000), TEAM_PASSWORD another password, TEAM_PAGES the folder
 * of the page.
 *
 * Signing in by HTTP (express-session, passport) opens the sockets; there are channels with history,
 * private messages with receipts, presence, typing, polls, files and pictures as binary data, and
 * a namespace for admins. server.ts says which package serves Socket.IO: change its import, and the
 * same program runs on the package named `socket.io`.
 */
// deno-lint-ignore-file no-console -- the program talks to its terminal
import { createServer as createHttpServer } from "node:http";
import type { AddressInfo } from "node:net";
import process from "node:process";
import { Accounts } from "./accounts.ts";
import { createAdmin } from "./admin.ts";
import { registerChannels } from "./channels.ts";
import { Rate, refusalOf } from "./checks.ts";
import { registerDirect } from "./direct.ts";
import { createFiles, type Picture } from "./files.ts";
import { History } from "./history.ts";
import { endAll, registerPresence, roomOfSession } from "./presence.ts";
import { createHealth, createServer, letGo, type TeamSocket } from "./server.ts";
import { createSessions, guard, shareSessions, signedIn } from "./session.ts";
import { createWeb } from "./web.ts";

const { PORT = "3000", TEAM_PASSWORD = "team", TEAM_PAGES = "examples/team/public" } = process.env;

const accounts = await Accounts.open(TEAM_PASSWORD);
const history = new History();
const pictures = new Map<string, Picture>();
const sessions = createSessions(accounts);
const rate = new Rate(100, 1_000);

const web = createWeb({
  sessions,
  pictures,
  pages: TEAM_PAGES,
  health: (request, response) => health(request, response),
  signedOut: (sessionId) => void endAll(io, roomOfSession(sessionId)),
});
const http = createHttpServer(web);
const io = createServer(http);
const health = createHealth(io);

shareSessions(io, sessions);
io.use(signedIn);
io.on("connection", (socket: TeamSocket) => {
  guard(socket, rate);
  socket.on("error", (error) => socket.emit("problem", refusalOf(error)));
  registerPresence(io, socket);
  registerChannels(io, socket, history);
  registerDirect(io, socket, accounts);
});
createFiles({ io, history, pictures });
const stopAdmin = createAdmin(io);

http.listen(Number(PORT), () => {
  const { port } = http.address() as AddressInfo;
  console.log(`The team meets at http://localhost:${port}`);
});

let closing: Promise<void> | undefined;

/** Lets everybody go, to where the next version is. */
async function close(): Promise<void> {
  console.log("Closing…");
  await letGo(io);
  stopAdmin();
  console.log("Closed.");
  process.exit(0);
}

// One Ctrl-C may come twice: from the terminal, and from a task that passes it on.
process.on("SIGINT", () => closing ??= close());
process.on("SIGTERM", () => closing ??= close());

/**
 * Beside Express 5 on one port: routes, helmet, and one session for pages and sockets.
 *
 *   npx -y deno@2.9.6 run -A examples/express/main.ts
 *
 * On Node:
 *
 *   npx -y deno@2.9.6 bundle --platform deno -o dist/express.mjs examples/express/main.ts
 *   node dist/express.mjs
 *
 * PORT is the port (3000), SESSION_SECRET what signs the cookie.
 */
// deno-lint-ignore-file no-console -- the program talks to its terminal
// @ts-types="@types/express"
import express from "express";
// @ts-types="@types/express-session"
import session, { type Session } from "express-session";
import helmet from "helmet";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import process from "node:process";
import { Server } from "@godwit/io/node";

/** What this program keeps in a session. */
interface Visits extends Session {
  pages?: number;
  messages?: number;
}

const { PORT = "3000", SESSION_SECRET = "for development only" } = process.env;

const visits = session({
  secret: SESSION_SECRET,
  resave: false,
  saveUninitialized: true,
  cookie: { httpOnly: true, sameSite: "lax" }, // And `secure: true` behind HTTPS.
});
const app = express();
app.use(helmet(), visits);

app.get("/", (request, response) => {
  const stored = request.session as Visits;
  stored.pages = (stored.pages ?? 0) + 1;
  response.json({ pages: stored.pages, messages: stored.messages ?? 0 });
});

const httpServer = createServer(app);
const io = new Server(httpServer, {
  allowRequest: (request, decide) => decide(null, isOurOwn(request)),
});

/** Browsers send the cookie with a WebSocket of any page: those of other sites are not let in. */
function isOurOwn({ headers }: IncomingMessage): boolean {
  const { origin, host } = headers;
  return origin === undefined || (URL.canParse(origin) && new URL(origin).host === host);
}

// The same middlewares for the requests of clients: polls and WebSocket handshakes.
io.engine.use(helmet());
io.engine.use(visits);

io.on("connection", (socket) => {
  const request = socket.request as IncomingMessage & { session: Visits };
  socket.emit("welcome", request.session.pages ?? 0);

  socket.on("message", (text: string, done: (messages: number) => void) => {
    socket.broadcast.emit("message", text);
    // Pages may have changed the session since this socket has connected.
    request.session.reload((error: unknown) => {
      if (error) return socket.disconnect();
      const messages = (request.session.messages ?? 0) + 1;
      request.session.messages = messages;
      request.session.save(() => done(messages));
    });
  });
});

httpServer.listen(Number(PORT), () => {
  const { port } = httpServer.address() as AddressInfo;
  console.log(`Express and Godwit are at http://localhost:${port}`);
});

// Tells the clients, and closes the HTTP server: then nothing is left to run.
process.once("SIGTERM", () => io.close());
process.once("SIGINT", () => io.close());

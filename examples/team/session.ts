/**
 * One session for the pages and for Socket.IO: signing in by HTTP is what opens the sockets.
 *
 * - the cookie is read once, when a connection is opened;
 * - a socket belongs to the person of its session, and ends when the session does.
 */
// @ts-types="@types/express-session"
import session from "express-session";
// @ts-types="@types/passport"
import passport from "passport";
// @ts-types="@types/passport-local"
import { Strategy as LocalStrategy } from "passport-local";
import { randomBytes } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { Accounts } from "./accounts.ts";
import { Problem, Rate } from "./checks.ts";
import type { User } from "./events.ts";
import { roomOfSession } from "./presence.ts";
import type { AnySocket, TeamServer } from "./server.ts";

/** What the session keeps beside the user. */
export interface TeamSession extends session.Session {
  lastChannel?: string;
}

/** The request of a connection, after the middlewares below. */
interface TeamRequest extends IncomingMessage {
  session: TeamSession;
  user?: User;
}

/** A middleware of Express, as the engine runs it: on the objects of `node:http`. */
type Middleware = (
  request: IncomingMessage,
  response: unknown,
  next: (error?: unknown) => void,
) => void;

/** The middlewares that give a request its `session` and its `user`. */
export function createSessions(accounts: Accounts): readonly [Middleware, Middleware] {
  passport.use(createStrategy(accounts));
  passport.serializeUser<string>((user, done) => done(null, (user as User).id));
  passport.deserializeUser<string>((id, done) => done(null, accounts.find(id) ?? false));
  const store = session({
    name: "team",
    secret: randomBytes(32).toString("hex"),
    resave: false,
    saveUninitialized: false,
    cookie: { httpOnly: true, sameSite: "lax", maxAge: 8 * 3_600_000 },
  });
  // They ask for the request of Express, but use no more of it than node:http offers.
  return [store as unknown as Middleware, passport.session() as Middleware];
}

/** Who guesses is told apart by the address: names are whatever the caller says. */
function createStrategy(accounts: Accounts): LocalStrategy {
  const guesses = new Rate(20, 60_000);
  return new LocalStrategy(
    { passReqToCallback: true },
    ({ ip = "" }, id: unknown, password: unknown, done) => {
      if (!guesses.allows(ip)) return done(new Problem("slow-down", "Please try again later."));
      // The body is JSON of any form.
      if (typeof id !== "string" || typeof password !== "string") return done(null, false);
      accounts.verify(id, password).then((user) => done(null, user ?? false), done);
    },
  );
}

/** Runs the middlewares for the first request of each connection, not for each poll. */
export function shareSessions(io: TeamServer, middlewares: readonly Middleware[]): void {
  for (const middleware of middlewares) {
    io.engine.use((
      request: IncomingMessage & { _query: Record<string, string> },
      response: unknown,
      next: (error?: unknown) => void,
    ) => {
      if (request._query["sid"] === undefined) middleware(request, response, next);
      else next();
    });
  }
}

/** The session of a socket. */
export function sessionOf(socket: AnySocket): TeamSession {
  return (socket.request as TeamRequest).session;
}

/**
 * The middleware of every namespace: lets in who is signed in, and fills `socket.data`.
 *
 * A client that is refused finds the reason in the `data` of its `connect_error`.
 */
export function signedIn(socket: AnySocket, next: (error?: Error) => void): void {
  const { user } = socket.request as TeamRequest;
  if (user === undefined) {
    return next(asConnectError(new Problem("not-signed-in", "Please sign in first.")));
  }
  const device: unknown = socket.handshake.auth["device"];
  socket.data.user = user;
  socket.data.device = typeof device === "string" ? device.slice(0, 20) : "unknown";
  next();
}

/** An error whose data reaches the client. */
export function asConnectError(problem: Problem): Error {
  return Object.assign(new Error(problem.message), { data: problem.refusal });
}

/** Looks at every event of a socket before its listener: is the session still there, is it slow enough? */
export function guard(socket: AnySocket, rate: Rate): void {
  const session = sessionOf(socket);
  socket.use((_event, next) => {
    if (!rate.allows(socket.data.user.id)) {
      return next(new Problem("slow-down", "You are too fast. Please wait a moment."));
    }
    session.reload((error: unknown) => {
      if (error) socket.disconnect(true);
      else next();
    });
  });
  void socket.join(roomOfSession(session.id));
}

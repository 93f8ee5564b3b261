/**
 * The web application: signing in and out, the page, and the pictures of people.
 *
 *   POST /login  {username, password}     200 {user} or 401
 *   POST /logout                          204
 *   GET  /me                              200 {user, lastChannel} or 401
 *   GET  /avatars/:id                     an image or 404
 *   GET  /health/ready, /health/live      200 or 503
 */
// @ts-types="@types/express"
import express, { type Express, type NextFunction, type Request, type Response } from "express";
// @ts-types="@types/passport"
import passport from "passport";
import { createRequire } from "node:module";
// Not used here: it makes the client part of this program, so that it is there for the page.
import "socket.io-client";
import { Problem } from "./checks.ts";
import type { User } from "./events.ts";
import type { Picture } from "./files.ts";
import type { Health } from "./server.ts";
import type { TeamSession } from "./session.ts";

export interface WebOptions {
  /** What gives a request its session and its user. */
  readonly sessions: readonly unknown[];
  /** By the id of their user. */
  readonly pictures: ReadonlyMap<string, Picture>;
  /** Folder of the page; without the published client in it, that of the package is served. */
  readonly pages: string;
  /** Answers those who ask how the server is. */
  readonly health: Health;
  /** Told when a session has ended. */
  readonly signedOut: (sessionId: string) => void;
}

export function createWeb(options: WebOptions): Express {
  const app = express();
  app.disable("x-powered-by");
  app.use((_request, response, next) => {
    response.set({
      "content-security-policy": "default-src 'self'; frame-ancestors 'none'",
      "x-content-type-options": "nosniff",
    });
    next();
  });
  app.use("/health", options.health);
  app.use(express.static(options.pages));
  app.get("/socket.io-client.js", (_request, response) => {
    const path = createRequire(import.meta.url).resolve("socket.io-client/dist/socket.io.js");
    response.sendFile(path, { dotfiles: "allow" }); // Caches of packages are in such folders.
  });
  app.get("/avatars/:id", (request, response) => {
    const picture = options.pictures.get(request.params.id);
    if (picture === undefined) response.status(404).end();
    else response.type(picture.type).send(picture.data);
  });
  for (const middleware of options.sessions) app.use(middleware as express.RequestHandler);
  app.use(express.json({ limit: "4kb" }));
  addSigningIn(app, options);
  app.use(answerProblems);
  return app;
}

function addSigningIn(app: Express, { signedOut }: WebOptions): void {
  app.post("/login", passport.authenticate("local"), (request, response) => {
    response.json({ user: publicUser(request) });
  });
  app.post("/logout", (request, response, next) => {
    const { id } = request.session;
    request.logout((error: unknown) => {
      if (error) return next(error);
      signedOut(id);
      response.status(204).end();
    });
  });
  app.get("/me", (request, response) => {
    const user = publicUser(request);
    const { lastChannel } = request.session as TeamSession;
    if (user === undefined) response.status(401).end();
    else response.json({ user, lastChannel });
  });
}

function publicUser(request: Request): User | undefined {
  // Passport puts there what `deserializeUser` gave it.
  return request.user as User | undefined;
}

/** Errors of the middlewares above; Express knows it by its four parameters. */
function answerProblems(
  error: Error & { status?: number },
  _request: Request,
  response: Response,
  next: NextFunction,
): void {
  if (response.headersSent) return next(error);
  const status = error instanceof Problem ? 429 : error.status ?? 500;
  response.status(status).json({ message: status < 500 ? error.message : "Internal error" });
}

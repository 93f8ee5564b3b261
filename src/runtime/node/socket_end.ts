/**
 * The end of connections that have asked for an upgrade.
 *
 * Invariants
 * - A socket that is ended is gone `LINGER_MS` later, whatever the peer does.
 * - Errors of such sockets are no news: nobody waits for anything of them.
 */
import type { Duplex } from "node:stream";
import { clearTimeout, setTimeout } from "node:timers";

/** As `lingering_timeout` of nginx. */
const LINGER_MS = 5_000;

/** Has errors of a socket end nothing but the socket. */
export function tameErrors(socket: Duplex): void {
  if (!socket.listeners("error").includes(ignore)) socket.on("error", ignore);
}

/** Ends a socket after what was written to it has left; what still comes is thrown away. */
export function endSocket(socket: Duplex): void {
  socket.resume();
  socket.end();
  const timer = setTimeout(() => void socket.destroy(), LINGER_MS);
  timer.unref();
  socket.once("close", () => clearTimeout(timer));
}

/** A listener for errors that are no news. */
export function ignore(): void {}

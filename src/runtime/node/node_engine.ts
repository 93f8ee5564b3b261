/**
 * `io.engine` on Node.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import type { Engine } from "../../engine/ports.ts";

/**
 * A middleware of the engine, as those of Express: it calls `next()` to let the request go on,
 * `next(error)` to refuse it, or answers by itself.
 *
 * The response is a real one on upgrades too: what is set there goes into the 101.
 */
export type NodeMiddleware = {
  // A method, since those made for the request and the response of Express are welcome too.
  run(request: IncomingMessage, response: ServerResponse, next: (error?: unknown) => void): unknown;
}["run"];

/**
 * The engine of a server on Node, as users see it: `io.engine`.
 *
 * @example
 * ```ts ignore
 * io.engine.use(helmet());
 * io.engine.use(session({ secret, resave: false, saveUninitialized: true }));
 * ```
 */
export interface NodeEngine extends Engine<IncomingMessage> {
  /** Adds a middleware that sees every request of the engine first. */
  use(middleware: NodeMiddleware): this;
  /** Answers a request, whatever its path, for frameworks that route by themselves. */
  handleRequest(request: IncomingMessage, response: ServerResponse): void;
  /** Answers an upgrade, whatever its path, for frameworks that route by themselves. */
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Uint8Array): void;
}

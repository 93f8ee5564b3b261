/**
 * `io.engine` on Node: the engine of every runtime, with the objects of Node.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import type { EngineFacade } from "../../engine/engine_facade.ts";
import type { Engine } from "../../engine/api.ts";
import type { AttachmentHost } from "./http_attachment.ts";
import type { NodeHttpServer } from "./http_server.ts";

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
 * ```ts
 * import { Server } from "@godwit/io/node";
 *
 * const io = new Server();
 *
 * // those of Express do: helmet(), session({ ... }), passport.initialize()
 * io.engine.use((request, response, next) => {
 *   response.setHeader("x-served-by", "node-1");
 *   next(request.headers["x-token"] === "letmein" ? undefined : new Error("no token"));
 * });
 * ```
 */
export interface NodeEngine extends Engine<IncomingMessage> {
  /** The HTTP server that was attached last, if any: the same as `io.httpServer`. */
  readonly httpServer: NodeHttpServer | undefined;
  /**
   * Adds a middleware that sees every request of the engine first, upgrades too, after those that
   * are there.
   *
   * @param middleware lets a request go on, refuses it, or answers it
   */
  use(middleware: NodeMiddleware): this;
  /**
   * Answers a request, whatever its path, for frameworks that route by themselves.
   *
   * @param request the request, with its body not read yet
   * @param response takes the answer; a poll is answered when there is something to send
   */
  handleRequest(request: IncomingMessage, response: ServerResponse): void;
  /**
   * Answers an upgrade, whatever its path, for frameworks that route by themselves.
   *
   * @param request the request
   * @param socket its connection, which is the server's from then on
   * @param head what the client has sent behind the request
   */
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Uint8Array): void;
}

/**
 * Adds to an engine what it has on Node; it stays the same object.
 *
 * @param host takes requests and upgrades
 * @param httpServer gives the HTTP server that was attached last
 */
export function nodeEngine(
  engine: Engine<IncomingMessage>,
  { handleRequest, handleUpgrade }: Pick<AttachmentHost, "handleRequest" | "handleUpgrade">,
  httpServer: () => NodeHttpServer | undefined,
): NodeEngine {
  const own = {
    handleRequest,
    handleUpgrade,
    get httpServer(): NodeHttpServer | undefined {
      return httpServer();
    },
  };
  // The engine takes any middleware, and the calls of this entry give it what it expects.
  return Object.defineProperties(engine as NodeEngine, Object.getOwnPropertyDescriptors(own));
}

/** Whether middlewares were added. */
export function hasMiddlewares(engine: NodeEngine): boolean {
  // Every engine is the façade of the floor below, which knows.
  return (engine as unknown as EngineFacade).middlewares.length > 0;
}

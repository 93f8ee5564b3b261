/**
 * A Socket.IO server as a plugin of Fastify 5, without importing Fastify.
 *
 * Invariants
 * - The HTTP server stays Fastify's: closing Fastify ends the sessions first, and nothing else closes
 *   the HTTP server.
 * - Fastify listens on every address of `localhost` with servers of its own making: requests that come
 *   through those are taken in a hook, before Fastify reads their bodies.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AttachmentHost } from "./http_attachment.ts";
import type { NodeHttpServer } from "./http_server.ts";

/** What is used of a Fastify instance. */
export interface FastifyLike {
  /** The HTTP server. */
  readonly server: NodeHttpServer;
  /** Makes a value a member of the instance. */
  decorate(name: "io", value: unknown): unknown;
  /** Has a function called when the instance is about to close. */
  addHook(name: "preClose", hook: (done: () => void) => void): unknown;
  /** Has a function called for each request before its body is read. */
  addHook(
    name: "onRequest",
    hook: (request: FastifyRequestLike, reply: FastifyReplyLike, done: () => void) => void,
  ): unknown;
}

/** What is used of a request of Fastify. */
export interface FastifyRequestLike {
  /** The request of Node. */
  readonly raw: IncomingMessage;
}

/** What is used of a reply of Fastify. */
export interface FastifyReplyLike {
  /** The response of Node. */
  readonly raw: ServerResponse;
  /** Says that somebody else answers. */
  hijack(): unknown;
}

/** A plugin, for `fastify.register()`. */
export type FastifyPlugin = (
  fastify: FastifyLike,
  options: unknown,
  done: (error?: Error) => void,
) => void;

/** The server behind a plugin. */
export interface FastifyPluginTarget {
  /** What `fastify.io` is to be. */
  readonly io: unknown;
  /** Who takes the requests. */
  readonly host: AttachmentHost;
  /** Listens on Fastify's HTTP server, which it never closes. */
  attach(server: NodeHttpServer): void;
  /** Ends all sessions. */
  close(): Promise<void>;
}

/** Makes the plugin of a server. */
export function createFastifyPlugin(
  { io, host, attach, close }: FastifyPluginTarget,
): FastifyPlugin {
  const plugin: FastifyPlugin = (fastify, _options, done) => {
    attach(fastify.server);
    fastify.decorate("io", io);
    fastify.addHook("onRequest", ({ raw }, reply, next) => {
      if (!host.owns(raw.url ?? "")) return next();
      reply.hijack();
      host.handleRequest(raw, reply.raw);
    });
    fastify.addHook("preClose", (closed) => void close().then(closed));
    done();
  };
  // The hooks and `fastify.io` are for the instance that registers the plugin, not for one below.
  return Object.assign(plugin, { [Symbol.for("skip-override")]: true });
}

/**
 * One HTTP server that a Socket.IO server listens on.
 *
 * Invariants
 * - Requests for other paths reach the listeners that were there before, in their order, and those that
 *   came later; requests for ours reach only the latter beside us.
 * - Upgrades for other paths are ended when nobody has answered them in time. One upgrade is handled
 *   once, also when several servers listen on the same path.
 * - After `release` upgrades are no concern of ours any more.
 *
 * Source: engine.io 6.6.11, `attach`.
 */
import { type IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { setTimeout } from "node:timers";
import type { NodeHttpServer } from "./http_server.ts";
import { endSocket, tameErrors } from "./socket_end.ts";

/** Who takes the requests. */
export interface AttachmentHost {
  /** Whether a request is for this server. */
  owns(target: string): boolean;
  handleRequest(request: IncomingMessage, response: ServerResponse): void;
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Uint8Array): void;
  /** The HTTP server has closed. */
  closed(): void;
}

/** What may differ between the HTTP servers of one Socket.IO server. */
export interface AttachmentOptions {
  readonly takesUpgrades: boolean;
  readonly destroyUpgrade: boolean;
  readonly destroyUpgradeTimeout: number;
  readonly closeHttpServer: boolean;
}

type RequestListener = (request: IncomingMessage, response: ServerResponse) => void;

/** Upgrades that a Socket.IO server has taken. */
const takenSockets = new WeakSet<Duplex>();

/** The listeners on one HTTP server. */
export class HttpAttachment {
  /** The HTTP server. */
  readonly server: NodeHttpServer;
  readonly #host: AttachmentHost;
  readonly #options: AttachmentOptions;

  /** Starts to listen. */
  constructor(server: NodeHttpServer, host: AttachmentHost, options: AttachmentOptions) {
    this.server = server;
    this.#host = host;
    this.#options = options;
    // All listeners of this event are of this type.
    const earlier = server.listeners("request") as RequestListener[];
    server.removeAllListeners("request");
    server.on("request", (request: IncomingMessage, response: ServerResponse) => {
      if (host.owns(request.url ?? "")) return host.handleRequest(request, response);
      for (const listener of earlier) listener.call(server, request, response);
    });
    server.on("close", this.#closed);
    // The one that was attached last takes requests and upgrades of a path that several have.
    if (options.takesUpgrades) server.prependListener("upgrade", this.#upgrade);
  }

  /** Leaves upgrades to others. */
  release(): void {
    this.server.off("upgrade", this.#upgrade);
    this.server.off("close", this.#closed);
  }

  /**
   * Closes the HTTP server, if that was asked for.
   *
   * @returns why it could not be closed, for example as it was not listening
   */
  close(): Promise<Error | undefined> {
    return new Promise((resolve) => {
      if (this.#options.closeHttpServer) this.server.close(resolve);
      else resolve(undefined);
    });
  }

  readonly #closed = (): void => this.#host.closed();

  readonly #upgrade = (request: IncomingMessage, socket: Duplex, head: Uint8Array): void => {
    tameErrors(socket);
    if (!this.#host.owns(request.url ?? "")) return this.#leave(request, socket);
    if (takenSockets.has(socket)) return;
    takenSockets.add(socket);
    this.#host.handleUpgrade(request, socket, head);
  };

  /** Others may answer; without a listener of ours Node would have ended it. */
  #leave(request: IncomingMessage, socket: Duplex): void {
    const { destroyUpgrade, destroyUpgradeTimeout } = this.#options;
    if (!destroyUpgrade) return;
    // Bytes may belong to earlier requests of this connection, answered or not.
    const before = isFree(request, socket) ? bytesWritten(socket) : Infinity;
    const timer = setTimeout(() => {
      const isAnswered = takenSockets.has(socket) || bytesWritten(socket) > before;
      if (socket.writable && !isAnswered) endSocket(socket);
    }, destroyUpgradeTimeout);
    timer.unref();
  }
}

/** Whether no earlier request of the connection is still being answered. */
function isFree(request: IncomingMessage, socket: Duplex): boolean {
  const probe = new ServerResponse(request);
  try {
    // The socket of an upgrade is that of an HTTP server.
    probe.assignSocket(socket as Socket);
  } catch {
    return false;
  }
  probe.detachSocket(socket as Socket);
  return true;
}

/** Sockets of HTTP servers count their bytes. */
function bytesWritten(socket: Duplex): number {
  return "bytesWritten" in socket ? Number(socket.bytesWritten) : 0;
}

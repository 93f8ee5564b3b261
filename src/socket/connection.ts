/**
 * One client's connection: its decoder, and its sockets in the namespaces.
 *
 * Owns: the sockets by namespace (`#enter` adds, `detach` takes away), the wait for the first one.
 *
 * Invariants
 * - A client has at most one socket in a namespace. When it asks again while middlewares decide, as a
 *   published client does that disconnects and connects at once, the last request counts.
 * - Sockets, and requests that are not decided, are at most `maxNamespaces`; a main namespace that is
 *   joined unasked is not counted.
 * - A packet that makes no sense in the connection's state ends the connection. One for a namespace
 *   that the server has ended may have been on its way, and is passed over.
 * - What the decoder holds, and what clients gave as `auth` while they are in, or wait to be let in, is
 *   held against the budget of the connection; a message that is complete in itself costs nothing.
 * - A connection whose client joins no namespace within `connectTimeoutMs` ends.
 * - What clients of older revisions do differently is asked of `link.revision`.
 *
 * Source: Socket.IO protocol, revisions 4 and 5, section "Exchange protocol".
 */
import type { Deadline, DeadlineOwner } from "../base/deadlines.ts";
import { limitOf, ProtocolError, quote } from "../base/errors.ts";
import { INVALID_NAMESPACE } from "../base/wire_texts.ts";
import type { RequestHead } from "../engine/handshake_info.ts";
import type { EngineLink, EngineSocket, LinkHandler } from "../engine/ports.ts";
import type { CloseReason, Lane, SendOutcome } from "../session/ports.ts";
import type { Decoder } from "../wire/codec.ts";
import type { EncodedPacket } from "../wire/encoded_packet.ts";
import type { Frame } from "../wire/engine_packet.ts";
import type { SocketPacket } from "../wire/socket_packet.ts";
import type { DisconnectReason } from "./events.ts";
import { heldBytesOf } from "./held_bytes.ts";
import type { LocalNamespace } from "./local_namespace.ts";
import type { LocalSocket } from "./local_socket.ts";
import type { NamespaceTable } from "./namespace_table.ts";
import { authOf, refusalData, withoutQuery } from "./dialect.ts";
import type { SocketContext, SocketLink } from "./ports.ts";

/** A request to join a namespace, while it is not decided. */
interface Attempt {
  socket: LocalSocket | undefined;
  /** What its `auth` holds. */
  readonly heldBytes: number;
}

/** What a connection is made of. */
export interface ConnectionParts {
  readonly link: EngineLink;
  readonly namespaces: NamespaceTable;
  readonly context: SocketContext;
  readonly decoder: Decoder;
  /** Time in which the client must have joined a namespace, in milliseconds. */
  readonly connectTimeoutMs: number;
  /** Told once, when the client has joined its first namespace or has gone. */
  readonly settled: () => void;
  /** Namespaces that the client may be in or have asked for. */
  readonly maxNamespaces: number;
}

/** A client, with its sockets. */
export class Connection implements LinkHandler, SocketLink, DeadlineOwner {
  readonly link: EngineLink;
  readonly #parts: ConnectionParts;
  readonly #sockets = new Map<string, LocalSocket>();
  /** What the `auth` of each socket holds, by namespace: those of `#sockets`. */
  readonly #authBytes = new Map<string, number>();
  /** What the decoder holds. */
  #pendingBytes = 0;
  /** The last request for each namespace that is not decided. */
  readonly #joining = new Map<string, Attempt>();
  /** Namespaces that the server has ended, until the client asks for them again; `maxNamespaces` at most. */
  #ended: Set<string> | undefined;
  #undecided = 0;
  /** Whether a packet of the client could be read. */
  #hasSpoken = false;
  #connectBy: Deadline | undefined;

  constructor(parts: ConnectionParts) {
    const { deadlines } = parts.context;
    this.link = parts.link;
    this.#parts = parts;
    this.#connectBy = deadlines.create(this);
    this.#connectBy.set(deadlines.now() + parts.connectTimeoutMs);
  }

  /** Joins the main namespace, if the client expects that of its handshake. */
  begin(): void {
    if (this.link.revision.joinsMain) this.#join("/", {});
  }

  get id(): string {
    return this.link.id;
  }

  get conn(): EngineSocket {
    return this.link.conn;
  }

  get request(): RequestHead {
    return this.link.userRequest;
  }

  socketId(namespace: string): string {
    if (this.link.revision.socketIds === "own") return this.#parts.context.nextSocketId();
    return namespace === "/" ? this.id : `${namespace}#${this.id}`;
  }

  send(packet: EncodedPacket, volatile: boolean, lane?: Lane): SendOutcome {
    return this.link.send(packet, volatile, lane);
  }

  detach(namespace: string, reason: DisconnectReason): void {
    this.#sockets.delete(namespace);
    this.link.memory.release(this.#authBytes.get(namespace) ?? 0);
    this.#authBytes.delete(namespace);
    if (reason !== "server namespace disconnect") return;
    this.#ended ??= new Set();
    if (this.#ended.size < this.#parts.maxNamespaces) this.#ended.add(namespace);
  }

  disconnectAll(): void {
    for (const socket of [...this.#sockets.values()]) socket.disconnect();
    this.link.close(false);
  }

  message(data: Frame): void {
    const { decoder } = this.#parts;
    let packet: SocketPacket | undefined;
    try {
      packet = decoder.push(data);
    } catch (error) {
      return this.#malformed(error);
    }
    while (packet !== undefined) {
      this.#hasSpoken = true;
      this.#receive(packet);
      try {
        packet = decoder.next();
      } catch (error) {
        return this.#malformed(error);
      }
    }
    if (decoder.pendingBytes !== this.#pendingBytes) this.#account(decoder.pendingBytes);
  }

  closed(reason: CloseReason, description?: unknown): void {
    const { client } = this.#parts.context.debug;
    if (client.enabled) client.log("client close with reason %s", reason);
    this.#parts.decoder.reset();
    this.#stopWaiting();
    for (const { socket } of this.#joining.values()) socket?.abandon();
    this.#joining.clear();
    this.#endSockets(reason, description);
  }

  get isSettled(): boolean {
    for (const socket of this.#sockets.values()) if (!socket.isSettled) return false;
    return true;
  }

  released(description?: string): void {
    this.#endSockets("server shutting down", description);
  }

  /** No namespace was joined in time. */
  onDeadline(): void {
    const { client } = this.#parts.context.debug;
    if (client.enabled) client.log("no namespace joined yet, close the client");
    this.#forceClose();
  }

  /** The decoder holds another amount than before. */
  #account(pendingBytes: number): void {
    const { memory } = this.link;
    const more = pendingBytes - this.#pendingBytes;
    if (more > 0 && !memory.hold(more)) return this.link.fail(memory.excess(more));
    if (more < 0) memory.release(-more);
    this.#pendingBytes = pendingBytes;
  }

  #receive(given: SocketPacket): void {
    if (this.link.state !== "open") return;
    const { revision } = this.link;
    const packet = withoutQuery(given, revision);
    const socket = this.#sockets.get(packet.nsp);
    if (packet.type === "connect") {
      if (socket === undefined) {
        if (this.#hasRoom) return this.#join(packet.nsp, authOf(given, revision));
        const { incidents } = this.#parts.context;
        incidents.report("limits_exceeded", "maxNamespaces", () => quote(packet.nsp));
      }
    } else if (socket !== undefined && packet.type !== "connect_error") {
      if (packet.type === "disconnect") return socket.end("client namespace disconnect");
      return socket.receive(packet);
    }
    const { client } = this.#parts.context.debug;
    if (packet.type !== "connect" && this.#ended?.has(packet.nsp)) {
      if (client.enabled) client.log("ignore packet received after disconnection");
      return;
    }
    if (client.enabled) client.log("invalid state (packet type: %s)", packet.type);
    this.#parts.context.incidents.report("packets_refused", "invalid-state", () => packet.type);
    this.#forceClose();
  }

  get #hasRoom(): boolean {
    // One that is joined unasked takes no place.
    const unasked = this.link.revision.joinsMain ? 1 : 0;
    return this.#sockets.size + this.#undecided < this.#parts.maxNamespaces + unasked;
  }

  #join(name: string, auth: Record<string, unknown>): void {
    const { client } = this.#parts.context.debug;
    if (client.enabled) client.log("connecting to namespace %s", name);
    const { memory } = this.link;
    const heldBytes = heldBytesOf(auth);
    if (!memory.hold(heldBytes)) return this.link.fail(memory.excess(heldBytes));
    this.#ended?.delete(name);
    const attempt: Attempt = { socket: undefined, heldBytes };
    const last = this.#joining.get(name);
    // The next one has the same id: what the last one has joined must not become its own.
    if (this.link.revision.socketIds === "session") last?.socket?.giveUp();
    this.#joining.set(name, attempt);
    this.#undecided++;
    const isWanted = (): boolean => this.link.state === "open" && this.#isCurrent(name, attempt);
    this.#parts.namespaces.find({ name, auth, isWanted }, (namespace) => {
      if (namespace !== undefined && this.#isCurrent(name, attempt)) {
        return this.#enter(namespace, auth, attempt);
      }
      this.link.memory.release(heldBytes);
      if (this.#settle(name, attempt)) this.#refuse(name);
    });
    // After the new one is in, or its namespace might be empty for a moment.
    last?.socket?.abandon();
  }

  #enter(namespace: LocalNamespace, auth: Record<string, unknown>, attempt: Attempt): void {
    const { name } = namespace;
    attempt.socket = namespace.add(this, auth, (socket) => {
      if (!this.#settle(name, attempt) || socket === undefined) {
        return this.link.memory.release(attempt.heldBytes);
      }
      this.#sockets.set(name, socket);
      this.#authBytes.set(name, attempt.heldBytes);
      this.#stopWaiting();
    });
    // A middleware may have ended the session before there was a socket to abandon.
    if (this.link.state === "closed") attempt.socket.abandon();
  }

  #isCurrent(name: string, attempt: Attempt): boolean {
    return this.#joining.get(name) === attempt;
  }

  /** The attempt is decided. False when it does not count any more. */
  #settle(name: string, attempt: Attempt): boolean {
    this.#undecided--;
    return this.#isCurrent(name, attempt) && this.#joining.delete(name);
  }

  #refuse(nsp: string): void {
    this.#parts.context.incidents.report("namespaces_refused", "unknown", () => quote(nsp));
    const data = refusalData({ message: INVALID_NAMESPACE }, this.link.revision);
    this.send(this.#parts.context.encode({ type: "connect_error", nsp, data }), false);
  }

  #malformed(error: unknown): void {
    if (!(error instanceof ProtocolError)) throw error;
    const { client } = this.#parts.context.debug;
    if (client.enabled) client.log("invalid packet format: %s", error.message);
    this.#countMalformed(error);
    if (!this.#hasSpoken) {
      this.#parts.context.advice.once(
        "parser",
        () =>
          `Ended a session whose first packet cannot be read (${error.message}): look whether the ` +
          "client has the same parser as this server.",
      );
    }
    for (const socket of [...this.#sockets.values()]) socket.fault(error);
    this.link.close(true);
  }

  #countMalformed(error: ProtocolError): void {
    const { incidents } = this.#parts.context;
    const limit = limitOf(error);
    const describe = (): string => error.message;
    if (limit === undefined) return incidents.report("packets_refused", "malformed", describe);
    incidents.count("packets_refused", "limit");
    incidents.report("limits_exceeded", limit, describe);
  }

  #forceClose(): void {
    this.link.close(false);
    this.#endSockets("forced server close");
  }

  #endSockets(reason: DisconnectReason, description?: unknown): void {
    for (const socket of [...this.#sockets.values()]) socket.end(reason, description);
  }

  #stopWaiting(): void {
    if (this.#connectBy === undefined) return;
    this.#connectBy.clear();
    this.#connectBy = undefined;
    this.#parts.settled();
  }
}

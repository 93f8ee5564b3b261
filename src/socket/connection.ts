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
 * - What is above a limit is dropped as a whole packet, never a part of it. A packet that leaves a
 *   namespace is always taken.
 * - What clients of older revisions do differently is asked of `link.revision`.
 *
 * Source: Socket.IO protocol, revisions 4 and 5, section "Exchange protocol".
 */
import type { Deadline, DeadlineOwner } from "../base/deadlines.ts";
import { ProtocolError, quote } from "../base/errors.ts";
import { INVALID_NAMESPACE, LIMITED_MESSAGES } from "../base/wire_texts.ts";
import type { RequestHead } from "../engine/handshake_info.ts";
import type { EngineSocket } from "../engine/api.ts";
import type { EngineLink, Excess, LinkHandler } from "../engine/ports.ts";
import type { CloseReason, DropCause, Lane, SendOutcome } from "../session/ports.ts";
import type { Decoder } from "../wire/codec.ts";
import type { AskedAck, EncodedPacket } from "../wire/encoded_packet.ts";
import type { Frame } from "../wire/engine_packet.ts";
import type { SocketPacket } from "../wire/socket_packet.ts";
import type { DisconnectReason } from "./events.ts";
import { heldBytesOf } from "./held_bytes.ts";
import type { LocalNamespace } from "./local_namespace.ts";
import type { LocalSocket } from "./local_socket.ts";
import type { NamespaceTable } from "./namespace_table.ts";
import { authOf, type Refusal, refusalData, withoutQuery } from "./dialect.ts";
import { noticeOf } from "./limit_notice.ts";
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
  /** The limit that the packet which is being put together is above. */
  #excess: Excess | undefined;
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

  unsent({ nsp, id }: AskedAck, cause: DropCause): void {
    queueMicrotask(() => {
      // A middleware may ask before its socket is in.
      const socket = this.#sockets.get(nsp) ?? this.#joining.get(nsp)?.socket;
      socket?.unsent(id, cause);
    });
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
    this.#disconnectSockets();
    this.link.close(false);
  }

  exceeded(excess: Excess, namespace = "/"): void {
    const [first] = this.#sockets.values();
    const socket = this.#sockets.get(namespace) ?? first;
    if (socket !== undefined && (excess.isTold || excess.disconnects)) {
      socket.tell(noticeOf(excess));
    }
    if (excess.disconnects) this.#expel();
  }

  message(data: Frame, excess?: Excess): void {
    if (excess !== undefined) this.#excess = excess;
    const { decoder } = this.#parts;
    let packet: SocketPacket | undefined;
    try {
      packet = decoder.push(data);
    } catch (error) {
      return this.#malformed(error);
    }
    while (packet !== undefined) {
      this.#hasSpoken = true;
      const above = this.#excess;
      this.#excess = undefined;
      if (above === undefined) this.#receive(packet);
      else this.#drop(packet, above);
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
    const { incidents } = this.#parts.context;
    incidents.report("limits_exceeded", "connectTimeout", () => "a client has joined no namespace");
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
        if (this.#hasRoom) return this.#ask(packet.nsp, authOf(given, revision));
        const { incidents } = this.#parts.context;
        incidents.report("limits_exceeded", "maxNamespaces", () => quote(packet.nsp));
        const { client } = this.#parts.context.debug;
        if (client.enabled) client.log("too many namespaces, close the client");
        return this.#forceClose();
      }
    } else if (socket !== undefined && packet.type !== "connect_error") {
      if (packet.type === "disconnect") return socket.end("client namespace disconnect");
      const excess = packet.type === "event" ? this.link.account?.charge("events", 1) : undefined;
      if (excess !== undefined) return this.#drop(packet, excess);
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

  /** A packet is above a limit. */
  #drop(packet: SocketPacket, excess: Excess): void {
    const { nsp } = withoutQuery(packet, this.link.revision);
    const isIn = this.#sockets.has(nsp);
    if (packet.type === "disconnect" || (packet.type === "connect" && isIn)) {
      return this.#receive(packet);
    }
    if (packet.type === "connect") return this.#refuseJoin(nsp, excess);
    this.#parts.context.incidents.count("packets_dropped", "limit");
    this.exceeded(excess, nsp);
  }

  /** A client that joins too often is told so in the place of an answer. */
  #refuseJoin(nsp: string, excess: Excess): void {
    this.#parts.context.incidents.count("namespaces_refused", "limit");
    this.#sendRefusal(nsp, { message: LIMITED_MESSAGES.TOO_MANY, data: noticeOf(excess) });
    if (excess.disconnects) this.#expel();
  }

  get #hasRoom(): boolean {
    // One that is joined unasked takes no place.
    const unasked = this.link.revision.joinsMain ? 1 : 0;
    return this.#sockets.size + this.#undecided < this.#parts.maxNamespaces + unasked;
  }

  /** Joins a namespace that was asked for, unless the client has asked too often. */
  #ask(name: string, auth: Record<string, unknown>): void {
    const excess = this.link.account?.charge("joins", 1);
    if (excess !== undefined) this.#refuseJoin(name, excess);
    else this.#join(name, auth);
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
    this.#sendRefusal(nsp, { message: INVALID_NAMESPACE });
  }

  /** The parser may be a user's, and this may run in a user's timer. */
  #sendRefusal(nsp: string, refusal: Refusal): void {
    const { context } = this.#parts;
    const data = refusalData(refusal, this.link.revision);
    try {
      this.send(context.encode({ type: "connect_error", nsp, data }), false);
    } catch (error) {
      context.handlerFailed(error, { event: "parser", namespace: nsp, kind: "parser" });
      this.link.close(true);
    }
  }

  #malformed(error: unknown): void {
    if (!(error instanceof ProtocolError)) throw error;
    const { client } = this.#parts.context.debug;
    if (client.enabled) client.log("invalid packet format: %s", error.message);
    this.#parts.context.incidents.blame(error);
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

  /** The client is above a limit, of which it was told: it goes, read or not. */
  #expel(): void {
    this.#disconnectSockets();
    this.link.expel();
  }

  #disconnectSockets(): void {
    for (const socket of [...this.#sockets.values()]) socket.disconnect();
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

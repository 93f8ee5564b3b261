/**
 * A namespace for names that are not known beforehand: `io.of(/^\/room-\d+$/)`.
 *
 * Invariants
 * - It has no sockets of its own; what is done to its sockets is done to those of its children, and a
 *   broadcast is encoded for each of them.
 * - What is done to the children is done to those that are there when it begins.
 * - A child is born with the middlewares, the connection listeners and the limits of sending that its
 *   parent has then.
 */
import { AckTimeoutError, StateError, toError } from "../base/errors.ts";
import { type HandlerErrorSink, type HandlerKind, invoke } from "../base/invoke.ts";
import type { AckCallback } from "./acks.ts";
import { EncodedPacket } from "../wire/encoded_packet.ts";
import type { Adapter, LocalDelivery, LocalSockets, Selection } from "./adapter.ts";
import type { BaseServer, ParentNspNameMatchFn } from "./api.ts";
import { BaseNamespace, checkLimited, checkServerEventName } from "./base_namespace.ts";
import {
  type Broadcast,
  type EventArgs,
  type FoundSocket,
  splitAck,
} from "./broadcast_operator.ts";
import type { BufferingOptions } from "./buffering.ts";
import type { LocalNamespace } from "./local_namespace.ts";
import type { LocalSocket } from "./local_socket.ts";
import { memoryAdapter } from "./memory_adapter.ts";

/** What a parent namespace asks of the table that owns it. */
export interface ParentNamespaceParts {
  readonly name: string;
  readonly server: BaseServer;
  /** Whether a name belongs to it. */
  readonly matches: ParentNspNameMatchFn;
  /** Tells that users' code has failed. */
  readonly handlerFailed: HandlerErrorSink["handlerFailed"];
}

/** The parent of namespaces that are made when a client first asks for them. */
export class ParentNamespace extends BaseNamespace {
  override readonly name: string;
  override readonly server: BaseServer;
  override readonly sockets: Map<string, LocalSocket> = new Map();
  override readonly adapter: Adapter;
  /** Whether a name belongs to it. */
  readonly matches: ParentNspNameMatchFn;
  readonly #children = new Set<LocalNamespace>();
  readonly #parts: ParentNamespaceParts;

  constructor(parts: ParentNamespaceParts) {
    super();
    const { name, server, matches, handlerFailed } = parts;
    this.#parts = parts;
    this.name = name;
    this.server = server;
    this.matches = matches;
    // Nobody is ever in its rooms; it is there so that users find what every namespace has.
    this.adapter = memoryAdapter({
      namespace: name,
      local: NOBODY,
      sockets: NOBODY,
      handlerFailed,
    });
  }

  override handlerFailed(error: unknown, event: string, kind?: HandlerKind): void {
    this.#parts.handlerFailed(error, event, kind);
  }

  /** Makes a namespace its child. */
  adopt(child: LocalNamespace): void {
    for (const middleware of this.middlewares) child.use(middleware);
    child.buffering(this.ownBuffering);
    for (const event of ["connect", "connection"]) {
      for (const listener of this.listenerList.list(event)) child.adoptListener(event, listener);
    }
    if (this.ownHandlerMode !== undefined) child.handlerMode(this.ownHandlerMode);
    this.#children.add(child);
  }

  /** A child is no namespace any more. */
  disown(child: LocalNamespace): void {
    this.#children.delete(child);
  }

  override broadcast(args: EventArgs, broadcast: Broadcast): void {
    for (const child of [...this.#children]) child.broadcast(args, broadcast);
  }

  override broadcastWithAck(args: EventArgs, broadcast: Broadcast, callback: AckCallback): void {
    checkLimited(broadcast);
    const { signal } = broadcast;
    // Where nobody is asked, nobody tells that it has aborted.
    const failure = signal?.aborted && this.#children.size === 0 ? toError(signal.reason) : null;
    this.#askChildren(args[0], callback, (child, answered) => {
      child.broadcastWithAck(args, broadcast, answered);
    }, failure);
  }

  override fetchSockets(): never {
    throw cannotFind();
  }

  override findSelected(_selection: Selection): Promise<FoundSocket[]> {
    return Promise.reject(cannotFind());
  }

  override joinSelected(selection: Selection, rooms: readonly string[]): void {
    for (const child of [...this.#children]) child.joinSelected(selection, rooms);
  }

  override leaveSelected(selection: Selection, rooms: readonly string[]): void {
    for (const child of [...this.#children]) child.leaveSelected(selection, rooms);
  }

  override disconnectSelected(selection: Selection, close: boolean): void {
    for (const child of [...this.#children]) child.disconnectSelected(selection, close);
  }

  override serverSideEmit(ev: string | symbol, ...given: unknown[]): boolean {
    checkServerEventName(ev);
    const { args, ack } = splitAck(given);
    if (ack === undefined) {
      for (const child of [...this.#children]) child.serverSideEmit(ev, ...args);
    } else {
      this.#askChildren(ev, ack, (child, answered) => {
        child.serverSideEmit(ev, ...args, answered);
      });
    }
    return true;
  }

  protected override bufferingChanged(changed: BufferingOptions): void {
    for (const child of [...this.#children]) child.buffering(changed);
  }

  /** Asks all children, and gives their answers together when the last one has all of its own. */
  #askChildren(
    event: string,
    callback: AckCallback,
    ask: (child: LocalNamespace, answered: AckCallback) => void,
    failedBefore: Error | null = null,
  ): void {
    const responses: unknown[] = [];
    let failure: unknown = failedBefore;
    const children = [...this.#children];
    let awaited = children.length;
    const end = (): void => {
      const error = failure instanceof AckTimeoutError ? new AckTimeoutError(responses) : failure;
      invoke(callback, undefined, [error, responses], event, this, "ack");
    };
    if (awaited === 0) return void Promise.resolve().then(end);
    for (const child of children) {
      ask(child, (error, found) => {
        failure ??= error;
        // Children answer with lists.
        for (const response of found as unknown[]) responses.push(response);
        if (--awaited === 0) end();
      });
    }
  }
}

function cannotFind(): StateError {
  return new StateError("fetchSockets() is not supported on parent namespaces");
}

/** Those who are in the rooms of a namespace without sockets. */
const NOBODY: LocalDelivery & LocalSockets = {
  packet: (parts) => EncodedPacket.event(parts),
  deliver: () => {},
  deliverWithAck: () => false,
  question: () => {
    throw new StateError("Cannot ask the sockets of a parent namespace: it has none of its own");
  },
  details: () => undefined,
  join: () => {},
  leave: () => {},
  disconnect: () => {},
  serverSideEvent: () => {},
};

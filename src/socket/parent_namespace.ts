/**
 * A namespace for names that are not known beforehand: `io.of(/^\/room-\d+$/)`.
 *
 * Invariants
 * - It has no sockets of its own; a broadcast goes to its children, encoded for each.
 * - A child is born with the middlewares and the connection listeners that its parent has then.
 */
import { StateError } from "../base/errors.ts";
import type { AckCallback } from "./acks.ts";
import type { Adapter, AdapterContext } from "./adapter.ts";
import type { BaseServer, ParentNspNameMatchFn } from "./api.ts";
import { BaseNamespace } from "./base_namespace.ts";
import type { Broadcast, EventArgs } from "./broadcast_operator.ts";
import type { Untyped } from "./events.ts";
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
  readonly handlerFailed: AdapterContext["handlerFailed"];
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

  constructor({ name, server, matches, handlerFailed }: ParentNamespaceParts) {
    super();
    this.name = name;
    this.server = server;
    this.matches = matches;
    // Nobody is ever in its rooms; it is there so that users find what every namespace has.
    const nobody = { deliver: () => {}, deliverWithAck: () => false };
    this.adapter = memoryAdapter({ namespace: name, local: nobody, handlerFailed });
  }

  /** Makes a namespace its child. */
  adopt(child: LocalNamespace): void {
    for (const middleware of this.middlewares) child.use(middleware);
    for (const event of ["connect", "connection"]) {
      for (const listener of this.listenerList.list(event)) child.adoptListener(event, listener);
    }
    this.#children.add(child);
  }

  override broadcast(args: EventArgs, broadcast: Broadcast): void {
    for (const child of this.#children) child.broadcast(args, broadcast);
  }

  override broadcastWithAck(
    _args: EventArgs,
    _broadcast: Broadcast,
    _callback: AckCallback,
  ): void {
    throw new StateError("Cannot await answers from the children of a parent namespace");
  }

  override serverSideEmit(ev: string | symbol, ...args: unknown[]): boolean {
    for (const child of this.#children) child.serverSideEmit(ev, ...args);
    return true;
  }

  override serverSideEmitWithAck(_ev: string | symbol, ..._args: unknown[]): Promise<Untyped[]> {
    throw new StateError("Cannot await answers from the children of a parent namespace");
  }
}

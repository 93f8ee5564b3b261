/**
 * A socket of another node, as an adapter has found it: what was told of it, and the ways to reach it.
 *
 * Invariants
 * - It is told nothing later: rooms and data are those of the moment in which it was found.
 * - It is reached as every node reaches it, through the room of its id.
 */
import type { SocketDetails } from "./adapter.ts";
import { LocalBroadcastOperator, type OperatorHome, TO_ALL } from "./broadcast_operator.ts";
import { RemoteSocket } from "./broadcaster.ts";
import type { DefaultEventsMap, TimeoutOptions, Untyped } from "./events.ts";
import type { Handshake } from "./handshake.ts";

/** A socket over untyped events; `broadcaster.ts` types it for users. */
export class DistantSocket extends RemoteSocket<DefaultEventsMap, Untyped> {
  static {
    // What users see in logs and in the inspector is the class that they import.
    Object.defineProperty(this, "name", { value: "RemoteSocket" });
  }

  override readonly id: string;
  override readonly handshake: Handshake;
  override readonly rooms: Set<string>;
  override readonly data: Untyped;
  readonly #operator: LocalBroadcastOperator;

  constructor(home: OperatorHome, { id, handshake, rooms, data }: SocketDetails) {
    super();
    this.id = id;
    this.handshake = handshake;
    this.rooms = new Set(rooms);
    this.data = data;
    this.#operator = new LocalBroadcastOperator(home, {
      ...TO_ALL,
      rooms: new Set([id]),
      single: true,
    });
  }

  override timeout(timeout: number, options: TimeoutOptions = {}): LocalBroadcastOperator {
    return this.#operator.timeout(timeout, options);
  }

  override emit(ev: string | symbol, ...args: unknown[]): boolean {
    return this.#operator.emit(ev, ...args);
  }

  override join(room: string | string[]): void {
    this.#operator.socketsJoin(room);
  }

  override leave(room: string): void {
    this.#operator.socketsLeave(room);
  }

  override disconnect(close = false): this {
    this.#operator.disconnectSockets(close);
    return this;
  }
}

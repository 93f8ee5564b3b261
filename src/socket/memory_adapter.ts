/**
 * The adapter of a server that is alone: rooms in memory, delivery in the process.
 *
 * Invariants
 * - Everything has happened when a method returns.
 * - There is no other server: `serverSideEmit` reaches nobody and is answered by nobody.
 */
import { type HandlerErrorSink, invoke } from "../base/invoke.ts";
import { type Listener, Listeners } from "../base/listeners.ts";
import type {
  AckReceiver,
  Adapter,
  AdapterContext,
  OutgoingEvent,
  RoomEvents,
  Selection,
} from "./adapter.ts";
import { RoomIndex, type RoomObserver } from "./room_index.ts";

/** Makes the adapter that servers have when no `adapter` option is given. */
export function memoryAdapter(context: AdapterContext): Adapter {
  return new MemoryAdapter(context);
}

class MemoryAdapter implements Adapter, RoomObserver, HandlerErrorSink {
  readonly #context: AdapterContext;
  readonly #listeners = new Listeners();
  readonly #index = new RoomIndex(this);

  constructor(context: AdapterContext) {
    this.#context = context;
  }

  get rooms(): Map<string, Set<string>> {
    return this.#index.rooms;
  }

  get sids(): Map<string, Set<string>> {
    return this.#index.sids;
  }

  serverCount(): number {
    return 1;
  }

  addAll(id: string, rooms: ReadonlySet<string>): void {
    this.#index.joinAll(id, rooms);
  }

  del(id: string, room: string): void {
    this.#index.leave(id, room);
  }

  delAll(id: string): void {
    this.#index.leaveAll(id);
  }

  socketRooms(id: string): Set<string> | undefined {
    return this.#index.sids.get(id);
  }

  broadcast(event: OutgoingEvent, selection: Selection): void {
    const { local } = this.#context;
    this.#index.select(selection, (id) => local.deliver(id, event));
  }

  broadcastWithAck(event: OutgoingEvent, selection: Selection, receiver: AckReceiver): void {
    const { local } = this.#context;
    let count = 0;
    this.#index.select(selection, (id) => {
      if (local.deliverWithAck(id, event, receiver)) count++;
    });
    receiver.sent(count);
  }

  serverSideEmit(): Promise<unknown[]> {
    return Promise.resolve([]);
  }

  close(): void {
    this.#listeners.removeAll();
  }

  on<Name extends keyof RoomEvents>(event: Name, listener: RoomEvents[Name]): this {
    this.#listeners.add(event, listener);
    return this;
  }

  once<Name extends keyof RoomEvents>(event: Name, listener: RoomEvents[Name]): this {
    this.#listeners.addOnce(event, listener);
    return this;
  }

  off<Name extends keyof RoomEvents>(event: Name, listener: RoomEvents[Name]): this {
    this.#listeners.remove(event, listener);
    return this;
  }

  roomChanged(event: keyof RoomEvents, room: string, id: string): void {
    const listeners: readonly Listener[] | undefined = this.#listeners.snapshot(event);
    if (listeners === undefined) return;
    const args = event === "join-room" || event === "leave-room" ? [room, id] : [room];
    for (const listener of listeners) invoke(listener, this, args, event, this);
  }

  handlerFailed(error: unknown, event: string): void {
    this.#context.handlerFailed(error, event);
  }
}

/**
 * The adapter of a server that is alone: rooms in memory, delivery in the process.
 *
 * Invariants
 * - Everything has happened when a method returns.
 * - There is no other server: `serverSideEmit` reaches nobody and is answered by nobody.
 */
import { Emitter } from "../base/emitter.ts";
import type { HandlerErrorSink } from "../base/invoke.ts";
import type {
  AckReceiver,
  Adapter,
  AdapterContext,
  OutgoingEvent,
  RoomEvents,
  Selection,
  SocketDetails,
} from "./adapter.ts";
import { RoomIndex, type RoomObserver } from "./room_index.ts";

/** Makes the adapter that servers have when no `adapter` option is given. */
export function memoryAdapter(context: AdapterContext): Adapter {
  return new MemoryAdapter(context);
}

class MemoryAdapter extends Emitter<RoomEvents> implements Adapter, RoomObserver, HandlerErrorSink {
  readonly #context: AdapterContext;
  readonly #index = new RoomIndex(this);

  constructor(context: AdapterContext) {
    super();
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

  fetchSockets(selection: Selection): Promise<readonly SocketDetails[]> {
    const { sockets } = this.#context;
    const found: SocketDetails[] = [];
    this.#index.select(selection, (id) => {
      const details = sockets.details(id);
      if (details !== undefined) found.push(details);
    });
    return Promise.resolve(found);
  }

  addSockets(selection: Selection, rooms: readonly string[]): void {
    const { sockets } = this.#context;
    this.#index.select(selection, (id) => sockets.join(id, rooms));
  }

  delSockets(selection: Selection, rooms: readonly string[]): void {
    const { sockets } = this.#context;
    this.#index.select(selection, (id) => sockets.leave(id, rooms));
  }

  disconnectSockets(selection: Selection, close: boolean): void {
    const { sockets } = this.#context;
    this.#index.select(selection, (id) => sockets.disconnect(id, close));
  }

  serverSideEmit(): Promise<unknown[]> {
    return Promise.resolve([]);
  }

  close(): void {
    this.forgetListeners();
  }

  roomChanged(event: keyof RoomEvents, room: string, id: string): void {
    if (event === "join-room" || event === "leave-room") this.announceTo(this, event, room, id);
    else this.announceTo(this, event, room);
  }

  handlerFailed(error: unknown, event: string): void {
    this.#context.handlerFailed(error, event);
  }
}

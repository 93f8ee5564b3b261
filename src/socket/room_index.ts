/**
 * Who is in which room, in both directions.
 *
 * Owns: the two maps; `join` and `leave` are their only writers.
 *
 * Invariants
 * - `rooms.get(room).has(id)` exactly when `sids.get(id).has(room)`.
 * - No room is empty, but while its last leave is told; a socket stays in `sids` until `leaveAll`, even
 *   when it has left every room.
 * - Joining and leaving take constant time, and a selection has a socket once.
 */

/** Who is told of changes. */
export interface RoomObserver {
  /** Something happened to a room, or to a socket in it. */
  roomChanged(
    event: "create-room" | "delete-room" | "join-room" | "leave-room",
    room: string,
    id: string,
  ): void;
}

/** Which sockets a broadcast is for. */
export interface RoomSelection {
  /** The sockets in any of these rooms; all of them when it is empty. */
  readonly rooms: ReadonlySet<string>;
  /** But not those in any of these rooms. */
  readonly except: ReadonlySet<string>;
}

/** Rooms of sockets, and sockets of rooms. */
export class RoomIndex {
  /** The sockets of each room. */
  readonly rooms: Map<string, Set<string>> = new Map();
  /** The rooms of each socket. */
  readonly sids: Map<string, Set<string>> = new Map();
  readonly #observer: RoomObserver;
  /** How often a socket has left a room: a selection looks again when it changes. */
  #departures = 0;

  /** @param observer told of every change, after it */
  constructor(observer: RoomObserver) {
    this.#observer = observer;
  }

  /** Puts a socket into a room. */
  join(id: string, room: string): void {
    const rooms = this.#roomsOf(id);
    if (rooms.has(room)) return;
    const members = this.rooms.get(room);
    rooms.add(room);
    if (members === undefined) {
      this.rooms.set(room, new Set([id]));
      this.#observer.roomChanged("create-room", room, id);
    } else {
      members.add(id);
    }
    // Who heard of the room may have taken the socket out again.
    if (rooms.has(room)) this.#observer.roomChanged("join-room", room, id);
  }

  /** Puts a socket into rooms, as long as nobody who is told takes it out of the index. */
  joinAll(id: string, rooms: Iterable<string>): void {
    const own = this.#roomsOf(id);
    for (const room of rooms) {
      if (this.sids.get(id) !== own) return;
      this.join(id, room);
    }
  }

  /** Takes a socket out of a room. */
  leave(id: string, room: string): void {
    if (this.sids.get(id)?.delete(room) !== true) return;
    this.rooms.get(room)?.delete(id);
    this.#tellOfLeave(id, room);
  }

  /** Takes a socket out of all its rooms, and forgets it. */
  leaveAll(id: string): void {
    const left = this.sids.get(id);
    if (left === undefined) return;
    this.sids.delete(id);
    this.#departures++;
    for (const room of left) this.rooms.get(room)?.delete(id);
    for (const room of left) this.#tellOfLeave(id, room);
  }

  /**
   * Calls `visit` once for each selected socket. Those who are told may change rooms meanwhile: who
   * joins is not visited, and who leaves before its turn is passed over.
   *
   * The list of ids that this takes costs little beside the sends it is for.
   */
  select({ rooms, except }: RoomSelection, visit: (id: string) => void): void {
    const departures = this.#departures;
    for (const id of this.#members(rooms)) {
      if (this.#departures !== departures && !this.#isMember(id, rooms)) continue;
      if (!this.#isIn(id, except)) visit(id);
    }
  }

  #members(rooms: ReadonlySet<string>): Iterable<string> {
    if (rooms.size === 0) return [...this.sids.keys()];
    if (rooms.size === 1) {
      for (const room of rooms) return [...this.rooms.get(room) ?? []];
    }
    const all = new Set<string>();
    for (const room of rooms) {
      for (const id of this.rooms.get(room) ?? []) all.add(id);
    }
    return all;
  }

  #isMember(id: string, rooms: ReadonlySet<string>): boolean {
    return rooms.size === 0 ? this.sids.has(id) : this.#isIn(id, rooms);
  }

  #roomsOf(id: string): Set<string> {
    let rooms = this.sids.get(id);
    if (rooms === undefined) {
      rooms = new Set();
      this.sids.set(id, rooms);
    }
    return rooms;
  }

  #isIn(id: string, rooms: ReadonlySet<string>): boolean {
    for (const room of rooms) {
      if (this.rooms.get(room)?.has(id)) return true;
    }
    return false;
  }

  /** A room stays until those who heard of the leave had a chance to join it. */
  #tellOfLeave(id: string, room: string): void {
    this.#departures++;
    this.#observer.roomChanged("leave-room", room, id);
    if (this.rooms.get(room)?.size !== 0) return;
    this.rooms.delete(room);
    this.#observer.roomChanged("delete-room", room, id);
  }
}

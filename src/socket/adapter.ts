/**
 * The contract between a namespace and what carries its broadcasts: one process, or a cluster.
 *
 * Invariants
 * - An adapter sees ids, rooms and encoded events; never a socket, a namespace or a session.
 * - It owns who is in which room; it reaches the sockets of this process through `LocalDelivery`
 *   alone, and only while they are in its table.
 * - A method that may take time returns a promise; with the memory adapter everything has happened
 *   when it returns.
 */
import type { EncodedPacket } from "../wire/encoded_packet.ts";

/** Whom a broadcast is for. */
export interface Selection {
  /** The sockets in any of these rooms; all sockets when it is empty. */
  readonly rooms: ReadonlySet<string>;
  /** But not those in any of these rooms. */
  readonly except: ReadonlySet<string>;
  /** Whether it stays on this node. */
  readonly local: boolean;
}

/** An event on its way to many sockets: encoded once, shared by all. */
export interface OutgoingEvent {
  /** What goes on the wire. */
  readonly packet: EncodedPacket;
  /** The event's name and arguments, for the listeners of outgoing events. */
  readonly args: readonly unknown[];
  /** Whether it is dropped where it would have to wait. */
  readonly volatile: boolean;
  /** The id of the acknowledgement, when one is wanted. */
  readonly ackId: number | undefined;
}

/** What a broadcast with acknowledgement is told of its answers. */
export interface AckReceiver {
  /** One node has sent the event to this many sockets. Called once for each node. */
  sent(count: number): void;
  /** One socket has answered. */
  answered(response: unknown): void;
}

/** What an adapter may do to the sockets of this process. */
export interface LocalDelivery {
  /** Sends an event to one socket. One that is gone is passed over. */
  deliver(id: string, event: OutgoingEvent): void;
  /**
   * Sends an event that wants an acknowledgement to one socket.
   *
   * @returns false when the socket is gone
   */
  deliverWithAck(id: string, event: OutgoingEvent, receiver: AckReceiver): boolean;
}

/** What an adapter is made for. */
export interface AdapterContext {
  /** The name of the namespace. */
  readonly namespace: string;
  /** The sockets of this process. */
  readonly local: LocalDelivery;
  /** Tells that a listener of a user on the adapter has failed. */
  readonly handlerFailed: (error: unknown, event: string) => void;
}

/** Makes the adapter of a namespace: what the `adapter` option takes. */
export type AdapterFactory = (context: AdapterContext) => Adapter;

/** The events of rooms, with the arguments of their listeners. */
export interface RoomEvents {
  /** A room got its first socket. */
  "create-room": (room: string) => void;
  /** A room lost its last socket. */
  "delete-room": (room: string) => void;
  /** A socket has joined a room. */
  "join-room": (room: string, id: string) => void;
  /** A socket has left a room. */
  "leave-room": (room: string, id: string) => void;
}

/** Who is in which room, and how events reach them. */
export interface Adapter {
  /** The sockets of each room, on this node. A live view: do not change it. */
  readonly rooms: Map<string, Set<string>>;
  /** The rooms of each socket, on this node. A live view: do not change it. */
  readonly sids: Map<string, Set<string>>;
  /** Nodes in the cluster, this one included. */
  serverCount(): number | Promise<number>;
  /** Puts a socket into rooms. */
  addAll(id: string, rooms: ReadonlySet<string>): void | Promise<void>;
  /** Takes a socket out of a room. */
  del(id: string, room: string): void | Promise<void>;
  /** Takes a socket out of all its rooms, and out of the table. */
  delAll(id: string): void;
  /** The rooms of a socket, as long as it is in the table. */
  socketRooms(id: string): Set<string> | undefined;
  /** Sends an event to the selected sockets. */
  broadcast(event: OutgoingEvent, selection: Selection): void;
  /** Sends an event that wants acknowledgements to the selected sockets. */
  broadcastWithAck(event: OutgoingEvent, selection: Selection, receiver: AckReceiver): void;
  /**
   * Sends an event to the other servers of the cluster, and gives their answers. The arguments are
   * the event's name and its values.
   */
  serverSideEmit(args: readonly unknown[], wantsAnswers: boolean): Promise<unknown[]>;
  /** Frees what the adapter holds. */
  close(): void | Promise<void>;
  /** Adds a listener of room events. */
  on<Name extends keyof RoomEvents>(event: Name, listener: RoomEvents[Name]): this;
  /** Adds a listener of room events that is called once. */
  once<Name extends keyof RoomEvents>(event: Name, listener: RoomEvents[Name]): this;
  /** Takes a listener of room events away. */
  off<Name extends keyof RoomEvents>(event: Name, listener: RoomEvents[Name]): this;
}

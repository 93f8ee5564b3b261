/**
 * The contract between a namespace and what carries its broadcasts: one process, or a cluster.
 *
 * Invariants
 * - An adapter sees ids, rooms and encoded events; never a socket, a namespace or a session.
 * - It owns who is in which room; it reaches the sockets of this process through its context
 *   alone, and only while they are in its table.
 * - A method that may take time returns a promise; with the memory adapter everything has happened
 *   when it returns.
 */
import type { EncodedPacket } from "../wire/encoded_packet.ts";
import type { Frame } from "../wire/engine_packet.ts";
import type { Handshake } from "./handshake.ts";

/** The name of a room; the id of a socket is the name of a room of its own. */
export type Room = string;

/** The id of a socket. */
export type SocketId = string;

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
  /** The id of the acknowledgement, when one is wanted; it means something on this node alone. */
  readonly ackId: number | undefined;
  /** Time in which answers count, in milliseconds, when they are wanted. */
  readonly timeoutMs: number | undefined;
}

/** What one node tells another of an event that wants acknowledgements. */
export interface Question {
  /** The event's name and arguments. */
  readonly args: readonly [name: string, ...args: unknown[]];
  /** Whether it is dropped where it would have to wait. */
  readonly volatile: boolean;
  /** Time in which answers count, in milliseconds. */
  readonly timeoutMs: number;
}

/** What a broadcast with acknowledgement is told of its answers. */
export interface AckReceiver {
  /** One node has sent the event to this many sockets. Called once for each node. */
  sent(count: number): void;
  /** One socket has answered. */
  answered(response: unknown): void;
  /** One socket will not answer: it has gone, or the event for it was dropped. */
  lost?(): void;
}

/** What is known of one socket: what an adapter tells other nodes of those of this one. */
export interface SocketDetails {
  /** The socket's id. */
  readonly id: string;
  /** What the client and its first request told. */
  readonly handshake: Handshake;
  /** The rooms that it is in. */
  readonly rooms: Iterable<string>;
  /** What users keep with it. */
  readonly data: unknown;
}

/** The way of events to the sockets and listeners of this process. */
export interface LocalDelivery {
  /**
   * The packet of an event that came from another node, to be sent with `deliver`.
   *
   * @param parts the `parts` that the packet had there
   * @throws TypeError when there is none
   */
  packet(parts: readonly Frame[]): EncodedPacket;
  /** Sends an event to one socket. One that is gone is passed over. */
  deliver(id: string, event: OutgoingEvent): void;
  /**
   * Sends an event that wants an acknowledgement to one socket.
   *
   * @returns whether an answer is awaited: false when the socket is gone, or the time for answers is over
   */
  deliverWithAck(id: string, event: OutgoingEvent, receiver: AckReceiver): boolean;
  /**
   * An event from another node that wants acknowledgements, to be sent with `deliverWithAck`: it gets
   * an id of this node. Answers that come after its time are forgotten.
   *
   * @throws TypeError when an argument cannot be encoded
   */
  question(question: Question): OutgoingEvent;
  /**
   * An event came from another node: it is told to the listeners of the namespace.
   *
   * @param args the event's name and its values
   * @param answer takes the answer of this node, when one is wanted; it counts once
   */
  serverSideEvent(args: readonly unknown[], answer?: (response: unknown) => void): void;
}

/** What an adapter may do to the sockets of this process. */
export interface LocalSockets {
  /** What is known of a socket; undefined when it is gone. Read it at once: it may be live. */
  details(id: string): SocketDetails | undefined;
  /** Makes a socket join rooms. One that is gone is passed over. */
  join(id: string, rooms: readonly string[]): void;
  /** Makes a socket leave rooms. One that is gone is passed over. */
  leave(id: string, rooms: readonly string[]): void;
  /** Disconnects a socket, with `close` its connection too. One that is gone is passed over. */
  disconnect(id: string, close: boolean): void;
}

/** What an adapter is made for. */
export interface AdapterContext {
  /** The name of the namespace. */
  readonly namespace: string;
  /** Takes events to the sockets of this process. */
  readonly local: LocalDelivery;
  /** The sockets of this process. */
  readonly sockets: LocalSockets;
  /** Tells that a listener of a user on the adapter has failed. */
  readonly handlerFailed: (error: unknown, event: string) => void;
}

/**
 * Makes the adapter of a namespace: what the `adapter` option takes. It is called for each namespace
 * that comes into being, and by `io.adapter(factory)` for those that are there.
 *
 * @param context the sockets of this process, and what the namespace is called
 * @returns the adapter; one that lacks a method is refused with a TypeError
 * @example
 * ```ts
 * import { type AdapterFactory, Server } from "@godwit/io";
 *
 * const inMemory = new Server().adapter();
 *
 * // the adapter in memory, with a line for every room that comes into being
 * const talkative: AdapterFactory = (context) =>
 *   inMemory(context).on("create-room", (room) => console.log(context.namespace, room));
 *
 * const io = new Server({ adapter: talkative });
 * ```
 */
export type AdapterFactory = (context: AdapterContext) => Adapter;

/**
 * The events of rooms, with the arguments of their listeners. The room that every socket is in alone,
 * named by its id, counts as any other. Rooms of other servers are not told of.
 *
 * @example
 * ```ts
 * import { Server } from "@godwit/io";
 *
 * const io = new Server();
 *
 * io.of("/chat").adapter
 *   .on("create-room", (room) => console.log(`${room} was created`))
 *   .on("join-room", (room, id) => console.log(`${id} has joined ${room}`));
 * ```
 */
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

/**
 * Who is in which room, and how events reach them.
 *
 * A socket comes into the table with the first call of {@link addAll}, and leaves it with
 * {@link delAll}, when it disconnects. No method may throw for what a peer can do.
 *
 * @example
 * ```ts
 * import { Server } from "@godwit/io";
 * import { assertEquals } from "@std/assert";
 *
 * const io = new Server();
 * const { adapter } = io.of("/");
 * assertEquals(adapter.rooms.get("news")?.size ?? 0, 0); // sockets in the room, on this server
 * assertEquals(await adapter.serverCount(), 1);
 * ```
 */
export interface Adapter {
  /** The sockets of each room, on this node. A live view: do not change it. */
  readonly rooms: Map<string, Set<string>>;
  /** The rooms of each socket, on this node. A live view: do not change it. */
  readonly sids: Map<string, Set<string>>;
  /** Nodes in the cluster, from 1: this one counts. */
  serverCount(): number | Promise<number>;
  /**
   * Puts a socket into rooms, and into the table if it is not there.
   *
   * @param id the socket's id
   * @param rooms the rooms; those that it is in already are no fault
   */
  addAll(id: string, rooms: ReadonlySet<string>): void | Promise<void>;
  /**
   * Takes a socket out of a room; one that is not in it is passed over.
   *
   * @param id the socket's id
   * @param room the room
   */
  del(id: string, room: string): void | Promise<void>;
  /**
   * Takes a socket out of all its rooms, and out of the table, before it returns.
   *
   * @param id the socket's id
   */
  delAll(id: string): void;
  /** The rooms of a socket, as long as it is in the table. */
  socketRooms(id: string): Set<string> | undefined;
  /**
   * Sends an event to the selected sockets, once to each, whatever rooms it is in.
   *
   * @param event the event, encoded once for all
   * @param selection whom it is for
   */
  broadcast(event: OutgoingEvent, selection: Selection): void;
  /**
   * Sends an event that wants acknowledgements to the selected sockets.
   *
   * @param event the event, with the id that the answers will have
   * @param selection whom it is for
   * @param receiver told how many were asked, once for each node, and of each answer
   */
  broadcastWithAck(event: OutgoingEvent, selection: Selection, receiver: AckReceiver): void;
  /**
   * Finds the selected sockets.
   *
   * @param selection which ones
   * @returns those of this node, as `sockets.details()` gives them, and those of other nodes
   * @throws {Error} (as rejection) if some node did not answer in time
   */
  fetchSockets(selection: Selection): Promise<readonly SocketDetails[]>;
  /** Makes the selected sockets join rooms. */
  addSockets(selection: Selection, rooms: readonly string[]): void;
  /** Makes the selected sockets leave rooms. */
  delSockets(selection: Selection, rooms: readonly string[]): void;
  /** Disconnects the selected sockets, with `close` their connections too. */
  disconnectSockets(selection: Selection, close: boolean): void;
  /**
   * Sends an event to the other servers of the cluster, and gives their answers.
   *
   * @param args the event's name, then its values
   * @param wantsAnswers whether anybody waits for the answers
   * @returns one answer for each other server; without any, or when none is wanted, `[]`
   * @throws {Error} (as rejection) if some server did not answer in time
   */
  serverSideEmit(args: readonly unknown[], wantsAnswers: boolean): Promise<unknown[]>;
  /** Frees what the adapter holds: the namespace is gone, or has got another adapter. */
  close(): void | Promise<void>;
  /** Adds a listener of room events. */
  on<Name extends keyof RoomEvents>(event: Name, listener: RoomEvents[Name]): this;
  /** Adds a listener of room events that is called once. */
  once<Name extends keyof RoomEvents>(event: Name, listener: RoomEvents[Name]): this;
  /** Takes a listener of room events away. */
  off<Name extends keyof RoomEvents>(event: Name, listener: RoomEvents[Name]): this;
}

/**
 * What the page and the server of the chat say to each other: every event, every payload.
 *
 * Both sides compile against this file, so a change here shows at once where it breaks.
 * - payloads are plain JSON;
 * - times are milliseconds since the Unix epoch, by the server's clock;
 * - a request is answered by its acknowledgement, with `ok: false` and a code when refused.
 */

/** Somebody in a room. */
export interface Person {
  /** Public id, the same in every room and after a restart; says nothing about the token. */
  readonly id: string;
  readonly name: string;
  /** From 0 to 11; no two people in a room have the same while there are enough. */
  readonly color: number;
  /** True for the few seconds in which a lost connection may still come back. */
  readonly away: boolean;
}

/** Who wrote a message, as they were then. */
export type Author = Omit<Person, "away">;

/** One message, as stored and as shown. */
export interface Message {
  /** Chosen by the sender, so that sending again cannot post twice. */
  readonly id: string;
  readonly room: string;
  /** 1, 2, 3… within the room, across restarts. */
  readonly seq: number;
  readonly author: Author;
  readonly text: string;
  readonly at: number;
}

/** A line of the list of rooms. */
export interface RoomSummary {
  readonly name: string;
  readonly people: number;
  /** Sequence number of the newest message, 0 when there is none. */
  readonly lastSeq: number;
}

/** Something that happened in a room and is not stored. */
export interface Notice {
  readonly room: string;
  readonly kind: "joined" | "left" | "renamed";
  readonly name: string;
  readonly formerName?: string;
  readonly at: number;
}

/** Somebody began or ceased to type. */
export interface Typing {
  readonly room: string;
  readonly id: string;
  readonly name: string;
  readonly typing: boolean;
}

/** Why a request was refused. */
export type RefusalCode =
  | "bad-name"
  | "bad-room"
  | "bad-message"
  | "name-taken"
  | "not-in-room"
  | "room-full"
  | "too-many-rooms"
  | "slow-down";

/** The answer to a request that was not granted. */
export interface Refusal {
  readonly ok: false;
  readonly code: RefusalCode;
  /** One sentence for the person who asked. */
  readonly message: string;
  /** A free name, with "name-taken". */
  readonly suggestion?: string;
  /** With "slow-down": try again after this many milliseconds. */
  readonly retryAfterMs?: number;
}

export interface JoinRequest {
  readonly room: string;
  readonly name: string;
  /** True when the page comes back by itself: after a restart nobody is told that it joined. */
  readonly returning?: boolean;
}

export interface Joined {
  readonly ok: true;
  readonly room: string;
  readonly you: Person;
  readonly people: readonly Person[];
  /** The last messages, oldest first. */
  readonly messages: readonly Message[];
}

export interface SendRequest {
  readonly id: string;
  readonly room: string;
  readonly text: string;
}

export interface Sent {
  readonly ok: true;
  readonly message: Message;
}

export type JoinReply = Joined | Refusal;
export type SendReply = Sent | Refusal;

/** Events from the page to the server. */
export interface ClientToServer {
  /** Enters a room; a room entered before is left. */
  join: (request: JoinRequest, reply: (answer: JoinReply) => void) => void;
  /** Leaves the room for good; the name is free at once. */
  leave: (reply: () => void) => void;
  /** Posts a message into the room entered. */
  send: (request: SendRequest, reply: (answer: SendReply) => void) => void;
  typing: (typing: boolean) => void;
}

/** Events from the server to the page. */
export interface ServerToClient {
  rooms: (rooms: readonly RoomSummary[]) => void;
  people: (room: string, people: readonly Person[]) => void;
  message: (message: Message) => void;
  notice: (notice: Notice) => void;
  typing: (typing: Typing) => void;
}

/** What the server keeps with each socket. */
export interface SocketData {
  /** Public id of the person, made from the token of the handshake. */
  userId: string;
}

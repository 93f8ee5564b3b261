/**
 * What the server and its clients say to each other, in each namespace.
 *
 * - times are milliseconds since the Unix epoch;
 * - whatever asks for something gets a `Reply` through its acknowledgement;
 * - binary data is a `Uint8Array` here; the server gets it as a `Buffer`.
 */

export interface User {
  readonly id: string;
  readonly name: string;
  readonly role: "member" | "admin";
}

export interface FileInfo {
  readonly id: string;
  readonly name: string;
  readonly type: string;
  /** Bytes. */
  readonly size: number;
}

export interface Message {
  /** 1, 2, 3… over all channels. */
  readonly id: number;
  readonly channel: string;
  readonly from: User;
  readonly text: string;
  readonly at: number;
  readonly file?: FileInfo;
}

/** A message to one person; it is kept nowhere. */
export interface DirectMessage {
  readonly from: User;
  readonly to: string;
  readonly text: string;
  readonly at: number;
}

export type ProblemCode =
  | "not-signed-in"
  | "admins-only"
  | "bad-request"
  | "not-in-channel"
  | "unknown-user"
  | "unknown-file"
  | "too-large"
  | "too-many"
  | "slow-down"
  | "internal";

/** Why something was refused; also the `data` of a `connect_error`. */
export interface Refusal {
  readonly ok: false;
  readonly code: ProblemCode;
  /** One sentence for people. */
  readonly message: string;
}

export type Reply<T> = ({ readonly ok: true } & T) | Refusal;
type Ack<T> = (reply: Reply<T>) => void;

export interface Page {
  /** Oldest first. */
  readonly messages: readonly Message[];
  /** True when there are older ones. */
  readonly more: boolean;
}

export interface PollResult {
  readonly answers: readonly string[];
  /** True when not everybody has answered in time. */
  readonly incomplete: boolean;
}

// --- the namespace / : channels and people ---

export interface ClientToServer {
  "channel:enter": (channel: string, ack: Ack<Page & { members: readonly User[] }>) => void;
  "channel:leave": (channel: string, ack: Ack<{ left: boolean }>) => void;
  "message:send": (channel: string, text: string, ack: Ack<{ message: Message }>) => void;
  /** The messages before the one with this number. */
  "history:before": (channel: string, before: number, ack: Ack<Page>) => void;
  typing: (channel: string, typing: boolean) => void;
  /** `devices` is how many clients of the other person have confirmed the message. */
  "direct:send": (to: string, text: string, ack: Ack<{ devices: number }>) => void;
  "poll:start": (channel: string, question: string, ack: Ack<PollResult>) => void;
}

export interface ServerToClient {
  welcome: (you: User, online: readonly User[]) => void;
  presence: (user: User, online: boolean) => void;
  "channel:entered": (channel: string, user: User) => void;
  "channel:left": (channel: string, user: User) => void;
  message: (message: Message) => void;
  typing: (channel: string, user: User, typing: boolean) => void;
  direct: (message: DirectMessage, confirm: (received: true) => void) => void;
  /** What the same person has sent from another window. */
  "direct:copy": (message: DirectMessage) => void;
  poll: (channel: string, question: string, answer: (choice: string) => void) => void;
  announcement: (text: string, confirm: (name: string) => void) => void;
  avatar: (userId: string, version: number) => void;
  "file:progress": (channel: string, file: FileInfo, received: number) => void;
  /** An event was not taken at all; requests that are refused are answered. */
  problem: (refusal: Refusal) => void;
}

// --- the namespace /files ---

export interface FilesClientToServer {
  /** Says what is coming; the answer says how to cut it. */
  "upload:start": (
    channel: string,
    file: Omit<FileInfo, "id">,
    ack: Ack<{ id: string; chunkBytes: number }>,
  ) => void;
  /** The next piece; the message of the channel follows the last one. */
  "upload:chunk": (
    id: string,
    chunk: Uint8Array,
    ack: Ack<{ received: number; done: boolean }>,
  ) => void;
  "file:get": (id: string, ack: Ack<{ file: FileInfo; data: Uint8Array }>) => void;
  "avatar:set": (image: Uint8Array, ack: Ack<{ version: number }>) => void;
}

export interface FilesServerToClient {
  "upload:expired": (id: string) => void;
  problem: (refusal: Refusal) => void;
}

// --- the namespace /admin ---

export interface Stats {
  /** Engine.IO sessions. */
  readonly connections: number;
  /** Sockets of the namespace /. */
  readonly sockets: number;
  readonly people: number;
  /** Sockets by the transport they use now. */
  readonly transports: Readonly<Record<string, number>>;
  /** Events that clients have sent, by name. */
  readonly events: Readonly<Record<string, number>>;
}

export interface AdminClientToServer {
  stats: (ack: Ack<{ stats: Stats }>) => void;
  announce: (text: string, ack: Ack<PollResult>) => void;
  kick: (userId: string, ack: Ack<{ sockets: number }>) => void;
}

export interface AdminServerToClient {
  stats: (stats: Stats) => void;
  problem: (refusal: Refusal) => void;
}

/** What the server keeps with each socket, in every namespace. */
export interface SocketData {
  user: User;
  /** What the client says it runs on. */
  device: string;
}

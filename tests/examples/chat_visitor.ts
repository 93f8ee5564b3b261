/** What the page of the chat does, without the page. */
import { assert } from "@std/assert";
import { io, type Socket } from "socket.io-client";
import type {
  ClientToServer,
  Joined,
  JoinReply,
  Message,
  Notice,
  Person,
  Refusal,
  RoomSummary,
  SendReply,
  ServerToClient,
  Typing,
} from "../../examples/chat/events.ts";
import { eventually, Mailbox } from "../support/waiting.ts";

/** Somebody at a page. */
export class Visitor {
  readonly socket: Socket<ServerToClient, ClientToServer>;
  readonly messages: Mailbox<Message> = new Mailbox();
  readonly notices: Mailbox<Notice> = new Mailbox();
  readonly typings: Mailbox<Typing> = new Mailbox();
  people: readonly Person[] = [];
  rooms: readonly RoomSummary[] = [];

  constructor(url: string, token: string) {
    this.socket = io(url, {
      auth: { token },
      forceNew: true,
      transports: ["websocket"],
      reconnectionDelay: 50,
      reconnectionDelayMax: 200,
    });
    this.socket.on("message", (message) => this.messages.put(message));
    this.socket.on("notice", (notice) => this.notices.put(notice));
    this.socket.on("typing", (typing) => this.typings.put(typing));
    this.socket.on("people", (_room, people) => this.people = people);
    this.socket.on("rooms", (rooms) => this.rooms = rooms);
  }

  static async open(url: string, token: string): Promise<Visitor> {
    const visitor = new Visitor(url, token);
    await visitor.connected();
    return visitor;
  }

  connected(): Promise<true> {
    return eventually("a connection", () => this.socket.connected || undefined, 10_000);
  }

  join(room: unknown, name: unknown, returning = false): Promise<JoinReply> {
    // Whatever is sent, the server has to cope with it.
    const request = { room, name, returning } as { room: string; name: string };
    return this.socket.timeout(5_000).emitWithAck("join", request);
  }

  async enter(room: string, name: string): Promise<Joined> {
    const reply = await this.join(room, name);
    assert(reply.ok, JSON.stringify(reply));
    return reply;
  }

  send(room: unknown, text: unknown, id: unknown = crypto.randomUUID()): Promise<SendReply> {
    const request = { id, room, text } as { id: string; room: string; text: string };
    return this.socket.timeout(5_000).emitWithAck("send", request);
  }

  [Symbol.dispose](): void {
    this.socket.disconnect();
  }
}

/** What the page keeps, so that somebody is the same person after a reload. */
export function token(name: string): string {
  return `token-of-${name}-0123456789`;
}

/** The code of a refusal, or "ok". */
export function code(reply: JoinReply | SendReply): Refusal["code"] | "ok" {
  return reply.ok ? "ok" : reply.code;
}

/**
 * What the page knows of the room it is in: messages, notices, what is unread. Pure.
 *
 * - messages are in the order of their numbers, each once; so many are kept and no more;
 * - what is unread is said twice: as a number for the title, as a line in the log that stays until
 *   it is cleared.
 */
import type { Message, Notice, Person } from "../events.ts";
import type { NumberedNotice } from "./timeline.ts";

const MESSAGES_KEPT = 400;
const NOTICES_KEPT = 60;

export class RoomState {
  readonly name: string;
  /** Who I am there; undefined until the server has let me in. */
  me: Person | undefined;
  people: readonly Person[] = [];
  messages: readonly Message[] = [];
  notices: readonly NumberedNotice[] = [];
  /** Number after which the line of unread messages is. */
  unreadAfter: number | undefined;
  /** Number of the newest message read. */
  seen: number;
  #noticeCount = 0;

  constructor(name: string, seen: number | undefined) {
    this.name = name;
    this.seen = seen ?? Infinity; // What was there before the first visit is not news.
  }

  get lastSeq(): number {
    return this.messages.at(-1)?.seq ?? 0;
  }

  /** How many messages of others are not read. */
  get unread(): number {
    return this.messages.filter((message) => this.#isNews(message)).length;
  }

  /** The server's word, on entering and on coming back. */
  enter(me: Person, people: readonly Person[], messages: readonly Message[]): void {
    this.me = me;
    this.people = people;
    this.messages = messages;
    // A server that has forgotten counts from one again.
    if (this.seen === Infinity || this.seen > this.lastSeq) this.seen = this.lastSeq;
    this.#drawLine();
  }

  /** Adds a message; false when it is known. */
  add(message: Message): boolean {
    if (this.messages.some(({ id }) => id === message.id)) return false;
    this.messages = [...this.messages, message].sort((a, b) => a.seq - b.seq)
      .slice(-MESSAGES_KEPT);
    return true;
  }

  addNotice(notice: Notice): void {
    const numbered = { ...notice, number: this.#noticeCount++, afterSeq: this.lastSeq };
    this.notices = [...this.notices, numbered].slice(-NOTICES_KEPT);
  }

  /** All has been seen. The line stays where it is. */
  markSeen(): void {
    this.seen = this.lastSeq;
  }

  /** A message came that nobody looked at: from there on it is unread. */
  markUnread(): void {
    this.#drawLine();
  }

  clearLine(): void {
    this.unreadAfter = undefined;
  }

  #isNews({ seq, author }: Message): boolean {
    return seq > this.seen && author.id !== this.me?.id;
  }

  #drawLine(): void {
    const first = this.messages.find((message) => this.#isNews(message));
    if (first) this.unreadAfter ??= first.seq - 1;
  }
}

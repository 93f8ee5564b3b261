/**
 * The last messages of each channel, in memory.
 *
 * - a channel keeps its newest 500 messages, and there are at most 100 channels;
 * - numbers grow over all channels and are never used twice.
 */
import { Problem } from "./checks.ts";
import type { FileInfo, Message, Page, User } from "./events.ts";

const MAX_MESSAGES = 500;
const MAX_CHANNELS = 100;
const PAGE = 20;

/** A message without its number and its time. */
interface Draft {
  readonly channel: string;
  readonly from: User;
  readonly text: string;
  readonly file?: FileInfo;
}

export class History {
  readonly #channels: Map<string, Message[]> = new Map();
  #lastId = 0;

  add(draft: Draft): Message {
    const messages = this.#channels.get(draft.channel) ?? [];
    if (messages.length === 0 && this.#channels.size >= MAX_CHANNELS) {
      throw new Problem("too-many", "There are too many channels already.");
    }
    this.#lastId += 1;
    const message = { ...draft, id: this.#lastId, at: Date.now() };
    messages.push(message);
    if (messages.length > MAX_MESSAGES) messages.shift();
    this.#channels.set(draft.channel, messages);
    return message;
  }

  /** The newest messages of a channel, or the newest of those before a number. */
  page(channel: string, before: number = Infinity): Page {
    const older = (this.#channels.get(channel) ?? []).filter(({ id }) => id < before);
    return { messages: older.slice(-PAGE), more: older.length > PAGE };
  }
}

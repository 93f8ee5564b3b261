/**
 * The last messages of every room, in memory and in a journal of JSON lines.
 *
 * - a room keeps its newest `messagesPerRoom` messages, in the order of their numbers;
 * - `add` changes memory at once and resolves when the message is written;
 * - writes happen one after the other; a write that fails costs durability, never the chat;
 * - a line that cannot be read (the machine stopped in the middle of it) is skipped;
 * - the journal is rewritten when most of its lines are of no use any more.
 */
import type { Message } from "./events.ts";
import { LIMITS } from "./rules.ts";

/** Where the lines are kept. `History` calls one method at a time. */
export interface Journal {
  read(): Promise<string>;
  append(text: string): Promise<void>;
  /** Puts `text` in the place of everything; all of it or nothing. */
  replace(text: string): Promise<void>;
  close(): void | Promise<void>;
}

/** A message without what `History` gives it. */
export type Draft = Omit<Message, "seq" | "at">;

export interface HistoryOptions {
  readonly messagesPerRoom?: number;
  /** Useless lines that the journal may hold on top of the useful ones. Default 1,000. */
  readonly spareLines?: number;
  /** Messages older than this are forgotten at the start. Default 30 days, in milliseconds. */
  readonly maxAgeMs?: number;
  readonly now?: () => number;
  readonly onError?: (error: unknown) => void;
}

interface Shelf {
  readonly messages: Message[];
  lastSeq: number;
}

const THIRTY_DAYS_MS = 30 * 24 * 3_600_000;

export class History {
  readonly #journal: Journal;
  readonly #shelves: Map<string, Shelf> = new Map();
  readonly #messagesPerRoom: number;
  readonly #spareLines: number;
  readonly #now: () => number;
  readonly #onError: (error: unknown) => void;
  #unwritten: string[] = [];
  #tail: Promise<void> = Promise.resolve();
  #lines = 0;
  #torn = false;

  private constructor(journal: Journal, options: HistoryOptions) {
    this.#journal = journal;
    this.#messagesPerRoom = options.messagesPerRoom ?? LIMITS.messagesPerRoom;
    this.#spareLines = options.spareLines ?? 1_000;
    this.#now = options.now ?? Date.now;
    this.#onError = options.onError ?? (() => {});
  }

  /** Reads the journal; what it holds twice or cannot be read is left out. */
  static async open(journal: Journal, options: HistoryOptions = {}): Promise<History> {
    const history = new History(journal, options);
    const text = await journal.read();
    const { messages, lines } = readMessages(text);
    const oldest = history.#now() - (options.maxAgeMs ?? THIRTY_DAYS_MS);
    for (const message of messages) {
      if (message.at >= oldest) history.#keep(message);
    }
    history.#lines = lines;
    history.#torn = text !== "" && !text.endsWith("\n");
    if (history.#torn || history.#isBloated()) await history.#enqueue(() => history.#compact());
    return history;
  }

  /** Gives a message its number and its time. Its id must be new in the room: see `find`. */
  add(draft: Draft): { readonly message: Message; readonly written: Promise<void> } {
    const seq = (this.#shelves.get(draft.room)?.lastSeq ?? 0) + 1;
    const message = { ...draft, seq, at: this.#now() };
    this.#keep(message);
    this.#unwritten.push(JSON.stringify(message) + "\n");
    return { message, written: this.#enqueue(() => this.#write()) };
  }

  /** The messages of a room, oldest first. */
  of(room: string): readonly Message[] {
    return this.#shelves.get(room)?.messages ?? [];
  }

  find(room: string, id: string): Message | undefined {
    return this.#shelves.get(room)?.messages.findLast((message) => message.id === id);
  }

  /** Number of the newest message of a room, 0 when there is none. */
  lastSeq(room: string): number {
    return this.#shelves.get(room)?.lastSeq ?? 0;
  }

  /** Rooms with messages. */
  rooms(): readonly string[] {
    return [...this.#shelves.keys()];
  }

  /** Resolves when all that was added is written. */
  settled(): Promise<void> {
    return this.#tail;
  }

  async close(): Promise<void> {
    await this.#tail;
    await this.#journal.close();
  }

  #keep(message: Message): void {
    let shelf = this.#shelves.get(message.room);
    if (shelf === undefined) {
      shelf = { messages: [], lastSeq: 0 };
      this.#shelves.set(message.room, shelf);
    }
    if (message.seq <= shelf.lastSeq) return; // The journal holds it twice.
    shelf.messages.push(message);
    shelf.lastSeq = message.seq;
    if (shelf.messages.length > this.#messagesPerRoom) shelf.messages.shift();
  }

  /** One after the other; never rejects. */
  #enqueue(step: () => Promise<void>): Promise<void> {
    this.#tail = this.#tail.then(step).catch((error: unknown) => {
      this.#torn = true; // Perhaps half a line: the next one must not be glued to it.
      this.#onError(error);
    });
    return this.#tail;
  }

  /** Writes all that waits; a message whose batch went out before finds nothing to do. */
  async #write(): Promise<void> {
    const batch = this.#unwritten;
    if (batch.length === 0) return;
    this.#unwritten = [];
    await this.#journal.append((this.#torn ? "\n" : "") + batch.join(""));
    this.#torn = false;
    this.#lines += batch.length;
    if (this.#isBloated()) await this.#compact();
  }

  #isBloated(): boolean {
    return this.#lines > this.#spareLines + 2 * this.#kept();
  }

  #kept(): number {
    let kept = 0;
    for (const shelf of this.#shelves.values()) kept += shelf.messages.length;
    return kept;
  }

  async #compact(): Promise<void> {
    const lines: string[] = [];
    for (const { messages } of this.#shelves.values()) {
      for (const message of messages) lines.push(JSON.stringify(message) + "\n");
    }
    const waiting = this.#unwritten;
    this.#unwritten = []; // They are among the messages kept.
    try {
      await this.#journal.replace(lines.join(""));
    } catch (error) {
      this.#unwritten = [...waiting, ...this.#unwritten];
      throw error;
    }
    this.#lines = lines.length;
    this.#torn = false;
  }
}

/** The messages of a journal and the number of its lines. */
export function readMessages(text: string): {
  readonly messages: readonly Message[];
  readonly lines: number;
} {
  const lines = text.split("\n").filter((line) => line !== "");
  const messages: Message[] = [];
  for (const line of lines) {
    const message = parseLine(line);
    if (message) messages.push(message);
  }
  return { messages, lines: lines.length };
}

function parseLine(line: string): Message | undefined {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return undefined;
  }
  return isMessage(value) ? value : undefined;
}

function isMessage(value: unknown): value is Message {
  if (!isRecord(value) || !isRecord(value["author"])) return false;
  const { id, room, seq, text, at, author } = value;
  return [id, room, text, author["id"], author["name"]].every((item) => typeof item === "string") &&
    [seq, at, author["color"]].every((item) => Number.isSafeInteger(item));
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

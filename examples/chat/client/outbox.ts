/**
 * Messages on their way: kept until the server has confirmed them, over reloads and lost
 * connections.
 *
 * - one message is under way at a time, so that they arrive in the order of writing;
 * - a message keeps its id however often it is sent, so that it is posted once;
 * - a message that was refused stays, with the reason, until it is sent again or given up.
 */
import type { Message, SendReply, SendRequest } from "../events.ts";
import { randomId, readUnsent, type Unsent, writeUnsent } from "./store.ts";

export interface OutboxPort {
  /** The server's answer, undefined when there was none. */
  send(request: SendRequest): Promise<SendReply | undefined>;
  /** What waits has changed. */
  changed(): void;
  sent(message: Message): void;
}

export class Outbox {
  readonly #port: OutboxPort;
  #list: readonly Unsent[] = readUnsent();
  #busy = false;
  #next: string | undefined;

  constructor(port: OutboxPort) {
    this.#port = port;
  }

  /** What waits for a room, oldest first. */
  of(room: string): readonly Unsent[] {
    return this.#list.filter((item) => item.room === room);
  }

  add(room: string, text: string): void {
    this.#change([...this.#list, { id: randomId(), room, text, at: Date.now() }]);
    void this.flush(room);
  }

  /** Gives up a message. */
  discard(id: string): void {
    this.#change(this.#list.filter((item) => item.id !== id));
  }

  /** Sends a refused message again. */
  retry(id: string): void {
    const item = this.#list.find((item) => item.id === id);
    if (item === undefined) return;
    const { refused: _, ...again } = item;
    this.#change(this.#list.map((other) => other.id === id ? again : other));
    void this.flush(item.room);
  }

  /** Sends what waits for a room, until all is sent or there is no answer. */
  async flush(room: string): Promise<void> {
    if (this.#busy) {
      this.#next = room;
      return;
    }
    this.#busy = true;
    try {
      let goesOn = true;
      while (goesOn) {
        const item = this.of(room).find(({ refused }) => refused === undefined);
        goesOn = item !== undefined && await this.#deliver(item);
      }
    } finally {
      this.#busy = false;
    }
    const next = this.#next;
    this.#next = undefined;
    if (next !== undefined) await this.flush(next);
  }

  /** Sends one message; false when the others have to wait too. */
  async #deliver(item: Unsent): Promise<boolean> {
    const { id, room, text } = item;
    const reply = await this.#port.send({ id, room, text });
    if (reply === undefined) return false;
    if (reply.ok) {
      this.#list = this.#list.filter((other) => other.id !== id);
      writeUnsent(this.#list);
      this.#port.sent(reply.message);
      return true;
    }
    if (reply.code === "not-in-room") return false;
    if (reply.code === "slow-down") {
      await new Promise((resolve) => setTimeout(resolve, reply.retryAfterMs ?? 1_000));
      return true;
    }
    const refused = reply.message;
    this.#change(this.#list.map((other) => other.id === id ? { ...other, refused } : other));
    return true;
  }

  #change(list: readonly Unsent[]): void {
    this.#list = list;
    writeUnsent(list);
    this.#port.changed();
  }
}

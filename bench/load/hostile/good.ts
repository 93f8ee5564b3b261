/**
 * Clients that do as they should, and note what they feel.
 *
 * Each sends an echo every `ECHO_EVERY_MS` with an acknowledgement, hears every broadcast, and answers
 * pings; one that is disconnected is counted, and comes again.
 */
import { WebSocketLine } from "../../../tests/support/line.ts";
import { wallTime } from "./app.ts";

const ECHO_EVERY_MS = 2_000;

/** Echoes that are not answered within this time, in milliseconds, are errors. */
const LOST_AFTER_MS = 10_000;

/** Times of one kind, in milliseconds. */
export interface Spread {
  readonly count: number;
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

/** What all of them have felt in one phase. */
export interface Felt {
  readonly echo: Spread;
  readonly broadcast: Spread;
  /** Echoes without an answer, and connections that could not be had. */
  readonly errors: number;
  readonly disconnects: number;
}

/** What is noted in one phase. */
class Notes {
  readonly echoes: number[] = [];
  readonly broadcasts: number[] = [];
  errors = 0;
  disconnects = 0;
}

/** All of them. */
export class GoodClients {
  #notes = new Notes();
  readonly #port: number;
  readonly #clients: GoodClient[] = [];
  #isOver = false;

  constructor(port: number) {
    this.#port = port;
  }

  /** Opens so many, 25 at a time. */
  async open(count: number): Promise<void> {
    while (this.#clients.length < count) {
      const some = Array.from({ length: Math.min(25, count - this.#clients.length) }, () => {
        return new GoodClient(this.#port, this);
      });
      this.#clients.push(...some);
      await Promise.all(some.map((client) => client.connect()));
    }
  }

  get notes(): Notes {
    return this.#notes;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** What is felt within so many milliseconds. */
  async feel(ms: number): Promise<Felt> {
    const notes = this.#notes = new Notes();
    await new Promise((resolve) => setTimeout(resolve, ms));
    for (const client of this.#clients) client.countLost();
    const { errors, disconnects } = notes;
    return { echo: spread(notes.echoes), broadcast: spread(notes.broadcasts), errors, disconnects };
  }

  close(): void {
    this.#isOver = true;
    for (const client of this.#clients) client.close();
  }
}

class GoodClient {
  readonly #port: number;
  readonly #all: GoodClients;
  readonly #waiting = new Map<number, number>();
  #line: WebSocketLine | undefined;
  #timer: ReturnType<typeof setInterval> | undefined;
  #lastId = 0;

  constructor(port: number, all: GoodClients) {
    this.#port = port;
    this.#all = all;
  }

  async connect(): Promise<void> {
    try {
      const line = this.#line = await WebSocketLine.open(this.#port, 4);
      const joined = Promise.withResolvers<void>();
      line.listen((packet) => this.#take(line, packet, joined.resolve));
      line.send("40");
      await Promise.race([joined.promise, line.ended]);
      void line.ended.then(() => this.#lost());
    } catch {
      this.#all.notes.errors++;
      return this.#again();
    }
    // So that not all echo at the same time.
    await new Promise((resolve) => setTimeout(resolve, Math.random() * 200));
    this.#timer ??= setInterval(() => this.#echo(), ECHO_EVERY_MS * (0.9 + Math.random() / 5));
  }

  countLost(): void {
    const before = performance.now() - LOST_AFTER_MS;
    for (const [id, sentAt] of this.#waiting) {
      if (sentAt > before) continue;
      this.#waiting.delete(id);
      this.#all.notes.errors++;
    }
  }

  close(): void {
    clearInterval(this.#timer);
    this.#line?.cut();
  }

  #echo(): void {
    const id = this.#lastId++;
    this.#waiting.set(id, performance.now());
    this.#line?.send(`42${id}["echo","a message of some length, as people write them"]`);
  }

  #take(line: WebSocketLine, packet: string, joined: () => void): void {
    if (packet === "2") line.send("3");
    else if (packet.startsWith("40")) joined();
    else if (packet.startsWith('42["tick",')) {
      this.#all.notes.broadcasts.push(wallTime() - parseFloat(packet.slice(10)));
    } else if (packet.startsWith("43")) {
      const id = parseInt(packet.slice(2), 10);
      const sentAt = this.#waiting.get(id);
      this.#waiting.delete(id);
      if (sentAt !== undefined) this.#all.notes.echoes.push(performance.now() - sentAt);
    }
  }

  #lost(): void {
    if (this.#all.isOver) return;
    this.#all.notes.disconnects++;
    this.#waiting.clear();
    this.#again();
  }

  #again(): void {
    setTimeout(() => {
      if (!this.#all.isOver) void this.connect();
    }, 500);
  }
}

function spread(times: readonly number[]): Spread {
  const sorted = Float64Array.from(times).sort();
  const at = (share: number): number => sorted[Math.floor(share * (sorted.length - 1))] ?? NaN;
  return { count: sorted.length, p50: at(0.5), p99: at(0.99), max: at(1) };
}

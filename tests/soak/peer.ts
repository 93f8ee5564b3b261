/**
 * A client of Socket.IO over a line: it does what its life tells it, and answers heartbeats.
 *
 * Invariants
 * - Every wait has an end: a peer that is not served in time throws, with a sentence of what it was.
 * - How it answers what the server asks is drawn once a question: at once, late, never, or twice.
 */
import { within } from "../support/waiting.ts";
import type { Line, Revision } from "../support/line.ts";
import type { Random } from "./random.ts";

/** Time in which an orderly client must be served, in milliseconds: the machine may be busy. */
const SERVED_MS = 10_000;

/** How long a late answer takes, in milliseconds: longer than the server waits. */
const LATE_MS = 300;

/** A packet of Socket.IO without attachments: type, namespace, id, payload. */
const PACKET = /^4(\d)(?:(\/[^,]*),?)?(\d*)(.*)$/s;

/** What a client asks its server to serve. */
export class Peer {
  readonly #revision: Revision;
  readonly #random: Random;
  readonly #answers = new Map<string, (payload: string) => void>();
  readonly #timers = new Set<ReturnType<typeof setTimeout>>();
  #line: Line;
  #lastId = 0;
  #isMute = false;
  #isInMain = false;

  constructor(line: Line, revision: Revision, random: Random) {
    this.#line = line;
    this.#revision = revision;
    this.#random = random;
    this.use(line);
  }

  get line(): Line {
    return this.#line;
  }

  /** Goes on over another line of the same session. */
  use(line: Line): void {
    this.#line = line;
    line.listen((packet) => this.#take(packet));
    void line.ended.then(() => {
      if (this.#line === line) this.#stop();
    });
  }

  /**
   * Joins a namespace; clients of revision 3 are in the main one already, and are told so.
   *
   * @param auth what it is let in for
   */
  async join(namespace = "/", auth: object = {}): Promise<void> {
    const prefix = prefixOf(namespace);
    if (this.#revision === 3 && namespace === "/") return await this.#joinedMain();
    const answer = this.#await(`0${prefix}`, `a namespace ${namespace}`);
    if (this.#revision === 4) this.#line.send(`40${prefix}${JSON.stringify(auth)}`);
    else this.#line.send(`40${prefix}`);
    await answer;
  }

  /** What tells so may have come with the handshake. */
  async #joinedMain(): Promise<void> {
    if (!this.#isInMain) await this.#await("0", "the main namespace");
  }

  /** Emits, and awaits the acknowledgement. */
  async ask(namespace: string, event: string, ...args: readonly unknown[]): Promise<string> {
    const id = ++this.#lastId;
    const prefix = prefixOf(namespace);
    const answer = this.#await(`3${prefix}${id}`, `the answer to "${event}" in ${namespace}`);
    this.#line.send(`42${prefix}${id}${JSON.stringify([event, ...args])}`);
    return await answer;
  }

  emit(namespace: string, event: string, ...args: readonly unknown[]): void {
    this.#line.send(`42${prefixOf(namespace)}${JSON.stringify([event, ...args])}`);
  }

  leave(namespace = "/"): void {
    this.#line.send(`41${prefixOf(namespace)}`);
  }

  /** Answers nothing any more, neither heartbeats nor questions: any packet is a sign of life. */
  mute(): void {
    this.#isMute = true;
  }

  /** Sends a sign of life every so often, in milliseconds, read or not. */
  beat(everyMs: number): void {
    const timer = setInterval(() => {
      if (!this.#isMute) this.#line.send(this.#revision === 4 ? "3" : "2");
    }, everyMs);
    this.#timers.add(timer);
  }

  /** Resolves once the session has ended, which has to be in time. */
  async ended(what: string, ms: number = SERVED_MS): Promise<void> {
    await within(`the end of a client that ${what}`, this.#line.ended, ms);
  }

  #await(key: string, what: string): Promise<string> {
    const { promise, resolve } = Promise.withResolvers<string>();
    this.#answers.set(key, resolve);
    const ended = this.#line.ended.then((): never => {
      throw new Error(`The session ended before ${what}`);
    });
    return within(what, Promise.race([promise, ended]), SERVED_MS);
  }

  #take(packet: string): void {
    if (packet === "2" && this.#revision === 4 && !this.#isMute) return this.#line.send("3");
    const [, type, namespace = "/", id = "", payload = ""] = PACKET.exec(packet) ?? [];
    if (type === undefined) return;
    const prefix = prefixOf(namespace);
    if (type === "2" && id !== "") {
      return this.#answer(`43${prefix}${id}${payload.replace('"ask",', "")}`);
    }
    if (type === "0" && namespace === "/") this.#isInMain = true;
    const key = type === "3" ? `3${prefix}${id}` : `${type}${prefix}`;
    this.#answers.get(key)?.(payload);
    this.#answers.delete(key);
  }

  #answer(packet: string): void {
    if (this.#isMute) return;
    const way = this.#random.pick(["now", "late", "never", "twice"] as const);
    if (way === "now" || way === "twice") this.#line.send(packet);
    if (way === "twice") this.#line.send(packet);
    if (way !== "late") return;
    this.#timers.add(setTimeout(() => {
      if (!this.#isMute) this.#line.send(packet);
    }, LATE_MS));
  }

  #stop(): void {
    this.#isMute = true;
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
  }
}

function prefixOf(namespace: string): string {
  return namespace === "/" ? "" : `${namespace},`;
}

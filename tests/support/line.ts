/**
 * Engine.IO sessions of clients that do only what they are told, over WebSocket and polling.
 *
 * Owns the connections of a session.
 * - Packets come to the listener in order; heartbeats are packets as others.
 * - However a session ends, `ended` resolves, and what is sent after that goes nowhere.
 * - `cut` and `reset` leave no connection open.
 *
 * Source: Engine.IO protocol, revisions 3 and 4.
 */
import { clientFrame } from "./client_frame.ts";
import { Wire, type WireAnswer } from "./wire.ts";

/** Revisions of Engine.IO. */
export type Revision = 3 | 4;

export type Transport = "polling" | "websocket";

/** A session that is open. */
export interface Line {
  readonly transport: Transport;
  readonly sid: string;
  /** Resolves once the session has ended, on whichever side. */
  readonly ended: Promise<void>;
  /** Has packets told, those that have come already first. */
  listen(listener: (packet: string) => void): void;
  /** Sends packets, in order. */
  send(...packets: readonly string[]): void;
  /** Sends an attachment. */
  attach(...bytes: readonly number[]): void;
  /** Sends what are no packets. */
  spoil(bytes: string | Uint8Array): void;
  /** Stops reading. */
  stall(): void;
  resume(): void;
  /** Says that it goes, and ends its connections once the server has heard it. */
  close(): Promise<void>;
  /** Ends its connections by FIN, and says nothing. */
  cut(): void;
  /** Ends its connections by RST. */
  reset(): void;
}

/** The target of requests of a session, or of a handshake. */
export function targetOf(revision: Revision, transport: Transport, sid?: string): string {
  const session = sid === undefined ? "" : `&sid=${sid}`;
  const form = revision === 3 && transport === "polling" ? "&b64=1" : "";
  return `/socket.io/?EIO=${revision}&transport=${transport}${form}${session}`;
}

/** Packets on their way to a listener that may come later. */
class Inbox {
  readonly #early: string[] = [];
  #listener: ((packet: string) => void) | undefined;

  put(packet: string): void {
    if (this.#listener === undefined) this.#early.push(packet);
    else this.#listener(packet);
  }

  listen(listener: (packet: string) => void): void {
    this.#listener = listener;
    for (const packet of this.#early.splice(0)) listener(packet);
  }
}

/** A session over a WebSocket. */
export class WebSocketLine implements Line {
  readonly transport = "websocket";
  readonly ended: Promise<void>;
  readonly #wire: Wire;
  readonly #revision: Revision;
  readonly #inbox = new Inbox();
  readonly #opened = Promise.withResolvers<void>();
  #sid: string;

  /** @param sid the session that the WebSocket carries on; none while it has to begin one */
  constructor(wire: Wire, revision: Revision, sid = "") {
    this.#wire = wire;
    this.#revision = revision;
    this.#sid = sid;
    this.ended = Promise.race([wire.ended, wire.closing]);
    void this.ended.then(() =>
      this.#opened.reject(new Error("A WebSocket ended at its handshake"))
    );
    this.#opened.promise.catch(() => {}); // seen by who awaits it
    wire.onMessage = (message) => this.#take(String(message));
  }

  /** Opens a session. */
  static async open(port: number, revision: Revision): Promise<WebSocketLine> {
    const wire = await Wire.open(port);
    const line = new WebSocketLine(wire, revision);
    if (!await wire.upgrade(targetOf(revision, "websocket"))) {
      wire.cut();
      throw new Error("A WebSocket was refused");
    }
    await line.#opened.promise;
    return line;
  }

  get sid(): string {
    return this.#sid;
  }

  listen(listener: (packet: string) => void): void {
    this.#inbox.listen(listener);
  }

  send(...packets: readonly string[]): void {
    for (const packet of packets) this.#wire.send(packet);
  }

  attach(...bytes: readonly number[]): void {
    this.#wire.write(
      clientFrame(0x82, Uint8Array.of(...this.#revision === 3 ? [4] : [], ...bytes)),
    );
  }

  spoil(bytes: string | Uint8Array): void {
    this.#wire.write(bytes);
  }

  stall(): void {
    this.#wire.pause();
  }

  resume(): void {
    this.#wire.resume();
  }

  async close(): Promise<void> {
    this.#wire.sendClose();
    await this.ended;
    this.cut();
  }

  cut(): void {
    this.#wire.cut();
  }

  reset(): void {
    this.#wire.reset();
  }

  #take(packet: string): void {
    if (this.#sid !== "") return this.#inbox.put(packet);
    this.#sid = JSON.parse(packet.slice(1)).sid;
    this.#opened.resolve();
  }
}

/** A session over polling: one connection for polls, one for what it sends. */
export class PollingLine implements Line {
  readonly transport = "polling";
  readonly sid: string;
  readonly ended: Promise<void>;
  readonly #port: number;
  readonly #revision: Revision;
  readonly #inbox = new Inbox();
  readonly #ended = Promise.withResolvers<void>();
  #polls: Wire;
  #posts: Wire | undefined;
  #sending: Promise<void> = Promise.resolve();
  #polling: Promise<void> | undefined;
  #isStalled = false;
  #isOver = false;

  private constructor(port: number, revision: Revision, sid: string, polls: Wire) {
    this.#port = port;
    this.#revision = revision;
    this.sid = sid;
    this.#polls = polls;
    this.ended = this.#ended.promise;
  }

  /** Opens a session; what came with its handshake is told first. */
  static async open(port: number, revision: Revision): Promise<PollingLine> {
    const wire = await Wire.open(port);
    const answer = await wire.ask(targetOf(revision, "polling"));
    if (answer?.status !== 200) {
      wire.cut();
      throw new Error(`A handshake was answered with ${answer?.status} ${answer?.body}`);
    }
    const [handshake = "", ...packets] = packetsOf(revision, answer.body);
    const line = new PollingLine(port, revision, JSON.parse(handshake.slice(1)).sid, wire);
    for (const packet of packets) line.#inbox.put(packet);
    line.#polling = line.#pollOn();
    return line;
  }

  listen(listener: (packet: string) => void): void {
    this.#inbox.listen(listener);
  }

  send(...packets: readonly string[]): void {
    this.spoil(payloadOf(this.#revision, packets));
  }

  attach(...bytes: readonly number[]): void {
    const text = btoa(String.fromCharCode(...bytes));
    this.send(this.#revision === 3 ? `b4${text}` : `b${text}`);
  }

  spoil(body: string | Uint8Array): void {
    const text = typeof body === "string" ? body : String.fromCharCode(...body);
    this.#sending = this.#sending.then(() => this.#post(text)).catch(() => this.cut());
  }

  stall(): void {
    this.#isStalled = true;
    this.#polls.pause();
  }

  resume(): void {
    this.#isStalled = false;
    this.#polls.resume();
    this.#polling = this.#polling?.then(() => this.#pollOn());
  }

  async close(): Promise<void> {
    this.send("1");
    await this.#sending;
    this.cut();
  }

  cut(): void {
    this.#finish((wire) => wire.cut());
  }

  reset(): void {
    this.#finish((wire) => wire.reset());
  }

  /** Goes on as a WebSocket, as published clients do. */
  async upgrade(): Promise<WebSocketLine> {
    const wire = await this.probe();
    this.#isStalled = true; // the poll that waits is answered, and is the last
    await this.#polling;
    await this.#sending;
    const line = new WebSocketLine(wire, this.#revision, this.sid);
    line.send("5");
    this.cut();
    return line;
  }

  /** Opens a WebSocket for this session, and has its probe answered. */
  async probe(): Promise<Wire> {
    const wire = await this.openWebSocket();
    const answer = new Promise<string>((resolve) => {
      wire.onMessage = (message) => resolve(String(message));
      void wire.ended.then(() => resolve("the end of the connection"));
    });
    wire.send("2probe");
    if (await answer === "3probe") return wire;
    wire.cut();
    throw new Error(`A probe was answered by ${await answer}`);
  }

  /** Opens a WebSocket for this session. */
  async openWebSocket(): Promise<Wire> {
    const wire = await Wire.open(this.#port);
    if (await wire.upgrade(targetOf(this.#revision, "websocket", this.sid))) return wire;
    wire.cut();
    throw new Error("A WebSocket was refused to a session");
  }

  /** Polls until it is told not to; what goes wrong ends the session. */
  #pollOn(): Promise<void> {
    return this.#poll().catch(() => this.cut());
  }

  async #poll(): Promise<void> {
    while (!this.#isStalled && !this.#isOver) {
      const answer = await this.#ask(this.#polls);
      if (answer?.status !== 200) return this.cut();
      if (!answer.isLasting && !this.#isOver) {
        this.#polls.cut();
        this.#polls = await this.#connect();
      }
      for (const packet of packetsOf(this.#revision, answer.body)) this.#inbox.put(packet);
    }
  }

  async #post(body: string): Promise<void> {
    if (this.#isOver) return;
    if (this.#posts === undefined || this.#posts.isEnded) this.#posts = await this.#connect();
    const answer = await this.#ask(this.#posts, body);
    if (answer?.isLasting === false) this.#posts.cut();
    if (answer?.status !== 200) this.cut();
  }

  /** A connection, which is ended at once when the session was, meanwhile. */
  async #connect(): Promise<Wire> {
    const wire = await Wire.open(this.#port);
    if (this.#isOver) wire.cut();
    return wire;
  }

  #ask(wire: Wire, body?: string): Promise<WireAnswer | undefined> {
    const target = targetOf(this.#revision, "polling", this.sid);
    if (body === undefined) return wire.ask(target);
    const headers = ["Content-Type: text/plain;charset=UTF-8"];
    return wire.ask(target, { method: "POST", headers, body });
  }

  #finish(end: (wire: Wire) => void): void {
    this.#isOver = true;
    end(this.#polls);
    if (this.#posts !== undefined) end(this.#posts);
    this.#ended.resolve();
  }
}

function payloadOf(revision: Revision, packets: readonly string[]): string {
  if (revision === 4) return packets.join("\x1e");
  return packets.map((packet) => `${packet.length}:${packet}`).join("");
}

function packetsOf(revision: Revision, payload: string): readonly string[] {
  if (revision === 4) return payload.split("\x1e");
  const packets: string[] = [];
  for (let rest = payload; rest !== "";) {
    const colon = rest.indexOf(":");
    const end = colon + 1 + Number(rest.slice(0, colon));
    if (colon < 1 || !(end <= rest.length)) throw new Error(`A payload was ${rest.slice(0, 64)}`);
    packets.push(rest.slice(colon + 1, end));
    rest = rest.slice(end);
  }
  return packets;
}

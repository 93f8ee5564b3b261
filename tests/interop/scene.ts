/**
 * What a scenario works with: sockets of one client program, over one transport, on one target.
 *
 * Owns the sockets and gates of one scenario, and ends them when the scenario is over.
 *
 * Invariants
 * - Every socket has a tag of its own among its credentials, by which the server's reports are told
 *   apart: scenarios run side by side, on the same servers.
 */
import type { Report, ServerProcess } from "../support/server_process.ts";
import { eventually } from "../support/waiting.ts";
import type { ClientProcess, Order, Telling } from "./client_process.ts";
import type { Client, Transport } from "./clients.ts";
import { TcpGate } from "./tcp_gate.ts";

/** Options of the servers under test. */
export const PROFILES = {
  /** As users have them, but open to clients of 1.x and 2.x. */
  calm: { allowEIO3: true },
  /** Where silence is soon noticed; in milliseconds, long enough for a busy machine. */
  watchful: {
    allowEIO3: true,
    pingInterval: 1_000,
    pingTimeout: 3_000,
  },
} as const;

export type Profile = keyof typeof PROFILES;

/** How a socket is opened. */
export interface OpenOptions {
  readonly namespace?: string;
  readonly auth?: Readonly<Record<string, string>>;
  readonly reconnect?: boolean;
  /** Where to connect to. @default the calm server itself */
  readonly url?: string;
}

/** Where and how long a report is waited for. */
export interface Where {
  readonly server?: ServerProcess;
  readonly ms?: number;
}

/** The parts of a scene. */
export interface Stage {
  readonly client: Client;
  readonly transport: Transport;
  readonly program: ClientProcess;
  server(profile: Profile): Promise<ServerProcess>;
}

/** Milliseconds that a report of a server may take. */
const REPORT_MS = 20_000;

/** Milliseconds that an upgrade may take. */
const UPGRADE_MS = 20_000;

/** Characters that a failure shows of what was seen. */
const SHOWN_CHARACTERS = 2_000;

let opened = 0;

/** The surroundings of one scenario. */
export class Scene {
  readonly client: Client;
  readonly transport: Transport;
  readonly #stage: Stage;
  readonly #peers: Peer[] = [];
  readonly #gates: TcpGate[] = [];

  constructor(stage: Stage) {
    this.#stage = stage;
    this.client = stage.client;
    this.transport = stage.transport;
  }

  /** A server of the target. */
  server(profile: Profile = "calm"): Promise<ServerProcess> {
    return this.#stage.server(profile);
  }

  /** A gate before a server of the target. */
  async gate(profile: Profile = "calm"): Promise<TcpGate> {
    const gate = new TcpGate((await this.server(profile)).port);
    this.#gates.push(gate);
    return gate;
  }

  /** Opens a socket and waits until it is connected. */
  async open(options: OpenOptions = {}): Promise<Peer> {
    const peer = await this.dial(options);
    await peer.connected();
    return peer;
  }

  /** Opens a socket, whatever becomes of it. */
  async dial(options: OpenOptions = {}): Promise<Peer> {
    const peer = await this.#peer(options.namespace);
    this.#open(peer, options);
    return peer;
  }

  /** Waits until an upgrade, if there is to be one, is done. */
  async settle(peer: Peer): Promise<void> {
    if (this.transport !== "upgrade") return;
    await eventually("the upgrade to WebSocket", async () => {
      return await peer.transport() === "websocket" || undefined;
    }, UPGRADE_MS);
  }

  /** Two sockets over one connection. */
  async both(namespace: string, other: string): Promise<readonly [Peer, Peer]> {
    const { joins, cannot } = this.client;
    const [one, two] = [await this.#peer(namespace), await this.#peer(other)];
    // Where all namespaces have the same credentials they have the same tag.
    const isAlike = joins === "at once" || cannot["credentials of namespaces"] !== undefined;
    if (isAlike) two.tag = one.tag;
    if (joins === "at once") {
      this.#open(one, {}, { id: two.id, namespace: other });
      await Promise.all([one.connected(), two.connected()]);
    } else {
      this.#open(one, {});
      await one.connected();
      this.#say({ do: "join", id: two.id, of: one.id, namespace: other, auth: { tag: two.tag } });
      await two.connected();
    }
    return [one, two];
  }

  /** What helps to find the cause of a failure: what both sides saw of the sockets of this scene. */
  async traces(): Promise<string> {
    const told = this.#peers.flatMap(({ id }) => this.#stage.program.rest(id));
    const servers = [await this.server("calm"), await this.server("watchful")];
    const tags = new Set(this.#peers.map(({ tag }) => tag));
    const seen = servers.flatMap(({ reports }) => reports.filter(({ tag }) => tags.has(tag)));
    return [
      `told and not taken: ${JSON.stringify(told).slice(0, SHOWN_CHARACTERS)}`,
      `seen by the server: ${JSON.stringify(seen).slice(0, SHOWN_CHARACTERS)}`,
      `said by the server: ${servers.map(({ output }) => output).join("\n")}`,
      `said by the program: ${this.#stage.program.output}`,
    ].join("\n");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const peer of this.#peers) peer.close();
    await Promise.all(this.#gates.map((gate) => gate.stop()));
  }

  async #peer(namespace = "/"): Promise<Peer> {
    const id = `${this.client.key}.${this.transport}.${++opened}`;
    const peer = new Peer(this.#stage.program, { id, namespace, server: await this.server() });
    this.#peers.push(peer);
    return peer;
  }

  #open(peer: Peer, options: OpenOptions, also?: Readonly<Record<string, string>>): void {
    const { auth, reconnect = false, url = peer.url } = options;
    this.#say({
      do: "open",
      id: peer.id,
      url,
      namespace: peer.namespace,
      transport: this.transport,
      auth: { tag: peer.tag, ...auth },
      reconnect,
      ...(also === undefined ? {} : { also }),
    });
  }

  #say(order: Order): void {
    this.#stage.program.say(order);
  }
}

/** One socket of a client program. */
export class Peer {
  readonly id: string;
  readonly namespace: string;
  /** By what the server tells it apart. */
  tag: string;
  readonly #program: ClientProcess;
  readonly #server: ServerProcess;
  readonly #firstReport: number;
  #asked = 0;

  constructor(
    program: ClientProcess,
    { id, namespace, server }: { id: string; namespace: string; server: ServerProcess },
  ) {
    this.id = id;
    this.tag = id;
    this.namespace = namespace;
    this.#program = program;
    this.#server = server;
    this.#firstReport = server.reports.length;
  }

  get url(): string {
    return this.#server.url;
  }

  emit(event: string, ...args: readonly unknown[]): void {
    this.#program.say({ do: "emit", id: this.id, event, args });
  }

  /** The acknowledgement of an event. */
  async ask(event: string, ...args: readonly unknown[]): Promise<readonly unknown[]> {
    const ask = ++this.#asked;
    this.#program.say({ do: "ask", id: this.id, event, args, ask });
    const fits = (it: Telling): boolean => it.tell === "answer" && it.ask === ask;
    const what = `the answer to "${event}"`;
    return (await this.#program.next(this.id, { what, fits })).args ?? [];
  }

  /** The arguments of the next event of that name. */
  async heard(event: string): Promise<readonly unknown[]> {
    const fits = (it: Telling): boolean => it.tell === "event" && it.event === event;
    const what = `the event "${event}"`;
    return (await this.#program.next(this.id, { what, fits })).args ?? [];
  }

  /** What it is connected over, as the server tells it. */
  async transport(): Promise<unknown> {
    this.emit("transport");
    return (await this.heard("said"))[0];
  }

  connected(ms?: number): Promise<Telling> {
    return this.#next("connect", ms);
  }

  refused(): Promise<Telling> {
    return this.#next("refused");
  }

  disconnected(ms?: number): Promise<Telling> {
    return this.#next("disconnect", ms);
  }

  /** Whether something was told that nobody took. */
  has(tell: Telling["tell"]): boolean {
    return this.#program.rest(this.id).some((it) => it.tell === tell);
  }

  /** What a server saw of this socket: the calm one, unless it was opened on another. */
  async reported(kind: string, { server = this.#server, ms = REPORT_MS }: Where = {}): Promise<
    Report
  > {
    // Those before it was opened are not about it; there may be thousands.
    let index = server === this.#server ? this.#firstReport : 0;
    return await eventually(`the report "${kind}"`, () => {
      for (; index < server.reports.length; index++) {
        const report = server.reports[index];
        const isOfIt = report?.tag === this.tag && report.nsp === this.namespace;
        if (isOfIt && report.kind === kind) return report;
      }
      if (!server.alive) throw new Error("The server has ended");
    }, ms);
  }

  close(): void {
    this.#program.say({ do: "close", id: this.id });
  }

  #next(tell: Telling["tell"], ms?: number): Promise<Telling> {
    return this.#program.next(this.id, { what: `"${tell}"`, fits: (it) => it.tell === tell, ms });
  }
}

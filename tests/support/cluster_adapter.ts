/**
 * Servers of one process that are a cluster: what they tell each other are values, as over a network.
 *
 * Invariants
 * - A node hands nothing but structured clones to another, at once or, while `holds`, at `release`.
 * - A node is asked to do with its sockets what an adapter may do: everything goes through the
 *   `LocalDelivery` of its namespace.
 * - Who asks for answers waits for those of all other nodes, but no longer than `PATIENCE_MS`.
 */
import type { ServerOptions } from "../../src/server/server_options.ts";
import type {
  AckReceiver,
  Adapter,
  AdapterContext,
  AdapterFactory,
  OutgoingEvent,
  Question,
  RoomEvents,
  Selection,
  SocketDetails,
} from "../../src/socket/adapter.ts";
import { memoryAdapter } from "../../src/socket/memory_adapter.ts";
import type { Frame } from "../../src/wire/engine_packet.ts";
import { FakeClock } from "./fake_clock.ts";
import { TestServer } from "./in_process_server.ts";

/** An event as it travels. */
interface WireEvent extends Omit<OutgoingEvent, "packet"> {
  readonly parts: readonly Frame[];
}

/** What a node asks of another. */
type Demand =
  | { readonly type: "broadcast"; readonly event: WireEvent; readonly selection: Selection }
  | { readonly type: "ask"; readonly question: Question; readonly selection: Selection }
  | { readonly type: "fetch"; readonly selection: Selection }
  | { readonly type: "join"; readonly selection: Selection; readonly rooms: readonly string[] }
  | { readonly type: "leave"; readonly selection: Selection; readonly rooms: readonly string[] }
  | { readonly type: "disconnect"; readonly selection: Selection; readonly close: boolean }
  | { readonly type: "tell"; readonly args: readonly unknown[]; readonly asks: boolean };

/** Takes what a node answers; some demands have several answers. */
type Answer = (answer: unknown) => void;

/** How long a node waits for the answers of the others, in milliseconds. */
const PATIENCE_MS = 500;

/** Servers that know of each other. */
export class Cluster {
  /** Limits the wait for answers. */
  readonly clock: FakeClock = new FakeClock();
  /** Whether what nodes tell each other is on its way until `release`. */
  holds = false;
  readonly #nodes: ClusterAdapter[] = [];
  #held: (() => void)[] = [];

  /** Makes the adapters of one more server. */
  readonly node: AdapterFactory = (context) => {
    const adapter = new ClusterAdapter(this, context);
    this.#nodes.push(adapter);
    return adapter;
  };

  /** Starts as many servers. */
  start(count: number, options: ServerOptions = {}): TestServer[] {
    return Array.from({ length: count }, () => new TestServer({ adapter: this.node, ...options }));
  }

  /** The adapters of the same namespace on other servers. */
  others(adapter: ClusterAdapter): readonly ClusterAdapter[] {
    return this.#nodes.filter((node) => node !== adapter && node.namespace === adapter.namespace);
  }

  /** A node has left. */
  remove(adapter: ClusterAdapter): void {
    this.#nodes.splice(this.#nodes.indexOf(adapter), 1);
  }

  /** Brings a message to where it goes. */
  carry(message: unknown, arrive: (copy: unknown) => void): void {
    const copy: unknown = structuredClone(message);
    if (this.holds) this.#held.push(() => arrive(copy));
    else arrive(copy);
  }

  /** Lets everything arrive that is on its way. */
  release(): void {
    const held = this.#held;
    this.#held = [];
    this.holds = false;
    for (const arrive of held) arrive();
  }
}

/** The adapter of one namespace of one node. */
class ClusterAdapter implements Adapter {
  readonly namespace: string;
  readonly #cluster: Cluster;
  readonly #context: AdapterContext;
  /** The sockets of this node. */
  readonly #own: Adapter;

  constructor(cluster: Cluster, context: AdapterContext) {
    this.namespace = context.namespace;
    this.#cluster = cluster;
    this.#context = context;
    this.#own = memoryAdapter(context);
  }

  get rooms(): Map<string, Set<string>> {
    return this.#own.rooms;
  }

  get sids(): Map<string, Set<string>> {
    return this.#own.sids;
  }

  serverCount(): number {
    return 1 + this.#cluster.others(this).length;
  }

  addAll(id: string, rooms: ReadonlySet<string>): void {
    void this.#own.addAll(id, rooms);
  }

  del(id: string, room: string): void {
    void this.#own.del(id, room);
  }

  delAll(id: string): void {
    this.#own.delAll(id);
  }

  socketRooms(id: string): Set<string> | undefined {
    return this.#own.socketRooms(id);
  }

  broadcast(event: OutgoingEvent, selection: Selection): void {
    this.#own.broadcast(event, selection);
    this.#demand({ type: "broadcast", event: toWire(event), selection });
  }

  broadcastWithAck(event: OutgoingEvent, selection: Selection, receiver: AckReceiver): void {
    this.#own.broadcastWithAck(event, selection, receiver);
    if (selection.local) {
      for (const _node of this.#cluster.others(this)) receiver.sent(0);
      return;
    }
    const demand: Demand = { type: "ask", question: toQuestion(event), selection };
    this.#demand(demand, (answer) => tell(receiver, answer));
  }

  async fetchSockets(selection: Selection): Promise<readonly SocketDetails[]> {
    const found = await this.#own.fetchSockets(selection);
    if (selection.local) return found;
    const elsewhere = await this.#gather<readonly SocketDetails[]>({ type: "fetch", selection });
    return [...found, ...elsewhere.flat()];
  }

  addSockets(selection: Selection, rooms: readonly string[]): void {
    this.#own.addSockets(selection, rooms);
    this.#demand({ type: "join", selection, rooms });
  }

  delSockets(selection: Selection, rooms: readonly string[]): void {
    this.#own.delSockets(selection, rooms);
    this.#demand({ type: "leave", selection, rooms });
  }

  disconnectSockets(selection: Selection, close: boolean): void {
    this.#own.disconnectSockets(selection, close);
    this.#demand({ type: "disconnect", selection, close });
  }

  async serverSideEmit(args: readonly unknown[], wantsAnswers: boolean): Promise<unknown[]> {
    if (wantsAnswers) return await this.#gather({ type: "tell", args, asks: true });
    this.#demand({ type: "tell", args, asks: false });
    return [];
  }

  close(): void {
    this.#cluster.remove(this);
    void this.#own.close();
  }

  on<Name extends keyof RoomEvents>(event: Name, listener: RoomEvents[Name]): this {
    this.#own.on(event, listener);
    return this;
  }

  once<Name extends keyof RoomEvents>(event: Name, listener: RoomEvents[Name]): this {
    this.#own.once(event, listener);
    return this;
  }

  off<Name extends keyof RoomEvents>(event: Name, listener: RoomEvents[Name]): this {
    this.#own.off(event, listener);
    return this;
  }

  /** Asks all other nodes, unless it is a matter of this one alone. */
  #demand(demand: Demand, answer: Answer = () => {}): void {
    if ("selection" in demand && demand.selection.local) return;
    for (const node of this.#cluster.others(this)) {
      this.#cluster.carry(demand, (copy) => {
        // A structured clone of a demand is one.
        node.#obey(copy as Demand, (given) => this.#cluster.carry(given, answer));
      });
    }
  }

  /** One answer of each other node. */
  #gather<Item>(demand: Demand): Promise<Item[]> {
    const awaited = this.#cluster.others(this).length;
    const answers: Item[] = [];
    if (awaited === 0) return Promise.resolve(answers);
    return new Promise((resolve, reject) => {
      const cancel = this.#cluster.clock.after(PATIENCE_MS, () => {
        reject(new Error(`Only ${answers.length} of ${awaited} servers have answered`));
      });
      this.#demand(demand, (answer) => {
        // What a node answers is of the kind that it was asked for.
        if (answers.push(answer as Item) < awaited) return;
        cancel();
        resolve(answers);
      });
    });
  }

  #fromWire({ parts, ...event }: WireEvent): OutgoingEvent {
    return { ...event, packet: this.#context.local.packet(parts) };
  }

  /** Does what another node asks. */
  #obey(demand: Demand, answer: Answer): void {
    switch (demand.type) {
      case "broadcast":
        return this.#own.broadcast(this.#fromWire(demand.event), demand.selection);
      case "ask":
        return this.#ask(demand.question, demand.selection, answer);
      case "fetch":
        return void this.#own.fetchSockets(demand.selection).then((found) => {
          answer(found.map(toPlain));
        });
      case "join":
        return this.#own.addSockets(demand.selection, demand.rooms);
      case "leave":
        return this.#own.delSockets(demand.selection, demand.rooms);
      case "disconnect":
        return this.#own.disconnectSockets(demand.selection, demand.close);
      case "tell":
        return this.#context.local.serverSideEvent(demand.args, demand.asks ? answer : undefined);
    }
  }

  /** Asks the sockets of this node what another node wants to know of them. */
  #ask(question: Question, selection: Selection, answer: Answer): void {
    const event = this.#context.local.question(question);
    this.#own.broadcastWithAck(event, selection, {
      sent: (count) => answer({ sent: count }),
      answered: (response) => answer({ response }),
      lost: () => answer({ isLost: true }),
    });
  }
}

/** What travels of an event that wants answers: each node gives it an id of its own. */
function toQuestion({ args, volatile, timeoutMs }: OutgoingEvent): Question {
  const [name, ...values] = args;
  if (typeof name !== "string" || timeoutMs === undefined) {
    throw new TypeError("Cannot ask other servers: the event has no name, or wants no answers");
  }
  return { args: [name, ...values], volatile, timeoutMs };
}

function toWire({ packet, ...event }: OutgoingEvent): WireEvent {
  return { ...event, parts: packet.parts };
}

/** What can travel of a socket. */
function toPlain({ id, handshake, rooms, data }: SocketDetails): SocketDetails {
  return { id, handshake: { ...handshake }, rooms: [...rooms], data };
}

function tell(receiver: AckReceiver, answer: unknown): void {
  // What `#obey` sends of a broadcast.
  const { sent, response, isLost } = answer as {
    readonly sent?: number;
    readonly response?: unknown;
    readonly isLost?: boolean;
  };
  if (sent !== undefined) receiver.sent(sent);
  else if (isLost) receiver.lost?.();
  else receiver.answered(response);
}

/**
 * Any mix of direct emits, broadcasts, acknowledgements, binary and volatile events, over clients that
 * poll, pause, upgrade and fall behind: each client gets what a model says, in the order of emission.
 */
import { assertEquals } from "@std/assert";
import fc from "fast-check";
import type { Frame } from "../../src/wire/engine_packet.ts";
import { type Connected, joined } from "../support/in_process_client.ts";
import { TestServer } from "../support/in_process_server.ts";

const RUNS = { numRuns: 800 };
const CLIENTS = 4;
const ROOMS = ["a", "b", "c"] as const;

// --- programs ---

interface Send {
  readonly type: "send";
  /** Who emits: a socket, or the server when there is none. */
  readonly from: number | undefined;
  /** Whether only the emitting socket gets it. */
  readonly isDirect: boolean;
  readonly rooms: readonly string[];
  /** Sockets whose own rooms are added to the rooms. */
  readonly sockets: readonly number[];
  readonly except: readonly string[];
  readonly wantsAck: boolean;
  readonly isBinary: boolean;
  readonly isVolatile: boolean;
}

type Action = "probe" | "upgrade" | "pause" | "resume" | "hold" | "drain";

type Step =
  | Send
  | { readonly type: "join" | "leave"; readonly client: number; readonly room: string }
  | { readonly type: "settle" }
  | { readonly type: Action; readonly client: number };

const client = fc.nat(CLIENTS - 1);
const rooms = fc.subarray([...ROOMS], { maxLength: 2 });

const send: fc.Arbitrary<Step> = fc.record({
  type: fc.constant("send" as const),
  from: fc.option(client, { nil: undefined }),
  isDirect: fc.boolean(),
  rooms,
  sockets: fc.subarray([0, 1, 2, 3], { maxLength: 2 }),
  except: fc.oneof({ weight: 2, arbitrary: fc.constant([]) }, { weight: 1, arbitrary: rooms }),
  wantsAck: fc.boolean(),
  isBinary: fc.boolean(),
  isVolatile: fc.oneof(fc.constant(false), fc.boolean()),
});

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: send },
  {
    weight: 3,
    arbitrary: fc.record({
      type: fc.constantFrom("join" as const, "join" as const, "leave" as const),
      client,
      room: fc.constantFrom(...ROOMS),
    }),
  },
  { weight: 2, arbitrary: fc.constant<Step>({ type: "settle" }) },
  {
    weight: 3,
    arbitrary: fc.record({
      type: fc.constantFrom("probe", "upgrade", "pause", "resume", "hold", "drain"),
      client,
    }),
  },
);

// --- the model ---

/** What one client has, and must get. */
class ModelClient {
  readonly rooms = new Set<string>();
  readonly expected: Frame[] = [];
  transport: "polling" | "websocket";
  isProbing = false;
  /** Polling: whether it polls again after an answer. */
  polls = true;
  /** Polling: whether a GET waits. */
  isWaiting = true;
  /** WebSocket: whether it takes nothing off the network. */
  isHolding = false;
  /** WebSocket: whether bytes are on the network that it has not taken. */
  isBehind = false;
  /** Whether packets wait in the server. */
  hasQueue = false;

  constructor(transport: "polling" | "websocket") {
    this.transport = transport;
  }

  /** Decision of the server on a volatile packet. */
  get isWritable(): boolean {
    if (this.hasQueue || this.isProbing) return false;
    return this.transport === "polling" ? this.isWaiting : !this.isBehind;
  }

  give(packet: readonly Frame[], isVolatile: boolean): void {
    if (isVolatile && !this.isWritable) return;
    this.expected.push(...packet);
    this.hasQueue = true;
  }

  /** The end of a turn. */
  settle(): void {
    if (this.transport === "websocket") {
      if (this.hasQueue && this.isHolding) this.isBehind = true;
      this.hasQueue = false;
    } else if (this.polls) {
      this.hasQueue = false;
      this.isWaiting = true;
    } else if (this.hasQueue && this.isWaiting) {
      this.hasQueue = false;
      this.isWaiting = false;
    }
  }
}

interface Pair extends Omit<Connected, "io"> {
  readonly model: ModelClient;
}

/** A server, its clients, and the model of each. */
class Experiment {
  readonly io = new TestServer();
  readonly pairs: Pair[] = [];
  #names = 0;
  #ackId = 0;

  async start(): Promise<void> {
    for (let index = 0; index < CLIENTS; index++) {
      const transport = index % 2 === 0 ? "polling" : "websocket";
      const pair = await joined(this.io, { transport });
      const model = new ModelClient(transport);
      model.rooms.add(pair.socket.id);
      this.pairs.push({ ...pair, model });
    }
  }

  /** Takes a step; emits, joins and leaves are done at once, as in one turn of a program. */
  take(step: Step): Promise<void> | void {
    switch (step.type) {
      case "send":
        return this.#send(step);
      case "settle":
        return this.#settle();
      case "join":
      case "leave": {
        const { socket, model } = this.#pair(step.client);
        void socket[step.type](step.room);
        model.rooms[step.type === "join" ? "add" : "delete"](step.room);
        return;
      }
      default:
        return this.#actAlone(step.type, this.#pair(step.client));
    }
  }

  /** Has every client read everything; gives what each got and should have got. */
  async finish(): Promise<readonly (readonly [readonly Frame[], readonly Frame[]])[]> {
    await this.#settle();
    for (const pair of this.pairs) {
      if (pair.model.isProbing) await this.#act("upgrade", pair);
      await this.#act(pair.model.transport === "polling" ? "resume" : "drain", pair);
    }
    await this.#settle();
    return this.pairs.map(({ client, model }) => [client.inbox, model.expected]);
  }

  async #settle(): Promise<void> {
    await this.io.world.settle();
    for (const { model } of this.pairs) model.settle();
  }

  #pair(index: number): Pair {
    const pair = this.pairs[index];
    if (pair === undefined) throw new RangeError(`There is no client ${index}`);
    return pair;
  }

  #send(step: Send): void {
    const sender = step.from === undefined ? undefined : this.#pair(step.from);
    const name = String(this.#names++);
    const args = step.isBinary ? [Uint8Array.of(this.#names)] : [];
    const ackId = step.wantsAck ? this.#ackId++ : undefined;
    const packet = encode(name, args, ackId);
    const callback = step.wantsAck ? [() => {}] : [];
    if (sender !== undefined && step.isDirect) {
      const { socket, model } = sender;
      (step.isVolatile ? socket.volatile : socket).emit(name, ...args, ...callback);
      return model.give(packet, step.isVolatile);
    }
    const targets = [...step.rooms, ...step.sockets.map((index) => this.#pair(index).socket.id)];
    const base = sender === undefined ? this.io.local : sender.socket.broadcast;
    const chosen = base.to(targets).except([...step.except]);
    const flagged = step.isVolatile ? chosen.volatile : chosen;
    (step.wantsAck ? flagged.timeout(1e6) : flagged).emit(name, ...args, ...callback);
    for (const pair of this.pairs) {
      const { model } = pair;
      const isIn = targets.length === 0 || targets.some((room) => model.rooms.has(room));
      const isOut = pair === sender || step.except.some((room) => model.rooms.has(room));
      if (isIn && !isOut) model.give(packet, step.isVolatile);
    }
  }

  /** What clients do reaches the server in a turn of its own. */
  async #actAlone(type: Action, pair: Pair): Promise<void> {
    await this.#settle();
    await this.#act(type, pair);
    await this.#settle();
  }

  async #act(type: Action, { client, model }: Pair): Promise<void> {
    const isPolling = model.transport === "polling" && !model.isProbing;
    if (type === "pause" && isPolling) {
      client.pause();
      model.polls = false;
    } else if (type === "resume" && isPolling) {
      client.resume();
      model.polls = true;
    } else if (type === "probe" && isPolling) {
      await client.probe();
      model.isProbing = true;
      // The waiting GET is released so that the client can pause.
      model.polls = model.isWaiting = false;
    } else if (type === "upgrade" && model.isProbing) {
      await client.upgrade();
      model.isProbing = false;
      model.transport = "websocket";
    } else if (model.transport === "websocket" && client.webSocket !== undefined) {
      if (type === "hold") client.webSocket.holds = model.isHolding = true;
      if (type !== "drain") return;
      client.webSocket.holds = model.isHolding = model.isBehind = false;
      client.webSocket.drain();
    }
  }
}

function encode(name: string, args: readonly Uint8Array[], ackId: number | undefined): Frame[] {
  const holes = args.map((_, num) => `,{"_placeholder":true,"num":${num}}`).join("");
  const type = args.length === 0 ? "2" : `5${args.length}-`;
  return [`${type}${ackId ?? ""}["${name}"${holes}]`, ...args.map((bytes) => bytes.slice())];
}

Deno.test("Each client gets what is meant for it, in the order of emission", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { minLength: 10, maxLength: 60, size: "max" }),
      async (steps) => {
        const experiment = new Experiment();
        await experiment.start();
        for (const each of steps) {
          const pending = experiment.take(each);
          if (pending !== undefined) await pending;
        }
        for (const [found, expected] of await experiment.finish()) assertEquals(found, expected);
        assertEquals(experiment.io.world.errors, []);
      },
    ),
    RUNS,
  );
});

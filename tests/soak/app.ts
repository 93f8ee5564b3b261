/**
 * The application under churn: written once, against the API of socket.io.
 *
 * - It names no runtime and imports no server; each `server_*.ts` gives it one, and what only the
 *   runtime can tell.
 * - It holds nothing of its own for longer than a client lives, but weak references to what should go.
 */
import type { Namespace, Server, Socket } from "socket.io";
import { Census } from "./census.ts";

/** What the process tells of its memory, in bytes. */
export interface Memory {
  readonly heapUsed: number;
  readonly external: number;
  readonly rss: number;
}

/** What a runtime gives. */
export interface Platform {
  /** Collects all garbage. */
  readonly collect: () => void;
  readonly memory: () => Memory;
}

/** What one namespace holds. */
export interface NamespaceState {
  readonly name: string;
  readonly sockets: number;
  readonly rooms: number;
  readonly sids: number;
}

/** What the server holds, as the test asks for it. */
export interface State {
  /** Sessions of the engine. */
  readonly clients: number;
  /** The main namespace and `/orders`, and whichever dynamic ones are left. */
  readonly namespaces: readonly NamespaceState[];
  /** Promises and callbacks for acknowledgements, with a timeout, that are not settled. */
  readonly asks: number;
  /** Objects that are reachable after garbage was collected, by what they are. */
  readonly alive: Readonly<Record<string, number>>;
  readonly memory: Memory;
  readonly counters: Readonly<Record<string, number>>;
}

/** Where the test asks. */
export const STATE_PATH = "/soak/state";

/** Names of namespaces that clients may bring into being. */
const DYNAMIC = /^\/room-\d+$/;

/** A broadcast that stalled readers cannot keep up with, in bytes, and how often there is one, in ms. */
const FLOOD_BYTES = 65_536;
const FLOOD_EVERY_MS = 20;

/** Time for acknowledgements, in milliseconds. */
const ASK_TIMEOUT_MS = 200;

/** What this server has beside the API of the reference. */
interface Counted {
  readonly counters: Iterable<{
    readonly name: string;
    readonly cause: string;
    readonly value: number;
  }>;
}

/** The server, its clients, and what is left of them. */
export class SoakApp {
  readonly #io: Server;
  readonly #platform: Platform;
  readonly #census = new Census();
  readonly #children = new Map<string, WeakRef<Namespace>>();
  #asks = 0;

  constructor(io: Server, platform: Platform) {
    this.#io = io;
    this.#platform = platform;
    // Errors of handlers are made on purpose here; counters tell how many there were.
    io.on("handler_error" as "connection", () => {});
    io.engine.on("connection", (conn: object) => this.#census.add("conn", conn));
    io.on("new_namespace", (namespace) => {
      this.#census.add("namespace", namespace);
      this.#children.set(namespace.name, new WeakRef(namespace));
    });
    for (const nsp of [io.of("/"), io.of("/orders"), io.of(DYNAMIC)]) {
      nsp.use((socket, next) =>
        next(socket.handshake.auth["refuse"] ? new Error("no") : undefined)
      );
      nsp.on("connection", (socket: Socket) => this.#serve(socket));
    }
    const flood = "x".repeat(FLOOD_BYTES);
    setInterval(() => void io.to("crowd").emit("flood", flood), FLOOD_EVERY_MS);
  }

  /** What is held, as JSON, after a collection of garbage if so asked. */
  async state(collects: boolean): Promise<string> {
    // Twice, with a turn between: what finalizers let go of goes too.
    for (let round = 0; collects && round < 3; round++) {
      this.#platform.collect();
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    const state: State = {
      clients: this.#io.engine.clientsCount,
      namespaces: this.#namespaces(),
      asks: this.#asks,
      alive: this.#census.count(),
      memory: this.#platform.memory(),
      counters: countersOf(this.#io as unknown as Counted),
    };
    return JSON.stringify(state);
  }

  #namespaces(): readonly NamespaceState[] {
    const children = [...this.#children].flatMap(([name, reference]) => {
      const namespace = reference.deref();
      if (namespace === undefined) this.#children.delete(name);
      return namespace ?? [];
    });
    return [this.#io.of("/"), ...children].map(({ name, sockets, adapter }) => {
      return { name, sockets: sockets.size, rooms: adapter.rooms.size, sids: adapter.sids.size };
    });
  }

  #serve(socket: Socket): void {
    this.#census.add("socket", socket);
    const { nsp } = socket;
    socket.on("echo", (value: unknown, ack?: (value: unknown) => void) => {
      if (ack) ack(value);
      else socket.emit("echo", value);
    });
    socket.on("join", async (room: string, ack?: () => void) => {
      await socket.join(room);
      ack?.();
    });
    socket.on("leave", (room: string) => void socket.leave(room));
    socket.on("tell", (room: string, text: string) => {
      nsp.to(room).emit("told", text);
      socket.broadcast.volatile.to(room).emit("told", text);
    });
    socket.on("end", (whole: boolean) => void socket.disconnect(whole));
    socket.on("throw", () => {
      throw new Error("thrown on purpose");
    });
    socket.on("reject", () => Promise.reject(new Error("rejected on purpose")));
    socket.on("throw at end", () => {
      socket.on("disconnect", () => {
        throw new Error("thrown at the end on purpose");
      });
    });
    this.#ask(socket);
  }

  /** Asks for acknowledgements, in every way there is; the client answers, or does not. */
  #ask(socket: Socket): void {
    const begin = (): () => void => {
      this.#asks++;
      return () => void this.#asks--;
    };
    socket.on("ask me", (number: number) => {
      const end = begin();
      socket.timeout(ASK_TIMEOUT_MS).emitWithAck("ask", number).then(end, end);
      socket.emit("ask", number, () => {});
    });
    socket.on("ask room", (room: string, number: number) => {
      socket.nsp.to(room).timeout(ASK_TIMEOUT_MS).emit("ask", number, begin());
    });
  }
}

function countersOf({ counters }: Counted): Record<string, number> {
  const counts = [...counters].map(({ name, cause, value }) =>
    [`${name}/${cause}`, value] as const
  );
  return Object.fromEntries(counts);
}

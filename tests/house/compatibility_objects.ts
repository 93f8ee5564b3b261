/**
 * Real objects to hold the table against: for each column those that its `Server` makes, and those of
 * a session in process, whose classes all columns share.
 *
 * Invariants
 * - An object that a column's runtime alone can make is not here: its rows are shown by their tests.
 */
import { createServer } from "node:http";
import { Server as BunServer } from "@godwit/io/bun";
import { Server as DenoServer } from "@godwit/io/deno";
import { Server as NodeServer } from "@godwit/io/node";
import { NODE_SERVER_OPTIONS } from "../../src/runtime/node/options.ts";
import { SERVER_OPTIONS } from "../../src/server/options.ts";
import { memoryAdapter } from "../../src/socket/memory_adapter.ts";
import type { TargetName } from "../runtime/capabilities.ts";
import { connected } from "../support/in_process_client.ts";

/** Objects by the prefix of their keys; a key of several means all of them. */
export type Objects = Readonly<Record<string, readonly object[]>>;

/** What `no` and `refused` have to be true of, and how to let go of it. */
export interface ColumnObjects {
  readonly objects: Objects;
  readonly options: OptionNames;
  /** What the constructor is given in its other forms, by their keys. */
  readonly forms: Readonly<Record<string, unknown>>;
  construct(given: unknown): DenoServer | NodeServer | BunServer;
  close(): Promise<void>;
}

/** The names of the options that an entry takes, and of those that it refuses. */
export interface OptionNames {
  readonly taken: ReadonlySet<string>;
  readonly refused: ReadonlySet<string>;
}

/** The constructor of each column; what it is given may be wrong. */
const SERVERS: Readonly<Record<TargetName, ColumnObjects["construct"]>> = {
  deno: (given) => new DenoServer(given as object),
  "deno-node": (given) => new NodeServer(given as object),
  bun: (given) => constructForBun(given as object),
  node: (given) => new NodeServer(given as object),
  reference: () => {
    throw new TypeError("Cannot make objects of the reference: it has no column");
  },
};

/** The entry for Bun reads the environment there, and asks nothing else of Bun until it serves. */
function constructForBun(given: object): BunServer {
  Object.assign(globalThis, { Bun: { env: {} } });
  try {
    return new BunServer(given);
  } finally {
    Reflect.deleteProperty(globalThis, "Bun");
  }
}

function optionNames(target: TargetName): OptionNames {
  const isNode = target === "node" || target === "deno-node";
  const { rules, refused = {} } = isNode ? NODE_SERVER_OPTIONS : SERVER_OPTIONS;
  return { taken: new Set(Object.keys(rules)), refused: new Set(Object.keys(refused)) };
}

/** Makes the objects of a column. */
export async function columnObjects(target: TargetName): Promise<ColumnObjects> {
  const construct = SERVERS[target];
  const io = construct({});
  const nsp = io.of("/");
  const session = await connected();
  const { socket } = session;
  return {
    objects: {
      Server: [io],
      Namespace: [nsp],
      ParentNamespace: [io.of(/^\/parent/)],
      BroadcastOperator: [io.to("room")],
      RemoteSocket: [await remoteSocket()],
      Engine: [io.engine, io.engine.constructor],
      Adapter: [nsp.adapter],
      Socket: [socket],
      Handshake: [socket.handshake],
      Client: [socket.client],
      EngineSocket: [socket.conn],
      Transport: [socket.conn.transport, socket.conn.transport.constructor],
      EventEmitter: [io, nsp, socket, io.engine, socket.conn, nsp.adapter],
    },
    options: optionNames(target),
    forms: {
      "new Server(httpServer, options)": createServer(),
      "new Server(port, options)": 0,
    },
    construct,
    close: async () => {
      await io.close();
      await session.io.close();
    },
  };
}

/** A socket of another server: one that an adapter finds which knows of more than this process. */
async function remoteSocket(): Promise<object> {
  const { io, socket } = await connected({}, {
    adapter: (context) => {
      const adapter = memoryAdapter(context);
      adapter.fetchSockets = (): ReturnType<typeof adapter.fetchSockets> => {
        const { handshake } = socket;
        return Promise.resolve([{ id: "distant", handshake, rooms: ["distant"], data: {} }]);
      };
      return adapter;
    },
  });
  const [remote] = await io.fetchSockets();
  await io.close();
  if (remote === undefined) throw new Error("Cannot find a socket of another server");
  return remote;
}

/** Whether a member is there on one object at least, and on all. */
export function presence(objects: readonly object[], name: string): "all" | "some" | "none" {
  const found = objects.filter((it) => name in it);
  if (found.length === 0) return "none";
  return found.length === objects.length ? "all" : "some";
}

/** Whether a server can be made; it is closed at once. */
export async function isTaken(
  make: () => ReturnType<ColumnObjects["construct"]>,
): Promise<boolean> {
  try {
    await make().close();
    return true;
  } catch (error) {
    if (error instanceof TypeError) return false;
    throw error;
  }
}

/** Whether reading a member, or calling it without arguments, throws. */
export async function refuses(object: object, name: string): Promise<boolean> {
  try {
    const member: unknown = Reflect.get(object, name, object);
    if (typeof member === "function") await Reflect.apply(member, object, []);
    return false;
  } catch {
    return true;
  }
}

/**
 * What a case of the contract gets: a server, a transport mode, and clients that end with the case.
 *
 * - Clients are the published socket.io-client, each with a connection and a tag of its own;
 * - they never reconnect unless a case asks for it;
 * - whatever the context opened is closed when it is disposed of, also after a failure.
 */
import { io, type ManagerOptions, type Socket, type SocketOptions } from "socket.io-client";
import type { ServerProcess } from "../support/server_process.ts";
import { within } from "../support/waiting.ts";
import { startTarget, type Target } from "./targets.ts";

/** How the clients of a case reach the server. */
export type Mode = "polling" | "websocket" | "upgrade";

export const MODES: readonly Mode[] = ["polling", "websocket", "upgrade"];

const TRANSPORTS: Readonly<Record<Mode, string[]>> = {
  polling: ["polling"],
  websocket: ["websocket"],
  upgrade: ["polling", "websocket"],
};

export type ClientSocket = Socket;
export type ClientOptions = Partial<ManagerOptions & SocketOptions>;

/** Options of the servers that cases share. */
export const PROFILES = {
  /** Timers so long that no case meets them. */
  calm: {
    pingInterval: 25_000,
    pingTimeout: 20_000,
    // A binary of 900 KB is 1.2 MB of base64 in a polling payload.
    maxHttpBufferSize: 2_000_000,
    cors: { origin: ["http://friend.example"], credentials: true },
    cookie: { name: "io" },
  },
  /** So long between pings that HTTP servers of some runtimes would think a poll forgotten. */
  patient: { pingInterval: 15_000, pingTimeout: 20_000 },
  /** Timers so short that a case can wait for them. No CORS, no cookie: the defaults. */
  brisk: {
    pingInterval: 300,
    pingTimeout: 400,
    connectTimeout: 500,
    upgradeTimeout: 500,
    closeTimeout: 500, // ours alone: the reference ends a closing session by its ping timeout
  },
  /** Lets in clients of Socket.IO 1 and 2. */
  older: { pingInterval: 25_000, pingTimeout: 20_000, allowEIO3: true },
} as const;

export type Profile = keyof typeof PROFILES;

let tags = 0;

export class CaseContext {
  readonly target: Target;
  readonly mode: Mode;
  readonly server: ServerProcess;
  readonly #clients: ClientSocket[] = [];
  readonly #servers: ServerProcess[] = [];

  constructor(target: Target, mode: Mode, server: ServerProcess) {
    this.target = target;
    this.mode = mode;
    this.server = server;
  }

  /** A name no other client of this run has. */
  tag(): string {
    return `client-${++tags}`;
  }

  /** Starts a server for this case alone. */
  async start(options: Readonly<Record<string, unknown>>, tls = false): Promise<ServerProcess> {
    const server = await startTarget(this.target, options, { tls });
    this.#servers.push(server);
    return server;
  }

  /** A client that may or may not get in; its connection is its own. */
  client(
    namespace = "/",
    options: ClientOptions = {},
    server: ServerProcess = this.server,
  ): ClientSocket {
    const client = io(server.url + namespace, {
      transports: TRANSPORTS[this.mode],
      forceNew: true,
      reconnection: false,
      ...options,
    });
    this.#clients.push(client);
    return client;
  }

  /** A client that gets in. */
  async connect(
    namespace = "/",
    options: ClientOptions = {},
    server: ServerProcess = this.server,
  ): Promise<ClientSocket> {
    const client = this.client(namespace, options, server);
    await connected(client);
    return client;
  }

  /** A client with a tag in its auth, to find the server's reports about it. */
  async connectTagged(namespace = "/"): Promise<{ client: ClientSocket; tag: string }> {
    const tag = this.tag();
    return { client: await this.connect(namespace, { auth: { tag } }), tag };
  }

  /** A further namespace over the connection of `client`. */
  async join(client: ClientSocket, namespace: string, auth?: object): Promise<ClientSocket> {
    const other = client.io.socket(namespace, auth ? { auth: { ...auth } } : {});
    this.#clients.push(other);
    await connected(other);
    return other;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const client of this.#clients) {
      client.disconnect();
      client.io._close();
    }
    for (const server of this.#servers) await server.stop();
  }
}

/** Resolves once the client is in, rejects with the refusal. */
export async function connected(client: ClientSocket): Promise<void> {
  if (client.connected) return;
  await within(
    "a client to connect",
    new Promise<void>((resolve, reject) => {
      client.once("connect", resolve);
      client.once("connect_error", reject);
    }),
  );
}

/** The error with which the server refuses the client. */
export function refused(client: ClientSocket): Promise<Error & { data?: unknown }> {
  return within(
    "a client to be refused",
    new Promise((resolve, reject) => {
      client.once("connect_error", resolve);
      client.once("connect", () => reject(new Error("Expected a refusal, but the client is in")));
    }),
  );
}

/** Resolves once the connection of the client is a WebSocket. */
export async function upgraded(client: ClientSocket): Promise<void> {
  const { engine } = client.io;
  if (engine.transport.name === "websocket") return;
  await within(
    "an upgrade to WebSocket",
    new Promise<void>((resolve) => engine.once("upgrade", () => resolve())),
  );
}

/** Arguments of the next event of that name. */
export function next(client: ClientSocket, event: string, ms?: number): Promise<unknown[]> {
  return within(
    `event "${event}"`,
    new Promise((resolve) => client.once(event, (...args: unknown[]) => resolve(args))),
    ms,
  );
}

/** Why the client is told that it was disconnected. */
export async function disconnected(client: ClientSocket, ms?: number): Promise<string> {
  const [reason] = await next(client, "disconnect", ms);
  return String(reason);
}

/** Emits and gives the first value of the acknowledgement. */
export function ask(client: ClientSocket, event: string, ...args: unknown[]): Promise<unknown> {
  return within(`the answer to "${event}"`, client.emitWithAck(event, ...args), 8_000);
}

/** The values of `event` until one equals `last`, which is not among them. */
export function collect(client: ClientSocket, event: string, last: string): Promise<unknown[]> {
  const values: unknown[] = [];
  const note = (value: unknown): void => void values.push(value);
  client.on(event, note);
  return next(client, last).then(() => {
    client.off(event, note);
    return values;
  });
}

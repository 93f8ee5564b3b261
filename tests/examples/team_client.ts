/**
 * Somebody who uses examples/team: a session by HTTP, and the published client in each namespace.
 *
 * - what the server sends is kept in order, in words that are the same in every run;
 * - everything opened here is closed by `close`.
 */
import { io, type ManagerOptions, type Socket, type SocketOptions } from "socket.io-client";
import type {
  AdminClientToServer,
  AdminServerToClient,
  ClientToServer,
  FilesClientToServer,
  FilesServerToClient,
  ServerToClient,
} from "../../examples/team/events.ts";
import { eventually, within } from "../support/waiting.ts";

type Options = Partial<ManagerOptions & SocketOptions>;

/** One socket and what it was sent. */
export interface Listener<S> {
  readonly socket: S;
  /** Events as `name(arguments)`; volatile ones, which may get lost, are left out. */
  readonly events: string[];
  /** Volatile events, of which any may be missing. */
  readonly volatile: string[];
}

export type TeamListener = Listener<Socket<ServerToClient, ClientToServer>>;
export type FilesListener = Listener<Socket<FilesServerToClient, FilesClientToServer>>;
export type AdminListener = Listener<Socket<AdminServerToClient, AdminClientToServer>>;

const VOLATILE: ReadonlySet<string> = new Set(["typing", "file:progress", "stats"]);

export class TeamClient {
  readonly #url: string;
  readonly #sockets: Socket[] = [];
  #cookie = "";

  constructor(url: string) {
    this.#url = url;
  }

  async signIn(username: string, password: string): Promise<number> {
    const body = JSON.stringify({ username, password });
    return (await this.request("POST", "/login", body)).status;
  }

  async request(
    method: string,
    path: string,
    body: string | null = null,
  ): Promise<{ readonly status: number; readonly bytes: Uint8Array; readonly text: string }> {
    const response = await fetch(this.#url + path, {
      method,
      body,
      headers: { "content-type": "application/json", cookie: this.#cookie },
    });
    this.#cookie = response.headers.get("set-cookie")?.split(";")[0] ?? this.#cookie;
    const bytes = await response.bytes();
    return { status: response.status, bytes, text: new TextDecoder().decode(bytes) };
  }

  /** A socket of the namespace /, connected and welcomed. */
  async enter(options: Options = {}): Promise<TeamListener> {
    const listener = this.#open("/", options) as TeamListener;
    await connected(listener.socket);
    await heard(listener, /^welcome/);
    return listener;
  }

  async enterFiles(options: Options = {}): Promise<FilesListener> {
    const listener = this.#open("/files", options) as FilesListener;
    await connected(listener.socket);
    return listener;
  }

  async enterAdmin(options: Options = {}): Promise<AdminListener> {
    const listener = this.#open("/admin", options) as AdminListener;
    await connected(listener.socket);
    return listener;
  }

  /** What somebody reads who is not let in. */
  async refused(namespace: string): Promise<string> {
    const { socket } = this.#open(namespace, { reconnection: false });
    const [error] = await once(socket, "connect_error");
    const { message, data } = error as Error & { data?: unknown };
    return `${message} ${plain(data)}`;
  }

  close(): void {
    for (const socket of this.#sockets.splice(0)) socket.disconnect();
  }

  #open(namespace: string, options: Options): Listener<Socket> {
    const socket: Socket = io(this.#url + namespace, {
      forceNew: true,
      reconnection: false,
      transports: ["websocket"],
      extraHeaders: { cookie: this.#cookie },
      ...options,
    });
    this.#sockets.push(socket);
    const listener: Listener<Socket> = { socket, events: [], volatile: [] };
    socket.onAny((name: string, ...args: readonly unknown[]) => {
      const log = VOLATILE.has(name) ? listener.volatile : listener.events;
      log.push(`${name}(${args.map(plain).join(", ")})`);
    });
    socket.on("disconnect", (reason) => listener.events.push(`disconnected: ${reason}`));
    return listener;
  }
}

/** Resolves with the first event, past or to come, that matches. */
export function heard(
  { events, volatile }: Pick<TeamListener, "events" | "volatile">,
  pattern: RegExp,
): Promise<string> {
  return eventually(
    `${pattern} among ${events.length} events`,
    () => [...events, ...volatile].find((event) => pattern.test(event)),
  );
}

/** The same text for the same value in every run: without times, and with the length of bytes. */
export function plain(value: unknown): string {
  if (typeof value === "function") return "ack";
  if (value === undefined) return "nothing";
  return JSON.stringify(value, (key, it: unknown) => {
    if (key === "at") return "time";
    if (key === "id" && typeof it === "string" && it.length === 36) return "uuid";
    const bytes = isRecord(it) && it["type"] === "Buffer" ? it["data"] : it;
    return bytes instanceof Uint8Array || bytes !== it
      ? `${(bytes as unknown[]).length} bytes`
      : it;
  });
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

async function connected(socket: Pick<Socket, "connected">): Promise<void> {
  await eventually("a connection", () => socket.connected || undefined);
}

/** The arguments of the next event of that name. */
function once(socket: Socket, event: string): Promise<readonly unknown[]> {
  const next = new Promise<readonly unknown[]>((resolve) => {
    socket.once(event, (...args: readonly unknown[]) => resolve(args));
  });
  return within(event, next);
}

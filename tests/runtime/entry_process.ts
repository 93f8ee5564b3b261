/**
 * Starting the programs behind the tests of the Deno entry, and clients for them.
 *
 * - A program gets the network permission alone, unless a test asks for more, and is never prompted;
 * - clients are the published socket.io-client, each with a connection of its own; they do not
 *   reconnect, and end with the test.
 */
import { io, type ManagerOptions, type Socket, type SocketOptions } from "socket.io-client";
import type { ServerOptions } from "../../src/server/server_options.ts";
import { toPath } from "../../tools/to_path.ts";
import { ServerProcess } from "../support/server_process.ts";
import { connected } from "./case_context.ts";

/** What `entry_server.ts` is to do. */
export interface EntryChoice {
  /** Options of the server. @default {{}} */
  readonly options?: ServerOptions;
  /** Who answers other paths; "outer": Hono is in front and hands on ours. @default {"none"} */
  readonly fallback?: "none" | "plain" | "hono" | "outer";
  /** Whether listeners and middlewares add headers. @default {false} */
  readonly headers?: boolean;
  /** @default {false} */
  readonly tls?: boolean;
}

/** How a program is started. */
export interface EntryStart {
  readonly flags?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** Starts `entry_server.ts` under `deno run`. */
export function startEntry(
  choice: EntryChoice = {},
  { flags = ["--no-prompt"], env = {} }: EntryStart = {},
): Promise<ServerProcess> {
  return ServerProcess.start({
    command: [
      Deno.execPath(),
      "run",
      "--no-lock", // the test run itself holds the lock; a fixture must not write it
      "--quiet",
      "--allow-net",
      ...flags,
      toPath(new URL("entry_server.ts", import.meta.url)),
      JSON.stringify(choice),
    ],
    scheme: choice.tls ? "https" : "http",
    env,
  });
}

/** Starts `entry_serve.ts` under `deno serve`. */
export function startServe(): Promise<ServerProcess> {
  return ServerProcess.start({
    command: [
      Deno.execPath(),
      "serve",
      "--no-lock",
      "--quiet",
      "--no-prompt",
      "--allow-net",
      "--host=127.0.0.1",
      "--port=0",
      toPath(new URL("entry_serve.ts", import.meta.url)),
    ],
  });
}

/** The transports that a client may be told to use. */
export const WAYS: readonly (readonly string[])[] = [
  ["polling"],
  ["websocket"],
  ["polling", "websocket"],
];

/** Clients of one test. */
export class Clients {
  readonly #sockets: Socket[] = [];

  /** A client that may or may not get in. */
  open(
    { url }: { readonly url: string },
    options: Partial<ManagerOptions & SocketOptions> = {},
  ): Socket {
    const socket = io(url, { forceNew: true, reconnection: false, ...options });
    this.#sockets.push(socket);
    return socket;
  }

  /** A client that gets in. */
  async connect(
    server: { readonly url: string },
    options: Partial<ManagerOptions & SocketOptions> = {},
  ): Promise<Socket> {
    const socket = this.open(server, options);
    await connected(socket);
    return socket;
  }

  [Symbol.dispose](): void {
    for (const socket of this.#sockets) {
      socket.disconnect();
      socket.io._close();
    }
  }
}

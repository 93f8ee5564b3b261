/** Children of a parent namespace that go when they are empty, watched while they come and go. */
import type { ServerOptions } from "../../src/server/server_options.ts";
import type { Namespace } from "../../src/socket/api.ts";
import { memoryAdapter } from "../../src/socket/memory_adapter.ts";
import { RawClient, socketOf } from "./in_process_client.ts";
import { TestServer } from "./in_process_server.ts";

/** A server that forgets empty children, with a parent of "/room-1" and the like. */
export interface Watched {
  readonly io: TestServer;
  readonly parent: Namespace;
  /** Namespaces that were made, and adapters that were closed. */
  readonly log: string[];
}

/** Starts one. */
export function watched(options: ServerOptions = {}): Watched {
  const log: string[] = [];
  const io = new TestServer({
    cleanupEmptyChildNamespaces: true,
    adapter: (context) =>
      Object.assign(memoryAdapter(context), {
        close: () => void log.push(`closed ${context.namespace}`),
      }),
    ...options,
  });
  io.on("new_namespace", (nsp) => void log.push(`made ${nsp.name}`));
  return { io, parent: io.of(/^\/room-\d+$/), log };
}

/** A client in "/room-1". */
export async function joinRoom(io: TestServer): Promise<{ client: RawClient; nsp: Namespace }> {
  const client = await RawClient.open(io);
  const id = await client.join("/room-1");
  const nsp = io.of("/room-1");
  socketOf(nsp, id);
  return { client, nsp };
}

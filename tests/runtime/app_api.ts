/**
 * Scenarios of the application: what a program does with servers, namespaces and sockets, done on
 * request, so that a case can look at what came of it.
 *
 * - Every namespace `/api-<number>` has them, so that each case has a namespace of its own.
 * - A scenario says a value that JSON can carry: identities are told as booleans.
 */
import type { Namespace, Server, Socket } from "socket.io";
import type { ReportSink } from "./app.ts";
import { BULK_SCENARIOS } from "./app_api_bulk.ts";
import { LISTENER_SCENARIOS } from "./app_api_listeners.ts";
import { PARENT_SCENARIOS } from "./app_api_parents.ts";
import { SERVER_SCENARIOS } from "./app_api_server.ts";
import { SOCKET_SCENARIOS } from "./app_api_socket.ts";
import { type AnyScene, playOnRequest, type ScenariosOf } from "./play_on_request.ts";

/** What a scenario works with. */
export interface Scene extends AnyScene {
  readonly io: Server;
  /** Who asked for the scenario. */
  readonly socket: Socket;
  readonly nsp: Namespace;
  /** The other sockets of the namespace, in the order in which they came. */
  readonly others: readonly Socket[];
  /** Tells the test of something that outlives the socket. */
  readonly report: ReportSink;
}

/** Scenarios by name. */
export type Scenarios = ScenariosOf<Scene>;

const SCENARIOS: Scenarios = {
  ...SOCKET_SCENARIOS,
  ...LISTENER_SCENARIOS,
  ...BULK_SCENARIOS,
  ...PARENT_SCENARIOS,
  ...SERVER_SCENARIOS,
};

/** Registers the namespaces that have the scenarios. */
export function setupApi(io: Server, report: ReportSink): void {
  const notes = new Map<string, unknown[]>();
  const parent = io.of(/^\/api-\d+$/);
  parent.on("connection", (socket: Socket) => {
    const { nsp } = socket;
    const noted = notes.get(nsp.name) ?? [];
    notes.set(nsp.name, noted);
    playOnRequest(socket, SCENARIOS, () => {
      const others = [...nsp.sockets.values()].filter((other) => other !== socket);
      return { io, socket, nsp, others, noted, report };
    });
  });
}

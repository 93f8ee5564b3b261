/**
 * The scopes of `DEBUG`, under the names that users of the reference know.
 *
 * Invariants
 * - A scope is looked up once, when the server is made; a silent one costs a property read.
 */
import type { DebugScopes } from "../base/log.ts";
import type { EngineDebug } from "../engine/engine_parts.ts";
import type { SocketContext } from "../socket/ports.ts";

/** The scopes of the engine: `engine` and its subjects. */
export function engineScopes(scopes: DebugScopes): EngineDebug {
  return {
    engine: scopes.scope("engine"),
    socket: scopes.scope("engine:socket"),
    polling: scopes.scope("engine:polling"),
    ws: scopes.scope("engine:ws"),
  };
}

/** The scopes of sockets and namespaces: `socket.io:` and a subject. */
export function socketScopes(scopes: DebugScopes): SocketContext["debug"] {
  return {
    server: scopes.scope("socket.io:server"),
    client: scopes.scope("socket.io:client"),
    namespace: scopes.scope("socket.io:namespace"),
    "parent-namespace": scopes.scope("socket.io:parent-namespace"),
    socket: scopes.scope("socket.io:socket"),
  };
}

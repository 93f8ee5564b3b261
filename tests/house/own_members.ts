/**
 * What this package has and the reference has not: read from the documentation of its public API.
 *
 * Invariants
 * - Keys are those of docs/compatibility.md. What a class inherits counts for the class that users
 *   meet, under its name.
 * - Exported types are not listed one by one: `api_snapshot.json` holds them.
 */
import { type ApiSnapshot, serverApi } from "./api_snapshot.ts";
import type { MembersBySection } from "./reference_members.ts";

/** How keys begin for members of each of our classes and interfaces. */
const PREFIXES: Readonly<Record<string, string>> = {
  Server: "Server.",
  CoreServer: "Server.",
  LifecycleServer: "Server.",
  MainNamespaceServer: "Server.",
  BaseServer: "Server.",
  Broadcaster: "Namespace.",
  Namespace: "Namespace.",
  Socket: "Socket.",
  BroadcastOperator: "BroadcastOperator.",
  RemoteSocket: "RemoteSocket.",
  TypedEmitter: "EventEmitter.",
  Client: "Client.",
  Handshake: "Handshake.",
  ServerOptions: "ServerOptions.",
  HttpServerOptions: "ServerOptions.",
  CorsOptions: "ServerOptions.cors.",
  CookieOptions: "ServerOptions.cookie.",
  Engine: "Engine.",
  WebEngine: "Engine.",
  NodeEngine: "Engine.",
  EngineSocket: "EngineSocket.",
  EngineTransport: "Transport.",
  Adapter: "Adapter.",
  NamespaceReservedEventsMap: 'Namespace "',
  ServerReservedEventsMap: 'Server "',
  SocketReservedEventsMap: 'Socket "',
  EngineEvents: 'Engine "',
  EngineSocketEvents: 'EngineSocket "',
  RoomEvents: 'Adapter "',
};

/** The name of a member, from its line. */
const MEMBER = /^ {2}(?:(?:static|abstract|readonly|get|set) )*"?([\w-]+)"?[?(<:]/;

/** How the declaration of a name begins that is there at run time. */
const VALUE = /^(?:abstract class|class|const|function) /;

/** The keys of members, and of names that are there at run time, that the reference has not. */
export async function newMembers(reference: MembersBySection): Promise<ReadonlySet<string>> {
  const known = new Set([...reference.values()].flatMap((keys) => [...keys]));
  const isKnown = (key: string): boolean =>
    known.has(key) || known.has(key.replace("export ", "socket.io: ")) ||
    known.has(key.replace(/^\w+\./, "EventEmitter."));
  const api = await serverApi();
  return new Set([...ownMembers(api), ...ownExports(api)].filter((key) => !isKnown(key)));
}

/** The keys of our events: those of a namespace are events of the server too. */
export async function ownEvents(): Promise<ReadonlySet<string>> {
  const keys = ownMembers(await serverApi()).filter((key) => key.endsWith('"'));
  const inherited = keys.map((key) => key.replace(/^Namespace /, "Server "));
  return new Set([...keys, ...inherited]);
}

/** The keys of the members of our options. */
export async function ownOptions(): Promise<ReadonlySet<string>> {
  return new Set(ownMembers(await serverApi()).filter((key) => key.startsWith("ServerOptions.")));
}

function ownMembers(api: ApiSnapshot): readonly string[] {
  return Object.values(api).flatMap((symbols) =>
    Object.entries(PREFIXES).flatMap(([symbol, prefix]) =>
      (symbols[symbol] ?? [])
        .map((line) => MEMBER.exec(line)?.[1])
        .filter((name) => name !== undefined && name !== "constructor")
        .map((name) => `${prefix}${name}${prefix.endsWith('"') ? '"' : ""}`)
    )
  );
}

function ownExports(api: ApiSnapshot): readonly string[] {
  return Object.values(api).flatMap((symbols) =>
    Object.entries(symbols)
      .filter(([, lines]) => lines.some((line) => VALUE.test(line)))
      .map(([name]) => `export ${name}`)
  );
}

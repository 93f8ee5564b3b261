/**
 * Where reference_members.ts reads what the reference has, and what it cannot read there, as data.
 */

/** The packages that are read. */
export type PackageName =
  | "@types/cors"
  | "engine.io"
  | "socket.io"
  | "socket.io-adapter"
  | "socket.io-parser";

/** Declarations of one package whose members are rows of one section. */
export interface Source {
  readonly section: string;
  readonly package: PackageName;
  /** Relative to the main file of the package. */
  readonly file: string;
  /** Classes, interfaces, types or properties in that file. */
  readonly declarations: readonly string[];
  /** Whether what counts are the strings in a type, not members. */
  readonly isText?: true;
  /** The key of a member in the table. */
  toKey(member: string): string;
}

function of(prefix: string): Source["toKey"] {
  return (member) => member === "constructor" ? `new ${prefix}()` : `${prefix}.${member}`;
}

function eventOf(prefix: string): Source["toKey"] {
  return (member) => `${prefix} "${member}"`;
}

function text(member: string): string {
  return JSON.stringify(member);
}

/** Everything that is declared, in the order of the document. */
export const SOURCES: readonly Source[] = [
  {
    section: "Server",
    package: "socket.io",
    file: "./index.d.ts",
    declarations: ["Server"],
    toKey: of("Server"),
  },
  {
    section: "Namespace",
    package: "socket.io",
    file: "./namespace.d.ts",
    declarations: ["Namespace"],
    toKey: of("Namespace"),
  },
  {
    section: "Socket",
    package: "socket.io",
    file: "./socket.d.ts",
    declarations: ["Socket"],
    toKey: of("Socket"),
  },
  {
    section: "Socket",
    package: "socket.io",
    file: "./socket-types.d.ts",
    declarations: ["Handshake"],
    toKey: of("Handshake"),
  },
  {
    section: "Rooms and broadcasts",
    package: "socket.io",
    file: "./broadcast-operator.d.ts",
    declarations: ["BroadcastOperator"],
    toKey: of("BroadcastOperator"),
  },
  {
    section: "Sockets of other servers",
    package: "socket.io",
    file: "./broadcast-operator.d.ts",
    declarations: ["RemoteSocket"],
    toKey: of("RemoteSocket"),
  },
  {
    section: "Parent namespaces",
    package: "socket.io",
    file: "./parent-namespace.d.ts",
    declarations: ["ParentNamespace"],
    toKey: of("ParentNamespace"),
  },
  {
    section: "Client",
    package: "socket.io",
    file: "./client.d.ts",
    declarations: ["Client"],
    toKey: of("Client"),
  },
  {
    section: "Events",
    package: "socket.io",
    file: "./namespace.d.ts",
    declarations: ["NamespaceReservedEventsMap", "ServerReservedEventsMap"],
    toKey: eventOf("Server"),
  },
  {
    section: "Events",
    package: "socket.io",
    file: "./namespace.d.ts",
    declarations: ["NamespaceReservedEventsMap"],
    toKey: eventOf("Namespace"),
  },
  {
    section: "Events",
    package: "socket.io",
    file: "./socket-types.d.ts",
    declarations: ["SocketReservedEventsMap"],
    toKey: eventOf("Socket"),
  },
  {
    section: "Options",
    package: "socket.io",
    file: "./index.d.ts",
    declarations: ["ServerOptions"],
    toKey: of("ServerOptions"),
  },
  {
    section: "Options",
    package: "socket.io",
    file: "./index.d.ts",
    declarations: ["connectionStateRecovery"],
    toKey: of("ServerOptions.connectionStateRecovery"),
  },
  {
    section: "Options",
    package: "engine.io",
    file: "./server.d.ts",
    declarations: ["ServerOptions", "AttachOptions"],
    toKey: of("ServerOptions"),
  },
  {
    section: "Options",
    package: "@types/cors",
    file: "./index.d.ts",
    declarations: ["CorsOptions"],
    toKey: of("ServerOptions.cors"),
  },
  {
    section: "Options",
    package: "engine.io",
    file: "./contrib/types.cookie.d.ts",
    declarations: ["CookieSerializeOptions"],
    toKey: of("ServerOptions.cookie"),
  },
  {
    section: "Engine",
    package: "engine.io",
    file: "./server.d.ts",
    declarations: ["BaseServer", "Server"],
    toKey: of("Engine"),
  },
  {
    section: "Engine sessions",
    package: "engine.io",
    file: "./socket.d.ts",
    declarations: ["Socket"],
    toKey: of("EngineSocket"),
  },
  {
    section: "Transports",
    package: "engine.io",
    file: "./transport.d.ts",
    declarations: ["Transport"],
    toKey: of("Transport"),
  },
  {
    section: "Adapter",
    package: "socket.io-adapter",
    file: "./in-memory-adapter.d.ts",
    declarations: ["Adapter"],
    toKey: of("Adapter"),
  },
  {
    section: "Adapter",
    package: "socket.io-adapter",
    file: "./in-memory-adapter.d.ts",
    declarations: ["SessionAwareAdapter"],
    toKey: of("SessionAwareAdapter"),
  },
  {
    section: "Events",
    package: "socket.io",
    file: "./socket-types.d.ts",
    declarations: ["EventEmitterReservedEventsMap"],
    toKey: eventOf("EventEmitter"),
  },
  {
    section: "Error texts",
    package: "engine.io",
    file: "./server.d.ts",
    declarations: ["errorMessages"],
    isText: true,
    toKey: text,
  },
  {
    section: "Reasons",
    package: "socket.io",
    file: "./socket-types.d.ts",
    declarations: ["DisconnectReason"],
    isText: true,
    toKey: text,
  },
];

/** Packages whose main entries are compared name by name: `package: name`. */
export const EXPORTS = {
  section: "Types and exports",
  packages: ["socket.io", "engine.io", "socket.io-adapter"],
} as const;

const declaredPrivate = "declared private, but used by programs in the wild";
const declaredProtected = "declared protected, but documented or used in the wild";
const untypedEvent = "fired, but in no declaration";
const node = "inherited from Node's EventEmitter";
const scope = "given to the package debug in a call";
const form = "a form of a call that declarations tell as an overload";

/** What declarations do not tell, by section and key, and why it has a row. */
export const UNDECLARED: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  Server: {
    "new Server(httpServer, options)": form,
    "new Server(port, options)": form,
    "Server.emit": "inherited, and documented as a broadcast",
    "Server.opts": declaredPrivate,
    "Server.eio": declaredPrivate,
    "Server.onconnection": declaredPrivate,
  },
  Socket: {
    "Socket.leaveAll": declaredPrivate,
    "Socket.adapter": declaredPrivate,
    "Socket.server": declaredPrivate,
    "Socket.acks": declaredPrivate,
    "Socket.request.res": "in no declaration, but used with session middlewares",
  },
  Client: {
    "Client.id": declaredPrivate,
    "Client.server": declaredPrivate,
    "Client.sockets": declaredPrivate,
    "Client.nsps": declaredPrivate,
  },
  "Parent namespaces": {
    "Server.of(RegExp)": form,
    "Server.of(function)": form,
  },
  Events: {
    'the client\'s "connect_error"': "fired by the client, for what the server refuses",
    'Adapter "create-room"': untypedEvent,
    'Adapter "delete-room"': untypedEvent,
    'Adapter "join-room"': untypedEvent,
    'Adapter "leave-room"': untypedEvent,
  },
  Options: {
    "ServerOptions.cookie.name": "declared in line, beside the attributes",
  },
  Engine: {
    "Engine.clients": declaredProtected,
    "Engine.ws": declaredPrivate,
    "Engine.emit": node,
    'Engine "connection"': untypedEvent,
    'Engine "connection_error"': untypedEvent,
    'Engine "initial_headers"': untypedEvent,
    'Engine "headers"': untypedEvent,
    'Engine "flush"': untypedEvent,
    'Engine "drain"': untypedEvent,
  },
  "Engine sessions": {
    "EngineSocket.id": declaredPrivate,
    "EngineSocket.server": declaredPrivate,
    "EngineSocket.writeBuffer": declaredPrivate,
    "EngineSocket.emit": node,
    'EngineSocket "open"': untypedEvent,
    'EngineSocket "packet"': untypedEvent,
    'EngineSocket "packetCreate"': untypedEvent,
    'EngineSocket "data"': untypedEvent,
    'EngineSocket "message"': untypedEvent,
    'EngineSocket "heartbeat"': untypedEvent,
    'EngineSocket "flush"': untypedEvent,
    'EngineSocket "drain"': untypedEvent,
    'EngineSocket "upgrading"': untypedEvent,
    'EngineSocket "upgrade"': untypedEvent,
    'EngineSocket "close"': untypedEvent,
  },
  Adapter: {
    "Adapter.emit": node,
  },
  Transports: {
    "Transport.socket": "of WebSockets alone; used to reach the address and to terminate",
    'Transport "packet"': untypedEvent,
    'Transport "ready"': untypedEvent,
    'Transport "drain"': untypedEvent,
    'Transport "error"': untypedEvent,
    'Transport "close"': untypedEvent,
    'Transport "headers"': untypedEvent,
  },
  "EventEmitter methods": {
    "EventEmitter.on": node,
    "EventEmitter.once": node,
    "EventEmitter.off": node,
    "EventEmitter.addListener": node,
    "EventEmitter.removeListener": node,
    "EventEmitter.removeAllListeners": node,
    "EventEmitter.prependListener": node,
    "EventEmitter.prependOnceListener": node,
    "EventEmitter.emit": node,
    "EventEmitter.eventNames": node,
    "EventEmitter.listeners": node,
    "EventEmitter.listenerCount": node,
    "EventEmitter.rawListeners": node,
    "EventEmitter.setMaxListeners": node,
    "EventEmitter.getMaxListeners": node,
    "instanceof EventEmitter": node,
  },
  "Types and exports": {
    'require("socket.io")()': form,
    "constructor.name": "of every object, and seen in logs",
  },
  "DEBUG scopes": {
    "engine": scope,
    "engine:socket": scope,
    "engine:transport": scope,
    "engine:polling": scope,
    "engine:ws": scope,
    "engine:webtransport": scope,
    "engine:uws": scope,
    "socket.io:server": scope,
    "socket.io:client": scope,
    "socket.io:namespace": scope,
    "socket.io:parent-namespace": scope,
    "socket.io:socket": scope,
    "socket.io:broadcast-operator": scope,
    "socket.io:adapter-uws": scope,
    "socket.io-adapter": scope,
  },
};

/** Sections that may have rows for more than what is listed or declared. */
export const FREE_SECTIONS: ReadonlySet<string> = new Set([
  "Error texts",
  "Reasons",
  "HTTP answers",
  "DEBUG scopes",
]);

/** The section of the scopes of DEBUG, which code gives to a function in double quotes. */
export const SCOPES = "DEBUG scopes";

/** Sections whose keys are texts of the reference: they must stand in its code. */
export const TEXT_SECTIONS: ReadonlySet<string> = new Set([
  "Error texts",
  "Reasons",
  "DEBUG scopes",
]);

/** Files in which those texts may stand, relative to the main file of their package. */
export const CODE: readonly (readonly [name: PackageName, file: string])[] = [
  ["socket.io", "./index.js"],
  ["socket.io", "./client.js"],
  ["socket.io", "./namespace.js"],
  ["socket.io", "./parent-namespace.js"],
  ["socket.io", "./broadcast-operator.js"],
  ["socket.io", "./socket.js"],
  ["socket.io", "./uws.js"],
  ["socket.io-adapter", "./in-memory-adapter.js"],
  ["socket.io-adapter", "./cluster-adapter.js"],
  ["socket.io-parser", "./index.js"],
  ["socket.io-parser", "./binary.js"],
  ["engine.io", "./server.js"],
  ["engine.io", "./socket.js"],
  ["engine.io", "./transport.js"],
  ["engine.io", "./userver.js"],
  ["engine.io", "./transports/polling.js"],
  ["engine.io", "./transports/websocket.js"],
  ["engine.io", "./transports/webtransport.js"],
];

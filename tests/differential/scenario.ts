/**
 * A scenario as data: how a server is set up, and what its clients and its user do, step by step.
 *
 * Invariants
 * - It is JSON: the same text is played on the reference and on the package.
 * - What an action names need not be there (a client that is not connected): then it does nothing,
 *   on both sides.
 * - All actions of one step happen in one turn; the next step begins when everything is quiet.
 */

/** An argument of an event; bytes are `{ "$bytes": [1, 2] }`. */
export type Value = null | boolean | number | string | readonly Value[] | {
  readonly [key: string]: Value;
};

/** How a client travels. `"upgrade"` starts with polling; see also `Scenario.upgradesAtOnce`. */
export type Mode = "polling" | "websocket" | "upgrade";

/** How the answer to an event is awaited. */
export type AckWay = "callback" | "promise";

/** What may be said of an event that is emitted. */
export interface EmitFlags {
  readonly ack?: AckWay | undefined;
  /** Time to wait for the answer, in milliseconds. */
  readonly timeout?: number | undefined;
  readonly volatile?: boolean | undefined;
  readonly compress?: boolean | undefined;
}

/** A room; `"#0"` is the socket of client 0 in the same namespace, `"#own"` the one that calls. */
export type Room = string;

/** What the user of the server does with one socket. */
export type SocketCall =
  | { readonly do: "emit"; readonly event: string; readonly args: readonly Value[] } & EmitFlags
  | { readonly do: "send" | "write"; readonly args: readonly Value[] }
  | { readonly do: "join"; readonly rooms: readonly Room[] }
  | { readonly do: "leave"; readonly room: Room }
  | { readonly do: "leaveAll" }
  | { readonly do: "disconnect"; readonly close: boolean }
  | { readonly do: "conn.close"; readonly discard: boolean }
  | { readonly do: "data"; readonly value: Value }
  | { readonly do: "off"; readonly event: string }
  | { readonly do: "offAny" }
  | { readonly do: "ack"; readonly args: readonly Value[]; readonly later?: boolean | undefined }
  | { readonly do: "throw" }
  | { readonly do: "look" };

/** What the user of the server does with the sockets of a namespace. */
export type CrowdCall =
  | {
    readonly do: "broadcast";
    readonly event: string;
    readonly args: readonly Value[];
    readonly to: readonly Room[];
    readonly except: readonly Room[];
    /** Who broadcasts, where a socket calls: the socket, unless it says its namespace. */
    readonly by?: "namespace" | undefined;
  } & EmitFlags
  | { readonly do: "fetchSockets" | "allSockets"; readonly to: readonly Room[] }
  | {
    readonly do: "socketsJoin" | "socketsLeave";
    readonly to: readonly Room[];
    readonly rooms: readonly Room[];
  }
  | { readonly do: "disconnectSockets"; readonly to: readonly Room[]; readonly close: boolean };

/** What a listener on a socket does: with the socket, or from it with the others. */
export type Reaction = SocketCall | CrowdCall;

/** What a client does. */
export type ClientCall =
  | { readonly do: "open" | "upgrade" | "close" | "kill" }
  | { readonly do: "connect"; readonly nsp: string; readonly auth?: Value | undefined }
  | { readonly do: "disconnect"; readonly nsp: string }
  | {
    readonly do: "emit";
    readonly nsp: string;
    readonly event: string;
    readonly args: readonly Value[];
  } & EmitFlags
  /** A Socket.IO packet as text or bytes, which the client would not send. */
  | { readonly do: "packet"; readonly data: Value }
  /** An Engine.IO packet as text, which the client would not send. */
  | { readonly do: "frame"; readonly data: string };

/** One thing that happens. */
export type Action =
  | { readonly on: "client"; readonly client: number } & ClientCall
  | { readonly on: "socket"; readonly client: number; readonly nsp: string } & Reaction
  | { readonly on: "namespace"; readonly nsp: string } & CrowdCall
  | { readonly on: "server"; readonly do: "close" | "engine.close" | "look" }
  | { readonly on: "server"; readonly do: "of"; readonly nsp: string }
  | {
    readonly on: "http";
    readonly method: string;
    readonly query: string;
    readonly body?: string | undefined;
  };

/** A middleware of a namespace. */
export type NamespaceMiddleware =
  | { readonly kind: "pass" | "pass later" }
  | { readonly kind: "refuse" | "refuse later"; readonly message: string; readonly data?: Value }
  | { readonly kind: "call"; readonly call: Reaction };

/** A middleware of a socket; it looks at events of one name. */
export type SocketMiddleware =
  | { readonly kind: "pass" | "pass later" | "refuse" | "drop"; readonly event: string }
  | { readonly kind: "rewrite"; readonly event: string; readonly into: string };

/** How a namespace is set up. */
export interface NamespaceSetup {
  readonly middlewares: readonly NamespaceMiddleware[];
  readonly socketMiddlewares: readonly SocketMiddleware[];
  /** Catch-all listeners: how many of each kind. */
  readonly onAny: number;
  readonly onAnyOutgoing: number;
  readonly onConnection: readonly Reaction[];
  readonly onDisconnecting: readonly Reaction[];
  readonly onDisconnect: readonly Reaction[];
  /** What the listeners of events do, by event. */
  readonly on: Readonly<Record<string, readonly Reaction[]>>;
}

/** What the client does when it gets an event. */
export type ClientReaction = "nothing" | "answer" | "answer with bytes" | "answer twice" | "emit";

/** Everything that is played. */
export interface Scenario {
  readonly mode: Mode;
  /** Whether clients upgrade by themselves once they are open; else a step says when. */
  readonly upgradesAtOnce: boolean;
  /** Options of the server. */
  readonly options: Readonly<Record<string, Value>>;
  /**
   * By name; `"dynamic"` is the parent of `/dynamic-1`, `"asked"` the one of `/asked-1`. Where there is
   * a `"/keep"`, every client is in it too, so that the end of a socket does not close its connection.
   */
  readonly namespaces: Readonly<Record<string, NamespaceSetup>>;
  /** By the event. */
  readonly clientReactions: Readonly<Record<string, ClientReaction>>;
  readonly steps: readonly (readonly Action[])[];
}

/** One line of a log. */
export interface Line {
  /** In how many blocks it is. */
  readonly depth: number;
  /** Whose line it is; in a block of another stream it need not be that. */
  readonly stream: string;
  /** What kind of thing happened, in one word. */
  readonly kind: string;
  readonly text: string;
}

/** What was logged in one step: lines by stream. */
export type StepLog = Readonly<Record<string, readonly Line[]>>;

/** What a scenario has come to. */
export interface Played {
  readonly steps: readonly StepLog[];
  /** Why the scenario could not be played to its end. */
  readonly failure?: string | undefined;
}

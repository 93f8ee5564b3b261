/**
 * Scenarios written by hand, and how to write one in a few lines.
 *
 * What was found by chance and mended is kept in `EXAMPLES`.
 */
import type { Action, NamespaceSetup, Reaction, Scenario } from "./scenario.ts";

/** A namespace in which nothing happens by itself. */
export const QUIET: NamespaceSetup = {
  middlewares: [],
  socketMiddlewares: [],
  onAny: 0,
  onAnyOutgoing: 0,
  onConnection: [],
  onDisconnecting: [],
  onDisconnect: [],
  on: {},
};

/** What an example says; the rest is plain. */
interface ExampleParts extends Partial<Omit<Scenario, "namespaces" | "steps">> {
  /** Namespaces beside the main one, and what each does. */
  readonly namespaces?: Readonly<Record<string, Partial<NamespaceSetup>>>;
  /** Each action is a step of its own; those of a list happen in one turn. */
  readonly steps: readonly (Action | readonly Action[])[];
}

/** Completes an example. */
export function example({ namespaces = {}, steps, ...parts }: ExampleParts): Scenario {
  const setups = Object.entries({ "/": {}, ...namespaces }).map(([name, setup]) => {
    return [name, { ...QUIET, ...setup }] as const;
  });
  return {
    mode: "websocket",
    upgradesAtOnce: false,
    options: {},
    clientReactions: {},
    ...parts,
    namespaces: Object.fromEntries(setups),
    steps: steps.map((step) => isList(step) ? step : [step]),
  };
}

function isList(step: Action | readonly Action[]): step is readonly Action[] {
  return Array.isArray(step);
}

/** A client joins a namespace. */
export function connect(client = 0, nsp = "/"): Action {
  return { on: "client", client, do: "connect", nsp };
}

/** A client emits an event in the main namespace. */
export function clientEmit(event: string, client = 0): Action {
  return { on: "client", client, do: "emit", nsp: "/", event, args: [] };
}

/** The server emits to client 0. */
export function emit(event: string): Action {
  return { on: "socket", client: 0, nsp: "/", do: "emit", event, args: [] };
}

/** A namespace, or with `""` the server, asks all of its clients. */
export function askAll(nsp: string, limits: { readonly timeout?: number } = {}): Action {
  const whom = { to: [], except: [] };
  return {
    on: "namespace",
    nsp,
    do: "broadcast",
    event: "x3",
    args: [],
    ...whom,
    ack: "callback",
    ...limits,
  };
}

/** Client 0 sends a packet that the published client would not send. */
export function packet(data: string): Action {
  return { on: "client", client: 0, do: "packet", data };
}

/** The same, a floor below. */
export function frame(data: string): Action {
  return { on: "client", client: 0, do: "frame", data };
}

/** A socket tells a room of its namespace, of which it may be itself. */
function toRoom(room: string): Reaction {
  return {
    do: "broadcast",
    by: "namespace",
    event: "x3",
    args: [room],
    to: [room],
    except: [],
  };
}

/** Scenarios that are always played, by what they show. */
export const EXAMPLES: Readonly<Record<string, Scenario>> = {
  "listeners of conn hear of a message before those of the socket": example({
    namespaces: { "/": { onAny: 1, on: { e0: [{ do: "ack", args: ["yes"] }] } } },
    steps: [connect(), { ...clientEmit("e0"), ack: "callback" } as Action],
  }),
  "what a middleware emits reaches the client before it is connected": example({
    namespaces: {
      "/": { middlewares: [{ kind: "call", call: { do: "send", args: ["early"] } }] },
    },
    steps: [connect()],
  }),
  "the packets of an end are told to conn before its close": example({
    namespaces: { "/": { onConnection: [{ do: "disconnect", close: true }] } },
    steps: [connect()],
  }),
  "a client that is disconnected while it polls hears of it once": example({
    mode: "polling",
    steps: [connect(), {
      on: "socket",
      client: 0,
      nsp: "/",
      do: "disconnect",
      close: true,
    }, connect()],
  }),
  "a room hears the last words of a socket of it, which has left it when it has disconnected":
    example({
      namespaces: {
        "/": {
          onConnection: [{ do: "join", rooms: ["r0"] }],
          onDisconnecting: [toRoom("r0"), toRoom("#own"), { do: "send", args: ["bye"] }],
          onDisconnect: [toRoom("r0"), toRoom("#own")],
        },
        "/keep": {},
      },
      steps: [
        connect(),
        connect(1),
        { on: "socket", client: 0, nsp: "/", do: "disconnect", close: false },
        { on: "client", client: 1, do: "kill" },
      ],
    }),
  "a message that must wait for an upgrade comes after it": example({
    mode: "upgrade",
    clientReactions: { x0: "answer" },
    steps: [connect(), [
      { on: "client", client: 0, do: "upgrade" },
      { ...emit("x0"), ack: "callback" } as Action,
      clientEmit("e0"),
    ]],
  }),
};

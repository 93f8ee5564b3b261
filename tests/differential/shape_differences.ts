/** Differences after which the rest of a scenario is different too. */
import type { Difference } from "./difference.ts";
import { askAll, clientEmit, connect, emit, example, frame, packet } from "./examples.ts";
import type { Action } from "./scenario.ts";

const LEAVE: Action = { on: "client", client: 0, do: "disconnect", nsp: "/" };
const CLOSE_CONN: Action = { on: "socket", client: 0, nsp: "/", do: "conn.close", discard: false };

/** All of them. */
export const SHAPES: readonly (Difference & Required<Pick<Difference, "shows">>)[] = [
  {
    name: "an event and a leave in one batch",
    reference: "loses the event: its listener would run after the end of the socket",
    ours: "handles the event, then the leave",
    why: "nothing that was sent is lost",
    shows: { ours: /socket\.on \/ e0 / },
    example: example({
      namespaces: { "/": { on: { e0: [] } } },
      steps: [connect(), [clientEmit("e0"), LEAVE]],
    }),
  },
  {
    name: "a packet under way when the server ends the socket",
    reference: "takes it for a violation, and closes the connection with all its sockets",
    ours: "ignores it",
    why: "the client could not know",
    shows: { reference: /client0 \| disconnect \/a transport close/ },
    example: example({
      namespaces: { "/a": {} },
      clientReactions: { x0: "answer" },
      steps: [connect(), connect(0, "/a"), [
        { ...emit("x0"), ack: "callback" } as Action,
        { on: "socket", client: 0, nsp: "/", do: "disconnect", close: false },
      ]],
    }),
  },
  {
    name: "a disconnect while disconnecting",
    reference: "tells disconnecting again and again, until the stack is full",
    ours: "does nothing: the socket is ending",
    why: "the reference cannot mean it",
    shows: { reference: / {8}socket\.disconnecting / },
    example: example({
      namespaces: { "/": { onDisconnecting: [{ do: "disconnect", close: false }] } },
      steps: [connect(), LEAVE],
    }),
  },
  {
    name: "a listener that throws",
    reference: "lets the error end the process, unless the program catches what nobody catches",
    ours: "tells handler_error, and goes on with the next listener",
    why: "one fault in one listener is not the end of all clients",
    shows: {
      reference: /process \| uncaughtException ListenerFault/,
      ours: /server \| server\.handler_error ListenerFault/,
    },
    example: example({
      namespaces: { "/": { on: { e0: [{ do: "throw" }] } } },
      steps: [connect(), clientEmit("e0")],
    }),
  },
  {
    name: "answers to a broadcast without a limit of time",
    reference: "waits for one millisecond",
    ours: "throws: a limit must be set with timeout()",
    why: "no answer ever comes in time",
    shows: {
      reference: /answer\.x3 \/ Error\(operation has timed out\)/,
      ours: /throws Error\(.*timeout\(/,
    },
    example: example({
      steps: [connect(), askAll("/")],
    }),
  },
  {
    name: "a socket that has left all rooms",
    reference: "forgets it: what goes to everybody does not reach it",
    ours: "reaches it as long as it is connected",
    why: "everybody is everybody",
    shows: { ours: /client0 \| event \/ \["x0"\]/ },
    example: example({
      namespaces: { "/": { onConnection: [{ do: "leaveAll" }] } },
      steps: [connect(), {
        on: "namespace",
        nsp: "/",
        do: "broadcast",
        event: "x0",
        args: [],
        to: [],
        except: [],
      }],
    }),
  },
  {
    name: "allSockets() and what is excepted",
    reference: "gives the ids of excepted sockets too",
    ours: "leaves them out",
    why: "the operator says so everywhere else",
    shows: { reference: /allSockets \{"<client0/, ours: /allSockets \{\}/ },
    example: example({
      steps: [connect(), { on: "socket", client: 0, nsp: "/", do: "allSockets", to: [] }],
    }),
  },
  {
    name: "answers from the children of a parent namespace",
    reference: "asks nobody, and gives no answers at once",
    ours: "asks the sockets of all children",
    why: "a broadcast without answers reaches them as well",
    shows: { ours: /client0 \| event \/dynamic-1 \["x0"/ },
    example: example({
      namespaces: { dynamic: {} },
      clientReactions: { x0: "answer" },
      steps: [connect(0, "/dynamic-1"), {
        on: "namespace",
        nsp: "dynamic",
        do: "broadcast",
        event: "x0",
        args: [],
        to: [],
        except: [],
        ack: "callback",
        timeout: 60_000,
      }],
    }),
  },
  {
    name: "rooms of the children of a parent namespace",
    reference: "lets nobody join or leave",
    ours: "lets the sockets of all children join or leave",
    why: "a broadcast reaches them as well",
    shows: { ours: /room\.join \/dynamic-1 r0/ },
    example: example({
      namespaces: { dynamic: {} },
      steps: [connect(0, "/dynamic-1"), {
        on: "namespace",
        nsp: "dynamic",
        do: "socketsJoin",
        to: [],
        rooms: ["r0"],
      }],
    }),
  },
  {
    name: "the sockets of a parent namespace by an operator",
    reference: "gives none, although there may be some",
    ours: "says that a parent namespace cannot tell them",
    why: "it is what fetchSockets() of the parent itself says",
    shows: { reference: /fetchSockets \[\]/, ours: /fetchSockets\.rejected Error\(/ },
    example: example({
      namespaces: { dynamic: {} },
      steps: [connect(0, "/dynamic-1"), {
        on: "namespace",
        nsp: "dynamic",
        do: "fetchSockets",
        to: ["r0"],
      }],
    }),
  },
  {
    name: "new sessions after io.engine.close()",
    reference: "takes them by long-polling, not by WebSocket",
    ours: "takes both; io.close() is what ends a server",
    why: "both transports are treated alike",
    shows: { reference: /client0 \| manager\.error /, ours: /client0 \| manager\.open/ },
    example: example({ steps: [{ on: "server", do: "engine.close" }, connect()] }),
  },
  {
    name: "a close packet by WebSocket",
    reference: "shows it to conn, and goes on",
    ours: "ends the session",
    why: "that is what the packet says",
    shows: { reference: /conn\.packet close/, ours: /conn\.close transport close/ },
    example: example({ steps: [connect(), frame("1")] }),
  },
  {
    name: "an event without a name for a namespace that was not joined",
    reference: "closes the connection without a word",
    ours: "tells the sockets of the connection of a malformed packet first",
    why: "a packet is read before its namespace is looked up",
    shows: { ours: /socket\.error / },
    example: example({ steps: [connect(), packet("2/a,")] }),
  },
  {
    name: "conn.close() with packets that wait",
    reference: "ends the sockets after two packets have left, in a later turn",
    ours: "hands over what waits, and ends the sockets within the call",
    why: "one order of events, whatever was emitted before",
    shows: {
      reference: /\| socket\.disconnecting \/ forced close/,
      ours: /\| {3}socket\.disconnecting \/ forced close/,
    },
    example: example({ steps: [connect(), [emit("x0"), emit("x1"), CLOSE_CONN]] }),
  },
];

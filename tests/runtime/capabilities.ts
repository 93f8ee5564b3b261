/**
 * Where the servers under test differ on purpose, as data: the source of the table of differences
 * in docs/runtimes.md.
 *
 * - A capability is a behaviour that a case may need. A target that is named under `without` lacks
 *   it, and does what stands there instead; every other target has it.
 * - Each sentence is true because it was run: a case that needs the capability fails on a target
 *   that is wrongly said to have it.
 */

/** Everything the suites can run against; targets.ts says how each is started. */
export type TargetName = "deno" | "deno-node" | "bun" | "node" | "reference";

/** A behaviour, and what targets without it do instead. */
export interface Difference {
  /** What a target with the capability does: a predicate to the target. */
  readonly means: string;
  readonly without: Readonly<Partial<Record<TargetName, string>>>;
}

/** The names of the rows. */
export type Capability =
  | "survives-handler-errors"
  | "ends-waits"
  | "ordered-handlers"
  | "signals"
  | "bare-query"
  | "allow-net-only"
  | "buffers"
  | "cookie-on-websocket"
  | "one-websocket-per-session"
  | "strict-attachment-counts"
  | "mandatory-payloads"
  | "octet-stream-in-any-spelling"
  | "attachments-bounded-in-bytes"
  | "masked-frames-alone"
  | "pipelining"
  | "early-frames"
  | "client-elsewhere"
  | "answers-of-servers"
  | "children-in-bulk"
  | "quiet-listeners"
  | "ids-without-exceptions"
  | "origins-of-websockets"
  | "revision-must-be-named"
  | "strict-revision-3"
  | "malformed-is-400"
  | "text-of-older-clients"
  | "b64-by-its-value"
  | "bounded-answers"
  | "silence-after-upgrade"
  | "scripts-as-scripts"
  | "jsonp-of-known-pages"
  | "plain-refusals"
  | "names-as-they-are"
  | "drains"
  | "limits"
  | "bounded-outbound"
  | "messages-cut-at-the-limit"
  | "fragments-bounded-in-number"
  | "whole-handshakes-alone"
  | "cuts-off-silent-closers"
  | "drain-cuts"
  | "awaits-the-end";

/** All differences by name. */
export const CAPABILITIES: Readonly<Record<Capability, Difference>> = {
  "survives-handler-errors": {
    means: "goes on when a handler throws",
    without: { reference: "ends its process" },
  },
  "ends-waits": {
    means: "ends what waits for answers when their client leaves",
    without: { reference: "lets it time out, or wait for ever" },
  },
  "ordered-handlers": {
    means: "runs the events of a socket one after the other where it is told to",
    without: { reference: "has no way to" },
  },
  signals: {
    means: "has signals for the end of a socket, and of waits",
    without: { reference: "has none" },
  },
  "bare-query": {
    means: "gives a query that inherits nothing",
    without: { reference: "gives one that inherits from Object.prototype" },
  },
  "allow-net-only": {
    means: "runs with the network permission alone",
    without: {
      "deno-node": "needs a variable of the environment too, which ws reads",
      bun: "has no permissions",
      node: "has no permissions",
      reference: "needs more permissions",
    },
  },
  "bounded-outbound": {
    means: "bounds what waits for a client that does not read",
    without: { reference: "keeps all of it" },
  },
  buffers: {
    means: "hands binary to handlers as Buffer",
    without: { deno: "hands it over as Uint8Array, as programs for Deno expect" },
  },
  "cookie-on-websocket": {
    means: "sets the cookie on the answer to a WebSocket handshake too",
    without: { reference: "sets it on answers to polling alone" },
  },
  "one-websocket-per-session": {
    means: "refuses a second WebSocket of a session that began as one",
    without: { reference: "offers an upgrade from WebSocket to WebSocket" },
  },
  "strict-attachment-counts": {
    means: "takes plain numbers of attachments only",
    without: { reference: "reads them with Number(), so 1e0 and +1 are 1" },
  },
  "mandatory-payloads": {
    means: "refuses an event or an acknowledgement without payload",
    without: { reference: "takes it as one without values" },
  },
  "octet-stream-in-any-spelling": {
    means: "knows application/octet-stream in any spelling",
    without: { reference: "knows it in one" },
  },
  "attachments-bounded-in-bytes": {
    means: "bounds the attachments of a packet in bytes",
    without: { reference: "bounds them in number alone" },
  },
  "masked-frames-alone": {
    means: "takes no frames that are not masked",
    without: { deno: "takes them, as Deno does" },
  },
  pipelining: {
    means: "answers requests that come while an earlier one of their connection waits",
    without: { bun: "drops the connection, as Bun does" },
  },
  "early-frames": {
    means: "takes a frame that comes right behind the answer to its upgrade request",
    without: { reference: "loses it if it has not sent the open packet yet" },
  },
  "client-elsewhere": {
    means: "says where to load the client in place of serving it",
    without: { reference: "serves the client" },
  },
  "answers-of-servers": {
    means: "answers an event between servers at once while it is alone",
    without: { reference: "prints a warning and never answers" },
  },
  "quiet-listeners": {
    means: "fires no events about listeners themselves",
    without: { reference: "fires newListener and removeListener" },
  },
  "ids-without-exceptions": {
    means: "leaves the rooms of except() out of allSockets()",
    without: { reference: "gives their sockets too" },
  },
  "children-in-bulk": {
    means: "asks, moves and disconnects the sockets of children through their parent",
    without: { reference: "reaches nobody that way" },
  },
  "origins-of-websockets": {
    means: "refuses a WebSocket of an origin that is not among those listed",
    without: { reference: "takes it" },
  },
  "revision-must-be-named": {
    means: "refuses a request that names no revision of Engine.IO, or one that it does not know",
    without: { reference: "takes it for revision 3" },
  },
  "strict-revision-3": {
    means: "takes only what the protocol has in payloads, frames and forms of revision 3",
    without: {
      reference: "takes lengths such as 1e0, packets that are cut off, bytes of any type",
    },
  },
  "malformed-is-400": {
    means: "answers 400 to a payload of revision 3 that it cannot read",
    without: { reference: "says ok to it, and ends the session all the same" },
  },
  "text-of-older-clients": {
    means: "reads and writes text over polling so that clients of Socket.IO 1 get it right",
    without: { reference: "spoils what is not ASCII for them, who encode UTF-8 twice" },
  },
  "b64-by-its-value": {
    means: "takes b64=0 for no",
    without: { reference: "takes every b64 that is not empty for yes" },
  },
  "bounded-answers": {
    means: "keeps the answer to a poll within maxPayload",
    without: { reference: "answers with everything that waits" },
  },
  "silence-after-upgrade": {
    means: "ends a session of revision 3 that is silent after its upgrade",
    without: { reference: "keeps it for ever" },
  },
  "scripts-as-scripts": {
    means: "answers JSONP with text of a script's type, whatever is in it",
    without: { reference: "calls it text/plain, and has no binary data in it without b64" },
  },
  "jsonp-of-known-pages": {
    means: "refuses JSONP of pages that are not known to be its own or allowed",
    without: { reference: "answers it to every page" },
  },
  "plain-refusals": {
    means: "refuses clients of Socket.IO 1 and 2 with text for unknown namespaces too",
    without: { reference: "has an object there, which those clients do not expect" },
  },
  "names-as-they-are": {
    means: "finds a namespace of clients of Socket.IO 1 and 2 by its name, whatever is in it",
    without: { reference: "looks for the URL-encoded one where it is not ASCII" },
  },
  "drains": {
    means: "lets clients go one by one before it ends, and answers probes",
    without: { reference: "has no way to" },
  },
  limits: {
    means: "limits what clients do, and knows which proxies to believe, when it is told to",
    without: { reference: "has no limits, and takes the address of a proxy for the client's" },
  },
  "messages-cut-at-the-limit": {
    means: "bounds a WebSocket message while it comes in",
    without: { deno: "refuses it once it is in memory, as Deno has no limit" },
  },
  "fragments-bounded-in-number": {
    means: "bounds the fragments of a WebSocket message in number too",
    without: { deno: "bounds nothing of them, as Deno does not", bun: "bounds their bytes alone" },
  },
  "cuts-off-silent-closers": {
    means: "cuts off a peer that ignores the closing handshake",
    without: { deno: "cannot, as Deno has no way; the session is gone all the same" },
  },
  "drain-cuts": {
    means: "cuts, once it is drained, the WebSockets whose peers have not answered",
    without: {
      deno: "can only close them, as Deno has no way; it counts them as cut off",
      reference: "has no way to let clients go one by one",
    },
  },
  "awaits-the-end": {
    means: "tells that a WebSocket has ended when its peer has answered, or was cut off",
    without: { bun: "tells so as soon as it was closed, as Bun does: `forced` leaves it out" },
  },
  "whole-handshakes-alone": {
    means: "refuses a WebSocket handshake without Connection: Upgrade",
    without: { bun: "takes it, as Bun does" },
  },
};

/**
 * Differences that no case of these suites can look at, each shown by tests of one entry
 * (tests/runtime/deno_*, tests/bun, tests/node).
 */
export const OTHER_DIFFERENCES: readonly Difference[] = [
  {
    means: "leaves the HTTP server alone when it is closed",
    without: {
      "deno-node": "closes it, as the reference does, unless closeHttpServer is false",
      node: "closes it, as the reference does, unless closeHttpServer is false",
    },
  },
  {
    means: "answers a polling Request by io.fetch() whatever middlewares there are",
    without: {
      "deno-node": "answers 501 while there are some, as they want Node's objects",
      node: "answers 501 while there are some, as they want Node's objects",
    },
  },
];

/** What a target does instead; undefined if it has the capability. */
export function lack(target: TargetName, capability: Capability): string | undefined {
  return CAPABILITIES[capability].without[target];
}

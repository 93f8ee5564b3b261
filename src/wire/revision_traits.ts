/**
 * What clients of each Engine.IO revision can do: the one table that decides what a session of an old
 * revision has to go without.
 *
 * Invariants
 * - A session gets its row at the handshake and keeps it. Nothing compares revision numbers to decide
 *   what to do: it asks the row.
 * - docs/protocol.md shows these rows to people; a test holds it to them.
 *
 * Source: Engine.IO protocol, revisions 3 and 4, and the Socket.IO protocol, revisions 4 and 5, which
 * published clients speak on them.
 */

/** One row: an Engine.IO revision with the Socket.IO protocol that its clients speak on it. */
export interface RevisionTraits {
  /** The number in the `EIO` query parameter. */
  readonly protocol: 3 | 4;
  /** Which side sends pings, and is answered with pongs. */
  readonly pingsFrom: "client" | "server";
  /** Whether the body of a POST, and of the answer to a GET, may be binary. */
  readonly binaryPayloads: boolean;
  /** Whether a client may ask, with `b64`, for base64 in the place of all binary data. */
  readonly base64OnDemand: boolean;
  /** Whether a page may poll with scripts and forms, with `j` in the query. */
  readonly jsonp: boolean;
  /** Whether opening the session joins the main namespace, without a packet of the client. */
  readonly joinsMain: boolean;
  /** Where a client that joins a namespace puts `auth`: the packet's data, or a query behind the name. */
  readonly auth: "data" | "query";
  /** Whether a socket has an id of its own, or one that the client can tell from the session's id. */
  readonly socketIds: "own" | "session";
  /** What a refused client is told: an object with `message` and `data`, or one of the two as it is. */
  readonly refusal: "object" | "plain";
}

/** The table, by revision. */
export const REVISION_TRAITS: {
  readonly [Protocol in RevisionTraits["protocol"]]: RevisionTraits & {
    readonly protocol: Protocol;
  };
} = Object.freeze({
  3: Object.freeze({
    protocol: 3,
    pingsFrom: "client",
    binaryPayloads: true,
    base64OnDemand: true,
    jsonp: true,
    joinsMain: true,
    auth: "query",
    socketIds: "session",
    refusal: "plain",
  }),
  4: Object.freeze({
    protocol: 4,
    pingsFrom: "server",
    binaryPayloads: false,
    base64OnDemand: false,
    jsonp: false,
    joinsMain: false,
    auth: "data",
    socketIds: "own",
    refusal: "object",
  }),
});

/**
 * The texts that clients and monitors of the reference know.
 *
 * Invariants
 * - Each of them is wire format: clients compare them, so they never change.
 *
 * Source: engine.io 6.6, socket.io 4.8.
 */

/** The message of an acknowledgement that did not come in time. */
export const ACK_TIMEOUT = "operation has timed out";

/** The message of what an acknowledgement gets whose socket has ended: that of socket.io-client. */
export const DISCONNECTED = "socket has been disconnected";

/** The message of a CONNECT_ERROR for a namespace that does not exist. */
export const INVALID_NAMESPACE = "Invalid namespace";

/** The message of a CONNECT_ERROR when a middleware has failed; what it threw is not for clients. */
export const INTERNAL_ERROR = "Internal server error";

/** The name of a refused handshake. */
export type HandshakeRefusal =
  | "UNKNOWN_TRANSPORT"
  | "UNKNOWN_SID"
  | "BAD_HANDSHAKE_METHOD"
  | "BAD_REQUEST"
  | "FORBIDDEN"
  | "UNSUPPORTED_PROTOCOL_VERSION";

/** The messages of refused handshakes. */
export const HANDSHAKE_MESSAGES: Readonly<Record<HandshakeRefusal, string>> = Object.freeze({
  UNKNOWN_TRANSPORT: "Transport unknown",
  UNKNOWN_SID: "Session ID unknown",
  BAD_HANDSHAKE_METHOD: "Bad handshake method",
  BAD_REQUEST: "Bad request",
  FORBIDDEN: "Forbidden",
  UNSUPPORTED_PROTOCOL_VERSION: "Unsupported protocol version",
});

/** The name of a handshake that is refused for now; the reference knows no such one. */
export type LimitedRefusal = "TOO_MANY" | "FULL";

/** The messages of handshakes that are refused for now. */
export const LIMITED_MESSAGES: Readonly<Record<LimitedRefusal, string>> = Object.freeze({
  TOO_MANY: "Too many requests",
  FULL: "Too many connections",
});

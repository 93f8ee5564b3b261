/**
 * The one unchecked type of the package; whatever is unchecked refers to it.
 *
 * @module
 */

/**
 * A value whose type the user did not state: it can be used as anything, without a check.
 *
 * It is what an untyped event carries, and so the type of `handshake.auth` values, of
 * acknowledgements of untyped events, and of `socket.data` when `SocketData` is not given.
 */
export type Untyped = ReturnType<JSON["parse"]>;

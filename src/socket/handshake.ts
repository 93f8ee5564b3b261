/**
 * `socket.handshake`: what the client and its first request told.
 *
 * Source: the documented handshake of socket.io 4.8.
 */
import type { EngineRequest } from "../engine/handshake_info.ts";
import type { Untyped } from "./events.ts";

/** What the client and its first request told, as seen when the socket was created. */
export interface Handshake {
  /** Header values of the first request of the connection, by lower-case name. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** When the socket was created, as text. */
  readonly time: string;
  /**
   * The IP address of the client, `""` when the runtime does not tell: the same as
   * `socket.conn.remoteAddress`.
   */
  readonly address: string;
  /** Whether the request came from a page of another origin (it has an `Origin` header). */
  readonly xdomain: boolean;
  /** Whether the request came over TLS. */
  readonly secure: boolean;
  /** When the socket was created, in milliseconds since the Unix epoch. */
  readonly issued: number;
  /** Path and query of the request, for example `"/socket.io/?EIO=4&transport=polling"`. */
  readonly url: string;
  /** Decoded query parameters of the request. */
  readonly query: Readonly<Record<string, string | undefined>>;
  /** What the client gave as `auth`; `{}` when it gave nothing. Not checked: judge it before use. */
  readonly auth: Record<string, Untyped>;
}

/** What a handshake is taken from. */
interface HandshakeSource {
  readonly request: EngineRequest;
  readonly address: string;
}

/** Builds the handshake of a socket that was created at `issued` (ms since the Unix epoch). */
export function buildHandshake(
  { request, address }: HandshakeSource,
  auth: Record<string, unknown>,
  issued: number,
): Handshake {
  return {
    headers: request.headers,
    time: String(new Date(issued)),
    address,
    xdomain: request.headers.origin !== undefined,
    secure: request.secure,
    issued,
    url: request.url,
    query: request.query,
    auth,
  };
}

/**
 * `socket.handshake`: what the client and its first request told.
 *
 * Source: the documented handshake of socket.io 4.8.
 */
import type { EngineRequest } from "../engine/handshake_info.ts";
import type { Handshake } from "./api.ts";

/** Builds the handshake of a socket that was created at `issued` (ms since the Unix epoch). */
export function buildHandshake(
  request: EngineRequest,
  auth: Record<string, unknown>,
  issued: number,
): Handshake {
  return {
    headers: request.headers,
    time: String(new Date(issued)),
    address: request.remoteAddress,
    xdomain: request.headers.origin !== undefined,
    secure: request.secure,
    issued,
    url: request.url,
    query: request.query,
    auth,
  };
}

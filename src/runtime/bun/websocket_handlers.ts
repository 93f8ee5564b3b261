/**
 * The one `websocket` option of a server, made of ours and the user's.
 *
 * Invariants
 * - An event goes to whom its WebSocket belongs to, and to nobody else: the `data` of ours is a
 *   `BunSink`. A WebSocket that is nobody's is closed.
 * - Bun has one of each limit for all WebSockets of a server. Neither side loses by that of the other:
 *   `maxPayloadLength` is the larger one, and each side enforces its own; `idleTimeout` is the longer
 *   one; `backpressureLimit` is the user's, since our frames wait for room.
 *
 * Source: Bun 1.4.5, `WebSocketHandler`.
 */
import type { BunBinary, BunWebSocketHandlers } from "./bun_types.ts";
import { BunSink } from "./bun_sink.ts";
import { exceeds, type Frame } from "../../wire/engine_packet.ts";

/** What our WebSockets need. */
export interface WebSocketNeeds {
  /** The largest message taken from a peer, in bytes. */
  readonly maxPayloadBytes: number;
  /** The longest silence of a peer that is alive, in milliseconds. */
  readonly maxSilenceMs: number;
}

/** What Bun does without these options, in bytes and seconds. */
const BUN_DEFAULTS = {
  maxPayloadLength: 16_777_216,
  backpressureLimit: 16_777_216,
  idleTimeout: 120,
} as const;

/** The longest idle timeout that Bun takes, in seconds. */
const MAX_IDLE_SECONDS = 960;

/** Bun counts in steps of some seconds, and pings silent peers before the time is over. */
const IDLE_MARGIN_SECONDS = 20;

/** RFC 6455, section 7.4.1: a message is too big to process. */
const MESSAGE_TOO_BIG = 1009;
/** RFC 6455, section 7.4.1: this side has met with something unexpected. */
const INTERNAL_ERROR = 1011;

/** Handlers and limits for all WebSockets of a server. */
export function composeWebSocket<Data>(
  own: BunWebSocketHandlers<Data> | undefined,
  needs: WebSocketNeeds,
): BunWebSocketHandlers<Data> {
  const ownPayload = own?.maxPayloadLength ?? BUN_DEFAULTS.maxPayloadLength;
  const { maxPayloadBytes } = needs;
  const limits = {
    maxPayloadLength: own === undefined ? maxPayloadBytes : Math.max(ownPayload, maxPayloadBytes),
    backpressureLimit: own === undefined
      ? 0
      : own.backpressureLimit ?? BUN_DEFAULTS.backpressureLimit,
    idleTimeout: idleSeconds(own?.idleTimeout ?? BUN_DEFAULTS.idleTimeout, needs.maxSilenceMs),
  };
  return {
    ...own,
    ...limits,
    ...openAndDrain(own, limits.backpressureLimit),
    message: (socket, message) => {
      const sink = sinkOf(socket);
      // Bun gives bytes of ours as it does by default: in a Buffer that nobody else holds.
      if (sink !== undefined) return sink.received(message as Frame);
      if (ownPayload < limits.maxPayloadLength && isLarger(message, ownPayload)) {
        return socket.close(MESSAGE_TOO_BIG, "Received too big message");
      }
      return own?.message?.(socket, message);
    },
    close: (socket, code, reason) => {
      const sink = sinkOf(socket);
      return sink === undefined ? own?.close?.(socket, code, reason) : sink.ended(code, reason);
    },
    ...(own?.ping && {
      ping: (socket, data) => sinkOf(socket) === undefined ? own.ping?.(socket, data) : undefined,
    }),
    ...(own?.pong && {
      pong: (socket, data) => sinkOf(socket) === undefined ? own.pong?.(socket, data) : undefined,
    }),
  };
}

/** The handlers that have to do with what is sent; `limit` is the `backpressureLimit`. */
function openAndDrain<Data>(
  own: BunWebSocketHandlers<Data> | undefined,
  limit: number,
): Pick<BunWebSocketHandlers<Data>, "open" | "drain"> {
  return {
    open: (socket) => {
      const sink = sinkOf(socket);
      if (sink !== undefined) return sink.opened(socket, limit);
      if (own !== undefined) return own.open?.(socket);
      socket.close(INTERNAL_ERROR, "No handlers: they must be given to io.handler()");
    },
    drain: (socket) => {
      const sink = sinkOf(socket);
      return sink === undefined ? own?.drain?.(socket) : sink.drained();
    },
  };
}

/** The sink of a WebSocket that is ours. */
function sinkOf(socket: { readonly data: unknown }): BunSink | undefined {
  return socket.data instanceof BunSink ? socket.data : undefined;
}

/** 0 is for ever; so is what Bun cannot count to, as our heartbeat finds dead peers too. */
function idleSeconds(own: number, maxSilenceMs: number): number {
  const needed = Math.ceil(maxSilenceMs / 1000) + IDLE_MARGIN_SECONDS;
  return own === 0 || needed > MAX_IDLE_SECONDS ? 0 : Math.max(own, needed);
}

/** The user may have chosen any `binaryType`. */
function isLarger(message: string | BunBinary | Blob, bytes: number): boolean {
  return message instanceof Blob ? message.size > bytes : exceeds(message as Frame, bytes);
}

/**
 * A WebSocket of `ws` as a sink of the engine: `ws` receives, frames go out past its sender.
 *
 * Invariants
 * - A session is told of a failure at once. The closing handshake that follows is the business of `ws`,
 *   which cuts off a peer that does not answer it in `closeTimeout`.
 * - Control frames of `ws` go through the same socket, so they keep their place among ours.
 */
import type { Buffer } from "node:buffer";
import type { Duplex } from "node:stream";
import { TransportError } from "../../base/errors.ts";
import type { SinkEvents } from "../../engine/ports.ts";
import type { FrameSink } from "../../session/ports.ts";
import type { Frame } from "../../wire/engine_packet.ts";
import type { FrameWriter } from "./frame_writer.ts";

/** What is used of a WebSocket of `ws`. */
export interface ServerWebSocket {
  /** 1 when it is open. */
  readonly readyState: number;
  /** Starts the closing handshake. */
  close(code?: number, reason?: string): void;
  /** Ends the connection without one. */
  terminate(): void;
  on(event: "message", listener: (data: unknown, isBinary: boolean) => void): unknown;
  on(event: "error", listener: (error: Error) => void): unknown;
  on(event: "close", listener: () => void): unknown;
}

/** What a sink is made of. */
export interface SinkParts {
  readonly webSocket: ServerWebSocket;
  /** The socket below. */
  readonly socket: Duplex;
  readonly writer: FrameWriter;
}

const OPEN = 1;

/** What `ws` calls a message over its `maxPayload`. */
const TOO_LARGE = "WS_ERR_UNSUPPORTED_MESSAGE_LENGTH";

/** Memory that a small message may hold beside itself, in bytes. */
const PINNED_BYTES = 4_096;

/** Tells the engine of a WebSocket that has just opened, and of what comes over it. */
export function openSink(parts: SinkParts, events: SinkEvents): void {
  const { webSocket } = parts;
  let isOver = false;
  const end = (error?: TransportError): void => {
    if (isOver) return;
    isOver = true;
    events.closed(error);
  };
  webSocket.on("message", (data, isBinary) => {
    // Without another binaryType, messages are a Buffer each.
    const bytes = data as Buffer<ArrayBuffer>;
    events.frame(isBinary ? unpinned(bytes) : bytes.toString());
  });
  webSocket.on("error", (cause) => {
    const isTooLarge = "code" in cause && cause.code === TOO_LARGE;
    const options = isTooLarge ? { cause, limit: "maxHttpBufferSize" } : { cause };
    end(new TransportError(cause.message, "websocket", options));
  });
  webSocket.on("close", () => end());
  events.opened(new NodeSink(parts));
}

/** A message is a view of what the socket has read, up to 64 KiB, all of which it would hold. */
function unpinned(bytes: Buffer<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  return bytes.buffer.byteLength - bytes.byteLength > PINNED_BYTES ? new Uint8Array(bytes) : bytes;
}

class NodeSink implements FrameSink {
  readonly #webSocket: ServerWebSocket;
  readonly #socket: Duplex;
  readonly #writer: FrameWriter;

  constructor({ webSocket, socket, writer }: SinkParts) {
    this.#webSocket = webSocket;
    this.#socket = socket;
    this.#writer = writer;
  }

  get bufferedAmount(): number {
    return this.#socket.destroyed ? 0 : this.#socket.writableLength;
  }

  write(frames: readonly Frame[]): void {
    if (this.#webSocket.readyState === OPEN) this.#writer.write(this.#socket, frames);
  }

  close(code?: number, reason?: string): void {
    this.#webSocket.close(code, reason);
  }

  cut(): void {
    this.#webSocket.terminate();
  }
}

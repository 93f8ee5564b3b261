/**
 * A WebSocket of Bun as a sink. It is also what tells our WebSockets from those of the user: the
 * `data` of ours is a sink.
 *
 * Invariants
 * - No frame is lost in silence. Above its backpressure limit Bun would drop one, and close the
 *   WebSocket if it was told to: frames wait here until there is room. One that is dropped all the
 *   same, since the limit is another than we were told, ends the session.
 * - Frames leave in the order in which they were written, and a close after them.
 * - Nothing is written after `close`; nothing throws.
 *
 * Source: Bun 1.4.5, observed: a message is dropped when more than the limit waits before it, and
 * `send` gives 0 then; it gives 0 too for an empty message that was sent at once, and once the
 * WebSocket is closed. `close` calls back before it returns, and lets Bun send what waits.
 */
import { TransportError } from "../../base/errors.ts";
import { Deque } from "../../base/deque.ts";
import type { SinkEvents } from "../../engine/ports.ts";
import type { FrameSink } from "../../session/ports.ts";
import type { Frame } from "../../wire/engine_packet.ts";
import type { BunWebSocket } from "./bun_types.ts";

/** Milliseconds that a closing peer has to take what waits here. */
const CLOSE_WAIT_MS = 15_000;

/** RFC 6455, section 7.4.1: the connection ended without a Close frame. */
const ABNORMAL = 1006;
/** RFC 6455, section 7.4.1: this side has met with something unexpected. */
const INTERNAL_ERROR = 1011;

/** What Bun says of a message over `maxPayloadLength`. */
const TOO_BIG = "Received too big message";

const OPEN = 1;

/** What waits here while Bun has no room. */
interface Waiting {
  /** The frames; there is one at least. */
  readonly frames: Deque<Frame>;
  /** Their size; text counts its code units. */
  bytes: number;
  /** The close that follows them, once it was asked for. */
  closing: Closing | undefined;
}

interface Closing {
  readonly code: number | undefined;
  readonly reason: string | undefined;
  readonly timer: ReturnType<typeof setTimeout>;
}

/** The way out of one session over a WebSocket of Bun. */
export class BunSink implements FrameSink {
  readonly #events: SinkEvents;
  /** Undefined until it is open. */
  #socket: BunWebSocket | undefined;
  /** Bytes above which Bun drops messages; 0 for never. */
  #limit = 0;
  #waiting: Waiting | undefined;
  #failure: TransportError | undefined;

  constructor(events: SinkEvents) {
    this.#events = events;
  }

  get bufferedAmount(): number {
    return (this.#waiting?.bytes ?? 0) + (this.#socket?.getBufferedAmount() ?? 0);
  }

  /** The handshake is done; `limit` is the server's `backpressureLimit`. */
  opened(socket: BunWebSocket, limit: number): void {
    this.#socket = socket;
    this.#limit = limit;
    this.#events.opened(this);
  }

  /** A message came. */
  received(frame: Frame): void {
    this.#events.frame(frame);
  }

  /** Bun has sent some of what it had taken. */
  drained(): void {
    const socket = this.#writable();
    const waiting = this.#waiting;
    if (socket === undefined || waiting === undefined) return;
    socket.cork(() => this.#release(socket, waiting));
    if (waiting.frames.length > 0) return;
    this.#waiting = undefined;
    if (waiting.closing === undefined) return;
    clearTimeout(waiting.closing.timer);
    socket.close(waiting.closing.code, waiting.closing.reason);
  }

  /** The WebSocket is closed: nothing follows. */
  ended(code: number, reason: string): void {
    clearTimeout(this.#waiting?.closing?.timer);
    this.#waiting = undefined;
    this.#events.closed(this.#failure ?? failureOf(code, reason));
  }

  write(frames: readonly Frame[]): void {
    const socket = this.#writable();
    if (socket === undefined) return;
    const [first] = frames;
    if (frames.length === 1 && first !== undefined) return this.#put(socket, first);
    socket.cork(() => {
      for (const frame of frames) this.#put(socket, frame);
    });
  }

  close(code?: number, reason?: string): void {
    const socket = this.#writable();
    if (socket === undefined) return;
    if (this.#waiting === undefined) return socket.close(code, reason);
    const timer = setTimeout(() => socket.terminate(), CLOSE_WAIT_MS);
    this.#waiting.closing = { code, reason, timer };
  }

  cut(): void {
    if (this.#socket?.readyState === OPEN) this.#socket.terminate();
  }

  #writable(): BunWebSocket | undefined {
    const socket = this.#socket;
    return socket?.readyState === OPEN && this.#failure === undefined ? socket : undefined;
  }

  #put(socket: BunWebSocket, frame: Frame): void {
    if (this.#waiting === undefined && this.#hasRoom(socket)) return this.#send(socket, frame);
    this.#waiting ??= { frames: new Deque(), bytes: 0, closing: undefined };
    this.#waiting.frames.push(frame);
    this.#waiting.bytes += frame.length;
  }

  #hasRoom(socket: BunWebSocket): boolean {
    return this.#limit === 0 || socket.getBufferedAmount() <= this.#limit;
  }

  #release(socket: BunWebSocket, waiting: Waiting): void {
    while (this.#hasRoom(socket)) {
      const frame = waiting.frames.shift();
      if (frame === undefined) return;
      waiting.bytes -= frame.length;
      this.#send(socket, frame);
    }
  }

  #send(socket: BunWebSocket, frame: Frame): void {
    if (this.#failure !== undefined || socket.send(frame) !== 0) return;
    if (frame.length === 0 && socket.getBufferedAmount() === 0) return;
    if (socket.readyState !== OPEN) return;
    this.#failure = new TransportError(
      "Bun has dropped a message: backpressureLimit must be as io.handler() sets it",
      "websocket",
    );
    // The session is in the middle of a write.
    queueMicrotask(() => socket.close(INTERNAL_ERROR));
  }
}

/** Bun tells a reason of its own where the peer broke the rules or the connection failed. */
function failureOf(code: number, reason: string): TransportError | undefined {
  if (code !== ABNORMAL || reason === "") return undefined;
  const options = reason === TOO_BIG ? { limit: "maxHttpBufferSize" } : {};
  return new TransportError(reason, "websocket", options);
}

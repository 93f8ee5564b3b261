/**
 * The way out of a session over a WebSocket: what one turn has to say is handed over in one write.
 *
 * Invariants
 * - Over `highWaterBytes` in the sink nothing more is handed over; a packet begun is handed over
 *   whole, with all its attachments. A sink tells its bytes only, so frames count
 *   `FRAME_OVERHEAD_BYTES` each, above `FREE_FRAMES`, until it is seen empty.
 * - A mark of the queue's own that is lower is kept to the byte: above it goes one packet at most, which
 *   a sink takes that is empty.
 * - After `close` nothing is written.
 *
 * Source: Engine.IO protocol, revision 4, section "WebSocket".
 */
import type { EngineCodec } from "../wire/engine_codec.ts";
import type { Frame } from "../wire/engine_packet.ts";
import type { CloseNote, FrameSink } from "./ports.ts";
import type { SendQueue } from "./send_queue.ts";

/** What a frame costs in a runtime beside its bytes. */
const FRAME_OVERHEAD_BYTES = 64;

/** Frames whose overhead is not counted. */
const FREE_FRAMES = 1_000;

/** Writes a session's packets as frames. */
export class WebSocketLink {
  readonly name = "websocket";
  /** How frames are written and read. */
  readonly codec: EngineCodec;
  readonly #sink: FrameSink;
  readonly #highWaterBytes: number;
  /** Frames handed over since the sink was seen empty. */
  #frames = 0;

  constructor(sink: FrameSink, codec: EngineCodec, highWaterBytes: number) {
    this.#sink = sink;
    this.codec = codec;
    this.#highWaterBytes = highWaterBytes;
  }

  /** Whether nothing waits in the sink, so that a volatile packet would leave at once. */
  get writable(): boolean {
    return this.#sink.bufferedAmount === 0;
  }

  /** Bytes handed to the runtime and not yet sent by it. */
  get bufferedAmount(): number {
    return this.#sink.bufferedAmount;
  }

  /** What the runtime holds of this session, in bytes, with what each frame costs. */
  get handedOver(): number {
    const bytes = this.#sink.bufferedAmount;
    if (bytes === 0) this.#frames = 0;
    return bytes + Math.max(0, this.#frames - FREE_FRAMES) * FRAME_OVERHEAD_BYTES;
  }

  /**
   * Hands over what is queued, as far as the high-water mark allows.
   *
   * @param last whether the closing handshake may start when the queue is empty
   * @returns whether it may
   */
  drain(queue: SendQueue, last: boolean): boolean {
    const handedOver = this.handedOver;
    const isExact = queue.markBytes < this.#highWaterBytes;
    const room = (isExact ? queue.markBytes : this.#highWaterBytes) - handedOver;
    const first = queue.peek();
    const fits = !isExact || handedOver === 0 || (first?.byteLength ?? 0) <= room;
    if (room > 0 && fits) this.#write(queue, room, isExact);
    return last && queue.length === 0;
  }

  /** Whether frames of this sink are this link's. */
  owns(sink: FrameSink): boolean {
    return this.#sink === sink;
  }

  /** Starts the closing handshake. */
  close(note?: CloseNote): void {
    this.#sink.close(note?.code, note?.reason);
  }

  #write(queue: SendQueue, room: number, isExact: boolean): void {
    const first = queue.shift();
    if (first === undefined) return;
    const single = this.codec.webSocketFrames(first);
    this.#frames += single.length;
    if (queue.length === 0) return this.#sink.write(single);
    const frames: Frame[] = [...single];
    let bytes = first.byteLength;
    while (bytes < room) {
      if (isExact && bytes + (queue.peek()?.byteLength ?? 0) > room) break;
      const packet = queue.shift();
      if (packet === undefined) break;
      const more = this.codec.webSocketFrames(packet);
      this.#frames += more.length;
      bytes += packet.byteLength + (this.#frames > FREE_FRAMES ? FRAME_OVERHEAD_BYTES : 0);
      for (const frame of more) frames.push(frame);
    }
    this.#sink.write(frames);
  }
}

/**
 * The way out of a session over a WebSocket: what one turn has to say is handed over in one write.
 *
 * Invariants
 * - Over `highWaterBytes` in the sink nothing more is handed over; a packet begun is handed over
 *   whole, with all its attachments.
 * - A sink tells its bytes only, so frames that may be in it count `FRAME_OVERHEAD_BYTES` each, above
 *   `FREE_FRAMES`. Those handed over before a mark are sent once no more bytes are left than came after
 *   it; the mark moves on then.
 * - A mark of the queue's own that is lower is kept to the byte: above it goes one packet at most, which
 *   a sink takes that is empty.
 * - After `close` nothing is written.
 *
 * Source: Engine.IO protocol, revision 4, section "WebSocket".
 */
import type { EngineCodec } from "../wire/engine_codec.ts";
import type { Frame } from "../wire/engine_packet.ts";
import type { Farewell, FrameSink } from "./ports.ts";
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
  /** Frames handed over before the mark that may not have been sent. */
  #framesBefore = 0;
  /** Frames handed over since. */
  #frames = 0;
  /** Their bytes. */
  #bytes = 0;

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
    if (bytes <= this.#bytes) {
      this.#framesBefore = bytes === 0 ? 0 : this.#frames;
      this.#frames = 0;
      this.#bytes = 0;
    }
    const frames = this.#framesBefore + this.#frames - FREE_FRAMES;
    return frames > 0 ? bytes + frames * FRAME_OVERHEAD_BYTES : bytes;
  }

  /**
   * Hands over what is queued, as far as the high-water mark allows: more than once where the runtime
   * sends within the write, as Node and Bun do, or events would be dropped for which there is room.
   *
   * @param last whether the closing handshake may start when the queue is empty
   * @returns whether it may
   */
  drain(queue: SendQueue, last: boolean): boolean {
    do queue.learnSent(this.#sink); while (this.#handOver(queue));
    return last && queue.length === 0;
  }

  /** Whether frames of this sink are this link's. */
  owns(sink: FrameSink): boolean {
    return this.#sink === sink;
  }

  /** Starts the closing handshake, or does without. */
  close(farewell?: Farewell): void {
    if (farewell === "cut") this.#sink.cut();
    else this.#sink.close(farewell?.code, farewell?.reason);
  }

  /**
   * Hands over what there is room for now.
   *
   * @returns whether more waits, for which there may be room where the runtime has sent that at once
   */
  #handOver(queue: SendQueue): boolean {
    const handedOver = this.handedOver;
    const isExact = queue.markBytes < this.#highWaterBytes;
    const room = (isExact ? queue.markBytes : this.#highWaterBytes) - handedOver;
    const first = queue.peek();
    if (first === undefined || room <= 0) return false;
    if (isExact && handedOver > 0 && first.byteLength > room) return false;
    this.#write(queue, room, isExact);
    return queue.length > 0;
  }

  #write(queue: SendQueue, room: number, isExact: boolean): void {
    const first = queue.shift();
    if (first === undefined) return;
    const single = this.codec.webSocketFrames(first);
    if (queue.length === 0) {
      this.#count(single.length, first.byteLength);
      return this.#sink.write(single);
    }
    const frames: Frame[] = [...single];
    const freeFrames = FREE_FRAMES - this.#framesBefore - this.#frames;
    let bytes = first.byteLength;
    let counted = bytes;
    while (counted < room) {
      if (isExact && counted + (queue.peek()?.byteLength ?? 0) > room) break;
      const packet = queue.shift();
      if (packet === undefined) break;
      for (const frame of this.codec.webSocketFrames(packet)) frames.push(frame);
      bytes += packet.byteLength;
      counted += packet.byteLength + (frames.length > freeFrames ? FRAME_OVERHEAD_BYTES : 0);
    }
    this.#count(frames.length, bytes);
    this.#sink.write(frames);
  }

  /** Frames are about to be handed over. */
  #count(frames: number, bytes: number): void {
    this.#frames += frames;
    this.#bytes += bytes;
  }
}

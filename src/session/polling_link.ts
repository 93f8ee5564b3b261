/**
 * The way out of a session over long-polling: at most one GET waits, and takes what is queued.
 *
 * Invariants
 * - A responder is answered exactly once, and forgotten before it is answered.
 * - A payload holds at least one packet, and more only while it stays within `maxPayloadBytes`; what
 *   does not fit waits for the next GET, in order.
 *
 * Source: Engine.IO protocol, revision 4, section "HTTP long-polling".
 */
import { EncodedPacket } from "../wire/encoded_packet.ts";
import type { EngineCodec } from "../wire/engine_codec.ts";
import type { Farewell, PollResponder } from "./ports.ts";
import type { SendQueue } from "./send_queue.ts";

const NOOP = EncodedPacket.control("noop");
const CLOSE = EncodedPacket.control("close");

/** Answers the GETs of one session. */
export class PollingLink {
  readonly name = "polling";
  /** How payloads are written and read. */
  readonly codec: EngineCodec;
  readonly #maxPayloadBytes: number;
  #responder: PollResponder | undefined;

  constructor(codec: EngineCodec, maxPayloadBytes: number) {
    this.codec = codec;
    this.#maxPayloadBytes = maxPayloadBytes;
  }

  /** Whether a GET waits, so that something could leave now. */
  get writable(): boolean {
    return this.#responder !== undefined && !this.#responder.gone;
  }

  /** Bytes accepted and not yet on their way: none, an answer takes them all. */
  get bufferedAmount(): number {
    return 0;
  }

  /** What the runtime holds of this session: nothing, an answer takes it all. */
  get handedOver(): number {
    return 0;
  }

  /** A GET came. False when one waits already: the two overlap. */
  accept(responder: PollResponder): boolean {
    if (this.#responder !== undefined) return false;
    this.#responder = responder;
    return true;
  }

  /** The waiting GET was aborted by the peer. */
  abandon(): void {
    this.#responder = undefined;
  }

  /**
   * Answers the waiting GET with what is queued.
   *
   * @param last whether nothing follows: an empty queue is then answered with a close packet, in an
   * answer of its own, since published clients act on it before they act on what came with it
   * @returns whether that close packet left
   */
  drain(queue: SendQueue, last: boolean): boolean {
    queue.learnSent(this);
    if (!this.writable || (queue.length === 0 && !last)) return false;
    if (queue.length === 0) {
      this.close();
      return true;
    }
    const packets: EncodedPacket[] = [];
    let bytes = 0;
    for (let packet = queue.peek(); packet !== undefined; packet = queue.peek()) {
      const size = this.codec.payloadBytes(packet) +
        (packets.length > 0 ? this.codec.separatorBytes : 0);
      if (packets.length > 0 && bytes + size > this.#maxPayloadBytes) break;
      queue.shift();
      bytes += size;
      packets.push(packet);
    }
    this.#respond(packets);
    return false;
  }

  /** Answers the waiting GET, if any, with a packet that says nothing, so that the peer may go on. */
  release(): void {
    if (this.writable) this.#respond([NOOP]);
  }

  /** Answers the waiting GET, if any, with a close packet, in which a note has no place. */
  close(_farewell?: Farewell): void {
    if (this.writable) this.#respond([CLOSE]);
    this.#responder = undefined;
  }

  #respond(packets: readonly EncodedPacket[]): void {
    const responder = this.#responder;
    this.#responder = undefined;
    responder?.respond(this.codec.encodePayload(packets));
  }
}

/**
 * A WebSocket that wants to take over from long-polling: probe, then upgrade.
 *
 * Invariants
 * - The candidate carries no message: until the peer says "upgrade", polling does.
 * - It ends in one of two ways: `"upgrade"` is returned once, or the candidate is closed. Where that was
 *   the peer's fault, who has offered it is told of it, once.
 * - From the probe on, a waiting GET is released, so that the peer can pause its polling; the next one
 *   not before `RELEASE_INTERVAL_MS` have passed, which bounds a peer that keeps polling.
 * - A probe is answered once.
 *
 * Source: Engine.IO protocol, revision 4, section "Upgrade".
 */
import { PacketError } from "../base/errors.ts";
import { EncodedPacket } from "../wire/encoded_packet.ts";
import type { EngineCodec } from "../wire/engine_codec.ts";
import { type EnginePacket, exceeds, type Frame } from "../wire/engine_packet.ts";
import { MESSAGE_TOO_BIG } from "./session_parts.ts";
import type { FrameSink, SessionSettings, UpgradeFailure, UpgradeOffer } from "./ports.ts";

/** Time between two releases of a waiting GET during an upgrade, as in the reference, in ms. */
export const RELEASE_INTERVAL_MS = 100;

/** What a WebSocket that wants to take over costs in the budget of its connection, with its handshake. */
export const CANDIDATE_BYTES = 4_096;

const PROBE_ANSWER = EncodedPacket.control("pong", "probe");

/** What a frame on the candidate came to. */
export type UpgradeStep = "probed" | "upgrade" | "refused" | "tooLarge";

/** The WebSocket of an upgrade under way. */
export class UpgradeCandidate {
  /** Where its frames come from and go to. */
  readonly sink: FrameSink;
  /** Until when the upgrade must be finished, on the session's clock. */
  readonly deadline: number;
  /** How its frames are written and read, also after the upgrade. */
  readonly codec: EngineCodec;
  readonly #offer: UpgradeOffer;
  readonly #maxPayloadBytes: number;
  #releaseAt = Infinity;

  /**
   * @param offer the WebSocket, and who has offered it
   * @param settings the numbers of its session
   * @param now the time, on the session's clock
   */
  constructor(
    offer: UpgradeOffer,
    { upgradeTimeoutMs, maxPayloadBytes }: SessionSettings,
    now: number,
  ) {
    this.sink = offer.sink;
    this.codec = offer.codec;
    this.deadline = now + upgradeTimeoutMs;
    this.#offer = offer;
    this.#maxPayloadBytes = maxPayloadBytes;
  }

  /** When the waiting GET is to be released, `Infinity` before the probe. */
  get releaseAt(): number {
    return this.#releaseAt;
  }

  /** A frame came on the candidate. */
  receive(frame: Frame, now: number): UpgradeStep {
    if (exceeds(frame, this.#maxPayloadBytes)) return "tooLarge";
    const packet = this.#decode(frame);
    if (packet?.type === "ping" && packet.data === "probe") {
      // One answer is enough: a peer that does not read must not fill its sink with them.
      if (this.#releaseAt !== Infinity) return "probed";
      this.#releaseAt = now;
      this.sink.write(this.codec.webSocketFrames(PROBE_ANSWER));
      return "probed";
    }
    return packet?.type === "upgrade" ? "upgrade" : "refused";
  }

  /** The waiting GET was released: the next one waits a little. */
  released(now: number): void {
    if (this.#releaseAt !== Infinity) this.#releaseAt = now + RELEASE_INTERVAL_MS;
  }

  /**
   * It does not take over.
   *
   * @param failure what the peer did wrong, if it did
   */
  close(failure?: UpgradeFailure): void {
    if (failure !== undefined) this.#offer.failed(failure);
    if (failure === "maxHttpBufferSize") this.sink.close(MESSAGE_TOO_BIG.code);
    else this.sink.close();
  }

  #decode(frame: Frame): EnginePacket | undefined {
    try {
      return this.codec.decodeFrame(frame);
    } catch (error) {
      if (error instanceof PacketError) return undefined;
      throw error;
    }
  }
}
